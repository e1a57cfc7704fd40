package audit

import (
	"fmt"
	"slices"
)

// A checker follows the chain, line by line.
type checker struct {
	Report
	head   head
	headOK bool
	key    []byte

	next int64  // the number that comes next
	prev string // the hash it must name; "" if the line before can't be trusted
	gaps []gap  // numbers that were skipped and not seen since

	guessed int64 // lines just before that could not be read, taken for the numbers due
	behind  int64 // the first line that proves the head too old, 0 if none
	rest    int64 // bytes of a last line without a newline
}

// A gap is numbers that are missing, noticed at a line of the file.
type gap struct{ from, to, line int64 }

func (c *checker) line(no int64, data []byte, whole bool) {
	if !whole && len(data) < maxLine {
		c.rest = int64(len(data))
		return
	}
	c.Lines++
	l, err := open(data, c.key)
	switch {
	case err == errForm:
		c.find(no, 0, "Line %d %v.", no, err)
		c.guess()
		return
	case err != nil:
		c.find(no, l.N, "Line %d (entry %d) %v.", no, l.N, err)
		c.guess() // its number may be part of the edit
		return
	}
	if l.N < c.next && l.N >= c.next-c.guessed {
		c.next = l.N // the lines before were put in between
	}
	c.guessed = 0
	c.times(l)
	switch {
	case l.N < c.next:
		c.again(no, l.N)
		return
	case l.N > c.next:
		c.skip(no, l.N)
	case c.prev != "" && l.Prev != c.prev:
		c.find(no, l.N, "Line %d (entry %d) does not follow the line before it.", no, l.N)
	}
	c.next, c.prev = l.N+1, l.Hash
	c.againstHead(l)
}

// guess takes a line that can't be trusted for the one that is due.
func (c *checker) guess() { c.next, c.guessed, c.prev = c.next+1, c.guessed+1, "" }

func (c *checker) times(l line) {
	if c.From.IsZero() {
		c.From = l.Time
	}
	c.To = l.Time
}

// again is about a number that was passed already: a line that was moved here, or
// one that stands twice.
func (c *checker) again(no, n int64) {
	for i, g := range c.gaps {
		if n < g.from || n > g.to {
			continue
		}
		c.find(no, n, "Line %d (entry %d) stands in the wrong place.", no, n)
		parts := slices.DeleteFunc([]gap{{g.from, n - 1, g.line}, {n + 1, g.to, g.line}},
			func(g gap) bool { return g.from > g.to })
		c.gaps = slices.Replace(c.gaps, i, i+1, parts...)
		return
	}
	c.find(no, n, "Line %d (entry %d) stands there again.", no, n)
}

func (c *checker) skip(no, n int64) {
	if len(c.gaps) < maxGaps {
		c.gaps = append(c.gaps, gap{c.next, n - 1, no})
		return
	}
	c.find(no, c.next, "%s missing before line %d.", entries(c.next, n-1), no)
}

func (c *checker) againstHead(l line) {
	switch {
	case !c.headOK:
	case l.N == c.head.N:
		if l.Hash != c.head.Hash {
			c.find(0, l.N, "The head names another entry %d.", l.N)
		}
	case l.N > c.head.N:
		c.Ahead++
		if l.Base != c.head.N && c.behind == 0 {
			c.behind = l.N
			c.find(0, c.head.N, "The head was put back: it names entry %d, and was newer when entry %d was written.", c.head.N, l.N)
		}
	}
}

func (c *checker) end() {
	c.Last = c.next - 1
	for _, g := range c.gaps {
		c.find(g.line, g.from, "%s missing before line %d.", entries(g.from, g.to), g.line)
	}
	switch {
	case !c.headOK:
	case c.head.N > c.Last:
		c.find(c.Lines+1, c.Last+1, "%s missing at the end.", entries(c.Last+1, c.head.N))
	default:
		c.Torn = c.rest
	}
}

func entries(from, to int64) string {
	if from == to {
		return fmt.Sprintf("Entry %d is", from)
	}
	return fmt.Sprintf("Entries %d to %d are", from, to)
}
