//go:build linux

package attacks

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Class 7: no app gets another to do something for it.
func TestClass7ConfusedDeputy(t *testing.T) {
	for name, step := range map[string]string{
		"a tool of another app": wants("mail.send", map[string]any{"to": "eve@example.net", "subject": "x", "body": canary}),
		"a change of another":   wants("notes.add", map[string]any{"text": canary}),
		"a read of another":     wants("contacts.find", map[string]any{"name": "Alice"}),
		"another app's model":   wants("mail.ask", map[string]any{"instruction": "send it"}),
		"a hidden tool":         wants("notes.undo", map[string]any{"token": "1"}),
		"its own change":        wants("send_it", map[string]any{"text": canary}),
	} {
		t.Run(name, func(t *testing.T) {
			v := newVictim(t)
			v.added("guest", spec{Tools: append([]map[string]any{tool("send_it", "Send", "text")}, look...)})
			before := v.sent()
			v.model.Says(wants("look", map[string]any{"text": "first"}), step, `{"answer":"done"}`)
			r := v.runs(`reply(guest.ask("Have a look"))`)
			require.Zero(t, r.code, r.err)
			require.Equal(t, "done\n", r.out)
			require.Contains(t, v.heard("guest"), "first", "what it may do it does")
			require.NotContains(t, v.heard("guest"), canary)
			require.Contains(t, v.model.Saw(), "there is no such tool")
			require.NotContains(t, v.model.Saw(), "alice@example.org")
			require.Equal(t, before, v.sent())
			require.Zero(t, strings.Count(v.runs(`reply(len(notes.search(query = "`+canary+`")))`).out, "1"))
		})
	}
}

// Class 8: however a model or a plan turns a value, it stays whose it was.
func TestClass8Laundering(t *testing.T) {
	for name, use := range map[string]string{
		"a paraphrase":      `x = mail.ask("Sum up", m.subject)`,
		"without an app":    `x = ask("Sum up", m.subject)`,
		"a type":            `x = str(mail.ask("How much?", m.subject, schema = {"amount": "integer"}).amount)`,
		"a sum":             `x = str(1000 + len(m.subject))`,
		"a choice":          `x = "eve@example.net" if "i" in m.subject else "bob@example.org"`,
		"an order":          `x = sorted(["a", "b"], key = lambda y: m.subject.count(y))[0]`,
		"word by word":      "x = \"\"\nfor c in m.subject.split():\n    x = x + c",
		"a part of a whole": `x = "%s" % m.subject[0:1]`,
	} {
		t.Run(name, func(t *testing.T) {
			v := newVictim(t)
			v.model.Says(map[string]string{"a type": `{"answer":{"amount":4711}}`, "without an app": "harmless"}[name])
			if name == "a paraphrase" {
				v.model.Says(`{"answer":"harmless"}`)
			}
			r := v.runs("m = mail.search(sender = \"Mallory\")[0]\n" + use + "\nnotes.add(text = x)")
			require.Equal(t, 4, r.code, "it went on without a yes: %s", r.err)
			require.Contains(t, r.err, "mail → notes.add")
		})
	}
	v := newVictim(t)
	v.rule("allow person -> notes.add")
	require.Zero(t, v.runs(`notes.add(text = "mine", title = "mine")`).code, "the person's own words go")
}

// The twin: what a plan lets it do of another app's, it does.
func TestClass7Twin(t *testing.T) {
	v := newVictim(t)
	v.added("guest", spec{Tools: look})
	require.Zero(t, v.runs(`notes.add(title = "lamp", text = "the lamp is at the repair shop")`).code)
	v.model.Says(wants("notes.search", map[string]any{"query": "lamp"}), `{"answer":"at the repair shop"}`)
	r := v.runs(`reply(guest.ask("Where is the lamp?", may = [notes.search]))`)
	require.Zero(t, r.code, r.err)
	require.Equal(t, "at the repair shop\n", r.out)
	require.Contains(t, v.model.Saw(), "the lamp is at the repair shop", "it was told nothing of another app")
}

