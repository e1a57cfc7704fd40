package mediator

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"

	"secgpt/mediator/label"
	"secgpt/mediator/policy"
)

// digest binds an approval to what was shown: the tool and the exact bytes of
// every argument.
func digest(t Tool, args []Arg) ([32]byte, []byte, error) {
	fields := make([]label.Field, len(args))
	for i, a := range args {
		fields[i] = label.Field{Name: a.Name, Value: a.Value}
	}
	body, err := label.ObjectOf(fields, label.Person()).JSON()
	return sha256.Sum256(append([]byte(t.String()+"\x00"), body...)), body, err
}

// question makes what the person is asked from a call and its reasons, less the notes
// beside values, which only somebody who looks needs: see noted.
func question(c Call, j Judgement) (Question, error) {
	sum, _, err := digest(c.Tool, c.Args)
	if err != nil {
		return Question{}, fmt.Errorf("%s: an argument can't be written: %w", c.Tool, err)
	}
	q := Question{
		Call: c, Reasons: j.Reasons, Digest: sum, Of: 1,
		Leaves: c.Tool.Open || c.Tool.Effect == Send,
		Undo:   c.Tool.Undo,
		From:   sources(c, j.Reasons),
		Scopes: []Scope{Once, Task, Session, Always, Never},
	}
	q.Rule, q.Pins = ruleFor(c, j.Reasons)
	if !lasting(c, j.Reasons) {
		q.Scopes = []Scope{Once, Task, Session, Never}
	}
	if q.Rule == "" {
		q.Scopes = []Scope{Once, Never}
	}
	for _, a := range c.Args {
		s := Shown{Arg: a, Deciding: c.Tool.Deciding(a.Name)}
		s.NotInWords = s.Deciding && !j.InWords[a.Name]
		s.Withholdable = !c.Required[a.Name] && !s.Deciding
		q.Args = append(q.Args, s)
	}
	slices.SortStableFunc(q.Args, func(a, b Shown) int { return rank(a) - rank(b) })
	return q, nil
}

// noted is the question with what is pointed out beside its values, and with what the plan
// alone says: no app had a hand in it, but the person did not say it either.
func (q Question) noted(t *Turn) Question {
	q.Args = slices.Clone(q.Args)
	for i, a := range q.Args {
		q.Args[i].Notes = notes(a.Value)
		q.Args[i].Unsaid = !a.Deciding && !nothing(a.Value) && a.Value.All().Empty() && !t.said(a.Arg, q.Call.Tool.Roles[a.Name])
	}
	return q
}

// said reports whether an argument stands in the person's words, whatever they served
// before.
func (t *Turn) said(a Arg, r Role) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, said := t.words.afresh().holds(a, r)
	return said
}

// lasting reports whether an answer may hold for good. Not for what sends; not for what
// nobody asked for, since the next plan would make that up unseen; and not
// where a rule would leave open what leaves this computer: the next text of a source
// that the rule names would go the same way unseen, in an argument that it does not pin.
func lasting(c Call, reasons []Reason) bool {
	if c.Tool.Effect == Send || slices.ContainsFunc(reasons, func(r Reason) bool { return r.Kind == Unbidden }) {
		return false
	}
	if !c.Tool.Open || len(foreign(label.Of(sources(c, reasons)...), c.Tool.App)) == 0 {
		return true
	}
	unpinned := func(param string) bool { return !c.Tool.Deciding(param) && c.Tool.Roles[param] != Ref }
	return !slices.ContainsFunc(reasons, func(r Reason) bool { return r.Kind == Foreign }) &&
		!slices.ContainsFunc(slices.Collect(maps.Keys(c.Tool.Roles)), unpinned)
}

// rank puts first what decides and is not in the person's words.
func rank(s Shown) int {
	switch {
	case s.NotInWords:
		return 0
	case s.Deciding:
		return 1
	}
	return 2
}

// sources are all whose data would go in. The app itself is left out unless a
// deciding argument came from it, its data would be sent, or nobody asked for the call: a
// rule for what is the person's must not let that out.
func sources(c Call, reasons []Reason) []label.Source {
	var from []label.Source
	own := false
	for _, r := range reasons {
		from = append(from, r.From...)
		own = own || r.Kind == Sends || r.Kind == Unbidden
	}
	for _, s := range everything(c).Sources() {
		if own || s != c.Tool.App {
			from = append(from, s)
		}
	}
	slices.Sort(from)
	return slices.Compact(from)
}

// ruleFor writes the narrowest rule that would answer the reasons, or "" where
// none can: it names every source, pins every deciding argument, and is for no call in
// which another one stands. It also names what it pins.
func ruleFor(c Call, reasons []Reason) (rule string, pinned []string) {
	r := policy.Rule{From: sources(c, reasons), App: c.Tool.App, Tool: c.Tool.Name}
	if slices.Contains(r.From, label.Unknown) || slices.ContainsFunc(reasons, func(r Reason) bool { return r.Kind == Stopped }) {
		return "", nil
	}
	if len(r.From) == 0 || slices.ContainsFunc(reasons, func(r Reason) bool { return r.Kind == Leaves }) {
		r.From = append(r.From, policy.Person)
		slices.Sort(r.From)
	}
	for _, a := range c.Args {
		if !c.Tool.Deciding(a.Name) && mintedRef(c.Tool, a) || a.Value.Kind() == label.Null {
			continue
		}
		pin, err := policy.Where(a.Name, a.Value)
		if err != nil {
			return "", nil
		}
		r.Args, pinned = append(r.Args, pin), append(pinned, a.Name)
	}
	r.Closed = len(r.Args) > 0 || slices.ContainsFunc(slices.Collect(maps.Keys(c.Tool.Roles)), c.Tool.Deciding)
	slices.SortFunc(r.Args, func(a, b policy.Condition) int { return strings.Compare(a.Arg, b.Arg) })
	if _, err := policy.Parse(r.String()); err != nil {
		return "", nil // too long, or a name that rules can't spell
	}
	return r.String(), pinned
}
