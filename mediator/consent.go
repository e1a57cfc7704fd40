package mediator

import (
	"fmt"
	"slices"
	"time"

	"secgpt/mediator/label"
	"secgpt/mediator/policy"
)

// ruleLife is how long an "always" holds: long enough not to annoy, short enough
// that a forgotten one ends.
const ruleLife = 365 * 24 * time.Hour

// refuse is a no, or what nobody could be asked about.
func (m *Monitor) refuse(c Call, d Decision, g given) Decision {
	d.Allow, d.By, d.Why, d.Remedy = false, g.a.By, "you said no", g.q.Rule
	switch {
	case g.a.By == "" || g.a.By == "nobody":
		d.By, d.Why = "nobody", "it needs a yes, and nobody could be asked"
	case g.a.Scope == Never:
		if err := m.forbid(c, g.q); err != nil {
			d.Why = fmt.Sprintf("you said no; the rule could not be kept: %v", err)
		}
	}
	return d
}

// consented carries out a yes: once, for longer, or less some arguments.
func (m *Monitor) consented(t *Turn, v verdict, g given) Decision {
	q, a, d := g.q, g.a, v.done
	d.Allow, d.By, d.Scope, d.shown = true, "person", a.Scope, &q.Digest
	t.mu.Lock()
	d.Withheld = slices.Clone(t.left[v.call.N])
	t.mu.Unlock()
	d.Args = slices.DeleteFunc(slices.Clone(d.Args), func(x Arg) bool {
		if q.withholds(x.Name, a.Withhold) {
			d.Withheld = append(d.Withheld, x.Name)
			return true
		}
		return false
	})
	t.serve(v)
	t.bind(q.Binds)
	if q.Rule == "" || a.Scope == Once || len(d.Withheld) > 0 {
		return d
	}
	if err := m.makeRule(t, q.Rule, a.Scope); err != nil {
		d.Why = fmt.Sprintf("allowed once; the rule could not be kept: %v", err)
	}
	return d
}

// makeRule makes of an answer the rule that its question named. One that is there
// already, as after one answer to several questions, is not made twice.
func (m *Monitor) makeRule(t *Turn, text string, s Scope) error {
	r, err := policy.Parse(text)
	if err != nil {
		return err
	}
	r.By = policy.Answer
	add := func(set *policy.Set) {
		if !slices.ContainsFunc(*set, func(o policy.Rule) bool { return o.String() == r.String() }) {
			*set = append(*set, r)
		}
	}
	switch s {
	case Task:
		t.mu.Lock()
		defer t.mu.Unlock()
		add(&t.task)
	case Session:
		m.mu.Lock()
		defer m.mu.Unlock()
		add(&m.session)
	case Always:
		r.Until = m.Now().Add(ruleLife).UTC().Truncate(24 * time.Hour) // rules end with a day
		kept, err := m.Rules.Rules()
		if err != nil {
			return err
		}
		same := func(o policy.Rule) bool {
			ends := !o.Until.IsZero() && o.Until.Before(r.Until)
			o.Until = r.Until
			return !ends && o.String() == r.String()
		}
		if !slices.ContainsFunc(kept, same) {
			_, err = m.Rules.Add(r)
		}
		return err
	}
	return nil
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
