package memory

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/mediator/label"
)

func told(t *testing.T, f Facts) (all []string) {
	facts, could, err := f.All()
	require.NoError(t, err)
	for _, x := range facts {
		all = append(all, fmt.Sprintf("%d %s (%s) by %s", x.N, x.Text.Str(), x.Text.All(), x.By))
	}
	return append(all, "could "+could.String())
}

func TestFactsAreKeptEditedAndForgotten(t *testing.T) {
	dir := t.TempDir()
	f := FactsOf(filepath.Join(dir, "app"), dir)
	require.Equal(t, []string{"could "}, told(t, f))
	_, err := f.Add(label.TextOf("likes the aisle", label.Person()), "", "person", noon)
	require.NoError(t, err)
	n, err := f.Add(label.Spans(label.Of("travel"), label.Span{Text: "pays with ", Label: label.Of("travel")}, label.Span{Text: "VISASECRET", Label: label.Of("mail")}), "5f0c", "model", noon)
	require.NoError(t, err)
	require.Equal(t, 2, n)
	require.NoError(t, f.Could(label.Of("mail")))
	require.NoError(t, f.Could(label.Of("notes")))
	require.Equal(t, []string{"1 likes the aisle () by person", "2 pays with VISASECRET (mail, travel) by model", "could mail, notes"}, told(t, f))
	info, err := os.Stat(f.dir.path(factsName))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	require.NoError(t, f.Edit(1, "likes the window", noon))
	require.NoError(t, f.Forget(2))
	require.ErrorContains(t, f.Forget(2), "nothing with the number 2")
	require.Equal(t, []string{"1 likes the window () by person", "could mail, notes"}, told(t, f))
	data, err := os.ReadFile(f.dir.path(factsName))
	require.NoError(t, err)
	require.NotContains(t, string(data), "VISASECRET", "what was forgotten is still on the disk")
	require.NotContains(t, string(data), "aisle")
	n, err = f.Add(label.TextOf("x", label.Person()), "", "person", noon)
	require.NoError(t, err)
	require.Equal(t, 3, n, "a number is never used again")
	require.NoError(t, f.ForgetAll())
	require.NoError(t, f.ForgetAll())
	require.Equal(t, []string{"could "}, told(t, f))
}

func TestFactsAreBoundedAndReadStrictly(t *testing.T) {
	dir := t.TempDir()
	f := FactsOf(filepath.Join(dir, "app"), dir)
	for text, want := range map[string]string{"": "nothing to remember", " \n": "nothing to remember", strings.Repeat("x", MaxFact+1): "300 at most"} {
		_, err := f.Add(label.TextOf(text, label.Person()), "", "person", noon)
		require.ErrorContains(t, err, want)
	}
	var all sync.WaitGroup // several processes take turns by the same lock
	for range MaxFacts {
		all.Go(func() {
			_, err := FactsOf(filepath.Join(dir, "app"), dir).Add(label.TextOf("x", label.Of("mail")), "", "model", noon)
			require.NoError(t, err)
		})
	}
	all.Wait()
	_, err := f.Add(label.TextOf("x", label.Person()), "", "person", noon)
	require.ErrorIs(t, err, ErrFull)
	facts, _, err := f.All()
	require.NoError(t, err)
	require.Len(t, facts, MaxFacts)
	require.Equal(t, MaxFacts, facts[MaxFacts-1].N, "two got one number")

	// An app of that name that is added later did not give it.
	require.NoError(t, In(dir).Retire("mail", noon))
	facts, _, err = f.All()
	require.NoError(t, err)
	require.Equal(t, "unknown", facts[0].Text.All().String())

	path := f.dir.path(factsName)
	require.NoError(t, os.Chmod(path, 0o606))
	_, _, err = f.All()
	require.ErrorContains(t, err, "can be written by others")
	require.NoError(t, os.Chmod(path, 0o600))
	for _, text := range []string{`{"next":1,"facts":[{"n":1,"v":{"from":[[]],"v":{"l":1,"i":1}}}]}`, `{"ne`, ``, `{"next":2,"facts":[{"n":1}]}`} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, _, err = f.All()
		require.ErrorContains(t, err, "can't be read", text)
	}
}
