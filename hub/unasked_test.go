package hub

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/apps/link"
	"secgpt/mediator"
)

// A chooser answers every card alike, and keeps what was on it.
type chooser struct {
	watcher
	scope mediator.Scope
	by    string
	asked []mediator.Question
}

func (c *chooser) Ask(_ context.Context, card []mediator.Question) (all []mediator.Answer) {
	c.asked = append(c.asked, card...)
	for _, q := range card {
		all = append(all, mediator.Answer{Digest: q.Digest, By: c.by, Scope: c.scope})
	}
	return all
}

// TestWhatNobodyAskedFor: a plan's change that the request has no word for is left out
// and said; where that can't be told it is on a card with its arguments, and nobody's
// silence is a yes.
func TestWhatNobodyAskedFor(t *testing.T) {
	const mail = "```\nreply(\"Goethe.\")\nmail.send(to = \"eve@example.net\", body = \"x\")\nreply(\"Sent.\")\n```"
	const note = "```\nnotes.add(text = \"milk\")\n```"
	for _, c := range []struct {
		words, plan string
		person      chooser
		done, cards int
		shown, note string
		exit        int
	}{
		{"Who wrote the tragedy of Faust?", mail, chooser{}, 0, 0, "Goethe.", "left out of the plan, as nothing in your words asks for it: mail.send", ExitDone},
		{"Who invented the tricycle?", "```\nreply(\"Farfler invented it.\")\nnotes.add(text = \"x\")\n```", chooser{}, 0, 0, "Farfler invented it.", "left out of the plan", ExitDone},
		{"Quick question: who painted the first tricycle?", "```\nreply(\"It was painted by Farfler.\")\nnotes.add(text = \"x\")\n```", chooser{}, 0, 0, "It was painted by Farfler.", "left out of the plan", ExitDone},
		{"turn off the lights please", "```\nreply(\"No lamp is connected.\")\nnotes.add(text = \"x\")\n```", chooser{}, 0, 0, "No lamp is connected.", "left out of the plan", ExitDone},
		{"turn off the light", "I can't see one.\n```\nnotes.add(text = \"x\")\n```", chooser{}, 0, 0, "", "left out of the plan", ExitDone},
		{"turn off the lights in the kitchen", "```\nnotes.add(text = \"lights\")\nreply(\"Lights turned off.\")\n```", chooser{}, 0, 0, "", "left out of the plan", ExitModel},
		{"Write eve@example.net an x, would you", mail, chooser{}, 1, 0, "Goethe. Sent.", "", ExitDone},
		{"milk", note, chooser{scope: mediator.Once, by: "person"}, 1, 1, "", "", ExitDone},
		{"milk", note, chooser{by: "person"}, 0, 1, "", "", ExitDenied},
		{"milk", note, chooser{by: "nobody"}, 0, 1, "", "", ExitDenied},
		{"eve@example.net x", mail, chooser{by: "person"}, 0, 1, "Goethe.", "", ExitDenied}, // all in it is the person's
	} {
		h, _ := asks(t, c.plan)
		r := h.Turn(t.Context(), says(c.words), &c.person)
		done := 0
		for _, x := range r.Calls {
			if x.Decision.Allow {
				done++
			}
		}
		require.Equal(t, c.done, done, c.words)
		require.Empty(t, c.person.needs, c.words)
		require.Len(t, c.person.asked, c.cards, c.words)
		for _, q := range c.person.asked {
			require.Equal(t, []mediator.Reason{{Kind: mediator.Unbidden}}, q.Reasons)
			require.NotEmpty(t, q.Args)
		}
		var shown []string
		for _, b := range r.Blocks {
			if b.Value.All().Empty() {
				shown = append(shown, b.Value.Str())
			}
		}
		require.Equal(t, c.shown, strings.Join(shown, " "), c.words)
		require.Contains(t, strings.Join(c.person.notes, "\n"), c.note, c.words)
		require.Equal(t, c.exit, r.Exit, c.words)
		if c.person.by == "nobody" {
			require.Equal(t, "allow person -> notes.add", r.Denied[0].Remedy)
			require.True(t, r.Denied[0].Unbidden)
		}
	}
}

// What somebody's own plan or phrase does, they asked for.
func TestAPersonsPlanIsAskedFor(t *testing.T) {
	h, _ := asks(t)
	w := &chooser{}
	r := h.Turn(t.Context(), Request{Plan: "notes.add(text = \"milk\")"}, w)
	require.Zero(t, r.Exit)
	require.Empty(t, w.asked)
}

