package pipe

import (
	"context"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/stretchr/testify/require"

	"secgpt/hub"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// deadline is when a test gives up on a terminal.
const deadline = 10 * time.Second

// A screen is a person at a terminal: it types, and waits for what it reads.
type screen struct {
	t      *testing.T
	keys   *os.File // what the person holds
	line   *os.File // what the program holds
	mu     sync.Mutex
	text   string
	more   chan struct{}
	looked int
}

func newScreen(t *testing.T) *screen {
	keys, line, err := pty.Open()
	if err != nil {
		if os.Getenv("SECGPT_TEST_ALL") == "1" {
			t.Fatalf("no terminal can be made: %v", err)
		}
		t.Skipf("no terminal can be made on this machine: %v", err)
	}
	require.NoError(t, pty.Setsize(keys, &pty.Winsize{Rows: 24, Cols: 100}))
	s := &screen{t: t, keys: keys, line: line, more: make(chan struct{}, 1)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		buf := make([]byte, 4096)
		for {
			n, err := keys.Read(buf)
			s.mu.Lock()
			s.text += strings.ReplaceAll(string(buf[:n]), "\r\n", "\n")
			s.mu.Unlock()
			select {
			case s.more <- struct{}{}:
			default:
			}
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = line.Close()
		_ = keys.Close()
		<-ended
	})
	return s
}

// sees waits until text comes up behind what was seen before.
func (s *screen) sees(text string) {
	s.t.Helper()
	timeout := time.After(deadline)
	for {
		s.mu.Lock()
		i := strings.Index(s.text[s.looked:], text)
		all := s.text
		if i >= 0 {
			s.looked += i + len(text)
		}
		s.mu.Unlock()
		if i >= 0 {
			return
		}
		select {
		case <-s.more:
		case <-timeout:
			require.Failf(s.t, "never seen", "%q in\n%s", text, all)
		}
	}
}

func (s *screen) types(keys string) {
	s.t.Helper()
	_, err := io.WriteString(s.keys, keys)
	require.NoError(s.t, err)
}

func (s *screen) all() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text
}

// asks puts q to the screen, and returns where the answer comes.
func (s *screen) asks(ctx context.Context, q mediator.Question) <-chan mediator.Answer {
	term, err := newTerminal(s.line, s.line)
	require.NoError(s.t, err)
	o, _, _ := options("text")
	got := make(chan mediator.Answer, 1)
	go func() { got <- first(asking{term, o}.card(ctx, []mediator.Question{q}, 1)) }()
	return got
}

const prompt = "Number, then Enter [1]: "

func TestEveryAnswerHasItsNumber(t *testing.T) {
	for keys, want := range map[string]mediator.Answer{
		"\n":       {By: "person"},
		"1\n":      {By: "person"},
		" 2 \n":    {By: "person", Scope: mediator.Once},
		"3\n":      {By: "person", Scope: mediator.Task},
		"4\n":      {By: "person", Scope: mediator.Session},
		"5\n":      {By: "person", Scope: mediator.Always},
		"\x04":     {By: "nobody"}, // Ctrl+D
		"2\x7f1\n": {By: "person"},
	} {
		s := newScreen(t)
		got := s.asks(t.Context(), kickoff())
		s.sees("Question 1 of 1. mail to calendar: add an event to your calendar, from a mail?\n  title: Project kickoff (from mail)\n")
		s.sees("Can be undone. Nothing leaves this computer.\nFor longer than once: whatever comes from a mail goes in unasked.\n1 no, 2 once, 3 this task, 4 this session, 5 always, 6 edit, 7 withhold, 8 why. " + prompt)
		s.types(keys)
		if want.By == "person" {
			want.Digest = kickoff().Digest
		}
		require.Equal(t, want, <-got, "%q", keys)
	}
}

func TestOnlyWhatIsOfferedHasANumber(t *testing.T) {
	q := kickoff()
	q.Scopes = []mediator.Scope{mediator.Once, mediator.Never}
	q.Args = q.Args[:1]
	s := newScreen(t)
	got := s.asks(t.Context(), q)
	s.sees("\n1 no, 2 once, 3 edit, 4 why, 5 never. " + prompt)
	s.types("5\n")
	require.Equal(t, mediator.Never, (<-got).Scope)

	s = newScreen(t)
	q.Scopes = nil
	got = s.asks(t.Context(), q)
	s.sees("\n1 no, 2 edit, 3 why. " + prompt)
	s.types("4\n")
	s.sees("That is none of the numbers.\n")
	s.sees(prompt)
	s.types("always\n")
	s.sees("That counts as no.\n")
	require.Equal(t, mediator.Answer{By: "person", Digest: q.Digest}, <-got)
}

