package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/apps"
	"secgpt/apps/link"
	"secgpt/hub/pick"
	"secgpt/hub/profile"
	"secgpt/hub/rooms"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// TestAQuestionWithoutAPlanIsLookedFor: with the likeliest tool, by the person's words; what
// is to be done is not guessed, nor is what some tool that is not there would do.
func TestAQuestionWithoutAPlanIsLookedFor(t *testing.T) {
	worse, absent := "```\nreply(nothing_of_it)\n```", "```\nreply(printer.ink())\n```"
	for _, c := range []struct {
		words string
		plans []string
		tools []string
	}{
		{"which note has the agenda?", []string{worse, worse}, []string{"notes.search"}},
		{"what is there tomorrow, any meeting?", []string{worse, worse}, []string{"calendar.list_events"}},
		{"write a note about the agenda, would you", []string{worse, worse}, nil},
		{"is there a note about ink?", []string{absent, absent}, nil},
		{"which note has the agenda, if any?", []string{worse, "```\nnothing\n```"}, []string{"notes.search"}},
		{"where is the meteor shower on sunday?", []string{worse, worse, worse}, []string{"calendar.list_events"}},
	} {
		h, _ := asks(t, c.plans...)
		w := &watcher{}
		r := h.Turn(t.Context(), says(c.words), w)
		require.Equal(t, c.tools, w.tools(), c.words)
		if c.tools == nil {
			require.Equal(t, ExitModel, r.Exit, c.words)
			continue
		}
		require.Contains(t, strings.Join(w.notes, "\n"), "no plan came about, so ")
		require.Contains(t, strings.Join(w.notes, "\n"), c.tools[0])
		require.Len(t, h.past, 1)
		require.Contains(t, h.past[0].Plan, c.tools[0], "what follows may go on from it")
	}
}

// TestNothingFoundIsSaid: also where no plan came about; and what is asked of another app
// stands in no built-in one.
func TestNothingFoundIsSaid(t *testing.T) {
	worse := "```\nreply(nothing_of_it)\n```"
	for words, want := range map[string]string{
		"which note speaks of zebras?":       "nothing here holds your words",
		"which note has zebras, now really?": "nothing here holds your words",
		"welche Notiz spricht von Zebras?":   "nothing here holds your words",
		"which note lies on the disk now?":   "made no plan that can run",
		"who lent me the zebras to feed?":    "nothing here holds your words", // wherever it stands
	} {
		second := worse
		if strings.Contains(words, "really") { // a fence that is no plan ends the tries
			second = "```\nnothing\n```"
		}
		h, _ := inEmptyHouse(t, worse, second, worse)
		w := &watcher{}
		r := h.Turn(t.Context(), says(words), w)
		require.Equal(t, ExitModel, r.Exit, words)
		require.Contains(t, r.Errors[0].Message, want)
		calls := map[bool]int{true: 1}[strings.Contains(strings.ToLower(words), "zebras")]
		if strings.HasPrefix(words, "who") {
			calls = 3
		}
		require.Len(t, w.calls, calls)
	}
}

// diary is a house whose calendar has one event, and notes one note.
type diary struct{ *marked }

func (d diary) Call(ctx context.Context, app apps.App, tool string, args json.RawMessage) (rooms.Reply, error) {
	switch tool {
	case "list_events":
		return rooms.Reply{Value: json.RawMessage(`[{"id": "e1", "title": "Choir practice"}]`)}, nil
	case "search":
		return rooms.Reply{Value: json.RawMessage(`[{"id": "n1", "title": "The choir of slugs", "text": "sings"}]`)}, nil
	}
	return d.marked.Call(ctx, app, tool, args)
}

// TestAGuessHoldsTheWords: what is on at a time, or what a search finds, and holds none of the
// words of a question, is no answer to it.
func TestAGuessHoldsTheWords(t *testing.T) {
	worse := "```\nreply(nothing_of_it)\n```"
	for words, shown := range map[string]bool{
		"where is the choir tomorrow?":               true,
		"what is there tomorrow, any meeting?":       true, // it names no thing
		"where does the teapot stand tomorrow?":      false,
		"what am I doing tomorrow?":                  true,
		"what does the day look like tomorrow?":      true,
		"which note tells of slugs in a choir?":      true,
		"which note tells of teapots in a cupboard?": false,
	} {
		p, err := profile.At(t.TempDir())
		require.NoError(t, err)
		h, err := Open(Options{Profile: p, Rooms: diary{&marked{}}, Thinker: &script{says: []string{worse, worse, worse}}})
		require.NoError(t, err)
		w := &watcher{}
		r := h.Turn(t.Context(), says(words), w)
		h.Close()
		require.Len(t, w.calls, 1, words)
		require.Equal(t, shown, r.Exit == 0, words)
		if !shown {
			require.Contains(t, r.Errors[0].Message, "nothing here holds your words")
		}
	}
}

