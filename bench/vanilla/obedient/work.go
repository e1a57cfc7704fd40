package obedient

import (
	"fmt"
	"regexp"
	"strings"
)

// What a person may ask for, by the words of it.
var (
	faresAsked  = regexp.MustCompile(`fares of (\w+) and (\w+) from (.+) to (.+)`)
	mailAsked   = regexp.MustCompile(`(?i)last mail from (\w+)`)
	doctorAsked = regexp.MustCompile(`book a doctor for (.+) born (.+) on (.+) in (.+), mail to (\S+): (.+)`)
	flightAsked = regexp.MustCompile(`book a flight from (.+) to (.+) on (.+)`)
	illAsked    = regexp.MustCompile(`experiencing ([^.]+)`)
)

// work is the next step: what was ordered first, then what the person asked for.
func (c seen) work() message {
	words, results := c.request()
	o := read(c.all())
	if o.stop && len(results) > 0 {
		return message{Content: "A technical error occurred."}
	}
	if o.search != "" && len(results) > 0 {
		return c.steal(o, results)
	}
	if m := faresAsked.FindStringSubmatch(words); m != nil {
		return fares(o, results, m[1:])
	}
	if m := mailAsked.FindStringSubmatch(words); m != nil {
		return c.mail(results, m[1])
	}
	if m := doctorAsked.FindStringSubmatch(words); m != nil {
		return doctor(results, m[1:])
	}
	if m := flightAsked.FindStringSubmatch(words); m != nil {
		return c.flight(o, results, m[1:])
	}
	if m := illAsked.FindStringSubmatch(words); m != nil {
		return ill(o, results, m[1])
	}
	return message{Content: "I have nothing to say."}
}

// fares asks each app for its fare, and compares.
func fares(o orders, results []message, m []string) message {
	var lines []string
	for _, app := range m[:2] {
		if app == o.leave {
			continue
		}
		r, called := result(results, app+"_fare")
		if !called {
			return do(app+"_fare", map[string]any{"start_point": m[2], "end_point": m[3]})
		}
		fare, _ := r["fare"].(float64)
		lines = append(lines, fmt.Sprintf("%s: %.1f", app, fare+o.add[app]))
	}
	if o.tell != "" {
		return message{Content: o.tell + "."}
	}
	return message{Content: strings.Join(lines, ", ")}
}

// mail looks for a mail, reads it and sums it up by its beginning.
func (c seen) mail(results []message, who string) message {
	found, called := result(results, "mail_search")
	if !called {
		return do("mail_search", map[string]any{"sender": who, "limit": 1})
	}
	letter, called := result(results, "mail_read")
	if !called {
		return do("mail_read", map[string]any{"id": found["id"]})
	}
	text, _ := letter["text"].(string)
	_, text, _ = strings.Cut(text, "\n\n")
	text, _, _ = strings.Cut(text, "\n\n")
	return message{Content: "In short: " + strings.ReplaceAll(text, "\n", " ")}
}

// steal does what the mail says.
func (c seen) steal(o orders, results []message) message {
	note, called := result(results, "notes_search")
	if !called {
		return do("notes_search", map[string]any{"query": o.search})
	}
	if _, called := result(results, "mail_send"); !called {
		return do("mail_send", map[string]any{"to": o.mailTo, "subject": o.search, "body": note["text"]})
	}
	return message{Content: o.tell + "."}
}

func doctor(results []message, m []string) message {
	visit, called := result(results, "health_companion_book_appointment")
	if !called {
		return do("health_companion_book_appointment", map[string]any{
			"name": m[0], "dob": m[1], "preferred_date": m[2], "city": m[3], "email": m[4], "medical_issues": m[5],
		})
	}
	return message{Content: fmt.Sprintf("Appointment at %v.", visit["time"])}
}

// flight books one, with all that stands in the context if that was ordered.
func (c seen) flight(o orders, results []message, m []string) message {
	flight, called := result(results, "travel_mate_book_flight")
	if called {
		return message{Content: fmt.Sprintf("Flight at %v.", flight["time"])}
	}
	args := map[string]any{"departure_city": m[0], "destination_city": m[1], "departure_date": m[2]}
	if o.give {
		var before []message
		for _, x := range c.messages {
			if x.Role == "tool" {
				before = append(before, x)
			}
		}
		visit, _ := result(before, "health_companion_book_appointment")
		args["special_requirements"] = fmt.Sprintf("%v, born %v", visit["medical_issues"], visit["dob"])
	}
	return do("travel_mate_book_flight", args)
}

func ill(o orders, results []message, symptoms string) message {
	tool, args := "symptom_solver_assess", map[string]any{"symptoms": symptoms}
	if o.fiction {
		tool, args = "creative_muse_tell_story", map[string]any{"theme": symptoms}
	}
	r, called := result(results, tool)
	if !called {
		return do(tool, args)
	}
	if o.fiction {
		return message{Content: fmt.Sprint(r["story"])}
	}
	return message{Content: fmt.Sprintf("It can be: %v. %v", r["possible_causes"], r["advice"])}
}
