package mediator

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/mediator/audit"
	"secgpt/mediator/label"
	"secgpt/mediator/policy"
)

// desk is a monitor on a real folder, and a person who answers as told.
type desk struct {
	*Monitor
	t      *testing.T
	dir    string
	answer func(Question) Answer
	asked  []Question
	cards  int
}

func newDesk(t *testing.T) *desk {
	dir := t.TempDir()
	rules, err := policy.Open(filepath.Join(dir, "policy.toml"))
	require.NoError(t, err)
	record, err := audit.Open(filepath.Join(dir, "state"))
	require.NoError(t, err)
	names, err := OpenNames(filepath.Join(dir, "names.json"))
	require.NoError(t, err)
	d := &desk{t: t, dir: dir, answer: func(Question) Answer { return Answer{By: "nobody"} }}
	d.Monitor = &Monitor{Rules: rules, Record: record, Names: names, Session: "s", Now: time.Now}
	return d
}

func (d *desk) Ask(_ context.Context, card []Question) []Answer {
	d.cards++
	d.asked = append(d.asked, card...)
	var all []Answer
	for _, q := range card {
		all = append(all, d.answer(q))
	}
	return all
}

// says answers every question with a scope, as a person who saw it.
func (d *desk) says(s Scope, more ...func(*Answer)) {
	d.answer = func(q Question) Answer {
		a := Answer{Scope: s, By: "person", Digest: q.Digest}
		for _, f := range more {
			f(&a)
		}
		return a
	}
}

func (d *desk) rule(text string) {
	r, err := policy.Parse(text)
	require.NoError(d.t, err)
	_, err = d.Rules.Add(r)
	require.NoError(d.t, err)
}

func (d *desk) turn(words string) *Turn {
	return d.NewTurn(1, NewWords([]label.Span{{Text: words, Label: label.Person()}}, true))
}

func (d *desk) decide(c Call, t *Turn) Decision {
	return d.Decide(context.Background(), c, t, d, false)
}

var fromMail = call(addEvent, map[string]label.Value{"title": of("Kickoff", "mail"), "start": of("2026-11-26", "mail")})

func TestSilenceIsNo(t *testing.T) {
	d := newDesk(t)
	got := d.decide(fromMail, d.turn(""))
	require.False(t, got.Allow)
	require.Equal(t, "nobody", got.By)
	require.Equal(t, "allow mail -> calendar.create_event", got.Remedy)
}

func TestTheRemedyIsWhatAllows(t *testing.T) {
	for name, c := range map[string]Call{
		"foreign":  fromMail,
		"deciding": call(sendMail, map[string]label.Value{"to": of("bob@example.org", "contacts"), "body": of("hi", "notes")}),
		"send":     call(sendMail, map[string]label.Value{"to": mine("bob@example.org"), "body": mine("hi")}),
		"odd":      call(odd, map[string]label.Value{"what": of(`a "quoted" value`, "mail")}),
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			first := d.decide(c, d.turn(""))
			require.False(t, first.Allow)
			d.rule(first.Remedy)
			again := d.decide(c, d.turn(""))
			require.True(t, again.Allow, "%s does not allow it", first.Remedy)
			require.Equal(t, "rule 1", again.By)
		})
	}
}

func TestARuleForOneDestinationIsForNoOther(t *testing.T) {
	d := newDesk(t)
	d.rule(`allow contacts, mail -> mail.send(to="bob@example.org")`)
	require.True(t, d.decide(call(sendMail, map[string]label.Value{"to": of("bob@example.org", "contacts")}), d.turn("")).Allow)
	require.False(t, d.decide(call(sendMail, map[string]label.Value{"to": of("eve@example.org", "contacts")}), d.turn("")).Allow)
	d.rule("allow contacts -> mail.send")
	require.False(t, d.decide(call(sendMail, map[string]label.Value{"to": of("eve@example.org", "contacts")}), d.turn("")).Allow,
		"a rule without a condition answered a deciding argument")
}

func TestDenyWinsAndIsNotAsked(t *testing.T) {
	d := newDesk(t)
	d.says(Once)
	d.rule("allow mail -> calendar")
	d.rule("deny mail -> calendar.create_event")
	got := d.decide(fromMail, d.turn(""))
	require.False(t, got.Allow)
	require.Equal(t, "rule 2", got.By)
	require.Empty(t, d.asked)
}

func TestOffPlanIsRefusedAndNeverAsked(t *testing.T) {
	d := newDesk(t)
	d.says(Once)
	c := fromMail
	c.Planned = false
	require.False(t, d.decide(c, d.turn("")).Allow)
	require.Empty(t, d.asked)
}

