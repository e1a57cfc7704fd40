package mediator

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"secgpt/mediator/label"
)

// Tools for the tables: one of each shape that the reasons tell apart.
var (
	sendMail = Tool{App: "mail", Name: "send", Effect: Send, Open: true, Roles: map[string]Role{
		"to": Destination, "subject": Content, "body": Content, "amount": Amount}}
	addEvent = Tool{App: "calendar", Name: "create_event", Effect: Write, Undo: true, Roles: map[string]Role{
		"title": Content, "start": Content}}
	dropNote = Tool{App: "notes", Name: "delete", Effect: Write, Deletes: true, Roles: map[string]Role{"id": Ref}}
	readMail = Tool{App: "mail", Name: "read", Effect: Read, Roles: map[string]Role{"id": Ref}}
	findMail = Tool{App: "mail", Name: "search", Effect: Read, Roles: map[string]Role{"query": Query}}
	askWeb   = Tool{App: "web", Name: "search", Effect: Read, Open: true, Roles: map[string]Role{"query": Query}}
	farModel = Tool{App: "model:gpt", Effect: Read, Open: true, OneHost: true, Model: true, Roles: map[string]Role{"body": Content}}
	fetchWeb = Tool{App: "web", Name: "fetch", Effect: Read, Open: true, OneHost: true, Roles: map[string]Role{"url": Target}}
	payBank  = Tool{App: "bank", Name: "pay", Effect: Send, Open: true, Roles: map[string]Role{"to": Destination, "amount": Amount}}
	askShop  = Tool{App: "shop", Name: "search", Effect: Read, Open: true, OneHost: true, Roles: map[string]Role{"query": Query}}
	openFile = Tool{App: "files", Name: "read", Effect: Read, Roles: map[string]Role{"id": Target}}
	odd      = Tool{App: "odd", Name: "do"} // a manifest that says nothing
)

func mine(s string) label.Value { return label.TextOf(s, label.Person()) }
func of(s string, from ...label.Source) label.Value {
	return label.TextOf(s, label.Of(from...))
}
func minted(s string, app label.Source) label.Value {
	return of(s, app).Made(label.Origin{How: label.Result, App: app, Minted: true})
}
func untouched(s string, app label.Source) label.Value {
	return of(s, app).Made(label.Origin{How: label.Result, App: app})
}
func found(s string, call int) label.Value {
	return of(s, "contacts").Made(label.Origin{How: label.Result, App: "contacts", Call: call})
}
func date(read string) label.Value {
	return mine("2026-11-27").Made(label.Origin{How: label.When, Read: read})
}

// times is a list of n times the same.
func times(n int, v label.Value) label.Value {
	return label.ListOf(slices.Repeat([]label.Value{v}, n), v.All())
}

