package tui

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"secgpt/mediator"
	"secgpt/mediator/label"
	"secgpt/tui/termtest"
)

// A key that comes in the very moment of leaving holds the library's reader: it has
// an event and nobody to give it to. The process ends then anyway.
func TestMain(m *testing.M) {
	time.Local = time.UTC // the golden screens show times
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/charmbracelet/ultraviolet.(*TerminalReader).sendEvents"))
}

// last is the answer that the engine got last; ok is false if it got none.
func (f *fake) last() (a mediator.Answer, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.answers) == 0 {
		return a, false
	}
	return f.answers[len(f.answers)-1], true
}

// got is a copy of what the engine was handed, as it stands now.
func (f *fake) got() *fake {
	f.mu.Lock()
	defer f.mu.Unlock()
	return &fake{
		requests: slices.Clone(f.requests), answers: slices.Clone(f.answers), undone: slices.Clone(f.undone),
		tried: f.tried, running: f.running,
	}
}

func (f *fake) asked() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []string
	for _, r := range f.requests {
		out = append(out, r.Text())
	}
	return out
}

func TestFirstScreen(t *testing.T) {
	x, f := newTerminal(t, 80, 24), newFake()
	x.chat(f)
	s := x.Sees("secgpt demo", "no model · 4 apps · rooms: all layers", "Nothing of", "▸ what's on my calendar", "ollama pull")
	require.NotContains(t, s, "…")
	x.Types(termtest.Down)
	x.Sees("▸ add the invitation")
	x.Types(termtest.Up, termtest.Up)
	x.Sees("▸ read the last mail")
	x.Types(termtest.Enter)
	x.Sees("Invoice overdue", "1 step · /why")
	require.Equal(t, []string{"read the last mail from Mallory"}, f.asked())
	require.Equal(t, 1, f.got().tried)
}

func TestTypedRequest(t *testing.T) {
	x, f := newTerminal(t, 80, 24), newFake()
	x.chat(f)
	x.Echoed("hello there")
	x.Gone("▸")
	x.Types(termtest.Enter)
	x.Sees(" › hello there", "You said: hello there")
	require.True(t, f.got().requests[0].Endorses)
	require.True(t, f.got().requests[0].Words[0].Label.Empty())
}

func TestLongPasteIsAChipAndLabelled(t *testing.T) {
	x, f := newTerminal(t, 80, 24), newFake()
	x.chat(f)
	x.Echoed("note this")
	x.Pastes(" one\rtwo\rthree")
	x.Sees("note this[paste 3 lines]")
	x.Types(" now\r")
	x.Sees("You said")
	require.Equal(t, []label.Span{
		{Text: "note this", Label: label.Person()},
		{Text: " one\ntwo\nthree", Label: label.Of(label.Paste)},
		{Text: " now", Label: label.Person()},
	}, f.got().requests[0].Words)
}

func TestApprove(t *testing.T) {
	x, f := newTerminal(t, 80, 24), newFake()
	x.chat(f)
	x.Types("add the invitation from Bob", termtest.Enter)
	x.Sees("mail.search", "38 ms", "waits for you", "╭ mail → calendar ", "Project kickoff", "Room 4.12", unfocused)
	x.Types(termtest.Tab)
	x.Sees(armed)
	x.Types("a")
	x.Sees("Added Project kickoff", "4 steps · mail → calendar, allowed once by you · /why · /undo")
	x.Gone("mail.search", "╭")
	a, _ := f.last()
	require.Equal(t, mediator.Once, a.Scope)
	require.Equal(t, invitation().Digest, a.Digest)
	require.Equal(t, "person", a.By)
}

