package safe

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// hostile draws texts in which runes that do harm are as likely as letters.
func hostile() *rapid.Generator[string] {
	piece := rapid.OneOf(
		rapid.String(),
		rapid.SampledFrom([]string{
			"\x1b[31m", "\x9b", "\u009b", "\r", "\b", "\r\n", "\n", "\t", "\u202e", "\u2066", "\u200b", "\u200c", "\u200d",
			"\ufe0f", "\U000E0100", "\U000E0041\U000E0042", "\u0336", "\u0301\u0301\u0301", "\u3164", "\u1160", "\u1161", "\u1100",
			"\u2800", "\ue000", "\ufffe", "👨", "👍🏽", "🏽", "🇩", "🇪", "❤", "क्", "ष", "کا", "日", "\u3000", "\u00a0", "⟨", "⟩", "\ufdfd", "\x7f",
			"\u0e33", "a", "1", "\u20e3", "\U0001D173", "\u0600", "\U000111C2",
		}),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 6), func(b []byte) string { return string(b) }),
		rapid.Map(rapid.SliceOfN(rapid.Int32Range(0, unicode.MaxRune), 0, 6), func(rs []int32) string { return string(rs) }),
	)
	return rapid.Map(rapid.SliceOfN(piece, 0, 12), func(p []string) string { return strings.Join(p, "") })
}

// holds is what must hold of every text that was made safe.
func holds(t require.TestingT, in, out string) {
	require.True(t, utf8.ValidString(out))
	require.NotContains(t, out, "\r")
	rs := []rune(out)
	for i, r := range rs {
		if r == '\n' || r == '⟨' || r == '⟩' || joinsLetters(rs, i) {
			continue
		}
		require.True(t, visible(r), "%U in %q of %q", r, out, in)
		require.False(t, unicode.In(r, unicode.C, unicode.Bidi_Control, unicode.Zl, unicode.Zp), "%U", r)
	}
	for line := range strings.SplitSeq(out, "\n") {
		require.LessOrEqual(t, ansi.StringWidth(line), Width(line), "%q", line)
		require.LessOrEqual(t, ansi.StringWidthWc(line), Width(line), "%q", line)
		require.Equal(t, line, ansi.Strip(line), "no escape sequence is left")
	}
}

func TestTextIsAlwaysVisible(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := hostile().Draw(t, "in")
		holds(t, in, Text(in))
		line := Line(in)
		holds(t, in, line)
		require.NotContains(t, line, "\n")
	})
}

// What stands before a text can't be changed by it: neither a mark nor a joiner
// at its start reaches over.
func TestTextDoesNotReachBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		out := Line(hostile().Draw(t, "in"))
		if out == "" {
			return
		}
		r, _ := utf8.DecodeRuneInString(out)
		require.False(t, stacks(r), "%U", r)
		require.Equal(t, 1+ansi.StringWidthWc(out), ansi.StringWidthWc("|"+out))
	})
}

func TestPartsCoverTheText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Line(hostile().Draw(t, "in"))
		total := 0
		for rest := s; rest != ""; {
			size, cells := Cell(rest)
			require.Positive(t, size)
			require.LessOrEqual(t, cells, 2*(2*maxMarks+2))
			total += cells
			rest = rest[size:]
		}
		require.Equal(t, total, Width(s))
	})
}

func TestOrdinaryTextHasItsOwnWidth(t *testing.T) {
	for _, s := range []string{"abc", "Größe", "日本語", "한국어", "e\u0301", "🇩🇪", "👍", "Москва", "…→·"} {
		require.Equal(t, ansi.StringWidth(s), Width(s), "%q", s)
	}
	require.Equal(t, 4, Width("👍🏽"), "the wider of two measures")
}

func TestInspectAgreesWithText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := hostile().Filter(func(s string) bool { return !strings.ContainsAny(s, "⟨⟩\ufdfd") }).Draw(t, "in")
		f := Inspect(in)
		if f.Hidden+f.Controls > 0 {
			require.NotEqual(t, in, Text(in), "what was found is marked")
		}
	})
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "a\u202e", "\x1b]0;x\a", tags("pay"), bits("pay", 0x200B, 0x200C), "e\u0301\u0301\u0301\u0301\u0301\u0301", "\xff\xfe", "👨\u200d👩"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		holds(t, s, Text(s))
		holds(t, s, Line(s))
		holds(t, s, Text(Address(s, false)))
		Inspect(s)
		doc, err := json.Marshal(s)
		require.NoError(t, err)
		var before, after string
		require.NoError(t, json.Unmarshal(doc, &before))
		shown := JSON(doc)
		require.NoError(t, json.Unmarshal(shown, &after))
		require.Equal(t, before, after)
		for _, r := range string(shown) {
			require.True(t, visible(r) || ours(r) || oversized(r), "%U", r)
		}
	})
}
