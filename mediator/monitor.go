package mediator

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"secgpt/mediator/audit"
	"secgpt/mediator/label"
	"secgpt/mediator/policy"
)

// Monitor is the reference monitor: every call of every tool passes Decide, and
// Decide alone says yes. The exported fields are set before first use.
type Monitor struct {
	Rules   *policy.Store
	Record  *audit.Log
	Names   *NameList
	Send    Consent
	Session string
	NoRules bool // only a person may allow
	Private bool
	Now     func() time.Time

	mu      sync.Mutex
	session policy.Set // answered for this session
	answers int        // how many texts the person typed as an answer
}

// Turn is what one turn brings to its judgements. Its methods may be called from
// several goroutines; decisions are made one at a time.
type Turn struct {
	N       int
	Shaped  label.Label // see Situation
	By      string      // who makes the plan: "intent", "model" or "person"
	monitor *Monitor

	mu      sync.Mutex
	words   *Words
	task    policy.Set     // answered for this task
	named   map[int]string // call → the name in the person's words that it looked up
	stopped string         // why nothing may change without a yes; "" if nothing failed
}

// NewTurn begins a turn with what the person said in it.
func (m *Monitor) NewTurn(n int, w *Words) *Turn {
	return &Turn{N: n, Shaped: label.Person(), monitor: m, words: w, named: map[int]string{}}
}

// Stop records that a change of this turn did not happen: no later change goes
// without a yes.
func (t *Turn) Stop(why string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stopped == "" {
		t.stopped = why
	}
}

// Stopped reports whether a change of this turn did not happen as planned.
func (t *Turn) Stopped() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.stopped != ""
}

// maxEdits bounds how often one question comes back with edited arguments.
const maxEdits = 20

// ruleLife is how long an "always" holds: long enough not to annoy, short enough
// that a forgotten one ends.
const ruleLife = 365 * 24 * time.Hour

// Decide judges a call. An allowed Decision carries the exact bytes that may leave
// and was written to the record before Decide returned; if it can't be written,
// the answer is no. With dry, nothing that changes anything is allowed.
func (m *Monitor) Decide(ctx context.Context, c Call, t *Turn, ask Asker, dry bool) Decision {
	t.mu.Lock()
	defer t.mu.Unlock()
	d := m.decide(ctx, c, t, ask, dry)
	d.At = m.Now()
	if c.Tool.Effect != Read && (!d.Allow || len(d.Withheld) > 0) && t.stopped == "" {
		t.stopped = fmt.Sprintf("%s was not done as planned", c.Tool)
	}
	if d.Allow {
		sum, body, err := digest(c.Tool, d.Args)
		if err != nil {
			d = Decision{By: "default", Why: fmt.Sprintf("an argument of %s can't be written: %v", c.Tool, err), At: d.At}
		}
		if d.shown != nil && len(d.Withheld) == 0 && *d.shown != sum {
			d = Decision{By: "default", Why: fmt.Sprintf("%s changed after it was shown", c.Tool), At: d.At}
		}
		d.Bytes, d.Digest = body, sum
	}
	entry, err := m.Record.Append(m.entry(c, t, d))
	if err != nil {
		return Decision{By: "default", At: d.At, Reasons: d.Reasons, From: d.From, Unrecorded: true,
			Why: fmt.Sprintf("the record can't be written (%v), so nothing is called; make room or mend it, then ask again", err)}
	}
	d.Entry = entry
	return d
}

