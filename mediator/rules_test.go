package mediator

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"secgpt/mediator/label"
	"secgpt/mediator/policy"
)

var sendTwo = Tool{App: "mail", Name: "send", Effect: Send, Open: true, Roles: map[string]Role{
	"to": Destination, "what": Destination, "body": Content}}

// What an answer allowed has no deciding argument that was not there when it was
// given.
func TestAnAnswerIsForNothingThatWasNotThere(t *testing.T) {
	for _, scope := range []Scope{Task, Session} {
		d := newDesk(t)
		d.says(scope)
		turn := d.turn("")
		first := map[string]label.Value{"to": mine("bob@example.org"), "body": of("hi", "notes")}
		require.True(t, d.decide(call(sendTwo, first), turn).Allow)
		d.answer = func(Question) Answer { return Answer{By: "nobody"} }
		turn.stops, turn.why = 0, ""
		require.True(t, d.decide(call(sendTwo, first), turn).Allow)
		more := map[string]label.Value{"to": mine("bob@example.org"), "body": of("hi", "notes"), "what": mine("eve@example.net")}
		require.False(t, d.decide(call(sendTwo, more), turn).Allow, "a rule made by an answer let in an argument that it never saw")
		turn.stops, turn.why = 0, ""
		more["what"] = label.NullOf(label.Person())
		require.True(t, d.decide(call(sendTwo, more), turn).Allow, "null is as if it were left out")
	}
}

func TestAnAnswerWithoutDecidingArgumentsIsForNone(t *testing.T) {
	invite := Tool{App: "calendar", Name: "create", Effect: Write, Undo: true, Roles: map[string]Role{"title": Content, "to": Destination}}
	d := newDesk(t)
	d.says(Always)
	require.True(t, d.decide(call(invite, map[string]label.Value{"title": of("x", "mail")}), d.turn("")).Allow)
	d.answer = func(Question) Answer { return Answer{By: "nobody"} }
	require.True(t, d.decide(call(invite, map[string]label.Value{"title": of("y", "mail")}), d.turn("")).Allow)
	both := call(invite, map[string]label.Value{"title": of("y", "mail"), "to": mine("eve@example.net")})
	require.False(t, d.decide(both, d.turn("")).Allow)
	require.True(t, d.decide(both, d.turn("invite eve@example.net")).Allow, "what the person said needs no rule")
	rules, err := d.Rules.Rules()
	require.NoError(t, err)
	require.Contains(t, rules[0].String(), "allow mail -> calendar.create() until ")
	d.rule("allow mail -> calendar.create")
	require.True(t, d.decide(both, d.turn("")).Allow, "a rule without brackets is for all of them")
}

// Lists are pinned like other values: who is written to, all of them.
func TestARuleForAListOfRecipients(t *testing.T) {
	d := newDesk(t)
	to := func(names ...string) Call {
		var items []label.Value
		for _, n := range names {
			items = append(items, of(n, "contacts"))
		}
		return call(sendMail, map[string]label.Value{"to": label.ListOf(items, label.Of("contacts")), "body": mine("hi")})
	}
	got := d.decide(to("bob@example.org"), d.turn(""))
	require.Equal(t, `allow contacts -> mail.send(to=["bob@example.org"])`, got.Remedy)
	d.rule(got.Remedy)
	require.True(t, d.decide(to("bob@example.org"), d.turn("")).Allow)
	require.False(t, d.decide(to("bob@example.org", "eve@example.net"), d.turn("")).Allow)
}

// A value that went from the web into a note and from there into a mail is still the
// web's: its label says so, and a deny rule sees it.
func TestDenySeesThroughDetours(t *testing.T) {
	d := newDesk(t)
	d.says(Once)
	d.rule("deny web -> mail")
	fromNote := of("hi", "notes", "web/evil.example")
	require.False(t, d.decide(call(sendMail, map[string]label.Value{"to": mine("bob@example.org"), "body": fromNote}), d.turn("")).Allow)
	branch := call(sendMail, map[string]label.Value{"to": mine("bob@example.org"), "body": mine("hi")})
	branch.Control = label.Of("notes", "web/evil.example")
	require.False(t, d.decide(branch, d.turn("mail bob@example.org: hi")).Allow, "a branch on it was not seen")
	require.Empty(t, d.asked)
}

