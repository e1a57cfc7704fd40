package hub

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"secgpt/hub/asked"
	"secgpt/hub/model"
	"secgpt/hub/pick"
	"secgpt/hub/plan"
	"secgpt/hub/profile"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// maxTries bounds how often a plan that can't be read goes back to the planner.
const maxTries = 3

// shortRequest is how many words say too little for a second try to find what is missing:
// "delete it", "rename the file".
const shortRequest = 3

// think asks the planner for a plan or plain text, and carries out what it answers. It
// sees the person's words, earlier words and plans, and the signatures of the apps: no
// result of any app.
func (t *turn) think() {
	m, err := t.thinkerFor(t.ctx, profile.Planner)
	if err != nil {
		t.noModel(err)
		return
	}
	t.tiny = model.Tiny(m.now())
	if t.needsNone() && t.known(m) {
		return
	}
	read := t.h.revealed.Join(besides(t.req.Words, nil))
	req := t.prompt(t.h.unwanted(t.req.Text()))
	prog, source, ok := t.plan(m, req, read, false)
	if ok && prog != nil {
		var not []string
		if not, ok = t.whichApp(prog); ok && len(not) > 0 {
			req = t.prompt(append(not, t.h.unwanted(t.req.Text())...))
			prog, source, ok = t.plan(m, req, read, false)
		}
	}
	if ok && prog != nil {
		prog = t.unasked(prog)
	}
	switch {
	case !ok:
	case prog == nil:
		t.h.past = append(t.h.past, model.Turn{Words: spoken(t.req)})
	default:
		made := model.Turn{Words: spoken(t.req), Plan: source}
		if !besides(t.req.Words, nil).Empty() {
			made.Plan = "" // it may repeat what was for this turn alone, and would carry no label in the next
		}
		t.h.past = append(t.h.past, made)
		err := t.runParsed(prog.Under(read), source)
		t.again(m, req, prog, source, err, read)
	}
}

// prompt is what the planner is asked. It is told of no tools of the apps in not.
func (t *turn) prompt(not []string) model.Request {
	text := t.req.Text()
	list, of := t.h.shown(text, not)
	t.told, t.result.Model.Told, t.result.Model.Tools = list, len(list), of
	sigs, strangers := signatures(list)
	t.shape(strangers)
	req := model.Prompt(model.Asked{
		Words: text, Apps: sigs, Past: t.h.past, Hints: hints(text, t.dayBefore(), t.began), Now: t.began, Tiny: t.tiny,
	})
	for _, left := range req.Left {
		t.tell(Noted{Text: "too long for the model, left out: " + left})
	}
	return req
}

