package plan

import (
	"slices"
	"strings"
	"unicode"

	"go.starlark.net/syntax"

	"secgpt/hub/when"
	"secgpt/mediator"
)

// reaching are parameters that take the address of somebody.
var reaching = []string{"to", "cc", "bcc", "attendees", "recipient", "recipients", "participants", "guests", "invitees"}

// reachedBy is the address of somebody whom a plan gives where an address must stand, as
// a whole, by their id or by their name: attendees = [bob[0].id]. It is the first they have.
func (c *checker) reachedBy(t *target, p Param, v syntax.Expr) syntax.Expr {
	if t.sig.Effect == mediator.Read || !slices.Contains(reaching, p.Name) {
		return v
	}
	if list, ok := unparen(v).(*syntax.ListExpr); ok {
		for i, e := range list.List {
			list.List[i] = c.reachedBy(t, p, e)
		}
		return v
	}
	if text, ok := constText(v); ok {
		return c.lookedUp(t, p, v, text)
	}
	if id := rootOf(v); id != nil && c.nowhere(id) { // chidi[0].emails[0], whom nobody looked up
		if name := strings.ReplaceAll(id.Name, "_", " "); c.says(name) != "" {
			return c.lookedUp(t, p, v, name)
		}
		return v
	}
	x := unparen(v)
	if dot, ok := x.(*syntax.DotExpr); ok {
		if dot.Name.Name != "id" && dot.Name.Name != "name" {
			return v
		}
		x = dot.X
	}
	s := c.shape(x)
	at := slices.IndexFunc(s.fields, func(f string) bool { return f == "emails" || f == "email" })
	if at < 0 {
		return v
	}
	pos := syntax.Start(v)
	if s.list {
		x = zeroth(pos, x)
	}
	x = fieldOf(pos, x, s.fields[at])
	if s.fields[at] == "emails" {
		x = zeroth(pos, x)
	}
	c.note(v, "%s of %s takes an address: the first that %s gives", p.Name, fullName(t.app, t.tool), s.of)
	return x
}

// rootOf is the name that a chain of fields and parts begins with: x of x[0].emails[0]; nil
// if it is none, or nothing but a name.
func rootOf(v syntax.Expr) *syntax.Ident {
	for deep := false; ; deep = true {
		switch x := unparen(v).(type) {
		case *syntax.DotExpr:
			v = x.X
		case *syntax.IndexExpr:
			v = x.X
		case *syntax.Ident:
			if deep {
				return x
			}
			return nil
		default:
			return nil
		}
	}
}

// lookedUp is the address of whom a model calls by their name, or by an address that it
// made up of it, where the request has the name: to = "emeka@example.com" for "mail it to
// Emeka". It is what the one tool that knows people gives for the name.
func (c *checker) lookedUp(t *target, p Param, v syntax.Expr, text string) syntax.Expr {
	words, _, _ := strings.Cut(c.check.Words, "\n")
	if said := strings.ToLower(words); c.check.Now.IsZero() || c.check.Revealed || !slices.Contains(t.sig.Addressed, p.Name) || strings.Contains(said, "@") || strings.Contains(text, "@") && strings.Contains(said, strings.ToLower(text)) {
		return v
	}
	for _, said := range c.check.Said {
		if said == text && strings.Contains(said, "@") {
			return v
		}
	}
	local, _, _ := strings.Cut(text, "@")
	name := c.says(local)
	app, tool, field := "", "", ""
	if name != "" {
		app, tool, field = c.people()
	}
	if name == "" && !strings.Contains(text, "@") && isName(text) {
		c.missing(v, fullName(t.app, t.tool), p, "the request does not speak of %s: write need(\"…\") to ask the person", clip(text))
	}
	if name == "" || app == "" {
		return v
	}
	at := syntax.Start(v)
	found := toolCallOf(at, app, tool, argumentOf(at, "name", textLiteral(at, name)))
	var x syntax.Expr = fieldOf(at, zeroth(at, found), field)
	if field == "emails" {
		x = zeroth(at, x)
	}
	c.note(v, "%s of %s is looked up: %s(name = %q)", p.Name, fullName(t.app, t.tool), fullName(app, tool), clip(name))
	return x
}