// An edit of the file counts from the next decision on, and a broken file stops all.
func TestAChangedFileIsSeenByTheNextDecision(t *testing.T) {
	d := newDesk(t)
	write := func(text string) {
		require.NoError(t, os.WriteFile(filepath.Join(d.dir, "policy.toml"), []byte(text), 0o600))
	}
	allow := "[[rules]]\nnumber = 1\nrule = \"allow mail -> calendar.create_event\"\n"
	write(allow)
	require.True(t, d.decide(fromMail, d.turn("")).Allow)
	write("[[rules]]\nnumber = 2\nrule = \"deny mail -> calendar\"\n")
	require.Equal(t, "rule 2", d.decide(fromMail, d.turn("")).By)
	write(allow + "rulle = 3\n")
	d.says(Once)
	for _, c := range []Call{fromMail, call(findMail, map[string]label.Value{"query": mine("x")})} {
		got := d.decide(c, d.turn(""))
		require.False(t, got.Allow)
		require.Contains(t, got.Why, "the rules can't be read, so nothing is allowed: ")
		require.Contains(t, got.Why, "policy.toml:4: unknown key \"rulle\"")
		require.NotContains(t, got.Why, "\n")
	}
	require.Empty(t, d.asked, "a person was asked while the rules could not be read")
	write(allow)
	require.True(t, d.decide(fromMail, d.turn("")).Allow)
}

// gen draws calls, rules and situations for the properties below.
type gen struct{ *rapid.T }

func (g gen) source() label.Source {
	return rapid.SampledFrom([]label.Source{"mail", "notes", "web/x.org", "contacts"}).Draw(g.T, "source")
}

func (g gen) value() label.Value {
	v := rapid.SampledFrom([]label.Value{
		mine("bob@example.org"), mine("hi"), mine("eve@example.net"), of("bob@example.org", "contacts"), of("x", "mail"),
		untouched("hi", "web/x.org"), minted("n1", "notes"), minted("n1", "mail"), date("Friday"), label.NullOf(label.Person()),
		label.IntOf(50, label.Person()), label.ListOf([]label.Value{mine("bob@example.org"), mine("hi")}, label.Person()),
		label.ListOf(nil, label.Person()), mine(""), found("bob@example.org", 7),
	}).Draw(g.T, "value")
	if rapid.IntRange(0, 3).Draw(g.T, "more") == 0 {
		v = v.With(label.Of(g.source()))
	}
	return v
}

func (g gen) call() Call {
	c := Call{Planned: true, Control: label.Person(), Unbidden: rapid.IntRange(0, 5).Draw(g.T, "unbidden") == 0}
	c.Tool = rapid.SampledFrom([]Tool{sendMail, sendTwo, addEvent, dropNote, readMail, findMail, askWeb, askShop, openFile, fetchWeb, payBank, odd}).Draw(g.T, "tool")
	for _, p := range []string{"to", "id", "url", "query", "what", "title", "body", "amount"} {
		if _, ok := c.Tool.Roles[p]; (ok || c.Tool.Name == "do") && rapid.IntRange(0, 3).Draw(g.T, p) > 0 {
			c.Args = append(c.Args, Arg{p, g.value()})
		}
	}
	if rapid.IntRange(0, 4).Draw(g.T, "branch") == 0 {
		c.Control = label.Of(g.source())
		for i := range c.Args {
			c.Args[i].Value = c.Args[i].Value.With(c.Control)
		}
	}
	return c
}

// more is the call with one more source in one argument, or over all of it.
func (g gen) more(c Call) Call {
	at := rapid.IntRange(-1, len(c.Args)-1).Draw(g.T, "where")
	more := label.Of(g.source())
	args := append([]Arg(nil), c.Args...)
	for i := range args {
		if i == at || at < 0 { // the control label is joined into each argument
			args[i].Value = args[i].Value.With(more)
		}
	}
	if at < 0 {
		c.Control = c.Control.Join(more)
	}
	c.Args = args
	return c
}

// rule draws one that often fits the call.
func (g gen) rule(c Call, reasons []Reason) policy.Rule {
	text, _ := ruleFor(c, reasons)
	if text == "" || rapid.Bool().Draw(g.T, "other") {
		text = "allow " + string(g.source()) + " -> " + c.Tool.String()
	}
	r, err := policy.Parse(text)
	if err != nil {
		g.T.Fatal(err)
	}
	if r.From[0] != policy.Person && rapid.Bool().Draw(g.T, "wider") {
		r.From = label.Of(append(r.From, g.source())...).Sources()
	}
	r.Deny = rapid.IntRange(0, 5).Draw(g.T, "deny") == 0
	r.By = rapid.SampledFrom([]policy.By{policy.Answer, policy.Command}).Draw(g.T, "by")
	return r
}

// ruling is what a call meets, over a set of rules in memory.
func ruling(m *Monitor, set policy.Set, c Call, s Situation) Outcome {
	if _, ok := set.Denied(m.query(c, everything(c))); ok {
		return WouldDeny
	}
	if _, ok := m.answered(set, c, Judge(c, s)); !ok {
		return WouldAsk
	}
	return WouldGo
}

