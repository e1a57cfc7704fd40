package history

import (
	"path/filepath"
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
