package hub

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"secgpt/hub/model"
	"secgpt/hub/plan"
	"secgpt/hub/when"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// stuck is what failed of a plan that only read, in words for the planner, and the label of
// the apps, of all that went into their calls, and of what decided which were made. It is
// "" where the plan changed anything or tried to: what was done must not be done twice,
// and what was refused not be tried in another way.
func (t *turn) stuck(err error) (what string, from label.Label) {
	from = t.decides
	var steps []string
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.result.Calls {
		if c.Call.Tool.Effect != mediator.Read || !c.Decision.Allow {
			return "", from
		}
	}
	for _, err := range flatten(err) {
		var bad *plan.Error
		if errors.As(err, &bad) && (bad.Kind == plan.Type || bad.Kind == plan.Missing) {
			return fmt.Sprintf("line %d takes what a result does not have: write reply(…) with the whole result", bad.Line), from.Join(bad.Label)
		}
		var call *plan.CallError
		if errors.As(err, &call) && call.App != "" && call.Tool != "ask" {
			if name := call.App + "." + call.Tool; !slices.Contains(steps, name) {
				steps = append(steps, name)
			}
			from = from.Join(label.Of(label.Source(call.App))).Join(call.Label)
		}
	}
	instead := "do without it"
	for _, c := range t.result.Calls {
		if !slices.Contains(steps, c.Call.Tool.String()) {
			continue
		}
		if len(c.Call.Args) > 1 && errors.Is(err, plan.ErrNothing) {
			instead = "call it with fewer arguments"
		}
		from = from.Join(c.Call.Control)
		for _, a := range c.Call.Args {
			from = from.Join(a.Value.All())
		}
	}
	if len(steps) == 0 {
		return "", from
	}
	return fmt.Sprintf("the step %s failed: %s, or say in one sentence that it can't be done", strings.Join(steps, " and "), instead), from
}

// again lets the planner try once more after reads failed. Of what happened it learns
// which steps failed and nothing else; that is still the app's doing, so all that the
// second plan does carries the app, and it sends nothing. What one of the hub's sends in its place
// (framed) is asked about.
func (t *turn) again(m model.Model, req model.Request, prog *plan.Program, source string, err error, read label.Label) {
	if t.lookedUp {
		return
	}
	what, from := t.stuck(err)
	empty, by := t.foundNothing(err, t.result.Blocks)
	if !empty && err == nil {
		empty, by = t.saysNothing(prog)
	}
	if empty && len(prog.Changes()) == 0 && t.ctx.Err() == nil {
		by = read.Join(from).Join(by)
		elsewhere := t.vague() || t.readNamed(prog.Tools()) != ""
		before := len(t.result.Blocks)
		if elsewhere && t.lookAnyway(by, "nothing was found", prog.Tools()...) {
			if whQuestion.MatchString(t.req.Text()) { // to "is there any", nothing is an answer
				t.stillNothing(before, "neither the plan nor a search for your words found anything; say it in other words, or name the app")
			}
			return
		}
		if t.widened(prog, by) {
			return
		}
	}
	toDo := len(prog.Changes()) > 0 && (len(prog.Tools()) > 1 || len(t.result.Calls) > 1)
	switch {
	case t.ctx.Err() != nil, what != "" && t.sendsToNobody(prog, err), !toDo && t.showFound(prog, err), what == "":
		return
	}
	read = read.Join(from)
	if err != nil && t.sending(prog) != "" && t.framed(m, read) {
		return
	}
	req = req.Mended(source, what)
	prog, source, ok := t.plan(m, req, read, true)
	if !ok || prog == nil {
		return
	}
	prog = t.unasked(prog)
	if full := t.sending(prog); full != "" {
		t.tell(Noted{Text: fmt.Sprintf("a second plan, after the first failed, would have used %s; after a failure nothing is sent: ask for it by itself", full)})
		return
	}
	if err := t.runParsed(prog.Under(read), source); err != nil && len(prog.Changes()) == 0 && t.ctx.Err() == nil {
		t.showFound(prog, err)
	}
}

// sending is the first tool of a plan that sends something; "" if there is none.
func (t *turn) sending(prog *plan.Program) string {
	all := prog.Tools()
	i := slices.IndexFunc(all, func(full string) bool {
		name, tool, _ := strings.Cut(full, ".")
		app, _ := t.h.apps.Get(name)
		known, _ := app.Tool(tool)
		return known.Effect == mediator.Send
	})
	if i < 0 {
		return ""
	}
	return all[i]
}

// whQuestion fits questions that "nothing" does not answer: "when is it due?"
var whQuestion = regexp.MustCompile(`(?i)^\W*(\pL+\W+){0,2}(when|where|who|whose|which|what|how|wann|wo|wer|wem|wen|welche[mnrs]?|wie|quand|où|qui|quelle?s?|comment|cuándo|dónde|quién|qué|cuál|cómo)(\P{L}|$)`)

// vague reports whether a request says neither when nor what kind of thing it is about: what
// was not found in one place may stand in another.
func (t *turn) vague() bool {
	return len(when.Find(inEnglish(t.req.Text()), t.began)) == 0 && !plan.SpeaksOfThings(t.req.Text())
}

