package plan

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"go.starlark.net/syntax"

	"secgpt/mediator"
)

// What a small model calls a tool that it does not remember by its name: calendar.find,
// events.update, git.log. Where all that is installed has only one tool which that can
// mean, and which takes what the call gives, it is that one.

// verbs are words by which tools are called that do the same, a line each.
var verbs = [][]string{
	{"find", "search", "list", "get", "show", "lookup", "query", "fetch", "read", "view", "check", "retrieve", "all", "open", "load"},
	{"create", "add", "new", "make", "write", "insert", "save", "schedule", "store", "put"},
	{"delete", "remove", "drop", "cancel", "erase", "clear"},
	{"update", "change", "edit", "modify", "move", "rename", "reschedule", "set", "patch"},
	{"send", "post", "tell", "reply", "notify"},
}

// nouns are words for the same thing, a line each. At its end stands what the examples of
// the planner's prompt call it: a small model takes their names for those of tools.
var nouns = [][]string{
	{"mail", "email", "inbox", "thread", "conversation", "newsletter", "parcel"},
	{"event", "appointment", "meeting", "calendar", "schedule", "agenda", "rota", "shift", "termin", "kalender", "cita", "réunion"},
	{"task", "todo", "aufgabe", "tâche", "tarea"},
	{"note", "memo", "cookbook", "recipe", "notiz", "notizen", "nota"},
	{"contact", "person", "people", "crew", "kontakt", "kontakte", "contacto"},
	{"file", "document", "filesystem", "datei", "fichier", "archivo"},
}

// meant finds the one tool that app.tool can only mean, for a call with these arguments.
func (c *checker) meant(app, tool string, x *syntax.CallExpr) (a, t string, ok bool) {
	asked := wordsOf(app, tool)
	apps := c.tools.Apps()
	if c.app(app) {
		apps, asked = []string{app}, wordsOf(tool)
	}
	verb := verbOf(asked)
	if verb < 0 && !c.app(app) {
		return "", "", false
	}
	type named struct{ app, name string }
	var found, near, called []named // called: that can't take the arguments
	for _, name := range apps {
		for _, have := range c.tools.ToolsOf(name) {
			words := wordsOf(name, have)
			if verb >= 0 && verbOf(words) != verb || !covers(words, asked) {
				continue
			}
			if !c.takes(name, have, x) {
				called = append(called, named{name, have})
				continue
			}
			found = append(found, named{name, have})
			if nearer(words, asked) {
				near = append(near, named{name, have})
			}
		}
	}
	if len(found) > 1 && verb >= 0 {
		if found = near; len(near) > 1 { // weather.get: of get_current_weather and get_weather_details what is now
			found = slices.DeleteFunc(found, func(n named) bool { return !plainly(n.app, n.name, append(asked, "current", "now")) })
		}
	} else if len(found) > 1 { // git.branches: of git_branch and git_create_branch the one that is called just so
		found = slices.DeleteFunc(found, func(n named) bool { return !plainly(n.app, n.name, asked) })
	}
	if len(found) == 0 && verb > 0 { // it is that one, whose arguments are wrong, and that is said
		if found = called; len(found) > 1 { // of update_tasks and move_tasks the one that is called update_task
			found = slices.DeleteFunc(found, func(n named) bool { return !slices.Equal(wordsOf(n.name), wordsOf(tool)) })
		}
	}
	if len(found) == 0 && c.app(app) && !c.check.Now.IsZero() { // write_text_file of write_file, read_attachments of attachments
		for _, have := range c.tools.ToolsOf(app) {
			if c.does(app, have, verb) && c.within(app, have, asked) && c.takes(app, have, x) {
				found = append(found, named{app, have})
			}
		}
	}
	if len(found) != 1 {
		return "", "", false
	}
	return found[0].app, found[0].name, true
}

// within reports whether a tool is called by nothing but what is asked for, and by a thing;
// one that changes something by all of it, but for what says that a file holds text.
func (c *checker) within(app, tool string, asked []string) bool {
	isThing := func(w string) bool { return lineOf(verbs, w) < 0 }
	words := wordsOf(tool)
	sig, _ := c.tools.Tool(app, tool)
	return slices.ContainsFunc(words, isThing) && !slices.ContainsFunc(words, func(w string) bool { return isThing(w) && !slices.Contains(asked, w) }) &&
		(sig.Effect == mediator.Read || !slices.ContainsFunc(asked, func(w string) bool { return isThing(w) && w != "text" && !slices.Contains(words, w) }))
}

