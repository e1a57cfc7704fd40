package intent

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// Raw is an intent as a file holds it.
type Raw struct {
	Say  []string `toml:"say"`
	Plan string   `toml:"plan"`
}

// ours are the phrases over several apps or tools; those over one tool come from
// the manifest of its app.
var ours = []Raw{
	{Say: []string{"unread mails", "[is there any] new mail", "new mails", "[do i have] any mail", "what's new"}, Plan: `
reply(mail.search(unread = True))
`},
	{Say: []string{"what's on today", "what is on today", "my day"}, Plan: `
today = when("today")
reply(calendar.list_events(start = today.start, end = today.end))
`},
	{Say: []string{
		"read [the last] mail from {who:contact}",
		"read [the last] message from {who:contact}",
	}, Plan: `
found = mail.search(sender = who, limit = 1)
if not found:
    reply("No mail from %s." % who)
else:
    reply(mail.read(id = found[0].id))
`},
	{Say: []string{"add [the] invitation from {who:contact} to my calendar", "add [the] invite from {who:contact} to my calendar", "accept [the] invitation from {who:contact}"}, Plan: `
found = [m for m in mail.search(sender = who, limit = 50) if "text/calendar" in [a.type for a in m.attachments]]
if not found:
    reply("No invitation from %s." % who)
else:
    files = [a for a in mail.attachments(id = found[0].id) if a.type == "text/calendar"]
    event = calendar.read_invitation(ics = files[0].content)
    added = calendar.create_event(title = event.title, start = event.start, end = event.end, location = event.location)
    reply("Added", added)
`},
	{Say: []string{"mail {who:contact}: {text}", "write [to] {who:contact}: {text}"}, Plan: `
to = who if "@" in who else contacts.find(name = who)[0].emails[0]
sent = mail.send(to = to, body = text)
reply("Sent to %s." % sent.to)
`},
	{Say: []string{"mail {who:contact} my calendar for {day:date}", "send {who:contact} my calendar for {day:date}"}, Plan: `
events = calendar.list_events(start = day.start, end = day.end)
to = who if "@" in who else contacts.find(name = who)[0].emails[0]
sent = mail.send(to = to, subject = "My calendar", body = "\n".join(["%s %s  %s" % (e.start[:10], e.start[11:16], e.title) for e in events]))
reply("Sent to %s." % sent.to)
`},
	{Say: []string{
		"save [the] attachment of [the last] mail from {who:contact} as [a] note",
		"save [the] attachment from {who:contact} as [a] note",
	}, Plan: `
found = [m for m in mail.search(sender = who, limit = 50) if m.attachments]
if not found:
    reply("No mail with an attachment from %s." % who)
else:
    file = mail.attachments(id = found[0].id)[0]
    note = notes.add(text = file.content, title = file.name)
    reply("Saved", note)
`},
}

// Ours returns the hub's own intents.
func Ours() (Set, error) { return Compile(ours, "hub", 1) }

// Compile reads intents of one origin.
func Compile(raw []Raw, from string, minWords int) (Set, error) {
	var s Set
	for i, r := range raw {
		if len(r.Say) == 0 || strings.TrimSpace(r.Plan) == "" {
			return nil, fmt.Errorf("intent %d: expected say, one phrase or more, and plan", i+1)
		}
		for _, say := range r.Say {
			p, err := Parse(say, minWords)
			if err != nil {
				return nil, err
			}
			s = append(s, Intent{p, strings.TrimSpace(r.Plan), from})
		}
	}
	return s, nil
}

// A Param is a parameter of a tool, as a manifest's intent fills it.
type Param struct{ Name, Type string }

// Tool is the plan of a manifest's intent: one call of one tool of its own app.
// Arguments are "{slot}", "{slot.field}" or fixed text; a fixed text for a
// parameter that takes no text is written as it stands.
func Tool(app, tool string, args map[string]string, params []Param) string {
	var parts []string
	for _, p := range params {
		a, ok := args[p.Name]
		if !ok {
			continue
		}
		value := expression(a)
		if literal().MatchString(a) && (p.Type == "boolean" || p.Type == "integer" || p.Type == "number") {
			value = strings.NewReplacer("true", "True", "false", "False").Replace(a)
		}
		parts = append(parts, fmt.Sprintf("%s = %s", p.Name, value))
	}
	return fmt.Sprintf("reply(%s.%s(%s))", app, tool, strings.Join(parts, ", "))
}

// literal is what stands in a plan as it is written: no manifest can say more of a
// plan than that.
var literal = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(true|false|-?[0-9]{1,15}(\.[0-9]{1,15})?)$`)
})

// expression turns "{when}T{time}" into a plan's expression over the slots.
func expression(arg string) string {
	var terms []string
	for rest := arg; rest != ""; {
		open := strings.IndexByte(rest, '{')
		end := strings.IndexByte(rest, '}')
		if open < 0 || end < open {
			terms = append(terms, fmt.Sprintf("%q", rest))
			break
		}
		if open > 0 {
			terms = append(terms, fmt.Sprintf("%q", rest[:open]))
		}
		slot, field, dotted := strings.Cut(rest[open+1:end], ".")
		if !isName(slot) || dotted && !isName(field) {
			terms = append(terms, fmt.Sprintf("%q", rest[open:end+1]))
			rest = rest[end+1:]
			continue
		}
		slot = variable(slot)
		if dotted {
			slot += "." + field
		}
		terms = append(terms, slot)
		rest = rest[end+1:]
	}
	if len(terms) == 0 {
		return `""`
	}
	return strings.Join(terms, " + ")
}
