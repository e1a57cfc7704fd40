package model

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/hub/plan"
	"secgpt/mediator"
)

// imaginary are the tools that the examples use: params with ? can be left out, a star
// says that the tool changes something.
const imaginary = `
parcels.search(carrier? query? since? opened?:boolean limit?:integer)
parcels.read(id)
parcels.send(to content label?)*
crew.find(name)
crew.add(name callsign? cabin?)*
radio.send(to text)*
rota.list_shifts(query? start? end?)
rota.create_shift(title start end? place? crew?:array)*
rota.update_shift(id title? start? end? place?)*
rota.delete_shift(id)*
cookbook.search(query)
cookbook.add(text name?)*
cookbook.delete(id)*
leaflets.search(author? query? limit?:integer)
leaflets.read(id)
wall.add(title start? end?)*
greenhouse.get_reading(bed:integer)
greenhouse.set_lamp(bed:integer on:boolean)*
ferry.list_sailings(harbour day)
depot.read_file(path)
depot.write_file(path content)*
jobs.list_jobs(crate state?)
jobs.create_job(crate title text?)*
jobs.close_job(crate number:integer)*
restaurant.book_table(people:integer start)*
`

type imaginaryTools map[string]map[string]plan.Sig

func (t imaginaryTools) Apps() []string              { return slices.Sorted(maps.Keys(t)) }
func (t imaginaryTools) ToolsOf(app string) []string { return slices.Sorted(maps.Keys(t[app])) }
func (t imaginaryTools) Tool(app, name string) (plan.Sig, bool) {
	s, ok := t[app][name]
	return s, ok
}

func readImaginary() imaginaryTools {
	tools := imaginaryTools{}
	for line := range strings.Lines(strings.TrimSpace(imaginary)) {
		full, rest, _ := strings.Cut(strings.TrimSpace(line), "(")
		app, tool, _ := strings.Cut(full, ".")
		params, star, _ := strings.Cut(rest, ")")
		sig := plan.Sig{Effect: mediator.Read}
		if star == "*" {
			sig.Effect = mediator.Write
		}
		for _, p := range strings.Fields(params) {
			name, kind, _ := strings.Cut(p, ":")
			short := strings.TrimSuffix(name, "?")
			sig.Params = append(sig.Params, plan.Param{Name: short, Type: kind, Required: short == name})
		}
		if tools[app] == nil {
			tools[app] = map[string]plan.Sig{}
		}
		tools[app][tool] = sig
	}
	return tools
}

func TestEachExampleIsARightPlan(t *testing.T) {
	tools := readImaginary()
	used := map[string]bool{}
	seen := map[string]bool{}
	for _, e := range bank {
		require.False(t, seen[e.words], e.words)
		seen[e.words] = true
		turn := e.turn()
		text, source := Split(turn[len(turn)-1].Text, nil)
		if !e.isPlan() {
			require.Empty(t, source, e.words)
			require.NotEmpty(t, text, e.words)
			continue
		}
		require.Empty(t, text, "a plan stands alone: %s", e.words)
		var known []string
		if b := goesOn[e.words]; b != "" {
			require.True(t, seen[b], "%s goes on from what stands before it", e.words)
			known = []string{"found", "shifts"}
		}
		prog, err := plan.Parse("example", source, tools, known...)
		require.NoError(t, err, e.words)
		for _, name := range prog.Tools() {
			used[name] = true
		}
		require.Regexp(t, `(?m)^\s*reply\(`, source, "%s: every plan shows something", e.words)
		require.Less(t, len(source), 420, "%s: what varies is short", e.words)
	}
	for app, its := range tools {
		for tool := range its {
			require.True(t, used[app+"."+tool], "no example uses %s.%s", app, tool)
		}
	}
	for _, f := range fixed {
		require.True(t, seen[f], "there is no example %q", f)
	}
}

// An app's name in an example would be taken for one that is there.
func TestExamplesNameNoAppOfOurs(t *testing.T) {
	for _, s := range builtins {
		for app := range readImaginary() {
			require.NotEqual(t, s.App, app)
		}
		for _, e := range bank {
			require.NotContains(t, e.answer, s.App+".", e.words)
		}
	}
}

func TestTheNearestExampleIsOfTheSameShape(t *testing.T) {
	for request, want := range map[string]string{
		"and the one from Alice":  "and the ones from Bo?",
		"add that to my calendar": "pin the first one on the wall",
		"make it 4pm":             "move it to",
	} {
		near := nearest(request, nearbyExamples, true)
		require.True(t, slices.ContainsFunc(near, func(e example) bool { return strings.HasPrefix(e.words, want) }), "%s: %v", request, near)
		for _, e := range nearest(request, nearbyExamples, false) {
			require.Empty(t, goesOn[e.words], "nothing was asked before")
		}
	}
	for request, want := range map[string]string{
		"summarize the last three mails from Alice": "sum up Ada's last two leaflets about bees",
		"how many unread mails do I have?":          "how many",
		"delete the note about the old car":         "throw away the recipe",
		"move the team meeting tomorrow to 3pm":     "move the bakery shift on Monday to 5pm",
		"cancel my meeting with Grace on Friday":    "drop my shift with Bo on Friday",
		"who wrote Faust?":                          "who wrote Hamlet?",
		"make a note: buy milk and bread":           "write a recipe: fry two onions in butter",
		"am I free tomorrow at noon?":               "am I free on Friday at 3pm?",
		"send bob@example.org the text: I am late":  "radio K7",
		"welche Termine habe ich morgen?":           "zeig mir die Schichten von morgen",
	} {
		near := nearest(request, nearbyExamples, false)
		require.NotEmpty(t, near, request)
		require.True(t, slices.ContainsFunc(near, func(e example) bool { return strings.HasPrefix(e.words, want) }), "%s: %v", request, near)
	}
}