// plan asks until there is a plan that can run, or plain text and no plan. What can't
// run goes back with a sentence that says what to write instead; the planner sees its
// own earlier tries. It is not ok if there is neither, which was told.
func (t *turn) plan(m model.Model, req model.Request, read label.Label, sentBack bool) (prog *plan.Program, source string, ok bool) {
	var last *plan.Error
	before := ""
	supplied := false
	check := plan.Check{
		Words: t.req.Text() + "\n" + inEnglish(t.req.Text()), Now: t.began, Revealed: !read.Empty(),
		English: asked.English(t.req.Text()), Asks: asked.Asks(t.req.Text()), Day: t.dayBefore(), Likely: t.likely,
	}
	for _, p := range t.h.past {
		if !strings.HasPrefix(p.Words, revealedWords) { // what an app said names no date
			check.Earlier = append(check.Earlier, p.Words)
		}
	}
	var missed *plan.Error // what the request does not say, and nobody was asked for yet
	var lacking string     // the plan that misses it
	tries, told := maxTries, 0
	supply := func(try int) bool {
		said, ok := t.supplied(missed)
		if supplied = true; !ok {
			return false
		}
		check.Words = t.req.Text() + "\n" + inEnglish(t.req.Text())
		if !said.Pasted && len(said.Text) <= maxSaid && lacking != "" {
			check.Said, check.Earlier = map[string]string{missed.Missing: strings.TrimSpace(said.Text)}, append(check.Earlier, said.Text)
		}
		req, before = t.prompt(t.h.unwanted(t.req.Text())), ""
		tries = max(tries, try+2)
		return true
	}
	for try := 0; try < tries; try++ {
		missing := missed != nil && !supplied
		source, ok = t.askPlanner(m, req, read, sentBack || try > 0, missing)
		if ok && source == "" && missing { // it only tells how a plan would be made
			if !supply(try) {
				return nil, "", false
			}
			if prog = t.completed(lacking, check); prog != nil {
				return prog, lacking, true
			}
			continue
		}
		how := t.result.Text
		if tells := ok && source == "" && t.tellsHow(how); tells && try > 0 {
			t.fail(ExitModel, Failed{Kind: "model", Message: m.Name() + " only tells how it would be done, and made no plan; say it in other words"})
			return nil, "", false
		} else if tells {
			t.result.Text, t.spoke, told = "", false, 1
			req = t.sentBack(req, how, errors.New("this only tells how: write the plan itself, in a fence"))
			continue
		} else if ok && source == "" && try == 0 && t.unlooked(how) {
			t.result.Text, t.spoke, told = "", false, 1
			req = t.sentBack(req, how, errors.New("nothing was looked for: write a plan that calls a tool that is listed, in a fence"))
			continue
		}
		if ok && source == "" && try > 0 && t.unlooked(how) {
			t.tell(Noted{Text: "this is what " + m.Name() + " says by itself: no app was looked into"})
		}
		if !ok || source == "" {
			return nil, "", ok
		}
		check.Lenient = sentBack || try > told
		prog, err := plan.ParseChecked("plan", source, tools{t.h.apps}, check, t.h.vars.Names()...)
		if errors.As(err, &last) && last.Missing != "" && t.unwantedChange(last.For) { // it will be left out
			check.Revealed = true
			prog, err = plan.ParseChecked("plan", source, tools{t.h.apps}, check, t.h.vars.Names()...)
		}
		if err == nil {
			err = t.idle(prog, source, check.Lenient)
		}
		if err == nil {
			t.named(appsOf(prog))
			t.mended(prog)
			return prog, source, true
		}
		errors.As(err, &last)
		// Asked again, it does something else instead, or says the same once more.
		hopeless := source == before || last.Absent != "" && t.hopeless(last.Absent)
		if wanted := t.wanted(); try == told && source != before && last.Absent != "" && !plan.Reads(last.Absent) && !t.says(last.Absent) && len(wanted) > 0 {
			hopeless = false
			last.Msg += ": call the right one of " + strings.Join(wanted, ", ")
		}
		if app, by, wanted := t.ofNamed(); try == told && plan.Reads(last.Absent) && !strings.HasPrefix(last.Absent, app+".") && len(wanted) > 0 {
			last.Msg += fmt.Sprintf(": the request names %s, so call the right one of %s", by, strings.Join(wanted, ", "))
		}
		now := last.Missing != "" && (try > told || len(strings.Fields(t.req.Text())) <= shortRequest)
		if last.Missing != "" && !t.unwantedChange(last.For) && (now || t.wantedChange(last.For)) {
			missed, lacking = last, source
		}
		if missed != nil && !supplied && (now || hopeless || try == tries-1) { // the person knows
			if t.framed(m, read) || t.namesWhatItReads(missed.For) && t.lookInstead(m, read) || !supply(try) {
				return nil, "", false
			}
			if prog = t.completed(lacking, check); prog != nil {
				return prog, lacking, true
			}
			continue
		}
		if hopeless {
			break
		}
		before = source
		req = t.sentBack(req, source, err)
	}
	if !supplied && t.framed(m, read) {
		return nil, "", false
	}
	if last.Absent != "" && !plan.Reads(last.Absent) || !t.lookInstead(m, read) {
		t.noPlan(m, last)
	}
	return nil, "", false
}

