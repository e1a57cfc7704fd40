package mediator

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/mediator/audit"
	"secgpt/mediator/label"
)

// event is a change with mail's data that needs an answer.
func event(n int, title string) Call {
	c := call(addEvent, map[string]label.Value{"title": of(title, "mail")})
	c.N = n
	return c
}

// ahead holds calls and asks for them on one card, as a plan does.
func (d *desk) ahead(t *Turn, calls ...Call) {
	for _, c := range calls {
		d.Hold(c, t)
	}
	d.Inquire(context.Background(), calls, t, d)
}

func TestOneCardForAllThatIsKnownTogether(t *testing.T) {
	d := newDesk(t)
	d.says(Once)
	turn := d.turn("")
	calls := []Call{event(1, "a"), event(2, "b"), event(3, "c")}
	own := call(addEvent, map[string]label.Value{"title": mine("x")}) // needs no answer
	own.N = 4
	d.ahead(turn, append(calls, own)...)
	require.Equal(t, 1, d.cards)
	require.Len(t, d.asked, 3)
	require.NotEqual(t, d.asked[0].Digest, d.asked[1].Digest)
	for _, c := range append(calls, own) {
		require.True(t, d.decide(c, turn).Allow)
	}
	require.Equal(t, 1, d.cards, "what was answered ahead was asked again")
	entries, err := audit.Read(filepath.Join(d.dir, "state"), nil, 10)
	require.NoError(t, err)
	var by []string
	for _, e := range entries {
		if e.Kind == audit.Decision {
			by = append(by, e.By)
		}
	}
	require.Equal(t, []string{"person", "person", "person", "default"}, by, "each decision has its own line")
}

// An answer given ahead counts once, for the very bytes and reasons that were shown, and
// in its own turn.
func TestAnAnswerAheadHoldsForWhatWasShown(t *testing.T) {
	for name, c := range map[string]struct {
		change func(d *desk, turn *Turn, c *Call)
		asked  bool
	}{
		"nothing changed": {func(*desk, *Turn, *Call) {}, false},
		"other bytes":     {func(_ *desk, _ *Turn, c *Call) { c.Args[0].Value = of("another", "mail") }, true},
		"another tool":    {func(_ *desk, _ *Turn, c *Call) { c.Tool.Name = "remove_event" }, true},
		"another call":    {func(_ *desk, _ *Turn, c *Call) { c.N = 2 }, true},
		"one more source": {func(_ *desk, _ *Turn, c *Call) { c.Args[0].Value = c.Args[0].Value.With(label.Of("notes")) }, true},
		"fewer sources":   {func(_ *desk, _ *Turn, c *Call) { c.Args[0].Value = mine("a") }, false},
		"a change failed": {func(_ *desk, turn *Turn, _ *Call) { turn.Stop("notes.add did not succeed") }, true},
		"long ago":        {func(d *desk, _ *Turn, _ *Call) { d.Now = func() time.Time { return time.Now().Add(yesLife) } }, true},
		"not long ago": {func(d *desk, _ *Turn, _ *Call) {
			d.Now = func() time.Time { return time.Now().Add(yesLife - time.Minute) }
		}, false},
		"used already": {func(d *desk, turn *Turn, c *Call) {
			require.True(t, d.decide(*c, turn).Allow)
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.says(Once)
			turn, one := d.turn(""), event(1, "a")
			d.ahead(turn, one)
			c.change(d, turn, &one)
			require.True(t, d.decide(one, turn).Allow)
			require.Equal(t, map[bool]int{false: 1, true: 2}[c.asked], d.cards)
		})
	}
	d := newDesk(t)
	d.says(Once)
	d.ahead(d.turn(""), event(1, "a"))
	d.answer = func(Question) Answer { return Answer{By: "nobody"} }
	require.False(t, d.decide(event(1, "a"), d.turn("")).Allow, "an answer outlived its turn")
}

// A no does not grow old.
func TestANoDoesNotExpire(t *testing.T) {
	d := newDesk(t)
	d.says(No)
	turn := d.turn("")
	d.ahead(turn, event(1, "a"))
	d.says(Once)
	d.Now = func() time.Time { return time.Now().Add(24 * time.Hour) }
	require.False(t, d.decide(event(1, "a"), turn).Allow)
}

// A rule that says no wins over a yes that was given before it was made.
func TestADenyRuleWinsOverAnAnswerAhead(t *testing.T) {
	d := newDesk(t)
	d.says(Once)
	turn := d.turn("")
	d.ahead(turn, event(1, "a"))
	d.rule("deny mail -> calendar")
	got := d.decide(event(1, "a"), turn)
	require.False(t, got.Allow)
	require.Equal(t, "rule 1", got.By)
}

