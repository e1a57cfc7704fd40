package plan

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/mediator"
	"secgpt/mediator/label"
)

// A holding host holds every change, as the hub does with those that need an answer, and
// makes all that it holds once one of them is waited for.
type holding struct {
	*fake
	held []func()
}

func (h *holding) Begin(ctx context.Context, c Call) (func(context.Context) (label.Value, error), bool) {
	if s, _ := tools.Tool(c.App, c.Tool); s.Effect == mediator.Read {
		return h.fake.Begin(ctx, c)
	}
	h.note("held "+c.App+"."+c.Tool, c.Control)
	var wait func(context.Context) (label.Value, error)
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
	h.held = nil
}

func (h *holding) Reply(ctx context.Context, vs []label.Value) {
	if len(h.held) > 0 {
		h.held = append(h.held, func() { h.fake.Reply(ctx, vs) })
		return
	}
	h.fake.Reply(ctx, vs)
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
		h := &holding{fake: &fake{result: mailbox}}
		_ = p.Run(t.Context(), h, &Vars{})
		require.Equal(t, c.want, h.lines(), c.name)
	}
}

// Whether a held call is made does not depend on what the plan does after it: an error
// later in the plan can come from what an app returned.
func TestHeldCallsAreMadeBeforeAnError(t *testing.T) {
	p, err := Parse("", "n = notes.add(text = \"a\")\nx = [1][mail.count()]", tools)
	require.NoError(t, err)
	h, vars := &holding{fake: &fake{result: mailbox}}, &Vars{}
	require.ErrorContains(t, p.Run(t.Context(), h, vars), "there is no item 2")
	require.Contains(t, h.lines(), "made()\nnotes.add(text=\"a\")\n")
	require.Equal(t, []string{"n"}, vars.Names())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	h = &holding{fake: &fake{result: mailbox}}
	require.Error(t, p.Run(ctx, h, &Vars{}))
	require.NotContains(t, h.lines(), "made()")
}
