package hub

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"secgpt/hub/asked"
	"secgpt/hub/model"
	"secgpt/hub/plan"
	"secgpt/hub/when"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// What a small model can say and not plan
//
// "fwd the kestrel booking to mum" becomes, with a small model, bookings.search and a mail of
// fields that no booking has, three times over. Which thing is meant and who gets it, it says well.
// So where no plan came about, a request that sends something on, or moves an event, is put to it
// in that form, and the plan is ours: of built-in apps alone, judged and asked about like any other.

// maxPassed is among how many things the one is looked for that is to be sent on.
const maxPassed = 5

// framed carries out what a model says that a request wants, where it made no plan that works. It
// reports whether the turn is over.
func (t *turn) framed(m model.Model, read label.Label) bool {
	text := t.req.Text()
	if t.asForm || !asked.Wishes(text) || len(text) > maxQuestion || !t.h.revealed.Empty() || !besides(t.req.Words, nil).Empty() || t.namesOther(text) || more.MatchString(text) {
		return false
	}
	send, move := t.builtInThat(sendsOn), t.builtInThat(movesTo)
	if slices.ContainsFunc(t.wanted(), func(full string) bool { return full != send && full != move }) || send != "" && len(when.Find(inEnglish(text), t.began)) > 0 {
		send = "" // which would be half of it
	}
	if _, to := t.movedTo(); send == "" && (move == "" || to == "") {
		return false
	}
	t.asForm = true
	req := model.Framed(text)
	req.From = read
	a, err := m.Chat(t.ctx, req, nil)
	t.used(m, a)
	if err != nil {
		t.modelFailed(err)
		return true
	}
	f, ok := model.ReadFrame(a.Text, text)
	switch {
	case !ok || f.Thing == "":
	case f.Do == model.MoveIt && move != "":
		return t.tryFrame(t.moveTo(f, move), "", read)
	case f.To != "" && send != "" && (f.Do == model.ForwardIt || f.Do == model.WriteIt && stored.MatchString(text)):
		return t.tryFrame(t.passOn(f, send), send, read)
	}
	return false
}

var (
	// more fits a request that says itself what is to be written, or under which condition or for how
	// many something is to be done: a form has no place for that.
	more = regexp.MustCompile(`(?i):(\s|$)|\b(that|saying|says|tell|ask|answer|reply|whether|dass|ob|sag|que|dile|dis|if|unless|falls|wenn|sobald|si|all|every|each|alle|jede[nrs]?)\b`)
	// stored fits a request that speaks of something as already there.
	stored = regexp.MustCompile(`(?i)\b(my|our|mein\w*|unser\w*)(\W+[\pL\d-]+){0,3}?\W+(notes?|recipes?|lists?|bookings?|invoices?|tickets?|notiz(en)?|rezepte?|listen?|buchung|rechnung)\b|` +
		`\b(the|die|das|den) (note|recipe|list|mail|notiz|rezept|liste) ['"„‚]`)
	// byWay is how a request says by what way something is sent, or that its text is.
	byWay = regexp.MustCompile(`(?i)\b(by|via|per|in an?|as an?|als|par|por) (e-?)?mails?\b|\btexte?\b`)
	// severalNames fits two people.
	severalNames = regexp.MustCompile(`(?i),|\b(and|und|et|y)\b`)
	// aSpan fits words for a time that has an end of its own.
	aSpan = regexp.MustCompile(`(?i)\b(to|until|till|bis|and|und)\b|[\pL\d] ?[-–] ?[\pL\d]`)
)

// tryFrame runs a plan that was made of a frame; false if there is none that can run. After a
// failure what it would send, by the tool of that name, is asked about whatever rules say.
func (t *turn) tryFrame(source, send string, read label.Label) bool {
	if source == "" {
		return false
	}
	text := t.req.Text()
	check := plan.Check{Words: text + "\n" + inEnglish(text), Now: t.began, English: asked.English(text), Lenient: true, Likely: t.likely}
	prog, err := plan.ParseChecked("plan", source, tools{t.h.apps}, check, t.h.vars.Names()...)
	if err != nil {
		return false
	}
	t.tell(Noted{Text: "the model made no plan that works, so this is one of ours, of what it takes from your words"})
	t.named(appsOf(prog))
	t.mended(prog)
	prog = t.unasked(prog)
	if send != "" && !read.Empty() {
		t.unbidden[send] = true
	}
	before := len(t.result.Errors)
	_ = t.runParsed(prog.Under(read), source) // told
	if read.Empty() {
		t.h.past = append(t.h.past, model.Turn{Words: spoken(t.req), Plan: source})
	}
	if sent := func(c CallResult) bool { return c.Call.Tool.String() == send }; send != "" && len(t.result.Errors) == before && !slices.ContainsFunc(t.result.Calls, sent) {
		t.fail(ExitModel, Failed{Kind: "nothing", Message: "nothing was sent: nothing was found that has those words; say it in other words"})
	}
	return true
}

