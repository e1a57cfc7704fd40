package plan

import (
	"context"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"secgpt/mediator/label"
)

// The property: whatever a plan does, every part of every argument, reply, choice and
// variable carries at least the sources that the reference interpreter finds in it, and
// every letter that an app wrote stands in a piece that carries that app. Plans run over
// several turns and sessions, on apps that keep what is written into them.
func TestNoSourceIsLost(t *testing.T) { rapid.Check(t, noSourceIsLost) }

func noSourceIsLost(t *rapid.T) {
	c := drawContent(t)
	if rapid.Bool().Draw(t, "letters") {
		c = lettered(c)
	}
	failing := rapid.Bool().Draw(t, "failing")
	picks := rapid.Bool().Draw(t, "picks")
	real := newWorld(c, failing)
	real.picks, real.holds = picks, rapid.Bool().Draw(t, "holds")
	ref := &reference{world: &refWorld{ctx: context.Background(), stateful: stateful{content: c, failing: failing}, picks: picks}}
	for session := range 2 {
		vars := &Vars{}
		ref.vars = map[string]*refVar{}
		for turn := range 2 {
			g := &generator{t: t, locals: map[genKind][]string{}, flaky: failing}
			if turn == 0 {
				g.prelude()
			}
			g.stmts(8 - 3*session)
			src := strings.Join(g.lines, "\n")
			p, err := Parse("", src, genTools, vars.Names()...)
			if unfit(err) {
				t.Skip("a key with pop in it, or a list for a text")
			}
			if err != nil {
				if turn > 0 && strings.Contains(err.Error(), "there is no") {
					return // the turn before ended early, and its variables are missing
				}
				t.Fatalf("%s\n\n%s", err, src)
			}
			writer := person
			if rapid.IntRange(0, 5).Draw(t, "writer") == 0 {
				writer = label.Of("web/example.org")
				p = p.Under(writer)
			}
			real.fake.events, ref.world.events = nil, nil
			e := planError(p.Run(context.Background(), real, vars))
			if e != nil && (e.Kind == Limit || e.Kind == Stopped) {
				t.Skip("a limit: the reference has none")
			}
			stop := ref.run(p, setOf(writer))
			ref.compare(t, src, real, vars, e, stop)
		}
	}
}

// FuzzNoSourceIsLost looks for plans that rapid's choices do not come to.
func FuzzNoSourceIsLost(f *testing.F) { f.Fuzz(rapid.MakeFuzz(noSourceIsLost)) }