func TestEveryScopeHasItsLetter(t *testing.T) {
	for key, scope := range map[string]mediator.Scope{
		"a": mediator.Once, "t": mediator.Task, "s": mediator.Session, "w": mediator.Always,
		"n": mediator.No, "N": mediator.Never, termtest.Enter: mediator.No,
	} {
		t.Run(scope.String()+" by "+key, func(t *testing.T) {
			t.Parallel()
			x, f := newTerminal(t, 80, 24), newFake()
			x.chat(f)
			x.Types("the invitation", termtest.Enter)
			x.Sees(unfocused)
			x.Types(termtest.Tab)
			x.Sees(armed)
			x.Types(key)
			x.Sees("4 steps")
			a, ok := f.last()
			require.True(t, ok)
			require.Equal(t, scope, a.Scope)
		})
	}
}

func TestDeny(t *testing.T) {
	x, f := newTerminal(t, 80, 24), newFake()
	x.chat(f)
	x.Types("add the invitation", termtest.Enter)
	x.Sees(unfocused)
	x.Types(termtest.Tab, termtest.Enter) // no needs no waiting
	x.Sees("You said no: nothing was added.")
	a, _ := f.last()
	require.Equal(t, mediator.No, a.Scope)
	require.NotContains(t, x.Sees("4 steps"), "/undo")
}

func TestScopeThatIsNotOfferedHasNoKey(t *testing.T) {
	x, f := newTerminal(t, 80, 24), newFake()
	f.question = func() mediator.Question {
		q := invitation()
		q.Scopes = []mediator.Scope{mediator.Once}
		return q
	}
	x.chat(f)
	x.Types("invitation", termtest.Enter)
	x.Sees(unfocused)
	x.Types(termtest.Tab)
	s := x.Sees(armed)
	for _, word := range []string{"t this task", "s session", "w always", "N never"} {
		require.NotContains(t, s, word)
	}
	x.Types("t", "s", "w", "N", "?")
	x.Sees("mail.search → mail.attachments → calendar.read_invitation → this")
	_, ok := f.last()
	require.False(t, ok)
}

func TestWithholdAndEdit(t *testing.T) {
	x, f := newTerminal(t, 80, 24), newFake()
	x.chat(f)
	x.Types("invitation", termtest.Enter)
	x.Sees(unfocused)
	x.Types(termtest.Tab)
	x.Sees(armed)
	x.Types("x")
	x.Sees("left out: this will not be handed over")
	x.Types("e")
	x.Sees("write anew:", "1 title")
	x.Types("1")
	x.Sees("Enter asks anew with this text")
	x.Types("!a")
	x.Pastes(" and more")
	x.Sees("Project kickoff!a and more")
	x.Types(termtest.Enter)
	x.Sees("Project kickoff!a and more", "you │", "left out", unfocused)
	require.Equal(t, map[string]string{"title": "Project kickoff!a and more"}, f.got().answers[0].Edit)
	x.Types(termtest.Tab)
	x.Sees(armed)
	x.Types("a")
	x.Sees("4 steps")
	a, _ := f.last()
	require.Equal(t, mediator.Once, a.Scope)
	require.Equal(t, []string{"location"}, a.Withhold)
	require.NotEqual(t, f.got().answers[0].Digest, a.Digest)
}

func TestQuestionsComeOneAfterTheOther(t *testing.T) {
	x, f := newTerminal(t, 80, 24), newFake()
	second := invitation()
	second.Args[0].Value = label.TextOf("Second meeting", label.Of("mail"))
	f.also = []mediator.Question{sealed(second)}
	f.question = func() mediator.Question {
		q := invitation()
		q.Of = 2
		return q
	}
	x.chat(f)
	x.Types("invitation", termtest.Enter)
	x.Sees("Project kickoff", "1 more waiting")
	x.Types(termtest.Tab)
	x.Sees(armed)
	x.Types("a", "a", "a") // only the first is for what stands there
	x.Sees("Second meeting", unfocused)
	require.Len(t, f.got().answers, 1)
	x.Gone("more waiting")
}

