package plan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/mediator"
	"secgpt/mediator/label"
)

// TestNothingIsReadInTwoWays: what can mean two things, or nothing, is refused.
func TestNothingIsReadInTwoWays(t *testing.T) {
	for _, c := range []struct {
		words, plan, says string
		absent, missing   string
	}{
		{"", `bank.transfer(to = "Chidi")`, "there is no app or variable bank", "bank.transfer", ""},
		{"", "for m in mail.search():\n  mail.delete(id = m.id)", "mail has no tool delete", "mail.delete", ""},
		{"", "room = contacts.find(name = \"room\")\nroom.set_temperature(19)", "nothing that is installed can do that", "room.set_temperature", ""},
		{"", "bob = contacts.find(name = \"Bob\")\nbob.send(\"hi\")", "no value has a method send", "", ""},
		{"", "bob = contacts.find(name = \"Bob\")\nbob.send_mail(\"hi\")", "no value has a method send_mail", "", ""},
		{"move it on Friday to 1 for 2.5 hours", `calendar.update_event(id = "e1", start = when("Friday at 1").start, length = 150)`, "calendar.update_event has no argument length", "", ""},
		{"", `rota.update_shift(id = "e1", colour = 3)`, "calendar.update_event has no argument colour", "", ""},
		{"write her that I'm late", `mail.send(to = "Bo", body = "I'm late")`, "the request does not speak of Bo", "", "recipient"},
		{"E send a mail to Bob", `mail.send(to = "Bob", body = "How are you?")`, "the request does not say what to write", "", "text"},
		{"E Please write bob@example.com an email", `mail.send(to = "bob@example.com", body = "How are you?")`, "the request does not say what to write", "", "text"},
		{"make a new task for me", `todoist.create_tasks(items = [{"content": "New task"}])`, `"New task" calls nothing`, "", "title"},
		{"add an event tomorrow", `calendar.create_event(title = "Event", start = "tomorrow")`, `"Event" calls nothing`, "", "title"},
		{"mail me the list", `mail.send(to = "me@example.com", body = "x")`, "me@example.com stands nowhere in the request", "", "recipient"},
		{"mail me", `mail.send(to = "mum@home", body = "x")`, "mum@home stands nowhere in the request", "", "recipient"},
		{"", `git.show(repo_path = "/w")`, "git has no tool show", "git.show", ""}, // log or status
		{"", `calendar.find(colour = 3)`, "calendar has no tool find", "calendar.find", ""},
		{"", `notes.delete(id)`, "there is no variable id", "", "one"},
		{"", `mail.send(to = recipient, body = "x")`, "there is no variable recipient", "", "recipient"},
		{"", `mail.send(body = "x")`, "mail.send needs to", "", "recipient"},
		{"move Bob's appointment to Friday at 5", "x = contacts.find(name = \"Bob\")\ncalendar.update_event(id = x[0].id, start = when(\"Friday at 5\").start)", "calendar.update_event takes no id of contacts.find: search with calendar.list_events", "", ""},
		{"move the issue", `slots.update_task(when = "Friday")`, "slots.update_tasks has no argument when", "", ""},
		{"", `disk.write_fle(path = "a", text = "b")`, "it has write_file, read_file: did you mean disk.write_file?", "disk.write_fle", ""},
		{"", `calendar.delete_event(id = "your-event-id")`, "\"your-event-id\" is no id: search first", "", "one"},
		{"", `notes.delete(id = "<note_id>")`, "is no id", "", "one"},
		{"mail her", `mail.send(to = "bob@example.com", body = "x")`, "bob@example.com stands nowhere in the request", "", "recipient"},
		{"post the news", `slack.slack_post(channel_id = "C1", text = "The news is...")`, "text of slack.slack_post is not written out", "", "text"},
		{"write to a@b.de", `mail.send(to = "a@b.de", body = "Hello [Your Name]")`, "body of mail.send is not written out", "", "text"},
		{"forecast", `weather.forecast()`, "weather.forecast needs city", "", `"city"`}, // the app's word, not ours
		{"drop what is due", "for t in slots.get_tasks(due = 1):\n  slots.move_tasks(items = [{\"content\": t.id}])", "slots.get_tasks has no argument due", "", ""},
		{"E post when my call with Ms Tanaka is", `slack.slack_post(channel_id = "C1", text = "The call is at 10am.")`, "10am stands nowhere in the request", "", "time"},
		{"make a note from the slug mail", `notes.add(text = "slug mail")`, "the request speaks of a mail, and the plan reads none", "", ""},
		{"the review ends at 5pm", `calendar.update_event(id = "e1", finish = when("5pm").end)`, "calendar.update_event has no argument finish", "", ""},
		{"add the note to Friday's review", "n = notes.search(query = \"a\")\ncalendar.update_event(id = \"e1\", description = n[0].text + when(\"Friday\").date)", "calendar.update_event has no argument description", "", ""},
		{"slides for the review by Friday", `calendar.update_event(id = "e1", description = "Bring the slides by %s" % when("Friday"))`, "calendar.update_event has no argument description", "", ""},
		{"weather", `weather.forecast(city = "Rome", unit = "C")`, "weather.forecast has no argument unit", "", ""},
	} {
		_, _, err := asked(t, c.words, c.plan, false)
		var e *Error
		require.ErrorAs(t, err, &e, c.plan)
		require.Contains(t, e.Msg, c.says)
		require.Equal(t, c.absent, e.Absent, c.plan)
		require.Equal(t, c.missing, e.Missing, c.plan)
	}
	_, _, err := asked(t, "save this number in my contacts", `notes.add(text = "this number")`, true)
	require.ErrorContains(t, err, "the request speaks of a contacts", "not even the second time")
	_, _, err = asked(t, "make a note from the slug mail", `notes.add(text = "slug mail")`, true)
	require.ErrorContains(t, err, "the request speaks of a mail", "nor where something is to come from")
	_, _, err = asked(t, "make a note from the slug mail", `notes.add(text = contacts.find(name = "Bob")[0].name)`, true)
	require.ErrorContains(t, err, "the request speaks of a mail", "nor where something else is looked at")
	_, _, err = asked(t, "add the lines of the slug note to todoist", "notes.add(text = \"lines\")\ntodoist.create_tasks(items = [{\"content\": \"lines\"}])", true)
	require.ErrorContains(t, err, "the request speaks of a note", "nor where it is made anew")
	_, _, err = asked(t, "make a note from the slug mail", `notes.add(text = need("What does the mail say?"))`, true)
	require.NoError(t, err)
	_, _, err = asked(t, "make a note for the slug mail", `notes.add(text = "slug mail")`, true)
	require.NoError(t, err)
	for _, c := range [][2]string{
		{"write a@b.de that I come at 3", `mail.send(to = "a@b.de", body = "I come at 15:00.")`},
		{"write a@b.de that I come at seven", `mail.send(to = "a@b.de", body = "I come at 7 pm.")`},
		{"write a@b.de that it takes 90 minutes", `mail.send(to = "a@b.de", body = "It takes 1:30.")`},
		{"E mail Bob that I will be late", `mail.send(to = "Bob", body = "I will be late")`},
		{"add a task 'new task'", `todoist.create_tasks(items = [{"content": "new task"}])`},
		{"E Send Bob Happy Birthday", `mail.send(to = "Bob", body = "Happy Birthday")`},
		{"E add a note titled New Project: paint it", `notes.add(title = "New Project", text = "paint it")`},
		{"E send Bob the minutes", `mail.send(to = "Bob", body = "The minutes")`},
		{"mail Bob@Example.com", `mail.send(to = "bob@example.com", body = "x")`},
		{"note: from the slug mail", `notes.add(text = "slug mail")`},
		{"note that the mail is down", `notes.add(text = "the mail is down")`},
		{"answer the mail", "m = mail.search(limit = 1)[0]\nmail.send(to = m.subject, body = \"x\")"},
		{"add Bo to my notes, her mail is bo@example.net", `notes.add(text = "Bo, bo@example.net")`},
		{"write down: wait...", `notes.add(text = "wait...")`},
		{"note who may read it", `notes.add(text = {"emma@example.com": "reads"}["emma@example.com"])`},
	} {
		_, _, err := asked(t, c[0], c[1], false)
		require.NoError(t, err, c[0])
	}
}

