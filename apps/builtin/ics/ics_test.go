package ics

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func parse(t *testing.T, text string) *Component {
	t.Helper()
	roots, err := Parse(text, Limits{})
	require.NoError(t, err)
	require.Len(t, roots, 1)
	return roots[0]
}

func TestLinesAndValues(t *testing.T) {
	c := parse(t, "begin:vevent\r\nSummary;LANGUAGE=de:Gro\r\n ße\r\n\t Runde\\, n\\nach\\;her\\\\\r\n\r\n"+
		"ATTENDEE;CN=\"Doe: Jane; Dr\";ROLE=CHAIR;X=a^'b^^c^nd:mailto:jane@example.org\nX-BROKEN;CN=\"open:value\r\nEND:VEVENT")
	require.Equal(t, "VEVENT", c.Name)
	require.True(t, c.Ended)
	require.Equal(t, "Große Runde, n\nach;her\\", c.Text("SUMMARY"))
	p, _ := c.Get("ATTENDEE")
	require.Equal(t, "mailto:jane@example.org", p.Value())
	require.Equal(t, "Doe: Jane; Dr", p.Param("cn"))
	require.Equal(t, "CHAIR", p.Param("ROLE"))
	require.Equal(t, "a\"b^c\nd", p.Param("X"))
	require.Empty(t, p.Param("NONE"))
	broken, _ := c.Get("X-BROKEN")
	require.Equal(t, "value", broken.Value())
}

func TestDamageIsSteppedOver(t *testing.T) {
	roots, err := Parse("junk\nEND:NOTHING\nBEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nno line\nBEGIN:VALARM\nBEGIN:VEVENT\nUID:2\nEND:VEVENT\nEND:VCALENDAR\nBEGIN:VCALENDAR\n", Limits{})
	require.NoError(t, err)
	require.Len(t, roots, 2)
	events := roots[0].Children
	require.Len(t, events, 2)
	require.False(t, events[0].Ended)
	require.Equal(t, 1, events[0].Odd)
	require.True(t, events[1].Ended)
	require.Equal(t, "2", events[1].Text("UID"))
	require.True(t, roots[0].Ended)
	require.False(t, roots[1].Ended)
}

func TestLimits(t *testing.T) {
	for want, c := range map[string]struct {
		text string
		lim  Limits
	}{
		"more than 2 lines":    {"A:1\nB:2\nC:3", Limits{Lines: 2}},
		"a line of 6 bytes":    {"A:12\n 34", Limits{Line: 5}},
		"more than 1 parts":    {"BEGIN:A\nEND:A\nBEGIN:A\nEND:A", Limits{Components: 1}},
		"nested deeper than 2": {"BEGIN:A\nBEGIN:A\nBEGIN:A", Limits{Depth: 2}},
		"UTF-16":               {"\xfe\xff\x00B", Limits{}},
	} {
		_, err := Parse(c.text, c.lim)
		require.ErrorContains(t, err, want)
	}
}

func TestFoldNeverCutsARune(t *testing.T) {
	line := "SUMMARY:" + strings.Repeat("größe 日本", 40)
	folded := Fold(line, "\r\n")
	for l := range strings.SplitSeq(strings.TrimSuffix(folded, "\r\n"), "\r\n") {
		require.LessOrEqual(t, len(l), foldAt)
		require.True(t, strings.ToValidUTF8(l, "") == l)
	}
	require.Equal(t, line, parse(t, "BEGIN:X\r\n"+folded+"END:X").Props[0].Line())
}

func TestEscapeIsReadBack(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := rapid.StringOf(rapid.RuneFrom([]rune("a\\;,:\"^nN'ü\n \t"))).Draw(r, "s")
		text := "BEGIN:X\n" + Fold("P;Q="+EscapeParam(s)+":"+Escape(s), "\n") + "END:X\n"
		p := parse(t, text).Props[0]
		if p.Text() != s {
			r.Fatalf("%q was read back as %q", s, p.Text())
		}
		// A parameter loses blanks at its ends, which no name has.
		if strings.TrimSpace(s) == s && p.Param("Q") != s {
			r.Fatalf("parameter %q was read back as %q", s, p.Param("Q"))
		}
	})
}

// Whatever is edited in a component, the rest of the text keeps its bytes.
func TestEditsKeepTheRest(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		eol := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(r, "eol")
		names := rapid.SliceOf(rapid.SampledFrom([]string{"A", "B;X=1", "C", "D"})).Draw(r, "names")
		var body strings.Builder
		for _, n := range names {
			body.WriteString(n + ":one" + eol + " two" + eol)
		}
		alarm := rapid.SampledFrom([]string{"", "BEGIN:VALARM" + eol + "A:alarm" + eol + "END:VALARM" + eol}).Draw(r, "alarm")
		before, after := "BEGIN:V"+eol+"X:1"+eol, "BEGIN:E"+eol+"A:2"+eol+"END:E"+eol+"END:V"+eol
		text := before + "BEGIN:E" + eol + body.String() + alarm + "END:E" + eol + after
		c := parse(t, text).Children[0]
		edit := Edit{Set: []Line{{"A", "A:new"}, {"Z", "Z:new"}}, Drop: []string{"C"}, Add: []string{"D:added"}}
		got := text[:c.Start] + edit.Apply(text, c) + text[c.End:]
		if !strings.HasPrefix(got, before) || !strings.HasSuffix(got, alarm+"END:E"+eol+after) {
			r.Fatalf("other bytes changed: %q", got)
		}
		now := parse(t, got).Children[0]
		count := func(c *Component, n string) int { return len(c.All(n)) }
		if count(now, "A") != 1 || now.Text("A") != "new" || now.Text("Z") != "new" || count(now, "C") != 0 ||
			count(now, "B") != count(c, "B") || count(now, "D") != count(c, "D")+1 {
			r.Fatalf("wrong properties: %q", got)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY;X=\"a:b\":c\r\n d\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
	f.Add("BEGIN:A\n \nEND:A\nEND:A;:\n;=:")
	f.Fuzz(func(t *testing.T, text string) {
		roots, err := Parse(text, Limits{Depth: 10})
		if err != nil {
			return
		}
		var walk func(c *Component, from, to int)
		walk = func(c *Component, from, to int) {
			require.True(t, from <= c.Start && c.Start <= c.End && c.End <= to, "a part stands outside the one around it")
			for _, p := range c.Props {
				require.True(t, c.Start <= p.Start && p.Start < p.End && p.End <= c.End)
				_, _, _ = p.Text(), p.Param("TZID"), p.Param("CN")
			}
			at := c.Start
			for _, child := range c.Children {
				walk(child, at, c.End)
				at = child.End
			}
			if c.Ended {
				Edit{Set: []Line{{"UID", "UID:1"}}, Drop: []string{"X"}}.Apply(text, c)
			}
		}
		at := 0
		for _, c := range roots {
			walk(c, at, len(text))
			at = c.End
		}
	})
}
