// Package plan is the plan language: Starlark's syntax, and an interpreter of our
// own in which every value carries a label that says where it came from.
//
//	msgs = mail.search(query = "flight", unread = True)
//	trip = ask("Which flight is booked, and when?", msgs, schema = {"number": "string", "start": "datetime"})
//	calendar.create_event(title = "Flight %s" % trip.number, start = trip.start)
//	reply("Added your flight:", trip)
//	mail.ask("Is the meeting settled?", trip, may = [calendar.list_events])
//
// It promises three things. Every operation joins the labels of what it read: a
// comparison, a length, an index, a branch taken or not. No plan, however it is
// written, can hang, exhaust memory or panic: limits.go names each bound. And a
// plan reaches the world only through Host.
//
// Lists and objects are values, as texts are: after y = x, x.append(1) changes x
// and leaves y as it was, and a loop goes over the list as it was at its start. So
// a label can't slip into a variable, or out of one, behind its back.
//
// Read control.go first, then eval.go and run.go; check.go says what is refused
// before anything runs, source.go what is accepted although it is not Starlark.
package plan

import (
	"context"
	"slices"
	"strings"

	"go.starlark.net/syntax"

	"secgpt/mediator"
	"secgpt/mediator/label"
)

// Tools tells which apps a plan can name and what their tools take. A tool that
// the planner must not see is not there.
type Tools interface {
	Tool(app, name string) (Sig, bool)
	Apps() []string
	ToolsOf(app string) []string
}

// A Sig is what a tool takes, gives and changes.
type Sig struct {
	Params []Param // in the order in which positional arguments fill them
	Effect mediator.Effect
	// Fields are all the fields of its result, or of an item if the result is a List;
	// nil if that is not known.
	Fields []string
	List   bool
	// Addressed are the parameters that take people's addresses, of a built-in app.
	Addressed []string
	// Items are the fields of the objects in a list that a parameter takes, by its name;
	// those that can be left out with a ?.
	Items map[string][]string
	// Lists are those of Items that are lists and can't be left out.
	Lists map[string][]string
	// About is what the app says of a parameter that must be given, for who left it out.
	About map[string]string
	// Choices are the only texts that a parameter takes, by its name.
	Choices map[string][]string
}

// A Param is one parameter. Type is a JSON Schema type or format ("string",
// "integer", "number", "boolean", "array", "object", "date", "datetime"); anything
// else takes every value.
type Param struct {
	Name, Type string
	Required   bool
}

// A Call is one call of one tool. Control is the control label where the call
// stands; it is already joined to the label of each argument, and counts on its
// own where there are none.
type Call struct {
	App, Tool string
	Args      []mediator.Arg
	Control   label.Label
	Line      int
}

// A Host is what a plan can reach. The interpreter calls it from one goroutine.
type Host interface {
	// Begin starts a call. Calls reach it in the order of the plan. It returns at
	// once; wait gives the labelled result, is called at most once, and returns
	// early when its context ends. A call that was not allowed ends in a
	// *DeniedError, one that failed in any other error.
	//
	// held says that the call has not left: it needs an answer of the person, or
	// comes after a change that does. The plan goes on without its result as far as it
	// can, so that what else needs an answer is known when the person is asked. Wait
	// asks, and makes all held calls in the order of the plan.
	Begin(ctx context.Context, c Call) (wait func(context.Context) (label.Value, error), held bool)
	// Could tells that a value labelled l decides whether, or how often, the plan calls
	// the tool: that the app was not called tells as much as that it was. It comes
	// before the first call that is decided so, or where that is known; again only for
	// labels that are new. carried says that every such call would have carried l: one
	// after an error that ended the plan would not.
	Could(ctx context.Context, app, tool string, l label.Label, carried bool)
	// Reply shows values, in the order of the plan: after the calls before it, held
	// ones too.
	Reply(ctx context.Context, values []label.Value)
	// Ask asks the model that has no tools. The instruction is the plan's own words;
	// schema is null if the plan gives none.
	Ask(ctx context.Context, instruction string, values []label.Value, schema label.Value, control label.Label) (label.Value, error)
	// Need asks the person for what is missing.
	Need(ctx context.Context, question string, choices []label.Value, control label.Label) (label.Value, error)
	// Reveal asks the person to let the planner see a value.
	Reveal(ctx context.Context, v label.Value, why string) error
	// When reads a date from the plan's or the person's own words.
	When(ctx context.Context, text string) (label.Value, error)
}

// An AppAsk is one ask of an app's own model. Control is joined to the values already.
type AppAsk struct {
	App         string
	Instruction string // the plan's own words
	Values      []label.Value
	Schema      label.Value // null if the plan gives none
	May         []string    // "app.tool": what its model may call besides the reads of its own app
	Remember    bool        // its model may want to keep a fact
	Control     label.Label
	Line        int
}

// An AppAsker is a Host whose apps have models of their own. What AskApp returns must
// carry all that the model saw, with an error too.
type AppAsker interface {
	AskApp(ctx context.Context, a AppAsk) (label.Value, error)
}

// A Noter is a Host that tells the person what was done otherwise than the plan says, while
// it runs. The words are ours.
type Noter interface{ Note(text string) }

