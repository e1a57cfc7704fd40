package model

import (
	"slices"
	"strings"
	"sync"

	words "secgpt/hub/pick"
)

// What the planner is told before it hears of any app.
const rules = `You turn a request into a short plan, written in a small language like Python. Answer with the plan between ` + "```" + ` lines and nothing else. If a request needs no tool, answer it in plain words.

- APP.TOOL(name = value) calls a tool. Use only tools that are listed. Give only the arguments that the request needs; those with ? can be left out.
- A tool's result is a list (x[0], len(x)) or an object (x.field). Use the fields that stand after ->.
- An id always comes from a result: search first, then x[0].id.
- when("words of the request for a time") gives a time: when("next week").start, when("next week").end. There is no timedelta.
- ask("question", x) reads x and answers in text: to sum up, or to find something in it. ask("question", x, schema = {"title": "string"}) answers with an object.
- need("question") asks the person for what is missing.
- reply(...) shows something to the person. Every plan ends with it.
- Give no variable the name of an app. There is no def, import, while or try.
- Do what was asked and nothing more.`

// closing stands last before the conversation, where a small model minds it.
const closing = `
What the person has (phone numbers, mails, events, notes) you learn only from these tools; what everybody knows (books, history, words) needs none. To change or delete something, search for it first and take the id from the result: x[0].id.`

// An example is a request and a right answer: a plan, or plain words.
type example struct {
	words  string
	like   string // how people ask for the same shape; enters no prompt
	answer string
}

// isPlan reports whether the answer is a plan.
func (e example) isPlan() bool { return strings.HasPrefix(e.answer, "\n") }

// turn is the example as the model reads it, after what it goes on from.
func (e example) turn() []Message {
	answer := e.answer
	if e.isPlan() {
		answer = fenced(answer)
	}
	var before []Message
	if b, ok := goesOn[e.words]; ok {
		i := slices.IndexFunc(bank, func(o example) bool { return o.words == b })
		before = bank[i].turn()
	}
	return append(before, Message{User, e.words}, Message{Assistant, answer})
}

// goesOn is what an example goes on from.
var goesOn = map[string]string{
	"and the ones from Bo?":         "show me the unopened parcels",
	"pin the first one on the wall": "show me the unopened parcels",
	"radio K7 what that says":       "the last three parcels about seeds",
	"move it to Saturday at 10":     "what are my shifts on Thursday?",
}

// fixed are the examples that every prompt begins with, in this order, for each shape
// that most requests have: a server that keeps the start of the last prompt reads them once.
var fixed = []string{
	"any parcels from Ada this week?",
	"what are my shifts on Thursday?",
	"am I free on Friday at 3pm?",
	"read me Ada's last parcel",
	"what is Ada's number?",
	"throw away the recipe for onion soup",
	"move the bakery shift on Monday to 5pm",
	"book a table for 4 on Friday at 7pm",
	"write a recipe: fry two onions in butter",
	"write a recipe with the ingredients in Ada's last parcel",
	"put the workshop from the newest leaflet on the wall",
	"tell Bo over the radio who works on Sunday",
	"what does Ada's leaflet about the harbour say on dogs?",
	"how many unopened parcels are there?",
	"add a shift",
	"launch the balloon over the harbour",
	"who wrote Hamlet?",
	"and the ones from Bo?",
}

// examples are those that every prompt for a model begins with.
func examples(tiny bool) (all []example) {
	if tiny {
		return ofOurs
	}
	for _, words := range fixed {
		all = append(all, bank[slices.IndexFunc(bank, func(e example) bool { return e.words == words })])
	}
	return all
}

// nearby is the index over the bank, the fixed ones too: one that is like the request
// is worth reading twice.
var nearby = sync.OnceValue(func() *words.Index {
	var docs []words.Doc
	for _, e := range bank {
		docs = append(docs, words.Doc{App: e.words, Tool: e.like})
	}
	return words.NewPhrases(docs)
})

// nearbyExamples is how many examples more a second try is shown at most. In every first
// one they would cost more time than all the rest: what follows them a server reads anew.
// They stand before the tools: after them, a small model calls the tools of the examples.
const nearbyExamples = 2

// alike is how much of the score of the example that is most like a request another
// must have: what is far from it leads a small model astray.
const alike = 0.6

// nearest are the n examples that are most like a request, the most like one last: a
// small model minds most what it read last. Those that go on from another are for a
// request that may.
func nearest(request string, n int, follows bool) []example {
	var near []example
	if order, text, ok := strings.Cut(request, ": "); ok && strings.Contains(order, " ") && text != "" {
		request = order // what follows is to be written or sent, whatever its words
	}
	hits := slices.DeleteFunc(nearby().Like(request, len(bank)), func(h words.Hit) bool {
		return !follows && goesOn[bank[h.Doc].words] != ""
	})
	for _, h := range hits[:min(n, len(hits))] {
		if h.Score >= alike*hits[0].Score {
			near = append(near, bank[h.Doc])
		}
	}
	slices.Reverse(near)
	return near
}