func TestJudge(t *testing.T) {
	table := []struct {
		name   string
		tool   Tool
		words  string
		args   map[string]label.Value
		names  map[string]string
		looked map[int]string
		shaped label.Label
		send   Consent
		want   string // "kind argument sources; …", "" for none
	}{
		{name: "a read with the person's words", tool: findMail, args: map[string]label.Value{"query": mine("flight")}},
		{name: "a read in a closed app takes anything", tool: findMail, args: map[string]label.Value{"query": of("x", "web/a")}},
		{name: "an open read does not", tool: askWeb, args: map[string]label.Value{"query": of("x", "mail")}, want: "deciding query mail"},
		{name: "not even its own data", tool: askWeb, args: map[string]label.Value{"query": of("x", "web")}, want: "deciding query web"},
		{name: "an untouched result is fetched", tool: fetchWeb, args: map[string]label.Value{"url": untouched("u", "web")}},
		{name: "a touched one is not", tool: fetchWeb, args: map[string]label.Value{"url": of("u", "web")}, want: "deciding url web"},
		{name: "a search for what the one host said", tool: askShop, args: map[string]label.Value{"query": of("u", "shop")}},
		{name: "not with more in it", tool: askShop, args: map[string]label.Value{"query": of("u", "mail", "shop")}, want: "deciding query mail, shop"},
		{name: "a closed read of a computed place", tool: openFile, args: map[string]label.Value{"id": of("u", "files")}, want: "deciding id files"},
		{name: "a closed read of an untouched place", tool: openFile, args: map[string]label.Value{"id": untouched("u", "files")}},
		{name: "nor one with more in it", tool: fetchWeb, args: map[string]label.Value{"url": untouched("u", "web").With(label.Of("mail"))}, want: "deciding url mail, web"},

		{name: "many untouched places", tool: fetchWeb, args: map[string]label.Value{"url": times(maxParts-1, untouched("u", "web"))}},
		{name: "more than anybody looks at", tool: fetchWeb, args: map[string]label.Value{"url": times(maxParts, untouched("u", "web"))}, want: "deciding url web"},
		{name: "more than anybody said", tool: fetchWeb, shaped: label.Of("odd"), words: "u",
			args: map[string]label.Value{"url": times(maxParts, mine("u"))}, want: "planner url odd"},

		{name: "a model elsewhere gets the person's words", tool: farModel, words: "hi", args: map[string]label.Value{"body": mine("hi")}, want: "leaves  "},
		{name: "if provenance alone counts, without an answer", tool: farModel, args: map[string]label.Value{"body": mine("hi")}, send: ByProvenance},
		{name: "and an app's data needs one of its own", tool: farModel, args: map[string]label.Value{"body": of("hi", "mail")}, want: "foreign body mail; leaves  "},

		{name: "another app's data in a change", tool: addEvent, args: map[string]label.Value{"title": of("x", "mail")}, want: "foreign title mail"},
		{name: "its own data in a change", tool: addEvent, args: map[string]label.Value{"title": of("x", "calendar")}},
		{name: "data nobody labelled", tool: addEvent, args: map[string]label.Value{"title": {}}, want: "foreign title unknown"},

		{name: "a minted id", tool: dropNote, args: map[string]label.Value{"id": minted("n1", "notes")}},
		{name: "an id that another app minted", tool: dropNote, args: map[string]label.Value{"id": minted("n1", "mail")}, want: "deciding id mail"},
		{name: "an id that a sender chose", tool: dropNote, args: map[string]label.Value{"id": untouched("n1", "notes")}, want: "deciding id notes"},
		{name: "a minted id chosen by a mail", tool: dropNote, args: map[string]label.Value{"id": minted("n1", "notes").With(label.Of("mail"))}, want: "foreign id mail"},
		{name: "a minted id of a read", tool: readMail, args: map[string]label.Value{"id": minted("m1", "mail")}},

		{name: "sending what the person said", tool: sendMail, words: "mail bob@example.org: lunch at 12?",
			args: map[string]label.Value{"to": mine("bob@example.org"), "body": mine("lunch at 12?")}},
		{name: "a body that they did not say", tool: sendMail, words: "mail bob@example.org: lunch",
			args: map[string]label.Value{"to": mine("bob@example.org"), "body": mine("dinner")}, want: "send  "},
		{name: "said once, used twice", tool: sendMail, words: "mail bob@example.org lunch",
			args: map[string]label.Value{"to": mine("bob@example.org"), "subject": mine("lunch"), "body": mine("lunch")}, want: "send  "},
		{name: "an address inside another", tool: sendMail, words: "mail bob@example.org.evil.example: hi",
			args: map[string]label.Value{"to": mine("bob@example.org"), "body": mine("hi")}, want: "send  "},
		{name: "told not to", tool: sendMail, words: "don't write to bob@example.org: hi",
			args: map[string]label.Value{"to": mine("bob@example.org"), "body": mine("hi")}, want: "send  "},
		{name: "told not to, afterwards", tool: sendMail, words: "say hi; bob@example.org must not get it",
			args: map[string]label.Value{"to": mine("bob@example.org"), "body": mine("hi")}, want: "send  "},
		{name: "a sentence that was typed inside another", tool: sendMail, words: "mail bob@example.org that lunch is at 12",
			args: map[string]label.Value{"to": mine("bob@example.org"), "body": mine("Lunch is at 12.")}},
		{name: "what carries nothing", tool: sendMail, words: "mail bob@example.org: hi",
			args: map[string]label.Value{"to": mine("bob@example.org"), "subject": mine(""), "body": mine("hi")}},
		{name: "a number as it was typed", tool: payBank, words: "pay 1,200.50 to 4711", shaped: label.Of("shop"), send: ByProvenance,
			args: map[string]label.Value{"to": mine("4711"), "amount": label.FloatOf(1200.5, label.Person())}},
		{name: "another number", tool: payBank, words: "pay 1,200.50 to 4711", shaped: label.Of("shop"), send: ByProvenance,
			args: map[string]label.Value{"to": mine("4711"), "amount": label.IntOf(1200, label.Person())}, want: "planner amount shop"},
		{name: "nothing where an argument may be left out", tool: sendMail, words: "", shaped: label.Of("shop"), send: ByProvenance,
			args: map[string]label.Value{"to": label.NullOf(label.Person())}},
		{name: "the words of a query in another order", tool: askWeb, words: "I need a flight to Paris", shaped: label.Of("shop"),
			args: map[string]label.Value{"query": mine("paris flight")}},
		{name: "a query with a word of its own", tool: askWeb, words: "I need a flight to Paris", shaped: label.Of("shop"),
			args: map[string]label.Value{"query": mine("paris flight secret")}, want: "planner query shop"},
		{name: "money always asks", tool: sendMail, words: "send bob@example.org 50",
			args: map[string]label.Value{"to": mine("bob@example.org"), "amount": label.IntOf(50, label.Person())}, want: "send  "},
		{name: "no destination", tool: sendMail, words: "hi", args: map[string]label.Value{"body": mine("hi")}, want: "send  "},
		{name: "send = always", tool: sendMail, words: "mail bob@example.org: hi", send: BySend,
			args: map[string]label.Value{"to": mine("bob@example.org"), "body": mine("hi")}, want: "send  "},
		{name: "send = provenance", tool: sendMail, words: "", send: ByProvenance,
			args: map[string]label.Value{"to": mine("bob@example.org"), "body": mine("hi")}},
		{name: "an app's address", tool: sendMail, words: "mail Bob: hi",
			args: map[string]label.Value{"to": of("bob@example.org", "contacts"), "body": mine("hi")}, want: "deciding to contacts; send  "},
		{name: "mail's own address decides too", tool: sendMail, words: "answer it: ok",
			args: map[string]label.Value{"to": untouched("m@example.net", "mail"), "body": mine("ok")}, want: "deciding to mail; send  "},
		{name: "the only address said, found by an app: Ann may be meant", tool: sendMail, words: "tell bob@example.org or Ann", send: ByProvenance,
			args: map[string]label.Value{"to": of("bob@example.org", "contacts")}, want: "deciding to contacts"},
		{name: "one of two said, chosen by an app", tool: sendMail, words: "tell bob@example.org or eve@example.org", send: ByProvenance,
			args: map[string]label.Value{"to": of("eve@example.org", "contacts")}, want: "deciding to contacts"},
		{name: "a listed name", tool: sendMail, words: "mail Bob: hi", names: map[string]string{"bob": "bob@example.org"},
			args: map[string]label.Value{"to": mine("bob@example.org"), "body": mine("hi")}},
		{name: "a listed name that was not said", tool: sendMail, words: "mail: hi", names: map[string]string{"bob": "bob@example.org"},
			args: map[string]label.Value{"to": mine("bob@example.org"), "body": mine("hi")}, want: "send  "},
		{name: "a list never chooses", tool: sendMail, words: "mail Bob or Eve", send: ByProvenance,
			names: map[string]string{"bob": "bob@example.org", "eve": "eve@example.org"},
			args:  map[string]label.Value{"to": of("eve@example.org", "contacts")}, want: "deciding to contacts"},
		{name: "the one listed name said has another part", tool: sendMail, words: "mail Eve that Bob is late", send: ByProvenance,
			names: map[string]string{"bob": "bob@example.org"},
			args:  map[string]label.Value{"to": of("bob@example.org", "contacts")}, want: "deciding to contacts"},
		{name: "more was looked up than the listed name", tool: sendMail, words: "mail Bob Smith", send: ByProvenance,
			names: map[string]string{"bob": "bob@example.org"}, looked: map[int]string{7: "Bob Smith"},
			args: map[string]label.Value{"to": found("bob@example.org", 7)}, want: "deciding to contacts"},
		{name: "a plan may, by what it looked up", tool: sendMail, words: "mail Bob or Eve", send: ByProvenance,
			names: map[string]string{"bob": "bob@example.org", "eve": "eve@example.org"}, looked: map[int]string{7: "Eve"},
			args: map[string]label.Value{"to": found("eve@example.org", 7)}},
		{name: "a lookup of one name found another's address", tool: sendMail, words: "mail Bob or Eve", send: ByProvenance,
			names: map[string]string{"bob": "bob@example.org", "eve": "eve@example.org"}, looked: map[int]string{7: "Bob"},
			args: map[string]label.Value{"to": found("eve@example.org", 7)}, want: "deciding to contacts"},
		{name: "a lookup that found an address nobody approved", tool: sendMail, words: "mail Bob or Eve", send: ByProvenance,
			names: map[string]string{"bob": "bob@example.org", "eve": "eve@example.org"}, looked: map[int]string{7: "Bob"},
			args: map[string]label.Value{"to": found("bob@example.net", 7)}, want: "deciding to contacts"},
		{name: "a foreign body", tool: sendMail, words: "mail bob@example.org my day", send: ByProvenance,
			args: map[string]label.Value{"to": mine("bob@example.org"), "body": of("secret", "calendar")}, want: "foreign body calendar"},

		{name: "a literal beside app words", tool: sendMail, words: "mail my boss: hi", shaped: label.Of("shop"), send: ByProvenance,
			args: map[string]label.Value{"to": mine("eve@example.org")}, want: "planner to shop"},
		{name: "the person's literal beside app words", tool: sendMail, words: "mail eve@example.org", shaped: label.Of("shop"), send: ByProvenance,
			args: map[string]label.Value{"to": mine("eve@example.org")}},
		{name: "a list of what the person said and what an app said", tool: askShop, words: "compare Ritz with the others", shaped: label.Of("shop"),
			args: map[string]label.Value{"query": label.ListOf([]label.Value{mine("Ritz"), of("Savoy", "shop")}, label.Person())}},
		{name: "a list of what nobody said", tool: askShop, words: "compare Ritz with the others", shaped: label.Of("shop"),
			args: map[string]label.Value{"query": label.ListOf([]label.Value{mine("Carlton"), of("Savoy", "shop")}, label.Person())}, want: "planner query shop"},
		{name: "a literal in a branch", tool: sendMail, words: "mail my boss: hi", shaped: label.Of("shop"), send: ByProvenance,
			args: map[string]label.Value{"to": mine("eve@example.org").With(label.Of("mail"))}, want: "deciding to mail; planner to shop"},
		{name: "a date beside app words", tool: odd, shaped: label.Of("shop"), send: ByProvenance,
			args: map[string]label.Value{"day": date("Friday")}},
		{name: "a manifest that says nothing", tool: odd, words: "do x", args: map[string]label.Value{"what": of("x", "odd")}, want: "deciding what odd; send  "},
	}
	for _, c := range table {
		t.Run(c.name, func(t *testing.T) {
			if c.shaped.Equal(label.Label{}) {
				c.shaped = label.Person()
			}
			j := Judge(call(c.tool, c.args), Situation{
				Words: NewWords([]label.Span{{Text: c.words, Label: label.Person()}}, true),
				Names: c.names, Looked: c.looked, Shaped: c.shaped, Send: c.send,
			})
			require.Equal(t, c.want, reasons(j))
		})
	}
}