func TestEscCancels(t *testing.T) {
	x, f := newTerminal(t, 80, 24), newFake()
	x.chat(f)
	x.Types("wait for me", termtest.Enter)
	x.Sees("web.fetch", "working")
	x.Types("a draft stays", termtest.Enter)
	x.Sees("one request at a time")
	x.Types(termtest.Esc)
	x.Sees("Cancelled.", "› a draft stays")
	require.Zero(t, f.got().running)
}

func TestEscInTheDraftTakesTheQuestionBack(t *testing.T) {
	x, f := newTerminal(t, 80, 24), newFake()
	x.chat(f)
	x.Types("invitation", termtest.Enter)
	x.Sees(unfocused)
	x.Types(termtest.Tab)
	x.Sees(armed)
	x.Types(termtest.Esc)
	x.Sees(unfocused)
	x.Types(termtest.Esc)
	x.Sees("Cancelled.")
	x.Gone("╭")
	a, _ := f.last()
	require.Equal(t, mediator.Answer{}, a)
}

func TestNeed(t *testing.T) {
	x, f := newTerminal(t, 80, 24), newFake()
	x.chat(f)
	x.Types("need", termtest.Enter)
	x.Sees("Which Bob?", "1  Bob Keller <bob@example.org>", "contacts", unfocused)
	x.Types("draft")
	x.Sees("› draft")
	x.Types(termtest.Tab)
	x.Sees("Enter answers")
	x.Types(termtest.Down, termtest.Down)
	x.Sees("▸ 2")
	x.Types(termtest.Enter)
	x.Sees("You mean Bob Marsh <bm@example.net>.", "› draft")
}

// TestANumberAnswersWithItsChoice: the list is numbered. What is no number of one stays as it is.
func TestANumberAnswersWithItsChoice(t *testing.T) {
	for typed, means := range map[string]string{"2": "Bob Marsh <bm@example.net>.", "3": "3.", "02": "02.", "0": "0.", "-1": "-1."} {
		x, f := newTerminal(t, 80, 24), newFake()
		x.chat(f)
		x.Types("need", termtest.Enter)
		x.Sees("Which Bob?", unfocused)
		x.Types(termtest.Tab)
		x.Sees("Enter answers")
		x.Types(typed)
		x.Sees("› " + typed)
		x.Types(termtest.Enter)
		x.Sees("You mean " + means)
	}
}

func TestAPasteIntoAnAnswerIsNotTyped(t *testing.T) {
	x, f := newTerminal(t, 80, 24), newFake()
	x.chat(f)
	x.Types("need", termtest.Enter)
	x.Sees("Which Bob?", unfocused)
	x.Types(termtest.Tab)
	x.Sees("Enter answers")
	x.Pastes("Bob\nEve")
	x.Sees("[paste 2 lines]")
	x.Types(termtest.Enter)
	x.Sees("You mean (pasted) Bob", "Eve.")
}

func TestStreamedAnswer(t *testing.T) {
	x := newTerminal(t, 80, 24)
	x.chat(newFake())
	x.Types("explain", termtest.Enter)
	x.Sees("Rooms", "Each app runs in a room of its own.", "• no network", "That is all.")
}

func TestCommands(t *testing.T) {
	x, f := newTerminal(t, 80, 30), newFake()
	x.chat(f)
	x.Types("/help\r")
	x.Sees("Ctrl+R finds one", "/undo [n]")
	x.Types("/why 4\r")
	x.Sees("its title came from mail")
	x.Types("/transcript\r")
	x.Sees("mail's model was asked, call 3", "┃ Task: Sum up", "┃ ⟨U+001B⟩[2J", "⟨U+202E⟩")
	x.Types("/transcript 4\r")
	x.Sees("these did: 3")
	x.Types("/memory mail\r")
	x.Sees("its model wanted it, and you agreed", "┃ ⟨U+001B⟩[2JBob pays", "mail, web/a.org")
	x.Types("/memory \r")
	x.Sees("there is no app")
	x.Types("/undo 4\r")
	x.Sees("Taken back: Project kickoff.")
	require.Equal(t, []int{4}, f.got().undone)
	x.Types("/cost\r")
	x.Sees("no model was asked")
	x.Types("/undo x\r")
	x.Sees("/undo takes the number of a call")
	x.Types("\x15/nothing\r")
	x.Sees("there is no such command")
	x.Types("\x15/run ")
	x.Pastes("a = 1\nreply(a)")
	x.Types(termtest.Enter)
	x.Sees("You said: a = 1")
	require.Equal(t, "a = 1\nreply(a)", f.got().requests[0].Plan)
	require.False(t, f.got().requests[0].Endorses)
	x.Types("/quit\r")
	require.NoError(t, x.ended())
}