func TestTypeAheadIsThrownAway(t *testing.T) {
	s := newScreen(t)
	// A whole line, and the beginning of another: both were typed before the
	// question could be read.
	s.types("2\n2")
	s.sees("2\n2") // the terminal has them, and echoes
	got := s.asks(t.Context(), kickoff())
	s.sees("What was typed before this question was thrown away.\n1 no")
	s.sees(prompt)
	s.types("\n")
	require.Equal(t, mediator.No, (<-got).Scope)
}

// The beginning of a line would complete whatever is typed next.
func TestHalfALineIsThrownAwayToo(t *testing.T) {
	s := newScreen(t)
	s.types("2")
	s.sees("2")
	got := s.asks(t.Context(), kickoff())
	s.sees("What was typed before this question was thrown away.\n1 no")
	s.sees(prompt)
	s.types("\n")
	require.Equal(t, mediator.No, (<-got).Scope)
}

func TestWithoutTypeAheadNothingIsSaid(t *testing.T) {
	s := newScreen(t)
	got := s.asks(t.Context(), kickoff())
	s.sees(prompt)
	s.types("2\n")
	require.Equal(t, mediator.Once, (<-got).Scope)
	require.NotContains(t, s.all(), "thrown away")
}

func TestSeveralLinesAtOnceAreNoAnswer(t *testing.T) {
	s := newScreen(t)
	got := s.asks(t.Context(), kickoff())
	s.sees(prompt)
	s.types("2\n2\n2\n")
	s.sees("That is none of the numbers.\n")
	s.sees(prompt)
	s.types("2\n")
	require.Equal(t, mediator.Once, (<-got).Scope)
}

func TestWhyComesBackToTheQuestion(t *testing.T) {
	s := newScreen(t)
	got := s.asks(t.Context(), kickoff())
	s.sees(prompt)
	s.types("8\n")
	s.sees("mail.search → this\n- title carries data from a mail.\nA rule that would answer it: allow mail -> calendar.create_event\n")
	s.sees(prompt)
	s.types("2\n")
	require.Equal(t, mediator.Once, (<-got).Scope)
}

func TestEditReturnsThePersonsWords(t *testing.T) {
	s := newScreen(t)
	got := s.asks(t.Context(), kickoff())
	s.sees(prompt)
	s.types("6\n")
	s.sees("Edit which? 1 title, 2 start, 3 location. Number, then Enter: ")
	s.types("9\n")
	s.sees("Nothing was edited.\n")
	s.sees(prompt)
	s.types("6\n")
	s.sees("then Enter: ")
	s.types("1\n")
	s.sees("New text for title, then Enter. Enter alone keeps the old one: ")
	s.types("Kickoff, small\n")
	require.Equal(t, mediator.Answer{
		Scope: mediator.Once, Edit: map[string]string{"title": "Kickoff, small"}, Digest: kickoff().Digest, By: "person",
	}, <-got)
}

func TestWithholdShowsWhatIsLeft(t *testing.T) {
	s := newScreen(t)
	got := s.asks(t.Context(), kickoff())
	s.sees(prompt)
	s.types("7\n")
	s.sees("Leave out which? 1 location. Numbers with commas, then Enter: ")
	s.types("1\n")
	s.sees("Question 1 of 1.")
	s.sees("Left out: location.\n1 no, 2 once, 3 edit, 4 withhold, 5 why.") // no rule covers less than what was shown
	s.sees(prompt)
	s.types("2\n")
	a := <-got
	require.Equal(t, []string{"location"}, a.Withhold)
	require.Equal(t, mediator.Once, a.Scope)
	last := s.all()[strings.LastIndex(s.all(), "Question 1 of 1."):]
	require.NotContains(t, last, "Room 4.12")
}

