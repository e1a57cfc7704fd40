package mail

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/apps/builtin/apptest"
)

// subjects of what a search finds, in its order, and what it says.
func (b *box) subjects(in args) (found, problems []string) {
	b.t.Helper()
	out := search(b.t, b.client(), in)
	found = []string{}
	for _, m := range out.Result {
		found = append(found, m.Subject)
	}
	return found, out.Problems
}

// delivered has mails of five days, the oldest first.
func delivered(t *testing.T) *box {
	b := newBox(t)
	for i, m := range []struct{ from, to, subject, body string }{
		{"Kestrel Air <bookings@kestrel.example.com>", "me@example.org", "Your booking KX7M2Q", "Berlin to Lisbon"},
		{"Bob Keller <bob@example.org>", "Alice Ahmed <alice@example.net>, me@example.org", "Kickoff", "bring the invoices and a chair"},
		{"Alice Ahmed <alice@example.net>", "team@example.org\nCc: Bob Keller <bob@example.org>", "Repair", "the invoice of the chair"},
		{"Weekly <hello@weekly.example.net>", "me@example.org", "A history of the teapot", "pages of it"},
		{"Mallory <mallory@example.net>", "me@example.org", "Air", strings.Repeat("air reference ", 500)},
	} {
		date := time.Date(2026, 11, 20+i, 23, 30, 0, 0, time.Local).Format(time.RFC1123Z)
		b.put("S", fmt.Sprintf("From: %s\nTo: %s\nSubject: %s\nDate: %s\n\n%s\n", m.from, m.to, m.subject, date, m.body))
	}
	return b
}

func TestSearchForgivesTheWords(t *testing.T) {
	b := delivered(t)
	for query, want := range map[string][]string{
		"from Bob":                      {"Kickoff"},
		"mails from Bob":                {"Kickoff"},
		"latest email about the teapot": {"A history of the teapot"},
		`"Bob's invoice"`:               {"Kickoff"},
		"invoice":                       {"Repair", "Kickoff"},
		"bob@example.org":               {"Kickoff"},
		"die Buchung KX7M2Q":            nil, // one of two words, which no other mail has either
		"air":                           {"Air", "Your booking KX7M2Q"},
		"booking lisbon":                {"Your booking KX7M2Q"},
		"penguins":                      {},
	} {
		got, problems := b.subjects(args{"query": query})
		if want == nil {
			require.Equal(t, []string{"Your booking KX7M2Q"}, got, query)
			require.Equal(t, []string{`nothing has all of the words "buchung", "kx7m2q"; these have the most`}, problems)
			continue
		}
		require.Equal(t, want, got, query)
		require.Empty(t, problems, query)
	}
}

func TestSearchGivesTheNearest(t *testing.T) {
	b := delivered(t)
	got, problems := b.subjects(args{"query": "booking number kestrel air lisbon reference"})
	require.Equal(t, []string{"Your booking KX7M2Q"}, got, "a mail that repeats two of the words is not above it")
	require.Len(t, problems, 1)
	require.Contains(t, problems[0], `nothing has all of the words "booking", "number"`)
	got, _ = b.subjects(args{"query": "kickoff penguins", "sender": "Alice"})
	require.Empty(t, got, "a guess is held to the other arguments")
	got, problems = b.subjects(args{"query": "my mails", "limit": 2})
	require.Equal(t, []string{"Air", "A history of the teapot"}, got)
	require.Contains(t, problems[0], "this is what there is")
	for i := range 30 {
		b.put("S", b.letter("x@example.org", fmt.Sprint("booking paper ", i), "x"))
	}
	got, _ = b.subjects(args{"query": "kestrel booking paper"})
	require.LessOrEqual(t, len(got), 5)
}

func TestSearchByArguments(t *testing.T) {
	b := delivered(t)
	for name, c := range map[string]struct {
		in   args
		want []string
	}{
		"until a date":              {args{"until": "2026-11-21"}, []string{"Kickoff", "Your booking KX7M2Q"}},
		"until a moment":            {args{"until": "2026-11-21T23:29"}, []string{"Your booking KX7M2Q"}},
		"until that very moment":    {args{"until": "2026-11-21T23:30"}, []string{"Kickoff", "Your booking KX7M2Q"}},
		"one day":                   {args{"since": "2026-11-21", "until": "2026-11-21"}, []string{"Kickoff"}},
		"to a name":                 {args{"to": "Alice"}, []string{"Kickoff"}},
		"to a name of Cc":           {args{"to": "Bob's"}, []string{"Repair"}},
		"to an address":             {args{"to": "alice@example.net"}, []string{"Kickoff"}},
		"to nobody":                 {args{"to": "lice"}, []string{}},
		"to me":                     {args{"to": "me", "limit": 1}, []string{"Air"}},
		"the sender said twice":     {args{"sender": "bob@example.org", "query": "from Bob"}, []string{"Kickoff"}},
		"the recipient said twice":  {args{"to": "Alice Ahmed", "query": "kickoff to Alice"}, []string{"Kickoff"}},
		"a date said twice":         {args{"until": "2026-11-21", "query": "kickoff until Nov 21, 2026"}, []string{"Kickoff"}},
		"a sender with a genitive":  {args{"sender": "Bob's"}, []string{"Kickoff"}},
		"a sender who is not there": {args{"sender": "Bob Ahmed"}, []string{}},
	} {
		got, problems := b.subjects(c.in)
		require.Equal(t, c.want, got, name)
		require.Empty(t, problems, name)
	}
	cs := b.client()
	for in, want := range map[string]string{
		`{"until":"soon"}`: `until is "soon", which is no date`,
		`{"since":"2026-11-22","until":"2026-11-21"}`: "until 2026-11-21 is before since 2026-11-22",
	} {
		said, failed := apptest.Call(t, cs, "search", in)
		require.True(t, failed)
		require.Contains(t, said, want)
	}
}
