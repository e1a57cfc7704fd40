package hub

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"secgpt/hub/asked"
	"secgpt/hub/plan"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// A small model sends a mail for "Who wrote Faust?". What the request has no word for is
// left out of a model's plan, and said. Where that can't be told, because the language is
// not known or there is no verb, the mediator is told that nobody asked for it, and asks
// with its arguments on the card. Of an installed app nothing is left out unasked: its
// verbs may be any, and what a person asked for must not get lost.

// unasked returns the plan without the changes that nobody asked for, and notes those of
// which it can't tell.
func (t *turn) unasked(prog *plan.Program) *plan.Program {
	var out []string
	about := map[string]asked.Tool{}
	t.unbidden = map[string]bool{}
	for _, full := range prog.Changes() {
		tool := t.askable(full)
		about[full] = tool
		switch fits := t.fits(tool); {
		case tool.BuiltIn && (fits == asked.No || t.beside(full, prog.Changes())):
			out = append(out, full)
		case fits != asked.Yes:
			t.unbidden[full] = true
		}
	}
	t.leftOut = out
	if len(out) == 0 {
		return prog
	}
	t.tell(Noted{Text: fmt.Sprintf("left out of the plan, as nothing in your words asks for it: %s", strings.Join(out, ", "))})
	alone := !asked.AsksAnything(t.req.Text()) && !slices.ContainsFunc(prog.Tools(), func(full string) bool { return !slices.Contains(out, full) })
	return prog.Without(out, func(text string) bool {
		return alone && asked.SaysDone(text) || slices.ContainsFunc(out, func(full string) bool { return asked.Claims(text, about[full]) })
	})
}

