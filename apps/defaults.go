package apps

import (
	"secgpt/apps/link"
	"secgpt/mediator"
)

// Hints are what MCP lets a server say of a tool's effect. Only what makes the tool
// stricter is heard; see mediator.Described.
type Hints struct{ Writes, Destroys bool }

// Defaults is the manifest of a tool of an imported app, whose server brings none:
// what mediator.Defaults makes of its name, description and parameters. The person
// sees it when the app is added and can write another.
func Defaults(app string, t link.Tool, h Hints) ToolManifest {
	d := mediator.Described{App: app, Name: t.Name, About: t.About, Writes: h.Writes, Destroys: h.Destroys}
	for _, p := range (App{Tools: []link.Tool{t}}).Params(t.Name) {
		d.Params = append(d.Params, mediator.Parameter{Name: p.Name, Type: p.Type})
	}
	tool := mediator.Defaults(d)
	return ToolManifest{Effect: tool.Effect, Deletes: tool.Deletes, Access: tool.Grants, People: tool.People, Roles: tool.Roles}
}
