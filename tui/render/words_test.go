package render

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/hub"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

func TestUndoneSaysWhatDidNotHappen(t *testing.T) {
	for want, tool := range map[string]mediator.Tool{
		"nothing was added":          {Name: "create_event", About: "Add an event", Effect: mediator.Write},
		"nothing was deleted":        {Name: "delete_event", Deletes: true},
		"nothing was sent":           {Name: "send", About: "Send a mail"},
		"nothing was changed":        {Name: "update_event", Effect: mediator.Write},
		"nobody was given access":    {Name: "share", Grants: true},
		"nothing was read":           {Name: "search", Effect: mediator.Read},
		"nothing left this computer": {Name: "fetch", Effect: mediator.Read, Open: true},
	} {
		require.Equal(t, want, Undone(tool))
		require.Equal(t, "You said no: "+want+".", SaidNo(tool))
	}
}

func TestDeniedGivesTheWholeCommand(t *testing.T) {
	add := func(rule string) string { return "secgpt policy add " + Shell(rule) }
	d := hub.Denial{From: []label.Source{"mail", "web/example.com"}, Tool: calendarTool(), Remedy: `allow mail, web/example.com -> mail.send(to="it's")`}
	require.Equal(t, "secgpt: mail, web/example.com → calendar.create_event needs a yes, and nobody can be asked here. Nothing was added.\n"+
		`        To allow it:  secgpt policy add 'allow mail, web/example.com -> mail.send(to="it'\''s")'`, Denied(d, add))
	require.Contains(t, Denied(d, nil), " --profile DIR")
	require.NotContains(t, Denied(d, add), "in words")
	d.Unbidden = true
	require.Contains(t, Denied(d, add), "\n        Or ask for it in words, as in: add a note: …")
	d.Unbidden = false
	d.Remedy, d.Why = "", "calendar.create_event is not in the plan of this request"
	require.Equal(t, "secgpt: mail, web/example.com → calendar.create_event: calendar.create_event is not in the plan of this request. Nothing was added.", Denied(d, add))
	d.Why = ""
	require.Contains(t, Denied(d, add), "no rule can give")
	d.Remedy = "allow mail -> notes.add(title=\"\x1b[2J\u202e\")"
	require.NotContains(t, Denied(d, add), "\x1b")
	require.NotContains(t, Denied(d, add), "\u202e")
}

func TestFailuresMarkTheAppsWords(t *testing.T) {
	require.Equal(t, "mail: no answer for 30 s", Failure(hub.Failed{App: "mail", Message: "no answer for 30 s"}))
	require.Equal(t, "mail died (it said: a⟨U+001B⟩ ⏎ b)", Failure(hub.Failed{App: "mail", Message: "mail died", Said: "a\x1b\nb\n"}))
	require.LessOrEqual(t, len(Failure(hub.Failed{Message: "x", Said: strings.Repeat("y", 9999)})), 300)
	require.Equal(t, "ours", Note(hub.Noted{Text: "ours"}))
	require.Equal(t, "mail says: theirs", Note(hub.Noted{Text: "theirs", From: "mail"}))
}

func TestMeansNamesWhoGetsIt(t *testing.T) {
	q := kickoff()
	require.Equal(t, []string{"Can be undone. Nothing leaves this computer.", "For longer than once: whatever comes from a mail goes in unasked."}, Means(q))
	q = sending(t)
	require.Contains(t, strings.Join(Means(q), " "), "Can't be undone. It leaves this computer: mаllory@example.net can read it.")
	q.Call.Tool.Roles = nil
	q.Call.Tool.App = "model:gpt"
	q.Call.Tool.Effect = mediator.Read
	require.Contains(t, Means(q), "Changes nothing. It leaves this computer: whoever runs the model gpt can read it.")
	q.Call.Tool.Deletes, q.Call.Tool.Grants = true, true
	require.Subset(t, Means(q), []string{"Something is deleted.", "Somebody is given access."})
	q.Binds = []mediator.Bound{{Name: "Bob", Value: "bob\u202e@example.org"}}
	require.Contains(t, Means(q), "From then on Bob in your words means bob⟨U+202E⟩@example.org.")
}