// decide is the order of judgement: deny rules, the plan, the four reasons, the
// rules that answer them, the person.
func (m *Monitor) decide(ctx context.Context, c Call, t *Turn, ask Asker, dry bool) Decision {
	rules, err := m.rules(t)
	if err != nil {
		return Decision{By: "default", Why: err.Error()}
	}
	args := slices.Clone(c.Args)
	edited := false
	for range maxEdits {
		c.Args = args
		if r, ok := rules.Denied(m.query(c, everything(c))); ok {
			return Decision{By: ruleName(r), Why: ruleSaysNo + ": " + r.String(), From: sources(c, nil), Args: args}
		}
		if !c.Planned {
			return Decision{By: "default", Why: fmt.Sprintf("%s is not in the plan of this request", c.Tool)}
		}
		s := Situation{Words: t.words, Names: m.Names.In(t.words), Looked: t.named, Shaped: t.Shaped, Send: m.Send}
		j := Judge(c, s)
		if t.stopped != "" && c.Tool.Effect != Read {
			j.Reasons = append(j.Reasons, Reason{Kind: Stopped, Arg: t.stopped})
		}
		d := Decision{Reasons: j.Reasons, From: sources(c, j.Reasons), Args: args}
		if r, ok := m.answered(rules, c, j.Reasons); ok && !edited {
			return m.allow(c, t, j, d, r, dry)
		}
		q, err := question(c, j)
		if err != nil {
			return Decision{By: "default", Why: err.Error()}
		}
		q.Binds = t.binds(c)
		if m.Private { // nothing of it is kept
			q.Scopes = slices.DeleteFunc(q.Scopes, func(s Scope) bool { return s == Always })
		}
		if dry {
			d.By, d.Dry, d.Why, d.Remedy = "default", true, "a dry run; it would ask you first", q.Rule
			return d
		}
		a := ask.Ask(ctx, q)
		switch {
		case a.Scope == No || a.Scope == Never || a.Digest != q.Digest:
			return m.refuse(c, d, q, a)
		case len(a.Edit) > 0:
			if args, err = t.edit(args, a.Edit); err != nil {
				return Decision{By: "person", Why: err.Error(), From: d.From}
			}
			edited = true
			continue
		case !slices.Contains(q.Scopes, a.Scope):
			return m.refuse(c, d, q, Answer{By: "default"})
		}
		return m.consented(c, t, j, d, q, a)
	}
	return Decision{By: "default", Why: fmt.Sprintf("edited %d times without an answer", maxEdits)}
}

// allow lets a call go that nobody needs to be asked about.
func (m *Monitor) allow(c Call, t *Turn, j Judgement, d Decision, by string, dry bool) Decision {
	if dry && c.Tool.Effect != Read {
		d.By, d.Dry, d.Why = "default", true, "a dry run; it would go without a question"
		return d
	}
	t.words.take(j.spans)
	t.remember(c)
	d.Allow, d.By = true, by
	return d
}

// Leaves checks a decision against the call that is about to leave: the bytes are
// those that were judged and shown.
func (d Decision) Leaves(t Tool, body []byte) error {
	if !d.Allow || sha256.Sum256(append([]byte(t.String()+"\x00"), body...)) != d.Digest {
		return fmt.Errorf("%s is not what was allowed; it was not sent", t)
	}
	return nil
}

// refuse is a no, or what nobody could be asked about.
func (m *Monitor) refuse(c Call, d Decision, q Question, a Answer) Decision {
	d.By, d.Why, d.Remedy = a.By, "you said no", q.Rule
	switch {
	case a.By == "" || a.By == "nobody":
		d.By, d.Why = "nobody", "it needs a yes, and nobody could be asked"
	case a.Scope == Never:
		if err := m.forbid(c, q); err != nil {
			d.Why = fmt.Sprintf("you said no; the rule could not be kept: %v", err)
		}
	}
	return d
}

// consented carries out a yes: once, for longer, or less some arguments.
func (m *Monitor) consented(c Call, t *Turn, j Judgement, d Decision, q Question, a Answer) Decision {
	d.Allow, d.By, d.Scope, d.shown = true, "person", a.Scope, &q.Digest
	d.Args = slices.DeleteFunc(slices.Clone(d.Args), func(x Arg) bool {
		i := slices.IndexFunc(q.Args, func(s Shown) bool { return s.Name == x.Name })
		if slices.Contains(a.Withhold, x.Name) && q.Args[i].Withholdable {
			d.Withheld = append(d.Withheld, x.Name)
			return true
		}
		return false
	})
	t.words.take(j.spans)
	t.remember(c)
	t.bind(q.Binds)
	if q.Rule == "" || a.Scope == Once || len(d.Withheld) > 0 {
		return d
	}
	r, err := policy.Parse(q.Rule)
	if err != nil {
		return d
	}
	r.By = policy.Answer
	switch a.Scope {
	case Task:
		t.task = append(t.task, r)
	case Session:
		m.mu.Lock()
		m.session = append(m.session, r)
		m.mu.Unlock()
	case Always:
		r.Until = m.Now().Add(ruleLife)
		if _, err := m.Rules.Add(r); err != nil {
			d.Why = fmt.Sprintf("allowed once; the rule could not be kept: %v", err)
		}
	}
	return d
}

// ruleSaysNo is why a deny rule refuses, as far as the record may say it: the rule
// itself can hold a value.
const ruleSaysNo = "a rule of yours says no"