// does reports whether a tool is called by a verb of a line, or by none and only reads.
func (c *checker) does(app, tool string, verb int) bool {
	sig, _ := c.tools.Tool(app, tool)
	own := verbOf(wordsOf(tool))
	return own >= 0 && own == verb || own < 0 && verb == 0 && sig.Effect == mediator.Read
}

// nearVerbs are those of one line of verbs that mean just the same, a line each.
var nearVerbs = [][]string{
	{"find", "search", "query", "lookup"}, {"list", "all"}, {"read", "get", "open", "load", "view", "fetch"},
	{"move", "rename"}, {"edit", "change", "update", "modify"},
}

func nearer(words, asked []string) bool {
	return slices.ContainsFunc(asked, func(w string) bool {
		line := lineOf(nearVerbs, w)
		return line >= 0 && slices.ContainsFunc(words, func(h string) bool { return lineOf(nearVerbs, h) == line })
	})
}

// byArguments is the one tool that only reads and has all the arguments that a call names,
// two at least, whatever it is called.
func (c *checker) byArguments(x *syntax.CallExpr) (a, t string, ok bool) {
	_, named, order := c.split(x)
	if len(order) < 2 || len(named) < len(x.Args) {
		return "", "", false
	}
	for _, name := range c.tools.Apps() {
		for _, have := range c.tools.ToolsOf(name) {
			sig, _ := c.tools.Tool(name, have)
			has := func(n string) bool { return slices.ContainsFunc(sig.Params, func(p Param) bool { return p.Name == n }) }
			if sig.Effect != mediator.Read || slices.ContainsFunc(order, func(n string) bool { return !has(n) }) || !c.takes(name, have, x) {
				continue
			}
			if ok {
				return "", "", false
			}
			a, t, ok = name, have, true
		}
	}
	return a, t, ok
}

// onlyRead is the one tool of an app that only reads and takes the arguments of a call, or is
// called by the same thing and gets all that it must have, for who has been told that the app has
// not the one that they call.
func (c *checker) onlyRead(app, name string, x *syntax.CallExpr) (found string) {
	if !c.check.Lenient || verbOf(wordsOf(name)) != 0 || len(x.Args) == 0 {
		return ""
	}
	for _, tool := range c.tools.ToolsOf(app) {
		if sig, _ := c.tools.Tool(app, tool); sig.Effect == mediator.Read && (c.takes(app, tool, x) || c.ofSame(app, tool, name, sig, x)) {
			if found != "" {
				return ""
			}
			found = tool
		}
	}
	return found
}

// ofSame reports whether a tool is called by just the things that another name has, search_prs
// by list_pull_requests, and the call and the request give it all that it must have.
func (c *checker) ofSame(app, tool, name string, sig Sig, x *syntax.CallExpr) bool {
	isVerb := func(w string) bool { return lineOf(verbs, w) >= 0 || slices.Contains(wordsOf(app), w) }
	have, asked := slices.DeleteFunc(wordsOf(tool), isVerb), slices.DeleteFunc(wordsOf(name), isVerb)
	_, repo := c.repository()
	_, named, _ := c.split(x)
	return len(asked) > 0 && slices.Equal(have, asked) && !slices.ContainsFunc(sig.Params, func(p Param) bool {
		return p.Required && named[p.Name] == nil && (repo == "" || p.Name != "owner" && p.Name != "repo")
	})
}

// likely is the likeliest tool that only reads and takes the arguments of a call, for who
// has been told that what they call is not there.
func (c *checker) likely(app, name string, x *syntax.CallExpr) (a, t string, ok bool) {
	if !c.check.Lenient || verbOf(wordsOf(name)) != 0 || c.check.Likely == nil {
		return "", "", false
	}
	for _, full := range c.check.Likely(app) {
		app, tool, _ := strings.Cut(full, ".")
		if sig, known := c.tools.Tool(app, tool); known && sig.Effect == mediator.Read && c.takes(app, tool, x) {
			return app, tool, true
		}
	}
	return "", "", false
}

// Reads reports whether the tool that a plan wanted, APP.TOOL, would only have found
// something out, by its name.
func Reads(full string) bool {
	_, tool, _ := strings.Cut(full, ".")
	asks, _, _ := strings.Cut(tool, "_")
	return verbOf(wordsOf(strings.ReplaceAll(full, ".", "_"))) == 0 || slices.Contains(asking, asks)
}

