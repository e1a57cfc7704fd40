package hub

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"secgpt/hub/pick"
	"secgpt/hub/plan"
)

// What a request speaks of is kept by one app and not by another. A small model makes an entity of
// a graph of a note, a note of a task for Todoist, and looks up the library among the contacts.

// A kindOf is a built-in app and the words by which a request says that something is to go there.
type kindOf struct {
	app   string
	words *regexp.Regexp
}

var kinds = sync.OnceValue(func() []kindOf {
	return []kindOf{
		{"notes", regexp.MustCompile(`(?i)\b(an?|as|my|eine?|als|meinen?)\s+(\w+\s+)?(notes?|notiz(en)?)\b`)},
		{"calendar", regexp.MustCompile(`(?i)\b(my|the|meinen?|den)\s+(calendar|kalender|agenda)\b`)},
		{"contacts", regexp.MustCompile(`(?i)\b(my|the|meinen?|die)\s+(contacts?|kontakte?n?|address book|adressbuch)\b`)},
	}
})

// ofOthers are words for what installed apps keep.
var ofOthers = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(tasks?|to-?dos?|issues?|tickets?|files?|pages?|channels?|projects?|aufgaben?|dateien?|seiten?)\b|#`)
})

// pastKind is what is wrong with a plan whose changes are all in installed apps that the request
// does not name, where it speaks of what a built-in app keeps; nil if nothing is.
func (t *turn) pastKind(prog *plan.Program) error {
	text, _, _ := strings.Cut(t.req.Text(), ":")
	if file, _ := namedIn(t.req.Text()); file != "" || len(prog.Changes()) == 0 || ofOthers().MatchString(text) {
		return nil
	}
	for _, full := range prog.Changes() {
		app, _, _ := strings.Cut(full, ".")
		if t.askable(full).BuiltIn || pick.Has(app, t.req.Text()) {
			return nil
		}
	}
	for _, k := range kinds() {
		if !k.words.MatchString(text) || slices.Contains(appsOf(prog), k.app) {
			continue
		}
		wanted := t.wantedOf(func(full string) bool { return strings.HasPrefix(full, k.app+".") })
		if len(wanted) > 0 {
			return wrongly("the request speaks of %s, and this changes something else: call the right one of %s", k.app, strings.Join(wanted, ", "))
		}
	}
	return nil
}

// pastVerb is what is wrong with a plan that changes something in an app in another way than by the
// one tool of it that is called by what the request begins with, "comment on issue 3", and by nothing
// else that the request says; nil if nothing is.
func (t *turn) pastVerb(prog *plan.Program) error {
	words := strings.FieldsFunc(strings.ToLower(t.req.Text()), func(r rune) bool { return !unicode.IsLetter(r) })
	verb := slices.IndexFunc(words, func(w string) bool { return !slices.Contains(opening, w) })
	if verb < 0 || len(words[verb]) < minVerb || len(prog.Changes()) == 0 {
		return nil
	}
	parts := func(full string) []string { // of a tool's name
		_, tool, _ := strings.Cut(full, ".")
		return strings.Split(tool, "_")
	}
	has := func(full string) bool { return slices.Contains(parts(full), words[verb]) }
	wanted := t.wantedOf(func(full string) bool {
		app, _, _ := strings.Cut(full, ".")
		return has(full) && slices.ContainsFunc(prog.Changes(), func(c string) bool { return strings.HasPrefix(c, app+".") })
	})
	if len(wanted) != 1 {
		return nil
	}
	for _, full := range prog.Changes() {
		said := func(part string) bool {
			return slices.Contains(words, part) && !slices.Contains(parts(wanted[0]), part)
		}
		if has(full) || slices.ContainsFunc(parts(full), said) {
			return nil
		}
	}
	return wrongly("the request says %q: call %s, and not %s", words[verb], wanted[0], prog.Changes()[0])
}

// opening are words before what a request says is to be done, and minVerb is how long a word is that
// tells one tool from others.
var opening = strings.Fields("please can could would will you hey hi ok okay and then now just also")

const minVerb = 4

// ofNotes are words of requests that may ask for a note, and several those that ask for two things.
var (
	ofNotes = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)\b(notes?|notiz(en)?|write|jot|list|down|save|keep|remember|remind)\b`)
	})
	several = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)\b(and|und|then|dann|also|auch|et|y)\b|[,;&]`) })
)

// beside reports whether a note is made beside a change in the one installed app that the request
// names, which asks for one thing and for no note: "add the soup to my todoist".
func (t *turn) beside(full string, changes []string) bool {
	app, _, _ := strings.Cut(full, ".")
	named, by := t.appNamed()
	text := t.req.Text()
	of := func(other string) bool { return strings.HasPrefix(other, named+".") }
	return app == "notes" && plan.Makes(full) && named != "" && by == named && slices.ContainsFunc(changes, of) && !ofNotes().MatchString(text) && !several().MatchString(text)
}

// ofPeople are words of questions for what an address book may hold, and asksWhat begins a question
// for what somebody does, has or wants.
var (
	ofPeople = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)\b(contacts?|address(es)?|e-?mails?|phones?|numbers?|tel|telephone|mobile|cell|birthdays?|born|birth|old|age|who|whose|know|met|reach|call|ring|text|fax|lives?|compan(y|ies)|works?|job|role|title|surname|names?|called|details|info|street|zip|code|website|friends?|family|colleagues?)\b`)
	})
	asksWhat = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)^\W*(what|when|why|how|is there|are there|does|did|has|have)\b`)
	})
)

// pastPeople is what is wrong with a plan that only looks somebody up, where the question is about
// nothing that an address book holds: "what does the library want from me?"; nil if nothing is.
func (t *turn) pastPeople(prog *plan.Program) error {
	text, tools := t.req.Text(), prog.Tools()
	other := func(full string) bool { return !strings.HasPrefix(full, "contacts.") }
	if len(tools) == 0 || slices.ContainsFunc(tools, other) || len(prog.Changes()) > 0 || !asksWhat().MatchString(text) || ofPeople().MatchString(text) {
		return nil
	}
	wanted := t.searches(tools)
	if len(wanted) == 0 {
		return nil
	}
	return wrongly("contacts know names, addresses and numbers, and the request asks for nothing of the kind: call the right one of %s", strings.Join(wanted, ", "))
}
