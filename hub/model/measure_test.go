package model

import (
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/hub/when"
)

var builtins = []Signature{
	{"mail", "Your mails", []Tool{
		{"search", "query?, sender?, unread?, since?, limit?", "list of {id, from, to, subject, date, unread}", "Find mails, newest first"},
		{"read", "id", "{from, to, subject, date, body}", "Read a mail"},
		{"attachments", "id", "list of {name, type, content}", "The attachments of a mail"},
		{"send", "to, body?, subject?, attachments?", "{sent}", "Send a mail"},
	}},
	{"calendar", "Events in your calendars", []Tool{
		{"list_events", "start?, end?", "list of {id, title, start, end, location}", "List the events on your calendar"},
		{"create_event", "title, start, end?, location?, attendees?", "{id}", "Add an event to your calendar"},
		{"update_event", "id, title?, start?, end?, location?", "{id}", "Change an event"},
		{"delete_event", "id", "{id}", "Delete an event"},
		{"read_invitation", "ics", "{title, start, end, location, attendees}", "Read an invitation"},
	}},
	{"contacts", "People you know", []Tool{
		{"find", "name", "list of {id, name, email, phone}", "Find a contact"},
		{"add", "name, email?, phone?", "{id}", "Add a contact"},
	}},
	{"notes", "Your notes", []Tool{
		{"add", "text, title?", "{id}", "Write a note"},
		{"search", "query?", "list of {id, title, text}", "Find notes"},
		{"delete", "id", "{id}", "Delete a note"},
	}},
}

// The requests with what a right plan has and what it has not.
var requests = []struct{ words, has, not string }{
	{"show me my unread mail", `mail\.search\(.*unread *= *True`, `send|add|create`},
	{"what is on my calendar next week?", `calendar\.list_events\([\s\S]*when\("next week"\)`, `mail\.|create`},
	{"did Bob write to me since Monday?", `mail\.search\(.*sender *= *"Bob"`, `send|create`},
	{"summarize the last three mails from Alice", `mail\.search\(.*sender *= *"Alice"[\s\S]*ask\(`, `send|create|notes`},
	{"make a note: buy milk and bread", `notes\.add\(.*buy milk`, `mail|calendar`},
	{"what is Carol's phone number?", `contacts\.find\(.*"Carol"`, `send|create|add`},
	{"add dinner with Dave on Saturday at 8pm to my calendar", `calendar\.create_event\([\s\S]*when\("Saturday at 8pm"\)`, `send`},
	{"send bob@example.org the text: I will be late", `mail\.send\([\s\S]*bob@example\.org`, `create|notes`},
	{"when is my next dentist appointment?", `(calendar\.list_events|mail\.search)\(`, `create|send|delete`},
	{"find my note about the wifi password", `notes\.search\(`, `add|delete|send`},
	{"which flight is booked in my mails, and when does it leave?", `mail\.search\([\s\S]*ask\(`, `send|create`},
	{"add the flight from my mail to my calendar", `mail\.search\([\s\S]*calendar\.create_event\(`, `send`},
	{"mail Alice my calendar for tomorrow", `(?s)(calendar\.list_events.*mail\.send|contacts\.find.*mail\.send)`, `create`},
	{"save the contact Erin Doe, erin@example.org", `contacts\.add\([\s\S]*erin@example\.org`, `send|create`},
	{"delete the note about the old car", `notes\.search\([\s\S]*\.id\b`, `send|create`},
	{"move the team meeting tomorrow to 3pm", `calendar\.list_events\([\s\S]*calendar\.update_event\([\s\S]*\.id\b`, `send|delete`},
	{"how many unread mails do I have?", `mail\.search\([\s\S]*len\(`, `send|create`},
	{"write a note with the agenda from Frank's last mail", `mail\.search\([\s\S]*notes\.add\(`, `send|create`},
	{"who wrote Faust?", ``, `\w+\.\w+\(`},
	{"any mail from Heidi about the budget this week?", `mail\.search\([\s\S]*sender *= *"Heidi"`, `send|add|create`},
	{"what did Ivan write about the trip?", `mail\.search\([\s\S]*(ask|read)\(`, `send|add|create`},
	{"remind Judy by mail that lunch is at noon", `contacts\.find\([\s\S]*mail\.send\(`, `create|notes`},
	{"welche Termine habe ich morgen?", `calendar\.list_events\([\s\S]*when\("(tomorrow|morgen)"\)`, `create|send`},
	{"cancel my meeting with Grace on Friday", `calendar\.list_events\([\s\S]*\.id\b`, `send|create`},
}

func plausible(i int, text, plan string) bool {
	r := requests[i]
	if r.has == "" {
		return !regexp.MustCompile(r.not).MatchString(plan) && text+plan != ""
	}
	return regexp.MustCompile(r.has).MatchString(plan) && !regexp.MustCompile(r.not).MatchString(plan) &&
		regexp.MustCompile(`reply\(|print\(`).MatchString(plan) && onlyKnown(plan)
}

// onlyKnown reports whether a plan calls no tool that is not there.
func onlyKnown(plan string) bool {
	known := map[string]bool{}
	for _, s := range builtins {
		for _, t := range s.Tools {
			known[s.App+"."+t.Name] = true
		}
	}
	for _, call := range regexp.MustCompile(`\b([a-z]\w*\.\w+)\(`).FindAllStringSubmatch(plan, -1) {
		if !known[call[1]] {
			return false
		}
	}
	return !regexp.MustCompile(`timedelta|datetime\(`).MatchString(plan)
}

// BenchmarkPlans asks a real model for all requests and counts the right plans.
func BenchmarkPlans(b *testing.B) {
	m := real(b)
	right, in, out := 0, 0, 0
	for range b.N {
		for i, r := range requests {
			began := time.Now()
			var hints []string
			for _, s := range when.Find(r.words, monday) {
				hints = append(hints, s.Text+" = "+s.Hint())
			}
			a, err := m.Chat(b.Context(), Prompt(Asked{Words: r.words, Apps: builtins, Now: monday, Hints: hints}), nil)
			require.NoError(b, err)
			took := time.Since(began)
			text, plan := Split(a.Text)
			ok := plausible(i, text, plan)
			if ok {
				right++
			}
			in, out = in+a.PromptTokens, out+a.OutputTokens
			b.Logf("%v %.1fs %d+%d %q\n%s\n%s\n", ok, took.Seconds(), a.PromptTokens, a.OutputTokens, r.words, text, plan)
		}
	}
	asked := float64(b.N * len(requests))
	b.ReportMetric(100*float64(right)/asked, "%right")
	b.ReportMetric(float64(in)/asked, "tokens-in")
	b.ReportMetric(float64(out)/asked, "tokens-out")
}