// Nobody's number is made up.
func TestANumberThatNobodyNamed(t *testing.T) {
	src := `phones.save(name = "Svenja", phone = "+49 123 456 7890")`
	save := appTools{"phones.save": {Effect: mediator.Write, Params: []Param{{"name", "string", true}, {"phone", "string", false}}}}
	_, err := ParseChecked("", src, save, Check{Words: "add Svenja to my phones", Now: thursday})
	var e *Error
	require.ErrorAs(t, err, &e)
	require.Contains(t, e.Msg, "+49 123 456 7890 stands nowhere in the request")
	require.NotEmpty(t, e.Missing)
	_, err = ParseChecked("", src, save, Check{Words: "add Svenja, +49-123/4567890", Now: thursday})
	require.NoError(t, err)
}

// A word that a parameter does not take goes back with those that it takes.
func TestOnlyCertainWords(t *testing.T) {
	_, _, err := asked(t, "", `reply(github.list_issues(owner = "a", state = "new"))`, false)
	require.ErrorContains(t, err, "state of github.list_issues is one of open, closed, in_progress")
}

// TestWhatNobodySaidIsNotLookedFor: a time that the request does not name, and a text of the
// plan's own that a model is to read, go back once.
func TestWhatNobodySaidIsNotLookedFor(t *testing.T) {
	for _, c := range []struct{ words, plan, says string }{
		{"when am I off to the sea?", `reply(calendar.list_events(start = when("Sunday").start))`, `the request names no time: call calendar.list_events without "Sunday"`},
		{"when am I off to the sea?", "day = when(\"Sunday\")\nreply(calendar.list_events(start = day.start, query = \"sea\"))", "the request names no time"},
		{"what is on next week?", `reply(calendar.list_events(start = when("Monday last week").start))`, `it says when("next week")`},
		{"what is on next week?", `reply(calendar.list_events(start = when("next Wednesday").start))`, ""},
		{"what comes next?", `reply(calendar.list_events(start = when("today").start))`, ""},
		{"what comes next?", `reply(calendar.list_events(start = when("this week").start))`, ""},
		{"was ist in zwei Wochen los?", `reply(calendar.list_events(start = when("in two weeks").start))`, ""},
		{"what does the letter say?", `reply(ask("What does it say?", "The letter says hello."))`, "find it first"},
		{"is 'hello there' polite?", `reply(ask("Is that polite?", "Hello there"))`, ""},
		{"what does the letter say?", `reply(ask("What does it say?", mail.search(query = "letter")))`, ""},
	} {
		for _, again := range []bool{false, true} {
			_, err := ParseChecked("", c.plan, office, Check{Words: c.words, Now: thursday, English: !strings.HasPrefix(c.words, "was"), Lenient: again})
			if c.says == "" || again {
				require.NoError(t, err, c.plan)
				continue
			}
			require.ErrorContains(t, err, c.says, c.plan)
		}
	}
}

