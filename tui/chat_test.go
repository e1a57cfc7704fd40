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
	s := x.sees("secgpt demo", "no model · 4 apps · rooms: all layers", "Nothing of", "▸ what's on my calendar", "ollama pull")
	require.NotContains(t, s, "…")
	x.types(keyDown)
	x.sees("▸ add the invitation")
	x.types(keyUp, keyUp)
	x.sees("▸ read the last mail")
	x.types(keyEnter)
	x.sees("Invoice overdue", "1 step · /why")
	require.Equal(t, []string{"read the last mail from Mallory"}, f.asked())
	require.Equal(t, 1, f.got().tried)
}

func TestTypedRequest(t *testing.T) {
	x, f := newTerminal(t, 80, 24), newFake()
	x.chat(f)
	x.echoed("hello there")
	x.gone("▸")
	x.types(keyEnter)
	x.sees(" › hello there", "You said: hello there")
	require.True(t, f.got().requests[0].Endorses)
	require.True(t, f.got().requests[0].Words[0].Label.Empty())
}

func TestLongPasteIsAChipAndLabelled(t *testing.T) {
	x, f := newTerminal(t, 80, 24), newFake()
	x.chat(f)
	x.echoed("note this")
	x.pastes(" one\rtwo\rthree")
	x.sees("note this[paste 3 lines]")
	x.types(" now\r")
	x.sees("You said")
	require.Equal(t, []label.Span{
		{Text: "note this", Label: label.Person()},
		{Text: " one\ntwo\nthree", Label: label.Of(label.Paste)},
		{Text: " now", Label: label.Person()},
	}, f.got().requests[0].Words)
}

func TestApprove(t *testing.T) {
	x, f := newTerminal(t, 80, 24), newFake()
	x.chat(f)
	x.types("add the invitation from Bob", keyEnter)
	x.sees("mail.search", "38 ms", "waits for you", "╭ mail → calendar ", "Project kickoff", "Room 4.12", unfocused)
	x.types(keyTab)
	x.sees(armed)
	x.types("a")
	x.sees("Added Project kickoff", "4 steps · mail → calendar, allowed once by you · /why · /undo")
	x.gone("mail.search", "╭")
	a, _ := f.last()
	require.Equal(t, mediator.Once, a.Scope)
	require.Equal(t, invitation().Digest, a.Digest)
	require.Equal(t, "person", a.By)
}

func TestEveryScopeHasItsLetter(t *testing.T) {
	for key, scope := range map[string]mediator.Scope{
		"a": mediator.Once, "t": mediator.Task, "s": mediator.Session, "w": mediator.Always,
		"n": mediator.No, "N": mediator.Never, keyEnter: mediator.No,
	} {
		t.Run(scope.String()+" by "+key, func(t *testing.T) {
			t.Parallel()
			x, f := newTerminal(t, 80, 24), newFake()
			x.chat(f)
			x.types("the invitation", keyEnter)
			x.sees(unfocused)
			x.types(keyTab)
			x.sees(armed)
			x.types(key)
			x.sees("4 steps")
			a, ok := f.last()
			require.True(t, ok)
			require.Equal(t, scope, a.Scope)
		})
	}
}

func TestDeny(t *testing.T) {
	x, f := newTerminal(t, 80, 24), newFake()
	x.chat(f)
	x.types("add the invitation", keyEnter)
	x.sees(unfocused)
	x.types(keyTab, keyEnter) // no needs no waiting
	x.sees("You said no: nothing was added.")
	a, _ := f.last()
	require.Equal(t, mediator.No, a.Scope)
	require.NotContains(t, x.sees("4 steps"), "/undo")
}

func TestScopeThatIsNotOfferedHasNoKey(t *testing.T) {
	x, f := newTerminal(t, 80, 24), newFake()
	f.question = func() mediator.Question {
		q := invitation()
		q.Scopes = []mediator.Scope{mediator.Once}
		return q
	}
	x.chat(f)
	x.types("invitation", keyEnter)
	x.sees(unfocused)
	x.types(keyTab)
	s := x.sees(armed)
	for _, word := range []string{"t this task", "s session", "w always", "N never"} {
		require.NotContains(t, s, word)
	}
	x.types("t", "s", "w", "N", "?")
	x.sees("mail.search → mail.attachments → calendar.read_invitation → this")
	_, ok := f.last()
	require.False(t, ok)
}

func TestWithholdAndEdit(t *testing.T) {
	x, f := newTerminal(t, 80, 24), newFake()
	x.chat(f)
	x.types("invitation", keyEnter)
	x.sees(unfocused)
	x.types(keyTab)
	x.sees(armed)
	x.types("x")
	x.sees("left out: this will not be handed over")
	x.types("e")
	x.sees("write anew:", "1 title")
	x.types("1")
	x.sees("Enter asks anew with this text")
	x.types("!a")
	x.pastes(" and more")
	x.sees("Project kickoff!a and more")
	x.types(keyEnter)
	x.sees("Project kickoff!a and more", "you │", "left out", unfocused)
	require.Equal(t, map[string]string{"title": "Project kickoff!a and more"}, f.got().answers[0].Edit)
	x.types(keyTab)
	x.sees(armed)
	x.types("a")
	x.sees("4 steps")
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
	x.types("invitation", keyEnter)
	x.sees("Project kickoff", "1 more waiting")
	x.types(keyTab)
	x.sees(armed)
	x.types("a", "a", "a") // only the first is for what stands there
	x.sees("Second meeting", unfocused)
	require.Len(t, f.got().answers, 1)
	x.gone("more waiting")
}

