package render

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"secgpt/hub"
	"secgpt/mediator"
	"secgpt/mediator/label"
	"secgpt/tui/safe"
)

// word draws texts as apps that mean harm return them.
func word() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.SampledFrom([]string{
			"", "Project kickoff", "2026-11-26T14:00:00+01:00", "2026-11-26", "https://evil.example/?x=" + strings.Repeat("y", 50),
			"a\nb\n\n  c", "\x1b[2J\x1b]0;x\a", "\u202eabc", "日本語のとても長いテキスト", strings.Repeat("x", 300), "⟨mail⟩", "┃ From mail",
			"कि कि कि", "👍🏽👍🏽👍🏽", strings.Repeat("\u0336", 9), "n no · a once", "\r\n1 no, 2 once", "Added:",
		}),
	)
}

func source() *rapid.Generator[label.Source] {
	return rapid.SampledFrom([]label.Source{"mail", "calendar", "web/" + label.Source(strings.Repeat("long.", 12)) + "example", label.Stdin, "an_app_with_quite_a_name"})
}

func labels() *rapid.Generator[label.Label] {
	return rapid.Map(rapid.SliceOfN(source(), 0, 3), func(s []label.Source) label.Label { return label.Of(s...) })
}

func anything(depth int) *rapid.Generator[label.Value] {
	return rapid.Custom(func(t *rapid.T) label.Value {
		l := labels().Draw(t, "label")
		kind := rapid.IntRange(0, 7).Draw(t, "kind")
		if depth == 0 && kind > 4 {
			kind = 4
		}
		switch kind {
		case 0:
			return label.NullOf(l)
		case 1:
			return label.BoolOf(rapid.Bool().Draw(t, "b"), l)
		case 2:
			return label.IntOf(rapid.Int64().Draw(t, "i"), l)
		case 3:
			return label.Spans(l, label.Span{Text: word().Draw(t, "a"), Label: l}, label.Span{Text: word().Draw(t, "b"), Label: label.Of("mail")})
		case 4:
			return label.TextOf(word().Draw(t, "s"), l)
		case 5:
			return label.ListOf(rapid.SliceOfN(anything(depth-1), 0, 4).Draw(t, "items"), l)
		}
		names := rapid.SliceOfNDistinct(rapid.OneOf(rapid.SampledFrom([]string{
			"id", "title", "start", "end", "location", "from", "subject", "date", "unread", "text", "name", "email", "type", "all_day",
		}), word()), 0, 6, rapid.ID[string]).Draw(t, "names")
		fields := make([]label.Field, len(names))
		for i, n := range names {
			fields[i] = label.Field{Name: n, Value: anything(depth-1).Draw(t, "value")}
		}
		return label.ObjectOf(fields, l)
	})
}

// fits is what must hold of every line.
func fits(t require.TestingT, all []Line, width int) {
	for _, l := range all {
		used := l.Cells()
		if l.Right.Text != "" {
			used += 1 + safe.Width(l.Right.Text)
		}
		require.LessOrEqual(t, used, width, "%q", l.Plain(width))
		for _, r := range append(l.Runs, l.Right) {
			for _, c := range r.Text {
				require.False(t, unicode.Is(unicode.C, c) && c != '\u200c' && c != '\u200d', "%U in %q", c, r.Text)
			}
		}
	}
}

func TestNothingLeavesItsBlock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []hub.Block
		for _, v := range rapid.SliceOfN(anything(3), 0, 5).Draw(t, "values") {
			all = append(all, hub.Block{Value: v})
		}
		o := Options{Width: rapid.IntRange(minWidth, 120).Draw(t, "width")}
		fits(t, Blocks(all, o), o.Width)
		for _, c := range Plain(all, o) {
			require.False(t, unicode.Is(unicode.C, c) && c != '\n' && c != '\u200c' && c != '\u200d', "%U", c)
		}
		Exact(all, o)
	})
}

// An app's lines have the bar, so that none can pass for ours.
func TestAppLinesHaveTheBar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := label.TextOf(word().Draw(t, "s"), label.Of("mail"))
		for _, l := range Blocks([]hub.Block{{Value: v}}, Options{Width: 60}) {
			if !l.Bar {
				require.Equal(t, "  From mail. "+Remark, l.Plain(60))
			}
		}
	})
}

func TestQuestionsShowEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := mediator.Question{Call: mediator.Call{Tool: calendarTool()}, From: labels().Draw(t, "from").Sources(), Leaves: rapid.Bool().Draw(t, "leaves")}
		q.Call.Tool.Roles["to"] = mediator.Destination
		for _, n := range rapid.SliceOfNDistinct(rapid.OneOf(rapid.SampledFrom([]string{"to", "title"}), word()), 0, 4, rapid.ID[string]).Draw(t, "args") {
			q.Args = append(q.Args, mediator.Shown{Arg: mediator.Arg{Name: n, Value: anything(2).Draw(t, "v")}, NotInWords: true, Deciding: rapid.Bool().Draw(t, "d")})
		}
		o := Options{Width: rapid.IntRange(minWidth, 120).Draw(t, "width")}
		all := Question(q, o)
		fits(t, all, o.Width)
		fits(t, Why(q, o), o.Width)
		squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
		shown := ""
		for _, l := range all {
			shown += squeeze(written(l.Runs))
		}
		for _, a := range q.Args {
			if a.Value.Kind() != label.Text || len(a.Value.TextSpans()) > 1 {
				continue
			}
			if _, date := readMoment(a.Value.Str()); !date {
				require.Contains(t, shown, squeeze(strings.TrimRight(safe.Text(a.Value.Str()), "\n")), "every argument is whole")
			}
		}
	})
}

func TestWrapKeepsEveryRune(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := safe.Text(strings.Join(rapid.SliceOfN(word(), 0, 6).Draw(t, "words"), " "))
		width := rapid.IntRange(8, 60).Draw(t, "width")
		got := ""
		for _, l := range wrap([]Run{{Text, s}}, width) {
			require.LessOrEqual(t, cells(l), width)
			got += written(l)
		}
		drop := strings.NewReplacer(" ", "", "\n", "")
		require.Equal(t, drop.Replace(s), drop.Replace(got))
	})
}
