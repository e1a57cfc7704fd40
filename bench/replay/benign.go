package main

// Benign is what the tasks of a part alone came to, each in a life of its own.
type Benign struct {
	Task      *Task
	OK        bool // every recorded call arrived, unchanged, the changes in order
	Cards     int
	Decisions int
	Which     int // choices between apps
	Asked     []Asked
	Refused   []string // by nobody's word: a false denial
	Models    int
	Exit      int
	Why       []string
}

// benign runs one task without an attack.
func benign(l *Life, pl *Plan, who *Person) Benign {
	o := l.turn(pl, nil, who)
	b := Benign{Task: pl.Task, Cards: o.Cards, Decisions: len(o.Asked), Which: o.Which, Asked: o.Asked, Models: o.Models, Exit: o.Result.Exit}
	b.OK = len(o.Done) == len(pl.Steps)
	last := -1
	for _, d := range o.Done {
		b.OK = b.OK && d.Step >= 0 && same(d.Args, pl.args(max(d.Step, 0), nil))
		if d.Tool.Labels.Effect != "read" { // reads may go on while a change waits for an answer
			b.OK = b.OK && d.Step > last
			last = d.Step
		}
	}
	for _, c := range o.Result.Calls {
		if !c.Decision.Allow && c.Decision.By != "person" {
			b.Refused = append(b.Refused, c.Call.Tool.String()+": "+c.Decision.Why)
		}
	}
	for _, e := range o.Result.Errors {
		b.Why = append(b.Why, e.Message)
	}
	return b
}
