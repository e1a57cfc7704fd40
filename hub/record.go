package hub

import "secgpt/mediator"

// recorded tells of a record that can't be written. Every call is refused then, and one
// line says it for all of them: at length when it is new, in short in a later turn, and
// once more when there is room again.
func (t *turn) recorded(d mediator.Decision) {
	t.h.look.Lock()
	before := t.h.unwritten
	t.h.unwritten = ""
	if d.Unrecorded {
		t.h.unwritten = d.Why
	}
	t.h.look.Unlock()
	switch {
	case !d.Unrecorded && before != "":
		t.tell(Noted{Text: "the record can be written again"})
	case !d.Unrecorded || t.unwritten == d.Why:
	case before == d.Why:
		t.fail(ExitDenied, Failed{Kind: "record", Message: "the record still can't be written, so nothing was called; make room, then ask again"})
	default:
		t.fail(ExitDenied, Failed{Kind: "record", Message: d.Why})
	}
	t.unwritten = ""
	if d.Unrecorded {
		t.unwritten = d.Why
	}
}

// news tells what was mended of the record and of the session, by this process, since it
// was last asked.
func (t *turn) news() {
	for _, text := range t.h.Earlier().News {
		t.tell(Noted{Text: text})
	}
	for _, text := range t.h.record.News() {
		t.tell(Noted{Text: text})
	}
}
