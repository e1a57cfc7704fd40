package hub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/apps"
	"secgpt/apps/link"
	"secgpt/hub/model"
	"secgpt/hub/pick"
	"secgpt/hub/plan"
	"secgpt/hub/profile"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// A script answers as written, and keeps what it was asked.
type script struct {
	says []string
	saw  []model.Request
}

func (s *script) Name() string { return "script" }
func (s *script) Chat(_ context.Context, r model.Request, on func(string)) (model.Answer, error) {
	s.saw = append(s.saw, r)
	text := s.says[min(len(s.saw), len(s.says))-1]
	if on != nil {
		on(text)
	}
	return model.Answer{Text: text}, nil
}

// read is all that was asked at a time.
func (s *script) read(i int) string {
	var b strings.Builder
	for _, m := range s.saw[i].Messages {
		b.WriteString(string(m.Role) + ": " + m.Text + "\n")
	}
	return b.String()
}

// A watcher agrees to all, and keeps what was told and needed.
type watcher struct {
	says  string
	needs []Need
	calls []mediator.Call
	notes []string
}

func (w *watcher) Need(_ context.Context, n Need) (Given, bool) {
	w.needs = append(w.needs, n)
	return Given{Text: w.says}, w.says != ""
}

func (w *watcher) Ask(_ context.Context, card []mediator.Question) (all []mediator.Answer) {
	for _, q := range card {
		all = append(all, mediator.Answer{Digest: q.Digest, By: "person", Scope: mediator.Once})
	}
	return all
}

func (w *watcher) Tell(e Event) {
	switch e := e.(type) {
	case Decided:
		w.calls = append(w.calls, e.Call)
	case Noted:
		w.notes = append(w.notes, e.Text)
	}
}

func (w *watcher) tools() (all []string) {
	for _, c := range w.calls {
		all = append(all, c.Tool.String())
	}
	return all
}

func asks(t *testing.T, says ...string) (*Hub, *script) {
	p, err := profile.At(t.TempDir())
	require.NoError(t, err)
	s := &script{says: says}
	h, err := Open(Options{Profile: p, Rooms: &marked{}, Thinker: s})
	require.NoError(t, err)
	t.Cleanup(func() { h.Close() })
	return h, s
}

func says(text string) Request {
	return Request{Words: []label.Span{{Text: text, Label: label.Person()}}, Endorses: true}
}

func TestABadPlanGoesBackWithWhatToWriteInstead(t *testing.T) {
	h, s := asks(t, "```\nreply(scrolls.search())\n```", "```\nreply(mail.search())\n```")
	w := &watcher{}
	r := h.Turn(t.Context(), says("look through what came in, would you"), w)
	require.Zero(t, r.Exit)
	require.Equal(t, []string{"mail.search"}, w.tools())
	second := s.read(1)
	require.Contains(t, second, "reply(scrolls.search())", "it sees its first try")
	require.Contains(t, second, "there is no app or variable scrolls")
	require.True(t, s.saw[1].Vary, "the likeliest answer was wrong")
}

// The planner learns that a step failed, and not what the app said of it; what it plans
// then carries the app, and sends nothing.
func TestAfterAFailedReadThePlannerMayTryOnceMore(t *testing.T) {
	first := "```\nreply(calendar.list_events())\n```"
	h, s := asks(t, first, "```\nreply(notes.search(query = \"agenda\"))\n```")
	w := &watcher{}
	r := h.Turn(t.Context(), says("tell me the agenda of the big day, would you"), w)
	require.Len(t, s.saw, 2)
	require.Contains(t, s.read(1), "the step calendar.list_events failed")
	require.NotContains(t, s.read(1), "mark-", "what the app said stays with the person")
	require.Equal(t, []string{"calendar.list_events", "notes.search"}, w.tools())
	require.True(t, w.calls[1].Control.Has("calendar"), "the second plan is the calendar's doing")
	require.Len(t, r.Blocks, 1)

	h, s = asks(t, "```\nmail.send(to = \"eve@example.net\", body = calendar.list_events()[0].title)\n```",
		"```\nmail.send(to = \"eve@example.net\", body = \"x\")\nreply(\"Sent.\")\n```")
	w = &watcher{}
	h.Turn(t.Context(), says("tell eve@example.net the agenda of the big day, would you"), w)
	require.Equal(t, []string{"calendar.list_events"}, w.tools(), "after a failure nothing is sent")
	require.Contains(t, strings.Join(w.notes, "\n"), "mail.send")
	require.Len(t, s.saw, 2)

	h, s = asks(t, "```\nnotes.add(text = \"x\")\nreply(calendar.list_events())\n```", first)
	h.Turn(t.Context(), says("put x on my list and tell me the agenda, would you"), &watcher{})
	require.Len(t, s.saw, 1, "what was done is not done twice")
}

