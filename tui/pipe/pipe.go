// Package pipe is secgpt without a screen: one request for a script, and a
// conversation line by line for screen readers and dumb terminals.
//
// What it promises: standard output holds the answer and nothing else; progress,
// notes and questions go to standard error. Consent never comes from standard
// input of a script: a question is answered by a rule, on the terminal itself, or
// with no. What an app or a model wrote was made safe (tui/safe) before it is
// printed as text; JSON holds the exact values in a spelling that no terminal
// obeys.
//
// Start with Script, which answers one request, then Plain, which converses.
// document.go is the form of --output json, ask.go the question in plain lines.
package pipe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"secgpt/hub"
	"secgpt/mediator"
	"secgpt/tui/render"
	"secgpt/tui/safe"
)

// An Engine makes turns.
type Engine interface {
	Turn(ctx context.Context, r hub.Request, p hub.Person) hub.Result
	// Undo takes back change n, or the last one that can be if n is 0.
	Undo(ctx context.Context, n int, p hub.Person) hub.Result
}

// Options are the flags of the command line that matter here.
type Options struct {
	In       *os.File // Plain: the terminal; nil is standard input
	Out, Err io.Writer
	Format   string // "text", "json" or "jsonl"; "" is text
	Approve  string // "policy", "deny" or "tty"; "" is policy
	Quiet    bool   // only errors and refusals on Err
	Verbose  bool   // steps, plans and questions on Err
	Whole    bool   // addresses in full

	// Allow is the command that adds a rule, ready for a shell; nil for a profile
	// that ends with the process, which can keep no rule.
	Allow func(rule string) string

	Now  func() time.Time // nil is time.Now
	Zone *time.Location   // nil is time.Local
	// Terminal opens the terminal that --approve tty asks on; nil is /dev/tty.
	Terminal func() (*os.File, error)
}

func (o Options) layout(width int) render.Options {
	now := time.Now
	if o.Now != nil {
		now = o.Now
	}
	return render.Options{Width: width, Whole: o.Whole, Now: now(), Zone: o.Zone}
}

// Quote writes one word of a command so that a shell reads it as it is.
func Quote(word string) string { return render.Shell(word) }

// Script answers one request and returns the exit code.
func Script(ctx context.Context, e Engine, r hub.Request, o Options) int {
	r.Script = true
	return run(o, func(p hub.Person) hub.Result { return e.Turn(ctx, r, p) })
}

// Undo takes back change n, or the last one if n is 0, and returns the exit code.
func Undo(ctx context.Context, e Engine, n int, o Options) int {
	return run(o, func(p hub.Person) hub.Result { return e.Undo(ctx, n, p) })
}

// exitInternal is the code where the answer itself could not be written.
const exitInternal = 1

func run(o Options, turn func(hub.Person) hub.Result) int {
	s := &script{o: o, seen: map[int]bool{}}
	s.inbox.handle = s.handle
	defer s.close()
	r := turn(s)
	s.finish(r)
	if s.broken != nil {
		s.errorf("the answer could not be written: %v", s.broken)
		if r.Exit == 0 {
			return exitInternal
		}
	}
	return r.Exit
}

// A script is the person of a turn that nobody watches.
type script struct {
	inbox
	o    Options
	tty  *terminal
	asks int

	turn    int
	said    strings.Builder // the planner's words up to the last line end
	printed bool            // something is on Out
	seen    map[int]bool    // calls that were decided
	refused []string        // refusals that were told already
	needed  bool            // a question was printed that nobody can answer
	broken  error           // the first error of writing to Out
}

var _ hub.Person = (*script)(nil)

func (s *script) close() {
	if s.tty != nil {
		s.tty.close()
	}
}

// handle prints an event in the form that was asked for.
func (s *script) handle(e hub.Event) {
	switch s.o.Format {
	case "jsonl":
		s.event(e)
	case "json":
	default:
		s.text(e)
	}
	s.remark(e)
}

// text prints what belongs to the answer.
func (s *script) text(e hub.Event) {
	switch e := e.(type) {
	case hub.Said:
		s.said.WriteString(e.Text)
		whole := s.said.String()
		if i := strings.LastIndexByte(whole, '\n'); i >= 0 {
			s.said.Reset()
			s.said.WriteString(whole[i+1:])
			s.print(safe.Text(whole[:i+1]))
		}
	case hub.Replied:
		s.flush()
		s.print(render.Plain(e.Blocks, s.o.layout(0)) + "\n")
	}
}

// flush prints the rest of what the planner said.
func (s *script) flush() {
	if rest := s.said.String(); rest != "" {
		s.said.Reset()
		s.print(safe.Text(rest) + "\n")
	}
}

// print writes to standard output. After a first error nothing more is tried.
func (s *script) print(text string) {
	s.printed = true
	if s.broken == nil {
		_, s.broken = io.WriteString(s.o.Out, text)
	}
}

func (s *script) errorf(format string, args ...any) {
	fmt.Fprintf(s.o.Err, "secgpt: "+format+"\n", args...)
}

