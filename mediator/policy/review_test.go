package policy

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestReview(t *testing.T) {
	table := []struct {
		rules []string
		want  []string // of each rule, "" for nothing
	}{
		{[]string{"allow mail -> notes.add", "deny mail -> notes"}, []string{"never applies: rule 2 denies it", "rule 1 never applies beside it"}},
		{[]string{"allow mail -> notes.add", "deny any -> notes.add"}, []string{"never applies: rule 2 denies it", "rule 1 never applies beside it"}},
		{[]string{"allow mail, web -> notes.add", "deny web -> notes"}, []string{"where both fit, rule 2 denies", "wins over rule 1 where both fit"}},
		{[]string{"allow any -> notes.add", "deny web -> notes"}, []string{"where both fit, rule 2 denies", "wins over rule 1 where both fit"}},
		{[]string{"allow web -> notes.add", "deny web/x.org -> notes"}, []string{"where both fit, rule 2 denies", "wins over rule 1 where both fit"}},
		{[]string{"allow web/x.org -> notes.add", "deny web -> notes"}, []string{"never applies: rule 2 denies it", "rule 1 never applies beside it"}},
		{[]string{"allow person -> notes.add", "deny mail -> notes"}, []string{"", ""}},
		{[]string{"allow mail -> notes.add", "deny mail -> notes.delete"}, []string{"", ""}},
		{[]string{"allow mail -> notes.add", "deny mail -> mail"}, []string{"", ""}},
		{[]string{"allow mail -> notes.add", "deny mail -> notes until 2026-12-01"}, []string{"where both fit, rule 2 denies", "wins over rule 1 where both fit"}},
		{[]string{"allow mail -> notes.add until 2026-11-30", "deny mail -> notes until 2026-12-01"}, []string{"never applies: rule 2 denies it", "rule 1 never applies beside it"}},
		{[]string{"allow mail -> notes.add", "deny mail -> notes until 2026-11-01"}, []string{"", "ended on 2026-11-01"}},
		{[]string{`allow mail -> notes.add(to="a")`, `deny mail -> notes.add(to="b")`}, []string{"", ""}},
		{[]string{`allow mail -> notes.add(to="a")`, `deny mail -> notes.add(to="a")`}, []string{"never applies: rule 2 denies it", "rule 1 never applies beside it"}},
		{[]string{`allow mail -> notes.add`, `deny mail -> notes.add(to="a")`}, []string{"where both fit, rule 2 denies", "wins over rule 1 where both fit"}},
		{[]string{"allow mail -> notes.add", "allow mail  →  notes.add"}, []string{"", "says the same as rule 1"}},
		{[]string{"allow mail -> notes.add", "allow mail, web -> notes.add"}, []string{"adds nothing: rule 2 covers it", ""}},
		{[]string{"allow mail -> notes.add until 2027-01-01", "allow mail -> notes.add"}, []string{"adds nothing: rule 2 covers it", ""}},
		{[]string{`allow mail -> notes.add(to="a")`, "allow mail -> notes.add"}, []string{"", ""}}, // only the first answers for `to`
		{[]string{"allow mail -> notes.add", "allow mail -> notes"}, []string{"", ""}},             // only the first names the tool
		{[]string{"allow mail -> notes.add()", "allow mail -> notes.add"}, []string{"adds nothing: rule 2 covers it", ""}},
		{[]string{"deny mail -> notes.add", "deny mail -> notes"}, []string{"adds nothing: rule 2 covers it", ""}},
		{[]string{"deny mail -> notes", "allow mail -> notes.add"}, []string{"rule 2 never applies beside it", "never applies: rule 1 denies it"}},
		{[]string{"allow web, mail -> notes.add", "deny mail -> notes", "allow mail -> notes.add", "allow mail -> notes.delete"},
			[]string{"where both fit, rule 2 denies", "rules 3, 4 never apply beside it", "never applies: rule 2 denies it", "never applies: rule 2 denies it"}},
		{[]string{"deny person -> notes", "deny any -> notes"}, []string{"adds nothing: rule 2 covers it", ""}},
	}
	for _, c := range table {
		got := make([]string, len(c.rules))
		for _, f := range rules(t, c.rules...).Review(today) {
			got[f.Rule.Number-1] = f.String()
		}
		require.Equal(t, c.want, got, "%v", c.rules)
	}
}

// What is said to do nothing does nothing: without the rule, every call is judged
// the same.
func TestARuleThatDoesNothingCanGo(t *testing.T) {
	seen := map[Kind]int{}
	rapid.Check(t, func(t *rapid.T) {
		set := Set(rapid.SliceOfN(anyRule(), 2, 5).Draw(t, "rules"))
		if rapid.Bool().Draw(t, "twice") {
			set = append(set, set[0])
		}
		for i := range set {
			set[i].Number = i + 1
		}
		for _, f := range set.Review(today) {
			seen[f.Kind]++
			if f.Kind == Partly || f.Kind == Wins {
				continue
			}
			var less Set
			for _, r := range set {
				if r.Number != f.Rule.Number {
					less = append(less, r)
				}
			}
			for range 20 {
				q := anyQuery().Draw(t, "query")
				require.Equal(t, allowed(set, q), allowed(less, q), "%s: %s", f.Rule, f)
			}
		}
	})
	for _, k := range []Kind{Ended, Same, Covered, Never, Partly, Wins} {
		require.NotZero(t, seen[k], "the property was never about %d", k)
	}
}

func allowed(s Rules, q Query) string {
	if _, ok := s.Denied(q); ok {
		return "denied"
	}
	if _, ok := s.Allows(q); ok {
		return "allowed"
	}
	return "asked"
}
