package hub

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatCanBeTakenBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "undo.jsonl")
	u := &undoList{path: path, keep: true}
	_, err := u.find(0)
	require.ErrorContains(t, err, "nothing to take back")
	for i, token := range []string{"a", "b", "c"} {
		require.NoError(t, u.add(change{N: i + 1, App: "notes", Tool: "add", Token: token}))
	}
	// Another process sees the same list.
	u = &undoList{path: path, keep: true}
	last, err := u.find(0)
	require.NoError(t, err)
	require.Equal(t, "c", last.Token)
	require.NoError(t, u.done(last))
	before, err := u.find(0)
	require.NoError(t, err)
	require.Equal(t, "b", before.Token, "what was taken back came up again")
	first, err := u.find(1)
	require.NoError(t, err)
	require.Equal(t, "a", first.Token)
	_, err = u.find(3)
	require.ErrorContains(t, err, "taken back already")
	_, err = u.find(9)
	require.ErrorContains(t, err, "no change 9")
}

func TestAPrivateSessionKeepsNoList(t *testing.T) {
	path := filepath.Join(t.TempDir(), "undo.jsonl")
	u := &undoList{path: path}
	require.NoError(t, u.add(change{N: 1, Token: "a"}))
	got, err := u.find(0)
	require.NoError(t, err)
	require.Equal(t, "a", got.Token)
	require.NoFileExists(t, path)
}
