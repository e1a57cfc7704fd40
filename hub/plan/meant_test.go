package plan

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/mediator"
	"secgpt/mediator/label"
)

var office = appTools{
	"mail.search":               {Effect: mediator.Read, Params: []Param{{"query", "string", false}, {"sender", "string", false}, {"unread", "boolean", false}, {"limit", "integer", false}}, Fields: []string{"id", "subject", "snippet"}, List: true},
	"mail.read":                 {Effect: mediator.Read, Params: []Param{{"id", "string", true}}, Fields: []string{"id", "subject", "body"}},
	"mail.send":                 {Effect: mediator.Send, Addressed: []string{"to"}, Params: []Param{{"to", "string", true}, {"body", "string", true}, {"subject", "string", false}}},
	"calendar.list_events":      {Effect: mediator.Read, Params: []Param{{"query", "string", false}, {"start", "datetime", false}, {"end", "datetime", false}}, Fields: []string{"id", "title", "start"}, List: true},
	"calendar.create_event":     {Effect: mediator.Write, Params: []Param{{"title", "string", true}, {"start", "datetime", true}, {"end", "datetime", false}}},
	"calendar.update_event":     {Effect: mediator.Write, Params: []Param{{"id", "string", true}, {"title", "string", false}, {"start", "datetime", false}, {"end", "datetime", false}}, Fields: []string{"id", "title", "start", "end"}},
	"calendar.delete_event":     {Effect: mediator.Write, Params: []Param{{"id", "string", true}, {"series", "boolean", false}}},
	"notes.add":                 {Effect: mediator.Write, Params: []Param{{"text", "string", true}, {"title", "string", false}}},
	"notes.search":              {Effect: mediator.Read, Params: []Param{{"query", "string", false}}, Fields: []string{"id", "title", "text"}, List: true},
	"notes.delete":              {Effect: mediator.Write, Params: []Param{{"id", "string", true}}},
	"git.git_log":               {Effect: mediator.Read, Params: []Param{{"repo_path", "string", true}}},
	"git.git_status":            {Effect: mediator.Read, About: map[string]string{"repo_path": "where it lies"}, Params: []Param{{"repo_path", "string", true}}},
	"git.git_branch":            {Effect: mediator.Read, Params: []Param{{"repo_path", "string", true}}},
	"git.git_create_branch":     {Effect: mediator.Write, Params: []Param{{"repo_path", "string", true}, {"branch_name", "string", false}}},
	"clock.get_current_time":    {Effect: mediator.Read, Params: []Param{{"timezone", "string", true}}},
	"contacts.find":             {Effect: mediator.Read, Params: []Param{{"name", "string", false}}, Fields: []string{"id", "name", "emails"}, List: true},
	"slack.slack_channels":      {Effect: mediator.Read, Params: []Param{{"limit", "integer", false}}},
	"slack.slack_post":          {Effect: mediator.Send, Params: []Param{{"channel_id", "string", true}, {"text", "string", true}}},
	"disk.write_file":           {Effect: mediator.Write, Params: []Param{{"path", "string", true}, {"text", "string", true}}},
	"graph.create_entities":     {Effect: mediator.Write, Params: []Param{{"entities", "array", true}}, Items: map[string][]string{"entities": {"name", "facts"}}, Lists: map[string][]string{"entities": {"facts"}}},
	"disk.read_file":            {Effect: mediator.Read, Params: []Param{{"path", "string", true}}},
	"slots.update_tasks":        {Effect: mediator.Write, Params: []Param{{"items", "array", true}}, Items: map[string][]string{"items": {"content", "due_date?"}}},
	"slots.get_tasks":           {Effect: mediator.Read, Params: []Param{{"items", "array", true}}, Items: map[string][]string{"items": {"task_id?", "task_name?"}}},
	"slots.get_tasks_list":      {Effect: mediator.Read, Params: []Param{{"limit", "integer", false}}},
	"slots.close_tasks":         {Effect: mediator.Write, Params: []Param{{"items", "array", true}}, Items: map[string][]string{"items": {"task_id?", "task_name?"}}},
	"slots.move_tasks":          {Effect: mediator.Write, Params: []Param{{"items", "array", true}}, Items: map[string][]string{"items": {"content", "to?"}}},
	"pantry.search":             {Effect: mediator.Read, Params: []Param{{"query", "string", false}}, Fields: []string{"id", "title"}, List: true},
	"pantry.drop":               {Effect: mediator.Write, Params: []Param{{"id", "string", true}}},
	"sky.get_current_weather":   {Effect: mediator.Read, Params: []Param{{"city", "string", true}}},
	"sky.get_by_date":           {Effect: mediator.Read, Params: []Param{{"city", "string", true}, {"start_date", "string", true}, {"end_date", "string", true}}},
	"github.list_pull_requests": {Effect: mediator.Read, Params: []Param{{"owner", "string", true}, {"repo", "string", true}, {"state", "string", false}}, Choices: map[string][]string{"state": {"open", "closed"}}},
	"roads.trips":               {Effect: mediator.Send, Params: []Param{{"to", "string", true}, {"mode", "string", false}, {"state", "string", false}}, Choices: map[string][]string{"mode": {"driving", "transit"}, "state": {"open", "closed"}}},
	"roads.directions":          {Effect: mediator.Read, Params: []Param{{"to", "string", true}, {"mode", "string", false}}, Choices: map[string][]string{"mode": {"driving", "walking", "transit"}}},
	"weather.forecast":          {Effect: mediator.Read, Params: []Param{{"city", "string", true}, {"days", "integer", false}}},
	"todoist.create_tasks":      {Effect: mediator.Write, Params: []Param{{"items", "array", true}}, Items: map[string][]string{"items": {"content", "due_date?", "n?"}}},
	"github.list_issues":        {Effect: mediator.Read, Params: []Param{{"owner", "string", true}, {"state", "string", false}, {"sort", "string", false}, {"labels", "array", false}}, Choices: map[string][]string{"state": {"open", "closed", "in_progress"}, "sort": {"created", "updated"}}},
	"github.close_issue":        {Effect: mediator.Write, Params: []Param{{"number", "integer", true}, {"reason", "string", false}, {"labels", "array", false}}, Choices: map[string][]string{"reason": {"done", "dropped"}}},
	"github.add_issue_label":    {Effect: mediator.Write, Params: []Param{{"number", "integer", true}, {"label", "string", true}, {"owner", "string", false}, {"repo", "string", false}}},
}

