package plan

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"secgpt/mediator"
	"secgpt/mediator/label"
)

// A holding host holds changes as the hub does with those that need an answer, and all
// changes after one, and makes what it holds once one of them is waited for.
type holding struct {
	*fake
	sigs  appTools
	needs func(Call) bool // which changes need an answer; nil is all
	held  []func()
	apps  []string // of the held changes
}

func (h *holding) Begin(ctx context.Context, c Call) (func(context.Context) (label.Value, error), bool) {
	sig, _ := h.sigs.Tool(c.App, c.Tool)
	if sig.Effect == mediator.Read {
		if slices.Contains(h.apps, c.App) {
			h.release()
		}
		return h.fake.Begin(ctx, c)
	}
	if len(h.held) == 0 && h.needs != nil && !h.needs(c) {
		return h.fake.Begin(ctx, c)
	}
	h.note("held "+c.App+"."+c.Tool, c.Control)
	var wait func(context.Context) (label.Value, error)
	h.apps = append(h.apps, c.App)
	h.held = append(h.held, func() { wait, _ = h.fake.Begin(ctx, c) })
	return func(ctx context.Context) (label.Value, error) {
		h.release()
		return wait(ctx)
	}, true
}

func (h *holding) release() {
	if len(h.held) > 0 {
		h.note("made", label.Person())
	}
	for _, f := range h.held {
		f()
	}
	h.held, h.apps = nil, nil
}

func (h *holding) Reply(ctx context.Context, vs []label.Value) {
	if len(h.held) > 0 {
		h.held = append(h.held, func() { h.fake.Reply(ctx, vs) })
		return
	}
	h.fake.Reply(ctx, vs)
}

func (h *holding) Need(ctx context.Context, question string, choices []label.Value, control label.Label) (label.Value, error) {
	h.release()
	return h.fake.Need(ctx, question, choices, control)
}

func (h *holding) Reveal(ctx context.Context, v label.Value, why string) error {
	h.release()
	return h.fake.Reveal(ctx, v, why)
}

// Holding changes nothing but when the person is asked: random plans make the same calls
// with the same labels, changes and replies in the same order, and leave the same
// variables, whichever of their changes are held.
func TestHoldingChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		world, some := drawContent(t), rapid.IntRange(1, 3).Draw(t, "")
		plain, held := &Vars{}, &Vars{}
		for turn := range 2 {
			g := &generator{t: t, locals: map[genKind][]string{}, flaky: true}
			if turn == 0 {
				g.prelude()
			}
			g.stmts(8)
			src := strings.Join(g.lines, "\n")
			p, err := Parse("", src, genTools, plain.Names()...)
			if unfit(err) {
				t.Skip("a key with pop in it, or a list for a text")
			}
			if err != nil {
				t.Fatalf("%s\n\n%s", err, src)
			}
			h1 := &fake{result: world.answer(true)}
			h2 := &holding{fake: &fake{result: world.answer(true)}, sigs: genTools, needs: func(c Call) bool { return len(c.Tool)%some == 0 }}
			e1, e2 := planError(p.Run(context.Background(), h1, plain)), planError(p.Run(context.Background(), h2, held))
			in1, all1 := told(h1.events)
			in2, all2 := told(h2.events)
			if fmt.Sprint(e1) != fmt.Sprint(e2) || in1 != in2 || all1 != all2 {
				t.Fatalf("%s\n\n%v\n%s\nheld: %v\n%s", src, e1, h1.lines(), e2, h2.lines())
			}
			if e1 != nil {
				return
			}
			require.Equal(t, plain.Names(), held.Names())
			for _, n := range plain.Names() {
				a, _ := plain.Get(n)
				b, _ := held.Get(n)
				require.Equal(t, show(a), show(b), "%s\n\n%s", n, src)
			}
		}
	})
}

// told are the events of a run that have an order, and all of them by name. What a host
// holds is no event of the plan.
func told(events []event) (inOrder, all string) {
	var ordered, sorted []string
	for _, e := range events {
		if strings.HasPrefix(e.what, "held ") || e.what == "made" {
			continue
		}
		app, tool, call := strings.Cut(e.what, ".")
		if s, _ := genTools.Tool(app, tool); !call || s.Effect != mediator.Read {
			if !strings.HasPrefix(e.what, "ask ") { // a model that has no tools
				ordered = append(ordered, e.show())
			}
		}
		sorted = append(sorted, e.show())
	}
	slices.Sort(sorted)
	return strings.Join(ordered, "\n"), strings.Join(sorted, "\n")
}

