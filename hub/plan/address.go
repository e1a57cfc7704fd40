package plan

import (
	"slices"
	"strings"

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
	zero := func(of syntax.Expr) syntax.Expr {
		return &syntax.IndexExpr{X: of, Lbrack: pos, Y: numberLiteral(pos, syntax.INT, "0", int64(0)), Rbrack: pos}
	}
	if s.list {
		x = zero(x)
	}
	x = &syntax.DotExpr{X: x, Dot: pos, NamePos: pos, Name: &syntax.Ident{NamePos: pos, Name: s.fields[at]}}
	if s.fields[at] == "emails" {
		x = zero(x)
	}
	c.note(v, "%s of %s takes an address: the first that %s gives", p.Name, fullName(t.app, t.tool), s.of)
	return x
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
	if zone == "" {
		return v
	}
	c.note(v, "%s of %s is %s", p.Name, full, zone)
	return textLiteral(syntax.Start(v), zone)
}
