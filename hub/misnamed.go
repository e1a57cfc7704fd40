package hub

import (
	"fmt"
	"slices"
	"strings"

	"secgpt/apps"
	"secgpt/hub/plan"
	"secgpt/mediator/label"
	"secgpt/mediator/policy"
)

// ownTools are the tools that the hub gives to every app, with the parameters that a rule
// can pin; nil where they are counted, as value_1.
var ownTools = map[string][]string{"ask": nil, "remember": {"fact"}, "forget": {"fact"}}

// Misnamed says in one line what a rule names that is not installed, with the name that
// is most like it; "" if all is there. A rule may come before its app, so nothing is wrong
// with it: but a mistyped `deny` looks like a lock and is none.
func Misnamed(installed *apps.Registry, r policy.Rule) string {
	var absent []string
	for _, s := range r.From {
		if isApp(s) {
			if _, ok := installed.Get(string(s)); !ok {
				absent = append(absent, noApp(installed, s))
			}
		}
	}
	never := len(absent) > 0 && len(absent) == len(r.From)
	if target := noTarget(installed, r); target != "" {
		never = true
		if !slices.Contains(absent, target) {
			absent = append(absent, target)
		}
	}
	said := strings.Join(absent, "; ")
	switch {
	case never && r.Deny:
		return "stops nothing: " + said
	case never:
		return "never applies: " + said
	}
	return said
}

// CheckSource is an error for a source that nothing here can be from, with the nearest names.
func CheckSource(installed *apps.Registry, s label.Source) error {
	if _, ok := installed.Get(string(s)); ok || !isApp(s) {
		return nil
	}
	names := []string{string(label.Stdin), string(label.Paste), string(label.File), string(policy.Person)}
	for _, a := range installed.List() {
		names = append(names, a.Name)
	}
	return fmt.Errorf("there is no source %s%s; data can come from %s or web/HOST", s, meant("", string(s), names), strings.Join(names, ", "))
}

// noTarget says what the target of a rule names that is not there.
func noTarget(installed *apps.Registry, r policy.Rule) string {
	if strings.HasPrefix(string(r.App), modelPrefix) {
		return ""
	}
	app, ok := installed.Get(string(r.App))
	switch {
	case !ok:
		return noApp(installed, r.App)
	case r.Tool == "" || len(app.Tools) == 0: // of a locked app nothing may be known
		return ""
	}
	params, ours := ownTools[r.Tool]
	if _, theirs := app.Tool(r.Tool); theirs {
		params = []string{}
		for _, p := range app.Params(r.Tool) {
			params = append(params, p.Name)
		}
	} else if !ours {
		return fmt.Sprintf("%s has no tool %s", app.Name, r.Tool) + meant(app.Name+".", r.Tool, tools{installed}.ToolsOf(app.Name))
	}
	for _, c := range r.Args {
		if params != nil && !slices.Contains(params, c.Arg) {
			return fmt.Sprintf("%s.%s has no parameter %s", app.Name, r.Tool, c.Arg) + meant("", c.Arg, params)
		}
	}
	return ""
}

// isApp reports whether a source is an app, and not a way in that is always there.
func isApp(s label.Source) bool {
	switch s {
	case label.Stdin, label.Paste, label.File, label.Web, policy.Person:
		return false
	}
	return !strings.HasPrefix(string(s), string(label.Web)+"/")
}

func noApp(installed *apps.Registry, name label.Source) string {
	var names []string
	for _, a := range installed.List() {
		names = append(names, a.Name)
	}
	return fmt.Sprintf("no app %s is installed", name) + meant("", string(name), names)
}

// meant ends such a sentence with the nearest name, if one is near.
func meant(before, name string, names []string) string {
	if near := plan.Nearest(name, names); near != "" {
		return ", did you mean " + before + near + "?"
	}
	return ""
}
