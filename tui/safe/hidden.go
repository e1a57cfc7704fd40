package safe

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// maxWords bounds the words that a mark quotes, in bytes. A mark is a remark on
// the text, not a second text.
const maxWords = 400

// hiddenRun shows a run of hidden runes. A few are spelled; more, or some that
// carry words, become one mark.
func (w *writer) hiddenRun() {
	if w.laced() {
		return
	}
	short := w.run(func(r rune) bool { return hidden(r) })
	run, end := w.padded()
	words := Words(run)
	if words == "" && len(run) <= maxLoose {
		run, end = short, w.at+len(short)
		for _, r := range run {
			w.out.WriteString(spell(r))
		}
	} else {
		w.out.WriteString(mark(len(run), words))
		if unicode.Is(unicode.Zs, w.runes[end-1]) {
			w.out.WriteByte(' ')
		}
	}
	w.base, w.marks = 0, 0
	w.at = end
}

// minLaced is how many hidden runes in turn with letters become one mark: between
// two or three, a person still reads the word.
const minLaced = 4

// laced shows a word with a hidden rune behind every letter or two as the word,
// with one mark behind it. It reports false where the text is not like that.
func (w *writer) laced() bool {
	var letters, run []rune
	i := w.at
	for i < len(w.runes) && hidden(w.runes[i]) {
		run = append(run, w.runes[i])
		i++
		end := i
		for end < len(w.runes) && end-i < 2 && visible(w.runes[end]) && !stacks(w.runes[end]) {
			end++
		}
		if end == i || w.runes[end-1] == ' ' || end == len(w.runes) || !hidden(w.runes[end]) {
			break
		}
		letters, i = append(letters, w.runes[i:end]...), end
	}
	if len(run) < minLaced {
		return false
	}
	w.out.WriteString(string(letters))
	among := fmt.Sprintf("⟨%d hidden characters among these letters", len(run))
	if words := Words(run); words != "" {
		among += ": " + quote(words)
	}
	w.out.WriteString(among + "⟩")
	w.base, w.marks = 0, 0
	w.at = i
	return true
}

// padded returns the hidden runes from here on, and where they end, taking
// spaces between them as part of the run: newsletters fill a hundred places with
// a space and a joiner in turn.
func (w *writer) padded() (run []rune, end int) {
	end = w.at
	for i := w.at; i < len(w.runes); i++ {
		switch r := w.runes[i]; {
		case hidden(r):
			run, end = append(run, r), i+1
		case !unicode.Is(unicode.Zs, r) || i > end:
			return run, end
		}
	}
	return run, end
}

func mark(n int, words string) string {
	if words == "" {
		return fmt.Sprintf("⟨%d hidden characters⟩", n)
	}
	return fmt.Sprintf("⟨%d hidden characters: %s⟩", n, quote(words))
}

// quote writes hidden words between quotes, and says how many were left out.
func quote(words string) string {
	if len(words) <= maxWords {
		return strconv.Quote(words)
	}
	return fmt.Sprintf("%s…(%d bytes)", strconv.Quote(words[:maxWords]), len(words)-maxWords)
}

// Words reads what a run of hidden runes says: tag characters as the ASCII that
// they stand for, selectors as bytes, and zero-width runes as the bits of ASCII.
// It returns "" if nothing can be read. The words are printable ASCII, tabs and
// line ends.
func Words(run []rune) string {
	var tags, selectors []byte
	var bits []rune
	for _, r := range run {
		switch {
		case 0xE0020 <= r && r <= 0xE007E:
			tags = append(tags, byte(r-0xE0000))
		case 0xFE00 <= r && r <= 0xFE0F:
			selectors = append(selectors, byte(r-0xFE00))
		case 0xE0100 <= r && r <= 0xE01EF:
			selectors = append(selectors, byte(r-0xE0100+16))
		default:
			bits = append(bits, r)
		}
	}
	var found []string
	if len(tags) > 1 {
		found = append(found, string(tags))
	}
	if len(selectors) > 1 && readable(selectors) {
		found = append(found, string(selectors))
	}
	if s := readBits(bits); s != "" {
		found = append(found, s)
	}
	return strings.Join(found, " ")
}

func readable(b []byte) bool {
	letters := 0
	for _, c := range b {
		if (c < ' ' || c > '~') && c != '\n' && c != '\t' {
			return false
		}
		if c|0x20 >= 'a' && c|0x20 <= 'z' {
			letters++
		}
	}
	return letters > 0
}

// readBits reads runes of two kinds as bits, in words of eight or seven, either
// kind as one; a third kind as what stands between the words.
func readBits(rs []rune) string {
	if len(rs) < 14 {
		return ""
	}
	kinds := slices.Compact(slices.Sorted(slices.Values(rs)))
	switch len(kinds) {
	case 2:
		for _, size := range []int{8, 7} {
			if len(rs)%size != 0 {
				continue
			}
			for _, one := range kinds {
				if s := assemble(slices.Collect(slices.Chunk(rs, size)), one); s != "" {
					return s
				}
			}
		}
	case 3:
		for _, gap := range kinds {
			for _, one := range kinds {
				if one == gap {
					continue
				}
				if s := assemble(split(rs, gap), one); s != "" {
					return s
				}
			}
		}
	}
	return ""
}

func split(rs []rune, gap rune) [][]rune {
	var words [][]rune
	start := 0
	for i, r := range rs {
		if r == gap {
			words, start = append(words, rs[start:i]), i+1
		}
	}
	return append(words, rs[start:])
}

func assemble(words [][]rune, one rune) string {
	out := make([]byte, 0, len(words))
	for _, word := range words {
		if len(word) > 8 {
			return ""
		}
		if len(word) == 0 {
			continue
		}
		var c byte
		for _, r := range word {
			c <<= 1
			if r == one {
				c |= 1
			}
		}
		out = append(out, c)
	}
	if len(out) < 2 || !readable(out) {
		return ""
	}
	return string(out)
}
