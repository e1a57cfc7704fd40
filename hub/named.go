package hub

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"secgpt/apps"
	"secgpt/hub/asked"
	"secgpt/hub/pick"
	"secgpt/hub/plan"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// Web addresses and files that a request names just so. A plan that does nothing with them
// has not understood it: "when does my passport expire? it's in passport.txt".

var (
	webAddress  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\bhttps?://[^\s"'<>()]+[^\s"'<>().,;:!?]`) })
	mailAddress = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[\w.+-]+@[\w-]+(\.[\w-]+)+`) })
	fileName    = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)(^|[\s"'(:])([\w~./-]*[\w-]+\.(txt|md|csv|tsv|json|xml|html?|log|ya?ml|toml|ini|pdf|docx?|xlsx?|od[ts]|ics|py|go|js|ts|sh))\b`)
	})
)

// atAddress and atPath are parameters that take them.
var (
	atAddress = []string{"url", "uri"}
	atPath    = []string{"path", "file", "filename", "file_name", "filepath", "file_path"}
)

// maxNamedText is how much of a request is looked through for names, in bytes.
const maxNamedText = 2000

// namedIn is the first thing that a text names just so, and what the parameters are called
// that take one.
func namedIn(text string) (name string, params []string) {
	text = text[:min(len(text), maxNamedText)]
	if a := webAddress().FindString(text); a != "" {
		return a, atAddress
	}
	if f := fileName().FindStringSubmatch(text); f != nil {
		return f[2], atPath
	}
	return "", nil
}

// intoFile reports whether a request is about a file of that name: "save a file called a.txt",
// "put it into a.txt", and not "remind me of a.txt".
func intoFile(text, name string) bool {
	words := strings.Fields(strings.ToLower(text))
	at := slices.IndexFunc(words, func(w string) bool { return strings.Contains(w, strings.ToLower(name)) })
	return slices.Contains(words, "file") || at > 0 && slices.Contains([]string{"to", "into", "in", "as"}, words[at-1])
}

// unused is what is wrong with a plan that does nothing with a thing that the request names
// just so, though the planner was told of tools for one; nil if nothing is.
func (t *turn) unused(prog *plan.Program, source string) error {
	name, params := namedIn(t.req.Text())
	has := func(word string) bool { return strings.Contains(strings.ToLower(source), strings.ToLower(word)) }
	file, makes := path.Base(name), len(prog.Changes()) > 0
	switch page := strings.Contains(name, "://"); {
	case name == "":
		return nil
	case makes && (page || len(prog.Changes()) < len(prog.Tools()) || !intoFile(t.req.Text(), name)):
		return nil // it looks for something too, or no file is to be made
	case makes && has(file): // a note may be called as the file without its ending
		return nil
	case !makes && page && has(name): // a page is found by nothing less
		return nil
	case !makes && !page && has(strings.TrimSuffix(file, path.Ext(file))): // a mail may be looked for by it
		return nil
	}
	var takes []string
	for _, at := range t.told {
		full := at.app.Name + "." + at.name
		known, _ := at.app.Tool(at.name)
		p := takesNamed(tools{t.h.apps}, at.app.Name, at.name, params)
		if p == "" || (known.Effect == mediator.Read) == makes || len(takes) == maxWanted {
			continue
		}
		if strings.Contains(source, full) {
			return nil
		}
		takes = append(takes, fmt.Sprintf("%s(%s = %q)", full, p, name))
	}
	if len(takes) == 0 {
		return nil
	}
	return wrongly("the request names %s, and this does nothing with it: call the right one of %s", name, strings.Join(takes, ", "))
}

// unreached is what is wrong with a plan that changes something and leaves out somebody whom the
// request names by an address, "mail a@b.de and c@d.de"; nil if nothing is.
func (t *turn) unreached(prog *plan.Program, source string) error {
	text, _, _ := strings.Cut(t.req.Text(), "\n(") // without what was supplied
	for _, a := range mailAddress().FindAllString(text[:min(len(text), maxNamedText)], -1) {
		if len(prog.Changes()) > 0 && !strings.Contains(strings.ToLower(source), strings.ToLower(a)) {
			return wrongly("the request names %s, and this does nothing with it", a)
		}
	}
	return nil
}