// remark prints what is said beside the answer.
func (s *script) remark(e hub.Event) {
	o := s.o
	switch e := e.(type) {
	case hub.Failed:
		if !s.needed || e.Kind != "need" { // else it would be said twice
			s.errorf("%s", render.Failure(e))
		}
		s.needed = false
	case hub.Noted:
		if !o.Quiet {
			s.errorf("%s", render.Note(e))
		}
	case hub.Planned:
		if o.Verbose {
			plan := safe.Text(strings.TrimRight(e.Source, "\n"))
			s.errorf("the plan, by %s:\n        %s", safe.Line(e.By), strings.ReplaceAll(plan, "\n", "\n        "))
		}
	case hub.Step:
		if o.Verbose && (e.State == hub.Done || e.State == hub.Broken) {
			s.errorf("%s", render.StepLine(e, o.layout(72)).Plain(72))
		}
	case hub.Decided:
		s.decided(e)
	case hub.Replied:
		if from := render.Suspicious(e.Blocks); from != "" && !o.Quiet {
			s.errorf("the text from %s hides something or gives orders. It is shown, never obeyed.", from)
		}
	}
}

// decided says what was refused by a rule or the person. What nobody could be
// asked about is said at the end, with what would allow it.
func (s *script) decided(e hub.Decided) {
	d := e.Decision
	switch {
	case d.Allow && len(d.Reasons) > 0 && s.o.Verbose:
		s.errorf("%s: allowed by %s", safe.Line(e.Call.Tool.String()), safe.Line(d.By))
	case d.Allow || d.By == "nobody" || d.By == "default":
	case d.By == "person":
		s.errorf("%s", render.SaidNo(e.Call.Tool))
	default:
		s.errorf("%s", render.Denied(hub.Denial{From: d.From, Tool: e.Call.Tool, Why: d.Why}, nil)[len("secgpt: "):])
	}
}

// finish prints what is only known at the end.
func (s *script) finish(r hub.Result) {
	switch s.o.Format {
	case "json":
		s.print(encode(result(r, s.o.layout(0))))
	case "jsonl":
		s.done(r)
	default:
		s.flush()
		if !s.printed && (r.Text != "" || len(r.Blocks) > 0) {
			s.print(strings.TrimRight(answer(r, s.o.layout(0), render.Plain, safe.Text), "\n") + "\n")
		}
	}
	for _, d := range r.Denied {
		line := render.Denied(d, s.o.Allow)
		if !slices.Contains(s.refused, line) {
			s.refused = append(s.refused, line)
			fmt.Fprintln(s.o.Err, line)
		}
	}
	if s.o.Verbose {
		if fold := render.Fold(r); fold != "" {
			s.errorf("%s", fold)
		}
		s.errorf("%s", render.Cost(r))
	}
}

// Ask asks on the terminal where that was allowed, else the answer is no.
func (s *script) Ask(ctx context.Context, card []mediator.Question) (a []mediator.Answer) {
	s.aside(func() { a = s.ask(ctx, card) })
	return a
}

func (s *script) ask(ctx context.Context, card []mediator.Question) []mediator.Answer {
	if s.o.Format == "jsonl" {
		s.line("question", question(card))
	}
	s.asks++
	if s.o.Approve != "tty" {
		if s.o.Verbose {
			for _, l := range render.PlainCard(card, s.asks, s.o.layout(0)) {
				fmt.Fprintln(s.o.Err, render.PlainLine(l))
			}
		}
		return nil
	}
	t, err := s.terminal()
	if err != nil {
		s.errorf("there is no terminal to ask on: %v", err)
		return nil
	}
	return asking{t, s.o}.card(ctx, card, s.asks)
}

// Need asks on the terminal where that was allowed. Where not, the question is printed,
// and the hub's failure that follows is not.
func (s *script) Need(ctx context.Context, n hub.Need) (said hub.Given, ok bool) {
	s.aside(func() { said, ok = s.need(ctx, n) })
	return said, ok
}

func (s *script) need(ctx context.Context, n hub.Need) (hub.Given, bool) {
	if s.o.Approve == "tty" {
		if t, err := s.terminal(); err == nil {
			return asking{t, s.o}.need(ctx, n)
		}
	}
	s.needed = true
	s.errorf("this needs an answer, and nobody can be asked: %s", safe.Line(n.Question))
	for _, c := range choices(n) {
		fmt.Fprintln(s.o.Err, "        "+c)
	}
	return hub.Given{}, false
}

// terminal opens the terminal to ask on, once.
func (s *script) terminal() (*terminal, error) {
	if s.tty != nil {
		return s.tty, nil
	}
	open := s.o.Terminal
	if open == nil {
		open = func() (*os.File, error) { return os.OpenFile("/dev/tty", os.O_RDWR, 0) }
	}
	f, err := open()
	if err != nil {
		return nil, err
	}
	if s.tty, err = newTerminal(f, f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	s.tty.owned = true
	return s.tty, nil
}
