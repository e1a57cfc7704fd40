// Package list is a scrolling transcript that stays fast however long it is.
//
// Each item draws itself for a width; the list keeps that drawing until the width
// or the item's version changes, and builds only the lines that are on the screen.
// It follows the newest line until the person scrolls back.
package list

// An Item is one entry of the transcript. Lines must be pure: the same width and
// version always give the same lines, none wider than width.
type Item interface {
	Lines(width int) []string
	// Version changes whenever Lines would.
	Version() int
}

// maxItems bounds the transcript of one chat; the oldest go first, in one batch.
const (
	maxItems  = 4000
	dropItems = 400
)

type entry struct {
	item    Item
	width   int
	version int
	lines   []string
}

// List is the transcript. Its zero value is empty and follows.
type List struct {
	// Dropped counts the items that had to go.
	Dropped int

	entries       []*entry
	width, height int
	still         bool // the person scrolled back: top stays
	top           pos
}

// pos is a line of an item.
type pos struct{ entry, line int }

// Add appends an item.
func (l *List) Add(it Item) {
	if len(l.entries) >= maxItems {
		l.entries = append([]*entry{}, l.entries[dropItems:]...)
		l.Dropped += dropItems
		l.top = pos{max(0, l.top.entry-dropItems), 0}
	}
	l.entries = append(l.entries, &entry{item: it, version: -1})
}

// Remove takes an item out, one of the last few.
func (l *List) Remove(it Item) {
	for i := len(l.entries) - 1; i >= 0; i-- {
		if l.entries[i].item == it {
			l.entries = append(l.entries[:i], l.entries[i+1:]...)
			return
		}
	}
}

// Empty reports whether there is nothing to show.
func (l *List) Empty() bool { return len(l.entries) == 0 }

// Size sets the window: View returns at most height lines.
func (l *List) Size(width, height int) { l.width, l.height = max(1, width), max(0, height) }

func (l *List) lines(i int) []string {
	e := l.entries[i]
	if v := e.item.Version(); e.width != l.width || e.version != v {
		e.lines, e.width, e.version = e.item.Lines(l.width), l.width, v
	}
	return e.lines
}

// bottom is the top of the window when the last line stands at its end.
func (l *List) bottom() pos {
	left := l.height
	for i := len(l.entries) - 1; i >= 0; i-- {
		n := len(l.lines(i))
		if n >= left {
			return pos{i, n - left}
		}
		left -= n
	}
	return pos{}
}

// View returns the lines in the window.
func (l *List) View() []string {
	if l.height == 0 {
		return nil
	}
	at := l.start()
	out := make([]string, 0, l.height)
	for i := at.entry; i < len(l.entries) && len(out) < l.height; i++ {
		lines := l.lines(i)
		if i == at.entry {
			lines = lines[min(at.line, len(lines)):]
		}
		out = append(out, lines[:min(len(lines), l.height-len(out))]...)
	}
	return out
}

// start is where the window begins. Having scrolled to the end is following.
func (l *List) start() pos {
	end := l.bottom()
	if !l.still || !before(l.top, end) {
		l.still = false
		return end
	}
	return l.top
}

func before(a, b pos) bool { return a.entry < b.entry || a.entry == b.entry && a.line < b.line }

// Scroll moves the window by n lines, up if n is negative.
func (l *List) Scroll(n int) {
	at := l.start()
	for ; n < 0 && (at.entry > 0 || at.line > 0); n++ {
		if at.line > 0 {
			at.line--
			continue
		}
		for at.entry > 0 {
			at.entry--
			if k := len(l.lines(at.entry)); k > 0 {
				at.line = k - 1
				break
			}
		}
	}
	for ; n > 0 && at.entry < len(l.entries); n-- {
		if at.line++; at.line >= len(l.lines(at.entry)) {
			at = pos{at.entry + 1, 0}
		}
	}
	l.top, l.still = at, true
	l.start()
}

// Redraw forgets every drawing: the colours changed.
func (l *List) Redraw() {
	for _, e := range l.entries {
		e.width = 0
	}
}

// Follow goes to the newest line and stays there.
func (l *List) Follow() { l.still = false }

// Following reports whether the newest line is in the window.
func (l *List) Following() bool { l.start(); return !l.still }

// Above reports whether there are lines before the window.
func (l *List) Above() bool {
	at := l.start()
	return at.entry > 0 || at.line > 0
}