// foundNothing reports whether all that a plan looked for was not there: it went wrong over
// that alone, or shows, in blocks, nothing but empty lists. Who says so is in the label.
func (t *turn) foundNothing(err error, blocks []Block) (nothing bool, by label.Label) {
	by = label.Person()
	for _, err := range flatten(err) {
		var call *plan.CallError
		if !errors.As(err, &call) || !errors.Is(err, plan.ErrNothing) {
			return false, by
		}
		nothing, by = true, by.Join(call.Label).Join(label.Of(label.Source(call.App)))
	}
	for _, b := range blocks {
		switch {
		case b.Value.All().Empty(): // the plan's own words
		case b.Value.Kind() != label.List || len(b.Value.Items()) > 0:
			return false, by
		default:
			nothing, by = true, by.Join(b.Value.All())
		}
	}
	return nothing, by
}

// saysNothing reports whether a plan says in its own words that there is nothing, as it has
// reason to: it looked for words, all that it looked for came back empty, and that decided what
// it says.
func (t *turn) saysNothing(prog *plan.Program) (nothing bool, by label.Label) {
	by = label.Person()
	decided := false
	for _, b := range t.result.Blocks {
		if !ownWords(b.Value) {
			return false, by
		}
		decided = decided || !b.Value.Own().Empty()
	}
	if !decided {
		return false, by
	}
	for _, c := range t.result.Calls {
		found := t.inVariable(prog, c)
		if found.Kind() != label.List || !found.Origin().Whole || len(found.Items()) > 0 {
			return false, by
		}
		by = by.Join(found.All())
		nothing = nothing || slices.ContainsFunc(c.Call.Args, t.looksFor)
	}
	return nothing, by
}

// looksFor reports whether an argument is words, and no time.
func (t *turn) looksFor(a mediator.Arg) bool {
	if a.Value.Kind() != label.Text {
		return false
	}
	_, err := when.Read(a.Value.Str(), t.began)
	return err != nil
}

// ownWords reports whether a value is a text of the plan's, whatever decided that it is shown.
func ownWords(v label.Value) bool {
	return v.Kind() == label.Text && !slices.ContainsFunc(v.TextSpans(), func(s label.Span) bool { return !s.Label.Empty() })
}

// inVariable is what a call of a plan gave, if it is in a variable still; else a part of it that
// is, and else the zero value.
func (t *turn) inVariable(prog *plan.Program, c CallResult) (part label.Value) {
	for _, name := range prog.Fills() {
		v, ok := t.h.vars.Get(name)
		o := v.Origin()
		switch {
		case !ok || o.How != label.Result || o.Call != c.Call.N || o.App != c.Call.Tool.App || o.Tool != c.Call.Tool.Name:
		case o.Whole:
			return v
		case v.Kind() != label.List || len(v.Items()) > 0:
			part = v
		}
	}
	return part
}

// showFound shows, as it is, what the last read of a plan found that then went wrong over it,
// if it is in a variable still: a second plan of a small model seldom does better. It
// reports whether there is such a thing.
func (t *turn) showFound(prog *plan.Program, err error) bool {
	var bad *plan.Error
	if !errors.As(err, &bad) || bad.Kind != plan.Type && bad.Kind != plan.Missing {
		return false
	}
	for _, c := range slices.Backward(t.result.Calls) {
		v := t.inVariable(prog, c)
		if v.Kind() == label.Null || v.Kind() == label.List && len(v.Items()) == 0 {
			continue
		}
		t.tell(Noted{Text: fmt.Sprintf("the plan went wrong over what %s found, which is shown as it is", c.Call.Tool)})
		t.Reply(v)
		return true
	}
	return false
}

// maxUnfit is how many things are shown whole that a plan found and had no use for.
const maxUnfit = 5

// showUnfit answers a question to which nothing is no answer, where a plan shows nothing of what it
// found last, since its conditions fit none: a few things are shown as they are, else that is said.
func (t *turn) showUnfit(prog *plan.Program) {
	last := t.result.Calls[len(t.result.Calls)-1]
	v := t.inVariable(prog, last)
	if v.Kind() != label.List || len(v.Items()) == 0 || len(v.Items()) > maxUnfit {
		t.fail(ExitModel, Failed{Kind: "nothing", Message: "nothing was found to show; say it in other words, or name the app"})
		return
	}
	t.tell(Noted{Text: fmt.Sprintf("nothing that %s found fits what the plan looked for; it is shown as it is", last.Call.Tool)})
	t.Reply(v)
}

// undoes reports whether a request asks to take back what was done last.
func undoes(text string) bool {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return strings.ContainsRune(" .!?,\t", r) })
	words = slices.DeleteFunc(words, func(w string) bool { return w == "please" || w == "bitte" })
	return slices.Contains([]string{
		"undo", "undo that", "undo this", "undo it", "undo the last change", "undo the last step", "undo what you did",
		"take that back", "take it back", "revert that", "revert it", "revert the last change",
		"mach das rückgängig", "annule ça", "annule cela", "deshaz eso", "deshazlo",
	}, strings.Join(words, " "))
}

// takeBackLast takes back the last change of this conversation. What an earlier one did
// is not what "that" means.
func (t *turn) takeBackLast() {
	c, err := t.h.undo.find(0)
	if err == nil && c.Session != t.h.session {
		err = errors.New("nothing was changed in this conversation that can be taken back; what an earlier one changed is taken back with `secgpt undo`")
	}
	if err != nil {
		t.fail(ExitUsage, Failed{Kind: "undo", Message: err.Error()})
		return
	}
	t.takeBack(c.N)
}