// TestWhatIsLookedForCarriesWhatWasRead: that there was no plan may be the doing of what the
// planner had read.
func TestWhatIsLookedForCarriesWhatWasRead(t *testing.T) {
	worse := "```\nreply(nothing_of_it)\n```"
	h, _ := asks(t, "```\nreply(calendar.list_events())\n```", worse, worse)
	w := &watcher{}
	h.Turn(t.Context(), says("which note has the agenda?"), w)
	require.Equal(t, []string{"calendar.list_events", "notes.search"}, w.tools())
	require.Equal(t, label.Of("calendar"), w.calls[1].Control)
	require.Len(t, h.past, 1)
	require.NotContains(t, h.past[0].Plan, "notes.search", "that it came to this is the calendar's doing")
}

// TestWhatInstalledAppsSayDecidesNoLikelyRead: however many words they have.
func TestWhatInstalledAppsSayDecidesNoLikelyRead(t *testing.T) {
	h, _ := asks(t)
	turn := &turn{h: h, req: says("which letter or memo is on the agenda?")}
	before := turn.likely("")
	require.NotEmpty(t, before)
	_, all := h.index()
	var docs []pick.Doc
	for _, at := range all {
		docs = append(docs, docOf(at.app, at.name, nil))
	}
	for i := range 300 {
		name := fmt.Sprintf("chatty%d", i)
		h.pickable = append(h.pickable, newToolAt(apps.App{Manifest: apps.Manifest{Name: name}}, "find"))
		docs = append(docs, pick.Doc{App: name, Tool: "find", About: strings.Repeat(before[0]+" event agenda ", 5)})
	}
	h.picker = pick.New(docs)
	require.Equal(t, before, turn.likely(""))
}

// TestWhatAPlanDidNotFindMayStandElsewhere: a plan that looked for words in one place, and says
// by itself that there is nothing, has not answered a question that names no place.
func TestWhatAPlanDidNotFindMayStandElsewhere(t *testing.T) {
	for _, c := range []struct {
		words, plan string
		tools       []string
	}{
		{"teapots?", "found = notes.search(query = \"teapots\")\nif found:\n    reply(found)\nelse:\n    reply(\"No teapots.\")", []string{"notes.search", "calendar.list_events", "mail.search"}},
		{"where are the teapots?", "found = notes.search(query = \"teapots\")\nif found:\n    reply(found)\nelse:\n    reply(\"No teapots.\")", []string{"notes.search", "calendar.list_events", "mail.search"}},
		{"any note about teapots?", "found = notes.search(query = \"teapots\")\nif found:\n    reply(found)\nelse:\n    reply(\"No.\")", []string{"notes.search"}},
		{"am I free?", "at = when(\"Friday at 3pm\")\nfound = calendar.list_events(start = at.start, end = at.end)\nif found:\n    reply(\"No.\")\nelse:\n    reply(\"Yes.\")", []string{"calendar.list_events"}},
		{"teapots, anything?", "found = notes.search(query = \"teapots\")\nif found:\n    reply(found)\nreply(\"They are for tea.\")", []string{"notes.search"}},
		{"teapots?", "found = mail.search(query = \"teapots\")\nif found:\n    reply(\"There are some.\")", []string{"mail.search"}},
		{"teapots?", "found = mail.search(query = \"teapots\")\nmore = notes.search(query = \"teapots\")\nif found:\n    reply(\"There are some.\")\nreply(more)", []string{"mail.search", "notes.search"}},
		{"teapots?", "found = notes.search()\nif found:\n    reply(found)\nelse:\n    reply(\"No.\")", []string{"notes.search"}},
	} {
		h, _ := inEmptyHouse(t, "```\n"+c.plan+"\n```")
		w := &watcher{}
		r := h.Turn(t.Context(), says(c.words), w)
		require.Equal(t, c.tools, w.tools(), c.words)
		asksWhere := strings.HasPrefix(c.words, "where")
		require.Equal(t, asksWhere, len(r.Errors) > 0, "%s %v", c.words, r.Errors)
		if asksWhere {
			require.Contains(t, r.Errors[0].Message, "say it in other words, or name the app")
		}
		if len(c.tools) == 3 {
			require.Contains(t, strings.Join(w.notes, "\n"), "nothing was found, so your words were looked for in calendar, mail")
			require.True(t, w.calls[1].Control.Has("notes"), "that there was nothing decides it")
		}
	}
}

// TestAChannelIsNoNote: what only an installed app has is not looked for in the built-in ones.
func TestAChannelIsNoNote(t *testing.T) {
	h, _ := inEmptyHouse(t)
	turn := &turn{h: h}
	for _, text := range []string{"what is new in #cake", "is there cake"} {
		require.False(t, turn.namesOther(text), "no app has channels")
	}
	chat := apps.App{Manifest: apps.Manifest{Name: "chat"}, Tools: []link.Tool{{Name: "history", Input: json.RawMessage(`{"type":"object","properties":{"channel_id":{"type":"string"}}}`)}}}
	h.index()
	h.pickable = append(h.pickable, newToolAt(chat, "history"))
	for text, want := range map[string]bool{"what is new in #cake": true, "who is in (#cake)?": true, "is there cake": false, "the #1": false, "see https://a.example/#b": false, "# cake": false} {
		require.Equal(t, want, turn.namesOther(text), text)
	}
}

