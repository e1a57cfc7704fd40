package safe

import (
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Width is how many cells s needs at most, s being a result of Text or Line
// without line ends. Terminals measure by grapheme or by rune; where the two
// differ, the wider counts, so that a line that fits here fits everywhere.
func Width(s string) int {
	if simple(s) {
		return len(s)
	}
	n := 0
	for s != "" {
		size, cells := Cell(s)
		n += cells
		s = s[size:]
	}
	return n
}

// Cell returns the size in bytes of the first part of s that must not be broken,
// a letter with its marks or a flag, and how many cells it needs at most. Of a
// text that this package made, no part is longer than a letter and four marks.
func Cell(s string) (size, cells int) {
	if s == "" {
		return 0, 0
	}
	if s[0] < utf8.RuneSelf && (len(s) == 1 || s[1] < utf8.RuneSelf) {
		return 1, 1
	}
	first, size := utf8.DecodeRuneInString(s)
	for n := 0; size < len(s); n++ {
		r, w := utf8.DecodeRuneInString(s[size:])
		follows := stacks(r) || modifier(r) || r == zwnj || r == zwj || flag(first) && flag(r) && n == 0
		if !follows || n > 2*maxMarks {
			break
		}
		size += w
	}
	return size, max(ansi.StringWidth(s[:size]), ansi.StringWidthWc(s[:size]))
}