// A Program is a plan that has passed every check that needs no values. It is
// immutable and can run many times.
type Program struct {
	name     string
	stmts    []syntax.Stmt
	where    func(syntax.Position) (line, col int)
	targets  map[*syntax.CallExpr]*target
	changes  map[syntax.Node][]string  // of each control region: the variables assigned or changed in it
	reaches  map[syntax.Node][]*target // and the tools that are called in it, each once
	escapes  map[*syntax.IfStmt]bool   // a break or continue in it acts on a loop around it
	all      []string                  // every variable that the plan assigns or changes
	calls    []*target                 // every tool that it calls, each once
	reads    map[syntax.Expr]readOut   // what is asked where a part of a result is not there
	shows    map[syntax.Stmt]bool      // shown although the plan does not say so: shown.go
	tools    []string                  // "mail.search", each once, in order
	changing []string                  // those that change something
	notes    []string                  // what was mended
	left     []string                  // tools that are not called: Without
	untrue   []func(text string) bool  // and the words that tell of them
	loose    bool                      // a model wrote it: x.text of what has no text is all of it
	opens    bool                      // it reads a file by open
	under    label.Label               // whose words made whoever wrote the plan write it
}

// Under returns the plan as written by somebody who had read data labelled l: all
// that it does and leaves carries l.
func (p *Program) Under(l label.Label) *Program {
	under := *p
	under.under = l
	return &under
}

// Changes lists the tools that the plan, or an app's model for it, may call and that
// change something, "app.tool", each once.
func (p *Program) Changes() []string { return p.changing }

// mayChange reports whether a statement holds a call of one of them.
func (p *Program) mayChange(s syntax.Stmt) (may bool) {
	if len(p.changing) == 0 {
		return false
	}
	syntax.Walk(s, func(n syntax.Node) bool {
		call, ok := n.(*syntax.CallExpr)
		if t := p.targets[call]; ok && t != nil {
			may = may || t.app != "" && (t.tool == "ask" || slices.Contains(p.changing, fullName(t.app, t.tool)))
		}
		return !may
	})
	return may
}

// Fills lists the variables that the plan fills.
func (p *Program) Fills() []string { return p.all }

// A Making is a call that changes something, and by what words the plan calls what it makes.
type Making struct{ Tool, Called string }

// Makes lists the calls that change something and call it by a text of the plan, in no order.
func (p *Program) Makes() (all []Making) {
	for _, t := range p.targets {
		if !slices.Contains(p.changing, fullName(t.app, t.tool)) {
			continue
		}
		for _, a := range t.args {
			if text, ok := constText(a.x); ok && slices.Contains(headings, a.Name) {
				all = append(all, Making{fullName(t.app, t.tool), text})
				break
			}
		}
	}
	return all
}

// Without returns the plan without its calls of some of its changes. What needs their
// results is skipped, and words that claims says tell of them are not shown: "Sent." is
// not true any more.
func (p *Program) Without(tools []string, claims func(text string) bool) *Program {
	less := *p
	less.left = slices.Concat(p.left, tools)
	less.changing = slices.DeleteFunc(slices.Clone(p.changing), func(t string) bool { return slices.Contains(tools, t) })
	less.untrue = append(slices.Clone(p.untrue), claims)
	return &less
}

// Tools lists the tools that the plan names, "app.tool", each once.
func (p *Program) Tools() []string { return p.tools }

// Notes are sentences for the person, one for each thing in the plan that was not as it
// should be and could mean only one thing: "line 2: limit of mail.search takes a whole
// number, so it is 5". They quote the plan.
func (p *Program) Notes() []string { return p.notes }

// Parse reads a plan and checks it: the syntax, every name, the arguments of every
// call, the limits. Known are the variables that exist before it runs: Vars.Names.
// The error is an *Error whose label is empty.
func Parse(name, src string, t Tools, known ...string) (*Program, error) {
	return ParseChecked(name, src, t, Check{}, known...)
}

// ParseChecked is Parse for a plan that a model wrote: it is also compared with what
// the person said.
func ParseChecked(name, src string, t Tools, k Check, known ...string) (*Program, error) {
	var notes []string
	if !k.Now.IsZero() {
		var echoed bool
		if src, echoed = withoutEcho(src, t); echoed {
			notes = append(notes, "what was copied from the list of tools is left out")
		}
	}
	text, err := rewrite(src)
	if err != nil {
		err.Name = name
		return nil, err
	}
	file, perr := new(syntax.FileOptions).Parse(name, text.out, 0)
	if perr != nil {
		err := syntaxError(perr, text)
		err.Name = name
		return nil, err
	}
	if !k.Now.IsZero() {
		if inner := planInText(file); inner != "" {
			if p, err := ParseChecked(name, inner, t, k, known...); err == nil && len(p.Tools()) > 0 {
				p.notes = append([]string{"the text is the plan"}, p.notes...)
				return p, nil
			}
		}
		if replied(file) {
			notes = append(notes, "reply = x is reply(x)")
		}
		if ofReply(file) {
			notes = append(notes, "reply(x)[0] is x[0]")
		}
		if withoutOrders(file, t) {
			notes = append(notes, "you are not asked for what nothing is made of")
		}
		if question, _, _ := strings.Cut(k.Words, "\n"); (k.Asks || strings.HasSuffix(strings.TrimSpace(question), "?")) && answersUnread(file, strings.ToValidUTF8(clipTo(question, maxMeant), ""), t) {
			notes = append(notes, "a model answers from what was found, and not whether it is there")
		}
	}
	p := &Program{
		name: name, stmts: file.Stmts, where: text.where,
		targets: map[*syntax.CallExpr]*target{},
		changes: map[syntax.Node][]string{},
		reaches: map[syntax.Node][]*target{},
		escapes: map[*syntax.IfStmt]bool{},
		reads:   map[syntax.Expr]readOut{},
		under:   person,
		loose:   !k.Now.IsZero(),
		notes:   notes,
	}
	if err := check(p, file, t, k, known); err != nil {
		err.Name = name
		return nil, err
	}
	return p, nil
}
