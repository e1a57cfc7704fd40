package tui

import (
	"context"
	"fmt"
	"slices"

	"secgpt/hub"
	"secgpt/mediator"
	"secgpt/tui/draft"
	"secgpt/tui/render"
	"secgpt/tui/safe"
)

// card is what the person is asked at once, docked above the draft: the calls of a
// plan that need a yes, or words that a plan needs (need.go). It knows nothing of keys
// that it was not given.
//
// Several decisions stand on the card together and are answered together, or one by
// one: then each has the card to itself and is armed anew. After a no, or a yes that
// leaves something out, the rest is given back unanswered: it comes again, and says
// that an earlier change did not happen.
type card struct {
	m     *model
	ctx   context.Context
	all   []mediator.Question // what is asked
	apart bool                // one by one, and this is the one:
	q     mediator.Question
	given []mediator.Answer      // to those before it
	yes   chan []mediator.Answer // nil if this is a need
	need  hub.Need
	said  chan reply

	why      bool
	withheld []string
	asking   what
	field    int          // the argument that is written anew
	input    *draft.Draft // what is typed into the card, nil if nothing is
	choice   int          // of a need

	top   int // the first line of the body that is shown
	page  int // how far PgUp and PgDn move it
	seen  int // lines of the body, from its first, that were on the screen
	body  []string
	drawn drawn // what body was drawn for
}

// what a card asks for with its own keys.
type what uint8

const (
	answer   what = iota
	withhold      // which field to leave out
	edit          // which field to write anew
)

// drawn is what a card's body depends on, besides the fields that redraw is
// called for.
type drawn struct {
	width, choice, shade int
	why                  bool
}

func newCard(m *model, a askedMsg) *card {
	c := &card{m: m, ctx: a.ctx, all: a.card, q: a.card[0], yes: a.answer}
	for _, q := range c.all { // what was written anew, or left out before, is looked at alone
		was := c.before(q)
		c.apart = c.apart || len(was.Edit) > 0 || len(was.Withhold) > 0
	}
	c.turnTo(0)
	return c
}

// before is what the person answered to the same call when it stood otherwise.
func (c *card) before(q mediator.Question) mediator.Answer {
	if c.m.turn == nil {
		return mediator.Answer{}
	}
	return c.m.turn.answers[q.Call.N]
}

// turnTo shows decision i, if they are taken one by one. What was left out of it
// before stays so.
func (c *card) turnTo(i int) {
	c.q, c.why, c.withheld, c.asking, c.input = c.all[i], false, nil, answer, nil
	for _, name := range c.before(c.q).Withhold {
		if slices.Contains(c.fields(withhold), name) {
			c.withheld = append(c.withheld, name)
		}
	}
	c.body, c.top, c.seen = nil, 0, 0
}

// together reports whether the card asks for several decisions at once.
func (c *card) together() bool { return c.yes != nil && len(c.all) > 1 && !c.apart }

// waits reports whether this card's answer would go to ch.
func (c *card) waits(ch any) bool {
	switch ch := ch.(type) {
	case chan []mediator.Answer:
		return c.yes == ch
	case chan reply:
		return c.said == ch
	}
	return false
}

func (c *card) ended() bool { return c.ctx.Err() != nil }

// typing reports whether a field is being written anew: then only its own keys
// leave the card.
func (c *card) typing() bool { return c.input != nil && c.said == nil }

// args are the arguments with a word on those that are left out.
func (c *card) args() []mediator.Shown {
	out := slices.Clone(c.q.Args)
	for i, a := range out {
		if slices.Contains(c.withheld, a.Name) {
			out[i].Notes = []string{"left out: this will not be handed over"}
		}
	}
	return out
}

// lay draws the body for a width, and keeps it.
func (c *card) lay(width int) []string {
	now := drawn{width, c.choice, c.m.shade, c.why}
	if c.body != nil && now == c.drawn {
		return c.body
	}
	o := render.Options{Width: width, Now: c.m.now()}
	var lines []render.Line
	if c.yes != nil {
		lines = c.question(o)
	} else {
		lines = c.needLines(o)
	}
	body := make([]string, len(lines))
	for i, l := range lines {
		body[i] = c.m.look.line(l, width)
	}
	same := 0
	for same < len(body) && same < len(c.body) && body[same] == c.body[same] {
		same++
	}
	if now.choice == c.drawn.choice { // moving the mark of a choice changes no text
		c.seen = min(c.seen, same) // what reads differently now has not been seen
	}
	c.body, c.drawn = body, now
	return body
}

// question is what the card asks. Who gives to whom stands in the border; it is
// said inside as well only where it does not fit there.
func (c *card) question(o render.Options) []render.Line {
	if c.together() {
		lines := render.Card(c.all, o)
		for i, q := range c.all {
			if c.why {
				lines = append(lines, render.Line{}, render.Line{Runs: []render.Run{{Role: render.Strong, Text: fmt.Sprintf("why %d", i+1)}}})
				lines = append(lines, render.Why(q, o)...)
			}
		}
		return lines
	}
	q := c.q
	q.Args = c.args()
	q.Scopes = slices.DeleteFunc(slices.Clone(q.Scopes), func(s mediator.Scope) bool { return !c.offered(s) })
	lines := render.Asked(q, o)
	if safe.Width(c.title()) > o.Width-titleRoom {
		lines = render.Question(q, o)
	}
	if c.why {
		lines = append(append(lines, render.Line{}), render.Why(q, o)...)
	}
	return lines
}

// titleRoom is what a border keeps free for `9 more waiting`.
const titleRoom = 17

// height is how many lines the card would like, its border included.
func (c *card) height(width int) int {
	return 2 + len(c.lay(width-4)) + len(c.bottom(width-4, 99))
}

// rows is how many lines of the body a card of this size shows.
func (c *card) rows(width, height int) int {
	return max(1, height-2-len(c.bottom(width-4, height-3)))
}

// look notes what a frame of this size shows, and reports whether a line was seen
// for the first time.
func (c *card) look(width, height int) bool {
	if c.m.width < leastWidth || c.m.height < leastHeight {
		return false // a window this small shows no line whole
	}
	body, rows := c.lay(width-4), c.rows(width, height)
	c.top = max(0, min(c.top, len(body)-rows, c.seen)) // what changed is shown first
	c.page = max(1, rows-1)
	end := min(len(body), c.top+rows)
	if end <= c.seen {
		return false
	}
	c.seen = end
	return true
}

// left is how many lines of the body nobody has seen.
func (c *card) left() int { return max(0, len(c.body)-c.seen) }

// scroll moves the body.
func (c *card) scroll(n int) { c.top = max(0, min(c.top+n, c.seen)) }

// offered reports whether an answer is one of the question's, or of all of them. A
// yes that leaves something out makes no rule, so it is for once.
func (c *card) offered(s mediator.Scope) bool {
	if !c.together() {
		return c.q.Offers(s) && (len(c.withheld) == 0 || s == mediator.Once || s == mediator.Never)
	}
	return s != mediator.Never && !slices.ContainsFunc(c.all, func(q mediator.Question) bool { return !q.Offers(s) })
}

// ready reports whether a key that comes now may allow.
func (c *card) ready() bool { return c.left() == 0 && c.m.gate.allows(c.m.now()) }
