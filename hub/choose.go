package hub

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"secgpt/apps"
	"secgpt/hub/model"
	"secgpt/hub/pick"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// What the planner is told of the apps
//
// A small model reads a few tools well and fifty badly, and each line of them costs it
// time. So the planner is told of all tools only where they are few; else of those that
// the request may need, and of what these can't do without (hub/pick). They stand in the
// registry's order, so that the same tools make the same prompt.

// The tools of built-in apps stand first and are always there: "my booking" names no app.

// How many tools the planner is told of.
const (
	maxUsual = 20 // of built-in apps; if they have more, they are picked like any other
	maxOther = 12 // of the others
)

// toolAt is a tool in the index.
type toolAt struct {
	app  apps.App
	name string
	told func() model.Tool // what the planner is told of it; its schema is read once
}

func newToolAt(a apps.App, name string) toolAt {
	return toolAt{a, name, sync.OnceValue(func() model.Tool { return signature(a, name) })}
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
			h.pickable = append(h.pickable, newToolAt(a, name))
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
	if a.BuiltIn { // "which company does she work for" is one for contacts
		d.Params = append(d.Params, a.Returns(name)...)
	}
	for _, p := range a.Params(name) {
		d.Params = append(d.Params, p.Name)
		d.ByID = d.ByID || p.Required && isID(tool, p.Name)
		d.Reaches = d.Reaches || tool.Roles[p.Name] == mediator.Destination
	}
	return d
}

// shown are the tools that the planner is told of for a request, those of built-in apps
// first, else in the order of the registry, and how many there are in all. Tools of the
// apps in not are left out.
func (h *Hub) shown(request string, not []string) (list []toolAt, of int) {
	x, all := h.index()
	usual := func(i int) bool { return all[i].app.BuiltIn }
	var take []int
	for i := range all {
		if usual(i) {
			take = append(take, i)
		}
	}
	if len(take) > maxUsual {
		take = nil
	}
	room := len(take) + maxOther
	hits := x.Pick(request, room)
	for _, i := range append(h.lately(all), numbers(hits)...) { // the likeliest come first
		if !slices.Contains(take, i) && len(take) < room {
			take = append(take, i)
		}
	}
	space := model.MaxSignatures
	take = slices.DeleteFunc(take, func(i int) bool {
		size := len(model.Line(all[i].app.Name, all[i].told())) + headRoom
		if slices.Contains(not, all[i].app.Name) || size > space {
			return true
		}
		space -= size
		return false
	})
	slices.SortFunc(take, func(i, j int) int {
		switch {
		case usual(i) == usual(j):
			return cmp.Compare(i, j)
		case usual(i):
			return -1
		}
		return 1
	})
	for _, i := range take {
		list = append(list, all[i])
	}
	return list, len(all)
}

// maxLikely is how many tools a plan's call of one that is not there may come to mean.
const maxLikely = 5

// likely are the built-in tools that only read, the likeliest for the request and more
// words first. They are weighed among themselves: what an installed app says of itself makes
// words common or rare, and must not decide what is called.
func (t *turn) likely(more string) (names []string) {
	docs := t.builtInDocs()
	for _, hit := range pick.New(docs).Pick(more+" "+t.req.Text(), maxLikely) {
		names = append(names, docs[hit.Doc].App+"."+docs[hit.Doc].Tool)
	}
	return names
}

// builtInDocs are the built-in tools that only read, as far as it helps to find them.
func (t *turn) builtInDocs() (docs []pick.Doc) {
	_, all := t.h.index()
	for _, at := range all {
		if known, _ := at.app.Tool(at.name); at.app.BuiltIn && known.Effect == mediator.Read {
			docs = append(docs, docOf(at.app, at.name, nil))
		}
	}
	return docs
}

func numbers(hits []pick.Hit) []int {
	list := make([]int, len(hits))
	for i, h := range hits {
		list[i] = h.Doc
	}
	return list
}

// lately are the tools of the plan before: "and the one from Bob" names none.
func (h *Hub) lately(all []toolAt) (list []int) {
	if len(h.past) == 0 {
		return nil
	}
	last := h.past[len(h.past)-1].Plan
	for i, t := range all {
		if strings.Contains(last, t.app.Name+"."+t.name+"(") {
			list = append(list, i)
		}
	}
	return list
}

// headRoom is what the line over an app's tools takes, in bytes, spread over them.
const headRoom = 12

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
		s.Tools = append(s.Tools, t.told())
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
		if len(p.Fields) > 0 {
			text += ": " + inBrackets(p)
		} else if n := len(p.Choices); n > 0 && n <= maxChoices {
			text += ": " + strings.Join(p.Choices, "|")
		} else if short := shortType(p.Type); short != "" {
			text += ": " + short
		}
		params = append(params, text)
	}
	tool, _ := a.Tool(name)
	returns := ""
	if fields := a.Returns(name); len(fields) > 0 && tool.Effect == mediator.Read {
		fields = fields[:min(len(fields), maxFields)]
		returns = "{" + strings.Join(fields, ", ") + "}"
		if a.ReturnsList(name) {
			returns = "list of " + returns
		}
	}
	return model.Tool{Name: name, Params: strings.Join(params, ", "), Returns: returns, About: tool.About, From: source(a, name)}
}

// maxChoices is how many words of a parameter that takes only those the planner is told.
const maxChoices = 4

// maxFields is how many fields of a result the planner is told of: the first, which an app
// thinks most of. What a change gives back is shown and rarely used.
const maxFields = 12

// source says where what a tool must be told of the app's own things comes from: a small
// model else makes up an id, or a tool that finds one.
func source(a apps.App, name string) string {
	tool, _ := a.Tool(name)
	for _, p := range a.Params(name) {
		if !p.Required || !isID(tool, p.Name) {
			continue
		}
		for _, t := range a.Tools {
			if t.Name != name && finds(a, t.Name) && slices.Contains(a.Returns(t.Name), p.Name) {
				return fmt.Sprintf("%s from %s.%s", p.Name, a.Name, t.Name)
			}
		}
	}
	return ""
}

// finds reports whether a tool reads a list, and needs no id for it.
func finds(a apps.App, name string) bool {
	tool, _ := a.Tool(name)
	return tool.Effect == mediator.Read && a.ReturnsList(name) && !a.Manifest.Tools[name].Hidden &&
		!slices.ContainsFunc(a.Params(name), func(p apps.Param) bool { return p.Required && isID(tool, p.Name) })
}

// isID reports whether a parameter takes what the app itself calls a thing by.
func isID(tool mediator.Tool, param string) bool {
	return tool.Roles[param] == mediator.Ref || param == "id" || strings.HasSuffix(param, "_id")
}

// inBrackets is a parameter that takes an object, or a list of them, by its fields.
func inBrackets(p apps.Param) string {
	text := "{" + strings.Join(p.Fields[:min(len(p.Fields), maxFields)], ", ") + "}"
	if strings.HasPrefix(p.Type, "list") {
		return "[" + text + "]"
	}
	return text
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
