package draft

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"secgpt/mediator/label"
	"secgpt/tui/safe"
)

func TestWordsKeepPastesApart(t *testing.T) {
	var d Draft
	d.Insert("note ")
	d.Paste("first line\nsecond line")
	d.Insert(" please")
	require.Equal(t, []label.Span{
		{Text: "note ", Label: label.Person()},
		{Text: "first line\nsecond line", Label: label.Of(label.Paste)},
		{Text: " please", Label: label.Person()},
	}, d.Words())
}

func TestPasteThatCountsAsTyped(t *testing.T) {
	for name, c := range map[string]struct {
		paste string
		typed bool
	}{
		"short":           {"bob@example.org", true},
		"eighty":          {strings.Repeat("x", 80), true},
		"eighty-one":      {strings.Repeat("x", 81), false},
		"two lines":       {"a\nb", false},
		"old line end":    {"a\rb", false},
		"a final newline": {"a\n", false},
		"hidden":          {"bob\u200b@example.org", false},
		"tags":            {"hi\U000E0041\U000E0042", false},
		"escape":          {"\x1b]0;x\a", false},
		"letters beyond":  {"Grüße nach Łódź", true},
	} {
		t.Run(name, func(t *testing.T) {
			var d Draft
			require.True(t, d.Paste(c.paste))
			require.Len(t, d.Words(), 1)
			require.Equal(t, c.typed, d.Words()[0].Label.Empty())
		})
	}
}

func TestPasteLimits(t *testing.T) {
	var d Draft
	require.False(t, d.Paste(strings.Repeat("x", maxPaste+1)))
	require.True(t, d.Empty())
	for range maxChips {
		require.True(t, d.Paste("a\nb"))
	}
	require.False(t, d.Paste("a\nb"))
}

// Whatever is pressed, a byte of a long paste never counts as typed, and what is
// typed never counts as pasted.
func TestPastesNeverMixWithKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var d Draft
		keys := []func(){
			d.Backspace, d.Delete, d.KillWord, d.KillStart, d.KillEnd, d.Left, d.Right, d.WordLeft,
			d.WordRight, d.Home, d.End, func() { d.Up(9) }, func() { d.Down(9) },
			func() { d.Insert("k") }, func() { d.Insert("k k") }, func() { d.Insert("\n") }, func() { d.Insert("\u0301") },
			func() { d.Paste("P\nP") }, func() { d.Older() }, func() { d.Newer() }, func() { d.Take() },
			d.Search, func() { d.SearchType("k") }, func() { d.SearchDone(true) },
		}
		for range rapid.IntRange(1, 60).Draw(t, "keys") {
			keys[rapid.IntRange(0, len(keys)-1).Draw(t, "key")]()
			for _, w := range d.Words() {
				if strings.Contains(w.Text, "P") == w.Label.Empty() {
					t.Fatalf("%q is labelled %q", w.Text, w.Label)
				}
			}
			lines, x, y := d.Lines(9)
			if y >= len(lines) || x > 9 {
				t.Fatalf("cursor at %d,%d of %d lines", x, y, len(lines))
			}
		}
	})
}

func TestLines(t *testing.T) {
	var d Draft
	d.Insert("add the invitation from Bob")
	lines, x, y := d.Lines(10)
	require.Equal(t, []string{"add the ", "invitation", " from Bob"}, flatten(lines))
	require.Equal(t, []int{9, 2}, []int{x, y})

	d.Clear()
	d.Insert("a\n")
	lines, x, y = d.Lines(10)
	require.Equal(t, []string{"a", ""}, flatten(lines))
	require.Equal(t, []int{0, 1}, []int{x, y})

	d.Clear()
	d.Paste("1\n2\n3\n")
	d.Insert(" x")
	lines, _, _ = d.Lines(40)
	require.Equal(t, []Piece{{"[paste 3 lines]", true}, {" x", false}}, lines[0])
}

func TestLinesNeverWiderThanAsked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var d Draft
		d.Insert(rapid.StringN(0, 60, -1).Draw(t, "text"))
		width := rapid.IntRange(4, 30).Draw(t, "width")
		lines, _, _ := d.Lines(width)
		for _, l := range flatten(lines) {
			if safe.Width(strings.TrimRight(l, " ")) > width {
				t.Fatalf("%q is wider than %d", l, width)
			}
		}
	})
}

func TestHistory(t *testing.T) {
	var d Draft
	d.Insert("one")
	d.Take()
	d.Insert("two")
	d.Take()
	d.Insert("mine")
	require.True(t, d.Older())
	require.Equal(t, "two", d.Text())
	require.True(t, d.Older())
	require.False(t, d.Older())
	require.Equal(t, "one", d.Text())
	require.True(t, d.Newer())
	require.True(t, d.Newer())
	require.Equal(t, "mine", d.Text())
	require.False(t, d.Newer())
}

func TestEditingAnOldRequestKeepsTheOldOne(t *testing.T) {
	var d Draft
	d.Insert("e")
	d.Take()
	d.Older()
	d.Insert("\u0301")
	require.Equal(t, "e\u0301", d.Text())
	d.Clear()
	d.Older()
	require.Equal(t, "e", d.Text())
}

func TestSearch(t *testing.T) {
	var d Draft
	for _, s := range []string{"mail Bob", "note milk", "mail Eve"} {
		d.Insert(s)
		d.Take()
	}
	d.Search()
	d.SearchType("MAIL")
	lines, _, _ := d.Lines(60)
	require.Contains(t, flatten(lines)[0], "mail Eve")
	d.Search()
	d.SearchDone(true)
	require.Equal(t, "mail Bob", d.Text())
}

func flatten(lines [][]Piece) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		for _, p := range l {
			out[i] += p.Text
		}
	}
	return out
}