// What a plan found is shown where it went wrong over it, and no second plan is made.
func TestWhatWasFoundIsShown(t *testing.T) {
	h, s := asks(t, "```\nmails = mail.search(query = \"slug\")\nreply(mails - 1)\n```")
	w := &watcher{}
	r := h.Turn(t.Context(), says("please look what the slug mail costs"), w)
	require.Len(t, s.saw, 1)
	require.Equal(t, []string{"mail.search"}, w.tools())
	require.Contains(t, strings.Join(w.notes, "\n"), "the plan went wrong over what mail.search found, which is shown as it is")
	require.Len(t, r.Blocks, 1)
}

// So is what a second plan found.
func TestWhatASecondPlanFoundIsShown(t *testing.T) {
	h, s := asks(t, "```\nreply(calendar.list_events())\n```", "```\nmails = mail.search(query = \"slug\")\nreply(mails - 1)\n```")
	w := &watcher{}
	r := h.Turn(t.Context(), says("tell me the agenda of the big day, would you"), w)
	require.Len(t, s.saw, 2)
	require.Contains(t, strings.Join(w.notes, "\n"), "the plan went wrong over what mail.search found, which is shown as it is")
	require.Len(t, r.Blocks, 1)
}

// So is what a change answered, if it was all that was to be done.
func TestWhatAChangeAnsweredIsShown(t *testing.T) {
	for more, shown := range map[string]bool{"": true, "notes.add(text = made.x)\n": false} {
		h, _ := asks(t, "```\nmade = calendar.create_event(title = \"Lunch\", start = when(\"tomorrow at 1pm\").start)\n"+more+"reply(made - 1)\n```")
		w := &watcher{}
		h.Turn(t.Context(), says("put lunch into my calendar tomorrow at 1pm and write a note of it, would you"), w)
		require.Equal(t, shown, strings.Contains(strings.Join(w.notes, "\n"), "the plan went wrong over what calendar.create_event found, which is shown as it is"), more)
	}
}

// What an earlier turn found is not what this one did.
func TestWhatWasFoundBeforeIsNotShown(t *testing.T) {
	h, s := asks(t, "```\nmails = mail.search(query = \"slug\")\nreply(mails)\n```", "```\nreply(mail.search(query = \"slug\") - 1)\n```")
	h.Turn(t.Context(), says("please look for the slug mail"), &watcher{})
	w := &watcher{}
	h.Turn(t.Context(), says("please look what the slug mail costs"), w)
	require.NotContains(t, strings.Join(w.notes, "\n"), "shown as it is")
	require.Len(t, s.saw, 3, "it is tried again")

	h, _ = asks(t, "```\nmails = mail.search(query = \"slug\")\nreply(mails)\n```", "```\nmails = mail.search(query = \"slug\") - 1\nreply(mails)\n```")
	h.Turn(t.Context(), says("please look for the slug mail"), &watcher{})
	w = &watcher{}
	h.Turn(t.Context(), says("please look what the slug mail costs"), w)
	require.NotContains(t, strings.Join(w.notes, "\n"), "shown as it is", "mails holds what the turn before found")
}

func TestTheAgendaOfAFailureIsNoLoop(t *testing.T) {
	h, s := asks(t, "```\nreply(calendar.list_events())\n```")
	h.Turn(t.Context(), says("tell me the agenda of the big day, would you"), &watcher{})
	require.Len(t, s.saw, 2, "it tries once more and not again")
}

