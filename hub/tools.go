package hub

import (
	"slices"
	"strings"
	"unicode"

	"secgpt/apps"
	"secgpt/hub/plan"
	"secgpt/mediator"
)

// tools are the installed apps as the plan language sees them. A locked app and a
// hidden tool can't be named by a plan.
type tools struct{ *apps.Registry }

// has reports whether a tool can be named by a plan, as app.tool.
func (t tools) has(full string) bool {
	app, tool, _ := strings.Cut(full, ".")
	_, ok := t.Tool(app, tool)
	return ok
}

// Tool is what a plan may know of a tool.
func (t tools) Tool(name, tool string) (plan.Sig, bool) {
	app, ok := t.Get(name)
	if !ok || app.Locked != nil || app.Manifest.Tools[tool].Hidden {
		return plan.Sig{}, false
	}
	known, ok := app.Tool(tool)
	if !ok {
		return plan.Sig{}, false
	}
	sig := plan.Sig{Effect: known.Effect, Fields: app.Returns(tool), List: app.ReturnsList(tool)}
	if len(sig.Fields) >= maxKnownFields {
		sig.Fields = nil // there may be more
	}
	for _, p := range app.Params(tool) {
		kind := p.Type
		if strings.HasPrefix(kind, "list") {
			kind = "array"
		}
		if kind == "string" {
			kind = timeType(p.Name, p.About, sig.Params)
		}
		if strings.HasPrefix(p.Type, "list") && len(p.Fields) > 0 {
			if sig.Items == nil {
				sig.Items, sig.Lists = map[string][]string{}, map[string][]string{}
			}
			sig.Items[p.Name], sig.Lists[p.Name] = p.Fields, p.Lists
		}
		if about := inOneLine(p.About); p.Required && about != "" {
			if sig.About == nil {
				sig.About = map[string]string{}
			}
			sig.About[p.Name] = about
		}
		if len(p.Choices) > 0 {
			if sig.Choices == nil {
				sig.Choices = map[string][]string{}
			}
			sig.Choices[p.Name] = p.Choices
		}
		if app.BuiltIn && known.Roles[p.Name] == mediator.Destination {
			sig.Addressed = append(sig.Addressed, p.Name)
		}
		sig.Params = append(sig.Params, plan.Param{Name: p.Name, Type: kind, Required: p.Required})
	}
	return sig, true
}

// maxAboutParam is how much of what an app says of a parameter goes back to a planner, in bytes.
const maxAboutParam = 100

// inOneLine is the beginning of what an app says, without what can't be seen.
func inOneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || strings.ContainsRune("`()", r) {
			return ' '
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	return strings.ToValidUTF8(text[:min(len(text), maxAboutParam)], "")
}

// timeWords are names, or parts of names, of parameters that take a time.
var timeWords = []string{"date", "datetime", "time", "start", "end", "since", "until", "before", "after", "from", "to", "due", "when", "day", "deadline", "birthday"}

// timeType is the type of a text parameter: most schemas say only in words that it is a
// date, as "YYYY-MM-DD" or "RFC 3339". What an app says so makes the checks stricter, and
// nothing else. An end is one where a start is.
func timeType(name, about string, before []plan.Param) string {
	named := slices.ContainsFunc(strings.Split(strings.ToLower(name), "_"), func(w string) bool { return slices.Contains(timeWords, w) })
	about = strings.ToLower(about)
	formats := func(of ...string) bool {
		return slices.ContainsFunc(of, func(f string) bool { return strings.Contains(about, f) })
	}
	begun := slices.ContainsFunc(before, func(p plan.Param) bool { return p.Type == "datetime" && strings.HasPrefix(p.Name, "start") })
	switch {
	case !named:
		return "string"
	case formats("rfc 3339", "rfc3339", "t14:00", "t15:04", "t14:30", "t10:00", "date-time", "datetime", "iso 8601 date and time"):
		return "datetime"
	case formats("yyyy-mm-dd", "2006-01-02"):
		return "date"
	case formats("iso 8601", "iso8601"), begun && strings.HasPrefix(name, "end"):
		return "datetime"
	}
	return "string"
}

// maxKnownFields is as many fields of a result as apps.App.Returns lists.
const maxKnownFields = 64

func (t tools) Apps() []string {
	var names []string
	for _, a := range t.List() {
		if a.Locked == nil {
			names = append(names, a.Name)
		}
	}
	return names
}

func (t tools) ToolsOf(name string) []string {
	app, _ := t.Get(name)
	var names []string
	for _, x := range app.Tools {
		if !app.Manifest.Tools[x.Name].Hidden {
			names = append(names, x.Name)
		}
	}
	return names
}

// Locked reports whether there is an app of that name that must not run.
func (t tools) Locked(name string) bool {
	app, ok := t.Get(name)
	return ok && app.Locked != nil
}
