package mediator

import (
	"unicode"
	"unicode/utf8"
)

// hides reports whether a text holds characters that change how it reads without being
// seen. What only holds an emoji together is seen by what it does: a selector right
// behind one, a joiner between two.
func hides(s string) bool {
	var before, prev rune
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		if (r < ' ' || r > '~') && hidden(r) {
			next, _ := utf8.DecodeRuneInString(s[i:])
			if !ofEmoji(before, prev, r, next) {
				return true
			}
		}
		before, prev = prev, r
	}
	return false
}

// hidden reports characters that are drawn as nothing, or turn how others are drawn:
// controls, bidi marks, joiners, fillers, selectors, tags, line separators.
func hidden(r rune) bool {
	switch r {
	case '\n', '\t', '\r':
		return false
	case 0x2800, 0x2028, 0x2029: // a Braille cell without dots; ends of lines that few draw
		return true
	}
	return unicode.IsControl(r) || 0xE0000 <= r && r <= 0xE0FFF ||
		r > 0x7F && unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

const (
	textSelector, emojiSelector = 0xFE0E, 0xFE0F
	joiner, keycap              = 0x200D, 0x20E3
)

// ofEmoji reports whether r only holds an emoji together, between what stands beside it.
func ofEmoji(before, prev, r, next rune) bool {
	switch r {
	case textSelector, emojiSelector:
		key := prev >= '0' && prev <= '9' || prev == '#' || prev == '*'
		return pictograph(prev) || key && next == keycap
	case joiner:
		if prev == emojiSelector {
			prev = before
		}
		return pictograph(prev) && pictograph(next)
	}
	return false
}

// pictograph reports symbols, the skin tones among them: Go does not carry Unicode's
// list of emoji.
func pictograph(r rune) bool {
	switch r {
	case 0x203C, 0x2049, 0x2139, 0x3030, 0x303D:
		return true
	}
	return r > 0x7F && unicode.In(r, unicode.So, unicode.Sk, unicode.Sm)
}
