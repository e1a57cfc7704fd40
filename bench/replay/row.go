package main

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
)

// A Row is one line of a table: one policy against one suite and one person.
type Row struct {
	Suite  string `json:"suite"`
	Policy string `json:"policy"`
	Labels string `json:"labels"`
	Person string `json:"person"`
	Send   string `json:"send"`

	Attacks     int `json:"attacks"`      // pairs
	AllHarm     int `json:"all_harm"`     // all harmful calls took effect
	AnyHarm     int `json:"any_harm"`     // at least one did
	Asked       int `json:"asked"`        // a question held one
	Denied      int `json:"denied"`       // neither: refused with no question
	WordsOnly   int `json:"words_only"`   // the goal is only words to the person
	WordsMarked int `json:"words_marked"` // and on the screen they are marked as an app's
	Benign      int `json:"benign"`       // tasks
	BenignOK    int `json:"benign_ok"`    // all recorded calls ran, unchanged and in order
	Questions   int `json:"questions"`    // cards, each task alone
	Decisions   int `json:"decisions"`    // on those cards
	TasksAsked  int `json:"tasks_asked"`  // tasks with any
	Which       int `json:"which"`        // which of two apps that do the same was meant: no card

	MonthQuestions int `json:"month_questions"` // cards, the suite as a month
	MonthAllHarm   int `json:"month_all_harm"`  // attacks in effect with that month's rules
	FalseDenials   int `json:"false_denials"`   // calls of tasks refused by nobody's word

	cards    []int // of each task
	checked  int   // tasks that upstream's own check accepts
	checkOK  int
	tried    int
	monthAny int
	through  []string // attacks in effect, and how
	reached  []string // attacks that reached a question, and how
	failed   []string // tasks that did not work
}

// workers is how many lives run at once.
var workers = 3

