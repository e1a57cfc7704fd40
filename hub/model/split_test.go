package model

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestSplit(t *testing.T) {
	const p = "m = mail.search(unread = True)\nreply(m)"
	cases := map[string]struct{ answer, text, plan string }{
		"a fence":             {"```\n" + p + "\n```", "", p},
		"a name":              {"```python\n" + p + "\n```\n", "", p},
		"another name":        {"```starlark title\n" + p + "\n```", "", p},
		"text before":         {"Here it is:\n\n```\n" + p + "\n```", "Here it is:", p},
		"chatter after":       {"```\n" + p + "\n```\nThis plan searches.", "", p},
		"no end":              {"```\n" + p, "", p},
		"no fence":            {p, "", p},
		"no fence, text":      {"Sure.\n\n" + p + "\n", "Sure.", p},
		"no fence, an if":     {"if len(xs) > 0:\n    reply(xs[0].a)\nelse:\n    reply(1)\n", "", "if len(xs) > 0:\n    reply(xs[0].a)\nelse:\n    reply(1)"},
		"several lines":       {"calendar.create_event(\n    title = \"x\",\n)\nreply(1)", "", "calendar.create_event(\n    title = \"x\",\n)\nreply(1)"},
		"windows":             {"```\r\nreply(1)\r\n```\r\n", "", "reply(1)"},
		"indented in a fence": {"```\nif x:\n    reply(1)\n```", "", "if x:\n    reply(1)"},
		"words":               {"Goethe (1749-1832) wrote Faust.\n", "Goethe (1749-1832) wrote Faust.", ""},
		"words with a sum":    {"x = 5 is the solution.\nIt is a prime.", "x = 5 is the solution.\nIt is a prime.", ""},
		"a program":           {"Like this:\n```python\ndef f():\n    print(1)\n```\n", "Like this:\n```python\ndef f():\n    print(1)\n```", ""},
		"a shell line":        {"```sh\ncp a b\n```", "```sh\ncp a b\n```", ""},
		"a shell line, plan":  {"```sh\ncp a b\n```\n```\nreply(1)\n```", "```sh\ncp a b\n```", "reply(1)"},
		"two plans":           {"```\nreply(1)\n```\n```\nreply(2)\n```", "", "reply(1)"},
		"nothing":             {"", "", ""},
		"only a fence":        {"```\n```", "```\n```", ""},
		"fenced words":        {"```\nhello\n```", "```\nhello\n```", ""},
	}
	text, plan := Split("```python\nwith open(\"a\") as f:\n    todo.add(items=f.readlines())\n```", func(full string) bool { return full == "todo.add" })
	require.Empty(t, text, "a program that calls a tool is meant as a plan")
	require.Contains(t, plan, "with open")
	_, plan = Split("```python\nfrom datetime import datetime\nreply(datetime.now())\n```", nil)
	require.NotEmpty(t, plan, "no program replies")
	for name, c := range cases {
		text, plan := Split(c.answer, nil)
		require.Equal(t, c.text, text, name)
		require.Equal(t, c.plan, plan, name)
	}
}

func TestTextStreamsAndAPlanDoesNot(t *testing.T) {
	var seen []string
	s := NewStream(func(p string) { seen = append(seen, p) }, nil)
	for _, piece := range []string{"Let ", "me look.\n", "``", "`\nreply", "(1)\n``", "`"} {
		s.Write(piece)
	}
	text, plan := s.End()
	require.Equal(t, []string{"Let ", "me look.\n"}, seen)
	require.Equal(t, "Let me look.", text)
	require.Equal(t, "reply(1)", plan)

	seen = nil
	s = NewStream(func(p string) { seen = append(seen, p) }, nil)
	for _, piece := range []string{"m", "ail", ".search", "(query", " = 1)\nreply(2)"} {
		s.Write(piece)
	}
	_, plan = s.End()
	require.Empty(t, seen)
	require.Equal(t, "mail.search(query = 1)\nreply(2)", plan)
}

var pieces = []string{"a", "A b", "mail", ".search", "(", ")", "=", " ", "\n", "```", "`", "reply(1)", "if x:", "for", ",", "[0]",
	"x = 1\n", "def f():\n", "python", "\r\n", "#", "    ", "else:\n", "ü"}

// However an answer is cut into pieces, what streamed is the text that Split finds.
func TestStreamAgreesWithSplit(t *testing.T) {
	plans, texts := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 14).Draw(t, "parts")
		if rapid.Bool().Draw(t, "fenced") {
			parts = slices.Concat([]string{"```\n"}, parts, []string{"\nreply(1)\n```"})
		}
		streams(t, strings.Join(parts, ""), func(n int) int { return rapid.IntRange(1, n).Draw(t, "n") })
		if _, plan := Split(strings.Join(parts, ""), nil); plan != "" {
			plans++
		} else {
			texts++
		}
	})
	require.NotZero(t, plans)
	require.NotZero(t, texts)
}

func streams(t require.TestingT, answer string, next func(int) int) {
	var seen strings.Builder
	s := NewStream(func(p string) { seen.WriteString(p) }, nil)
	for rest := answer; rest != ""; {
		n := next(len(rest))
		s.Write(rest[:n])
		rest = rest[n:]
	}
	text, plan := s.End()
	wantText, wantPlan := Split(answer, nil)
	require.Equal(t, wantText, text)
	require.Equal(t, wantPlan, plan)
	require.Equal(t, wantText, strings.TrimSpace(seen.String()))
}

func FuzzSplit(f *testing.F) {
	f.Add("```\nreply(1)\n```", 3)
	f.Add("x, y = f()\r\nreply(x)", 1)
	f.Fuzz(func(t *testing.T, answer string, n int) {
		if len(answer) > 1000 || n < 1 {
			return
		}
		streams(t, answer, func(left int) int { return min(n, left) })
	})
}
