package apps

import (
	"slices"
	"strings"
	"sync"

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
// can't be undone is a `send`.
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
		Deletes: m.Deletes, Grants: m.Access, Undo: m.Undo,
		Roles: map[string]mediator.Role{}, Mints: map[string]bool{},
	}
	for param, role := range m.Roles {
		t.Roles[param] = role
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
		role, ok := roleByName()[strings.ReplaceAll(strings.ToLower(p.Name), "-", "_")]
		if !ok {
			continue
		}
		if said, named := t.Roles[p.Name]; !named || !t.Deciding(p.Name) && said != mediator.Query {
			t.Roles[p.Name] = role
		}
	}
}

// roleByName are the usual names of parameters that decide where something goes, how
// much, or who may.
var roleByName = sync.OnceValue(func() map[string]mediator.Role {
	names := map[mediator.Role]string{
		mediator.Destination: `to cc bcc recipient recipients receiver address email emails
			attendees invitees members participants user_email phone phone_number iban account
			account_number url uri webhook endpoint host channel share_with`,
		mediator.Amount:     `amount price total sum quantity payment tip`,
		mediator.Credential: `password passphrase token secret api_key apikey access_token pin otp`,
	}
	byName := map[string]mediator.Role{}
	for role, list := range names {
		for _, n := range strings.Fields(list) {
			byName[n] = role
		}
	}
	return byName
})

// described is the app's own description of a tool.
func (a App) described(name string) (link.Tool, bool) {
	i := slices.IndexFunc(a.Tools, func(t link.Tool) bool { return t.Name == name })
	if i < 0 {
		return link.Tool{}, false
	}
	return a.Tools[i], true
}