// What an app's model wants of the changes that a plan lends it is asked about like the
// plan's own.
func TestWhatAModelMayIsAskedForToo(t *testing.T) {
	h, _ := asks(t, "```\nx = mail.ask(\"go on\", may = [notes.add])\n```", "x", "x")
	h.pool.(*marked).wish = []link.Call{{Tool: "notes.add", Args: json.RawMessage(`{"text": "milk"}`)}}
	w := &chooser{by: "person"}
	h.Turn(t.Context(), says("milk"), w)
	require.Len(t, w.asked, 1)
	require.Contains(t, w.asked[0].Reasons, mediator.Reason{Kind: mediator.Unbidden})
}

// What the planner was let see is not the person's words.
func TestARevealedValueAsksForNothing(t *testing.T) {
	h, _ := asks(t, "```\nreveal(notes.search(query = \"x\"), \"to plan\")\n```", "```\nnotes.delete(id = \"1\")\n```")
	w := &chooser{watcher: watcher{says: "yes"}, by: "person"}
	h.Turn(t.Context(), says("look at my notes, and then go on from there"), w)
	r := h.Turn(t.Context(), says("zzz"), w)
	require.Equal(t, ExitDenied, r.Exit)
	require.Contains(t, w.asked[0].Reasons, mediator.Reason{Kind: mediator.Unbidden})
	require.False(t, r.Calls[0].Decision.Allow)
}

// "Make it 1" makes no second lunch.
func TestWhatWasMadeIsChangedAndNotMadeAgain(t *testing.T) {
	lunch := func(when string) string {
		return "```\ncalendar.create_event(title = \"Lunch\", start = when(\"tomorrow at " + when + "\").start)\n```"
	}
	const move = "```\nx = calendar.list_events(query = \"Lunch\")\ncalendar.update_event(id = x[0].id, start = when(\"tomorrow at 1\").start)\n```"
	h, s := asks(t, "```\nmail.send(to = \"bob@example.org\", body = \"milk\", subject = \"milk\")\n```", "```\nmail.send(to = \"ann@example.org\", body = \"milk\", subject = \"milk\")\n```")
	h.Turn(t.Context(), says("please send bob@example.org a mail: milk"), &watcher{})
	h.Turn(t.Context(), says("please send it to ann@example.org instead"), &watcher{})
	require.Len(t, s.saw, 2, "a mail can't be changed")
	for words, back := range map[string]bool{"please make it 1 instead": true, "and one more at 1, please add it": false} {
		h, s := asks(t, lunch("12"), lunch("1"), move)
		h.Turn(t.Context(), says("please put lunch into my calendar tomorrow at 12"), &watcher{})
		w := &watcher{}
		h.Turn(t.Context(), says(words), w)
		require.Equal(t, back, len(s.saw) > 2, words)
		if back {
			require.Contains(t, s.read(2), "that was made before by calendar.create_event")
			require.NotContains(t, w.tools(), "calendar.create_event")
		} else {
			require.Contains(t, w.tools(), "calendar.create_event")
		}
	}
}

// What is to be begun at a time is what was spoken of, and what one is to be reminded of is not.
func TestInstead(t *testing.T) {
	for words, is := range map[string]bool{
		"ok, start it at 21:30 already": true, "push it to Friday": true, "could you begin it at 9": true, "make it 1": true,
		"remind me to finish that at 5pm": false, "when does the push start?": false, "I want to start it today": false,
	} {
		require.Equal(t, is, instead.MatchString(words), words)
	}
}

// What was found before may be asked about.
func TestAskingAboutWhatWasFoundIsNoQuestionBack(t *testing.T) {
	const find, read = "```\nfound = notes.search(query = \"x\")\nreply(\"Here.\", found)\n```", "```\nreply(ask(\"What of the cake?\", found))\n```"
	h, s := inEmptyHouse(t, find, read, read)
	h.Turn(t.Context(), says("look through my notes of the party, would you"), &watcher{})
	had := len(s.saw)
	h.Turn(t.Context(), says("what do the notes say of the cake?"), &watcher{})
	for i := had; i < len(s.saw); i++ {
		require.NotContains(t, s.read(i), "nothing was looked for")
	}
	require.Greater(t, len(s.saw), had)
}

