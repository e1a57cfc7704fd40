package apps

import (
	"slices"
	"strings"

	"secgpt/apps/link"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// Tool returns what the mediator must know of a tool. What the manifest leaves out
// is taken at its strictest: effect send, role target, and open as soon as the app
// has a host. The bool is false if the app has no such tool.
//
// For an app that is not built in, a parameter whose name says that it decides, such
// as "to" or "password", decides whatever the manifest calls it, and a `write` that
// can't be undone is a `send`. Defaults makes the manifest of a tool that brings none.
func (a App) Tool(name string) (mediator.Tool, bool) {
	if _, ok := a.described(name); !ok {
		return mediator.Tool{}, false
	}
	m := a.Manifest.Tools[name]
	t := mediator.Tool{
		App: label.Source(a.Name), Name: name, About: m.About,
		Effect:  m.Effect,
		Open:    len(a.Grants.Hosts) > 0 || m.Open,
		OneHost: oneHost(a.Grants.Hosts) && !(m.Open && len(a.Grants.Hosts) == 0),
		Deletes: m.Deletes, Grants: m.Access, Undo: m.Undo, People: m.People,
		Roles: map[string]mediator.Role{}, Mints: map[string]bool{},
	}
	for _, p := range a.Params(name) {
		t.Roles[p.Name] = m.Roles[p.Name] // Target if the manifest has none
	}
	for _, field := range m.Mints {
		t.Mints[field] = true
	}
	if !a.BuiltIn {
		tighten(&t, a.Params(name))
	}
	return t, true
}

// oneHost tells whether all that an app sends arrives at one host at most. Where the
// name is not judged, the address may serve many.
func oneHost(hosts []string) bool {
	return len(hosts) == 0 || len(hosts) == 1 && !strings.HasPrefix(hosts[0], "raw:") && !strings.Contains(hosts[0], "+")
}

// tighten holds a tool that is not ours to what its parameters are called. It only
// ever turns a role that does not decide into one that does.
func tighten(t *mediator.Tool, params []Param) {
	if t.Effect == mediator.Write && !t.Undo {
		t.Effect = mediator.Send
	}
	for _, p := range params {
		role, ok := mediator.DecidesByName(p.Name)
		if !ok {
			continue
		}
		said, named := t.Roles[p.Name]
		id := said == mediator.Ref && strings.HasSuffix(strings.ToLower(p.Name), "id") // judged by its origin
		if !named || !t.Deciding(p.Name) && said != mediator.Query && !id {
			t.Roles[p.Name] = role
		}
	}
}

// described is the app's own description of a tool.
func (a App) described(name string) (link.Tool, bool) {
	i := slices.IndexFunc(a.Tools, func(t link.Tool) bool { return t.Name == name })
	if i < 0 {
		return link.Tool{}, false
	}
	return a.Tools[i], true
}
