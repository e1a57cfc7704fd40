package hub

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/apps"
	"secgpt/hub/profile"
	"secgpt/hub/rooms"
	"secgpt/mediator/label"
)

// An office has two notes, a mail, somebody called Bo and an event.
type office struct{ *marked }

func (o office) Call(ctx context.Context, app apps.App, tool string, args json.RawMessage) (rooms.Reply, error) {
	switch app.Name + "." + tool {
	case "notes.search":
		return rooms.Reply{Value: []byte(`[{"id":"n1","title":"Three ropes","text":"all short"},{"id":"n2","title":"Ropes to buy, three of them","text":"long ones"},{"id":"n3","title":"Ropes","text":"none"}]`)}, nil
	case "mail.search":
		return rooms.Reply{Value: []byte(`[{"id":"m1","subject":"Your trip"}]`)}, nil
	case "mail.read":
		return rooms.Reply{Value: []byte(`{"id":"m1","subject":"Your trip","text":"Kestrel booking KX7"}`)}, nil
	case "contacts.find":
		return rooms.Reply{Value: []byte(`[{"name":"Bo","emails":["bo@example.org"]}]`)}, nil
	case "calendar.list_events":
		return rooms.Reply{Value: []byte(`[{"id":"e1","title":"Rope review","start":"2026-11-24T09:00:00Z"}]`)}, nil
	}
	return o.marked.Call(ctx, app, tool, args)
}

// inOffice is a hub on Monday, 23 November 2026, whose planner makes no plan, and says as a frame
// what is written.
func inOffice(t *testing.T, says ...string) (*Hub, *script) {
	p, err := profile.At(t.TempDir())
	require.NoError(t, err)
	s := &script{says: says}
	h, err := Open(Options{Profile: p, Rooms: office{&marked{}}, Thinker: s, Now: func() time.Time {
		return time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	}})
	require.NoError(t, err)
	t.Cleanup(func() { h.Close() })
	return h, s
}

const noPlan = "```\nreply(nothing_of_it)\n```"

// TestWhatIsThereIsSentOn, by a plan of the hub's, where the model makes none: to whom the request
// names, all of it, with where it comes from.
func TestWhatIsThereIsSentOn(t *testing.T) {
	for words, c := range map[string]struct{ frame, says, body string }{
		"fwd the kestrel booking to bo so he knows when i land": {`{"do":"forward","kind":"mail","thing":"kestrel booking","to":"bo"}`, "", "Kestrel booking KX7"},
		"schick Bo bitte meine Notiz 'Three ropes' per Mail":    {`{"do":"write","kind":"mail","thing":"Three ropes","to":"Bo"}`, "Three ropes", "all short"},
		"send bo@example.org my note on three ropes":            {`{"do":"write","kind":"note","thing":"three ropes","to":"bo@example.org"}`, "Ropes to buy, three of them", "long ones"},
	} {
		h, _ := inOffice(t, noPlan, noPlan, c.frame)
		w := &watcher{says: c.says}
		r := h.Turn(t.Context(), says(words), w)
		require.Zero(t, r.Exit, "%s: %+v", words, r.Errors)
		last := w.calls[len(w.calls)-1]
		require.Equal(t, "mail.send", last.Tool.String(), words)
		got := map[string]label.Value{}
		for _, a := range last.Args {
			got[a.Name] = a.Value
		}
		require.Equal(t, "bo@example.org", got["to"].Str())
		require.Equal(t, c.body, got["body"].Str())
		require.False(t, got["body"].All().Empty(), "it is the app's")
		require.False(t, last.Control.Empty(), "what was found decides")
		require.Equal(t, c.says != "", len(w.needs) == 1, words)
	}
}

// A postbox has two mails of one subject, from two people.
type postbox struct{ office }

func (p postbox) Call(ctx context.Context, app apps.App, tool string, args json.RawMessage) (rooms.Reply, error) {
	from := map[bool]string{true: "Ada <ada@example.org>", false: "Bob <bob@example.org>"}[strings.Contains(string(args), "m1")]
	switch tool {
	case "search":
		return rooms.Reply{Value: []byte(`[{"id":"m1","subject":"Your trip"},{"id":"m2","subject":"Your trip"}]`)}, nil
	case "read":
		return rooms.Reply{Value: fmt.Appendf(nil, `{"id":"m","subject":"Your trip","from":%q,"text":"Kestrel booking, wrote %[1]s"}`, from)}, nil
	case "attachments":
		return rooms.Reply{Value: []byte(`[]`)}, nil
	}
	return p.office.Call(ctx, app, tool, args)
}

// TestWhoWroteTellsMailsOfOneSubjectApart where the person chooses.
func TestWhoWroteTellsMailsOfOneSubjectApart(t *testing.T) {
	p, err := profile.At(t.TempDir())
	require.NoError(t, err)
	frame := `{"do":"forward","kind":"mail","thing":"kestrel booking","to":"bo"}`
	h, err := Open(Options{Profile: p, Rooms: postbox{office{&marked{}}}, Thinker: &script{says: []string{noPlan, noPlan, frame}}})
	require.NoError(t, err)
	defer h.Close()
	w := &watcher{says: "Your trip (Bob <bob@example.org>)"}
	r := h.Turn(t.Context(), says("fwd the kestrel booking to bo"), w)
	require.Zero(t, r.Exit, "%+v", r.Errors)
	require.Len(t, w.needs, 1)
	last := w.calls[len(w.calls)-1]
	require.Equal(t, "mail.send", last.Tool.String())
	require.Equal(t, "Kestrel booking, wrote Bob <bob@example.org>", last.Args[2].Value.Str())
}