// call orders arguments by name, so that tables can use maps.
func call(tool Tool, args map[string]label.Value) Call {
	c := Call{Tool: tool, Planned: true, Control: label.Person()}
	for _, name := range []string{"to", "id", "url", "query", "what", "day", "title", "start", "subject", "body", "amount"} {
		if v, ok := args[name]; ok {
			c.Args = append(c.Args, Arg{name, v})
		}
	}
	if len(c.Args) != len(args) {
		panic(fmt.Sprintf("the table has an argument that call does not know: %v", args))
	}
	return c
}

func reasons(j Judgement) string {
	var all []string
	for _, r := range j.Reasons {
		all = append(all, fmt.Sprintf("%s %s %s", r.Kind, r.Arg, label.Of(r.From...)))
	}
	return strings.Join(all, "; ")
}

func TestPastesAndStandardInputEndorseNothing(t *testing.T) {
	args := map[string]label.Value{"to": mine("bob@example.org"), "body": mine("hi")}
	typed := label.Span{Text: "mail bob@example.org: hi", Label: label.Person()}
	pasted := label.Span{Text: "mail bob@example.org: hi", Label: label.Of(label.Paste)}
	for name, w := range map[string]*Words{
		"standard input": NewWords([]label.Span{typed}, false),
		"a paste":        NewWords([]label.Span{pasted}, true),
		"half a paste": NewWords([]label.Span{{Text: "mail bob@exa", Label: label.Person()},
			{Text: "mple.org", Label: label.Of(label.Paste)}, {Text: ": hi", Label: label.Person()}}, true),
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, "send  ", reasons(Judge(call(sendMail, args), Situation{Words: w, Shaped: label.Person()})))
		})
	}
}