// Makes reports whether a tool, APP.TOOL, makes something new, by its name.
func Makes(full string) bool {
	_, tool, _ := strings.Cut(full, ".")
	return verbOf(wordsOf(tool)) == lineOf(verbs, "create")
}

// asking are words that begin the name of a tool that answers yes, no or how many:
// weather.is_snowing.
var asking = []string{"is", "are", "has", "have", "will", "does", "count"}

// Alike reports whether two tools, APP.TOOL, are called by verbs for the same kind of thing,
// or, where the first has no verb, by the same things: git.branches and git.git_branch.
func Alike(a, b string) bool {
	of := func(full string) int { return verbOf(wordsOf(strings.ReplaceAll(full, ".", "_"))) }
	_, tool, _ := strings.Cut(a, ".")
	return of(a) >= 0 && of(a) == of(b) || of(a) < 0 && covers(wordsOf(b), wordsOf(tool))
}

// wordsOf takes names apart: list_events, createTask. Each word once, in its singular.
func wordsOf(names ...string) []string {
	var b strings.Builder
	for _, n := range names {
		low := false
		for _, r := range n {
			if unicode.IsUpper(r) && low {
				b.WriteByte(' ')
			}
			low = unicode.IsLower(r)
			if r == '_' || r == '-' {
				r = ' '
			}
			b.WriteRune(unicode.ToLower(r))
		}
		b.WriteByte(' ')
	}
	var words []string
	for _, w := range strings.Fields(b.String()) {
		for _, w := range strings.Fields(cmp.Or(short[w], singular(w))) {
			if !slices.Contains(words, w) {
				words = append(words, w)
			}
		}
	}
	return words
}

// short are the words that stand for longer ones.
var short = map[string]string{"pr": "pull request", "prs": "pull request", "repo": "repository", "repos": "repository"}

func singular(w string) string {
	switch {
	case len(w) > 4 && strings.HasSuffix(w, "ies"):
		return w[:len(w)-3] + "y"
	case len(w) > 4 && (strings.HasSuffix(w, "ches") || strings.HasSuffix(w, "shes") || strings.HasSuffix(w, "xes")):
		return w[:len(w)-2]
	case len(w) > 3 && !strings.HasSuffix(w, "ss"):
		return strings.TrimSuffix(w, "s")
	}
	return w
}

// plainly reports whether a tool is called by the words asked for and its app's, and nothing more.
func plainly(app, tool string, asked []string) bool {
	own := wordsOf(app)
	return !slices.ContainsFunc(wordsOf(tool), func(w string) bool { return !slices.Contains(own, w) && !slices.Contains(asked, w) })
}

// verbOf is the line of verbs that the first verb among words stands in, or -1.
func verbOf(words []string) int {
	for _, w := range words {
		if i := lineOf(verbs, w); i >= 0 {
			return i
		}
	}
	return -1
}

func lineOf(lines [][]string, w string) int {
	return slices.IndexFunc(lines, func(l []string) bool { return slices.Contains(l, w) })
}

// covers reports whether a tool's words hold each of the words asked for but its verb.
func covers(words, asked []string) bool {
	for _, w := range asked {
		line := lineOf(nouns, w)
		has := slices.ContainsFunc(words, func(h string) bool { return h == w || line >= 0 && lineOf(nouns, h) == line })
		if !has && lineOf(verbs, w) < 0 {
			return false
		}
	}
	return true
}

// takes reports whether a tool takes the named arguments of a call, and gets what it needs.
func (c *checker) takes(app, tool string, x *syntax.CallExpr) bool {
	sig, ok := c.tools.Tool(app, tool)
	if !ok {
		return false
	}
	names := make([]string, len(sig.Params))
	for i, p := range sig.Params {
		names[i] = p.Name
	}
	pos, values, order := c.split(x)
	given := map[string]bool{}
	for _, n := range order {
		i := slices.Index(names, n)
		if i < 0 {
			i = otherName(n, names, order, given, sig.Params)
		}
		if i < 0 {
			if i = c.searched(n, sig, order, given, values[n]); i < 0 {
				return false
			}
		}
		given[names[i]] = true
	}
	missing := 0
	for _, p := range sig.Params {
		if p.Required && !given[p.Name] {
			missing++
		}
	}
	return missing <= len(pos) && len(pos) <= len(sig.Params)
}
