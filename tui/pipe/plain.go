package pipe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"secgpt/hub"
	"secgpt/hub/memory"
	"secgpt/mediator"
	"secgpt/mediator/label"
	"secgpt/tui/render"
	"secgpt/tui/safe"
)

// A Companion is an Engine that one can converse with.
type Companion interface {
	Engine
	// Why tells why call n was allowed or refused, or those of the last turn if n is 0.
	Why(n int) string
	// Transcript is what was said in ask n, or in the last one if n is 0; or why there is none.
	Transcript(n int) (memory.Ask, string)
	// Memory is what an app remembers, oldest first.
	Memory(app string) ([]memory.Fact, error)
	// Try starts one room and returns the status with what came of it.
	Try(ctx context.Context) hub.Status
}

// maxTyped is how long a line may be, in characters, to count as typed. A longer
// one may be a paste as well, and a terminal in line mode doesn't tell.
const maxTyped = 80

const help = `Type a request, then Enter. Besides:
/why N    why call N was allowed or refused; without N, those of the last request
/undo N   take back change N; without N, the last
/transcript N   what an app's model was told and said in call N; without N, the last
/memory APP     what that app remembers
/cost     what the last request took, and all of them: model calls, tokens, tools it was told of, seconds
/quit     end; so does Ctrl+D
`

// errNotTerminal is what Plain returns without a terminal.
var errNotTerminal = errors.New("plain mode needs a terminal to ask on; give a request with -p TEXT or on standard input")

