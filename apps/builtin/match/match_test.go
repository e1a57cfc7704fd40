package match

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWordsForgiveCaseAndAccents(t *testing.T) {
	for s, want := range map[string][]string{
		"Jürgen Müller-Lüdenscheidt": {"jurgen", "muller", "ludenscheidt"},
		"Ju\u0308rgen":               {"jurgen"},
		"Straße ØRSTED Łódź":         {"strasse", "orsted", "lodz"},
		"ἈΘΗΝΆ Ёлка":                {"αθηνα", "елка"},
		"bob@example.org":            {"bob", "example", "org"},
		"İstanbul ﬁne ｆｕｌｌ":          {"istanbul", "fine", "full"},
		" ,;- ":                      {},
	} {
		require.Equal(t, want, append([]string{}, Words(s)...))
	}
}
