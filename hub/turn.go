package hub

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"secgpt/hub/intent"
	"secgpt/hub/memory"
	"secgpt/hub/plan"
	"secgpt/hub/when"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// The exit codes of a turn; see CLI.md.
const (
	ExitDone        = 0
	ExitInternal    = 1
	ExitUsage       = 2
	ExitModel       = 3
	ExitDenied      = 4
	ExitApp         = 5
	ExitLimit       = 6
	ExitInterrupted = 130
)

// worst orders exit codes: when several fit, the first of these is the turn's.
var worst = []int{ExitInterrupted, ExitUsage, ExitInternal, ExitModel, ExitApp, ExitLimit, ExitDenied}

// A turn is one request on its way to an answer.
type turn struct {
	h      *Hub
	ctx    context.Context
	req    Request
	person Person
	n      int
	began  time.Time
	judge  *mediator.Turn

	calls     sync.WaitGroup
	mu        sync.Mutex // calls of a plan run side by side
	late      []string   // tools that had not answered when the turn's time was over
	codes     []int
	result    Result
	unwritten string          // why the record can't be written, if this turn has said so
	over      bool            // Ended was told: what was given up tells nothing more
	decides   label.Label     // of all that decided over calls of the plan
	denied    []could         // by rules, for as long as those stay
	changes   []string        // the tools of the plan that change something
	claims    [][]label.Value // what a plan says of a change before any was made
	past      int             // how much the planner knew of earlier turns when this one began
	asks      []memory.Ask
	tiny      bool            // the planner is: model.Tiny
	told      []toolAt        // what the planner was told of
	unbidden  map[string]bool // changes of a model's plan that no word of the person's asks for
	spoke     bool            // the planner said something beside its plan
	leftOut   []string        // changes of a model's plan that were taken out of it
	lookedUp  bool            // the words of the request were looked for in the place of a plan of which nothing was left
	asForm    bool            // the planner was asked for a frame
}

// Turn runs one request to its end and tells p what happens on the way. It
// returns when every call has ended or was given up.
func (h *Hub) Turn(ctx context.Context, req Request, p Person) Result {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.turn++
	t := &turn{h: h, ctx: ctx, req: req, person: p, n: h.turn, began: h.opt.Now()}
	t.judge = h.monitor.NewTurn(h.turn, mediator.NewWords(req.Words, req.Endorses && req.Plan == ""))
	t.result.Session = h.session
	if req.Stdin != nil {
		h.vars.Set("stdin", label.TextOf(*req.Stdin, label.Of(label.Stdin)))
	}
	t.keepRequest()
	t.answer()
	t.news()
	return t.end()
}

// answer finds who makes the plan: the person, an intent or the planner.
func (t *turn) answer() {
	if t.req.Plan != "" {
		t.begin("person")
		t.run(t.req.Name, t.req.Plan, t.req.Plan, nil, label.Person())
		return
	}
	text := t.req.Text()
	var fits []intent.Match
	if !t.h.opt.NoIntents {
		fits = t.h.intents.Match(text, t.fills)
	}
	switch {
	case len(fits) == 1:
		t.begin("intent")
		t.intent(fits[0])
	case len(fits) > 1:
		t.begin("intent")
		if m, ok := t.which(fits); ok {
			t.intent(m)
		}
	case undoes(text) && besides(t.req.Words, nil).Empty(): // what was pasted takes nothing back
		t.begin("intent")
		t.takeBackLast()
	default:
		if app, fact, ok := t.toRemember(text); ok && !t.h.opt.NoIntents && besides(t.req.Words, nil).Empty() {
			t.begin("intent")
			t.remembers(app, fact)
			return
		}
		t.begin("model")
		t.think()
	}
}

func (t *turn) begin(by string) {
	t.result.By, t.judge.By = by, by
	text := t.req.Text()
	if t.req.Plan != "" {
		text = t.req.Plan
	}
	t.tell(Began{Turn: t.n, Text: text, By: by})
}

// fills reports whether a stretch of the request can fill a slot.
func (t *turn) fills(k intent.Kind, s string) bool {
	switch k {
	case intent.Date:
		_, err := when.Read(s, t.began)
		return err == nil
	case intent.Time:
		_, err := when.ReadTime(s)
		return err == nil
	case intent.Contact:
		return s != "" && len(strings.Fields(s)) <= 4 && !strings.ContainsAny(s, ":\n")
	}
	return s != ""
}

// which asks the person which of several phrases they meant.
func (t *turn) which(fits []intent.Match) (intent.Match, bool) {
	names := make([]string, len(fits))
	choices := make([]label.Value, len(fits))
	for i, m := range fits {
		names[i] = fmt.Sprintf("%s (%s)", m.Shown(), m.From)
		choices[i] = label.TextOf(names[i], label.Person())
	}
	said, ok := t.person.Need(t.ctx, Need{Question: "That can mean more than one thing. Which?", Choices: choices})
	if i := slices.Index(names, said.Text); ok && i >= 0 {
		return fits[i], true
	}
	t.fail(ExitUsage, Failed{Kind: "unclear", Message: "that can mean: " + strings.Join(names, ", or ") + "; say it in one of these ways"})
	return intent.Match{}, false
}

