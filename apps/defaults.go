package apps

import (
	"secgpt/apps/link"
	"secgpt/mediator"
)

// Defaults is the manifest of a tool of an imported app, whose server brings none:
// what mediator.Defaults makes of its name, description, parameters and hints. The
// person sees it when the app is added and can write another.
func Defaults(app string, t link.Tool) ToolManifest {
	d := mediator.Described{App: app, Name: t.Name, About: t.About, Writes: t.Changes, Destroys: t.Destroys}
	for _, p := range (App{Tools: []link.Tool{t}}).Params(t.Name) {
		d.Params = append(d.Params, mediator.Parameter{Name: p.Name, Type: p.Type})
	}
	tool := mediator.Defaults(d)
	return ToolManifest{Effect: tool.Effect, Open: t.Leaves, Deletes: tool.Deletes, Access: tool.Grants, People: tool.People, Roles: tool.Roles}
}
