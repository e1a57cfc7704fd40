package hub

import (
	"fmt"
	"slices"
	"strings"

	"secgpt/apps/link"
	"secgpt/hub/memory"
	"secgpt/mediator/label"
)

// What an app's model was told and said, as the hub passed it on: the room that asks is not
// believed about what it asked before. It is shown to the person on request, with all that
// the model had seen by then as its source, and kept with the session. No model reads it.

// The bounds of a transcript.
const (
	// maxStepBytes bounds one piece: what fits some screens. What is cut is said.
	maxStepBytes = 16 << 10
	// maxAskBytes bounds one ask's pieces together.
	maxAskBytes = 128 << 10
	// maxAsks is how many asks of a conversation can be looked at.
	maxAsks = 32
)

// A transcript grows while an ask lasts.
type transcript struct {
	steps  []memory.Step
	bytes  int
	left   int            // bytes that there was no room for
	thread []link.Message // what was taken in so far
}

// told takes in what the room has its model read: the new part of it, or all of it if the
// room changed what stood there before.
func (k *transcript) told(messages []link.Message, from label.Label) {
	n := len(k.thread)
	if n > len(messages) || !slices.Equal(messages[:n], k.thread) {
		n = 0
	}
	for _, m := range messages[n:] {
		who := map[string]string{"system": "rules", "assistant": "model"}[m.Role]
		if who == "" {
			who = "told"
		}
		k.add(who, m.Text, from)
	}
	k.thread = slices.Clone(messages)
}

// said takes in what the model answered.
func (k *transcript) said(text string, from label.Label) {
	k.add("model", text, from)
	k.thread = append(k.thread, link.Message{Role: "assistant", Text: text})
}

func (k *transcript) add(who, text string, from label.Label) {
	whole := len(text)
	text = strings.ToValidUTF8(text[:min(whole, maxStepBytes)], "\uFFFD")
	if whole > maxStepBytes {
		text += fmt.Sprintf("… (%d bytes more)", whole-maxStepBytes)
	}
	if k.bytes += len(text); k.bytes > maxAskBytes {
		k.left += whole
		return
	}
	k.steps = append(k.steps, memory.Step{Who: who, Text: label.TextOf(text, from)})
}

// end is the transcript of ask n.
func (k *transcript) end(n int, app string) memory.Ask {
	if k.left > 0 {
		k.steps = append(k.steps, memory.Step{Who: "note", Text: label.TextOf(fmt.Sprintf("%d bytes more were not kept.", k.left), label.Person())})
	}
	return memory.Ask{N: n, App: app, Steps: k.steps}
}

// heardOut keeps the transcript of an ask that is over.
func (t *turn) heardOut(a memory.Ask) {
	if len(a.Steps) == 0 {
		return
	}
	t.mu.Lock()
	t.asks = append(t.asks, a)
	t.mu.Unlock()
	t.h.look.Lock()
	defer t.h.look.Unlock()
	t.h.asks = append(t.h.asks, a)
	if n := len(t.h.asks) - maxAsks; n > 0 {
		t.h.asks = slices.Delete(t.h.asks, 0, n)
	}
}

// Transcript is what was said in ask n, a call of this conversation; of the last ask if n is
// 0. Without one, why says so.
func (h *Hub) Transcript(n int) (a memory.Ask, why string) {
	h.look.Lock()
	defer h.look.Unlock()
	var have []string
	for i := len(h.asks) - 1; i >= 0; i-- {
		if a := h.asks[i]; n == 0 || a.N == n {
			return a, ""
		}
		have = append(have, fmt.Sprint(h.asks[i].N))
	}
	if len(have) == 0 {
		return a, "No app's model was asked yet in this conversation."
	}
	slices.Reverse(have)
	return a, fmt.Sprintf("Call %d asked no app's model; these did: %s.", n, strings.Join(have, ", "))
}