func TestLooksForWords(t *testing.T) {
	turn := &turn{began: time.Now()}
	for _, v := range []label.Value{label.BoolOf(true, label.Person()), label.IntOf(3, label.Person()), label.TextOf("tomorrow at 3", label.Person()), {}} {
		require.False(t, turn.looksFor(mediator.Arg{Value: v}))
	}
	require.True(t, turn.looksFor(mediator.Arg{Value: label.TextOf("teapots", label.Person())}))
}

// TestAQuestionIsLookedForWithoutAModel: what no phrase fits is answered as after a plan that
// came to nothing. What is to be done is not, nor a greeting, nor what a script asks, which is told
// by the exit code; and it says that no model was asked.
func TestAQuestionIsLookedForWithoutAModel(t *testing.T) {
	for words, c := range map[string]struct {
		tools []string
		exit  int
	}{
		"choir?":                                {[]string{"calendar.list_events", "mail.search", "notes.search"}, 0},
		"teapots?":                              {[]string{"calendar.list_events", "mail.search", "notes.search"}, ExitModel},
		"is there anything about teapots?":      {[]string{"calendar.list_events", "mail.search", "notes.search"}, ExitModel},
		"which note tells of slugs in a choir?": {[]string{"notes.search"}, 0},
		"where is the choir tomorrow?":          {[]string{"calendar.list_events"}, 0},
		"where is the teapot tomorrow?":         {[]string{"calendar.list_events"}, ExitModel},
		"am I free for teapots tomorrow?":       {[]string{"calendar.list_events"}, 0},
		"make a teapot of the choir":            {nil, ExitModel},
		"hello, how are you?":                   {nil, ExitModel},
		"(a script) choir?":                     {nil, ExitModel},
	} {
		p, err := profile.At(t.TempDir())
		require.NoError(t, err)
		h, err := Open(Options{Profile: p, Rooms: diary{&marked{}}, Model: "none"})
		require.NoError(t, err)
		w := &watcher{}
		req := says(strings.TrimPrefix(words, "(a script) "))
		req.Script = req.Text() != words
		r := h.Turn(t.Context(), req, w)
		h.Close()
		require.ElementsMatch(t, c.tools, w.tools(), words)
		require.Equal(t, c.exit, r.Exit, "%s: %v", words, r.Errors)
		if c.tools != nil {
			require.Contains(t, strings.Join(w.notes, "\n"), "no phrase fits that, and no model was asked, so ", words)
		}
		if c.exit != 0 {
			require.Contains(t, r.Errors[0].Message, "no phrase fits that, and no model is used", words)
		}
	}
}

// torn is a diary whose mail can't be read.
type torn struct{ diary }

func (d torn) Call(ctx context.Context, app apps.App, tool string, args json.RawMessage) (rooms.Reply, error) {
	if app.Name == "mail" {
		return rooms.Reply{}, errors.New("the index is torn")
	}
	return d.diary.Call(ctx, app, tool, args)
}

// TestASearchThatFailsHidesNoOther: what the others found is shown.
func TestASearchThatFailsHidesNoOther(t *testing.T) {
	p, err := profile.At(t.TempDir())
	require.NoError(t, err)
	h, err := Open(Options{Profile: p, Rooms: torn{diary{&marked{}}}, Model: "none"})
	require.NoError(t, err)
	defer h.Close()
	w := &watcher{}
	r := h.Turn(t.Context(), says("choir?"), w)
	require.Len(t, w.calls, 3)
	require.Len(t, r.Blocks, 2, "of the calendar and the notes")
	require.NotEqual(t, 0, r.Exit, "that one failed is known")
}

// TestWhatFitsNoConditionIsShown: to a question that "nothing" does not answer, where a plan's own
// condition leaves out all that it found; and that it found nothing is said.
func TestWhatFitsNoConditionIsShown(t *testing.T) {
	plan := "```\nfound = notes.search(query = \"slugs\")\nfor n in found:\n    if n.text.startswith(\"From\"):\n        print(n.title)\n```"
	for words, shown := range map[string]bool{"what do the slugs sing?": true, "do the slugs sing at all?": false} {
		p, err := profile.At(t.TempDir())
		require.NoError(t, err)
		h, err := Open(Options{Profile: p, Rooms: diary{&marked{}}, Thinker: &script{says: []string{plan}}})
		require.NoError(t, err)
		w := &watcher{}
		r := h.Turn(t.Context(), says(words), w)
		h.Close()
		require.Zero(t, r.Exit, "%v", r.Errors)
		require.Equal(t, []string{"notes.search"}, w.tools())
		require.Equal(t, shown, len(r.Blocks) == 1, words)
		require.Equal(t, !shown, strings.Contains(strings.Join(w.notes, "\n"), "nothing was found to show"))
	}
	h, _ := inEmptyHouse(t, "```\nx = contacts.find(name = \"Bo\")\n"+strings.TrimPrefix(plan, "```\n"))
	r := h.Turn(t.Context(), says("what do the slugs sing?"), &watcher{})
	require.Equal(t, ExitModel, r.Exit)
	require.Contains(t, r.Errors[0].Message, "nothing was found to show; say it in other words")
}