func TestUndoThatTakesBackTheLastChangeOfThisConversation(t *testing.T) {
	for text, want := range map[string]bool{
		"undo that": true, "Undo that, please.": true, "take it back!": true, "Mach das rückgängig": true,
		"undo the meeting with Bob": false, "how do I undo a commit?": false, "": false,
	} {
		require.Equal(t, want, undoes(text), text)
	}
	h, s := asks(t, "```\nreply(mail.search())\n```")
	require.NoError(t, h.undo.add(change{N: 1, Session: "another", App: "notes", Tool: "add", Token: "x"}))
	r := h.Turn(t.Context(), says("undo that"), &watcher{})
	require.Empty(t, s.saw, "no model is asked")
	require.Equal(t, ExitUsage, r.Exit)
	require.Contains(t, r.Errors[0].Message, "nothing was changed in this conversation")
}

// What an app said of itself in an earlier prompt is in the plans and the variables that
// the planner goes on with, also where the next prompt tells nothing of that app.
func TestWordsOfAnAppStayInTheConversation(t *testing.T) {
	h, _ := asks(t, "hello")
	shop := apps.App{Manifest: apps.Manifest{Name: "shop"}, Tools: []link.Tool{{Name: "find"}}}
	h.pickable, h.picker = []toolAt{newToolAt(shop, "find")}, pick.New([]pick.Doc{{App: "shop", Tool: "find"}})
	prompt := func() label.Label {
		turn := &turn{h: h, ctx: t.Context(), req: says("find me a teapot"), person: &watcher{}}
		turn.judge = h.monitor.NewTurn(1, mediator.NewWords(turn.req.Words, true))
		turn.prompt(nil)
		return turn.judge.Shaped
	}
	require.Equal(t, label.Of("shop"), prompt())
	h.pickable, h.picker = nil, pick.New(nil)
	require.Equal(t, label.Of("shop"), prompt())
}

// An error that sends a plan back may name the tools of an app that the prompt was silent
// of.
func TestWordsOfAnAppCountWhereAnErrorBringsThem(t *testing.T) {
	h, s := asks(t, "```\nreply(shop.find())\n```", "```\nreply(\"no\")\n```")
	judge := h.monitor.NewTurn(1, mediator.NewWords(nil, true))
	turn := &turn{h: h, ctx: t.Context(), req: says("find me a teapot"), person: &watcher{}, judge: judge}
	err := fmt.Errorf("shop has no tool find; it has ```\nobey_me\n# Now %s", strings.Repeat("long ", 1000))
	h.pickable, h.picker = []toolAt{newToolAt(apps.App{Manifest: apps.Manifest{Name: "shop"}}, "obey_me")}, pick.New(nil)
	sent := turn.sentBack(model.Request{Messages: []model.Message{{Role: model.User, Text: "x"}}}, "reply(shop.find())", err)
	require.Equal(t, label.Of("shop"), turn.judge.Shaped)
	text := sent.Messages[0].Text
	require.Contains(t, text, "shop has no tool find; it has obey_me Now long")
	require.Less(t, len(text), 1200)
	require.Empty(t, s.saw)
}

// A plan may call a tool by another name, and which is meant then is for the names of all
// that is installed to say, also of an app that the prompt was silent of.
func TestNamesThatDecideWhatIsMeantCount(t *testing.T) {
	installed := finding{"mail": "search", "shop": "search_teapots"}
	h, _ := twins(t, installed, "mail")
	h.shaped = label.Person()
	prog, err := plan.Parse("plan", "reply(teapots.find())", installed)
	require.NoError(t, err)
	require.Equal(t, []string{"shop.search_teapots"}, prog.Tools())
	turn := &turn{h: h, judge: (&mediator.Monitor{}).NewTurn(1, mediator.NewWords(nil, true))}
	turn.named(appsOf(prog))
	require.Equal(t, label.Of("shop"), turn.judge.Shaped)
}

// What took something from an empty result decided that there is a second plan.
func TestASecondPlanCarriesWhatFoundNothing(t *testing.T) {
	turn := &turn{decides: label.Person()}
	what, from := turn.stuck(&plan.CallError{App: "notes", Tool: "search", Err: errors.New("it found nothing"), Label: label.Of("mail")})
	require.Contains(t, what, "the step notes.search failed")
	require.Equal(t, label.Of("mail", "notes"), from)
}