func TestStepLineStaysOnOneLine(t *testing.T) {
	step := hub.Step{Tool: mediator.Tool{App: "mail", Name: "search"}, About: "from Bob, newest first\n\x1b[2J", State: hub.Done, Took: 38 * time.Millisecond}
	require.Equal(t, "mail.search              from Bob, newest first ⏎ ⟨U+001B⟩[2J          38 ms", StepLine(step, Options{Width: 76}).Plain(76))
	step.About = ""
	for state, want := range map[hub.StepState]string{hub.Working: "working", hub.Waiting: "waits for you", hub.Denied: "refused", hub.Broken: "failed", hub.Skipped: "not called"} {
		step.State = state
		require.Equal(t, want, StepLine(step, Options{Width: 76}).Right.Text)
	}
	step.Tool.Name = strings.Repeat("x", 500)
	for w := minWidth; w < 120; w++ {
		fits(t, []Line{StepLine(step, Options{Width: w})}, w)
	}
}

func TestTook(t *testing.T) {
	require.Equal(t, "under 1 ms", Took(900*time.Microsecond))
	require.Equal(t, "38 ms", Took(38*time.Millisecond))
	require.Equal(t, "4.1 s", Took(4100*time.Millisecond))
	require.Equal(t, "1m5s", Took(65*time.Second))
}

func TestFoldSaysWhatWentWhere(t *testing.T) {
	q := kickoff()
	for i := range q.Args {
		q.Call.Args = append(q.Call.Args, q.Args[i].Arg)
	}
	read := hub.CallResult{Call: mediator.Call{Tool: mediator.Tool{App: "mail", Name: "search"}}, Decision: mediator.Decision{Allow: true, By: "default"}}
	change := hub.CallResult{Call: q.Call, Decision: mediator.Decision{Allow: true, By: "person", Reasons: q.Reasons}}
	require.Empty(t, Fold(hub.Result{}))
	require.Equal(t, "1 step", Fold(hub.Result{Calls: []hub.CallResult{read}}))
	parse := hub.CallResult{Call: change.Call, Decision: mediator.Decision{Allow: true, By: "default"}}
	require.Equal(t, "4 steps · mail → calendar, allowed by you", Fold(hub.Result{Calls: []hub.CallResult{read, parse, change, change}}))
	require.Equal(t, "1 step · mail → calendar", Fold(hub.Result{Calls: []hub.CallResult{parse}}))
	change.Decision.By = "rule 3"
	change.Decision.Withheld = []string{"location"}
	require.Equal(t, "1 step · mail → calendar, allowed in part by rule 3", Fold(hub.Result{Calls: []hub.CallResult{change}}))
	change.Decision = mediator.Decision{By: "nobody", Reasons: q.Reasons}
	require.Equal(t, "1 step · mail → calendar, refused", Fold(hub.Result{Calls: []hub.CallResult{change}}))
	change.Decision = mediator.Decision{By: "default", Dry: true}
	require.Equal(t, "1 step · mail → calendar, not called: a dry run", Fold(hub.Result{Calls: []hub.CallResult{change}}))
}

func TestReasonsAreSentences(t *testing.T) {
	for k := mediator.Deciding; k <= mediator.Unbidden; k++ {
		all := Because([]mediator.Reason{{Kind: k, Arg: "to", From: []label.Source{label.Unknown}}})
		require.Len(t, all, 1)
		require.True(t, strings.HasSuffix(all[0], "."), all[0])
		require.NotEqual(t, because(mediator.Reason{}, nil), all[0], "a reason without a sentence")
	}
	foreign := func(arg string, from label.Source) mediator.Reason {
		return mediator.Reason{Kind: mediator.Foreign, Arg: arg, From: []label.Source{from}}
	}
	require.Equal(t, []string{"title, start and end carry data from a mail.", "where carries data from a note."},
		Because([]mediator.Reason{foreign("title", "mail"), foreign("start", "mail"), foreign("where", "notes"), foreign("end", "mail")}))
}