// unwantedChange reports whether a tool makes a change that nothing in the request asks for.
func (t *turn) unwantedChange(full string) bool {
	tool := t.askable(full)
	return tool.BuiltIn && t.fits(tool) == asked.No
}

// wantedChange reports whether a tool makes a change that the request may ask for.
func (t *turn) wantedChange(full string) bool {
	app, tool, _ := strings.Cut(full, ".")
	sig, known := tools{t.h.apps}.Tool(app, tool)
	return known && sig.Effect != mediator.Read && t.fits(t.askable(full)) != asked.No
}

// says reports whether the request names the app of a tool, APP.TOOL, that is not there: "post
// it on Mastodon" is for no other.
func (t *turn) says(full string) bool {
	app, _, _ := strings.Cut(full, ".")
	_, all := t.h.index()
	return pick.Has(app, t.req.Text()) && !slices.ContainsFunc(all, func(at toolAt) bool { return at.app.Name == app })
}

// hopeless reports whether a tool that a plan wanted, and that is not there, is a change
// that its app has nothing like. Asked again, a small model does something else instead.
func (t *turn) hopeless(full string) bool {
	if plan.Reads(full) {
		return false
	}
	app, _, _ := strings.Cut(full, ".")
	for _, tool := range (tools{t.h.apps}).ToolsOf(app) {
		if plan.Alike(full, app+"."+tool) {
			return false
		}
	}
	return true
}

// appsOf are the apps whose tools a plan calls, by whatever name it called them.
func appsOf(prog *plan.Program) (names []string) {
	for _, full := range prog.Tools() {
		name, _, _ := strings.Cut(full, ".")
		names = append(names, name)
	}
	return names
}

// noPlan tells that no plan came about. A plan that wants what nothing installed can do
// says what the matter is.
func (t *turn) noPlan(m model.Model, last *plan.Error) {
	if last.Absent != "" {
		t.fail(ExitModel, Failed{Kind: "cannot", Message: fmt.Sprintf("no app was found that can do that: the plan of %s wanted %s, and %s",
			m.Name(), last.Absent, last.Msg)})
		return
	}
	t.fail(ExitModel, Failed{Kind: "model", Message: fmt.Sprintf("%s made no plan that can run (%v); say it in other words, or in one of these: %s",
		m.Name(), last, strings.Join(t.h.intents.Nearest(t.req.Text(), 2), " · "))})
}

// shape notes whose words the planner reads. They stay for the conversation: what it
// wrote under their eyes it reads again, and variables go on to hold.
func (t *turn) shape(strangers label.Label) {
	t.h.shaped = t.h.shaped.Join(strangers)
	t.judge.Shaped = t.h.shaped
}

// named notes whose names decided what the planner's words came to mean, or are told it:
// the apps among names, also those that the prompt was silent of.
func (t *turn) named(names []string) {
	named := label.Person()
	_, all := t.h.index()
	for _, a := range all {
		if !a.app.BuiltIn && slices.Contains(names, a.app.Name) {
			named = named.Join(label.Of(label.Source(a.app.Name)))
		}
	}
	t.shape(named)
}

// sentBack is a request with a plan that can't run, and why. That may name the tools of
// an app that the prompt was silent of.
func (t *turn) sentBack(req model.Request, source string, err error) model.Request {
	t.named(strings.FieldsFunc(err.Error(), func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }))
	wrong := err.Error()
	if e := (*plan.Error)(nil); errors.As(err, &e) {
		wrong = e.Msg
	}
	return req.Mended(source, wrong)
}

