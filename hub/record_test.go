package hub

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/mediator"
	"secgpt/mediator/audit"
)

// tells is what a turn says of the record, as its calls are decided.
func (h *Hub) tells(t *testing.T, decisions ...mediator.Decision) []string {
	var person teller
	turn := &turn{h: h, ctx: t.Context(), person: &person}
	for _, d := range decisions {
		turn.recorded(d)
	}
	turn.news()
	said := []string{}
	for _, e := range person.events {
		switch e := e.(type) {
		case Failed:
			said = append(said, "failed: "+e.Message)
		case Noted:
			said = append(said, e.Text)
		}
	}
	return said
}

// One line for all the calls of a turn, a short one in the next, and a word when it is over.
func TestARecordThatCannotBeWrittenIsSaidOnce(t *testing.T) {
	h, _, _ := recording(t, false)
	h.opt.Now = time.Now
	fine := mediator.Decision{Allow: true}
	full := mediator.Decision{Unrecorded: true, Why: "the disk is full"}
	locked := mediator.Decision{Unrecorded: true, Why: "another holds it"}
	require.Empty(t, h.tells(t, fine, fine))
	require.Equal(t, []string{"failed: the disk is full"}, h.tells(t, fine, full, full, full))
	short := "failed: the record still can't be written, so nothing was called; make room, then ask again"
	require.Equal(t, []string{short}, h.tells(t, full, full))
	require.Equal(t, []string{short, "failed: another holds it"}, h.tells(t, full, locked, locked))
	require.Equal(t, []string{"the record can be written again"}, h.tells(t, fine, fine))
	require.Equal(t, []string{"failed: the disk is full", "the record can be written again", "failed: the disk is full"},
		h.tells(t, full, full, fine, fine, full, full))
}

func TestAMendedRecordIsSaid(t *testing.T) {
	h, _, dir := recording(t, false)
	f, err := os.OpenFile(filepath.Join(dir, "audit.jsonl"), os.O_WRONLY|os.O_APPEND, 0)
	require.NoError(t, err)
	_, err = f.WriteString(`{"n":1,"ti`)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	_, err = h.record.Append(audit.Entry{Kind: audit.Note})
	require.NoError(t, err)
	said := h.tells(t)
	require.Len(t, said, 1)
	require.Contains(t, said[0], "the record was mended: a process ended while it wrote the record")
	require.Empty(t, h.tells(t))
}
