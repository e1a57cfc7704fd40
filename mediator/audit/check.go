package audit

import (
	"fmt"
	"slices"
)

// A checker follows the chain, line by line, through all the files.
type checker struct {
	Report
	head   head
	headOK bool
	key    []byte

	file closed // the one that is read
	at   string // " of audit.0000020345.jsonl", "" for audit.jsonl

	next int64  // the number that comes next
	prev string // the hash it must name; "" if the line before can't be trusted
	gaps []gap  // numbers that were skipped and not seen since

	guessed int64 // lines just before that could not be read, taken for the numbers due
	behind  int64 // the first line that proves the head too old, 0 if none
	rest    int64 // bytes of a last line without a newline
	here    int64 // whole lines in this file
}

// A gap is numbers that are missing, noticed at a line of a file.
type gap struct {
	from, to int64
	file     string
	line     int64
}

func (c *checker) find(no, n int64, format string, args ...any) {
	f := Finding{Line: no, N: n, What: fmt.Sprintf(format, args...)}
	if no > 0 {
		f.File = c.file.name
	}
	c.add(f)
}

func (c *checker) add(f Finding) {
	if len(c.Findings) >= maxFindings {
		c.More++
		return
	}
	c.Findings = append(c.Findings, f)
}

// begin goes on to the next file.
func (c *checker) begin(file closed) {
	c.Files++
	c.file, c.here, c.at = file, 0, ""
	if file.name != logName {
		c.at = " of " + file.name
	}
}

// endFile checks what the name of a closed file says.
func (c *checker) endFile() {
	switch {
	case c.file.name == logName:
	case c.here == 0:
		c.add(Finding{File: c.file.name, What: c.file.name + " is empty."})
	case c.prev != "" && c.next-1 != c.file.last:
		c.add(Finding{File: c.file.name, N: c.next - 1,
			What: fmt.Sprintf("%s ends with entry %d, not with the one in its name.", c.file.name, c.next-1)})
	}
}

func (c *checker) line(no int64, data []byte, whole bool) {
	ended := whole || len(data) >= maxLine // else the file stops in the middle of it
	if !ended && c.file.name == logName {
		c.rest = int64(len(data))
		return
	}
	c.here++
	c.Lines++
	if !ended {
		c.find(no, 0, "Line %d%s was not ended.", no, c.at)
		c.guess()
		return
	}
	l, err := open(data, c.key)
	switch {
	case err == errForm:
		c.find(no, 0, "Line %d%s %v.", no, c.at, err)
		c.guess()
		return
	case err != nil:
		c.find(no, l.N, "Line %d%s (entry %d) %v.", no, c.at, l.N, err)
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
		c.find(no, l.N, "Line %d%s (entry %d) does not follow the line before it.", no, c.at, l.N)
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
		c.find(no, n, "Line %d%s (entry %d) stands in the wrong place.", no, c.at, n)
		parts := slices.DeleteFunc([]gap{{g.from, n - 1, g.file, g.line}, {n + 1, g.to, g.file, g.line}},
			func(g gap) bool { return g.from > g.to })
		c.gaps = slices.Replace(c.gaps, i, i+1, parts...)
		return
	}
	c.find(no, n, "Line %d%s (entry %d) stands there again.", no, c.at, n)
}

func (c *checker) skip(no, n int64) {
	if len(c.gaps) < maxGaps {
		c.gaps = append(c.gaps, gap{c.next, n - 1, c.file.name, no})
		return
	}
	c.missing(gap{c.next, n - 1, c.file.name, no})
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

func (c *checker) missing(g gap) {
	before := fmt.Sprintf("line %d", g.line)
	if g.file != logName {
		before += " of " + g.file
	}
	c.add(Finding{g.file, g.line, g.from, fmt.Sprintf("%s missing before %s.", entries(g.from, g.to), before)})
}

func (c *checker) end() {
	c.Last = c.next - 1
	for _, g := range c.gaps {
		c.missing(g)
	}
	current := c.file.name == logName
	if !current && (!c.headOK || c.Files == 0) {
		c.find(0, 0, "The file %s is missing.", logName)
	}
	switch {
	case !c.headOK:
	case c.head.N > c.Last:
		c.add(Finding{c.file.name, c.here + 1, c.Last + 1, entries(c.Last+1, c.head.N) + " missing at the end."})
	default:
		c.Torn = c.rest
		c.Between = c.Last > 0 && (!current || c.here == 0)
		if c.Between && c.head.N < c.Last { // a file is closed only when the head names its last line
			c.find(0, c.head.N, "The head was put back: it names entry %d, and %s was closed with entry %d.", c.head.N, c.file.name, c.Last)
		}
	}
}

func entries(from, to int64) string {
	if from == to {
		return fmt.Sprintf("Entry %d is", from)
	}
	return fmt.Sprintf("Entries %d to %d are", from, to)
}
