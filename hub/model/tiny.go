package model

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// smallest is how many billions of parameters a model has at least that can carry the shape
// of an example over from one app to another. One with fewer calls the example's own tools.
const smallest = 1.0

// Tiny reports whether a model is so small that the tools of its examples must be those that
// it is to call. Of a server that does not say, its name is believed: "qwen2.5-coder:0.5b".
func Tiny(m Model) bool {
	if sized, ok := m.(interface{ billions() float64 }); ok {
		if b := sized.billions(); b > 0 {
			return b < smallest
		}
	}
	size := parameters().FindStringSubmatch(strings.ToLower(m.Name()))
	if size == nil {
		return false
	}
	b, err := strconv.ParseFloat(size[1], 64)
	if size[2] == "m" { // 1m is a context
		return err == nil && b >= 50
	}
	return err == nil && b < smallest
}

var parameters = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?:^|[-:_ ])(\d+(?:\.\d+)?)(b|m)(?:$|[-:_. ])`)
})

// ofOurs are the examples of a tiny model, for each shape that most requests have: over the
// built-in apps, which are always there.
var ofOurs = []example{
	{words: "any mail from Ada this week?", answer: `
found = mail.search(sender = "Ada", since = when("this week").start)
reply("Mails from Ada this week:", found)`},
	{words: "what is on on Thursday?", answer: `
day = when("Thursday")
events = calendar.list_events(start = day.start, end = day.end)
reply("On Thursday:", events)`},
	{words: "am I free on Friday at 3pm?", answer: `
slot = when("Friday at 3pm")
events = calendar.list_events(start = slot.start, end = slot.end)
if events:
    reply("No, there is:", events)
else:
    reply("Yes, you are free.")`},
	{words: "when is the harbour tour?", answer: `
events = calendar.list_events(query = "harbour tour", start = when("today").start)
reply("The harbour tour:", events[0])`},
	{words: "read me Ada's last mail", answer: `
found = mail.search(sender = "Ada", limit = 1)
reply(mail.read(id = found[0].id))`},
	{words: "what is Ada's number?", answer: `
ada = contacts.find(name = "Ada")
reply("Ada's number:", ada[0].phones[0])`},
	{words: "throw away the note about onion soup", answer: `
found = notes.search(query = "onion soup")
notes.delete(id = found[0].id)
reply("Removed:", found[0].title)`},
	{words: "move the bakery visit on Monday to 5pm", answer: `
day = when("Monday")
found = calendar.list_events(query = "bakery visit", start = day.start, end = day.end)
calendar.update_event(id = found[0].id, start = when("Monday at 5pm").start)
reply("Moved:", found[0].title)`},
	{words: "dinner with Ada on Friday at 7pm", answer: `
calendar.create_event(title = "Dinner with Ada", start = when("Friday at 7pm").start)
reply("Added the dinner.")`},
	{words: "write down: two onions, fried in butter", answer: `
notes.add(text = "two onions, fried in butter")
reply("Written down.")`},
	{words: "where did I write about saffron?", answer: `
found = notes.search(query = "saffron")
reply("Notes about saffron:", found)`},
	{words: "tell Bo that I am late", answer: `
bo = contacts.find(name = "Bo")
mail.send(to = bo[0].emails[0], body = "I am late.")
reply("Told Bo.")`},
	{words: "put the workshop from the newest mail on my calendar", answer: `
found = mail.search(query = "workshop", limit = 1)
letter = mail.read(id = found[0].id)
workshop = ask("What is the workshop called, and when is it?", letter, schema = {"name": "string", "start": "datetime", "end": "datetime"})
calendar.create_event(title = workshop.name, start = workshop.start, end = workshop.end)
reply("Added:", workshop)`},
	{words: "what does Ada's mail about the harbour say on dogs?", answer: `
found = mail.search(sender = "Ada", query = "harbour", limit = 1)
letter = mail.read(id = found[0].id)
reply(ask("What does it say about dogs?", letter))`},
	{words: "how many unread mails are there?", answer: `
found = mail.search(unread = True, limit = 200)
reply("%d unread mails." % len(found))`},
	{words: "add an event", answer: `
title = need("What is the event called?")
start = need("When does it start?")
calendar.create_event(title = title, start = when(start).start)
reply("Added:", title)`},
	{words: "launch the balloon over the harbour", answer: "I have no tool that can launch a balloon."},
	{words: "who wrote Hamlet?", answer: "William Shakespeare wrote Hamlet."},
	{words: "show me the unread mails", answer: `
found = mail.search(unread = True)
reply("Unread mails:", found)`},
	{words: "and those from Bo?", answer: `
found = mail.search(sender = "Bo", unread = True)
reply("Unread mails from Bo:", found)`},
}