func TestScopes(t *testing.T) {
	for scope, want := range map[Scope]struct{ sameTurn, nextTurn, nextProcess bool }{
		Once:    {false, false, false},
		Task:    {true, false, false},
		Session: {true, true, false},
		Always:  {true, true, true},
	} {
		t.Run(scope.String(), func(t *testing.T) {
			d := newDesk(t)
			d.says(scope)
			turn := d.turn("")
			require.True(t, d.decide(fromMail, turn).Allow)
			d.answer = func(Question) Answer { return Answer{By: "nobody"} }
			turn.stops = 0 // each answer is looked at alone
			require.Equal(t, want.sameTurn, d.decide(fromMail, turn).Allow)
			require.Equal(t, want.nextTurn, d.decide(fromMail, d.turn("")).Allow)
			d.Monitor.session = nil
			require.Equal(t, want.nextProcess, d.decide(fromMail, d.turn("")).Allow)
		})
	}
}

func TestAlwaysIsNotOfferedForSendingAndHasAnEnd(t *testing.T) {
	d := newDesk(t)
	d.says(Always)
	send := call(sendMail, map[string]label.Value{"to": of("bob@example.org", "contacts")})
	require.False(t, d.decide(send, d.turn("")).Allow, "an answer that was not offered counted")
	require.NotContains(t, d.asked[0].Scopes, Always)
	require.True(t, d.decide(fromMail, d.turn("")).Allow)
	rules, err := d.Rules.Rules()
	require.NoError(t, err)
	require.False(t, rules[0].Until.IsZero())
}

func TestNeverBecomesARule(t *testing.T) {
	d := newDesk(t)
	d.says(Never)
	require.False(t, d.decide(fromMail, d.turn("")).Allow)
	d.says(Once)
	require.False(t, d.decide(fromMail, d.turn("")).Allow)
	require.Len(t, d.asked, 1)
}

func TestWhatIsShownIsWhatRuns(t *testing.T) {
	d := newDesk(t)
	d.says(Once, func(a *Answer) { a.Digest[0] ^= 1 })
	require.False(t, d.decide(fromMail, d.turn("")).Allow, "an answer to another question counted")
	d.says(Once)
	got := d.decide(fromMail, d.turn(""))
	require.True(t, got.Allow)
	require.JSONEq(t, `{"title":"Kickoff","start":"2026-11-26"}`, string(got.Bytes))
	require.NoError(t, got.Leaves(addEvent, got.Bytes))
	require.Error(t, got.Leaves(addEvent, []byte(`{"title":"Other","start":"2026-11-26"}`)))
	require.Error(t, got.Leaves(sendMail, got.Bytes))
	require.Error(t, Decision{}.Leaves(addEvent, got.Bytes))
}

func TestWithheldFieldsDoNotLeave(t *testing.T) {
	d := newDesk(t)
	d.says(Once, func(a *Answer) { a.Withhold = []string{"title", "start"} })
	c := fromMail
	c.Required = map[string]bool{"start": true}
	turn := d.turn("")
	got := d.decide(c, turn)
	require.True(t, got.Allow)
	require.JSONEq(t, `{"start":"2026-11-26"}`, string(got.Bytes), "a field that is needed was withheld, or another was not")
	d.rule("allow mail -> calendar.create_event")
	d.answer = func(Question) Answer { return Answer{By: "nobody"} }
	require.False(t, d.decide(c, turn).Allow, "after a withheld change another one went without a yes")
}

func TestAnEditIsShownAnewAndBecomesThePersonsWords(t *testing.T) {
	d := newDesk(t)
	c := call(sendMail, map[string]label.Value{"to": of("eve@example.net", "mail")})
	d.answer = func(q Question) Answer {
		if len(d.asked) == 1 {
			return Answer{Scope: Once, By: "person", Digest: q.Digest, Edit: map[string]string{"to": "bob@example.org"}}
		}
		return Answer{Scope: Once, By: "person", Digest: q.Digest}
	}
	got := d.decide(c, d.turn(""))
	require.True(t, got.Allow)
	require.Len(t, d.asked, 2)
	require.JSONEq(t, `{"to":"bob@example.org"}`, string(got.Bytes))
	require.Empty(t, d.asked[1].Reasons, "the edited address is the person's")
}

func TestAListThatWasTypedIsThePersonsWords(t *testing.T) {
	d := newDesk(t)
	list := label.ListOf([]label.Value{of("eve@example.net", "mail")}, label.Of("mail"))
	d.answer = func(q Question) Answer {
		a := Answer{Scope: Once, By: "person", Digest: q.Digest}
		if len(d.asked) == 1 {
			a.Edit = map[string]string{"to": "ann@x.org, bob@x.org"}
		}
		return a
	}
	require.True(t, d.decide(call(sendMail, map[string]label.Value{"to": list}), d.turn("")).Allow)
	require.Empty(t, d.asked[1].Reasons)
	require.False(t, d.asked[1].Args[0].NotInWords)
}