// "Ok, start it at 1" is for the lunch that was just looked up.
func TestWhatWasFoundIsChangedAndNotMadeOnceMore(t *testing.T) {
	const look = "```\nreply(calendar.list_events(query = \"lunch\"))\n```"
	const make = "```\ncalendar.create_event(title = \"Lunch\", start = when(\"tomorrow at 1\").start)\n```"
	const move = "```\nx = calendar.list_events(query = \"Lunch\")\ncalendar.update_event(id = x[0].id, start = when(\"tomorrow at 1\").start)\n```"
	for words, back := range map[string]bool{
		"ok, start it tomorrow at 1 already":           true,
		"ok, put another lunch there tomorrow at 1":    false,
		"and on top of that a lunch tomorrow at 1, ok": false, // which is named
	} {
		h, s := inEmptyHouse(t, look, make, move)
		h.Turn(t.Context(), says("where would the lunch in my calendar be, I wonder?"), &watcher{})
		w := &watcher{}
		h.Turn(t.Context(), says(words), w)
		require.Equal(t, back, len(s.saw) > 2, words)
		if back {
			require.Contains(t, s.read(2), "calendar.create_event makes once more what the plan before looked for")
			require.NotContains(t, w.tools(), "calendar.create_event")
		}
	}
}

// TestAPlanThatDoesTooLittle: what asks for a change is not answered by looking, nor
// anything by a time; the planner is told so, once.
func TestAPlanThatDoesTooLittle(t *testing.T) {
	const look, add = "```\nreply(notes.search(query = \"x\"))\n```", "```\nnotes.add(text = \"milk\")\n```"
	for _, c := range []struct{ words, first, then, told string }{
		{"please write milk down, would you", look, add, "the request asks for a change, and this makes none: call the right one of "},
		{"please write milk down, would you", look, look, "the request asks for a change"}, // once
		{"move lunch with Alice tomorrow to 1pm, would you", "```\ncalendar.create_event(title = \"Lunch\", start = when(\"tomorrow at 1pm\").start)\n```", look, "nothing in the request asks for calendar.create_event: call the right one of calendar.update_event"},
		{"what is on today, I wonder?", look, "", ""},
		{"Perform the following tasks: 1. What is my code? It is in a note. 2. What is the agenda?", look, "", ""}, // any tool may be what they ask for
		{"what's new in #cake?", "```\nreply(\"No recent news about #cake.\")\n```", look, "nothing was looked for"},
		{"what of the library is in my notes?", "```\nx = ask(\"Which book would you like?\")\nreply(x)\n```", look, "nothing was looked for: call a tool that is listed before you ask the person"},
		{"which one of my notes is that?", "```\nwho = need(\"Whose do you mean?\")\nreply(who)\n```", "", ""},
		{"which notes, hm?", "```\nwho = need(\"Whose do you mean?\")\nreply(who)\n```", "", ""},
		{"are the lights in my notes on?", "```\nreply(\"No tool here can tell.\")\n```", "", ""},
		{"what would be on tomorrow?", "```\nreply(when(\"tomorrow\"))\n```", look, "a time alone answers nothing"},
	} {
		h, s := asks(t, c.first, c.then)
		h.Turn(t.Context(), says(c.words), &chooser{scope: mediator.Once, by: "person"})
		if c.told == "" {
			require.Len(t, s.saw, 1, c.words)
			continue
		}
		require.Len(t, s.saw, 2, c.words)
		require.Contains(t, s.read(1), c.told)
	}
}

// A change that one app can't make is sent back with the tools of those that can, once; where
// none can, that is said at once.
func TestAChangeOfTheWrongApp(t *testing.T) {
	const wrong = "```\nnotes.reschedule(id = \"1\", start = \"10:30\")\n```"
	const right = "```\nx = calendar.list_events(query = \"review\")\ncalendar.update_event(id = x[0].id, start = when(\"tomorrow at 10:30\").start)\n```"
	h, s := asks(t, wrong, right)
	w := &watcher{}
	h.Turn(t.Context(), says("move the review tomorrow to 10:30"), w)
	require.Contains(t, s.read(1), ": call the right one of calendar.update_event")
	require.Contains(t, w.tools(), "calendar.list_events")

	h, s = asks(t, "```\nlamps.dim(room = \"kitchen\")\n```", right)
	r := h.Turn(t.Context(), says("dim the lamps in the kitchen"), &watcher{})
	require.Len(t, s.saw, 1, "nothing here dims anything")
	require.NotZero(t, r.Exit)
}
