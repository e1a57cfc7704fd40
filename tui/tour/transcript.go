package tour

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"secgpt/hub"
	"secgpt/mediator"
	"secgpt/tui/pipe"
	"secgpt/tui/render"
	"secgpt/tui/safe"
)

// width is how wide a transcript is: it is read in mails and bug reports.
const width = 80

// Options say how a transcript is written.
type Options struct {
	Out    io.Writer
	Format string // "text", "json" or "jsonl": for both an object a line and step
	Quiet  bool   // without the record
	Model  bool   // a model was asked for: without one, there is no transcript
}

// ErrRooms is returned where no room can be had.
var ErrRooms = errors.New("the demo needs rooms")

// ErrModel is returned where a model was asked for and there is none.
var ErrModel = errors.New("the demo was to use a model")

// ErrTold is returned if a step came to something else than is told.
var ErrTold = errors.New("a step did not go as it is told")

// Transcript plays the cases with the person of each step's Script, and writes what
// happens. It goes on after a step that did not go as told, and returns ErrTold then.
func Transcript(ctx context.Context, cases []Case, stage Stage, o Options) (err error) {
	t := stand{stage: stage}
	defer func() { err = errors.Join(err, t.close()) }()
	h, err := t.at(cases[0], false)
	if err != nil {
		return err
	}
	status, err := noRooms(ctx, h)
	if err != nil {
		return err
	}
	if o.Model && !status.HasModel() {
		return fmt.Errorf("%w: %s", ErrModel, status.ModelHint)
	}
	w := &writer{o: o}
	var odd []string
	for _, s := range stops(cases, status.HasModel()) {
		h, err := t.at(s.Case, s.Model)
		if err != nil {
			return err
		}
		w.before(s)
		p := &scripted{w: w, says: s.Says}
		r := h.Turn(ctx, s.request(), p)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		right := s.Right(r)
		if !right && !s.thinks() { // what a model makes of it is its own
			odd = append(odd, s.Name)
		}
		if err := errors.Join(w.after(s, r, t.profile.State, p.asked, right), w.err); err != nil {
			return err
		}
	}
	if len(odd) > 0 {
		return fmt.Errorf("%w: %s", ErrTold, strings.Join(odd, ", "))
	}
	return nil
}

// A writer writes a transcript. The first error of writing stays.
type writer struct {
	o   Options
	err error
}

func (w *writer) text() bool { return w.o.Format == "text" || w.o.Format == "" }

func (w *writer) printf(format string, args ...any) {
	if w.err == nil {
		_, w.err = fmt.Fprintf(w.o.Out, format, args...)
	}
}

// prose writes a paragraph, each line indented.
func (w *writer) prose(indent int, text string) {
	w.lines(indent, render.Prose(text, render.Options{Width: width - indent}))
}

func (w *writer) lines(indent int, all []render.Line) {
	for _, l := range all {
		for _, line := range strings.Split(render.PlainLine(l), "\n") {
			w.printf("%s\n", strings.TrimRight(strings.Repeat(" ", indent)+line, " "))
		}
	}
}

// before writes what is told ahead of a step.
func (w *writer) before(s stop) {
	if !w.text() {
		return
	}
	if s.first {
		if s.n > 1 {
			w.printf("\n")
		}
		w.printf("%s\n%s\n\n", s.head(), strings.Repeat("=", safe.Width(s.head())))
		for _, p := range s.story() {
			w.prose(0, p)
			w.printf("\n")
		}
	}
	by := ""
	switch {
	case s.Model:
		by = ", and a model makes the plan"
	case s.Reads:
		by = ", and the app's own model reads"
	}
	w.printf("You ask%s:\n", by)
	w.prose(2, s.Ask)
}

// after writes what came of a step.
func (w *writer) after(s stop, r hub.Result, state string, asked int, right bool) error {
	if !w.text() {
		b, err := json.Marshal(map[string]any{
			"case": s.Name, "ask": s.Ask, "model": s.thinks(), "right": right,
			"turn": json.RawMessage(pipe.Document(r)),
		})
		if err != nil {
			return err
		}
		w.printf("%s\n", safe.JSON(b))
		return nil
	}
	if asked == 0 {
		w.printf("No question was asked.\n")
	}
	short, long, err := recorded(state, r)
	if !w.o.Quiet && len(short) > 0 {
		w.printf("The record:\n")
		for _, l := range append(short, long...) {
			w.prose(2, l)
		}
	}
	w.printf("\n")
	if !right {
		w.prose(0, "This did not go as it is told.")
	}
	w.prose(0, s.After)
	w.printf("\n")
	return err
}

// scripted is the person of a transcript.
type scripted struct {
	w     *writer
	says  Script
	said  strings.Builder // the planner's words up to the last line end
	asked int
}

var _ hub.Person = (*scripted)(nil)

func (p *scripted) layout() render.Options { return render.Options{Width: width - 2, Now: time.Now()} }

func (p *scripted) Tell(e hub.Event) {
	if !p.w.text() {
		return
	}
	switch e := e.(type) {
	case hub.Said:
		p.said.WriteString(e.Text)
	case hub.Planned:
		p.w.printf("The plan:\n")
		for line := range strings.SplitSeq(strings.TrimSpace(safe.Text(e.Source)), "\n") {
			p.w.printf("  %s\n", line)
		}
		p.w.printf("What happens:\n")
	case hub.Step:
		if e.State == hub.Done || e.State == hub.Broken || e.State == hub.Denied {
			o := p.layout()
			p.w.printf("  %s\n", render.StepLine(e, o).Plain(o.Width))
		}
	case hub.Replied:
		p.w.lines(2, render.Blocks(e.Blocks, p.layout()))
	case hub.Noted:
		p.w.prose(2, "Note: "+render.Note(e))
	case hub.Failed:
		p.w.prose(2, "Failed: "+render.Failure(e))
	case hub.Ended:
		if s := p.said.String(); s != "" {
			p.w.printf("The model says:\n")
			p.w.prose(2, s)
		}
	}
}

// Ask shows the card whole, and answers each decision as the script says.
func (p *scripted) Ask(_ context.Context, card []mediator.Question) []mediator.Answer {
	p.asked++
	all, words := make([]mediator.Answer, len(card)), make([]string, len(card))
	for i, q := range card {
		all[i], words[i] = p.says.answer(q)
	}
	if p.w.text() {
		p.w.lines(2, render.PlainCard(card, p.asked, p.layout()))
		p.w.printf("  The person of this transcript answers: %s.\n", safe.Line(strings.Join(words, "; ")))
	}
	return all
}

// Need gives no answer: the person of a transcript says nothing of their own.
func (p *scripted) Need(_ context.Context, n hub.Need) (hub.Given, bool) {
	p.asked++
	if p.w.text() {
		p.w.prose(2, "Question: "+n.Question)
		p.w.printf("  The person of this transcript gives no answer.\n")
	}
	return hub.Given{}, false
}
