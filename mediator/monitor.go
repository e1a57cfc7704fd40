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

// maxEdits bounds how often one question comes back, with edited arguments or because
// something changed while it was asked.
const maxEdits = 20

// Decide judges a call. An allowed Decision carries the exact bytes that may leave
// and was written to the record before Decide returned; if it can't be written,
// the answer is no. With dry, nothing that changes anything is allowed. What was
// answered ahead (Inquire) counts if it still fits; else the person is asked now.
func (m *Monitor) Decide(ctx context.Context, c Call, t *Turn, ask Asker, dry bool) Decision {
	t.one.Lock()
	defer t.one.Unlock()
	return m.sign(c, t, m.decide(ctx, c, t, ask, dry))
}

// Settle is Decide for a call that needs no answer of the person. The bool is false if
// it needs one: then nothing was decided.
func (m *Monitor) Settle(c Call, t *Turn, dry bool) (Decision, bool) {
	t.one.Lock()
	defer t.one.Unlock()
	d, ok := m.settle(m.weigh(c, t), t, dry)
	if !ok {
		return Decision{}, false
	}
	return m.sign(c, t, d), true
}

// sign makes a decision final: it binds it to the bytes that may leave, and writes it
// to the record.
func (m *Monitor) sign(c Call, t *Turn, d Decision) Decision {
	d.At = m.Now()
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
		d = Decision{By: "default", At: d.At, Reasons: d.Reasons, From: d.From, Unrecorded: true,
			Why: fmt.Sprintf("the record can't be written (%v), so nothing is called; make room or mend it, then ask again", err)}
	}
	d.Entry = entry
	if !c.Unasked && c.Tool.Effect != Read && !d.Dry && (!d.Allow || len(d.Withheld) > 0) {
		t.Stop(fmt.Sprintf("%s was not done as planned", c.Tool))
	}
	t.forget(c.N)
	return d
}

// settle is the decision over a call that needs no answer, or that a dry run does not
// ask about.
func (m *Monitor) settle(v verdict, t *Turn, dry bool) (Decision, bool) {
	d := v.done
	switch {
	case v.ask == nil && !d.Allow:
	case v.ask == nil && dry && v.call.Tool.Effect != Read:
		d.Allow, d.By, d.Dry, d.Why = false, "default", true, "a dry run; it would go without a question"
	case v.ask == nil:
		if g, no := t.saidNo(v.call.N); no { // a rule that an answer beside it made
			return m.refuse(v.call, d, g), true
		}
		t.serve(v)
	case dry:
		d.By, d.Dry, d.Why, d.Remedy = "default", true, "a dry run; it would ask you first", v.ask.Rule
	default:
		return Decision{}, false
	}
	return d, true
}

// decide brings a call to a yes or a no. What stands is weighed anew after every
// answer: a rule, the words or an earlier change can differ by then.
func (m *Monitor) decide(ctx context.Context, c Call, t *Turn, ask Asker, dry bool) Decision {
	for range maxEdits {
		v := m.weigh(c, t)
		if d, ok := m.settle(v, t, dry); ok {
			return d
		}
		g, ok := t.answerTo(*v.ask)
		switch {
		case ctx.Err() != nil: // the turn is over: no answer counts
			return m.refuse(v.call, v.done, given{q: *v.ask})
		case !ok:
			m.inquire(ctx, []Call{c}, t, ask)
		case g.a.Scope == No || g.a.Scope == Never:
			return m.refuse(v.call, v.done, g)
		default:
			return m.consented(t, v, g)
		}
	}
	return Decision{By: "default", Why: fmt.Sprintf("asked %d times without an answer that fits", maxEdits)}
}

// A verdict is what a call comes to as things stand: a decision, or a question.
type verdict struct {
	call  Call // with what the person wrote anew
	done  Decision
	ask   *Question // nil if done decides
	spans []stretch // the person's words that the call uses
}