// TestNothingMadeUpIsKept: what a model reads in a text of the plan's own is changed into
// nothing, however often it is planned.
func TestNothingMadeUpIsKept(t *testing.T) {
	_, _, err := asked(t, "take a note of the rent", `notes.add(text = ask("What does the letter say?", "Note added."))`, true)
	require.ErrorContains(t, err, "find it first")
}

// TestTheLikeliestRead: a tool that is not there and that only reads is the likeliest that
// takes what it is given, for who was told that it is not there.
func TestTheLikeliestRead(t *testing.T) {
	check := Check{Now: thursday, Likely: func(words string) []string {
		require.Equal(t, "scrolls", words)
		return []string{"mail.read", "mail.send", "mail.search", "notes.search"}
	}}
	const src = `reply(scrolls.search(query = "teapot"))`
	_, err := ParseChecked("", src, office, check)
	require.ErrorContains(t, err, "there is no app or variable scrolls")
	check.Lenient = true
	p, err := ParseChecked("", src, office, check)
	require.NoError(t, err)
	require.Equal(t, []string{"mail.search"}, p.Tools())
	require.Equal(t, []string{"line 1: scrolls.search is mail.search"}, p.Notes())
	for _, other := range []string{`scrolls.burn(query = "teapot")`, `scrolls.search(colour = "red", size = 3)`} {
		_, err = ParseChecked("", other, office, check)
		require.ErrorContains(t, err, "there is no app or variable scrolls", other)
	}
}