// passOn is a plan that finds a thing by its words where such things are kept, asks which where
// several have them, and sends all of it on with what is attached; "" where nothing keeps such
// things, or it is not clear to whom it goes.
func (t *turn) passOn(f model.Frame, send string) string {
	person := t.builtInThat(knowsPeople)
	if severalNames.MatchString(f.To) || person == "" {
		return ""
	}
	who, to := fmt.Sprintf("who = %s(name = %q)\n", person, f.To), "who[0].emails[0]"
	if strings.Contains(f.To, "@") {
		who, to = "", fmt.Sprintf("%q", f.To)
	}
	rest := byWay.ReplaceAllString(strings.Replace(strings.ToLower(t.req.Text()), strings.ToLower(f.Thing), "", 1), "")
	searches := t.searches(nil)
	for _, kind := range slices.Concat(plan.Keeps(rest), plan.Keeps(f.Thing), []string{f.Kind}) {
		at := slices.IndexFunc(searches, func(full string) bool { return strings.HasPrefix(full, kind+".") || strings.HasPrefix(full, kind+"s.") })
		if at < 0 {
			continue
		}
		app, tool, _ := strings.Cut(searches[at], ".")
		sig, _ := tools{t.h.apps}.Tool(app, tool)
		found, attached := fmt.Sprintf("%s(query = %q)[:%d]", searches[at], f.Thing, maxPassed), ""
		if whole := t.wholeOf(app, sig); whole != "" {
			found = fmt.Sprintf("[%s.%s(id = x.id) for x in %s]", app, whole, found)
			sig, _ = tools{t.h.apps}.Tool(app, whole)
		}
		title, body := oneOf(sig.Fields, "subject", "title"), oneOf(sig.Fields, "text", "body")
		called := "x." + title
		if slices.Contains(sig.Fields, "from") {
			called = fmt.Sprintf("\"%%s (%%s)\" %% (x.%s, x[\"from\"])", title)
		}
		if _, ok := (tools{t.h.apps}).Tool(app, "attachments"); ok {
			attached = fmt.Sprintf(", attachments = %s.attachments(id = one.id)", app)
		}
		if title == "" || body == "" {
			continue
		}
		return who + fmt.Sprintf(`found = mostly(%s, %q, True)
if found:
    one = found[0]
    if len(found) > 1:
        said = need("Which of these is meant?", [%[3]s for x in found])
        one = [x for x in found if %[3]s == said][0]
    if %[4]s(to = %[5]s, subject = one.%[6]s, body = one.%[7]s%[8]s):
        reply("Sent on:", one.%[6]s)`, found, f.Thing, called, send, to, title, body, attached)
	}
	return ""
}

// movedTo is the one time that a request names, "" if it names more or fewer; where the day of it
// stands apart, "push the review tomorrow to 10:30", that is the event's too.
func (t *turn) movedTo() (day, to string) {
	var days, clocks []string
	for _, s := range when.Find(inEnglish(t.req.Text()), t.began) {
		switch {
		case aSpan.MatchString(s.Text):
			return "", ""
		case s.TimeOfDay():
			clocks = append(clocks, s.Text)
		default:
			days = append(days, s.Text)
		}
	}
	to = strings.ReplaceAll(strings.Join(append(days, clocks...), " at "), " at at ", " at ")
	if s, err := when.Read(to, t.began); err != nil || !s.HasTime || s.TimeOfDay() || len(days) != 1 || len(clocks) > 1 {
		return "", ""
	}
	if len(clocks) > 0 {
		day = days[0]
	}
	return day, to
}

// moveTo is a plan that moves an event to that time, and asks which where several have its words.
func (t *turn) moveTo(f model.Frame, move string) string {
	day, to := t.movedTo()
	app, _, _ := strings.Cut(move, ".")
	from, until := `when("today").start`, `when("next 90 days").end`
	if day != "" {
		from, until = fmt.Sprintf("when(%q).start", day), fmt.Sprintf("when(%q).end", day)
	}
	for _, full := range t.builtInReads(nil) {
		own, tool, _ := strings.Cut(full, ".")
		if sig, _ := (tools{t.h.apps}).Tool(own, tool); own == app && sig.List && takesTimes(sig) {
			return fmt.Sprintf(`found = mostly(%s(start = %s, end = %s), %q, True)
titles = list(set([x.title for x in found]))
if len(titles) > 1:
    said = need("Which of these is meant?", titles)
    found = [x for x in found if x.title == said]
if %s(id = found[0].id, start = when(%q).start):
    reply("Moved:", found[0].title)`, full, from, until, f.Thing, move, to)
		}
	}
	return ""
}

// oneOf is the first of some names that is among fields.
func oneOf(fields []string, names ...string) string {
	for _, n := range names {
		if slices.Contains(fields, n) {
			return n
		}
	}
	return ""
}

// builtInThat is the one built-in tool of a kind, of those that the planner was told of, that the
// request asks for; "" if there is none. What only reads, everything asks for.
func (t *turn) builtInThat(is func(effect mediator.Effect, people bool, takes map[string]bool) bool) (found string) {
	for _, at := range t.told {
		full := at.app.Name + "." + at.name
		known, _ := at.app.Tool(at.name)
		takes := map[string]bool{}
		for _, p := range at.app.Params(at.name) {
			takes[p.Name] = true
		}
		if !at.app.BuiltIn || !is(known.Effect, known.People, takes) || t.fits(t.askable(full)) != asked.Yes {
			continue
		}
		if found != "" {
			return ""
		}
		found = full
	}
	return found
}

func sendsOn(e mediator.Effect, _ bool, takes map[string]bool) bool {
	return e == mediator.Send && takes["to"] && takes["subject"] && takes["body"]
}

func movesTo(e mediator.Effect, _ bool, takes map[string]bool) bool {
	return e == mediator.Write && takes["id"] && takes["start"]
}

func knowsPeople(e mediator.Effect, people bool, takes map[string]bool) bool {
	return e == mediator.Read && people && takes["name"]
}