func officeAnswers(c Call) (any, error) {
	switch fullName(c.App, c.Tool) {
	case "mail.search":
		return `[{"id":"m1","subject":"Slugs","snippet":"We set"},{"id":"m2","subject":"Lunch","snippet":"At"}]`, nil
	case "mail.read":
		return `{"id":"m1","subject":"Slugs","body":"We set a trap."}`, nil
	case "calendar.list_events":
		return `[{"id":"e1","title":"Paper bins out","start":"2026-11-27"},{"id":"e2","title":"Design review","start":"2026-11-27"}]`, nil
	case "calendar.update_event":
		return `{"id":"e1","title":"Bins, moved","start":"2026-11-28","end":"2026-11-28"}`, nil
	case "notes.search":
		return `[]`, nil
	case "pantry.search":
		return `[{"id":"p1","title":"Carrot cake"},{"id":"p2","title":"Lemon cake"},{"id":"p3","title":"Soup"}]`, nil
	case "disk.read_file":
		return `{"content":"milk\neggs\n"}`, nil
	case "contacts.find":
		return `[{"id":"c1","name":"Bob","emails":["bob@example.com","b@example.com"]}]`, nil
	case "slack.slack_channels":
		return `{"ok":true,"channels":[{"id":"C1","name":"general","topic":"where and when"},{"id":"C2","name":"cake-club","topic":"cake and more cake"},{"id":"C3","name":"cake","topic":"Hall 2"}]}`, nil
	}
	return `{"id":"new"}`, nil
}

var thursday = time.Date(2026, 11, 26, 10, 20, 0, 0, time.UTC)

// asked runs a model's plan for a request and returns what happened. A request that begins
// with Q asks, one that begins with E is English.
func asked(t *testing.T, words, src string, lenient bool) (lines string, notes []string, err error) {
	t.Helper()
	// As the hub gives them: the words, and what it reads in them, which may be the same.
	question, english := strings.HasPrefix(words, "Q "), strings.HasPrefix(words, "E ")
	words = strings.TrimPrefix(strings.TrimPrefix(words, "Q "), "E ")
	p, err := ParseChecked("", src, office, Check{Words: words + "\n" + words, Now: thursday, Lenient: lenient, Asks: question, English: english})
	if err != nil {
		return "", nil, err
	}
	h := &fake{picks: true, result: func(c Call) (any, error) {
		r, err := officeAnswers(c)
		if r != `[]` {
			return r, err
		}
		return label.ListOf(nil, label.Of(label.Source(c.App))).Made(label.Origin{How: label.Result, App: label.Source(c.App), Tool: c.Tool}), nil
	}}
	err = p.Run(context.Background(), h, &Vars{})
	return h.lines(), p.Notes(), err
}