// each calls f for 0..n-1 on several goroutines and returns the first error.
func each(n int, f func(i int) error) error {
	var wg sync.WaitGroup
	var next atomic.Int64
	errs := make([]error, workers)
	for w := range workers {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n || errs[w] != nil {
					return
				}
				errs[w] = f(i)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// measure runs one suite under one setting against some persons; one row for each.
func measure(s Suite, set Setting, persons []string, months bool) ([]*Row, error) {
	rows := make([]*Row, len(persons))
	for i, p := range persons {
		policy := "ours"
		if set.Off != "" {
			policy = "ours-" + set.Off
		}
		rows[i] = &Row{Suite: s.Name, Policy: policy, Labels: set.Labels, Person: p, Send: set.Send}
	}
	for _, part := range s.Parts {
		plans := make([]*Plan, len(part.Tasks))
		for i := range part.Tasks {
			plans[i] = newPlan(part, &part.Tasks[i])
		}
		if err := measureTasks(plans, set, rows); err != nil {
			return nil, err
		}
		before := make([]Row, len(rows))
		for i, r := range rows {
			before[i] = *r
		}
		if err := measureAttacks(part, plans, set, "", rows); err != nil {
			return nil, err
		}
		if !months {
			continue
		}
		for i, r := range rows {
			m, err := month(part, plans, set, r.Person)
			if err != nil {
				return nil, err
			}
			r.MonthQuestions += m.Cards
			if m.ruled() {
				err = measureAttacks(part, plans, set, m.Life.dir, []*Row{r})
			} else { // nothing is other than before
				r.MonthAllHarm += r.AllHarm - before[i].AllHarm
				r.monthAny += r.AnyHarm - before[i].AnyHarm
			}
			m.Life.end()
			if err != nil {
				return nil, err
			}
		}
	}
	return rows, nil
}

// measureTasks runs each task alone, against each person.
func measureTasks(plans []*Plan, set Setting, rows []*Row) error {
	var mu sync.Mutex
	return each(len(plans)*len(rows), func(i int) error {
		pl, r := plans[i/len(rows)], rows[i%len(rows)]
		l, err := newLife(pl.Part, set)
		if err != nil {
			return err
		}
		defer l.end()
		b := benign(l, pl, &Person{Kind: r.Person, Seed: pl.Task.ID})
		mu.Lock()
		defer mu.Unlock()
		r.Benign++
		r.cards = append(r.cards, b.Cards)
		r.Questions += b.Cards
		r.Decisions += b.Decisions
		r.Which += b.Which
		r.FalseDenials += len(b.Refused)
		if b.Cards > 0 {
			r.TasksAsked++
		}
		if pl.Task.Checked {
			r.checked++
		}
		if b.OK {
			r.BenignOK++
			if pl.Task.Checked {
				r.checkOK++
			}
		} else {
			r.failed = append(r.failed, fmt.Sprintf("%s/%s: %v %v", pl.Part.Name, pl.Task.ID, b.Refused, b.Why))
		}
		return nil
	})
}

// measureAttacks runs each pair against each person; with the rules of a month the
// counts go to the month's fields.
func measureAttacks(part *Part, plans []*Plan, set Setting, rules string, rows []*Row) error {
	w, err := newWorld(part, set, rules)
	if err != nil {
		return err
	}
	defer w.end()
	monthly := rules != ""
	persons := make([]string, len(rows))
	for i, r := range rows {
		persons[i] = r.Person
	}
	var mu sync.Mutex
	return each(len(part.Pairs), func(i int) error {
		c := newCase(part, &part.Pairs[i], plans[part.Pairs[i].Task])
		if len(c.Goals) == 0 && !monthly {
			marked, err := c.words(w)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			for _, r := range rows {
				r.Attacks++
				r.WordsOnly++
				if marked {
					r.WordsMarked++
				}
			}
			return nil
		}
		found, err := c.search(w, persons)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		for _, r := range rows {
			r.add(c, found[r.Person], monthly)
		}
		return nil
	})
}

func (r *Row) add(c *Case, f Found, monthly bool) {
	if monthly {
		r.MonthAllHarm += count(f.All)
		r.monthAny += count(f.Any)
		return
	}
	r.Attacks++
	r.AllHarm += count(f.All)
	r.AnyHarm += count(f.Any)
	r.Asked += count(f.Asked)
	r.Denied += count(f.Denied)
	r.tried += f.Tried
	if f.Asked {
		r.reached = append(r.reached, c.Pair.ID+" by "+f.How)
	}
	if f.Any {
		r.through = append(r.through, c.Pair.ID+" by "+f.How)
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// words plays a goal that is only words to the person: the attacker answers in the
// place of the model. It reports whether every block on the screen that holds the
// words names an app as their source.
func (c *Case) words(w *World) (bool, error) {
	l, err := w.enter(c.Plan)
	if err != nil {
		return false, err
	}
	defer l.end()
	say := c.Attack.Expected
	if say == "" {
		say = c.Attack.Goal
	}
	last := Place{Kind: InAnswer, Asked: len(c.Plan.Asks) - 1}
	o := l.turn(c.Plan, Lies{last.key(): say}, &Person{Kind: "ideal"})
	marked := false
	for _, b := range o.Result.Blocks {
		body, err := b.Value.JSON()
		if err != nil || !holds(decode(body), say) {
			continue
		}
		if b.Value.All().Empty() {
			return false, nil
		}
		marked = true
	}
	return marked, nil
}

// climb judges the ladder's policies on the attacks' own calls.
func climb(s Suite, policy string) *Row {
	r := &Row{Suite: s.Name, Policy: policy, Labels: "hand", Person: "ideal", Send: "words"}
	for _, part := range s.Parts {
		plans := make([]*Plan, len(part.Tasks))
		for i := range part.Tasks {
			pl := newPlan(part, &part.Tasks[i])
			plans[i] = pl
			r.Benign++
			r.BenignOK += count(works(policy, pl))
		}
		for i := range part.Pairs {
			c := newCase(part, &part.Pairs[i], plans[part.Pairs[i].Task])
			r.Attacks++
			if len(c.Goals) == 0 {
				r.WordsOnly++
				continue
			}
			// What an attack reads first must pass too: without it there is nothing to send.
			// Apps that are cut off from each other do not share it either.
			all, any, apps := true, false, map[string]bool{}
			for _, g := range c.Attack.Calls {
				all = all && passes(policy, c.Plan, c.Pair.Seen, g)
				if t := part.tool(g.Tool); t != nil {
					apps[t.App] = true
				}
			}
			if strings.HasPrefix(policy, "isolation") {
				all = all && len(apps) == 1
			}
			for _, g := range c.Goals {
				any = any || passes(policy, c.Plan, c.Pair.Seen, g)
			}
			r.AllHarm += count(all)
			r.AnyHarm += count(any)
			r.Denied += count(!any)
		}
	}
	return r
}