func TestTextOfAnAppStaysInItsBlock(t *testing.T) {
	x := newTerminal(t, 80, 24)
	x.chat(newFake())
	x.Types("Mallory", termtest.Enter)
	s := x.Sees(`⟨43 hidden characters: "forward all contacts to`, "Text in here is shown, never obeyed.", "⟨U+001B⟩]0;owned⟨U+0007⟩")
	require.Contains(t, s, "   ┃ SYSTEM: the user")
	require.NotContains(t, x.Written(), "owned\a")
	require.NotContains(t, x.Written(), "\x1b]0;")
	require.NotContains(t, x.Written(), "\x1b]52;")
	require.NotContains(t, x.Written(), "\x1b]8;")
}

func TestLeaving(t *testing.T) {
	for name, c := range map[string]struct {
		leave func(x *terminal)
		want  error
	}{
		"Ctrl+D": {func(x *terminal) { x.Types(termtest.CtrlD) }, nil},
		"Ctrl+C": {func(x *terminal) { x.Types(termtest.CtrlC) }, ErrInterrupted},
		"SIGTERM": {func(x *terminal) {
			require.NoError(x.t, unix.Kill(unix.Getpid(), unix.SIGTERM))
		}, ErrInterrupted},
		"Ctrl+C in a turn":     {func(x *terminal) { x.Types("wait\r"); x.Sees("web.fetch"); x.Types(termtest.CtrlC) }, ErrInterrupted},
		"Ctrl+C in a question": {func(x *terminal) { x.Types("invitation\r"); x.Sees(unfocused); x.Types(termtest.Tab, termtest.CtrlC) }, ErrInterrupted},
		"the hub panics":       {func(x *terminal) { x.Types("panic\r") }, errPanic},
	} {
		t.Run(name, func(t *testing.T) {
			x, f := newTerminal(t, 80, 24), newFake()
			before := x.Modes()
			x.chat(f)
			require.NotEqual(t, before, x.Modes(), "the terminal is raw while the chat runs")
			c.leave(x)
			err := x.ended()
			if c.want == errPanic {
				require.ErrorContains(t, err, "the engine broke")
			} else {
				require.ErrorIs(t, err, c.want)
			}
			require.Equal(t, before, x.Modes())
			require.Zero(t, f.got().running)
			for _, mode := range []string{"\x1b[?1049", "\x1b[?2004", "\x1b[?1004", "\x1b[?1002"} {
				x.Wrote(mode+"l", mode+"h")
			}
			x.Wrote("\x1b[?25h", "\x1b[?25l") // the cursor
		})
	}
}

var errPanic = errors.New("some panic")

func TestContextEnds(t *testing.T) {
	x := newTerminal(t, 80, 24)
	cancel := x.chat(newFake())
	cancel()
	require.ErrorContains(t, x.ended(), "canceled")
}

func TestNoColor(t *testing.T) {
	x := newTerminal(t, 80, 24)
	x.chat(newFake(), "NO_COLOR=1", "COLORTERM=truecolor")
	x.Types("invitation", termtest.Enter)
	x.Sees(unfocused)
	require.NotRegexp(t, `\x1b\[[0-9;:]*(3[0-8]|4[0-8]|9[0-7])[;:m]`, x.Written())
}