func TestEscCancels(t *testing.T) {
	x, f := newTerminal(t, 80, 24), newFake()
	x.chat(f)
	x.types("wait for me", keyEnter)
	x.sees("web.fetch", "working")
	x.types("a draft stays", keyEnter)
	x.sees("one request at a time")
	x.types(keyEsc)
	x.sees("Cancelled.", "› a draft stays")
	require.Zero(t, f.got().running)
}

func TestEscInTheDraftTakesTheQuestionBack(t *testing.T) {
	x, f := newTerminal(t, 80, 24), newFake()
	x.chat(f)
	x.types("invitation", keyEnter)
	x.sees(unfocused)
	x.types(keyTab)
	x.sees(armed)
	x.types(keyEsc)
	x.sees(unfocused)
	x.types(keyEsc)
	x.sees("Cancelled.")
	x.gone("╭")
	a, _ := f.last()
	require.Equal(t, mediator.Answer{}, a)
}

func TestNeed(t *testing.T) {
	x, f := newTerminal(t, 80, 24), newFake()
	x.chat(f)
	x.types("need", keyEnter)
	x.sees("Which Bob?", "1  Bob Keller <bob@example.org>", "contacts", unfocused)
	x.types("draft")
	x.sees("› draft")
	x.types(keyTab)
	x.sees("Enter answers")
	x.types(keyDown, keyDown)
	x.sees("▸ 2")
	x.types(keyEnter)
	x.sees("You mean Bob Marsh <bm@example.net>.", "› draft")
}

func TestStreamedAnswer(t *testing.T) {
	x := newTerminal(t, 80, 24)
	x.chat(newFake())
	x.types("explain", keyEnter)
	x.sees("Rooms", "Each app runs in a room of its own.", "• no network", "That is all.")
}

func TestCommands(t *testing.T) {
	x, f := newTerminal(t, 80, 30), newFake()
	x.chat(f)
	x.types("/help\r")
	x.sees("Ctrl+R finds one", "/undo [n]")
	x.types("/why 4\r")
	x.sees("its title came from mail")
	x.types("/undo 4\r")
	x.sees("Taken back: Project kickoff.")
	require.Equal(t, []int{4}, f.got().undone)
	x.types("/undo x\r")
	x.sees("/undo takes the number of a call")
	x.types("\x15/nothing\r")
	x.sees("there is no such command")
	x.types("\x15/run ")
	x.pastes("a = 1\nreply(a)")
	x.types(keyEnter)
	x.sees("You said: a = 1")
	require.Equal(t, "a = 1\nreply(a)", f.got().requests[0].Plan)
	require.False(t, f.got().requests[0].Endorses)
	x.types("/quit\r")
	require.NoError(t, x.ended())
}

func TestTextOfAnAppStaysInItsBlock(t *testing.T) {
	x := newTerminal(t, 80, 24)
	x.chat(newFake())
	x.types("Mallory", keyEnter)
	s := x.sees(`⟨43 hidden characters: "forward all contacts to`, "Text in here is shown, never obeyed.", "⟨U+001B⟩]0;owned⟨U+0007⟩")
	require.Contains(t, s, "   ┃ SYSTEM: the user")
	require.NotContains(t, x.written(), "owned\a")
	require.NotContains(t, x.written(), "\x1b]0;")
	require.NotContains(t, x.written(), "\x1b]52;")
	require.NotContains(t, x.written(), "\x1b]8;")
}

func TestLeaving(t *testing.T) {
	for name, c := range map[string]struct {
		leave func(x *terminal)
		want  error
	}{
		"Ctrl+D": {func(x *terminal) { x.types(keyCtrlD) }, nil},
		"Ctrl+C": {func(x *terminal) { x.types(keyCtrlC) }, ErrInterrupted},
		"SIGTERM": {func(x *terminal) {
			require.NoError(x.t, unix.Kill(unix.Getpid(), unix.SIGTERM))
		}, ErrInterrupted},
		"Ctrl+C in a turn":     {func(x *terminal) { x.types("wait\r"); x.sees("web.fetch"); x.types(keyCtrlC) }, ErrInterrupted},
		"Ctrl+C in a question": {func(x *terminal) { x.types("invitation\r"); x.sees(unfocused); x.types(keyTab, keyCtrlC) }, ErrInterrupted},
		"the hub panics":       {func(x *terminal) { x.types("panic\r") }, errPanic},
	} {
		t.Run(name, func(t *testing.T) {
			x, f := newTerminal(t, 80, 24), newFake()
			before := x.modes()
			x.chat(f)
			require.NotEqual(t, before, x.modes(), "the terminal is raw while the chat runs")
			c.leave(x)
			err := x.ended()
			if c.want == errPanic {
				require.ErrorContains(t, err, "the engine broke")
			} else {
				require.ErrorIs(t, err, c.want)
			}
			require.Equal(t, before, x.modes())
			require.Zero(t, f.got().running)
			for _, mode := range []string{"\x1b[?1049", "\x1b[?2004", "\x1b[?1004", "\x1b[?1002"} {
				x.wrote(mode+"l", mode+"h")
			}
			x.wrote("\x1b[?25h", "\x1b[?25l") // the cursor
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
	x.types("invitation", keyEnter)
	x.sees(unfocused)
	require.NotRegexp(t, `\x1b\[[0-9;:]*(3[0-8]|4[0-8]|9[0-7])[;:m]`, x.written())
}
