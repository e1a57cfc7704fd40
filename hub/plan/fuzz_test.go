package plan

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/mediator/label"
)

// FuzzParseRun: no plan hangs, panics or outgrows the limits, and what reaches the
// host always has a label that somebody set.
func FuzzParseRun(f *testing.F) {
	for _, s := range []string{
		"msgs = mail.search(query = \"flight\", unread = True)\ntrip = ask(\"Which?\", msgs, schema = {\"n\": \"string\"})\nreply(\"x:\", trip)",
		"for m in mail.search():\n  if m.n > 1: continue\n  notes.add(text = f\"{m.subject!r:>9} {m.n=}\", title = \"%s\" % m.id)",
		"```python\nimport x\ntry:\n  x: int = 1\nexcept E as e:\n  pass\nelse: y = 2\n```",
		"xs = [a for a in range(9) if a % 2]\nxs.append(xs)\nd = {str(x): x for x in xs[:3]}\nd[\"a\"] = d.get(\"b\", \"c\".join([]))",
		"a, (b, c) = 1, [2, \"x\" * 9]\nb += a\nreply(max(b, a), sorted(c, key = lambda q: -len(q)), when(\"tomorrow\"))",
		"x = need(\"Which?\", choices = [1, 2])\nreveal(x, \"why\")\nx is not None and notes.add(text = \"{:>5}|{x}\".format(1, x = 2))",
		"f'{f\"{1}\"}' 'a' \"\"\"b\n\"\"\"", "x = from = .from(from = 1)", "\\\n'", "x = 1 if", "x" + "[0]",
		"with open(\"a\") as f:\n  for l in f.readlines(): reply(l)", "x = calendar.list_events(query = \"a\", start = when(\"Friday at 3\").start)\ncalendar.update_event(id = x[0].id, start = when(\"Friday at 3\").start)",
		"calendar.delete_event(id)", "reply = trips.get(name = \"a\")[0].b[1]", "a = ask(\"b\", mail.search()[0], schema = {\"n\": \"string\"})\nreply(\"%d\" % a)", "x = mail.read(id = \"m\")\nif \"a\" in x.body: reply(\"y\")", "t = need(\"your time?\")\ncalendar.create_event(title = ask(\"your title?\"), start = t.start)",
		"plan = \"reply(sky.get_current_weather('a'))\"", "s = \"ab\" * 1000\nfor i in range(20): s = s.replace(\"a\", s)", "x = 9223372036854775807 * 2 - -1 // 0 % 1.5",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		p, err := Parse("", src, tools)
		runs(t, p, err, mailbox)
		// The same as a model's, which is mended.
		p, err = ParseChecked("", src, office, Check{Words: "move the design review to Friday at 3", Now: thursday, Asks: true, English: true})
		runs(t, p, err, officeAnswers)
	})
}

// runs runs a plan, if it is one, and looks that no source is lost to what has none.
func runs(t *testing.T, p *Program, err error, result func(Call) (any, error)) {
	t.Helper()
	var e *Error
	if err != nil {
		require.ErrorAs(t, err, &e)
		require.NotEmpty(t, e.Msg)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	h, vars := &fake{result: result}, &Vars{}
	err = p.Run(ctx, h, vars)
	if errors.As(err, &e) {
		require.NotEqual(t, Stopped, e.Kind, "it ran for 20 seconds")
		require.False(t, e.Label.Has(label.Unknown))
	}
	for _, ev := range h.events {
		for _, a := range ev.args {
			require.False(t, a.Value.All().Has(label.Unknown), ev.show())
		}
	}
	for _, n := range vars.Names() {
		v, _ := vars.Get(n)
		require.False(t, v.All().Has(label.Unknown), n)
	}
}
