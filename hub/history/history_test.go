package history

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/mediator/label"
)

func received(t *testing.T, h *History, item string) string {
	l, err := h.Of(item)
	require.NoError(t, err)
	return l.String()
}

func TestHistoryOutlivesTheProcessAndIsShared(t *testing.T) {
	dir := t.TempDir()
	a, b := Open(dir), Open(dir)
	require.NoError(t, a.Add("e1", label.Of("mail")))
	require.NoError(t, b.Add("e1", label.Of("web/x")))
	require.NoError(t, b.Add("", label.Of("notes")))
	for _, h := range []*History{a, b, Open(dir)} {
		require.Equal(t, "mail, web/x", received(t, h, "e1"))
		require.Equal(t, "notes", received(t, h, ""))
		require.Equal(t, "", received(t, h, "e2"), "what was there before us has no history")
	}
}

func TestWritersSideBySideLoseNothing(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for _, s := range []label.Source{"a", "b", "c", "d"} {
		wg.Add(1)
		go func() {
			defer wg.Done()
			h := Open(dir)
			for range 20 {
				_ = h.Add("x", label.Of(s))
				_ = h.Add(string(s), label.Of(s))
			}
		}()
	}
	wg.Wait()
	require.Equal(t, "a, b, c, d", received(t, Open(dir), "x"))
}

// A line that a kill left torn makes the app's history unknown; it is not skipped,
// and what comes after it is read.
func TestATornLineMakesTheHistoryUnknown(t *testing.T) {
	dir := t.TempDir()
	h := Open(dir)
	require.NoError(t, h.Add("e1", label.Of("mail")))
	f, err := os.OpenFile(filepath.Join(dir, "history.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteString(`{"item":"e2","sou`)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	h = Open(dir)
	require.NoError(t, h.Add("e3", label.Of("mail")))
	require.Equal(t, "mail", received(t, h, "e3"))
	require.Equal(t, "unknown", received(t, h, ""))
}

func TestInMemory(t *testing.T) {
	h := Open("")
	require.NoError(t, h.Add("e1", label.Of("mail")))
	require.Equal(t, "mail", received(t, h, "e1"))
}

func TestAHistoryThatCannotBeReadIsNoEmptyOne(t *testing.T) {
	dir := t.TempDir()
	h := Open(dir)
	require.NoError(t, h.Add("e1", label.Of("mail")))
	// It becomes unreadable, for root too: a folder stands in its place.
	require.NoError(t, os.Remove(filepath.Join(dir, "history.jsonl")))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "history.jsonl"), 0o700))
	for _, h := range []*History{h, Open(dir)} {
		_, err := h.Of("e1")
		require.Error(t, err)
	}
}

// What came from an app that was removed is never taken for what its successor gave.
func TestWhatCameFromARemovedAppIsUnknown(t *testing.T) {
	dir := t.TempDir()
	h := Open(dir)
	require.NoError(t, h.Add("e1", label.Of("mail", "weather")))
	require.NoError(t, h.Add("e2", label.Of("mail")))
	require.NoError(t, Retire(dir, "weather"))
	require.NoError(t, Retire(dir, "weath"), "an app that gave nothing")
	require.NoError(t, Retire(t.TempDir(), "weather"), "an app without history")
	for _, h := range []*History{h, Open(dir)} {
		require.Equal(t, "mail, unknown", received(t, h, "e1"))
		require.Equal(t, "mail", received(t, h, "e2"))
	}
	require.NoError(t, h.Add("e3", label.Of("weather")))
	require.Equal(t, "weather", received(t, Open(dir), "e3"), "the new one's")
	require.Equal(t, "mail, unknown", received(t, Open(dir), "e1"))
}

// A history ends for whoever reads it afterwards. A process in which the app may still
// run keeps what it knows.
func TestForget(t *testing.T) {
	dir := t.TempDir()
	running := Open(dir)
	require.NoError(t, running.Add("", label.Of("mail")))
	require.NoError(t, Forget(dir))
	require.Equal(t, "", received(t, Open(dir), ""))
	require.Equal(t, "mail", received(t, running, ""))
	require.NoError(t, running.Add("", label.Of("notes")))
	require.Equal(t, "notes", received(t, Open(dir), ""))
	require.Equal(t, "mail, notes", received(t, running, ""))
}

// What an app receives again after its history ended is recorded again, by a process that
// knew of it before too.
func TestWhatComesAgainAfterForget(t *testing.T) {
	dir := t.TempDir()
	running := Open(dir)
	mail := label.Of("mail")
	require.NoError(t, running.Add("", mail))
	require.NoError(t, running.Add("e1", mail))
	require.NoError(t, Forget(dir))
	require.NoError(t, running.Add("", mail))
	require.Equal(t, "mail", received(t, Open(dir), ""))
	c, err := running.Begin(mail)
	require.NoError(t, err)
	require.NoError(t, c.Made("e1"))
	require.Equal(t, "mail", received(t, Open(dir), "e1"))

	require.NoError(t, running.Add("e2", label.Of("web/x")))
	require.NoError(t, Forget(dir))
	require.NoError(t, Retire(dir, "web/x"))
	require.Equal(t, "unknown", received(t, running, "e2"), "it keeps what it knew, as it is now")
	all, err := running.All()
	require.NoError(t, err)
	require.Equal(t, "mail, unknown", all.String())
}

// What a change puts into an item that nobody can name counts for the whole app, until
// the item is known.
func TestAChangeCountsForAllUntilItsItemIsKnown(t *testing.T) {
	for _, dir := range []string{filepath.Join(t.TempDir(), "new"), ""} {
		h := Open(dir)
		mail, web := label.Of("mail"), label.Of("web/x")
		made, err := h.Begin(mail)
		require.NoError(t, err)
		lost, err := h.Begin(web)
		require.NoError(t, err)
		require.Equal(t, "mail, web/x", received(t, h, ""))
		require.NoError(t, made.Made("e1"))
		require.Equal(t, "web/x", received(t, h, ""), "the item is known, and the app as a whole still has it")
		require.Equal(t, "mail", received(t, h, "e1"))
		all, err := h.All()
		require.NoError(t, err)
		require.Equal(t, "mail, web/x", all.String())
		if dir != "" {
			require.Equal(t, "web/x", received(t, Open(dir), ""), "another process lost what a change may have left")
		}
		require.NoError(t, lost.Not())
		require.Equal(t, "", received(t, h, ""))
		own, err := h.Begin(label.Person())
		require.NoError(t, err)
		require.NoError(t, own.Made("e2"))
		require.Equal(t, "", received(t, h, "e2"))
		unnamed, err := h.Begin(mail)
		require.NoError(t, err)
		require.NoError(t, unnamed.Made(""))
		require.Equal(t, "mail", received(t, h, ""))
	}
	dir := t.TempDir()
	_, err := Open(dir).Begin(label.Of("mail"))
	require.NoError(t, err)
	require.NoError(t, Retire(dir, "mail"))
	require.Equal(t, "unknown", received(t, Open(dir), ""))
	require.NoError(t, Forget(dir))
	require.Equal(t, "", received(t, Open(dir), ""), "the data is gone, and its history stayed")
}