// weigh is the order of judgement: deny rules, the plan, the four reasons, the rules
// that answer them. What is left is a question for the person. Judging uses nothing up.
func (m *Monitor) weigh(c Call, t *Turn) verdict {
	t.mu.Lock()
	defer t.mu.Unlock()
	edited := false
	if args, ok := t.edited[c.N]; ok {
		c.Args, edited = args, true
	}
	no := func(by, why string) verdict {
		return verdict{call: c, done: Decision{By: by, Why: why, From: sources(c, nil), Args: c.Args}}
	}
	rules, err := m.rules(t)
	if err != nil {
		return verdict{call: c, done: Decision{By: "default", Why: err.Error()}}
	}
	if r, ok := rules.Denied(m.query(c, everything(c))); ok {
		return no(ruleName(r), ruleSaysNo+": "+r.String())
	}
	if !c.Planned {
		return verdict{call: c, done: Decision{By: "default", Why: fmt.Sprintf("%s is not in the plan of this request", c.Tool)}}
	}
	words := t.words.less(t.keptBefore(c.N))
	j := Judge(c, Situation{Words: words, Names: m.Names.In(words), Looked: t.named, Shaped: t.Shaped, Send: m.Send})
	if why := t.stopped(); why != "" && c.Tool.Effect != Read {
		j.Reasons = append(j.Reasons, Reason{Kind: Stopped, Arg: why})
	}
	v := verdict{call: c, spans: j.spans, done: Decision{Reasons: j.Reasons, From: sources(c, j.Reasons), Args: c.Args}}
	less := len(t.given[c.N].a.Withhold) > 0 // no rule lets go what the person left out of this call
	if by, ok := m.answered(rules, c, j); ok && !edited && !less {
		v.done.Allow, v.done.By = true, by
		return v
	}
	if c.Unasked {
		v.done.By, v.done.Why = "default", fmt.Sprintf("%s was wanted by a model, not by the plan, and nobody is asked about that", c.Tool)
		return v
	}
	q, err := question(c, j)
	if err != nil {
		return verdict{call: c, done: Decision{By: "default", Why: err.Error()}}
	}
	q.Binds = t.binds(c)
	if m.Private { // nothing of it is kept
		q.Scopes = slices.DeleteFunc(q.Scopes, func(s Scope) bool { return s == Always })
	}
	v.ask = &q
	return v
}

// Leaves checks a decision against the call that is about to leave: the bytes are
// those that were judged and shown.
func (d Decision) Leaves(t Tool, body []byte) error {
	if !d.Allow || sha256.Sum256(append([]byte(t.String()+"\x00"), body...)) != d.Digest {
		return fmt.Errorf("%s is not what was allowed; it was not sent", t)
	}
	return nil
}

// rules are all that hold now: the file's, this session's, this task's.
func (m *Monitor) rules(t *Turn) (policy.Rules, error) {
	kept, err := m.Rules.Index()
	if err != nil {
		return nil, fmt.Errorf("the rules can't be read, so nothing is allowed: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return policy.All{kept, m.session[:len(m.session):len(m.session)], t.task}, nil
}

// answered reports whether rules answer every reason, and names who decided.
func (m *Monitor) answered(rules policy.Rules, c Call, j Judgement) (string, bool) {
	if len(j.Reasons) == 0 {
		return "default", true
	}
	if m.NoRules {
		return "", false
	}
	var by []string
	for _, r := range j.Reasons {
		for _, q := range m.queries(c, j, r) {
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
// a sending, and what nobody asked for, by a rule that names the tool.
func (m *Monitor) queries(c Call, j Judgement, r Reason) []policy.Query {
	q := m.query(c, label.Of(r.From...))
	q.Loose = j.Loose
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
	case Sends, Unbidden:
		q.Named, q.From = true, label.Of(sources(c, j.Reasons)...)
	case Leaves:
		q.From = label.Person()
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
