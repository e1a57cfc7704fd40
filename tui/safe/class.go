package safe

import "unicode"

// hidden reports whether r is drawn as nothing, or only changes how others are
// drawn: format and bidi controls, joiners, fillers, selectors, tags, and every
// code point that Unicode keeps for such uses. Format characters that some fonts
// draw, as the Arabic number sign, are counted in: terminals differ about them.
func hidden(r rune) bool {
	switch {
	case r < 0xAD:
		return false
	case unicode.Is(unicode.Cf, r),
		unicode.Is(unicode.Variation_Selector, r),
		unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r):
		return true
	}
	switch r {
	case 0x2800, // a Braille cell without dots
		0xFFFC: // stands for an object that is not there
		return true
	}
	return 0xE0000 <= r && r <= 0xE0FFF
}

// visible reports whether r can be shown as it is.
func visible(r rune) bool {
	return r == ' ' || unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S) &&
		!hidden(r) && !ours(r) && !oversized(r)
}

// unshowable is what spelledRun takes: neither visible nor handled by a rule of
// its own. Controls, private use, code points nobody assigned, bytes that are no
// UTF-8, line and paragraph separators.
func unshowable(r rune) bool {
	return r != '\n' && r != '\t' && !visible(r) && !hidden(r) && !(unicode.Is(unicode.Zs, r) && r != 0x1680)
}

// ours reports the brackets of our marks, and those that look the same.
func ours(r rune) bool {
	switch r {
	case '⟨', '⟩', '\u2329', '\u232A', '⦑', '⦒', '⧼', '⧽', '❬', '❭':
		return true
	}
	return false
}

// oversized reports runes that some terminals draw far beyond their cell, over
// what stands beside it: the basmala, cuneiform, the three-em dash.
func oversized(r rune) bool {
	return r == 0xFDFD || r == 0x2E3B || r == 0xA9C5 || 0x12000 <= r && r <= 0x1254F
}

// stacks reports whether r is drawn on the rune before it.
func stacks(r rune) bool { return unicode.Is(unicode.M, r) && !hidden(r) || jamo(r) }

// jamo reports the vowels and tails that complete a Hangul syllable.
func jamo(r rune) bool {
	return 0x1160 < r && r <= 0x11FF || 0xD7B0 <= r && r <= 0xD7FB && unicode.Is(unicode.Lo, r)
}

func hangul(r rune) bool { return unicode.Is(unicode.Hangul, r) }

// modifier reports the five skin tones.
func modifier(r rune) bool { return 0x1F3FB <= r && r <= 0x1F3FF }

// flag reports the letters of which two make a flag.
func flag(r rune) bool { return 0x1F1E6 <= r && r <= 0x1F1FF }

// pictograph is nearly Unicode's Extended_Pictographic, which Go does not carry.
// A rune too many only means that a joiner beside it is not named.
func pictograph(r rune) bool {
	switch {
	case 0x1F000 <= r && r <= 0x1FAFF:
		return !flag(r) && !modifier(r)
	case 0x2600 <= r && r <= 0x27BF, 0x2190 <= r && r <= 0x21AA, 0x2300 <= r && r <= 0x23FF && !ours(r),
		0x25AA <= r && r <= 0x25FE, 0x2B05 <= r && r <= 0x2B55, 0x2934 <= r && r <= 0x2935:
		return true
	}
	switch r {
	case 0xA9, 0xAE, 0x203C, 0x2049, 0x2122, 0x2139, 0x24C2, 0x3030, 0x303D, 0x3297, 0x3299:
		return true
	}
	return false
}

const (
	zwnj          = 0x200C
	zwj           = 0x200D
	textSelector  = 0xFE0E
	emojiSelector = 0xFE0F
	keycap        = 0x20E3
)

// joinsEmoji reports whether the rune at i only holds an emoji together: a joiner
// between two pictographs, or one selector after one.
func joinsEmoji(rs []rune, i int) bool {
	if i == 0 {
		return false
	}
	prev, next := rs[i-1], at(rs, i+1)
	switch rs[i] {
	case textSelector, emojiSelector:
		key := prev >= '0' && prev <= '9' || prev == '#' || prev == '*'
		return pictograph(prev) || key && next == keycap
	case zwj:
		if prev == emojiSelector && i > 1 {
			prev = rs[i-2]
		}
		return (pictograph(prev) || modifier(prev)) && pictograph(next)
	}
	return false
}

// joinsLetters reports whether the rune at i is a joiner that a script needs and
// that can be seen by what it does: the non-joiner of Persian after a letter that
// would join, and both joiners after the virama of an Indic script.
func joinsLetters(rs []rune, i int) bool {
	if i == 0 || rs[i] != zwnj && rs[i] != zwj {
		return false
	}
	prev, next := rs[i-1], at(rs, i+1)
	if virama(prev) && i > 1 && unicode.IsLetter(rs[i-2]) {
		return unicode.IsLetter(next) && prev>>7 == next>>7
	}
	return rs[i] == zwnj && arabic(prev) && !endsWord(prev) && arabic(next)
}

func arabic(r rune) bool { return unicode.Is(unicode.Arabic, r) && unicode.Is(unicode.Lo, r) }

// endsWord reports the Arabic letters that never join to the next one: after
// them a non-joiner changes nothing, so it could only carry a secret.
func endsWord(r rune) bool {
	switch {
	case 0x622 <= r && r <= 0x625, r == 0x627, r == 0x629, 0x62F <= r && r <= 0x632, r == 0x648,
		0x671 <= r && r <= 0x673, 0x675 <= r && r <= 0x677, 0x688 <= r && r <= 0x699,
		r == 0x6C0, 0x6C3 <= r && r <= 0x6CB, r == 0x6CD, r == 0x6CF, 0x6D2 <= r && r <= 0x6D5,
		r == 0x6EE, r == 0x6EF, r == 0x621, r == 0x674, r > 0x6FF:
		return true
	}
	return false
}

// virama reports the signs that kill a vowel, in the Indic scripts of ten million
// readers or more.
func virama(r rune) bool {
	switch r {
	case 0x94D, 0x9CD, 0xA4D, 0xACD, 0xB4D, 0xBCD, 0xC4D, 0xCCD, 0xD4D, 0xDCA:
		return true
	}
	return false
}

func at(rs []rune, i int) rune {
	if i >= len(rs) {
		return 0
	}
	return rs[i]
}