// intent runs the plan of a phrase, its slots bound as variables.
func (t *turn) intent(m intent.Match) {
	slots := map[string]label.Value{}
	shown := ""
	for _, s := range m.Slots {
		v, source := t.slot(s)
		slots[s.Name] = v
		shown += s.Name + " = " + source + "\n"
	}
	t.run("", m.Plan, shown+m.Plan, slots, besides(t.req.Words, m.Slots))
}

// besides is the label of a request without what stands in its slots: of the words
// that chose the plan.
func besides(words []label.Span, slots []intent.Slot) label.Label {
	l, from := label.Person(), 0
	for _, w := range words {
		to := from + len(w.Text)
		inSlot := slices.ContainsFunc(slots, func(s intent.Slot) bool { return s.From <= from && to <= s.To })
		if !inSlot {
			l = l.Join(w.Label)
		}
		from = to
	}
	return l
}

// slot turns the words of a slot into a value, and into the line of a plan that
// would make it. The words keep the labels that they have in the request.
func (t *turn) slot(s intent.Slot) (label.Value, string) {
	v := label.Spans(label.Person(), stretch(t.req.Words, s.From, s.To)...)
	text := v.Str()
	switch s.Kind {
	case intent.Date:
		if span, err := when.Read(text, t.began); err == nil {
			return relabel(span.Value(), v.All()), fmt.Sprintf("when(%q)", text)
		}
	case intent.Time:
		if clock, err := when.ReadTime(text); err == nil {
			return label.TextOf(clock, v.All()).Made(label.Origin{How: label.When, Read: text}), fmt.Sprintf("%q", clock)
		}
	case intent.Contact:
		if address, ok := t.h.monitor.Names.Lookup(text); ok && v.All().Empty() {
			return label.TextOf(address, label.Person()), fmt.Sprintf("%q", address)
		}
	}
	return v, fmt.Sprintf("%q", text)
}

// stretch cuts bytes from..to out of the pieces of a request.
func stretch(words []label.Span, from, to int) []label.Span {
	var cut []label.Span
	at := 0
	for _, w := range words {
		a, b := max(from-at, 0), min(to-at, len(w.Text))
		if a < b {
			cut = append(cut, label.Span{Text: w.Text[a:b], Label: w.Label})
		}
		at += len(w.Text)
	}
	return cut
}

// relabel joins l into every part of v.
func relabel(v label.Value, l label.Label) label.Value { return v.Mixed(l) }

// run parses and runs a plan. shown is the plan as the person may read it, by whose
// words it came to be is under.
func (t *turn) run(name, source, shown string, slots map[string]label.Value, under label.Label) {
	if name == "" {
		name = "plan"
	}
	for n, v := range slots {
		t.h.vars.Set(n, v)
	}
	prog, err := plan.Parse(name, source, tools{t.h.apps}, t.h.vars.Names()...)
	if err != nil {
		t.planError(name, err)
		return
	}
	t.mended(prog)
	_ = t.runParsed(prog.Under(under), shown) // told
}

// mended tells what was mended in a plan.
func (t *turn) mended(prog *plan.Program) {
	for _, n := range prog.Notes() {
		t.tell(Noted{Text: "mended in the plan, " + n})
	}
}

// runParsed runs a plan and tells what ended it.
func (t *turn) runParsed(prog *plan.Program, shown string) error {
	t.result.Plan = shown
	t.result.Model.Plan = t.h.opt.Now().Sub(t.began)
	t.tell(Planned{Source: shown, By: t.result.By})
	t.decides, t.changes, t.claims = label.Person(), prog.Changes(), nil
	ctx, giveUp := context.WithCancel(t.ctx)
	r := &runner{turn: t}
	err := prog.Run(ctx, r, &t.h.vars)
	giveUp() // reads that an error of the plan left behind
	t.calls.Wait()
	r.stillDenied(t.ctx)
	if gone := t.h.vars.Dropped(); len(gone) > 0 {
		t.tell(Noted{Text: "no room for more variables; forgotten: " + strings.Join(gone, ", ")})
	}
	t.planError("plan", err)
	t.showClaims()
	if err == nil && t.ctx.Err() == nil {
		t.sayEmpty(prog)
	}
	return err
}

// showClaims shows what a plan said of a change before it made it: "Added.", and then the call.
func (t *turn) showClaims() {
	claims := t.claims
	t.claims = nil
	for _, early := range claims {
		if !slices.ContainsFunc(early, t.claimsTooMuch) {
			t.Reply(early...)
		}
	}
}

