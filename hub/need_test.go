package hub

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/mediator"
	"secgpt/mediator/label"
)

// What was given up tells nothing after the end of its turn, nor fails it.
func TestATurnThatIsOverTellsNothing(t *testing.T) {
	h := &Hub{opt: Options{Now: time.Now}}
	var told teller
	late := &turn{h: h, ctx: t.Context(), person: &told}
	require.Zero(t, late.end().Exit)
	late.tell(Step{N: 1, State: Broken})
	late.fail(ExitApp, Failed{App: "mail", Kind: "died"})
	require.Len(t, told.events, 1)
	require.IsType(t, Ended{}, told.events[0])
	require.Empty(t, late.result.Errors)
}

// A teller keeps what it is told.
type teller struct {
	Person
	events []Event
}

func (p *teller) Tell(e Event) { p.events = append(p.events, e) }

// A picker answers every need with one of its choices, as a screen hands it over.
type picker struct {
	Person
	pick   int
	types  string
	pasted bool
}

func (p picker) Tell(Event)                                                 {}
func (p picker) Ask(context.Context, []mediator.Question) []mediator.Answer { return nil }
func (p picker) Need(_ context.Context, n Need) (Given, bool) {
	if p.types != "" {
		return Given{Text: p.types, Pasted: p.pasted}, true
	}
	return Given{Text: n.Choices[p.pick].Str()}, true
}

// What an app offered stays the app's, whatever kind of value it is and however the
// screen spells it.
func TestAChoiceStaysTheAppsWords(t *testing.T) {
	mail := label.Of("mail")
	choices := []label.Value{
		label.TextOf("eve@example.net", mail),
		label.IntOf(4711, mail),
		label.ObjectOf([]label.Field{{Name: "to", Value: label.TextOf("eve@example.net", mail)}}, mail),
		label.ListOf([]label.Value{label.TextOf("eve@example.net", mail)}, mail),
		label.BoolOf(true, mail),
		label.NullOf(mail),
		label.TextOf(" eve@example.net\n", mail),
	}
	need := func(p picker) label.Value {
		judge := (&mediator.Monitor{}).NewTurn(1, mediator.NewWords(nil, true))
		v, err := (&runner{turn: &turn{person: p, judge: judge}}).Need(t.Context(), "To whom?", choices, label.Person())
		require.NoError(t, err)
		return v
	}
	for i, c := range choices {
		v := need(picker{pick: i})
		require.True(t, v.All().Equal(mail), "choice %d became the person's own words", i)
		require.Equal(t, label.Answer, v.Origin().How, "it endorses the call that it was picked for")
		if i < len(choices)-1 {
			require.Equal(t, c.Kind(), v.Kind())
		}
	}
	typed := need(picker{types: "bob@example.org"})
	require.True(t, typed.All().Empty())
	require.Equal(t, label.Answer, typed.Origin().How)
	pasted := need(picker{types: "bob@example.org\neve@example.net", pasted: true})
	require.True(t, pasted.All().Equal(label.Of(label.Paste)), "a paste became the person's own words")
	require.NotEqual(t, label.Answer, pasted.Origin().How)
	require.True(t, need(picker{types: "eve@example.net "}).All().Equal(mail))
}
