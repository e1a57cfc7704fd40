package draft

import "secgpt/tui/safe"

// A Piece is a run of text on a drawn line; Chip marks a paste's name.
type Piece struct {
	Text string
	Chip bool
}

// Lines lays the draft out in columns of width and returns the lines and where
// the cursor stands in them. Long words break where the width ends.
func (d *Draft) Lines(width int) (lines [][]Piece, x, y int) {
	if d.search != nil {
		return d.searchLine(width)
	}
	width = max(width, 1)
	starts := d.starts(width)
	lines = make([][]Piece, len(starts))
	for row, from := range starts {
		to := len(d.cells)
		if row+1 < len(starts) {
			to = starts[row+1]
		}
		at := 0
		for i := from; i < to; i++ {
			if i == d.cur {
				x, y = at, row
			}
			if d.cells[i].text == "\n" && !d.cells[i].chip {
				continue
			}
			show := fit(d.cells[i].show(), width)
			at += safe.Width(show)
			if n := len(lines[row]); n > 0 && !d.cells[i].chip && !lines[row][n-1].Chip {
				lines[row][n-1].Text += show
			} else {
				lines[row] = append(lines[row], Piece{show, d.cells[i].chip})
			}
		}
		if d.cur == len(d.cells) && row == len(starts)-1 {
			x, y = at, row
		}
	}
	return lines, min(x, width), y
}

// starts returns the cell with which each drawn line begins. A line breaks after
// its last space if it has one, and the column after the last is the cursor's.
func (d *Draft) starts(width int) []int {
	starts := []int{0}
	from, at, space := 0, 0, -1
	for i := 0; i < len(d.cells); i++ {
		c := d.cells[i]
		if c.text == "\n" && !c.chip {
			starts = append(starts, i+1)
			from, at, space = i+1, 0, -1
			continue
		}
		w := min(safe.Width(c.show()), width)
		if at+w > width && i > from {
			next := i
			if space >= from {
				next = space + 1
			}
			starts = append(starts, next)
			from, at, space = next, 0, -1
			i = next - 1
			continue
		}
		at += w
		if c.space() {
			space = i
		}
	}
	return starts
}

// show is a cell as it is drawn. A character that would not be seen is spelled.
func (c cell) show() string {
	if c.chip {
		return chipName(c.text)
	}
	return safe.Line(c.text)
}

// fit cuts s, a result of safe, to width columns.
func fit(s string, width int) string {
	for at, n := 0, 0; at < len(s); {
		size, cells := safe.Cell(s[at:])
		if n += cells; n > width {
			return s[:at]
		}
		at += size
	}
	return s
}

// Up moves the cursor a drawn line up. It reports false on the first one, where
// the key means something else.
func (d *Draft) Up(width int) bool { return d.vertical(width, -1) }

// Down moves it a line down, and reports false on the last one.
func (d *Draft) Down(width int) bool { return d.vertical(width, +1) }

func (d *Draft) vertical(width, by int) bool {
	starts := d.starts(max(width, 1))
	_, x, y := d.Lines(width)
	row := y + by
	if row < 0 || row >= len(starts) {
		return false
	}
	end := len(d.cells)
	if row+1 < len(starts) {
		end = starts[row+1] - 1
	}
	at, i := 0, starts[row]
	for i < end && at < x {
		at += safe.Width(d.cells[i].show())
		i++
	}
	d.cur = i
	return true
}