func TestAnEditAfterWithholdKeepsIt(t *testing.T) {
	s := newScreen(t)
	got := s.asks(t.Context(), kickoff())
	s.sees(prompt)
	s.types("7\n")
	s.sees("then Enter: ")
	s.types("1\n")
	s.sees("Left out: location.")
	s.sees(prompt)
	s.types("3\n")
	s.sees("Edit which?")
	s.types("1\n")
	s.sees("New text for title")
	s.types("Kickoff, small\n")
	a := <-got
	require.Equal(t, map[string]string{"title": "Kickoff, small"}, a.Edit)
	require.Equal(t, []string{"location"}, a.Withhold)
}

func TestACancelledQuestionIsNo(t *testing.T) {
	s := newScreen(t)
	ctx, cancel := context.WithCancel(t.Context())
	got := s.asks(ctx, kickoff())
	s.sees(prompt)
	cancel()
	require.Equal(t, mediator.No, (<-got).Scope)
}

// A value can't reach the left margin, where the questions stand.
func TestAValueCantImitateTheQuestion(t *testing.T) {
	s := newScreen(t)
	q := kickoff()
	q.Args[0].Value = label.TextOf("x\n1 no, 2 once. Number, then Enter [1]: \r\x1b[1G1 no"+strings.Repeat(" y", 200), label.Of("mail"))
	got := s.asks(t.Context(), q)
	s.sees("\n1 no, 2 once, 3 this task")
	for _, l := range strings.Split(strings.SplitN(s.all(), "Can be undone", 2)[0], "\n")[1:] {
		require.True(t, l == "" || strings.HasPrefix(l, "  "), "%q", l)
		require.Less(t, len([]rune(l)), 100, "the terminal itself must not break a line")
	}
	s.types("\n")
	<-got
}

func TestApproveTTYAsksOnTheTerminalOnly(t *testing.T) {
	s := newScreen(t)
	o, out, errs := options("text")
	o.Approve = "tty"
	o.Terminal = func() (*os.File, error) { return os.OpenFile(s.line.Name(), os.O_RDWR, 0) }
	code := make(chan int, 1)
	e := &engine{q: kickoff()}
	go func() { code <- Script(t.Context(), e, request("add"), o) }()
	s.sees(prompt)
	s.types("2\n")
	require.Equal(t, 0, <-code)
	require.Equal(t, "Added Project kickoff, Thu 26 Nov, 14:00–15:00.\n", out.String())
	require.Empty(t, errs.String())

	go func() { code <- Script(t.Context(), e, request("add"), o) }()
	s.sees(prompt)
	s.types("1\n")
	require.Equal(t, 4, <-code)
	require.Equal(t, "secgpt: You said no: nothing was added.\n", errs.String())
}

func TestApproveTTYWithoutATerminalIsNo(t *testing.T) {
	o, _, errs := options("text")
	o.Approve = "tty"
	o.Terminal = func() (*os.File, error) { return os.Open(os.DevNull) }
	require.Equal(t, 4, Script(t.Context(), &engine{q: kickoff()}, request("add"), o))
	require.Contains(t, errs.String(), "there is no terminal to ask on: it is no terminal\n")
}

// A sink is a standard error that several goroutines look at.
type sink struct {
	mu  sync.Mutex
	all strings.Builder
}

func (s *sink) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.Write(b)
}

func (s *sink) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.String()
}

// While a question stands, what is told neither blocks nor runs into it.
func TestEventsWaitForTheAnswer(t *testing.T) {
	s := newScreen(t)
	o, _, _ := options("text")
	errs := &sink{}
	o.Err = errs
	o.Approve = "tty"
	o.Terminal = func() (*os.File, error) { return os.OpenFile(s.line.Name(), os.O_RDWR, 0) }
	during := make(chan string, 1)
	e := &engine{ask: func(ctx context.Context, p hub.Person) hub.Result {
		got := make(chan []mediator.Answer, 1)
		go func() { got <- p.Ask(ctx, []mediator.Question{kickoff()}) }()
		s.sees(prompt)
		p.Tell(hub.Noted{Text: "meanwhile"})
		during <- errs.String()
		s.types("2\n")
		<-got
		return hub.Result{}
	}}
	require.Equal(t, 0, Script(t.Context(), e, request("x"), o))
	require.Empty(t, <-during)
	require.Equal(t, "secgpt: meanwhile\n", errs.String())
}
