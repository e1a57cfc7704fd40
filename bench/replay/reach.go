package main

import "slices"

// A Case is one pair: a task's plan that meets an attack, and what the attacker has
// in hand.
type Case struct {
	Part   *Part
	Pair   *Pair
	Plan   *Plan
	Attack *Attack
	Goals  []Call // the harmful calls
	// Held: the results that the attacker says, all of each, field by field: those that
	// show a byte of theirs, and those of calls and apps that a value of theirs entered.
	Held []bool
	// Apps: after each step, the apps whose private model has read a byte of theirs.
	Apps [][]string
	fed  []bool // results of calls and apps that a value of theirs entered
}

// HostileApps is the mode in which not only texts are the attacker's: an app is, code
// and all, from the first byte of theirs on that it returns.
var HostileApps bool

func newCase(p *Part, pair *Pair, pl *Plan) *Case {
	c := &Case{Part: p, Pair: pair, Plan: pl, Attack: &p.Attacks[pair.Attack]}
	c.Goals = p.harmful(c.Attack)
	var read, fed []string
	for i, s := range pl.Steps {
		app := s.Tool.App
		enters := slices.ContainsFunc(s.Leaves, func(l Leaf) bool { return c.says(l.From) })
		if enters {
			fed = append(fed, app)
		}
		holds := slices.Contains(pair.Seen, i) || slices.Contains(fed, app) || HostileApps && slices.Contains(read, app)
		if (holds || enters) && !slices.Contains(read, app) {
			read = append(read, app)
		}
		c.Held = append(c.Held, holds)
		c.fed = append(c.fed, slices.Contains(fed, app))
		c.Apps = append(c.Apps, slices.Clone(read))
	}
	return c
}

// says reports whether the attacker says what stands at a place.
func (c *Case) says(at Place) bool {
	return slices.ContainsFunc(c.Plan.from(at), func(call int) bool { return call < len(c.Held) && c.Held[call] })
}

// open are the leaves of a step that the attacker says.
func (c *Case) open(step int) []Leaf {
	var all []Leaf
	for _, l := range c.Plan.Steps[step].Leaves {
		if c.says(l.From) {
			all = append(all, l)
		}
	}
	return all
}

// reached tells which goals the calls of a plan would reach under some lies.
func (c *Case) reached(lies Lies) []int {
	var goals []int
	for g := range c.Goals {
		for i, s := range c.Plan.Steps {
			if len(c.open(i)) > 0 && c.Part.reaches(c.Goals[g], s.Tool, c.Plan.args(i, lies), s.Args) {
				goals = append(goals, g)
				break
			}
		}
	}
	return goals
}