// pastNamed is what is wrong with a plan that calls no tool of an app that the request names,
// "what is in the cake channel on slack?", and makes no change that is asked for; nil if
// nothing is.
func (t *turn) pastNamed(prog *plan.Program, source string) error {
	app, by, wanted := t.ofNamed()
	wished := slices.ContainsFunc(prog.Changes(), func(full string) bool { return t.fits(t.askable(full)) == asked.Yes })
	looked := by != app && strings.Contains(source, by) // "which has #garden?" may be of tags
	if len(wanted) == 0 || wished || looked || slices.Contains(appsOf(prog), app) {
		return nil
	}
	return wrongly("the request names %s, and this calls no tool of %s: call the right one of %s", by, app, strings.Join(wanted, ", "))
}

// ofNamed is the app that a request names, and by what, with the tools of it that the request may
// need: a question those that only look, and one about a channel those that take one.
func (t *turn) ofNamed() (app, by string, wanted []string) {
	app, by = t.appNamed()
	looks := asked.Asks(t.req.Text()) || by != app
	for _, at := range t.told {
		known, _ := at.app.Tool(at.name)
		if at.app.Name == app && len(wanted) < maxWanted && (known.Effect == mediator.Read || !looks) && (by == app || at.hasChannel(t.req.Text())) {
			wanted = append(wanted, app+"."+at.name)
		}
	}
	return app, by, wanted
}

// wrongly is what is wrong with a plan as a whole, for its writer.
func wrongly(format string, args ...any) error {
	return &plan.Error{Kind: plan.Name, Msg: fmt.Sprintf(format, args...), Label: label.Person()}
}

// appNamed is the installed app, of those that the planner was told of, which the request names,
// and by what: its name, or a channel, "#cake", if it alone has channels and the request speaks
// of no other kind of thing. "" if there is none.
func (t *turn) appNamed() (app, by string) {
	text := t.req.Text()
	for _, at := range t.told {
		if !at.app.BuiltIn && pick.Named(at.app.Name, text) {
			return at.app.Name, at.app.Name
		}
	}
	if plan.SpeaksOfThings(text) {
		return "", ""
	}
	for _, at := range t.told {
		switch {
		case !at.hasChannel(text) || at.app.Name == app:
		case app != "":
			return "", ""
		default:
			app = at.app.Name
		}
	}
	return app, strings.Trim(aChannel.FindString(text), ` "'(`)
}

// hasChannel reports whether a request names a channel, "#cake", and a tool of an app that is
// not built in takes one.
func (at toolAt) hasChannel(text string) bool {
	return !at.app.BuiltIn && aChannel.MatchString(text) && slices.ContainsFunc(at.app.Params(at.name), func(p apps.Param) bool {
		return slices.Contains(strings.Split(strings.ToLower(p.Name), "_"), "channel")
	})
}

var aChannel = regexp.MustCompile(`(^|[\s("'])#\pL[\pL\pN_-]*`)

// takesNamed is the parameter of a tool that takes a thing by its name and must be given.
func takesNamed(all tools, app, tool string, params []string) string {
	sig, _ := all.Tool(app, tool)
	for _, p := range sig.Params {
		if p.Required && slices.Contains(params, p.Name) {
			return p.Name
		}
	}
	return ""
}

// namesWhatItReads reports whether the request names a thing just so which the app of a tool that only
// reads can read: nobody is asked for the pattern of a search for it.
func (t *turn) namesWhatItReads(full string) bool {
	app, _, _ := strings.Cut(full, ".")
	return !t.wantedChange(full) && strings.HasPrefix(t.readNamed(nil), "reply("+app+".")
}

// readNamed is a plan that shows the thing which the request names just so: by the first tool
// that the planner was told of which reads one and needs nothing more, and is not in not. ""
// if there is none, or if two apps have one: no app comes before another by what it is called.
func (t *turn) readNamed(not []string) (source string) {
	name, params := namedIn(t.req.Text())
	if name == "" {
		return ""
	}
	by := ""
	for _, at := range t.told {
		sig, _ := tools{t.h.apps}.Tool(at.app.Name, at.name)
		p := takesNamed(tools{t.h.apps}, at.app.Name, at.name, params)
		more := slices.ContainsFunc(sig.Params, func(q plan.Param) bool { return q.Required && q.Name != p })
		if p == "" || more || sig.Effect != mediator.Read || slices.Contains(not, at.app.Name+"."+at.name) {
			continue
		}
		if by != "" && by != at.app.Name {
			return ""
		}
		if by == "" {
			by, source = at.app.Name, fmt.Sprintf("reply(%s.%s(%s = %q))", at.app.Name, at.name, p, name)
		}
	}
	return source
}