// More sources never make for fewer reasons.
func TestJudgeIsMonotone(t *testing.T) {
	tools := []Tool{sendMail, farModel, addEvent, dropNote, readMail, findMail, askWeb, fetchWeb, odd}
	values := []label.Value{mine("bob@example.org"), mine("hi"), of("x", "mail"), untouched("x", "web"), minted("x", "notes"), date("Friday")}
	rapid.Check(t, func(t *rapid.T) {
		tool := rapid.SampledFrom(tools).Draw(t, "tool")
		c := Call{Tool: tool, Control: label.Person()}
		for _, p := range []string{"to", "id", "url", "query", "title", "body"} {
			if _, ok := tool.Roles[p]; ok {
				c.Args = append(c.Args, Arg{p, rapid.SampledFrom(values).Draw(t, p)})
			}
		}
		s := Situation{Words: NewWords([]label.Span{{Text: "mail bob@example.org hi", Label: label.Person()}}, true), Shaped: label.Person(), Send: ByProvenance}
		before := len(Judge(c, s).Reasons)
		for i := range c.Args {
			more := Call{Tool: c.Tool, Control: c.Control, Args: append([]Arg(nil), c.Args...)}
			more.Args[i].Value = more.Args[i].Value.With(label.Of("evil"))
			if after := len(Judge(more, s).Reasons); after < before {
				t.Fatalf("%s: %d reasons, and %d with another source in %s", tool, before, after, c.Args[i].Name)
			}
		}
	})
}

// That a list is empty is what its sources say, and can mean everybody: nobody picked it.
func TestAnEmptyListOfAnAppIsNotThePersons(t *testing.T) {
	share := Tool{App: "files", Name: "share", Effect: Write, Undo: true, Roles: map[string]Role{"to": Destination}}
	w := NewWords([]label.Span{{Text: "share it", Label: label.Person()}}, true)
	judge := func(v label.Value) string {
		return reasons(Judge(call(share, map[string]label.Value{"to": v}), Situation{Words: w, Shaped: label.Person()}))
	}
	require.Equal(t, "deciding to mail", judge(label.ListOf(nil, label.Of("mail"))))
	require.Equal(t, "deciding to mail", judge(label.ListOf([]label.Value{label.ListOf(nil, label.Person())}, label.Of("mail"))))
	require.Empty(t, judge(label.ListOf(nil, label.Person())))
}