// TestMeant: what small models write where they do not remember a name.
func TestMeant(t *testing.T) {
	for _, c := range []struct{ words, plan, does, note string }{
		{"", `calendar.find(title = "review", start = "tomorrow")`, `calendar.list_events(query="review", start=`, "calendar.find is calendar.list_events"},
		{"", `events.list(query = "review")`, `calendar.list_events(query="review")`, "events.list is calendar.list_events"},
		{"", `threads.search(title = "slugs")`, `mail.search(query="slugs")`, "query"},
		{"", `reply(git.log(repo_path = "/w"))`, `git.git_log(repo_path="/w")`, "git.log is git.git_log"},
		{"", `github.label(number = 1, label = "a")`, `github.add_issue_label(`, "github.label is github.add_issue_label"},
		// what a model is to read is read in full, and its one answer is taken as it is
		{"what did the flight cost?", "f = mail.search(query = \"flight\")\nreply(ask(\"How much?\", f[0]))", `mail.read(id="m1"<mail>)`, "ask reads all of it, so mail.read is called"},
		{"what did the flight cost?", "for mail in mail.search(query = \"flight\"):\n    reply(ask(\"How much?\", mail))", `mail.read(id="m2"<mail>)`, ""},
		{"what did the flight cost?", "m = mail.read(id = mail.search(query = \"flight\")[0].id)\na = ask(\"How much?\", m, schema = {\"amount\": \"number\"})\nreply(\"You paid %s.\" % a)", `"You paid answer to`, "a is the amount itself"},
		{"what did the flight cost?", "a = ask(\"How much?\", mail.search(query = \"flight\"), schema = {\"amount\": \"number\"})\nreply(\"You paid %s.\" % a.amount)", `"You paid answer to`, ""},
		// the id of what the request speaks of
		{"you can throw away the design review tomorrow", `calendar.delete_event(id = "your_event_id")`, `calendar.delete_event(id="e2"<calendar>)`, "in calendar.list_events"},
		{"throw away the cake", `pantry.drop(id = "your_note_id")`, "need Which of these is meant?(\"Carrot cake\"<pantry>, \"Lemon cake\"<pantry>)\npantry.drop(id=\"p1\"<pantry>)", ""},
		{"take the design review out on Friday", `calendar.delete_event(id = when("Friday").start)`, "calendar.delete_event(id=\"e2\"<calendar>)", ""},
		{"throw away the cake of Friday", `pantry.drop(id = when("Friday").start)`, `pantry.drop(id="2026-11-27")`, ""}, // it may be called so there
		{"throw away the lemon cake", `pantry.drop(id = 123)`, "pantry.search()\npantry.drop(id=\"p2\"<pantry>)", ""},
		{"throw away cake 123", `pantry.drop(id = 123)`, `pantry.drop(id="123")`, ""},
		{"throw away the lemon cake", `pantry.drop(id = "your_note_id")`, "pantry.search()\npantry.drop(id=\"p2\"<pantry>)", ""},
		{"", `reply(titled(["Lemon cake", "Soup"], "the lemon cake")[0])`, `reply("Lemon cake")`, ""},
		{"put milk on the lemon cake and throw away the old soup", `pantry.drop(id = "your_note_id")`, "need Which of these is meant?(\"Lemon cake\"<pantry>, \"Soup\"<pantry>, \"Carrot cake\"<pantry>)", ""},
		{"you can throw away the design review", `calendar.delete_event(id)`, `calendar.delete_event(id="e2"<calendar>)`, ""},
		{"you can throw away the design review", `calendar.delete_event(id = need("What is its ID?"))`, `calendar.delete_event(id="e2"<calendar>)`, ""},
		{"cancel the bins", `calendar.delete_event(id = "event_id")`, `need Which of these is meant?("Paper bins out"<calendar>)`, ""},
		{"weather in Lisbon now and on friday", `reply(sky.get_current_weather("Lisbon"))`, `sky.get_current_weather(city="Lisbon")`, ""},
		{"cancel the bins tomorrow", `calendar.delete_event(id = "<event_id>")`, `calendar.list_events(start="2026-11-27", end="2026-11-28")`, ""},
		{"move the design review to friday at 3", `calendar.update_event(id = "event_id", start = when("friday at 3").start)`, "calendar.update_event(id=\"e2\"<calendar>", ""},
		// what is now, of another day
		{"weather in Lisbon on friday", `reply(sky.get_current_weather("Lisbon"))`, `sky.get_by_date(city="Lisbon", start_date="2026-11-27", end_date="2026-11-28")`, "sky.get_current_weather tells what is now"},
		{"weather in Lisbon today", `reply(sky.get_current_weather("Lisbon"))`, `sky.get_current_weather(city="Lisbon")`, ""},
		{"weather in Lisbon on friday and sunday", `reply(sky.get_current_weather("Lisbon"))`, `sky.get_current_weather(city="Lisbon")`, ""},
		// an app's name filled by what it gives, what shows something, and a plan in a text
		{"E sky in Lisbon now", "sky = sky.get(city = \"Lisbon\")\nsky.show(sky)", `sky.get_current_weather(city="Lisbon")`, "sky.show shows something, so it is reply"},
		{"", `plan = "reply(notes.search(query = 'cake'))"`, `notes.search(query="cake")`, ""},
		{"", "found = mail.search(query = \"x\")\nreply = found[0].subject", `reply("Slugs"<mail>)`, ""},
		{"", "reply = ask(\"x\", mail.search(query = \"x\"))\nnotes.add(text = reply)", `notes.add(text="answer to`, ""},
		{"", `disk.write_text_file(path = "a", text = "b")`, `disk.write_file(path="a", text="b")`, "disk.write_text_file is disk.write_file"},
		{"", "x = 128.4\nreply(\"You paid %d of %d.\" % (x, 130.0))", `reply("You paid 128.4 of 130.")`, ""},
		{"", "reply(\"It takes %d, %.2f.\" % (\"1 h\", \"37 min\"))", `reply("It takes 1 h, 37 min.")`, ""},
		// an app that is called by a thing
		{"fwd the kestrel booking", "b = bookings.search(query = \"kestrel\", limit = 1)\nreply(bookings.read(id = b[0].id))", "mail.search(query=\"kestrel\", limit=1)\nmail.read(id=\"m1\"<mail>)", "bookings.search is mail.search"},
		{"remove milk from my shopping list", "found = notes.search(query = \"shopping\")\nnotes.add(text = \"milk\")", "notes.add(", ""},
		{"a coffee with Ursula on Friday at 3pm", `coffee.create(name = "Coffee with Ursula", start = when("Friday at 3pm").start, end = when("Friday at 3pm").end)`, `calendar.create_event(title="Coffee with Ursula"`, "coffee.create is calendar.create_event"},
		{"my slugs invoice", "r = invoices.read(id = \"slugs\")\nreply(r.subject)", "mail.search(query=\"slugs\")\nmail.read(id=", ""},
		{"the soup appointment", "r = trips.get(name = \"lentil soup\")\nreply(r[0].title)", "calendar.list_events(query=\"lentil soup\")", ""},
		// the title of what was found, which is known by it
		{"soup?", "r = calendar.list_events(query = \"soup\")\nreply(r[0].title)", `"title":"Paper bins out"`, "more than its title is shown"},
		{"soup?", "r = calendar.list_events(query = \"soup\")\nreply([e.title for e in r if e.start])", `"title":"Design review"`, "more than each title is shown"},
		{"soup?", "r = calendar.find(title = \"soup\")\nprint(r.title)", `"title":"Design review"`, "more than its title is shown"},
		{"soup?", "r = calendar.list_events(query = \"soup\")\nreply(r[0].title, r[0].start)", `reply("Paper bins out"<calendar>, "2026-11-27"<calendar>)`, ""},
		{"what is the soup called?", "r = calendar.list_events(query = \"soup\")\nreply(r[0].title)", `reply("Paper bins out"<calendar>)`, ""},
		{"soup?", "r = calendar.list_events(query = \"soup\")\nreply(\"It is %s.\" % r[0].title)", `reply("It is `, ""},
		{"", "r = calendar.list_events(query = \"soup\")\nnotes.add(text = \"a\")\nreply(r[0].title)", `reply("Paper bins out"<calendar>)`, ""},
		// an answer of which nothing is made
		{"note: slugs", "need(\"Add a note here.\")\nnotes.add(text = \"slugs\")", "notes.add(text=\"slugs\")\nreply", "you are not asked for what nothing is made of"},
		{"", "r = calendar.list_events(query = \"slugs\")\nneed(\"Add a yes to delete it.\")\ncalendar.delete_event(id = r[0].id)", "need Add a yes to delete it.()", ""},
		{"mail bob@example.com: x", "need(\"Add your approval here.\")\nmail.send_mail(to = \"bob@example.com\", body = \"x\")", "need Add your approval here.()", ""},
		{"note: slugs", "need(\"Please confirm.\")\nnotes.add(text = \"slugs\")", "need Please confirm.()\nnotes.add(", ""},
		{"note: slugs", "need(\"Shall I?\")\nnotes.add(text = \"slugs\")", "need Shall I?()\nnotes.add(", ""},
		{"note: slugs", "need(\"Add a note here.\")\nreply(\"Well.\")", "need Add a note here.()", ""},
		// what the person is asked for
		{"write an email to bob@example.com", "s = ask(\"What would you like to say?\")\nmail.send(to = \"bob@example.com\", body = s)", "need What would you like to say?()\nmail.send(to=\"bob@example.com\", body=\"typed\")", "nothing is there to read, so you are asked"},
		{"plan the plumber", "t = need(\"When?\")\ncalendar.create_event(title = \"plumber\", start = t.start, end = t.end)", `calendar.create_event(title="plumber", start="2026-11-27", end="2026-11-28")`, "t is the time that you answer"},
		// what says nothing of what it read
		{"Q do the buses run?", "p = mail.read(id = \"m1\")\nif \"buses\" in p.body.lower():\n    reply(\"They run.\")\nelse:\n    reply(\"They do not.\")", `ask do the buses run?("We set a trap."<mail>, null)`, ""},
		{"Q am I free tomorrow?", "e = calendar.list_events(start = \"tomorrow\")\nif e:\n    reply(\"No.\")\nelse:\n    reply(\"Yes.\")", `reply("No."<calendar>)`, ""},
		{"Q do the buses run?", "p = mail.read(id = \"m1\")\nif p:\n    reply(\"They run.\")\nelse:\n    reply(\"They do not.\")", "mail.read(id=\"m1\")\nask do the buses run?(", "and not whether it is there"},
		{"Q do the buses run?", "p = mail.read(id = \"m1\")\nif p:\n    reply(p.subject)\nelse:\n    reply(\"They do not.\")", `reply("Slugs"<mail>)`, ""},
		{"Q do the buses run?", "p = [1]\np = mail.read(id = \"m1\")\nif p:\n    reply(\"They run.\")", `reply("They run."<mail>)`, ""},
		{"read the mail about buses", "p = mail.read(id = \"m1\")\nif p:\n    print(\"They run.\")", `"They run."`, ""},
		{"how long is the pharmacy on kastanienallee open?", `reply(calendar.list_events(query = "pharmacy", start = when("Kastanienallee").start, end = when("Kastanienallee").end))`, "calendar.list_events(query=\"pharmacy\")\n", "it is no time, and the request names none"},
		// a file that is opened
		{"", "with open(\"a.txt\", \"r\") as f:\n    lines = f.readlines()\nfor line in lines:\n    notes.add(text = line.strip())", "disk.read_file(path=\"a.txt\")\nnotes.add(text=\"milk\"<disk>)\nnotes.add(text=\"eggs\"<disk>)", "open is disk.read_file"},
		{"", "with open('a.txt') as f:\n    for line in f:\n        notes.add(text = line)", `notes.add(text="eggs"<disk>)`, ""},
		{"", "reply(open(\"a.txt\").read())", `reply("milk\neggs\n"<disk>)`, ""},
		{"what is on tomorrow", "day = calendar.when(\"tomorrow\")\nreply(calendar.list_events(start = day.start, end = day.end))", "calendar.list_events(start=\"2026-11-27\"", "calendar.when is when"},
		// what was copied from the list of tools
		{"", "x = mail.search(query?, sender?, unread?: bool) -> list of {id, subject}  # Find mails\nreply(x)", "mail.search()\nreply(", "what was copied from the list of tools is left out"},
		{"", "reply(notes.search(query?))", "notes.search()", ""},
		// all of them, where none is named
		{"", "reply(slots.get_tasks(due__lt = when(\"today\").start, limit = 5))", "slots.get_tasks_list(limit=5)", "slots.get_tasks takes which ones, so it is slots.get_tasks_list"},
		{"is anything overdue?", "due = slots.get_tasks(due = True)\nreply(f\"{len(due)} are overdue.\")", "reply(", "due is shown, and not how many it holds"},
		{"tick off the tea", `slots.update_tasks(id = "t1", completed = True)`, `slots.close_tasks(items=[{"task_id":"t1"}])`, "slots.update_tasks says that it is done, so it is slots.close_tasks"},
		{"the tea is done", `slots.update_tasks(items = [{"task_name": "tea", "status": "done"}])`, `slots.close_tasks(items=[{"task_name":"tea"}])`, ""},
		{"", "reply(slots.get_tasks(task_name = \"a\"))", `slots.get_tasks(items=[{"task_name":"a"}])`, ""},
		// what is shown is taken of
		{"his email?", "reply(contacts.read(id = reply(contacts.find(name = \"Emeka\"))[0].id).emails[0])", "contacts.find(name=\"Emeka\")\nreply(\"bob@example.com\"<contacts>)", "reply(x)[0] is x[0]"},
		// a line more
		{"", "s = disk.read_file(path = \"a.txt\")\ns.append(\"bananas\")\ndisk.write_file(path = \"a.txt\", text = s)", "disk.write_file(path=\"a.txt\", text=\"milk\\neggs\\nbananas\\n\"<disk>)", ""},
		// a word on a page, where the address comes first
		{"https://a.b - do they still run?", "x = disk.read_file(path = \"a.txt\")\nif \"buses\" in x:\n  reply(\"Yes.\")\nelse:\n  reply(\"No.\")", "ask https://a.b - do they still run?(", "a model answers from what was found"},
		// a name where there is a title
		{"", "x = mail.read(id = \"m1\")\nreply([y.title for y in [x]])", `reply(["Slugs"]<mail>)`, ""},
		{"", "x = mail.read(id = \"m1\")\nnotes.add(text = \"a\")\nfor y in [x]:\n  reply(y.title)", `reply("Slugs"<mail>)`, ""},
		// what is moved is not yet where it goes
		{"push the review to tomorrow at 9:45", "r = calendar.list_events(query = \"review\")\ncalendar.update_event(id = r[0].id, text = \"%s\" % when(\"tomorrow at 9:45\"))", `calendar.update_event(id="e1"<calendar>, start="2026-11-27"`, "text of calendar.update_event is start"},
		{"tomorrow the review starts at 9:45", "r = calendar.list_events(query = \"review\", start = when(\"tomorrow at 9:45\").start)\ncalendar.update_event(id = r[0].id, start = when(\"tomorrow at 9:45\").start)", `calendar.list_events(query="review", start="2026-11-27")`, `looks on the day of "tomorrow at 9:45"`},
		{"shift the review to tomorrow at 9:45", "t = when(\"tomorrow at 9:45\")\nr = calendar.list_events(query = \"review\", start = t.start, end = t.end)\ncalendar.update_event(id = r[0].id, start = t.start)", "calendar.list_events(query=\"review\")\n", "where this is moved to"},
		// a file by the path that the request has
		{"the desk? see taxes/costs.csv.", `reply(disk.read_file(path = "costs.csv"))`, `disk.read_file(path="taxes/costs.csv")`, "path of disk.read_file is taxes/costs.csv, as the request has it"},
		{"the desk? see taxes/costs.csv.", "f = \"costs.csv\"\nreply(disk.read_file(path = f))", `disk.read_file(path="taxes/costs.csv")`, ""},
		{"the desk? see taxes/costs.csv.", `reply(disk.read_file(path = "/home/costs.csv"))`, `disk.read_file(path="/home/taxes/costs.csv")`, ""},
		{"the desk? see taxes/costs.csv.", `reply(disk.read_file(path = "/home/taxes/costs.csv"))`, `disk.read_file(path="/home/taxes/costs.csv")`, ""},
		{"the desk? see /home/taxes/costs.csv.", `reply(disk.read_file(path = "taxes/costs.csv"))`, `disk.read_file(path="taxes/costs.csv")`, ""},
		{"sum up taxes/costs.csv and save it to costs.csv", `disk.write_file(path = "costs.csv", text = "x")`, `disk.write_file(path="costs.csv"`, ""},
		{"sum up taxes/costs.csv and show costs.csv", `reply(disk.read_file(path = "costs.csv"))`, `disk.read_file(path="costs.csv")`, ""},
		{"see ./taxes/costs.csv", `reply(disk.read_file(path = "costs.csv"))`, `disk.read_file(path="./taxes/costs.csv")`, ""},
		{"compare a/costs.csv and b/costs.csv", `reply(disk.read_file(path = "costs.csv"))`, `disk.read_file(path="costs.csv")`, ""},
		{"get https://a.b/costs.csv", `reply(disk.read_file(path = "costs.csv"))`, `disk.read_file(path="costs.csv")`, ""},
		// what a clock says, for a time that the request names
		{"what is on today", "t = clock.get_current_time(timezone = \"UTC\")\nreply(calendar.list_events(start = t, end = t))", `calendar.list_events(start="2026-11-27", end="2026-11-28"`, `start of calendar.list_events is when("today"), which the request names`},
		{"what is on today", "reply(calendar.list_events(start = clock.get_current_time(timezone = \"UTC\")[\"datetime\"]))", `calendar.list_events(start="2026-11-27"`, ""},
		{"what is still on today", "t = clock.get_current_time(timezone = \"UTC\")\nreply(calendar.list_events(start = t, end = when(\"today\").end))", `calendar.list_events(start={"id":"new"}<clock>`, ""},
		// somebody whom nobody looked up, and lists that must be there
		{"E tell Bob about it", `mail.send(to = bob[0].emails[0], body = "about it")`, "contacts.find(name=\"Bob\")\nmail.send(to=\"bob@example.com\"<contacts>", `to of mail.send is looked up: contacts.find(name = "Bob")`},
		{"", `todoist.create_tasks(items = [{"content": "a"}])`, `todoist.create_tasks(items=[{"content":"a"}])`, ""},
		{"", `graph.create_entities(entities = [{"name": "a"}, {"name": "b", "facts": ["c"]}])`, `graph.create_entities(entities=[{"name":"a","facts":[]},{"name":"b","facts":["c"]}])`, "facts in entities of graph.create_entities is empty"},
		// one of the words that a parameter takes
		{"", `reply(github.list_issues(owner = "a", state = "Open"))`, `github.list_issues(owner="a", state="open")`, "state of github.list_issues is open"},
		{"", `reply(github.list_issues(owner = "a", state = "in progress"))`, `state="in_progress"`, ""},
		{"closed issues of a", `reply(github.list_issues(owner = "a"))`, `github.list_issues(owner="a", state="closed")`, "state of github.list_issues is closed, as the request has it"},
		{"open or closed issues", `reply(github.list_issues(owner = "a"))`, `github.list_issues(owner="a")`, ""},
		{"issues created by a", `reply(github.list_issues(owner = "a"))`, `github.list_issues(owner="a")`, ""},
		{"any open PRs on almost-useful/catalogue?", `reply(github.list_pull_requests())`, `github.list_pull_requests(owner="almost-useful", repo="catalogue", state="open")`, ""},
		{"which issues of a are not closed?", `reply(github.list_issues(owner = "a"))`, `github.list_issues(owner="a")`, ""},
		{"open the issues of a", `reply(github.list_issues(owner = "a"))`, `github.list_issues(owner="a")`, ""},
		{"the way to the train station", `reply(roads.directions(to = "station"))`, `roads.directions(to="station")`, ""},
		{"issues of a except closed ones", `reply(github.list_issues(owner = "a"))`, `github.list_issues(owner="a")`, ""},
		{"please open the issues of a", `reply(github.list_issues(owner = "a"))`, `github.list_issues(owner="a")`, ""},
		{"issues of a in_progress", `reply(github.list_issues(owner = "a"))`, `github.list_issues(owner="a")`, ""}, // a word of the app's
		{"by train to Potsdam, still open", `reply(roads.trips(to = "Potsdam"))`, `roads.trips(to="Potsdam", mode="transit")`, ""},
		{"by train to Potsdam", `reply(roads.directions(to = "Potsdam"))`, `roads.directions(to="Potsdam", mode="transit")`, ""},
		{"by train to Potsdam", `reply(roads.directions(to = "Potsdam", mode = "walking"))`, `roads.directions(to="Potsdam", mode="walking")`, ""},
		{"to Potsdam by bike", `reply(roads.directions(to = "Potsdam"))`, `roads.directions(to="Potsdam")`, ""}, // which it does not know
		{"", `reply(github.list_issues(owner = "a", labels = ["open"]))`, `github.list_issues(owner="a", state="open")`, "labels of github.list_issues is state"},
		{"", `reply(github.list_issues(owner = "a", labels = "closed", sort = "created"))`, `github.list_issues(owner="a", state="closed", sort="created")`, ""},
		{"", `github.close_issue(number = 1, labels = ["done"])`, `github.close_issue(number=1, labels=["done"])`, ""}, // it changes something
		{"", `reply(github.list_issues(owner = "open", labels = ["open", "bug"]))`, `github.list_issues(owner="open", labels=["open","bug"])`, ""},
		{"", `reply(github.list_issues(owner = "a", state = "closed", labels = ["open"]))`, `github.list_issues(owner="a", state="closed", labels=["open"])`, ""},
		{"", `reply(git.branches(repo_path = "/w"))`, `git.git_branch(repo_path="/w")`, "git.branches is git.git_branch"},
		{"", `reply(clock.get_current_time("New York"))`, `clock.get_current_time(timezone="America/New_York")`, "timezone of clock.get_current_time is America/New_York"},
		{"", "city = \"Tokyo\"\nreply(clock.get_current_time(city))", `clock.get_current_time(timezone="Asia/Tokyo")`, ""},
		{"", "city = \"Tokyo\"\ncity = \"Rome\"\nreply(clock.get_current_time(city))", `clock.get_current_time(timezone="Rome")`, ""},
		{"", `reply(clock.get_current_time("Atlantis"))`, `clock.get_current_time(timezone="Atlantis")`, ""}, // the app says what it knows
		{"", `reply(calendar.list_events(start = when("tomorrow at 6pm").start, end = when("tomorrow at 8pm").end))`, "", "end of calendar.list_events is when(\"tomorrow at 8pm\").start"},
		{"", `reply(calendar.list_events(start = when("tomorrow at 6pm").start, end = when("tomorrow at 6pm").end))`, "", ""},
		{"", `reply(calendar.list_events(query = "friday at 8:15", start = when("friday").start))`, `calendar.list_events(start=`, `query of calendar.list_events is a time, when("friday at 8:15")`},
		{"", `reply(calendar.list_events(query = "tomorrow"))`, `calendar.list_events(start="2026-11-27", end=`, `query of calendar.list_events is a time`},
		{"", `reply(calendar.list_events(query = "Friday's lunch"))`, `calendar.list_events(query="Friday's lunch")`, ""},
		{"", `reply(notes.search(query = "today"))`, `notes.search(query="today")`, ""},
		// somebody's address
		{"", "bob = contacts.find(name = \"Bob\")\nmail.send(to = bob[0].id, body = \"x\")", `mail.send(to="bob@example.com"<contacts>`, "to of mail.send takes an address"},
		{"", "bob = contacts.find(name = \"Bob\")\nmail.send(to = [bob], body = \"x\")", `mail.send(to="bob@example.com"<contacts>`, ""},
		{"", "mail.send(to = contacts.find(name = \"Bob\")[0].emails[1], body = \"x\")", `mail.send(to="b@example.com"<contacts>`, ""},
		{"mail Bob that I am late", `mail.send(to = "bob@example.org", body = "x")`, "contacts.find(name=\"Bob\")\nmail.send(to=\"bob@example.com\"<contacts>", `to of mail.send is looked up: contacts.find(name = "Bob")`},
		{"mail Bob that I am late", `mail.send(to = ["Bob"], body = "x")`, "contacts.find(name=\"Bob\")", ""},
		{"tell ann lee", `mail.send(to = "ann.lee@home", body = "x")`, "contacts.find(name=\"ann lee\")", ""},
		{"", `calendar.remove(id = "e1")`, `calendar.delete_event(id="e1")`, ""},
		{"", `todoist.create_tasks(items: [{content = "a", n = 1}])`, `todoist.create_tasks(items=[{"content":"a","n":1}])`, ""},
		// the whole thing, where a list has its heading
		{"", "m = mail.search(query = \"slugs\")[0]\nreply(m.body)", "mail.search(query=\"slugs\")\nmail.read(id=\"m1\"<mail>)\nreply(\"We set a trap.\"<mail>)", "mail.search gives no body, so mail.read is called for it"},
		{"", "for m in mail.search():\n  reply(m.content)", `mail.read(id="m1"<mail>)`, ""},
		// the one that was meant, of a list that no words were looked for in
		{"rename the design review tomorrow to Review", `calendar.update_event(id = calendar.list_events(start = "tomorrow")[0].id, title = "Review")`,
			`calendar.update_event(id="e2"<calendar>, title="Review")`, "the first that has most words of the request"},
		{"take the design review out, " + strings.Repeat("please, ", 20), "x = rota.list_shifts(start = \"tomorrow\")\nrota.delete_event(id = x[0].id)", `calendar.delete_event(id="e2"<calendar>)`, ""},
		{"block half an hour for it on Friday at 11", "x = when(\"Friday at 11\")\ncalendar.create_event(title = \"x\", start = x.start, end = x.end)", "", `end of calendar.create_event is when("Friday at 11 for 30 minutes").end`},
		{"block half an hour for it on Friday at 11", "calendar.create_event(title = \"x\", start = when(\"Friday at 11\").start)", "", `end of calendar.create_event is when("Friday at 11 for 30 minutes").end`},
		{"block an hour or half an hour on Friday at 11", "calendar.create_event(title = \"x\", start = when(\"Friday at 11\").start)", `calendar.create_event(title="x", start="2026-11-27")`, ""},
		{"lunch tomorrow at 1", `calendar.create_event(title = "lunch", start = date("tomorrow at 1").start)`, `calendar.create_event(`, "date is when"},
		{"", `reply(clock.get_current_time("local"))`, `clock.get_current_time(timezone="UTC")`, ""},
		{"rename the bins", "x = calendar.list_events(start = \"tomorrow\")\ncalendar.update_event(id = x[0].id, title = \"a\")\nreply(x[0].title)", `calendar.update_event(id="e1"<calendar>`, ""},
		{"delete it", "calendar.delete_event(id = calendar.list_events(query = \"a\")[0].id)", `calendar.delete_event(id="e1"<calendar>)`, ""}, // it was searched
		// the one whose name has the words
		{"move the bins", "x = calendar.list_events(start = \"tomorrow\")\nfor e in x:\n  if e.title == \"bins out\":\n    calendar.update_event(id = e.id, title = \"a\")", `calendar.update_event(id="e1"<calendar>`, `"bins out" is the title that has its words, if none is just that`},
		{"move the bins", "x = calendar.list_events(start = \"tomorrow\")\nb = [e for e in x if e[\"title\"].lower() == \"the paper bins\"]\ncalendar.update_event(id = b[0].id, title = \"a\")", `calendar.update_event(id="e1"<calendar>`, ""},
		{"move the bins", "x = calendar.list_events(start = \"tomorrow\")\nfor e in x:\n  if e.title == \"DESIGN REVIEW\":\n    calendar.update_event(id = e.id, title = \"a\")", `calendar.update_event(id="e2"<calendar>`, ""},
		// what came of a change
		{"", "x = calendar.list_events(query = \"a\")\ncalendar.update_event(id = x[0].id, title = \"a\")\nreply(\"Moved:\", x[0])", "reply(\"Moved:\", {\"id\":\"e1\",\"title\":\"Bins, moved\"", ""},
		{"move the bins", "x = rota.list_shifts(start = \"tomorrow\")\nrota.update_shift(id = x[0].id, title = \"a\")\nreply(\"Moved:\", x[0])", "reply(\"Moved:\", {\"id\":\"e1\",\"title\":\"Bins, moved\"", ""},
		{"", "x = calendar.list_events(query = \"a\")\nreply(\"Before:\", x[0])\ncalendar.update_event(id = x[0].id, title = \"a\")", "reply(\"Before:\", {\"id\":\"e1\",\"title\":\"Paper bins out\"", ""},
		{"", "x = calendar.list_events(query = \"a\")\ncalendar.update_event(id = x[0].id, title = \"a\")\nreply(\"Next:\", x[1])", "reply(\"Next:\", {\"id\":\"e2\"", ""},
		// what is read by other words than its id, and what is read already
		{"", `reply(mail.read(sender = "Bob", title = "slugs"))`, "mail.search(sender=\"Bob\", query=\"slugs\")\nmail.read(id=\"m1\"<mail>)", "mail.read takes an id: of the first that mail.search finds"},
		{"", "x = calendar.list_events(query = \"a\")[0]\nreply(calendar.read(id = x.id)[\"title\"])", "calendar.list_events(query=\"a\")\nreply(\"Paper bins out\"<calendar>)", "calendar has no tool read, and what it would read is there"},
		// where it is looked for
		{"Q what did Mum write?", "x = notes.search(title = \"mum\")\nreply(x[0].text)", "mail.search(query=\"mum\")\nmail.read(id=", "notes.search is mail.search, of which the request speaks"},
		{"what did Mum write to us, do you know?", "x = notes.search(query = \"mum\")\nreply(notes.read(id = x[0].id))", "mail.search(query=\"mum\")\nmail.read(id=\"m1\"<mail>)", "notes has no tool read"},
		{"", "reply(calendar.list_events(start = when(tomorrow).start))", "calendar.list_events(start=\"2026-11-27", "tomorrow is when(\"tomorrow\")"},
		{"E what did Bob write about slugs?", "reply(mail.search(query = \"slugs\", unread = True))", "mail.search(query=\"slugs\")", "unread of mail.search is left out"},
		{"E any unread mail on slugs?", "reply(mail.search(query = \"slugs\", unread = True))", "mail.search(query=\"slugs\", unread=true)", ""},
		{"Q did Mum write?", "x = cookbook.search(query = \"mum\")\nreply(x)", "mail.search(query=\"mum\")", "notes.search is mail.search"},
		{"forward the invoice mail to a@b.de", "x = notes.search(query = \"invoice\", limit = 1)\nmail.send(to = \"a@b.de\", body = x[0].text)", "mail.read(id=\"m1\"<mail>)\nmail.send(", "mail.search gives no text"},
		{"delete mails on slugs", "x = notes.search(query = \"slugs\")\nif x:\n  notes.delete(id = x[0].id)", `notes.search(query="slugs")`, ""},
		{"git the slugs", `notes.search(query = "slugs")`, `notes.search(query="slugs")`, ""}, // no word of ours for things
		{"show the mail about my notes", `notes.search(query = "x")`, `notes.search(query="x")`, ""},
		{"schick a@b.de die Slugs per Mail", "x = notes.search(query = \"slugs\")\nmail.send(to = \"a@b.de\", body = \"%d\" % len(x))", "notes.search(query=\"slugs\")\nmail.send(", ""},
		{"schick a@b.de die Notiz und die Mail", "x = notes.search(query = \"slugs\")\nmail.send(to = \"a@b.de\", body = \"%d\" % len(x))", "notes.search(query=\"slugs\")\nmail.send(", ""},
		{"what about Mum?", `notes.search(query = "mum")`, `notes.search(query="mum")`, ""},
		{"look the mail up", "notes.search(query = \"a\")\nmail.search(query = \"a\")", `notes.search(query="a")`, ""},
		{"", "x = notes.add(text = \"a\")\nreply(x + \"\\ncoffee\")", `reply("new\ncoffee"`, ""},
		{"E take only tomorrow's review out", `calendar.delete_event(id = calendar.list_events(query = "review")[0].id, series = True)`, "calendar.delete_event(id=\"e1\"<calendar>)", "series of calendar.delete_event is left out"},
		{"E cancel every review", `calendar.delete_event(id = calendar.list_events(query = "review")[0].id, series = True)`, "series=true", ""},
		// times that are no times in Python either
		{"move lunch tomorrow to 1", "x = calendar.list_events(query = \"lunch\", start = tomorrow.start)\ncalendar.update_event(id = x[0].id, start = at(1).start)", "calendar.update_event(id=\"e1\"<calendar>, start=", "at is when"},
		{"move lunch tomorrow to 1", `calendar.update_event(id = "e1", start = when("1pm").start)`, `calendar.update_event(id="e1", start=`, `"1pm" is read as "tomorrow 1pm"`},
		{"move lunch tomorrow to 1", `calendar.update_event(id = "e1", start = at(1).start)`, `calendar.update_event(id="e1", start=`, `"at 1" is read as "tomorrow at 1"`},
		{"what does weather say", "x = weather.forecast(city = \"Rome\")\nreply(x.text)", `reply({"id":"new"}`, ""},
		{"am I free Friday 3-4pm", "day = when(\"Friday\")\ntime = when(\"3-4pm\", day)\nreply(calendar.list_events(start = time.start, end = time.end))", "calendar.list_events(start=", `the two texts of when are one, "Friday 3-4pm"`},
		{"what is on tomorrow", "reply(calendar.list_events(start = tomorrow))", `calendar.list_events(start="2026-11-27"`, ""},
		{"", "x = calendar.list_events()\nreply(\"at %s\" % x[0].start.strftime(\"%H:%M\"))", `reply("at 2026-11-27"`, "strftime is left out"},
		{"move the lunch on Friday to 1, same length", `calendar.update_event(id = "e1", start = when("Friday at 1").start, length = 60)`, `calendar.update_event(id="e1", start=`, "no argument length: left out"},
		{"qu'est-ce que j'ai demain ?\nwhat do I have tomorrow?", `calendar.list_events(end = when("tomorrow").start)`, "calendar.list_events(end=\"2026-11-28\", start=\"2026-11-27\")", `calendar.list_events is asked for all of "tomorrow"`},
		{"what do I have until tomorrow?", `calendar.list_events(end = when("tomorrow").start)`, `calendar.list_events(end="2026-11-27")`, ""},
		// what tells a person something
		{"when does it arrive?", "for n in mail.search(query = \"a\"):\n  reply(\"It arrives:\", n.id)", `reply("It arrives:"<mail>, {"id":`, "more than its id is shown"},
		{"what is the id of it?", "for n in mail.search(query = \"a\"):\n  reply(\"It is:\", n.id)", `reply("It is:"<mail>, "m1"`, ""},
		{"what else do I have today?", `calendar.list_events(end = when("tomorrow").start)`, `calendar.list_events(end="2026-11-27")`, ""},
		{"what do I have tomorrow?", `calendar.list_events(date = when("today").start, end = when("tomorrow").start)`, `calendar.list_events(start="2026-11-27", end="2026-11-27")`, ""},
		// in other pieces
		{"add milk for Friday", `todoist.create_tasks(content = "milk", due_date = when("Friday").start)`, `todoist.create_tasks(items=[{"content":"milk","due_date":"2026-11-27"`, "the arguments of todoist.create_tasks are the one item of items"},
		{"add milk for Friday", `todoist.create_tasks(title = "milk", due_date = "Friday")`, `todoist.create_tasks(items=[{"content":"milk","due_date":"2026-11-27"`, ""},
		{"add milk for Friday", `todos.add(content = "milk")`, `todoist.create_tasks(items=[{"content":"milk"`, "todos.add is todoist.create_tasks"},
		{"label 3 in almost-useful/labels, a", `github.add_issue_label(number = 3, label = "a")`, `owner="almost-useful"`, `repo of github.add_issue_label is labels`},
		{"label 3 a", `github.add_issue_label(number = 3, label = "a", repo = "x/y")`, `repo="y", owner="x"`, ""},
		{"label 3 about the read/write lock, a", `github.add_issue_label(number = 3, label = "a", repo = "x")`, `repo="x")`, ""},
		// what is none of these
		{"translate it to German", `slack.slack_post(channel_id = "C2", text = "German")`, `text="German"`, ""},
		{"E cancel the recurring review", `calendar.delete_event(id = calendar.list_events(query = "review")[0].id, series = True)`, "series=true", ""},
		{"call Bob in two hours", `calendar.create_event(title = "Bob", start = when("in two hours").start)`, `calendar.create_event(title="Bob", start="2026-11-27")`, ""},
		{"Q what did I write about it?", `notes.search(query = "garden")`, `notes.search(query="garden")`, ""},
		// by its name
		{"post it in cake", `slack.slack_post(channel_id = "cake", text = "hi")`, `slack.slack_post(channel_id="C3"<slack>, text="hi")`, "channel_id of slack.slack_post is found by its name in slack.slack_channels"},
		{"post it in #cake", `slack.slack_post(channel_id = "C2", text = "hi")`, `slack.slack_post(channel_id="C2", text="hi")`, ""},
		{"cancel the review", `calendar.delete_event(id = "design review")`, "calendar.list_events(query=\"design review\")\ncalendar.delete_event(id=\"e2\"<calendar>)", ""},
	} {
		lines, notes, err := asked(t, c.words, c.plan, false)
		require.NoError(t, err, c.plan)
		require.Contains(t, lines, c.does, c.plan)
		require.Contains(t, strings.Join(notes, "\n"), c.note, c.plan)
		if c.does == "" && c.note == "" {
			require.Empty(t, notes, c.plan)
		}
	}
}

// TestAlike: by the kind of verb, or by the thing where there is no verb.
func TestAlike(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"mail.remove", "mail.delete", true}, {"mail.remove", "mail.search", false},
		{"git.branches", "git.git_branch", true}, {"git.branches", "git.git_log", false},
		{"printer.print_image", "mail.send", false}, {"git.delete_branches", "git.git_branch", false},
	} {
		require.Equal(t, c.want, Alike(c.a, c.b), c.a+" "+c.b)
	}
}

// A name says whether a tool would only have found something out.
func TestReads(t *testing.T) {
	for full, want := range map[string]bool{
		"notes.read": true, "weather.is_snowing": true, "git.has_branch": true, "mail.count_unread": true, "git.log_entries": false,
		"notes.update": false, "lamp.set_brightness": false, "disk.issue_ticket": false, "is.create_note": false, "bank.transfer": false,
	} {
		require.Equal(t, want, Reads(full), full)
	}
}
