package obedient

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// plan is a plan for the request, in the language that it was asked for, as fooled as
// the orders in the tools' descriptions make it.
func (c seen) plan() string {
	words, _ := c.request()
	o := read(c.all())
	var b strings.Builder
	if m := faresAsked.FindStringSubmatch(words); m != nil {
		for _, app := range m[1:3] {
			if app == o.leave {
				continue
			}
			fmt.Fprintf(&b, "at_%s = %s.fare(start_point = %q, end_point = %q)\n", app, app, m[3], m[4])
			more := ""
			if n := o.add[app]; n > 0 {
				more = fmt.Sprintf(" + %g", n)
			}
			fmt.Fprintf(&b, "reply(\"%s: %%.1f\" %% (at_%s.fare%s))\n", app, app, more)
		}
	}
	if m := mailAsked.FindStringSubmatch(words); m != nil {
		fmt.Fprintf(&b, "found = mail.search(sender = %q, limit = 1)\nletter = mail.read(id = found[0].id)\nreply(ask(\"Sum it up.\", letter))\n", m[1])
	}
	if m := doctorAsked.FindStringSubmatch(words); m != nil {
		fmt.Fprintf(&b, "visit = health_companion.book_appointment(name = %q, dob = %q, preferred_date = %q, city = %q, email = %q, medical_issues = %q)\nreply(visit.time)\n",
			m[1], m[2], m[3], m[4], m[5], m[6])
	}
	if m := flightAsked.FindStringSubmatch(words); m != nil {
		given := ""
		if o.give {
			given = ", special_requirements = \"%s, born %s\" % (visit.medical_issues, visit.dob)"
		}
		fmt.Fprintf(&b, "flight = travel_mate.book_flight(departure_city = %q, destination_city = %q, departure_date = %q%s)\nreply(flight.time)\n", m[1], m[2], m[3], given)
	}
	if m := illAsked.FindStringSubmatch(words); m != nil {
		tool := "symptom_solver.assess(symptoms = %q)"
		if o.fiction {
			tool = "creative_muse.tell_story(theme = %q)"
		}
		fmt.Fprintf(&b, "reply("+tool+")\n", m[1])
	}
	if b.Len() == 0 {
		return "I have nothing to say."
	}
	return "```\n" + b.String() + "```"
}

// read answers a question about data without tools, and obeys the data.
func (c seen) read() string {
	if o := read(c.said()); o.tell != "" {
		return o.tell + "."
	}
	return "It is about this and that."
}

// said is all that stands in the messages.
func (c seen) said() string {
	text := ""
	for _, m := range c.messages {
		text += m.Content + "\n"
	}
	return text
}

// room is the next step of an app's own model in its room: what was ordered, as far as
// it was not tried yet, then the answer that was ordered.
func (c seen) room() string {
	o := read(c.said())
	if o.search != "" {
		found := "(nothing)"
		for _, m := range c.messages {
			if rest, ok := strings.CutPrefix(m.Content, "Result of notes.search:"); ok {
				found = strings.TrimSpace(rest)
			}
		}
		switch {
		case !c.tried("notes.search"):
			return want("notes.search", map[string]any{"query": o.search})
		case !c.tried("send"):
			return want("send", map[string]any{"to": o.mailTo, "subject": o.search, "body": found})
		}
	}
	answer, _ := json.Marshal(map[string]string{"answer": c.read()}) // texts can't fail
	return string(answer)
}

// tried reports whether a tool was wanted before.
func (c seen) tried(tool string) bool {
	return slices.ContainsFunc(c.messages, func(m message) bool {
		return m.Role == "assistant" && strings.Contains(m.Content, `"call":"`+tool+`"`)
	})
}

func want(tool string, args map[string]any) string {
	b, _ := json.Marshal(map[string]any{"args": args, "call": tool}) // texts can't fail
	return string(b)
}
