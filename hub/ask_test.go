package hub

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"secgpt/apps"
	"secgpt/apps/link"
	"secgpt/hub/model"
	"secgpt/hub/profile"
	"secgpt/hub/rooms"
	"secgpt/mediator"
	"secgpt/mediator/label"
	"secgpt/mediator/policy"
)

// A marked room answers each call with a mark of its app, and with all that it was sent;
// the spoke in it does what a test wants, and keeps what it was let see.
type marked struct {
	t    *rapid.T
	wish []link.Call
	saw  strings.Builder // of the app's model
}

func (m *marked) Call(_ context.Context, app apps.App, tool string, args json.RawMessage) (rooms.Reply, error) {
	if tool == "list_events" { // what a failure says is data too
		return rooms.Reply{}, &rooms.Error{App: app.Name, Kind: rooms.Failed, Said: "mark-" + app.Name}
	}
	b, err := json.Marshal(map[string]string{"id": "mark-" + app.Name, "was": string(args)})
	return rooms.Reply{Value: b}, err
}

func (m *marked) Close() {}

func (m *marked) Ask(ctx context.Context, app apps.App, a rooms.Asking, d rooms.Desk) (json.RawMessage, []string, error) {
	m.saw.Write(a.Args)
	for _, w := range m.wish {
		if _, err := d.Think(ctx, link.Think{Messages: []link.Message{{Role: "user", Text: "x"}}}); err != nil {
			return nil, nil, err
		}
		got, err := d.May(ctx, w)
		if err != nil {
			return nil, nil, err
		}
		m.saw.Write(got.Value)
		m.saw.WriteString(got.Error)
	}
	return json.RawMessage(`"answer"`), nil, nil
}

// marks are the apps whose data is in a text.
func marks(text string) []label.Source {
	var all []label.Source
	for _, app := range []string{"mail", "calendar", "contacts", "notes"} {
		if strings.Contains(text, "mark-"+app) {
			all = append(all, label.Source(app))
		}
	}
	return all
}

// A witness says the same to every question, and holds each call that a model wanted to
// what the model had seen by then.
type witness struct {
	*marked
	yes bool
	may []string
}

func (w witness) Need(context.Context, Need) (Given, bool) { return Given{}, false }

func (w witness) Ask(_ context.Context, card []mediator.Question) (all []mediator.Answer) {
	for _, q := range card {
		require.False(w.t, q.Call.Unasked, "a question that nobody planned")
		a := mediator.Answer{Digest: q.Digest, By: "person"}
		if w.yes {
			a.Scope = mediator.Once
		}
		all = append(all, a)
	}
	return all
}

func (w witness) Tell(e Event) {
	d, ok := e.(Decided)
	if !ok || d.Call.Control.Empty() {
		return
	}
	saw := label.Of(append(marks(w.saw.String()), "mail")...)
	require.True(w.t, d.Call.Control.Covers(saw), "%s lost one of %v", d.Call.Tool, saw)
	for _, a := range d.Call.Args {
		require.True(w.t, a.Value.All().Covers(saw), "%s(%s) lost one of %v: %v", d.Call.Tool, a.Name, saw, a.Value.All())
	}
	own := d.Call.Tool.App == "mail" && d.Call.Tool.Effect == mediator.Read
	if !own && !slices.Contains(w.may, d.Call.Tool.String()) {
		require.False(w.t, d.Decision.Allow, "%s was not planned", d.Call.Tool)
	}
}

type parrot struct{}

func (parrot) Name() string { return "parrot" }
func (parrot) Chat(context.Context, model.Request, func(string)) (model.Answer, error) {
	return model.Answer{Text: "x"}, nil
}

