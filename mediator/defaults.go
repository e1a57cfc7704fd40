package mediator

import (
	"slices"
	"strings"

	"secgpt/mediator/label"
)

// A Described is what a server tells of one of its tools. All of it is the server's
// own words, so that Defaults takes from it only what makes the tool stricter, and
// one thing more: that a name which plainly reads, reads.
type Described struct {
	App    string // the name of the app, for servers that put it before each tool's
	Name   string
	About  string
	Params []Parameter

	// The hints of MCP, where the server gave them. Their opposites say nothing.
	Writes   bool // readOnlyHint is false
	Destroys bool // destructiveHint is true
}

// A Parameter is one parameter of a tool, its type in the words of signatures:
// "string", "list of string", "datetime", "boolean", …; "any" if it is not known.
type Parameter struct{ Name, Type string }

// Defaults is what a tool counts as of which a manifest says nothing: the stricter
// of all that its name, its description, its parameters and its hints can mean.
// What none of them makes plain sends, is open and is a target. The caller, who
// knows whether the app has a host, may close it; a person may say more in a
// manifest.
func Defaults(d Described) Tool {
	t := Tool{App: label.Source(d.App), Name: d.Name, Open: true, Roles: map[string]Role{}}
	name := withoutApp(wordsOf(d.Name), d.App)
	known := false
	t.Effect, known = effectOf(name)
	about := verbsOf(d.About)
	if d.Writes || d.Destroys || slices.ContainsFunc(about, func(w string) bool { return changing[w] && !prose[w] }) || slices.ContainsFunc(d.Params, changesByParam) || posts(d.Params) {
		t.Effect = Send
	}
	if t.Effect == Send {
		t.Deletes = d.Destroys || hasAny(name, deleting) || hasAny(about, deleting)
		t.Grants = grants(name) || grants(about)
	}
	t.People = t.Effect == Read && hasAny(name, peoples)
	for _, p := range d.Params {
		t.Deletes = t.Deletes || t.Effect == Send && hasAny(wordsOf(p.Name), deleting)
		t.Grants = t.Grants || t.Effect == Send && hasAny(wordsOf(p.Name), granting)
		r := roleOf(p, t.Effect)
		if r == Content && hasAny(name, running) || (r == Content || r == Option) && t.Deletes && p.Type != "boolean" {
			r = Target // what is run is the command, and what is deleted may be found by anything
		}
		if r == Destination && !known {
			r = Target // no exemption from Sends for what nobody knows the meaning of
		}
		t.Roles[p.Name] = r
	}
	return t
}

// effectOf reads a tool's name. Its first word must be one that only reads; a word
// anywhere that only changes, or one that may after "and", tells otherwise. It also
// reports whether the name has a verb that we know at all.
func effectOf(name []string) (e Effect, known bool) {
	reads := len(name) > 0 && (reading[name[0]] || searches(name)) && !hasAny(name, obtained)
	for i, w := range name {
		known = known || changing[w] || maybe[w] || reading[w]
		after := i > 0 && (name[i-1] == "and" || name[i-1] == "or" || name[i-1] == "then")
		if changing[w] || after && maybe[w] || i == 1 && (w == "out" || w == "in" || w == "off" || w == "up" && name[0] != "look") {
			reads = false
		}
	}
	if reads {
		return Read, true
	}
	return Send, known
}

// searches is the one other form that reads: web_search, phone_lookup.
func searches(name []string) bool {
	last := name[len(name)-1]
	return last == "search" || last == "lookup"
}

// grants reports whether a verb or what it acts on says that somebody gets access.
func grants(words []string) bool {
	return hasAny(words, granting) || hasAny(words, admitting) && hasAny(words, parties)
}

// verbsOf are the words of a description that stand where a verb of its subject
// does: at the start of a sentence, after a comma, and after "and", "then" and the
// like. The s of the third person is taken off.
func verbsOf(about string) []string {
	if len(about) > maxAboutScan {
		about = about[:maxAboutScan]
	}
	var verbs []string
	start := true
	for _, w := range strings.Fields(strings.ToLower(about)) {
		bare := strings.Trim(w, ".,;:!?()[]\"'`*")
		if start {
			verbs = append(verbs, singular(bare))
		}
		start = strings.ContainsAny(w[len(w)-1:], ".,;:!?(") || verbFollows[bare]
	}
	return verbs
}

// maxAboutScan bounds what is read of a description, in bytes. Whoever hides a verb
// behind more than that is caught by a name that does not read, or not at all: a
// description can only ever make a tool stricter.
const maxAboutScan = 16 << 10

// changesByParam reports whether a parameter tells that the tool changes something:
// delete_after, mark_as_read, save_path, sql.
func changesByParam(p Parameter) bool {
	name := wordsOf(p.Name)
	return hasAny(name, changing) || hasAny(name, commanding)
}

// posts reports whether the parameters are those of a request that may carry data to
// an address.
func posts(params []Parameter) bool {
	address, carries := false, false
	for _, p := range params {
		name := wordsOf(p.Name)
		address = address || hasAny(name, addresses)
		carries = carries || hasAny(name, carrying)
	}
	return address && carries
}

// DecidesByName reads the name of a parameter: the role of those that say where
// something goes, how much, or who may. A manifest of an app that is not built in
// can't make it less.
func DecidesByName(param string) (Role, bool) {
	name := wordsOf(param)
	switch {
	case hasAny(name, amounts):
		return Amount, true
	case hasAny(name, credentials):
		return Credential, true
	case !hasAny(name, destinations):
	case hasAny(name, places), hasAny(name, origins), name[len(name)-1] == "id" && !hasAny(name, partyIDs):
		return Target, true // a folder to copy to is no party; nor is a sender, or a mail
	default:
		return Destination, true
	}
	return Target, false
}

// roleOf is the role of a parameter of which nobody said one.
func roleOf(p Parameter, e Effect) Role {
	name := wordsOf(p.Name)
	head := ""
	if len(name) > 0 {
		head = name[len(name)-1]
	}
	text := p.Type == "string" || p.Type == "list of string"
	number := p.Type == "integer" || p.Type == "number"
	byName, decides := DecidesByName(p.Name)
	if e == Read {
		switch {
		case p.Type == "boolean", manners[head], number && hasAny(name, counting):
			return Option
		case decides && byName != Amount:
			return byName
		case hasAny(name, queries), contents[head], moments[head], byName == Amount:
			return Query
		}
		return Target
	}
	switch {
	case decides:
		return byName
	case text && contents[head]:
		return Content
	case p.Type == "date", p.Type == "datetime", text && moments[head], text && manners[head], p.Type == "boolean" && flags[head]:
		return Option
	}
	return Target
}
