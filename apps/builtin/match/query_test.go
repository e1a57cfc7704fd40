package match

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestAQueryForgivesHowItIsAsked(t *testing.T) {
	const item = "Kestrel Air: your booking KX7M2Q, Berlin to Lisbon. Bob's invoices, mum's rice; the left-handed chair. Besuch, Flugbuchung für Jürgen, party boxes. bob@example.org RAL 3020 2026-11-27 🐈 傘について, a new day"
	for query, want := range map[string]bool{
		"kestrel":                            true,
		"KESTREL booking":                    true,
		`"Kestrel Air"`:                      true,
		"the booking from Kestrel":           true,
		"show me my email about the booking": true,
		"e-mail Kestrel":                     true,
		"bob's invoice":                      true,
		"Bob’s invoices":                     true,
		"bobs invoice":                       true,
		"mums rice":                          true,
		"lisbons":                            true,
		"parties":                            true,
		"box":                                true,
		"boxes":                              true,
		"box's party":                        true,
		"left handed":                        true,
		"left-handed":                        true,
		"handed-left":                        false,
		"lefthanded chair":                   true,
		"party-boxes":                        true,
		"par-ty boxes":                       true,
		"handed chair":                       true,
		"2611":                               false,
		"buchung":                            true,
		"die Buchung von Jürgen":             true,
		"l'invoice":                          true,
		"aujourd'hui kestrel":                true,
		"kestrel mañana":                     true,
		"air":                                true,
		"hai":                                false, // of chair
		"bob@example.org":                    true,
		"ob@example.org":                     false,
		"RAL-3020":                           true,
		"3020":                               true,
		"🐈":                                  true,
		"🐕":                                  false,
		"傘":                                  true,
		"kestrel penguin":                    false,
		"news":                               false,
		"from":                               false, // nothing else is asked for
		"":                                   true,
		"?!":                                 true,
	} {
		q := New(query, "email", "mail")
		require.Equal(t, want, q.All(q.In(TextOf(item))), query)
	}
}

func TestNamesBeginWords(t *testing.T) {
	text := TextOf("Anna Bobby", "sally@example.net")
	for query, want := range map[string]bool{"bob": true, "bobs": false, "ally": false, "sally": true, "anna b": true, "@example.net": true, "mple": false} {
		q := Names(query)
		require.Equal(t, want, q.All(q.In(text)), query)
	}
	require.True(t, Names("Anna's").Whole(text))
	require.False(t, Names("ann").Whole(text))
}

func TestWhatAnotherArgumentSaysIsNotAskedAgain(t *testing.T) {
	q := New("from Bob about soup").Without(TextOf("Bob Keller"))
	require.True(t, q.All(q.In(TextOf("soup"))))
	require.True(t, New("Bob's").Without(TextOf("bob")).Empty())
}

func TestTitled(t *testing.T) {
	require.True(t, New("plan A!").Titled("Plan à"))
	require.False(t, New("plan").Titled("Plan A"))
	require.False(t, New("").Titled(""))
}

// take searches texts, and gives those found.
func take(query string, texts ...string) (found []string, guess string) {
	h := Hits[string]{Query: New(query, "note", "notes")}
	for _, s := range texts {
		h.Add(s, h.Query.In(TextOf(s)))
	}
	return h.Take(func(a, b string) int { return slices.Index(texts, a) - slices.Index(texts, b) })
}

