package tui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/stretchr/testify/require"

	"secgpt/hub"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// bench is the model without a terminal: time moves by hand, and the terminal
// answers when the test says so.
type bench struct {
	t *testing.T
	m *model
	c *clock
}

func newBench(t *testing.T, width, height int) *bench {
	b := &bench{t, nil, &clock{time.Unix(1_000_000, 0)}}
	b.m = newModel(t.Context(), newFake())
	b.m.now = func() time.Time { return b.c.t }
	b.m.Init()
	b.send(uv.PrimaryDeviceAttributesEvent{}, tea.WindowSizeMsg{Width: width, Height: height})
	return b
}

func (b *bench) send(msgs ...tea.Msg) {
	for _, msg := range msgs {
		b.m.Update(msg)
	}
}

// asks puts a question on the screen and returns where its answer will be.
func (b *bench) asks(card ...mediator.Question) chan []mediator.Answer {
	ch := make(chan []mediator.Answer, 1)
	b.send(feedMsg{askedMsg{context.Background(), card, ch}})
	return ch
}

// seen lets the frame come out, the terminal answer and the person look.
func (b *bench) seen() {
	b.send(drawnMsg{b.m.gate.view})
	for len(b.m.gate.open) > 0 {
		b.send(uv.PrimaryDeviceAttributesEvent{})
	}
	b.c.after(minShown)
}

func (b *bench) press(keys ...string) {
	for _, k := range keys {
		msg := tea.KeyPressMsg{Text: k, Code: []rune(k)[0]}
		if code, ok := map[string]rune{"tab": tea.KeyTab, "pgdown": tea.KeyPgDown, "end": tea.KeyEnd, "up": tea.KeyUp, "enter": tea.KeyEnter}[k]; ok {
			msg = tea.KeyPressMsg{Code: code}
		}
		b.send(msg)
	}
}

func TestNothingIsAllowedWithUnseenLines(t *testing.T) {
	b := newBench(t, 80, 24)
	ch := b.asks(longQuestion())
	b.press("tab")
	for b.m.first().left() > 0 {
		b.seen()
		b.press("a", "t", "s", "w")
		require.Empty(t, ch)
		b.press("pgdown")
	}
	b.press("a")
	require.Empty(t, ch, "pressed before the last lines could be seen")
	b.seen()
	b.press("t")
	require.Equal(t, mediator.Task, (<-ch)[0].Scope)
}

func TestANewQuestionIsNotArmedByTheLast(t *testing.T) {
	b := newBench(t, 80, 24)
	first, second := b.asks(invitation()), b.asks(invitation())
	b.press("tab")
	b.seen()
	b.press("a")
	require.Len(t, first, 1)
	b.c.after(time.Minute)
	b.press("tab", "t")
	require.Empty(t, second)
	b.seen()
	b.press("s")
	require.Len(t, second, 1)
}

// In another width the lines are others, and nobody has seen those.
func TestWhatReadsDifferentlyHasToBeSeenAgain(t *testing.T) {
	for _, widths := range [][2]int{{80, 45}, {45, 80}} {
		b := newBench(t, widths[0], 24)
		q := longQuestion()
		q.Args[0].Value = label.TextOf(strings.Repeat("a title that fills some lines ", 8), label.Of("mail"))
		ch := b.asks(q)
		b.press("tab")
		for b.m.first().left() > 0 {
			b.press("pgdown")
		}
		b.seen()
		require.True(t, b.m.first().ready())
		b.send(tea.WindowSizeMsg{Width: widths[1], Height: 24})
		b.seen()
		require.False(t, b.m.first().ready())
		b.press("a")
		require.Empty(t, ch)
	}
}

func TestAnAnswerComesTooLateForAQuestionThatIsGone(t *testing.T) {
	b := newBench(t, 80, 24)
	ch := b.asks(invitation())
	b.press("tab")
	b.seen()
	b.send(feedMsg{goneMsg{ch}})
	b.press("a")
	require.Empty(t, ch)
	require.Equal(t, "a", b.m.draft.Text(), "the key went to the draft")
}

func TestPanicOfTheScreenEndsTheChat(t *testing.T) {
	b := newBench(t, 80, 24)
	b.m.list.Add(&item{draw: func(int) []string { panic("no such line") }})
	require.Equal(t, tea.View{AltScreen: true}, b.m.View())
	require.ErrorContains(t, b.m.crash, "no such line")
	_, cmd := b.m.Update(b.m.feed.next())
	require.NotNil(t, cmd)
}

func TestFailuresAndNotesNameTheApp(t *testing.T) {
	b := newBench(t, 80, 24)
	b.m.turn = newTurn(b.m, func() {})
	b.send(feedMsg{
		hub.Step{N: 1, Tool: tool("mail", "search"), State: hub.Broken, Error: "it ended\x1b[31m"},
		hub.Failed{App: "mail", Kind: "died", Message: "ended in the middle of a call"},
		hub.Noted{Text: "one message is damaged"},
		doneMsg{result: hub.Result{Exit: 5}},
	})
	s := b.m.View().Content
	require.Contains(t, s, "mail: ended in the middle of a call")
	require.Contains(t, s, "one message is damaged")
	require.Nil(t, b.m.turn)
}

func TestCrashOfATurnEndsTheChat(t *testing.T) {
	b := newBench(t, 80, 24)
	b.m.turn = newTurn(b.m, func() {})
	b.send(feedMsg{doneMsg{crash: errors.New("broken")}})
	require.EqualError(t, b.m.crash, "broken")
}

// Every size that a window can have, with everything that can stand in it.
func TestNoSizeBreaksTheFrame(t *testing.T) {
	b := newBench(t, 80, 24)
	b.m.draft.Insert(strings.Repeat("a long draft ", 30))
	steps := []func(){
		func() {},
		func() { b.send(feedMsg{}); b.m.list.Add(b.m.blocks(nil)); b.m.list.Add(newHelp(b.m)) },
		func() { b.asks(longQuestion()) },
		func() { b.press("tab") },
		func() { b.press("e") },
	}
	for _, step := range steps {
		step()
		for _, width := range []int{1, 5, 16, 20, 39, 40, 41, 59, 60, 80, 133, 400} {
			for _, height := range []int{1, 2, 5, 9, 10, 14, 15, 24, 60} {
				b.send(tea.WindowSizeMsg{Width: width, Height: height})
				v := b.m.View()
				require.NoError(t, b.m.crash, "%d×%d", width, height)
				lines := strings.Split(v.Content, "\n")
				require.LessOrEqual(t, len(lines), height)
				for _, l := range lines {
					if width >= 40 {
						require.LessOrEqual(t, uv.NewStyledString(l).Bounds().Dx(), width, "%d×%d: %q", width, height, l)
					}
				}
				if v.Cursor != nil && height >= 10 {
					require.Less(t, v.Cursor.Y, height)
				}
			}
		}
	}
}