// spoken is what later turns may know of a request: the person's own words. A paste
// or a file was for this turn alone, whose plan carries its label.
func spoken(r Request) string {
	var b strings.Builder
	for _, w := range r.Words {
		if w.Label.Empty() {
			b.WriteString(w.Text)
		} else {
			fmt.Fprintf(&b, "(%s, %d bytes)", w.Label, len(w.Text))
		}
	}
	return b.String()
}

// askPlanner makes one call; text is streamed to the screen, a plan is not. Text of a
// planner that has read a paste, or what the person revealed, may hold any of it: it is
// shown once it is whole, as a block with those sources.
//
// What is answered to a plan that was sent back is shown once it is whole: it may be what
// was wrong with the plan, in a fence. Where the plan missed something (missing), no text is
// shown at all.
func (t *turn) askPlanner(m model.Model, req model.Request, read label.Label, sentBack, missing bool) (source string, ok bool) {
	held := sentBack || t.looksFirst()
	stream := model.NewStream(func(s string) {
		if read.Empty() && !held {
			t.tell(Said{s})
		}
	}, tools{t.h.apps}.has)
	req.From, req.Vary = read, sentBack
	a, err := m.Chat(t.ctx, req, stream.Write)
	t.used(m, a)
	if err != nil {
		t.modelFailed(err)
		return "", false
	}
	text, source := stream.End()
	t.spoke = t.spoke || text != ""
	if source == "" && missing && !a.Cut {
		return "", true
	}
	if sentBack && source == "" && strings.Contains(text, "```") {
		if !t.lookInstead(m, read) {
			t.fail(ExitModel, Failed{Kind: "model", Message: m.Name() + " made no plan that can run; say it in other words"})
		}
		return "", false
	}
	if !sentBack && source == "" && t.unlooked(text) && !a.Cut {
		t.result.Text = text // which is not shown
		return "", true
	}
	if read.Empty() && held && text != "" {
		t.tell(Said{text})
	}
	if s := strings.TrimSpace(text); s != "" && !read.Empty() {
		t.Reply(label.TextOf(s, read))
	}
	if read.Empty() && source == "" {
		t.result.Text = text
	}
	if a.Cut {
		t.fail(ExitLimit, Failed{Kind: "limit", Message: fmt.Sprintf("%s was stopped after %d tokens; its answer is cut", m.Name(), a.OutputTokens)})
		return "", source == ""
	}
	return source, true
}

func (t *turn) used(m model.Model, a model.Answer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.result.Model.Name = m.Name()
	t.result.Model.Calls++
	t.result.Model.PromptTokens += a.PromptTokens
	t.result.Model.OutputTokens += a.OutputTokens
}

// modelFailed tells why there is no answer.
func (t *turn) modelFailed(err error) {
	if denied := (*plan.DeniedError)(nil); t.ctx.Err() != nil || errors.As(err, &denied) { // which was told
		return
	}
	code := ExitModel
	if e := (*model.Error)(nil); errors.As(err, &e) && e.Kind == model.Spec {
		code = ExitUsage
	}
	t.fail(code, Failed{Kind: "model", Message: err.Error()})
}

// noModel looks for the words of a question asked in a chat, as is done where a model's plan came
// to nothing. Of all else, and what is not found, it says that no phrase fits and no model can be
// asked, and what to say instead.
func (t *turn) noModel(err error) {
	if e := (*model.Error)(nil); errors.As(err, &e) && e.Kind == model.Spec {
		t.modelFailed(err)
		return
	}
	text, before := t.req.Text(), len(t.result.Blocks)
	why := fmt.Sprintf("no phrase fits that, and %v", err)
	instead := ". You can say: " + strings.Join(t.h.intents.Nearest(text, 2), " · ")
	question := wonders(text) || asked.Asks(text) && !smallTalk().MatchString(text)
	if question && !t.req.Script && t.lookAnyway(label.Person(), "no phrase fits that, and no model was asked") {
		t.stillNothing(before, why+instead)
		return
	}
	t.fail(ExitModel, Failed{Kind: "model", Message: why + instead})
}