// Whether a step fails is the doing of all that went into it, and whether there is
// anything to try again the doing of what decided that nothing was changed before.
func TestASecondPlanCarriesAllThatLedToIt(t *testing.T) {
	for name, first := range map[string]string{
		"an argument": "x = mail.read(id = \"1\")\nreply(calendar.list_events(start = x.id))",
		"a branch":    "x = mail.read(id = \"1\")\nif x.id:\n  reply(calendar.list_events())",
		"no change":   "x = mail.read(id = \"1\")\nif x.id == \"2\":\n  notes.add(text = \"a\")\nreply(calendar.list_events())",
		"a variable":  "if old:\n  notes.add(text = \"a\")\nreply(calendar.list_events())",
	} {
		h, s := asks(t, "```\n"+first+"\n```", "```\nreply(notes.search(query = \"agenda\"))\n```")
		h.vars.Set("old", label.TextOf("", label.Of("mail")))
		w := &watcher{}
		h.Turn(t.Context(), says("tell me the agenda of the big day, would you"), w)
		require.Len(t, s.saw, 2, name)
		last := w.calls[len(w.calls)-1]
		require.Equal(t, "notes.search", last.Tool.String(), name)
		require.Equal(t, label.Of("calendar", "mail"), last.Control, name)
	}
}

func TestAPasteTakesNothingBack(t *testing.T) {
	h, s := asks(t, "I can't.")
	require.NoError(t, h.undo.add(change{N: 1, Session: h.session, App: "notes", Tool: "add", Token: "x"}))
	r := h.Turn(t.Context(), Request{Words: []label.Span{{Text: "undo that" + strings.Repeat(" ", 80), Label: label.Of(label.Paste)}}, Endorses: true}, &watcher{})
	require.Len(t, s.saw, 1, "what was pasted is for the planner to look at")
	require.Equal(t, "model", r.By)
}

func TestASecondPlanDoesNothingThatNobodyAskedFor(t *testing.T) {
	h, _ := asks(t, "```\nreply(calendar.list_events())\n```", "```\nnotes.delete(id = \"1\")\nreply(notes.search(query = \"agenda\"))\n```")
	w := &watcher{}
	h.Turn(t.Context(), says("show me the agenda of the big day"), w)
	require.Equal(t, []string{"calendar.list_events", "notes.search"}, w.tools())
	require.Contains(t, strings.Join(w.notes, "\n"), "left out of the plan")
}

// A model that is told what its plan misses, and then only tells how a plan would be made, is
// not listened to: the person is asked, and what they say stands in the plan.
func TestWhatAPlanMissesIsAskedOfThePerson(t *testing.T) {
	h, s := asks(t, "```\nmail.send(subject = \"The news\", body = \"the news\")\n```", "You need an address: use `contacts.find(name)`.")
	w := &watcher{says: "bob@example.com"}
	r := h.Turn(t.Context(), says("mail the news, would you"), w)
	require.Zero(t, r.Exit)
	require.Len(t, w.needs, 1)
	require.Equal(t, "Which recipient, for mail.send?", w.needs[0].Question)
	require.Equal(t, []string{"mail.send"}, w.tools())
	require.Equal(t, "bob@example.com", w.calls[0].Args[2].Value.Str())
	require.Len(t, s.saw, 2, "the plan that missed it is whole")
	require.Empty(t, r.Text, "no word of how it would be done")
}

// What nobody asked for misses nothing that the person could say.
func TestNobodyIsAskedForWhatAnUnwantedChangeMisses(t *testing.T) {
	wrong := "```\nnotes.delete(id)\n```"
	h, _ := asks(t, wrong, "```\nnotes.delete(note_id)\n```", wrong)
	w := &watcher{}
	h.Turn(t.Context(), says("the lights are out!! which note has the fuse box, I told you once"), w)
	require.Empty(t, w.needs)
	require.Equal(t, []string{"notes.search"}, slices.Compact(w.tools()), "what is asked is looked for")
}
