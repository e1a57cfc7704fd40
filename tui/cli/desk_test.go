//go:build linux

package cli_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/apps/sample"
	"secgpt/hub"
	"secgpt/hub/model/modeltest"
	"secgpt/hub/profile"
	"secgpt/isolate/roomtest"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// A desk is the whole program less the screen: a real hub on a demo profile, with
// real rooms, and a person who answers as told.
type desk struct {
	*hub.Hub
	t   *testing.T
	dir string
	p   profile.Profile

	mu     sync.Mutex
	events []hub.Event
	asked  []mediator.Question
	cards  []int // how many decisions each held
	answer func(mediator.Question) mediator.Answer
	// cardAnswer answers a whole card; it stands before answer.
	cardAnswer func([]mediator.Question) []mediator.Answer
	need       func(hub.Need) (hub.Given, bool)
	onTell     func(hub.Event)
}

func newDesk(t *testing.T, change ...func(*hub.Options)) *desk {
	t.Helper()
	roomtest.Need(t)
	d := &desk{t: t, dir: t.TempDir()}
	d.open(change...)
	return d
}

// open opens the hub on the desk's folder, again if it was open before.
func (d *desk) open(change ...func(*hub.Options)) {
	var err error
	d.p, err = profile.Demo(d.dir, func(dir string) (profile.Sample, error) {
		made, err := sample.Write(dir, time.Now())
		return profile.Sample{Made: made.String(), Address: sample.Person}, err
	})
	require.NoError(d.t, err)
	o := hub.Options{Profile: d.p, Model: "none"}
	for _, f := range change {
		f(&o)
	}
	d.Hub, err = hub.Open(o)
	require.NoError(d.t, err)
	h := d.Hub
	d.t.Cleanup(func() { _ = h.Close() })
}

func (d *desk) Tell(e hub.Event) {
	d.mu.Lock()
	d.events = append(d.events, e)
	f := d.onTell
	d.mu.Unlock()
	if f != nil {
		f(e)
	}
}

func (d *desk) Ask(_ context.Context, card []mediator.Question) []mediator.Answer {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, card...)
	d.cards = append(d.cards, len(card))
	switch {
	case d.cardAnswer != nil:
		return d.cardAnswer(card)
	case d.answer == nil:
		return nil
	}
	var all []mediator.Answer
	for _, q := range card {
		all = append(all, d.answer(q))
	}
	return all
}

func (d *desk) Need(_ context.Context, n hub.Need) (hub.Given, bool) {
	if d.need == nil {
		return hub.Given{}, false
	}
	return d.need(n)
}

// says answers every question so.
func (d *desk) says(s mediator.Scope) {
	d.answer = func(q mediator.Question) mediator.Answer {
		return mediator.Answer{Scope: s, By: "person", Digest: q.Digest}
	}
}

// types is a request typed in the chat.
func (d *desk) types(text string) hub.Result {
	return d.Turn(d.t.Context(), hub.Request{Words: []label.Span{{Text: text, Label: label.Person()}}, Endorses: true}, d)
}

// plan runs a plan of the person's own.
func (d *desk) plan(source string) hub.Result {
	return d.Turn(d.t.Context(), hub.Request{Plan: source}, d)
}

// shown is all that was replied, as one JSON text.
func shown(r hub.Result) string {
	var b strings.Builder
	for _, x := range r.Blocks {
		j, _ := x.Value.JSON()
		b.Write(j)
	}
	return b.String()
}

// file reads a file of the profile.
func (d *desk) file(path ...string) string {
	data, err := os.ReadFile(filepath.Join(append([]string{d.dir}, path...)...))
	require.NoError(d.t, err)
	return string(data)
}

// deliver puts a message into the sample Maildir.
func (d *desk) deliver(from, subject, body string) {
	text := "From: " + from + "\r\nTo: robin@example.org\r\nSubject: " + subject +
		"\r\nDate: " + time.Now().Format(time.RFC1123Z) + "\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + body
	name := filepath.Join(d.dir, "sample", "mail", "new", strings.ReplaceAll(time.Now().Format("150405.000000000"), ".", "")+".test")
	require.NoError(d.t, os.WriteFile(name, []byte(text), 0o644))
}

// newOracle is a model server of the test's own.
func newOracle(t *testing.T, answers ...string) *modeltest.Server {
	s := modeltest.New(t, `{"name":"test:1b","model":"test:1b","size":1000000000,"details":{"family":"qwen2","parameter_size":"1.5B"}}`, "I have nothing to say.", answers...)
	t.Setenv("OLLAMA_HOST", s.URL)
	return s
}

func withModel(o *hub.Options) { o.Model = "ollama:test:1b" }
