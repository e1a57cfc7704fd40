package history

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/mediator/label"
)

// in is what others than the app reader may have put in a place.
func in(t *testing.T, p *Places, place string) string {
	l, err := p.Of("reader", func(s string) bool { return s == place })
	require.NoError(t, err)
	return l.String()
}

// What is put in a place again after what is known of it ended is recorded again, by a
// process that knew of it before too. That one keeps what it knew.
func TestWhatIsPutAgainAfterAPlaceEnded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "places.jsonl")
	running := OpenPlaces(path)
	guest := Put{"/p", "guest", label.Of("guest", "mail")}
	other := Put{"/p", "other", label.Of("other", "web/x")}
	require.NoError(t, running.Note(guest, other))
	require.NoError(t, ForgetPlaces(path, "guest", []string{"/p"}))
	require.Equal(t, "", in(t, OpenPlaces(path), "/p"))
	require.Equal(t, "guest, mail, other, web/x", in(t, running, "/p"))
	require.NoError(t, running.Note(other))
	require.Equal(t, "other, web/x", in(t, OpenPlaces(path), "/p"))
	require.NoError(t, running.Note(guest))
	require.Equal(t, "guest, mail, other, web/x", in(t, OpenPlaces(path), "/p"))

	require.NoError(t, ForgetPlaces(path, "guest", []string{"/p"}))
	require.NoError(t, RetirePlaces(path, "other"))
	require.Equal(t, "guest, mail, unknown, web/x", in(t, running, "/p"))
}

// What was there before anything was noted is adopted once, and only when all of it is on disk.
func TestAdopt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "places.jsonl")
	adopted := func() bool {
		is, err := OpenPlaces(path).Adopted()
		require.NoError(t, err)
		return is
	}
	require.False(t, adopted())
	guest := Put{"/p", "guest", label.Of("guest", "mail")}
	require.NoError(t, os.Mkdir(filepath.Dir(path), 0o700))
	require.NoError(t, OpenPlaces(path).Note(guest))
	require.False(t, adopted(), "something was noted, and nothing adopted")
	require.NoError(t, os.RemoveAll(filepath.Dir(path)))

	require.NoError(t, OpenPlaces(path).Adopt(guest, Put{"/q", "guest", label.Of("guest")}))
	require.True(t, adopted())
	require.Equal(t, "guest, mail", in(t, OpenPlaces(path), "/p"))
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.True(t, strings.HasSuffix(string(b), "\n{\"adopted\":true}\n"), "last: %s", b)
	require.NoError(t, ForgetPlaces(path, "guest", []string{"/p"}))
	require.True(t, adopted())
	require.Equal(t, "", in(t, OpenPlaces(path), "/p"))
	require.NoError(t, os.WriteFile(path, b[:len(b)-4], 0o600))
	require.False(t, adopted(), "torn")
}

// What is recorded already is not recorded again with what is new.
func TestOnlyWhatIsNewIsWritten(t *testing.T) {
	dir := t.TempDir()
	written := func(name string) string {
		b, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		return string(b)
	}
	h, p := Open(dir), OpenPlaces(filepath.Join(dir, "places.jsonl"))
	for _, l := range []label.Label{label.Of("mail"), label.Of("mail", "notes")} {
		require.NoError(t, h.Add("e1", l))
		require.NoError(t, p.Note(Put{"/p", "guest", l}))
	}
	require.Equal(t, "{\"item\":\"e1\",\"sources\":[\"mail\"]}\n{\"item\":\"e1\",\"sources\":[\"notes\"]}\n", written("history.jsonl"))
	require.Equal(t, 1, strings.Count(written("places.jsonl"), "mail"))
	require.Equal(t, "mail, notes", received(t, Open(dir), "e1"))
	require.Equal(t, "mail, notes", in(t, OpenPlaces(p.file.path), "/p"))
}