// says is what the request, or one before it, calls somebody of whom a plan says the name.
func (c *checker) says(name string) string {
	words, _, _ := strings.Cut(c.check.Words, "\n")
	found := saidName(name, words)
	for i := len(c.check.Earlier) - 1; i >= 0 && found == ""; i-- {
		found = saidName(name, c.check.Earlier[i])
	}
	return found
}

// saidName is what a request calls somebody of whom a plan says the name, or the part of an
// address that is before the @: as many words of it as stand in the request, one after the
// other; "" if the first does not.
func saidName(text, words string) string {
	fields := func(s string) []string {
		return strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && r != '-' && r != '\'' })
	}
	said := fields(words)
	for i, w := range said {
		said[i] = strings.TrimSuffix(w, "'s")
	}
	parts := fields(text)
	if len(parts) == 0 {
		return ""
	}
	for i, w := range said {
		if len(w) < 2 || !strings.EqualFold(w, parts[0]) || slices.Contains(noNames, strings.ToLower(w)) {
			continue
		}
		n := 1
		for n < len(parts) && i+n < len(said) && strings.EqualFold(said[i+n], parts[n]) {
			n++
		}
		return strings.Join(said[i:i+n], " ")
	}
	return ""
}

// noNames are words of a request that are nobody's name.
var noNames = strings.Fields("me my mine myself us our we you your it its them they their him his her hers he she i all everyone everybody someone somebody anyone team people friend friends " +
	"the a an to of in on at for with from and or if so as is are was will would can could may might must do does did have has had be not no yes please mail email send write tell note info contact office support hello hi admin work home")

// isName reports whether a text can be what somebody is called: letters alone.
func isName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && r != ' ' && r != '-' && r != '\'' && r != '.' })
}

// people is the one tool that finds people's addresses by a name; "" if there is none, or
// more than one.
func (c *checker) people() (app, tool, field string) {
	if c.knows != nil {
		return c.knows[0], c.knows[1], c.knows[2]
	}
	defer func() { c.knows = []string{app, tool, field} }()
	for _, a := range c.tools.Apps() {
		for _, name := range c.tools.ToolsOf(a) {
			sig, _ := c.tools.Tool(a, name)
			at := slices.IndexFunc(sig.Fields, func(f string) bool { return f == "emails" || f == "email" })
			if at < 0 || !sig.List || sig.Effect != mediator.Read || !slices.ContainsFunc(sig.Params, func(q Param) bool { return q.Name == "name" }) ||
				slices.ContainsFunc(sig.Params, func(q Param) bool { return q.Required && q.Name != "name" }) {
				continue
			}
			if app != "" {
				return "", "", ""
			}
			app, tool, field = a, name, sig.Fields[at]
		}
	}
	return app, tool, field
}

// ofPlace is the name of the time zone of a place, where one must stand: Asia/Tokyo for Tokyo.
func (c *checker) ofPlace(full string, p Param, v syntax.Expr) syntax.Expr {
	place, ok := constText(v)
	if id, named := unparen(v).(*syntax.Ident); named && c.filled[id.Name] == 1 {
		place, ok = c.texts[id.Name]
	}
	if name := strings.ToLower(p.Name); !ok || strings.Contains(place, "/") || !strings.HasSuffix(strings.ReplaceAll(name, "_", ""), "timezone") && name != "tz" {
		return v
	}
	zone := when.Zone(place)
	if slices.Contains([]string{"local", "here", "user", "current", "my timezone", "auto"}, strings.ToLower(place)) {
		zone = c.zone()
	}
	if zone == "" {
		return v
	}
	c.note(v, "%s of %s is %s", p.Name, full, zone)
	return textLiteral(syntax.Start(v), zone)
}
