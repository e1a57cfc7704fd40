package hub

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"secgpt/apps"
	"secgpt/hub/model"
	"secgpt/hub/pick"
	"secgpt/hub/when"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// What the planner is told of the apps
//
// A small model reads a few tools well and fifty badly, and each line of them costs it
// time. So the planner is told of all tools only where they are few; else of those that
// the request may need, and of what these can't do without (hub/pick). They stand in the
// registry's order, so that the same tools make the same prompt.

// How many tools the planner is told of.
const (
	allTools  = 20 // so many are all told of
	someTools = 16 // and of more, so many
)

// tool is where a tool stands in the index.
type toolAt struct {
	app  apps.App
	name string
}

// index is over all tools that a plan can name. The registry of a hub does not change,
// so it is made once, when a model is first asked.
func (h *Hub) index() (*pick.Index, []toolAt) {
	if h.picker != nil {
		return h.picker, h.pickable
	}
	var docs []pick.Doc
	for _, a := range h.apps.List() {
		if a.Locked != nil {
			continue
		}
		said := map[string][]string{}
		for _, in := range a.Intents {
			said[in.Tool] = append(said[in.Tool], in.Say)
		}
		for _, name := range (tools{h.apps}).ToolsOf(a.Name) {
			docs = append(docs, docOf(a, name, said[name]))
			h.pickable = append(h.pickable, toolAt{a, name})
		}
	}
	h.picker = pick.New(docs)
	return h.picker, h.pickable
}

// docOf is a tool as far as it helps to find it.
func docOf(a apps.App, name string, said []string) pick.Doc {
	tool, _ := a.Tool(name)
	d := pick.Doc{
		App: a.Name, Tool: name, About: tool.About, AppAbout: a.About, Phrases: said,
		Changes: tool.Effect != mediator.Read, People: tool.People, Usual: a.BuiltIn,
	}
	if d.About == "" {
		for _, t := range a.Tools {
			if t.Name == name {
				d.About = t.About
			}
		}
	}
	for _, p := range a.Params(name) {
		d.Params = append(d.Params, p.Name)
		id := tool.Roles[p.Name] == mediator.Ref || p.Name == "id" || strings.HasSuffix(p.Name, "_id")
		d.ByID = d.ByID || id && p.Required
		d.Reaches = d.Reaches || tool.Roles[p.Name] == mediator.Destination
	}
	return d
}

// shown are the tools that the planner is told of for a request, in the order of the
// registry, and how many there are in all. Tools of the apps in not are left out.
func (h *Hub) shown(request string, not []string) (list []toolAt, of int) {
	x, all := h.index()
	var take []int
	if len(all) <= allTools {
		for i := range all {
			take = append(take, i)
		}
	} else {
		for _, hit := range x.Pick(request, someTools) {
			take = append(take, hit.Doc)
		}
	}
	room := model.MaxSignatures
	take = slices.DeleteFunc(take, func(i int) bool { // the likeliest come first
		size := len(model.Line(all[i].app.Name, signature(all[i].app, all[i].name))) + headRoom
		if slices.Contains(not, all[i].app.Name) || size > room {
			return true
		}
		room -= size
		return false
	})
	slices.Sort(take)
	for _, i := range take {
		list = append(list, all[i])
	}
	return list, len(all)
}

// headRoom is what the line over an app's tools takes, in bytes, spread over them.
const headRoom = 30

// signatures are what the planner is told of tools, and the label of the apps whose own
// words are in it.
func signatures(list []toolAt) ([]model.Signature, label.Label) {
	var sigs []model.Signature
	strangers := label.Person()
	for _, t := range list {
		if len(sigs) == 0 || sigs[len(sigs)-1].App != t.app.Name {
			sigs = append(sigs, model.Signature{App: t.app.Name, About: t.app.About})
		}
		if !t.app.BuiltIn {
			strangers = strangers.Join(label.Of(label.Source(t.app.Name)))
		}
		s := &sigs[len(sigs)-1]
		s.Tools = append(s.Tools, signature(t.app, t.name))
	}
	return sigs, strangers
}

func signature(a apps.App, name string) model.Tool {
	var params []string
	for _, p := range a.Params(name) {
		text := p.Name
		if !p.Required {
			text += "?"
		}
		if short := shortType(p.Type); short != "" {
			text += ": " + short
		}
		params = append(params, text)
	}
	tool, _ := a.Tool(name)
	returns := ""
	if fields := a.Returns(name); len(fields) > 0 {
		returns = "{" + strings.Join(fields, ", ") + "}"
		if a.ReturnsList(name) {
			returns = "list of " + returns
		}
	}
	return model.Tool{Name: name, Params: strings.Join(params, ", "), Returns: returns, About: tool.About}
}

// shortType is a parameter's type where a model would take it for a text.
func shortType(t string) string {
	switch {
	case strings.HasPrefix(t, "list"):
		return "list"
	case t == "boolean":
		return "bool"
	case t == "integer":
		return "int"
	case t == "number", t == "object":
		return t
	}
	return ""
}

// hints are what the hub read in a request, for the planner beside it: the times that
// it names.
func hints(text string, now time.Time) []string {
	var list []string
	for _, s := range when.Find(text, now) {
		list = append(list, fmt.Sprintf("%s = %s", s.Text, s.Hint()))
	}
	return list
}
