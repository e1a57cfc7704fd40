package builtin

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// store is a world of objects in a folder, as apps have it.
type store struct{ dir string }

func (s store) current(object string) (Content, error) {
	b, err := os.ReadFile(filepath.Join(s.dir, object))
	if os.IsNotExist(err) {
		return Content{}, nil
	}
	return Present(b), err
}

func (s store) restore(object string, c Content) error {
	if !c.Exists {
		return os.Remove(filepath.Join(s.dir, object))
	}
	return WriteFile(filepath.Join(s.dir, object), c.Bytes)
}

// change makes a change as an app does: keep, then write.
func change(t *testing.T, j *Journal, s store, object string, after Content) string {
	t.Helper()
	before, err := s.current(object)
	require.NoError(t, err)
	token, err := j.Keep(object, before, after)
	require.NoError(t, err)
	require.NoError(t, s.restore(object, after))
	return token
}

func TestUndo(t *testing.T) {
	old, changed := Present([]byte("old")), Present([]byte("new"))
	for _, c := range []struct {
		name          string
		before, after Content
	}{
		{"create", Content{}, changed},
		{"update", old, changed},
		{"delete", old, Content{}},
		{"from empty", Present([]byte{}), changed},
	} {
		t.Run(c.name, func(t *testing.T) {
			j, s := NewJournal(t.TempDir()), store{t.TempDir()}
			if c.before.Exists {
				require.NoError(t, s.restore("o", c.before))
			}
			token := change(t, j, s, "o", c.after)
			u, err := j.Undo(token, false, s.current, s.restore)
			require.NoError(t, err)
			require.Equal(t, Undone{Object: "o", Done: true}, u)
			now, err := s.current("o")
			require.NoError(t, err)
			require.True(t, now.Equal(c.before))

			u, err = j.Undo(token, true, s.current, s.restore)
			require.NoError(t, err)
			require.Equal(t, Undone{Object: "o", Already: true}, u)
		})
	}
}

func TestUndoOfAnObjectThatChangedSince(t *testing.T) {
	j, s := NewJournal(t.TempDir()), store{t.TempDir()}
	require.NoError(t, s.restore("o", Present([]byte("one"))))
	token := change(t, j, s, "o", Present([]byte("two")))
	require.NoError(t, s.restore("o", Present([]byte("three"))))

	u, err := j.Undo(token, false, s.current, s.restore)
	require.NoError(t, err)
	require.Equal(t, Undone{Object: "o", Changed: true, Now: "three", Before: "one"}, u)
	now, _ := s.current("o")
	require.Equal(t, "three", string(now.Bytes), "nothing may be done without force")

	u, err = j.Undo(token, true, s.current, s.restore)
	require.NoError(t, err)
	require.True(t, u.Done)
	now, _ = s.current("o")
	require.Equal(t, "one", string(now.Bytes))
}

// A power cut between the undo and its mark must not make the undo look refused.
func TestUndoTwiceAfterACut(t *testing.T) {
	j, s := NewJournal(t.TempDir()), store{t.TempDir()}
	token := change(t, j, s, "o", Present([]byte("new")))
	require.NoError(t, s.restore("o", Content{}))
	u, err := j.Undo(token, false, s.current, s.restore)
	require.NoError(t, err)
	require.True(t, u.Done)
}

func TestJournalFilesArePrivate(t *testing.T) {
	dir := t.TempDir()
	j := NewJournal(dir)
	token, err := j.Keep("o", Content{}, Present([]byte("x")))
	require.NoError(t, err)
	info, err := os.Stat(filepath.Join(dir, "undo", token+".json"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
}

func TestUndoRefusesForeignTokens(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x.json"), []byte(`{"object":"o"}`), 0o600))
	j, s := NewJournal(dir), store{dir}
	for _, token := range []string{"", "../x", "x", strings.Repeat("A", 32), strings.Repeat("a", 64)} {
		_, err := j.Undo(token, true, s.current, s.restore)
		require.ErrorContains(t, err, "no change has the token", token)
	}
	_, err := j.Undo(strings.Repeat("a", 32), false, s.current, s.restore)
	require.ErrorContains(t, err, "can no longer be undone")
}

func TestJournalIsBounded(t *testing.T) {
	dir := t.TempDir()
	j := NewJournal(dir)
	_, err := j.Keep("o", Content{}, Present(make([]byte, maxObject+1)))
	require.ErrorContains(t, err, "too large")

	require.NoError(t, os.MkdirAll(filepath.Join(dir, "undo"), 0o700))
	old := strings.Repeat("0", 31)
	for i := range maxKept + 20 {
		name := filepath.Join(dir, "undo", old[:28]+string([]byte{hexDigit(i >> 12), hexDigit(i >> 8), hexDigit(i >> 4), hexDigit(i)})+".json")
		require.NoError(t, os.WriteFile(name, []byte("{}"), 0o600))
	}
	token, err := j.Keep("o", Content{}, Present([]byte("x")))
	require.NoError(t, err)
	files, err := os.ReadDir(filepath.Join(dir, "undo"))
	require.NoError(t, err)
	require.Len(t, files, maxKept)
	require.FileExists(t, filepath.Join(dir, "undo", token+".json"))
	require.NoFileExists(t, filepath.Join(dir, "undo", old[:28]+"0000.json"))
}

func hexDigit(i int) byte { return "0123456789abcdef"[i&15] }

func TestDropForgets(t *testing.T) {
	dir := t.TempDir()
	j, s := NewJournal(dir), store{dir}
	token, err := j.Keep("o", Content{}, Present([]byte("x")))
	require.NoError(t, err)
	j.Drop(token)
	_, err = j.Undo(token, false, s.current, s.restore)
	require.Error(t, err)
}