// A plan goes on past a held call as far as it can without its result, and no further.
func TestAPlanGoesOnPastHeldCalls(t *testing.T) {
	for _, c := range []struct{ name, plan, want string }{
		{"to the end", "notes.add(text = \"a\")\nnotes.add(text = \"b\")\nreply(1)",
			"held notes.add()\nheld notes.add()\nmade()\nnotes.add(text=\"a\")\nnotes.add(text=\"b\")\nreply(1)\n"},
		{"to where its result is needed", "n = notes.add(text = \"a\")\nnotes.add(text = \"b\")\nnotes.add(text = n.id)\nreply(1)",
			"held notes.add()\nheld notes.add()\nmade()\nnotes.add(text=\"a\")\nnotes.add(text=\"b\")\nheld notes.add()\nmade()\nnotes.add(text=\"new\"<notes>)\nreply(1)\n"},
		{"a copy is no need", "n = notes.add(text = \"a\")\nm = n\nnotes.add(text = \"b\")\nreply(m.id)",
			"held notes.add()\nheld notes.add()\nmade()\nnotes.add(text=\"a\")\nnotes.add(text=\"b\")\nreply(\"new\"<notes>)\n"},
		{"a condition on it", "n = notes.add(text = \"a\")\nif n.id: notes.add(text = \"b\")\nreply(1)",
			"held notes.add()\nmade()\nnotes.add(text=\"a\")\nheld notes.add()\nmade()\nnotes.add(text=\"b\"<notes>)\nreply(1)\n"},
		{"a loop", "for m in [1, 2]: notes.add(text = str(m))\nreply(1)",
			"held notes.add()\nheld notes.add()\nmade()\nnotes.add(text=\"1\")\nnotes.add(text=\"2\")\nreply(1)\n"},
		{"a branch keeps its label", "if mail.count():\n  n = notes.add(text = \"a\")\nnotes.add(text = \"b\")\nreply(n)",
			"mail.count()\nheld notes.add()\nheld notes.add()\nmade()\nnotes.add(text=\"a\"<mail>)\nnotes.add(text=\"b\")\nreply({\"id\":\"new\"}<mail, notes>)\n"},
		{"reads of another app", "notes.add(text = \"a\")\nx = mail.count()\nnotes.add(text = str(x))\nreply(1)",
			"held notes.add()\nmail.count()\nheld notes.add()\nmade()\nnotes.add(text=\"a\")\nnotes.add(text=\"2\"<mail>)\nreply(1)\n"},
		{"a failed one", "x = mail.send(to = \"a\", body = \"b\")\nnotes.add(text = \"a\")\nreply(\"sent\", x)",
			"held mail.send()\nheld notes.add()\nmade()\nmail.send(to=\"a\", body=\"b\")\nnotes.add(text=\"a\")\n"},
	} {
		p, err := Parse("", c.plan, tools)
		require.NoError(t, err, c.name)
		h := &holding{fake: &fake{result: mailbox}, sigs: tools}
		_ = p.Run(t.Context(), h, &Vars{})
		require.Equal(t, c.want, h.lines(), c.name)
	}
}

// Whether a held call is made does not depend on what the plan does after it: an error
// later in the plan can come from what an app returned.
func TestHeldCallsAreMadeBeforeAnError(t *testing.T) {
	p, err := Parse("", "n = notes.add(text = \"a\")\nx = [1][mail.count()]", tools)
	require.NoError(t, err)
	h, vars := &holding{fake: &fake{result: mailbox}, sigs: tools}, &Vars{}
	require.ErrorContains(t, p.Run(t.Context(), h, vars), "there is no item 2")
	require.Contains(t, h.lines(), "made()\nnotes.add(text=\"a\")\n")
	require.Equal(t, []string{"n"}, vars.Names())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	h = &holding{fake: &fake{result: mailbox}, sigs: tools}
	require.Error(t, p.Run(ctx, h, &Vars{}))
	require.NotContains(t, h.lines(), "made()")
}