// Plain converses line by line until the person quits or ctx ends. Everything is
// written to Out in the order in which it happens and nothing is drawn over.
// Every line of an app's or a model's text begins with a bar.
func Plain(ctx context.Context, e Companion, o Options) error {
	in := o.In
	if in == nil {
		in = os.Stdin
	}
	t, err := newTerminal(in, o.Out)
	if errors.Is(err, errNoTerminal) {
		return errNotTerminal
	}
	if err != nil {
		return err
	}
	c := &conversation{o: o, t: t, e: e}
	c.handle = c.told
	c.greet(e.Try(ctx))
	if r, ok := e.(rememberer); ok {
		c.earlier(r.Earlier())
	}
	for {
		t.printf("> ")
		line, err := t.readLine(ctx)
		if errors.Is(err, io.EOF) {
			t.printf("\n")
			return nil
		}
		if err != nil {
			return err
		}
		if quit := c.line(ctx, line); quit {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// A conversation is the person in plain mode.
type conversation struct {
	inbox
	o    Options
	t    *terminal
	e    Companion
	cost render.Tally
	asks int             // of this turn
	said strings.Builder // the planner's words up to the last line end
	open bool            // the planner's words have begun
}

var _ hub.Person = (*conversation)(nil)

func (c *conversation) layout() render.Options { return c.o.layout(c.t.width() - 1) }

// prose prints a line of ours, wrapped.
func (c *conversation) prose(format string, args ...any) {
	c.lines(render.Prose(fmt.Sprintf(format, args...), c.layout()))
}

func (c *conversation) lines(all []render.Line) {
	for _, l := range all {
		c.t.printf("%s\n", render.PlainLine(l))
	}
}

// greet says what the chat's frame says.
func (c *conversation) greet(s hub.Status) {
	c.prose("%s. %s, %s, %s.", s.Profile, s.Model, render.Count(s.Apps, "app"), s.Rooms)
	for _, line := range []string{s.RoomHint, s.Made, s.ModelHint} {
		if line != "" {
			c.prose("%s", line)
		}
	}
	if len(s.Suggestions) > 0 {
		c.prose("You can ask:")
		for _, x := range s.Suggestions {
			c.prose("  %s", x)
		}
	}
	c.prose("/help tells more.")
}

// A rememberer knows what was before, of a conversation that goes on.
type rememberer interface{ Earlier() hub.Earlier }

// earlier prints the last turns of before.
func (c *conversation) earlier(e hub.Earlier) {
	if e.Session == "" {
		return
	}
	c.prose("This goes on with session %s, of %d requests.", e.Session, e.Before+len(e.Turns))
	for _, n := range e.News {
		c.prose("Note: %s.", safe.Line(n))
	}
	if e.Before > 0 {
		c.prose("The first %d are not shown here; `secgpt sessions show %s` prints them.", e.Before, e.Session)
	}
	for _, k := range e.Turns {
		c.t.printf("> %s\n", askedFor(k))
		if !k.Ended {
			c.prose("It did not come to its end.")
		}
		if k.Result.Text != "" {
			c.model(k.Result.Text)
			c.open = false
		}
		c.lines(render.Blocks(k.Result.Blocks, c.layout()))
		for _, f := range k.Result.Errors {
			c.prose("Failed: %s", render.Failure(f))
		}
	}
}

// line does what a line asks for, and reports whether it was to quit.
func (c *conversation) line(ctx context.Context, line string) (quit bool) {
	text := strings.TrimSpace(line)
	word, rest, _ := strings.Cut(text, " ")
	n, err := strconv.Atoi(strings.TrimSpace(rest))
	bad := rest != "" && (err != nil || n < 1)
	pasted := c.t.waiting()
	switch {
	case pasted:
		c.paste(ctx, line)
	case text == "":
	case word == "/quit":
		return true
	case word == "/help":
		c.t.printf("%s", help)
	case (word == "/undo" || word == "/why" || word == "/transcript") && bad:
		c.prose("%s takes the number of a call, or nothing.", word)
	case word == "/undo":
		c.turn(func() hub.Result { return c.e.Undo(ctx, n, c) })
	case word == "/cost":
		for line := range strings.SplitSeq(c.cost.String(), "\n") {
			c.prose("%s", line)
		}
	case word == "/why":
		c.prose("%s", c.e.Why(n))
	case word == "/transcript":
		c.transcript(n)
	case word == "/memory":
		c.memory(strings.TrimSpace(rest))
	case strings.HasPrefix(word, "/"):
		c.prose("There is no %s. /help lists what there is.", word)
	default:
		c.request(ctx, text)
	}
	return false
}

// memory prints what an app remembers.
func (c *conversation) memory(app string) {
	facts, err := c.e.Memory(app)
	if err != nil {
		c.prose("%s.", safe.Line(err.Error()))
		return
	}
	c.lines(render.Memory(app, facts, c.layout()))
}

// transcript prints what an app's model was told and said.
func (c *conversation) transcript(n int) {
	a, why := c.e.Transcript(n)
	if why != "" {
		c.prose("%s", why)
		return
	}
	c.lines(render.Transcript(a, c.layout()))
}

// request answers one line. Keys typed here are the person's words; a line so
// long that it may have been pasted is not.
func (c *conversation) request(ctx context.Context, text string) {
	from := label.Person()
	if len([]rune(text)) > maxTyped {
		from = label.Of(label.Paste)
		c.prose("A line of more than %d characters counts as pasted: what it sends needs your yes.", maxTyped)
	}
	r := hub.Request{Words: []label.Span{{Text: text, Label: from}}, Endorses: true}
	c.turn(func() hub.Result { return c.e.Turn(ctx, r, c) })
}

// maxPaste bounds what is gathered of a paste, in bytes.
const maxPaste = 64 << 10

// paste gathers lines that came at once into one request, none of it typed.
func (c *conversation) paste(ctx context.Context, first string) {
	text := first
	for c.t.waiting() && len(text) < maxPaste {
		line, err := c.t.readLine(ctx)
		if err != nil {
			break
		}
		text += "\n" + line
	}
	if c.t.waiting() {
		c.t.discard()
		c.prose("That is more than %d bytes at once, so nothing was asked. Give a long text with @PATH or on standard input.", maxPaste)
		return
	}
	c.prose("Several lines at once count as pasted, as one request: what they send needs your yes.")
	r := hub.Request{Words: []label.Span{{Text: text, Label: label.Of(label.Paste)}}, Endorses: true}
	c.turn(func() hub.Result { return c.e.Turn(ctx, r, c) })
}

// turn runs one turn and prints what is left of it.
func (c *conversation) turn(run func() hub.Result) {
	c.asks = 0
	r := run()
	c.cost.Add(r)
	c.flush()
	for _, d := range r.Denied {
		c.prose("%s", strings.TrimPrefix(render.Denied(hub.Denial{From: d.From, Tool: d.Tool, Why: d.Why}, nil), "secgpt: "))
	}
	if fold := render.Fold(r); fold != "" {
		fold += " · /why"
		if r.Undo {
			fold += " · /undo"
		}
		c.prose("%s", fold)
	}
}

// told prints what happens.
func (c *conversation) told(e hub.Event) {
	if _, ok := e.(hub.Said); !ok {
		c.flush()
	}
	switch e := e.(type) {
	case hub.Said:
		c.said.WriteString(e.Text)
		whole := c.said.String()
		if i := strings.LastIndexByte(whole, '\n'); i >= 0 {
			c.said.Reset()
			c.said.WriteString(whole[i+1:])
			c.model(whole[:i])
		}
	case hub.Replied:
		c.lines(render.Blocks(e.Blocks, c.layout()))
	case hub.Step:
		c.step(e)
	case hub.Decided:
		if d := e.Decision; !d.Allow && d.By == "person" {
			c.prose("%s", render.SaidNo(e.Call.Tool))
		} else if !d.Allow && d.By != "nobody" && d.By != "default" {
			c.prose("%s: %s.", e.Call.Tool, strings.TrimRight(d.Why, "."))
		}
	case hub.Noted:
		c.prose("Note: %s", render.Note(e))
	case hub.Failed:
		c.prose("Failed: %s", render.Failure(e))
	}
}

// step prints a call once it ended.
func (c *conversation) step(s hub.Step) {
	if c.o.Quiet {
		return
	}
	switch s.State {
	case hub.Done:
		c.t.printf("  %s\n", c.short(s, render.Took(s.Took)))
	case hub.Broken:
		c.t.printf("  %s\n", c.short(s, "failed"))
	}
}

func (c *conversation) short(s hub.Step, end string) string {
	o := c.layout()
	o.Width -= len("  : ") + len(end)
	l := render.StepLine(s, o)
	l.Right.Text = ""
	return strings.Join(strings.Fields(l.Plain(0)), " ") + ": " + end
}

// model prints the planner's words. They are a model's, so each line has a bar.
func (c *conversation) model(text string) {
	if !c.open {
		c.open = true
		c.t.printf("The model says:\n")
	}
	o := c.layout()
	o.Width -= 2
	for _, l := range render.Prose(text, o) {
		l.Bar = true
		c.t.printf("%s\n", render.PlainLine(l))
	}
}

// flush prints the rest of what the planner said.
func (c *conversation) flush() {
	if rest := c.said.String(); rest != "" {
		c.said.Reset()
		c.model(rest)
	}
	c.open = false
}

// Ask asks in numbered choices.
func (c *conversation) Ask(ctx context.Context, card []mediator.Question) (a []mediator.Answer) {
	c.aside(func() {
		c.asks++
		a = asking{c.t, c.o}.card(ctx, card, c.asks)
	})
	return a
}

// Need asks for words.
func (c *conversation) Need(ctx context.Context, n hub.Need) (said hub.Given, ok bool) {
	c.aside(func() { said, ok = asking{c.t, c.o}.need(ctx, n) })
	return said, ok
}