// After a no in the middle of a card the rest comes again, and says why.
func TestAfterANoTheRestIsAskedAnew(t *testing.T) {
	d := newDesk(t)
	turn := d.turn("")
	calls := []Call{event(1, "a"), event(2, "b"), event(3, "c")}
	short := asks(func(card []Question) []Answer { // yes, no, and what comes after is open
		d.cards++
		d.asked = card
		if d.cards > 1 {
			return []Answer{{Scope: Once, Digest: card[0].Digest, By: "person"}}
		}
		return []Answer{{Scope: Once, Digest: card[0].Digest, By: "person"}, {By: "person", Digest: card[1].Digest}}
	})
	d.Inquire(context.Background(), calls, turn, short)
	require.True(t, d.Decide(context.Background(), calls[0], turn, short, false).Allow)
	require.False(t, d.Decide(context.Background(), calls[1], turn, short, false).Allow)
	require.Equal(t, 1, d.cards)
	got := d.Decide(context.Background(), calls[2], turn, short, false)
	require.True(t, got.Allow)
	require.Equal(t, 2, d.cards)
	require.Equal(t, Stopped, d.asked[0].Reasons[1].Kind)
	require.Equal(t, []Scope{Once, Never}, d.asked[0].Scopes)
}

// A yes to "go on?" is for what had gone wrong by then.
func TestGoingOnIsForWhatWasKnown(t *testing.T) {
	d := newDesk(t)
	d.says(Once)
	turn := d.turn("")
	turn.Stop("notes.add did not succeed")
	d.ahead(turn, event(1, "a"), event(2, "b"))
	require.True(t, d.decide(event(1, "a"), turn).Allow)
	turn.Stop("notes.add did not succeed") // the next one, of the same name
	require.True(t, d.decide(event(2, "b"), turn).Allow)
	require.Equal(t, 2, d.cards)
}

func TestNoToAllNeedsNoSecondCard(t *testing.T) {
	d := newDesk(t)
	d.says(No)
	turn := d.turn("")
	calls := []Call{event(1, "a"), event(2, "b")}
	d.ahead(turn, calls...)
	for _, c := range calls {
		got := d.decide(c, turn)
		require.False(t, got.Allow)
		require.Equal(t, "person", got.By)
	}
	require.Equal(t, 1, d.cards)
}

// A no stays one where an answer beside it made a rule that would allow the call.
func TestANoOutlivesARuleMadeBesideIt(t *testing.T) {
	d := newDesk(t)
	d.answer = func(q Question) Answer {
		return Answer{Scope: map[bool]Scope{true: Task, false: No}[q.Call.N == 1], Digest: q.Digest, By: "person"}
	}
	turn := d.turn("")
	d.ahead(turn, event(1, "a"), event(2, "b"))
	require.True(t, d.decide(event(1, "a"), turn).Allow)
	require.False(t, d.decide(event(2, "b"), turn).Allow)
	require.Equal(t, 1, d.cards)
}

// One answer for longer to several questions makes one rule.
func TestOneRuleForSeveralAnswers(t *testing.T) {
	d := newDesk(t)
	for _, s := range []Scope{Task, Session, Always} {
		d.says(s)
		turn := d.turn("")
		d.ahead(turn, event(1, "a"), event(2, "b"))
		require.True(t, d.decide(event(1, "a"), turn).Allow)
		require.True(t, d.decide(event(2, "b"), turn).Allow)
		if s == Task {
			require.Len(t, turn.task, 1)
		}
	}
	require.Len(t, d.session, 1)
}

// The person's words serve calls in the order of the plan, whichever is judged first.
func TestWordsAreKeptForACallThatWaits(t *testing.T) {
	d := newDesk(t)
	d.says(Once)
	turn := d.turn("mail bob@example.org")
	turn.Shaped = label.Of("shop")
	first := call(sendMail, map[string]label.Value{"to": mine("bob@example.org"), "body": of("x", "notes")})
	first.N = 1
	later := call(sendMail, map[string]label.Value{"to": mine("bob@example.org")})
	later.N = 2
	d.Hold(first, turn)
	_, free := d.Settle(later, turn, false)
	require.False(t, free, "a later call took the words of one that waits")
	d.Inquire(context.Background(), []Call{first, later}, turn, d)
	require.Equal(t, "foreign body: notes; send :", told(d.asked[0]))
	require.Equal(t, "planner to: shop; send :", told(d.asked[1]))
	require.True(t, d.decide(first, turn).Allow)
	require.True(t, d.decide(later, turn).Allow)
	require.Equal(t, 1, d.cards)
}

func told(q Question) string {
	s := ""
	for i, r := range q.Reasons {
		if i > 0 {
			s += "; "
		}
		s += r.Kind.String() + " " + r.Arg + ":"
		if len(r.From) > 0 {
			s += " " + label.Of(r.From...).String()
		}
	}
	return s
}