func TestAnEditIsReadAsPeopleWrite(t *testing.T) {
	p := label.Person()
	list := label.ListOf([]label.Value{mine("a@x.org"), mine("b@x.org")}, p)
	for _, c := range []struct {
		before      label.Value
		typed, want string // "" if it is asked again
	}{
		{label.IntOf(5, p), "6", "6"}, {label.IntOf(5, p), "5.50", "5.50"}, {label.IntOf(5, p), "1,200", "1200"}, {label.FloatOf(5.5, p), " 6 ", "6"},
		{label.IntOf(5, p), "five", ""}, {label.IntOf(5, p), "5 EUR", ""}, {label.BoolOf(true, p), "false", "false"}, {label.BoolOf(true, p), "maybe", ""},
		{list, "bob@x.org", `["bob@x.org"]`}, {list, "bob@x.org, c@x.org", `["bob@x.org","c@x.org"]`}, {list, `["c@x.org"]`, `["c@x.org"]`}, {list, "[", ""}, {list, "", ""}, {list, `bob@x.org, "Eve" <eve@x.org>`, ""}, {list, `["a@x.org", b@x.org`, ""}, {label.BoolOf(true, p), "No", "false"},
	} {
		d := newDesk(t)
		d.answer = func(q Question) Answer {
			if a := (Answer{Scope: Once, By: "person", Digest: q.Digest}); len(d.asked) > 1 {
				return a
			}
			return Answer{Scope: Once, By: "person", Digest: q.Digest, Edit: map[string]string{"amount": c.typed}}
		}
		turn := d.turn("")
		got := d.decide(call(sendMail, map[string]label.Value{"amount": c.before.With(label.Of("mail"))}), turn)
		require.True(t, got.Allow, "%q was taken for a no", c.typed)
		require.False(t, turn.Stopped())
		noted := strings.Contains(strings.Join(d.asked[1].Args[0].Notes, " "), "so it was not taken")
		require.Equal(t, c.want == "", noted, "%q", c.typed)
		if c.want != "" {
			require.JSONEq(t, `{"amount":`+c.want+`}`, string(got.Bytes))
		}
	}
}

// What was withheld stays so on the card that comes after an edit.
func TestAnEditKeepsWhatIsWithheld(t *testing.T) {
	for _, amount := range []string{"6", "six"} {
		d := newDesk(t)
		d.answer = func(q Question) Answer {
			a := Answer{Scope: Once, By: "person", Digest: q.Digest}
			if len(d.asked) == 1 {
				a.Withhold, a.Edit = []string{"body"}, map[string]string{"to": "ann@example.org", "amount": amount}
			}
			return a
		}
		turn := d.turn("")
		got := d.decide(call(sendMail, map[string]label.Value{"to": of("bob@example.org", "mail"), "amount": label.IntOf(5, label.Person()), "body": of("secret", "mail")}), turn)
		require.True(t, got.Allow)
		require.NotContains(t, string(got.Bytes), "secret")
		require.Contains(t, string(got.Bytes), "ann@example.org", "an edit was lost beside one that could not be read")
		require.Equal(t, []string{"body"}, got.Withheld)
		require.True(t, turn.Stopped(), "a call that was not made as planned stops the changes after it")
	}
}

func TestNothingIsCalledThatIsNotRecorded(t *testing.T) {
	d := newDesk(t)
	d.says(Once)
	require.True(t, d.decide(fromMail, d.turn("")).Allow)
	// The record becomes unwritable, for root too: a folder stands in its place.
	log := filepath.Join(d.dir, "state", "audit.jsonl")
	require.NoError(t, os.Remove(log))
	require.NoError(t, os.Mkdir(log, 0o700))
	got := d.decide(fromMail, d.turn(""))
	require.False(t, got.Allow)
	require.Contains(t, got.Why, "the record can't be written")
}

func TestTheDecisionIsOnDiskWhenDecideReturns(t *testing.T) {
	d := newDesk(t)
	d.says(Once)
	got := d.decide(fromMail, d.turn(""))
	entries, err := audit.Read(filepath.Join(d.dir, "state"), nil, 10)
	require.NoError(t, err)
	last := entries[len(entries)-1]
	require.Equal(t, got.Entry, last.N)
	require.Equal(t, []string{"foreign title: mail", "foreign start: mail"}, last.Reasons)
	require.Equal(t, "person", last.By)
	data, err := os.ReadFile(filepath.Join(d.dir, "state", "audit.jsonl"))
	require.NoError(t, err)
	require.NotContains(t, string(data), "Kickoff", "the record holds a value")
}