// TestTheSecondTime: who was told, and writes it again, is read kindly where nothing but a
// read is at stake.
func TestTheSecondTime(t *testing.T) {
	lines, notes, err := asked(t, "weather", `weather.forecast(city = "Rome", unit = "C")`, true)
	require.NoError(t, err)
	require.Contains(t, lines, `weather.forecast(city="Rome")`)
	require.Equal(t, []string{"line 1: weather.forecast has no argument unit: left out"}, notes)
	counts := "due = calendar.list_events(%s)\nreply(\"%%d are overdue.\" %% len(due), \"As of now.\")"
	lines, notes, err = asked(t, "is anything overdue?", fmt.Sprintf(counts, "late = True"), true)
	require.NoError(t, err)
	require.Contains(t, lines, `reply([`, "what was counted, as not only what is late was asked for")
	require.NotContains(t, lines, "are overdue")
	require.Contains(t, notes[1], "due is shown, and not how many it holds")
	lines, _, err = asked(t, "is anything overdue?", fmt.Sprintf(counts, `query = "late"`), true)
	require.NoError(t, err)
	require.Contains(t, lines, "are overdue")
	lines, _, err = asked(t, "", `rota.shifts(start = "tomorrow", end = "tomorrow")`, true)
	require.NoError(t, err)
	require.Contains(t, lines, "calendar.list_events(start=")
	lines, _, err = asked(t, "", `mail.send(to = "", body = "x", subject = about)`, true)
	require.NoError(t, err)
	require.Contains(t, lines, `mail.send(to="", body="x")`)
	lines, _, err = asked(t, "", `reply(calendar.list_days(query = "sea"))`, true)
	require.NoError(t, err)
	require.Contains(t, lines, `calendar.list_events(query="sea")`)
	lines, notes, err = asked(t, "E when am I off to the sea?", "day = when(\"Sunday\")\nreply(calendar.list_events(query = \"sea\", start = day.start, end = when(\"Sunday\")))", true)
	require.NoError(t, err)
	require.Contains(t, lines, `calendar.list_events(query="sea")`)
	require.Contains(t, notes[0], "start of calendar.list_events is left out: the request names no time")
	lines, _, err = asked(t, "E am I off to the sea today?", `reply(calendar.list_events(query = "sea", start = when("today").start))`, true)
	require.NoError(t, err)
	require.Contains(t, lines, "start=")
	lines, notes, err = asked(t, "E when's the next budget meeting?", `reply(calendar.list_events(start = when("next week")))`, true)
	require.NoError(t, err)
	require.Contains(t, lines, `calendar.list_events(query="when's the next budget meeting?")`)
	require.Contains(t, notes[0], "calendar.list_events is asked for the words of the request, which names no time")
	lines, _, err = asked(t, "E when is what next?", `reply(calendar.list_events(start = when("next week")))`, true)
	require.NoError(t, err)
	require.Contains(t, lines, "calendar.list_events(start=", "no word to look for")
	_, _, err = asked(t, "", `reply(git.git_status())`, true)
	require.ErrorContains(t, err, "git.git_status needs repo_path (where it lies): write")
	lines, _, err = asked(t, "any open PRs on a/b?", `reply(github.search_prs(query = "pr", sort = "created"))`, true)
	require.NoError(t, err)
	require.Contains(t, lines, `github.list_pull_requests(owner="a", repo="b", state="open")`)
	_, _, err = asked(t, "any open PRs?", `reply(github.search_prs(query = "pr", sort = "created"))`, true)
	require.ErrorContains(t, err, "did you mean github.list_pull_requests?")
	_, _, err = asked(t, "", `reply(git.list_commits(repo_path = "/w"))`, true) // log, status or branch
	require.ErrorContains(t, err, "git has no tool list_commits")
	for _, src := range []string{`notes.add(text = "a", colour = "b")`, `mail.send(to = recipient, body = "x")`, `rota.shifts(day = 1)`} {
		_, _, err = asked(t, "", src, true)
		require.Error(t, err, src)
	}
}

// TestWhatMadeItFailIsKnown: an empty result that is taken from where a value says so fails
// by that value's doing too.
func TestWhatMadeItFailIsKnown(t *testing.T) {
	_, _, err := asked(t, "", "m = mail.search(query = \"a\")\nx = notes.search(query = \"b\")\nreply(1)\nif m[0].subject == \"Slugs\":\n  reply(x[0].title)", false)
	var e *CallError
	require.ErrorAs(t, err, &e)
	require.Equal(t, "notes.search failed: it found nothing", e.Error())
	require.Equal(t, label.Of("mail", "notes"), e.Label)
}

// TestNameForTitleChangesNothing: only what is shown may take a name for a title.
func TestNameForTitleChangesNothing(t *testing.T) {
	lines, _, err := asked(t, "", "x = mail.read(id = \"m1\")\nfor y in [x]:\n  notes.add(text = y.title)", true)
	require.ErrorContains(t, err, "there is no field title")
	require.NotContains(t, lines, "notes.add")
}

// TestNoModelReadsNothing: a model that is given nothing makes something up.
func TestNoModelReadsNothing(t *testing.T) {
	lines, _, err := asked(t, "", "notes.add(text = ask(\"What is it?\", notes.search(query = \"x\")))\nreply(\"Saved.\")", false)
	require.ErrorContains(t, err, "ask failed: there is nothing to read")
	require.NotContains(t, lines, "ask: ")
	require.NotContains(t, lines, "notes.add")
}