func TestACardIsBounded(t *testing.T) {
	d := newDesk(t)
	d.says(Once)
	turn := d.turn("")
	var calls []Call
	for i := range MaxDecisions + 5 {
		calls = append(calls, event(i+1, "a"))
	}
	d.ahead(turn, calls...)
	require.Len(t, d.asked, MaxDecisions)
	require.Equal(t, MaxDecisions+5, d.asked[0].Of)
	for i, c := range calls {
		d.Inquire(context.Background(), calls[i:], turn, d)
		require.True(t, d.decide(c, turn).Allow)
	}
	require.Equal(t, 2, d.cards)
	require.Len(t, d.asked, MaxDecisions+5)
}

// An answer that comes when the turn is over counts for nothing.
func TestAnAnswerThatComesTooLate(t *testing.T) {
	d := newDesk(t)
	ctx, cancel := context.WithCancel(context.Background())
	late := asks(func(card []Question) []Answer {
		cancel()
		return []Answer{{Scope: Once, Digest: card[0].Digest, By: "person"}}
	})
	turn := d.turn("")
	d.Inquire(ctx, []Call{event(1, "a")}, turn, late)
	require.False(t, d.Decide(ctx, event(1, "a"), turn, late, false).Allow)

	ctx, cancel = context.WithCancel(context.Background())
	d.says(Once)
	turn = d.turn("")
	d.Inquire(ctx, []Call{event(1, "a")}, turn, d)
	cancel()
	require.False(t, d.Decide(ctx, event(1, "a"), turn, d, false).Allow, "an answer was used after the end of its turn")
}

// What goes wrong while a question stands is in the question that counts.
func TestAChangeThatFailsWhileAsking(t *testing.T) {
	d := newDesk(t)
	turn := d.turn("")
	d.answer = func(q Question) Answer {
		if d.cards == 1 {
			turn.Stop("notes.add did not succeed")
		}
		return Answer{Scope: Once, Digest: q.Digest, By: "person"}
	}
	require.True(t, d.decide(event(1, "a"), turn).Allow)
	require.Equal(t, 2, d.cards)
	require.Equal(t, Stopped, d.asked[1].Reasons[1].Kind)
}

func TestAnEditOnACardIsShownAnewWithTheRest(t *testing.T) {
	d := newDesk(t)
	turn := d.turn("")
	d.answer = func(q Question) Answer {
		a := Answer{Scope: Once, Digest: q.Digest, By: "person"}
		if d.cards == 1 && q.Call.N == 2 {
			a.Edit = map[string]string{"title": "my own"}
		}
		return a
	}
	calls := []Call{event(1, "a"), event(2, "b")}
	d.ahead(turn, calls...)
	require.Equal(t, 1, d.cards)
	require.True(t, d.decide(calls[0], turn).Allow)
	got := d.decide(calls[1], turn)
	require.True(t, got.Allow)
	require.Equal(t, 2, d.cards)
	require.JSONEq(t, `{"title":"my own"}`, string(got.Bytes))
	require.Empty(t, d.asked[2].Reasons)
}

type asks func([]Question) []Answer

func (f asks) Ask(_ context.Context, card []Question) []Answer { return f(card) }

// What a person left out of one call stays out, where an answer beside it made a rule that
// would let all of it go.
func TestWhatWasLeftOutStaysOutUnderARuleMadeBesideIt(t *testing.T) {
	d := newDesk(t)
	d.answer = func(q Question) Answer {
		a := Answer{Scope: Session, Digest: q.Digest, By: "person"}
		if q.Call.N == 2 {
			a.Scope, a.Withhold = Once, []string{"title"}
		}
		return a
	}
	turn := d.turn("")
	d.ahead(turn, event(1, "a"), event(2, "b"))
	require.True(t, d.decide(event(1, "a"), turn).Allow)
	for _, decide := range []func() Decision{
		func() Decision { got, _ := d.Settle(event(2, "b"), turn, false); return got },
		func() Decision { return d.decide(event(2, "b"), turn) },
	} {
		got := decide()
		require.NotContains(t, string(got.Bytes), "b", "the rule sent what the person left out")
	}
	require.Equal(t, 1, d.cards)
	require.True(t, turn.Stopped())
}

// What a plan wrote and the person did not say is told apart from what they said, in an
// argument that decides nothing too.
func TestWhatThePlanAloneSaysIsMarked(t *testing.T) {
	d := newDesk(t)
	turn := d.turn("send what the note says to bob@example.org, say hello there")
	d.decide(call(sendMail, map[string]label.Value{
		"to": mine("bob@example.org"), "subject": mine("As you asked"), "body": of("x", "notes"),
	}), turn)
	d.decide(call(addEvent, map[string]label.Value{"title": mine("hello there"), "start": of("x", "mail")}), turn)
	unsaid := map[string]bool{}
	for _, q := range d.asked {
		for _, a := range q.Args {
			unsaid[a.Name] = a.Unsaid
		}
	}
	require.Equal(t, map[string]bool{"to": false, "subject": true, "body": false, "title": false, "start": false}, unsaid)
}