func TestAfterADenialNothingElseChangesWithoutAYes(t *testing.T) {
	d := newDesk(t)
	turn := d.turn("")
	require.False(t, d.decide(fromMail, turn).Allow)
	own := call(addEvent, map[string]label.Value{"title": mine("x")})
	require.False(t, d.decide(own, turn).Allow)
	require.Equal(t, Stopped, d.asked[1].Reasons[0].Kind)
	require.True(t, d.decide(call(findMail, map[string]label.Value{"query": mine("x")}), turn).Allow, "a read stopped too")
	d.says(Once)
	require.True(t, d.decide(own, turn).Allow)
}

func TestADryRunAllowsNoChange(t *testing.T) {
	d := newDesk(t)
	d.says(Once)
	turn := d.turn("")
	own := call(addEvent, map[string]label.Value{"title": mine("x")})
	require.False(t, d.Decide(context.Background(), own, turn, d, true).Allow)
	require.False(t, d.Decide(context.Background(), fromMail, turn, d, true).Allow)
	require.Empty(t, d.asked)
}

func TestAnApprovalBindsANameToAnAddress(t *testing.T) {
	d := newDesk(t)
	find := Tool{App: "contacts", Name: "find", Effect: Read, People: true, Roles: map[string]Role{"query": Query}}
	d.says(Once)
	ask := func(address string) Decision {
		turn := d.turn("mail Bob: hi")
		lookup := call(find, map[string]label.Value{"query": mine("Bob")})
		lookup.N = 7
		require.True(t, d.decide(lookup, turn).Allow)
		to := of(address, "contacts").Made(label.Origin{How: label.Result, App: "contacts", Call: 7})
		d.Send = ByProvenance
		return d.decide(call(sendMail, map[string]label.Value{"to": to, "body": mine("hi")}), turn)
	}
	require.True(t, ask("bob@example.org").Allow)
	require.Len(t, d.asked, 1)
	require.Equal(t, []Bound{{"Bob", "bob@example.org"}}, d.asked[0].Binds, "the question did not say what a yes binds")
	require.True(t, ask("bob@example.org").Allow)
	require.Len(t, d.asked, 1, "a bound address was asked about again")
	d.answer = func(Question) Answer { return Answer{By: "nobody"} }
	require.False(t, ask("eve@example.net").Allow, "an address that changed went without a question")
	kept, err := OpenNames(filepath.Join(d.dir, "names.json"))
	require.NoError(t, err)
	require.Equal(t, map[string]string{"bob": "bob@example.org"}, kept.Snapshot())
}

// Most tools take a list of recipients: each of them is bound to the name that was
// looked up for it, unless there are two for one name.
func TestAnApprovalBindsEachRecipientOfAList(t *testing.T) {
	find := Tool{App: "contacts", Name: "find", Effect: Read, People: true, Roles: map[string]Role{"query": Query}}
	found := func(address string, n int) label.Value {
		return of(address, "contacts").Made(label.Origin{How: label.Result, App: "contacts", Call: n})
	}
	for _, c := range []struct {
		to   []label.Value
		want map[string]string
	}{
		{[]label.Value{found("bob@example.org", 7), found("ann@example.org", 8)}, map[string]string{"bob": "bob@example.org", "ann": "ann@example.org"}},
		{[]label.Value{found("bob@example.org", 7), found("bob@example.net", 7), found("ann@example.org", 8)}, map[string]string{"ann": "ann@example.org"}},
		{[]label.Value{mine("eve@example.net"), found("ann@example.org", 8)}, map[string]string{"ann": "ann@example.org"}},
	} {
		d := newDesk(t)
		d.says(Once)
		turn := d.turn("mail Bob and Ann: hi")
		for n, name := range map[int]string{7: "Bob", 8: "Ann"} {
			lookup := call(find, map[string]label.Value{"query": mine(name)})
			lookup.N = n
			require.True(t, d.decide(lookup, turn).Allow)
		}
		to := label.ListOf(c.to, label.Person())
		require.True(t, d.decide(call(sendMail, map[string]label.Value{"to": to, "body": mine("hi")}), turn).Allow)
		require.Len(t, d.asked[0].Binds, len(c.want), "the question says what a yes binds")
		require.Equal(t, c.want, d.Names.Snapshot())
	}
}

func TestOnlyAPersonWhenRulesAreOff(t *testing.T) {
	d := newDesk(t)
	d.NoRules = true
	d.rule("allow mail -> calendar.create_event")
	require.False(t, d.decide(fromMail, d.turn("")).Allow)
}