// claimsTooMuch reports whether a model's plan says of a change that it was made ("Sent.")
// where it has made none: what that needed was not there.
func (t *turn) claimsTooMuch(v label.Value) bool {
	if t.result.By != "model" || v.Kind() != label.Text || len(t.changes) == 0 {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if slices.ContainsFunc(t.result.Calls, func(c CallResult) bool { return c.Call.Tool.Effect != mediator.Read && c.Decision.Allow }) {
		return false
	}
	return slices.ContainsFunc(t.changes, func(full string) bool { return asked.Claims(v.Str(), t.askable(full)) })
}

// idle is what is wrong with a plan that does less than the request asks for: no change where
// one is asked for, or none but others, nothing with what it names, nothing at all but to name
// a time, or an answer that nobody looked for, or a question instead of one. Of a second plan only the last four are said.
func (t *turn) idle(prog *plan.Program, source string, again bool) error {
	if len(prog.Tools()) == 0 && strings.Contains(source, "when(") {
		return &plan.Error{Kind: plan.Name, Msg: "a time alone answers nothing: call a tool that is listed", Label: label.Person()}
	}
	if source = uncommented(source); strings.TrimSpace(source) == "" {
		return &plan.Error{Kind: plan.Name, Msg: "this is only a comment: write the calls themselves, without #", Label: label.Person()}
	}
	if len(prog.Tools()) == 0 && asked.Asks(t.req.Text()) && !t.goesOn(prog, source) && saysThereIsNone.MatchString(source) && !saysCannot.MatchString(source) {
		return &plan.Error{Kind: plan.Name, Msg: "nothing was looked for: call a tool that is listed before you say that there is none", Label: label.Person()}
	}
	if text := t.req.Text(); len(prog.Tools()) == 0 && asked.Asks(text) && !asked.Wishes(text) && len(strings.Fields(text)) > shortRequest && !unclear.MatchString(text) && !t.goesOn(prog, source) && asksBack.MatchString(source) {
		return &plan.Error{Kind: plan.Name, Msg: "nothing was looked for: call a tool that is listed before you ask the person", Label: label.Person()}
	}
	goesOn := t.goesOn(prog, source) // what is named may be what was found before
	if err := cmp.Or(t.unused(prog, source), t.unreached(prog, source)); err != nil && !goesOn {
		return err
	}
	if again {
		return nil
	}
	if err := t.pastNamed(prog, source); err != nil && !goesOn {
		return err
	}
	if err := t.pastOwn(prog, source); err != nil && !goesOn {
		return err
	}
	if err := cmp.Or(t.pastKind(prog), t.pastVerb(prog), t.pastPeople(prog)); err != nil && !goesOn {
		return err
	}
	if made := t.madeBefore(prog); made != "" {
		return &plan.Error{Kind: plan.Name, Msg: "that was made before by " + made + ": find it, and change it with a tool that updates", Label: label.Person()}
	}
	if made := t.foundBefore(prog); made != "" {
		return &plan.Error{Kind: plan.Name, Msg: made + " makes once more what the plan before looked for: change what it found, with a tool that updates", Label: label.Person()}
	}
	other := len(prog.Changes()) > 0 // which nobody asked for
	for _, full := range prog.Changes() {
		other = other && t.unwantedChange(full)
	}
	if len(prog.Changes()) > 0 && !other || asked.Delegates(t.req.Text()) {
		return nil
	}
	wanted := t.wanted()
	if len(wanted) == 0 {
		return nil
	}
	if other {
		return &plan.Error{Kind: plan.Name, Msg: "nothing in the request asks for " + prog.Changes()[0] + ": call the right one of " + strings.Join(wanted, ", "), Label: label.Person()}
	}
	return &plan.Error{Kind: plan.Name, Msg: "the request asks for a change, and this makes none: call the right one of " + strings.Join(wanted, ", "), Label: label.Person()}
}

// wanted are the tools that make a change which the request asks for, of those that the
// planner was told of.
func (t *turn) wanted() []string { return t.wantedOf(func(string) bool { return true }) }

// wantedOf are those of them that ok holds.
func (t *turn) wantedOf(ok func(full string) bool) (wanted []string) {
	for _, at := range t.told {
		known, _ := at.app.Tool(at.name)
		if full := at.app.Name + "." + at.name; known.Effect != mediator.Read && len(wanted) < maxWanted && ok(full) && t.fits(t.askable(full)) == asked.Yes {
			wanted = append(wanted, full)
		}
	}
	return wanted
}

// saysThereIsNone is how a plan answers that there is nothing of what somebody asks for, and
// saysCannot that nobody can look.
var saysCannot = regexp.MustCompile(`(?i)\btools?\b|can't|cannot|can not|unable`)

var saysThereIsNone = regexp.MustCompile(`(?i)^\s*(reply|print)\(\s*f?["'](no|none|nothing|there (is|are|was|were) (no|none|nothing)|you (have no|don't have|do not have|had no))\b`)

// unclear are words of a question that may have to be asked about, and asksBack is how a plan asks
// the person, also where it has nothing that a model could read.
var unclear = regexp.MustCompile(`(?i)\b(it|that|this|those|ones?|he|she|they|him|her|them|others?|same)\b`)

var asksBack = regexp.MustCompile(`(?m)^\s*(\w+\s*=\s*|reply\(|print\()?(need|ask|input)\(["']`)

// goesOn reports whether a plan takes something that an earlier one found.
func (t *turn) goesOn(prog *plan.Program, source string) bool {
	words := strings.FieldsFunc(source, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return slices.ContainsFunc(t.h.vars.Names(), func(name string) bool { return slices.Contains(words, name) && !slices.Contains(prog.Fills(), name) })
}

// uncommented is a plan without the lines that are comments. In a text of several lines none is.
func uncommented(source string) string {
	if strings.Contains(source, `"""`) || strings.Contains(source, "'''") {
		return source
	}
	var b strings.Builder
	for line := range strings.Lines(source) {
		if !strings.HasPrefix(strings.TrimSpace(line), "#") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// instead are words for what takes the place of something that was made.
var instead = regexp.MustCompile(`(?i)\b(instead|rather|(make|change|move|rename) (it|that))\b|(^|[,.;]|\b(ok|okay|please|then|and|you)\b)\s*(start|begin|end|finish|shift|push|postpone) (it|that)\b`)

// madeBefore is the tool by which the plan before made what this one makes once more, where
// the request is to change it: "make it 7 instead".
func (t *turn) madeBefore(prog *plan.Program) string {
	if n := len(t.h.past); n > 0 && instead.MatchString(t.req.Text()) {
		before := strings.ToLower(t.h.past[n-1].Plan)
		for _, made := range prog.Makes() {
			if len(made.Called) > 2 && t.updates(made.Tool) && strings.Contains(before, strings.ToLower(made.Tool)) && strings.Contains(before, strings.ToLower(made.Called)) {
				return made.Tool
			}
		}
	}
	return ""
}

// foundBefore is the tool by which a plan makes what the plan before looked for in the same app,
// where the request is to change it: "where is the meteor shower?", "ok, start it at 21:30".
func (t *turn) foundBefore(prog *plan.Program) string {
	n := len(t.h.past)
	if n == 0 || !instead.MatchString(t.req.Text()) {
		return ""
	}
	said, looked := strings.ToLower(t.h.past[n-1].Words), strings.ToLower(t.h.past[n-1].Plan)
	for _, made := range prog.Makes() {
		app, _, _ := strings.Cut(made.Tool, ".")
		called := strings.ToLower(made.Called)
		if plan.Makes(made.Tool) && len(called) > 2 && t.updates(made.Tool) && strings.Contains(looked, app+".") && strings.Contains(said, called) {
			return made.Tool
		}
	}
	return ""
}

// updates reports whether the app of a tool has one that changes what there is.
func (t *turn) updates(full string) bool {
	app, _, _ := strings.Cut(full, ".")
	return slices.ContainsFunc((tools{t.h.apps}).ToolsOf(app), func(tool string) bool {
		return slices.ContainsFunc([]string{"update", "edit", "move", "change", "reschedule", "modify"}, func(verb string) bool { return strings.Contains(strings.ToLower(tool), verb) })
	})
}

// maxWanted is how many tools one sentence to the planner names.
const maxWanted = 5

// fits tells whether the person's words ask for what a tool does.
func (t *turn) fits(tool asked.Tool) asked.Verdict {
	return asked.Fits(spoken(t.req), t.before(), tool)
}

// before is what the person said last before this request.
func (t *turn) before() string {
	for _, p := range slices.Backward(t.h.past) {
		if p.Words != "" && !strings.HasPrefix(p.Words, revealedWords) {
			return p.Words
		}
	}
	return ""
}

// askable is a tool as its app describes it.
func (t *turn) askable(full string) asked.Tool {
	name, tool, _ := strings.Cut(full, ".")
	a, _ := t.h.apps.Get(name)
	known, _ := a.Tool(tool)
	d := asked.Tool{App: name, Name: tool, About: known.About, BuiltIn: a.BuiltIn}
	for _, in := range a.Intents {
		if in.Tool == tool {
			d.Phrases = append(d.Phrases, in.Say)
		}
	}
	return d
}
