package contacts

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"secgpt/apps/builtin"
	"secgpt/apps/builtin/ics"
)

// A Contact is one person, as callers get it.
type Contact struct {
	ID           string   `json:"id"`
	Name         string   `json:"name"`
	Emails       []string `json:"emails" jsonschema:"the preferred one first"`
	Phones       []string `json:"phones" jsonschema:"the preferred one first"`
	Organization string   `json:"organization"`
	Birthday     string   `json:"birthday" jsonschema:"2001-12-31, or --12-31 without a year, or empty"`
	Address      string   `json:"address" jsonschema:"where they live or work, in one line"`
	Note         string   `json:"note"`
}

// Bounds of one card's fields; what is cut ends with "…".
const (
	maxField = 500 // bytes
	maxNote  = 4000
	maxList  = 20 // addresses or numbers
)

// A card is a contact and where it stands in its file.
type card struct {
	Contact
	part  *ics.Component
	extra []string // more that find looks at: nicknames, parts of the name
}

// newCard reads a VCARD. A vCard has the same lines as a calendar; an optional group
// stands in front of a name: "item1.EMAIL".
func newCard(file, text string, part *ics.Component) (card, error) {
	c := card{part: part}
	if !part.Ended {
		return c, errors.New("its end is missing")
	}
	name := file + "\x00" + one(part, "UID")
	if one(part, "UID") == "" {
		name += "\x00" + text[part.Start:part.End]
	}
	parts := split(first(part, "N"))
	c.Contact = Contact{
		ID: builtin.ID("contact", name), Name: builtin.Cut(one(part, "FN"), maxField),
		Emails: list(part, "EMAIL"), Phones: list(part, "TEL"),
		Organization: builtin.Cut(joined(first(part, "ORG")), maxField),
		Birthday:     birthday(part), Address: builtin.Cut(joined(first(part, "ADR")), maxField),
		Note: builtin.Cut(one(part, "NOTE"), maxNote),
	}
	if c.Name == "" && len(parts) > 1 {
		c.Name = builtin.Cut(strings.TrimSpace(parts[1]+" "+parts[0]), maxField)
	}
	for _, s := range append([]string{c.Organization}, c.Emails...) {
		if c.Name == "" {
			c.Name = s
		}
	}
	if c.Name == "" {
		return c, errors.New("it has no name")
	}
	c.extra = append(parts, one(part, "NICKNAME"))
	return c, nil
}

// all are the properties of a name, with or without a group.
func all(part *ics.Component, name string) []ics.Prop {
	var found []ics.Prop
	for _, p := range part.Props {
		if p.Name == name || strings.HasSuffix(p.Name, "."+name) {
			found = append(found, p)
		}
	}
	return found
}

// first is the preferred property of a name, or the zero Prop.
func first(part *ics.Component, name string) (p ics.Prop) {
	if found := byPreference(all(part, name)); len(found) > 0 {
		p = found[0]
	}
	return p
}

func one(part *ics.Component, name string) string {
	if p := first(part, name); p.Name != "" {
		return strings.TrimSpace(p.Text())
	}
	return ""
}

func byPreference(found []ics.Prop) []ics.Prop {
	slices.SortStableFunc(found, func(a, b ics.Prop) int { return preference(a) - preference(b) })
	return found
}

// unpreferred comes after every preference that a card can state.
const unpreferred = 101

// preference is 1 for what a card prefers: PREF=1 to 100 of vCard 4, TYPE=pref of
// vCard 3.
func preference(p ics.Prop) int {
	if n, err := strconv.Atoi(p.Param("PREF")); err == nil {
		return n
	}
	parameters := strings.TrimSuffix(p.Line(), p.Value())
	if strings.Contains(strings.ToUpper(parameters), "PREF") {
		return 1
	}
	return unpreferred
}

func list(part *ics.Component, name string) []string {
	found := []string{}
	for _, p := range byPreference(all(part, name)) {
		s := strings.TrimSpace(p.Text())
		for _, scheme := range []string{"mailto:", "tel:"} {
			if len(s) > len(scheme) && strings.EqualFold(s[:len(scheme)], scheme) {
				s = s[len(scheme):]
			}
		}
		if s != "" && len(found) < maxList && !slices.Contains(found, s) {
			found = append(found, builtin.Cut(s, maxField))
		}
	}
	return found
}

// split takes a value apart at the semicolons that are not escaped.
func split(p ics.Prop) []string {
	if p.Name == "" {
		return nil
	}
	var parts []string
	raw, at := p.Value(), 0
	for i := 0; i <= len(raw); i++ {
		switch {
		case i == len(raw) || raw[i] == ';':
			parts = append(parts, strings.TrimSpace(ics.Unescape(raw[at:i])))
			at = i + 1
		case raw[i] == '\\':
			i = min(i+1, len(raw)-1)
		}
	}
	return parts
}

// joined is a value of several parts in one line.
func joined(p ics.Prop) string {
	parts := slices.DeleteFunc(split(p), func(s string) bool { return s == "" })
	return strings.ReplaceAll(strings.Join(parts, ", "), "\n", ", ")
}

// birthday reads 1985-04-12, 19850412, either with a time behind it, --0412, and
// Apple's dates with a year that means none.
func birthday(part *ics.Component) string {
	p := first(part, "BDAY")
	if p.Name == "" {
		return ""
	}
	s, _, _ := strings.Cut(strings.TrimSpace(p.Text()), "T")
	if t, err := time.Parse("20060102", strings.ReplaceAll(s, "-", "")); err == nil {
		if t.Format("2006") == p.Param("X-APPLE-OMIT-YEAR") {
			return t.Format("--01-02")
		}
		return t.Format(time.DateOnly)
	}
	if t, err := yearless(s); err == nil {
		return t.Format("--01-02")
	}
	return ""
}

// yearless reads --0412 and --04-12. 29 February is a day, so the year is a leap year.
func yearless(s string) (time.Time, error) {
	rest, ok := strings.CutPrefix(s, "--")
	if !ok {
		return time.Time{}, errors.New("a year")
	}
	return time.Parse("20060102", "2000"+strings.ReplaceAll(rest, "-", ""))
}
