package hub

import (
	"fmt"
	"strings"

	"secgpt/mediator/audit"
)

// Why tells, from the record, why call n of this session was allowed or refused;
// with 0 it tells of the calls of the last turn that came to a decision worth
// telling. The text holds names that apps chose: escape it.
func (h *Hub) Why(n int) string {
	h.look.Lock()
	entries := h.decided
	h.look.Unlock()
	if len(entries) == 0 {
		return "Nothing was called yet in this conversation."
	}
	last := entries[len(entries)-1].turn
	var told []string
	for _, e := range entries {
		if n > 0 && e.call != n || n == 0 && (e.turn != last || e.plain) {
			continue
		}
		text, err := audit.Explain(h.opt.Profile.State, e.entry)
		if err != nil && text == "" {
			text = fmt.Sprintf("The record can't tell: %v.", err)
		}
		told = append(told, text)
	}
	switch {
	case len(told) > 0:
		return strings.Join(told, "\n\n")
	case n > 0:
		return fmt.Sprintf("There is no call %d in this conversation.", n)
	}
	return "The last request only read, inside single apps: there was nothing to decide."
}

// A told is a decision in the record.
type told struct {
	call, turn int
	entry      int64
	plain      bool // a read that nothing spoke against
}
