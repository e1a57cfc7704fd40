package hub

import (
	"strings"

	"secgpt/apps"
	"secgpt/hub/plan"
)

// tools are the installed apps as the plan language sees them. A locked app and a
// hidden tool can't be named by a plan.
type tools struct{ *apps.Registry }

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
		sig.Params = append(sig.Params, plan.Param{Name: p.Name, Type: kind, Required: p.Required})
	}
	return sig, true
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