func TestWhose(t *testing.T) {
	a := mediator.Shown{Arg: mediator.Arg{Value: mine("x")}}
	require.Equal(t, "this request", Whose(a))
	a.Unsaid = true
	require.Equal(t, "the plan", Whose(a))
	a.NotInWords, a.Unsaid = true, false
	require.Equal(t, "the plan", Whose(a))
	a.Value = a.Value.Made(label.Origin{How: label.Answer})
	require.Equal(t, "you", Whose(a))
	a.Value = label.TextOf("x", label.Of("mail"))
	require.Equal(t, "mail", Whose(a))
}

func TestPlainLinesSayTheSource(t *testing.T) {
	require.Equal(t, "From mail:\n| x", PlainLine(Line{Bar: true, Runs: []Run{{Text, "x"}}, Right: Run{Source, "mail"}}))
	require.Equal(t, "| x", PlainLine(Line{Bar: true, Runs: []Run{{Text, "x"}}}))
	require.Equal(t, "|", PlainLine(Line{Bar: true}))
	require.Equal(t, "x (from mail)", PlainLine(Line{Runs: []Run{{Text, "x"}}, Right: Run{Source, "mail"}}))
}

func TestDates(t *testing.T) {
	o := options(t)
	at := func(s string) moment {
		m, ok := readMoment(s)
		require.True(t, ok, s)
		return m
	}
	require.Equal(t, "Thu 26 Nov, 14:00", o.when(at("2026-11-26T13:00:00Z")))
	require.Equal(t, "Thu 26 Nov, 14:00", o.when(at("2026-11-26T13:00:30Z")))
	require.Equal(t, "Thu 26 Nov 2026, 14:00:30.5 (Europe/Berlin)", o.exactly(at("2026-11-26T14:00:30.5+01:00")))
	require.Equal(t, "Sat 26 Dec 2026", o.exactly(at("2026-12-26")))
	require.Equal(t, "Thu 26 Nov 2026, 13:00 (UTC+00:00; here 14:00)", o.exactly(at("2026-11-26T13:00Z")))
	require.Equal(t, "Thu 26 Nov 2026, 14:00 (Europe/Berlin)", o.exactly(at("2026-11-26T14:00:00+01:00")))
	require.Equal(t, "Thu 26 Nov–Sat 28 Nov", o.span(at("2026-11-26"), at("2026-11-29")))
	require.Equal(t, "Thu 26 Nov", o.span(at("2026-11-26"), at("2026-11-27")))
	require.Equal(t, "Thu 26 Nov, 23:00–Fri 27 Nov, 01:00", o.span(at("2026-11-26T23:00:00+01:00"), at("2026-11-27T01:00:00+01:00")))
	for _, s := range []string{"", "2026-13-01", "26.11.2026", "2026-11-26T14:00", "2026-11-26T14:00:00Z and more", "1234567890"} {
		_, ok := readMoment(s)
		require.False(t, ok, s)
	}
}

func TestAddressesInSentencesKeepTheirDates(t *testing.T) {
	b := blocks(label.TextOf("see https://x.example/2026-11-26T14:00:00Z", label.Of("mail")))
	require.Equal(t, "see https://x.example/2026-11-26T14:00:00Z", Plain(b, options(t)))
	b = blocks(label.Spans(label.Person(), label.Span{Text: "see https://x.example/?d=", Label: label.Of("web")}, label.Span{Text: "secret", Label: label.Of("mail")}))
	require.Equal(t, "see x.example…(18 bytes)", Plain(b, options(t)), "also where it is made of pieces")
	o := options(t)
	o.Whole = true
	require.Equal(t, "see https://x.example/?d=secret", Plain(b, o))
}