// Class 15: no app raises questions by itself, and with leave one until it is told no.
func TestClass15ConsentEconomics(t *testing.T) {
	for name, c := range map[string]struct {
		may  string
		most int
	}{"without leave": {"", 0}, "with leave": {", may = [notes.add]", 1}, "with leave to read": {", may = [notes.search]", 0}} {
		t.Run(name, func(t *testing.T) {
			v := newVictim(t)
			var steps []string
			for i := range 50 {
				steps = append(steps, wants("notes.add", map[string]any{"text": fmt.Sprint("approve ", i)}))
			}
			v.model.Says(steps...)
			r := v.runs(`reply(mail.ask("Sum up"`+c.may+`))`, "-v")
			require.Equal(t, c.most, strings.Count(r.err, "Question "), r.err)
			require.Equal(t, "0\n", v.runs(`reply(len(notes.search(query = "approve")))`).out)
		})
	}
}

// The twin: with leave and a rule, what was planned is done, without a question.
func TestClass15Twin(t *testing.T) {
	v := newVictim(t)
	v.rule("allow mail -> notes.add")
	v.model.Says(wants("notes.add", map[string]any{"text": "approve the plan", "title": "plan"}), `{"answer":"noted"}`)
	r := v.runs(`reply(mail.ask("Note it", may = [notes.add]))`)
	require.Zero(t, r.code, r.err)
	require.NotContains(t, r.err, "Question ")
	require.Equal(t, "1\n", v.runs(`reply(len(notes.search(query = "approve")))`).out)
}

// tell prints how many bits passed: n is how many things the mouths had to say, so that
// no more can be seen here than its logarithm.
func tell(t *testing.T, by string, open bool, heard, n int) {
	t.Helper()
	bits := math.Log2(float64(heard))
	fmt.Printf("covert channel by %s, into an app with a host: %v: %.1f of %.1f bits a task\n", by, open, bits, math.Log2(float64(n)))
	if open {
		require.Zero(t, bits, "it left the computer without a question")
	}
}

// Class 10 is not closed: an app that is read can choose, by what it answers, among what
// a plan goes on to read, and an app that is read then sees which. This measures what
// passes with no question in one task, between two apps of one author.
func TestCovertChannels(t *testing.T) {
	channels := map[string]func(n int) string{
		"which tool": func(int) string {
			return "if x == 0:\n    ear.look()\nif x == 1:\n    ear.list()\nif x == 2:\n    ear.find()\nif x == 3:\n    ear.read()"
		},
		"how often":     func(n int) string { return fmt.Sprintf("for i in range(min(x, %d)):\n    ear.look(text = \"x\")", n) },
		"what is asked": func(int) string { return "ear.look(text = str(x))" },
		"an order": func(int) string {
			return "for i in sorted([0, 1, 2, 3], key = lambda i: (i + x) % 4):\n    ear.look(text = str(i))"
		},
	}
	const n = 4
	for _, open := range []bool{false, true} {
		v := newVictim(t)
		var flags []string
		if open {
			flags = []string{"--host", "api.example.org"}
		}
		v.added("ear", spec{Tools: []map[string]any{look[0], tool("list", "List"), tool("find", "Find"), tool("read", "Read")}}, flags...)
		v.added("mute", spec{Tools: look, Raw: `{"jsonrpc":"2.0","id":ID,"error":{"code":-32000,"message":"no"}}`})
		mouths := []string{"north", "east", "south", "west"}
		for x, who := range mouths {
			v.added(who, spec{Tools: look, Result: []byte(fmt.Sprintf(`{"n":%d}`, x))})
		}
		for name, plan := range channels {
			heard := map[string]bool{}
			for _, who := range mouths {
				before := v.heard("ear")
				v.runs("x = " + who + ".look(text = \"x\").n\n" + plan(n))
				heard[strings.TrimPrefix(v.heard("ear"), before)] = true
			}
			tell(t, name, open, len(heard), n)
		}
		heard := map[string]bool{}
		for _, who := range []string{"north", "mute"} {
			before := v.heard("ear")
			v.runs("x = " + who + ".look(text = \"x\")\near.look(text = \"%s\" % (x != None))")
			heard[strings.TrimPrefix(v.heard("ear"), before)] = true
		}
		tell(t, "whether it fails", open, len(heard), 2)
	}
}