// sayEmpty says that a model's plan only looked and showed nothing, as a loop over no
// items does: a request never ends without a word. One that would have changed something
// failed.
func (t *turn) sayEmpty(prog *plan.Program) {
	silent := t.result.By == "model" && len(t.result.Blocks) == 0 && t.result.Text == "" && t.result.Exit == 0
	if silent && !t.spoke && len(t.result.Calls) == 0 && len(t.leftOut) > 0 && !strings.Contains(t.result.Plan, ".ask(") {
		if t.lookedUp = t.lookAnyway(label.Person(), "nothing in your words asks for a change"); t.lookedUp {
			t.stillNothing(0, "nothing in your words asks for a change, and nothing here holds them; say it in other words")
			return
		}
		t.fail(ExitModel, Failed{Kind: "nothing", Message: fmt.Sprintf("nothing was done: the plan was to call %s, and nothing in your words asks for that; say it in other words", strings.Join(t.leftOut, ", "))})
		return
	}
	looked := len(t.result.Calls) > 0 && !slices.ContainsFunc(t.result.Calls, func(c CallResult) bool { return c.Call.Tool.Effect != mediator.Read })
	if silent && looked {
		changes := prog.Changes()
		switch {
		case len(changes) == 0 && whQuestion.MatchString(t.req.Text()):
			t.showUnfit(prog)
		case len(changes) == 0:
			t.tell(Noted{Text: "nothing was found to show"})
		case conditional().MatchString(t.req.Text()) || ofAll().MatchString(t.req.Text()) && !slices.ContainsFunc(changes, plan.Makes) || strings.Contains(t.result.Plan, ".ask("): // that may be right
			t.tell(Noted{Text: "nothing that was found asks for a change, so none was made"})
		default:
			t.fail(ExitModel, Failed{Kind: "nothing", Message: fmt.Sprintf("nothing was changed: %s was to be called for what fits, and nothing that was found does; say it in other words", changes[0])})
		}
	}
}

// conditional is how a request says that nothing may be to be done.
var conditional = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(if|when|unless|whenever|in case|falls|wenn|sofern|si|quand|cuando|any)\b`)
})

// ofAll is how a request says that something is to be done to as many as there are. What is to
// be made of each note needs a note.
var ofAll = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)\b(all|every|each)\b`) })

// badPlan is the exit code for a plan that can't go on: its writer's.
func (t *turn) badPlan() int {
	if t.result.By == "model" {
		return ExitModel
	}
	return ExitUsage
}

// planError says what ended a plan, or a part of it. What failed at an app, or was denied,
// was told when it happened.
func (t *turn) planError(name string, err error) {
	for _, err := range flatten(err) {
		var bad *plan.Error
		var call *plan.CallError
		var denied *plan.DeniedError
		switch {
		case t.ctx.Err() != nil:
		case errors.As(err, &call) && call.Ours():
			t.fail(t.badPlan(), t.missed(call))
		case errors.As(err, &call), errors.As(err, &denied):
		case errors.As(err, &bad) && bad.Kind == plan.Limit:
			t.fail(ExitLimit, Failed{Kind: "limit", Message: fmt.Sprintf("the plan was stopped: %s", bad.Msg)})
		case errors.As(err, &bad) && t.result.By == "intent":
			msg, _, _ := strings.Cut(bad.Msg, ":") // what to write instead is for those who wrote it
			t.fail(ExitUsage, Failed{Kind: "plan", Message: msg})
		case errors.As(err, &bad):
			t.fail(t.badPlan(), Failed{Kind: "plan", Message: fmt.Sprintf("%s:%d:%d: %s", name, bad.Line, bad.Col, bad.Msg)})
		default:
			t.fail(ExitInternal, Failed{Kind: "internal", Message: err.Error()})
		}
	}
}

// flatten takes joined errors apart.
func flatten(err error) []error {
	if err == nil {
		return nil
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		return many.Unwrap()
	}
	return []error{err}
}

// tell passes an event on, one at a time.
func (t *turn) tell(e Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.over {
		t.person.Tell(e)
	}
}

// fail records that something failed, and tells it.
func (t *turn) fail(code int, f Failed) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over {
		return
	}
	t.codes = append(t.codes, code)
	t.result.Errors = append(t.result.Errors, f)
	t.person.Tell(f)
}

// end closes the turn.
func (t *turn) end() Result {
	if err := context.Cause(t.ctx); err != nil {
		code, f := ExitInterrupted, Failed{Kind: "interrupted", Message: "stopped; what was under way was given up"}
		if errors.Is(err, context.DeadlineExceeded) {
			code, f = ExitLimit, Failed{Kind: "limit", Message: "the time for this request is over (--timeout)"}
			if len(t.late) > 0 {
				f.Message += "; no answer came from " + strings.Join(t.late, ", ")
			}
		}
		t.fail(code, f)
	}
	t.mu.Lock()
	for _, code := range worst {
		if slices.Contains(t.codes, code) {
			t.result.Exit = code
			break
		}
	}
	t.result.Took = t.h.opt.Now().Sub(t.began)
	t.mu.Unlock()
	for _, text := range t.keep() {
		t.tell(Noted{Text: text})
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over = true
	t.person.Tell(Ended{t.result})
	return t.result
}