// forbid makes "never" a rule. It names sources that are in the call: words of an app
// that only stood in the planner's prompt are not, and a rule for them would never fit.
func (m *Monitor) forbid(c Call, q Question) error {
	in := everything(c)
	from := slices.DeleteFunc(slices.Clone(q.From), func(s label.Source) bool { return !in.Has(s) })
	if len(from) == 0 {
		from = in.Sources()
	}
	if len(from) == 0 {
		from = []label.Source{policy.Person}
	}
	r, err := policy.Parse("deny " + label.Of(from...).String() + " -> " + c.Tool.String())
	if err != nil {
		return err
	}
	r.By = policy.Answer
	if m.Private {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.session = append(m.session, r)
		return nil
	}
	_, err = m.Rules.Add(r)
	return err
}

// rules are all that hold now: the file's, this session's, this task's.
func (m *Monitor) rules(t *Turn) (policy.Set, error) {
	kept, err := m.Rules.Rules()
	if err != nil {
		return nil, fmt.Errorf("the rules can't be read, so nothing is allowed: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Concat(kept, m.session, t.task), nil
}

// answered reports whether rules answer every reason, and names who decided.
func (m *Monitor) answered(rules policy.Set, c Call, reasons []Reason) (string, bool) {
	if len(reasons) == 0 {
		return "default", true
	}
	if m.NoRules {
		return "", false
	}
	var by []string
	for _, r := range reasons {
		for _, q := range m.queries(c, reasons, r) {
			rule, ok := rules.Allows(q)
			if !ok {
				return "", false
			}
			if name := ruleName(rule); !slices.Contains(by, name) {
				by = append(by, name)
			}
		}
	}
	return strings.Join(by, ", "), len(by) > 0
}

// queries are what rules must answer for one reason: foreign data source by
// source, a deciding argument by one rule that names all its sources and pins it,
// a sending by a rule that names the tool.
func (m *Monitor) queries(c Call, reasons []Reason, r Reason) []policy.Query {
	q := m.query(c, label.Of(r.From...))
	switch r.Kind {
	case Foreign:
		var each []policy.Query
		for _, s := range r.From {
			q.From = label.Of(s)
			each = append(each, q)
		}
		return each
	case Deciding, Planner:
		q.Pinned = []string{r.Arg}
	case Sends:
		q.Named, q.From = true, label.Of(sources(c, reasons)...)
	case Stopped:
		q.From = label.Label{} // unknown: no rule answers this
	}
	return []policy.Query{q}
}

func (m *Monitor) query(c Call, from label.Label) policy.Query {
	q := policy.Query{App: c.Tool.App, Tool: c.Tool.Name, Now: m.Now(), From: from, Args: map[string]label.Value{}}
	for _, a := range c.Args {
		q.Args[a.Name] = a.Value
	}
	return q
}

// everything is all that is in a call.
func everything(c Call) label.Label {
	l := c.Control
	for _, a := range c.Args {
		l = l.Join(a.Value.All())
	}
	return l
}

func ruleName(r policy.Rule) string {
	if r.Number == 0 {
		return "person"
	}
	return fmt.Sprintf("rule %d", r.Number)
}

// Answered is what the person typed as an answer: their words, for one call of this
// turn.
func (t *Turn) Answered(text string) label.Value {
	t.mu.Lock()
	defer t.mu.Unlock()
	return label.TextOf(text, label.Person()).Made(t.answer())
}

// answer is the origin of one more answer. Numbers count in the session, so that an
// answer of an earlier turn is not known in this one.
func (t *Turn) answer() label.Origin {
	t.monitor.mu.Lock()
	defer t.monitor.mu.Unlock()
	t.monitor.answers++
	t.words.answers[t.monitor.answers] = true
	return label.Origin{How: label.Answer, Call: t.monitor.answers}
}

// edit replaces arguments by what the person typed: their words, endorsed for this
// very argument.
func (t *Turn) edit(args []Arg, typed map[string]string) ([]Arg, error) {
	args = slices.Clone(args)
	for i, a := range args {
		s, ok := typed[a.Name]
		if !ok {
			continue
		}
		theirs := t.answer()
		if a.Value.Kind() == label.Text || a.Value.Kind() == label.Null {
			args[i].Value = label.TextOf(s, label.Person()).Made(theirs)
			continue
		}
		v, err := label.FromJSON([]byte(s), label.Person())
		if err != nil || v.Kind() != a.Value.Kind() {
			return nil, fmt.Errorf("%s was edited to what is no %s; nothing was done", a.Name, a.Value.Kind())
		}
		args[i].Value = v.Map(func(_ string, p label.Value) label.Value { return p.Made(theirs) })
	}
	return args, nil
}