// Whatever an app's model saw is in the label of its answer, and of each argument of each
// call that it made after it saw it; however the calls ended, and whoever allowed them.
func TestAnAnswerCarriesAllThatTheModelSaw(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := &marked{t: rt}
		tools := []string{"search", "read", "send", "notes.search", "notes.add", "contacts.find", "calendar.list_events", "calendar.create_event", "nothing", "notes.none"}
		params := map[string]string{"search": "query", "read": "id", "send": "to", "notes.search": "query", "notes.add": "text", "contacts.find": "name",
			"calendar.list_events": "start", "calendar.create_event": "title"}
		for range rapid.IntRange(0, 6).Draw(rt, "wishes") {
			tool := rapid.SampledFrom(tools).Draw(rt, "tool")
			arg := rapid.SampledFrom([]string{"x", "mark-mail", "alice@example.org"}).Draw(rt, "argument")
			b, _ := json.Marshal(map[string]string{params[tool]: arg})
			m.wish = append(m.wish, link.Call{Tool: tool, Args: b})
		}
		may := rapid.SliceOfDistinct(rapid.SampledFrom([]string{"notes.search", "notes.add", "contacts.find", "calendar.list_events", "calendar.create_event", "mail.send"}), rapid.ID[string]).Draw(rt, "may")
		values := rapid.SliceOfDistinct(rapid.SampledFrom([]string{"notes.search(query = \"x\")", "contacts.find(name = \"x\")", "1"}), rapid.ID[string]).Draw(rt, "values")
		yes := rapid.Bool().Draw(rt, "yes")

		p, err := profile.At(t.TempDir())
		require.NoError(rt, err)
		h, err := Open(Options{Profile: p, Rooms: m, Thinker: parrot{}})
		require.NoError(rt, err)
		defer h.Close()
		plan := fmt.Sprintf("reply(mail.ask(%s, may = [%s]))", strings.Join(append([]string{`"Do it"`}, values...), ", "), strings.Join(may, ", "))
		r := h.Turn(t.Context(), Request{Plan: plan}, witness{m, yes, may})

		if len(r.Blocks) == 0 {
			return
		}
		got := r.Blocks[0].Value.All()
		require.True(rt, got.Covers(label.Of(append(marks(m.saw.String()), "mail")...)), "the model saw %s, the answer carries %v", m.saw.String(), got)
	})
}

// What another app's failure says is its data: it enters the room of the app that is asked
// by the same judgement as a result, and not where a rule says no.
func TestAFailureOfAnotherAppEntersByJudgement(t *testing.T) {
	for _, deny := range []bool{false, true} {
		m := &marked{wish: []link.Call{{Tool: "calendar.list_events", Args: json.RawMessage(`{}`)}}}
		p, err := profile.At(t.TempDir())
		require.NoError(t, err)
		h, err := Open(Options{Profile: p, Rooms: m, Thinker: parrot{}})
		require.NoError(t, err)
		defer h.Close()
		if deny {
			r, err := policy.Parse("deny calendar -> mail.ask")
			require.NoError(t, err)
			_, err = h.monitor.Rules.Add(r)
			require.NoError(t, err)
		}
		h.Turn(t.Context(), Request{Plan: `reply(mail.ask("Do it", may = [calendar.list_events]))`}, &agrees{})
		require.Equal(t, !deny, strings.Contains(m.saw.String(), "mark-calendar"), m.saw.String())
	}
}

// A tool that nobody planned and one that is not there sound alike, whatever a model writes
// as their arguments.
func TestAToolThatNobodyPlannedSoundsLikeNone(t *testing.T) {
	for _, tool := range []string{"notes.add", "send", "notes.none"} {
		for _, args := range []string{`{}`, `[]`, `{"a": 1, "a": 2}`, ``} {
			m := &marked{wish: []link.Call{{Tool: tool, Args: json.RawMessage(args)}}}
			p, err := profile.At(t.TempDir())
			require.NoError(t, err)
			h, err := Open(Options{Profile: p, Rooms: m, Thinker: parrot{}})
			require.NoError(t, err)
			defer h.Close()
			h.Turn(t.Context(), Request{Plan: `reply(mail.ask("Do it"))`}, &agrees{})
			require.Equal(t, `{"instruction":"Do it"}`+notThere, m.saw.String(), "%s(%s)", tool, args)
		}
	}
}
