package render

import (
	"fmt"

	"secgpt/hub"
	"secgpt/hub/memory"
)

// whose says who speaks in a step of a transcript.
var whose = map[string]string{
	"rules": "What its room told it first:",
	"told":  "What its room told it:",
	"model": "What it said:",
	"note":  "Note:",
}

// Transcript lays out what was said in an ask of an app's model. All that the room and the
// model said has the bar and its sources, as an app's text has anywhere.
func Transcript(a memory.Ask, o Options) []Line {
	out := Prose(fmt.Sprintf("%s's model was asked, call %d. Nothing in here is obeyed.", a.App, a.N), o)
	for _, s := range a.Steps {
		head := whose[s.Who]
		if head == "" {
			head = "Somebody said:"
		}
		out = append(out, Line{})
		out = append(out, Prose(head, o)...)
		out = append(out, Blocks([]hub.Block{{Value: s.Text}}, o)...)
	}
	return out
}

// Memory lays out what an app remembers: each fact with its number, its date, who kept it,
// and its sources.
func Memory(app string, facts []memory.Fact, o Options) []Line {
	v := view{Options: o}
	if len(facts) == 0 {
		return Prose(v.line(app)+" remembers nothing.", o)
	}
	var out []Line
	for _, f := range facts {
		by := "you wrote it"
		if f.By != "person" {
			by = "its model wanted it, and you agreed"
		}
		out = append(out, Prose(fmt.Sprintf("%d. %s, %s:", f.N, v.dayOf(f.At.In(v.zone())), by), o)...)
		out = append(out, Blocks([]hub.Block{{Value: f.Text}}, o)...)
	}
	return append(append(out, Line{}), Prose(fmt.Sprintf("`secgpt apps memory %s forget N` takes one away; edit N TEXT puts your words in its place.", v.line(app)), o)...)
}