func TestTheNearestAreGivenAndSaid(t *testing.T) {
	mails := []string{"lunch soup", "coffee machine", "kestrel air booking", "air show", "budget floor plan", "kickoff room", "kickoff cake"}
	for query, want := range map[string][]string{
		"kestrel":                       {"kestrel air booking"},
		"kickoff":                       {"kickoff room", "kickoff cake"},
		"booking reference kestrel air": {"kestrel air booking"},
		"lunch penguin":                 {"lunch soup"},
		"kickoff penguin":               {"kickoff room", "kickoff cake"},
		"penguin ostrich emu lunch":     nil, // less than half
		"lunch machine":                 {"lunch soup", "coffee machine"},
		"lunch kickoff":                 {"lunch soup"},
		"penguin":                       nil,
		"penguin ostrich":               nil,
		"penguin ostrich lunch":         {"lunch soup"},
		"notes":                         mails,
		"my notes":                      mails,
	} {
		found, guess := take(query, mails...)
		require.Equal(t, want, found, query)
		require.Equal(t, len(want) > 0 && (strings.Contains(query, " ") || query == "notes"), guess != "", query)
	}
	found, _ := take("red penguin", "red a", "red b", "red c", "red d", "blue", "green")
	require.Empty(t, found, "a word of most items is no reason to give them")
	found, _ = take("red blue green grey dot", "red blue green", "red blue green grey", "a", "b", "c", "d", "e")
	require.Equal(t, []string{"red blue green grey"}, found, "the other is not as good")
	_, guess := take("booking of the reference", mails...)
	require.Equal(t, `nothing has all of the words "booking", "reference"; these have the most`, guess)
	_, guess = take("my notes", mails...)
	require.Equal(t, `nothing has "my", "notes"; this is what there is`, guess)
}

// A text that repeats words is worth no more than one that has them once; and however
// many there are, few are given.
func TestStuffingDoesNotHelp(t *testing.T) {
	stuffed := strings.Repeat("reference number ", 1000)
	found, _ := take("kestrel air booking reference number", stuffed, "kestrel air booking", "a flight")
	require.Equal(t, []string{"kestrel air booking"}, found)
	var mails []string
	for i := range 20 {
		mails = append(mails, fmt.Sprintf("kestrel booking %d", i), fmt.Sprintf("reference %d", i))
	}
	found, _ = take("kestrel booking reference", mails...)
	require.Len(t, found, MaxNear)
	require.Equal(t, "kestrel booking 0", found[0])
}

func TestGuessesAreNotSure(t *testing.T) {
	var g Guesses
	g.Note(true, "a", "b")
	g.Note(false, "b", "c")
	require.ErrorContains(t, g.Sure("note", "a", "The cactus"), `the note "The cactus" was not touched`)
	require.NoError(t, g.Sure("note", "b", ""))
	require.NoError(t, g.Sure("note", "c", ""))
	for i := range 2 * maxGuesses {
		g.Note(true, fmt.Sprint(i))
	}
	require.Len(t, g.ids, maxGuesses)
	require.Error(t, g.Sure("note", fmt.Sprint(2*maxGuesses-1), ""))
}

// Whatever is asked of whatever there is: what has all words is found and nothing else,
// and a guess is small and holds half of the words' weight.
func TestAnyQueryOfAnyItems(t *testing.T) {
	some := rapid.SliceOfN(rapid.SampledFrom([]string{"red", "blue", "green", "the", "note", "reds", "b", "x-ray", "Ü", "🐈", "傘"}), 0, 6)
	rapid.Check(t, func(t *rapid.T) {
		query := strings.Join(some.Draw(t, "query"), " ")
		if rapid.Bool().Draw(t, "odd") {
			query = rapid.String().Draw(t, "any")
		}
		var items []string
		for _, words := range rapid.SliceOfN(some, 0, 12).Draw(t, "items") {
			items = append(items, strings.Join(words, " "))
		}
		q := New(query, "note")
		all := slices.DeleteFunc(slices.Clone(items), func(s string) bool { return !q.All(q.In(TextOf(s))) })
		found, guess := take(query, items...)
		if guess == "" {
			require.ElementsMatch(t, all, found)
			return
		}
		require.Empty(t, all)
		require.NotEmpty(t, found)
		if q.idle {
			require.ElementsMatch(t, items, found)
			return
		}
		require.LessOrEqual(t, len(found), MaxNear)
		for _, s := range found {
			require.NotZero(t, bits.OnesCount64(uint64(q.In(TextOf(s)))))
		}
	})
}

func TestLongQueriesAreBounded(t *testing.T) {
	long := ""
	for i := range 10_000 {
		long += fmt.Sprintf(" word%d", i)
	}
	q := New(long)
	require.Len(t, q.words, maxWords)
	require.True(t, q.All(q.In(TextOf(long))))
	require.LessOrEqual(t, len(q.said()), maxSaid+len("…"))
}