// TestWhatIsNotThereIsNotSentOn, nor what says itself what is to be written.
func TestWhatIsNotThereIsNotSentOn(t *testing.T) {
	for words, c := range map[string]struct {
		frame string
		want  string
	}{
		"fwd the zebra booking to bo":                             {`{"do":"forward","kind":"mail","thing":"zebra booking","to":"bo"}`, "nothing was changed: mail.send was to be called for what fits"},
		"fwd the zebra booking to bo so he knows when i land":     {`{"do":"forward","kind":"mail","thing":"zebra booking","to":"bo"}`, `nothing was sent: nothing was found that has those words`},
		"fwd the kestrel booking":                                 {`{"do":"forward","kind":"mail","thing":"kestrel booking","to":"Ada"}`, "made no plan that can run"},
		"send bo a mail that the note about ropes is wrong":       {`{"do":"write","kind":"mail","thing":"ropes","to":"bo"}`, "made no plan that can run"},
		"remind me to send bo my note on ropes":                   {`{"do":"add","kind":"note","thing":"ropes","to":"bo"}`, "made no plan that can run"},
		"fwd the kestrel booking to bo and delete my note on tea": {`{"do":"forward","kind":"mail","thing":"kestrel booking","to":"bo"}`, "made no plan that can run"},
		"fwd the kestrel booking to bo tomorrow":                  {`{"do":"forward","kind":"mail","thing":"kestrel booking","to":"bo"}`, "made no plan that can run"},
		"fwd the kestrel booking to bo and kim":                   {`{"do":"forward","kind":"mail","thing":"kestrel booking","to":"bo and kim"}`, "made no plan that can run"},
		"fwd the kestrel booking to bo if he asks":                {`{"do":"forward","kind":"mail","thing":"kestrel booking","to":"bo"}`, "made no plan that can run"},
		"fwd the kestrel 7 booking to bo":                         {`{"do":"forward","kind":"mail","thing":"kestrel 7 booking","to":"bo"}`, "nothing was changed: mail.send was to be called for what fits"},
		"send bo the ropes":                                       {`{"do":"write","kind":"mail","thing":"ropes","to":"bo"}`, "made no plan that can run"},
		"fwd the kestrel booking to bo, and book the return":      {`no frame`, "made no plan that can run"},
	} {
		h, _ := inOffice(t, noPlan, noPlan, c.frame)
		w := &watcher{}
		r := h.Turn(t.Context(), says(words), w)
		require.Equal(t, ExitModel, r.Exit, words)
		require.NotContains(t, w.tools(), "mail.send", words)
		require.Contains(t, r.Errors[len(r.Errors)-1].Message, c.want, words)
		require.Len(t, r.Errors, 1)
	}
}

// TestAnEventIsMoved to the one time that the request names; where it names another, or none, it
// is not.
func TestAnEventIsMoved(t *testing.T) {
	for words, to := range map[string]string{
		"push the rope review tmrw to 10:30":                   "2026-11-24T10:30:00Z",
		"move the rope review to Thursday at 9am":              "2026-11-26T09:00:00Z",
		"move the rope review from Tuesday to Thursday at 9am": "",
		"move the rope review to Thursday 9am - 11am":          "",
		"push the rope review to 10:30":                        "",
		"push the rope review to Thursday":                     "",
	} {
		h, s := inOffice(t, noPlan, noPlan, `{"do":"move","kind":"event","thing":"rope review","to":""}`)
		w := &watcher{}
		h.Turn(t.Context(), says(words), w)
		require.Equal(t, to != "", len(s.saw) == 3, words)
		if to == "" {
			require.NotContains(t, w.tools(), "calendar.update_event", words)
			continue
		}
		last := w.calls[len(w.calls)-1]
		require.Equal(t, "calendar.update_event", last.Tool.String())
		require.Equal(t, []string{"id", "start"}, []string{last.Args[0].Name, last.Args[1].Name})
		require.Equal(t, "e1", last.Args[0].Value.Str())
		require.Equal(t, to, last.Args[1].Value.Str())
	}
}

// TestAnotherPlanToSendIsAskedAboutAfterAFailure: that nothing was found led to it.
func TestAnotherPlanToSendIsAskedAboutAfterAFailure(t *testing.T) {
	h, _ := inOffice(t, "```\nx = contacts.find(name = \"Kim\")\nfound = mail.search(query = \"kestrel\")\nmail.send(to = \"bo@example.org\", body = found[3].subject, subject = \"Trip\")\n```",
		`{"do":"forward","kind":"mail","thing":"kestrel booking","to":"bo@example.org"}`)
	w := &watcher{}
	r := h.Turn(t.Context(), says("forward the kestrel booking to bo@example.org"), w)
	last := w.calls[len(w.calls)-1]
	require.Equal(t, "mail.send", last.Tool.String(), "%+v", r.Errors)
	require.Contains(t, last.Control.String(), "mail")
	require.True(t, last.Unbidden)
}
