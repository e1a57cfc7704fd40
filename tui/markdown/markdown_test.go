package markdown

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"secgpt/tui/safe"
)

func TestRender(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want []string
	}{
		"paragraphs":   {"one two three\n\nfour", []string{"one two three", "", "four"}},
		"wraps":        {"alpha beta gamma delta epsilon", []string{"alpha beta gamma", "delta epsilon"}},
		"joins lines":  {"one\ntwo", []string{"one two"}},
		"list":         {"- one\n- two\n  - three", []string{"• one", "• two", "  • three"}},
		"numbers":      {"9. a\n10. b", []string{"9. a", "10. b"}},
		"hanging":      {"- alpha beta gamma delta", []string{"• alpha beta gamma", "  delta"}},
		"code":         {"```\nx :=  1\n```", []string{"  x :=  1"}},
		"code span":    {"a `b  c` d", []string{"a b c d"}},
		"quote":        {"> said", []string{"│ said"}},
		"link":         {"[here](http://a.b)", []string{"here (http://a.b)"}},
		"emphasis":     {"a **b** *c*", []string{"a b c"}},
		"emphasis in":  {"un**frigging**real", []string{"unfriggingreal"}},
		"escaped sign": {`\*not\*`, []string{"*not*"}},
		"html":         {"a <b>c</b>", []string{"a <b>c</b>"}},
		"table":        {"|a|b|\n|-|-|\n|1|22|", []string{"a  b", "1  22"}},
		"long word":    {strings.Repeat("x", 45), []string{strings.Repeat("x", 20), strings.Repeat("x", 20), strings.Repeat("x", 5)}},
		"empty item":   {"-\n- a", []string{"•", "• a"}},
		"control":      {"a\x1b[31mb", []string{"a⟨U+001B⟩[31mb"}},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, Render(c.in, 20, Style{})) })
	}
}

func TestStyleStaysOnItsWords(t *testing.T) {
	st := Style{Bold: func(s string) string { return "<" + s + ">" }}
	require.Equal(t, []string{"a <b>< ><c> d"}, Render("a **b c** d", 20, st))
}

// However the text comes in, the end looks as if it had come at once, unless a
// piece of it was already drawn alone, which only boundary decides.
func TestStreamEndsLikeRender(t *testing.T) {
	b, err := os.ReadFile("testdata/answer.md")
	require.NoError(t, err)
	all := string(b)
	want := Render(all, 40, Style{})
	rapid.Check(t, func(t *rapid.T) {
		var s Stream
		for rest := all; rest != ""; {
			n := min(len(rest), rapid.IntRange(1, 80).Draw(t, "n"))
			s.Add(rest[:n])
			rest = rest[n:]
			s.Lines(40, Style{})
		}
		if got := s.Lines(40, Style{}); strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Fatalf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if s.stable == 0 {
			t.Fatal("nothing was kept")
		}
	})
}

func TestStreamIsBounded(t *testing.T) {
	var s Stream
	s.Add(strings.Repeat("a", maxText+10))
	s.Add("more")
	require.Len(t, s.Text(), maxText)
	require.Equal(t, 14, s.Cut())
}

func TestNothingEscapes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		check(t, rapid.String().Draw(t, "text"), rapid.IntRange(8, 60).Draw(t, "width"))
	})
}

func FuzzRender(f *testing.F) {
	f.Add("# a\n\n- b\n\n```\nc\n```\n\n|a|\n|-|\n", 20)
	f.Add("&#27;[31m &#x202e; <http://\x1b>", 9)
	f.Fuzz(func(t *testing.T, s string, width int) { check(t, s, 8+(width&63)) })
}

type failer interface{ Fatalf(string, ...any) }

// check holds what Render promises: no wider than asked, nothing that steers.
func check(t failer, s string, width int) {
	for _, l := range Render(s, width, Style{}) {
		if safe.Width(l) > width {
			t.Fatalf("%q is wider than %d", l, width)
		}
		for _, r := range l {
			if r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x202e || r == 0x200b {
				t.Fatalf("%U in %q", r, l)
			}
		}
	}
}