// More sources never make a stricter answer laxer. The person's own data is a source
// of its own here, `person` in rules: what is nobody else's is answered by rules for
// it, so the property begins with the first other source.
func TestDecisionsAreMonotone(t *testing.T) {
	m := newDesk(t).Monitor
	seen := map[Outcome]int{}
	rapid.Check(t, func(t *rapid.T) {
		g := gen{t}
		c := g.call()
		if everything(c).Empty() {
			return
		}
		s := Situation{
			Words:  typed(rapid.SampledFrom([]string{"", "mail bob@example.org: hi", "mail Bob hi", "mail Bob or Eve, 50"}).Draw(t, "words")),
			Names:  map[string]string{"bob": "bob@example.org", "eve": "eve@example.net"},
			Looked: map[int]string{7: "Bob"}, Shaped: rapid.SampledFrom([]label.Label{label.Person(), label.Of("shop")}).Draw(t, "shaped"),
			Send: rapid.SampledFrom([]Consent{ByWords, BySend, ByProvenance}).Draw(t, "send"),
		}
		more := g.more(c)
		var set policy.Set
		for range rapid.IntRange(0, 4).Draw(t, "rules") {
			which := rapid.SampledFrom([]Call{c, more}).Draw(t, "for")
			set = append(set, g.rule(which, Judge(which, s).Reasons))
		}
		before, after := ruling(m, set, c, s), ruling(m, set, more, s)
		seen[before]++
		if after > before {
			t.Fatalf("%s with %v: %d, and %d with one more source", c.Tool, c.Args, before, after)
		}
	})
	for _, o := range []Outcome{WouldDeny, WouldAsk, WouldGo} {
		require.NotZero(t, seen[o], "the property was never about %d", o)
	}
}

// Check and Decide are of one mind.
func TestCheckSaysWhatDecideDoes(t *testing.T) {
	d := newDesk(t)
	d.rule("deny web -> notes")
	d.rule("allow mail, contacts, notes -> mail.send")
	d.rule(`allow contacts -> mail.send(to="bob@example.org")`)
	seen := map[Outcome]int{}
	rapid.Check(t, func(t *rapid.T) {
		c := gen{t}.call()
		c.Planned = rapid.IntRange(0, 9).Draw(t, "planned") > 0
		turn := d.turn("mail bob@example.org: hi")
		turn.Shaped = rapid.SampledFrom([]label.Label{label.Person(), label.Of("shop")}).Draw(t, "shaped")
		asked := len(d.asked)
		v := d.Check(c, turn)
		require.Len(t, d.asked, asked)
		got := d.Decide(context.Background(), c, turn, d, false)
		require.Equal(t, v.Outcome == WouldGo, got.Allow)
		require.Equal(t, v.Outcome == WouldAsk, len(d.asked) > asked)
		require.Equal(t, v.From, got.From)
		if v.Outcome != WouldAsk {
			require.Equal(t, v.By, got.By)
		} else {
			require.Equal(t, v.Rule, got.Remedy)
		}
		seen[v.Outcome]++
	})
	for _, o := range []Outcome{WouldDeny, WouldAsk, WouldGo} {
		require.NotZero(t, seen[o])
	}
}

// What a standing rule leaves open must not leave the computer.
func TestAlwaysIsNotOfferedForWhatLeaves(t *testing.T) {
	local := addEvent
	shared := addEvent
	shared.Open = true
	for tool, want := range map[*Tool]bool{&local: true, &shared: false} {
		d := newDesk(t)
		d.says(Always)
		d.decide(call(*tool, map[string]label.Value{"title": of("x", "mail")}), d.turn(""))
		require.Len(t, d.asked, 1)
		require.Equal(t, want, slices.Contains(d.asked[0].Scopes, Always))
	}
	d := newDesk(t)
	d.says(Always)
	require.True(t, d.decide(call(askWeb, map[string]label.Value{"query": of("x", "mail")}), d.turn("")).Allow)
	require.Contains(t, d.asked[0].Rule, `(query="x")`, "what is pinned may last")
}

// Nor may what it leaves open beside a pinned argument: an answer to one reason names
// sources whose next text would go in the argument that it does not pin.
func TestAlwaysIsNotOfferedWhereItsSourceCouldLeaveUnseen(t *testing.T) {
	shared := Tool{App: "board", Name: "add", Effect: Write, Undo: true, Open: true, Roles: map[string]Role{"to": Target, "body": Content}}
	for name, args := range map[string]map[string]label.Value{
		"deciding": {"to": of("team", "mail"), "body": mine("hi")},
		"planner":  {"to": mine("team"), "body": mine("hi")},
	} {
		d := newDesk(t)
		d.says(Always)
		turn := d.turn("")
		turn.Shaped = label.Of("mail")
		require.False(t, d.decide(call(shared, args), turn).Allow, name)
		require.Equal(t, []Scope{Once, Task, Session, Never}, d.asked[0].Scopes, name)
		d.answer = func(Question) Answer { return Answer{By: "nobody"} }
		args["body"] = of("a secret", "mail")
		require.False(t, d.decide(call(shared, args), d.turn("")).Allow, name)
	}
	d := newDesk(t)
	d.says(Always)
	require.True(t, d.decide(call(shared, map[string]label.Value{"to": of("team", "board")}), d.turn("")).Allow, "its own data comes back to where it was")
}
