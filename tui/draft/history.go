package draft

import (
	"slices"
	"strings"

	"secgpt/mediator/label"
	"secgpt/tui/safe"
)

// maxPast is how many requests the draft remembers: more than anybody steps
// through, and a bound on the pastes held in memory.
const maxPast = 200

// search is a look back through the history, by a text.
type search struct {
	text string
	hit  int // the request that holds it; -1 if none does
}

// Take empties the draft and remembers it. It returns its words.
func (d *Draft) Take() []label.Span {
	w := d.Words()
	if n := len(d.past); len(d.cells) > 0 && (n == 0 || !slices.Equal(d.past[n-1], d.cells)) {
		d.past = append(d.past, d.cells)
		if len(d.past) > maxPast {
			d.past = d.past[1:]
		}
	}
	d.Clear()
	return w
}

// Older shows the request before. It reports false if there is none.
func (d *Draft) Older() bool { return d.look(d.at - 1) }

// Newer shows the request after; after the last comes what the person was writing.
func (d *Draft) Newer() bool { return d.look(d.at + 1) }

func (d *Draft) look(at int) bool {
	if at < 0 || at > len(d.past) {
		return false
	}
	if d.at == len(d.past) {
		d.own = d.cells
	}
	d.at, d.cells = at, d.own
	if at < len(d.past) {
		d.cells = d.past[at]
	}
	d.cur = len(d.cells)
	return true
}

// Searching reports whether a look back is open.
func (d *Draft) Searching() bool { return d.search != nil }

// Search opens the look back, or goes on to the next older hit.
func (d *Draft) Search() {
	if d.search == nil {
		d.search = &search{hit: -1}
		return
	}
	if d.search.hit > 0 {
		d.find(d.search.hit - 1)
	}
}

// SearchType adds to the text that is looked for; "" takes the last character back.
func (d *Draft) SearchType(s string) {
	if d.search == nil {
		return
	}
	if s == "" {
		r := []rune(d.search.text)
		d.search.text = string(r[:max(0, len(r)-1)])
	} else {
		d.search.text += s
	}
	d.find(len(d.past) - 1)
}

func (d *Draft) find(from int) {
	d.search.hit = -1
	for i := min(from, len(d.past)-1); i >= 0 && d.search.text != ""; i-- {
		if strings.Contains(strings.ToLower(flat(d.past[i])), strings.ToLower(d.search.text)) {
			d.search.hit = i
			return
		}
	}
}

// SearchDone closes the look back, taking the hit into the draft if take is set.
func (d *Draft) SearchDone(take bool) {
	s := d.search
	d.search = nil
	if take && s != nil && s.hit >= 0 {
		d.look(s.hit)
	}
}

func (d *Draft) leaveSearch() {
	if d.search != nil {
		d.SearchDone(true)
	}
}

func (d *Draft) searchLine(width int) ([][]Piece, int, int) {
	head := "find: " + safe.Line(d.search.text)
	line := head
	switch {
	case d.search.hit >= 0:
		line += "  ‹" + safe.Line(strings.ReplaceAll(flat(d.past[d.search.hit]), "\n", " ")) + "›"
	case d.search.text != "":
		line += "  nothing like that was asked"
	}
	return [][]Piece{{{Text: fit(line, width)}}}, min(width, safe.Width(head)), 0
}

// flat is a request as one text, pastes by name.
func flat(cells []cell) string {
	var b strings.Builder
	for _, c := range cells {
		if c.chip {
			b.WriteString(chipName(c.text))
		} else {
			b.WriteString(c.text)
		}
	}
	return b.String()
}
