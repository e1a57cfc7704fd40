package plan

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/mediator/label"
)

// TestCalls: what reaches the host, with the label of each argument.
func TestCalls(t *testing.T) {
	for _, c := range []struct{ name, plan, want string }{
		{"named, positional and optional arguments", `mail.search("x", limit = 2, sender = None)`,
			"mail.search(query=\"x\", limit=2)\n" + `reply([{"id":"m1"`},
		{"a Python keyword as a name", "reply(mail.search(from = \"bob\")[0].from)",
			"mail.search(from=\"bob\")\nreply(\"bob@example.org\"<mail>)\n"},
		{"fields keep their labels", "m = mail.read(id = \"m1\")\nnotes.add(text = m.body, title = \"x\")\nreply(1)",
			"mail.read(id=\"m1\")\nnotes.add(text=\"Gate 12\\nSeat 4A\"<mail>, title=\"x\")\nreply(1)\n"},
		{"an app's name as a variable", "notes = notes.search(query = \"a\")\nnotes.add(text = notes[0])\nnotes",
			"notes.search(query=\"a\")\nnotes.add(text=\"buy milk\"<notes>)\nreply([\"buy milk\",\"call Ann\"]<notes>)\n"},
		{"an if on a labelled value", "n = mail.count()\nif n > 5:\n  notes.add(text = \"many\")\nelse:\n  notes.add(text = \"few\", title = \"t\")\nnotes.add(text = \"after\")\nreply(1)",
			"mail.count()\nnotes.add(text=\"few\"<mail>, title=\"t\"<mail>)\nnotes.add(text=\"after\")\nreply(1)\n"},
		{"a variable of a branch not taken", "x = 1\ny = 2\nif mail.count() > 5:\n  x = 3\nreply(x, y)",
			"mail.count()\nreply(1<mail>, 2)\n"},
		{"a read under way that a branch could have replaced", "n = mail.count()\nx = notes.search()\nif n > 5: x = 1\nreply(x)",
			"mail.count()\nnotes.search()\nreply([\"buy milk\",\"call Ann\"]<mail, notes>)\n"},
		{"a loop over a labelled list", "x = 0\nfor m in mail.search():\n  notes.add(text = \"a\")\n  x = 1\nreply(x)",
			"mail.search()\nnotes.add(text=\"a\"<mail>)\nnotes.add(text=\"a\"<mail>)\nreply(1<mail>)\n"},
		{"a loop over an own list", "for m in [mail.count(), 5]:\n  notes.add(text = \"a\")\n  notes.add(text = str(m))\nreply(m)",
			"mail.count()\nnotes.add(text=\"a\")\nnotes.add(text=\"2\"<mail>)\nnotes.add(text=\"a\")\nnotes.add(text=\"5\")\nreply(5)\n"},
		{"a break decides over the rest of its loop, and its loop alone",
			"n = mail.count()\nx = 0\nfor i in [1, 2]:\n  notes.add(text = \"before\")\n  x = i\n  for j in [1]:\n    if n > 5: break\n    notes.add(text = \"inner\")\n  notes.add(text = \"outer\")\nreply(x)",
			"mail.count()\nnotes.add(text=\"before\")\nnotes.add(text=\"inner\"<mail>)\nnotes.add(text=\"outer\")\nnotes.add(text=\"before\")\nnotes.add(text=\"inner\"<mail>)\nnotes.add(text=\"outer\")\nreply(2)\n"},
		{"a continue decides over what its loop does later",
			"n = mail.count()\nx = 0\nfor i in [1, 2]:\n  notes.add(text = \"before\")\n  x = i\n  if n > 5: continue\n  notes.add(text = \"rest\")\nreply(x)\nnotes.add(text = \"after\")",
			"mail.count()\nnotes.add(text=\"before\")\nnotes.add(text=\"rest\"<mail>)\nnotes.add(text=\"before\"<mail>)\nnotes.add(text=\"rest\"<mail>)\nreply(2<mail>)\nnotes.add(text=\"after\")\n"},
		{"and, or", "mail.count() > 5 or notes.add(text = \"a\")\nmail.count() > 5 and notes.add(text = \"b\")\nreply(mail.count() and 1)",
			"mail.count()\nnotes.add(text=\"a\"<mail>)\nmail.count()\nmail.count()\nreply(1<mail>)\n"},
		{"a conditional expression", "x = notes.add(text = \"a\") if mail.count() else notes.add(text = \"b\")\nreply(1 if mail.count() else 2)",
			"mail.count()\nnotes.add(text=\"a\"<mail>)\nmail.count()\nreply(1<mail>)\n"},
		{"what a branch of an expression changes", "x = []\nmail.count() > 5 and x.append(1)\nreply(x)", "mail.count()\nreply([]<mail>)\n"},
		{"what a comprehension changes", "x = []\n[x.append(1) for m in mail.search() if m.n > 5]\nreply(x)", "mail.search()\nreply([]<mail>)\n"},
		{"a comprehension's condition", "n = mail.count()\nreply(len([i for i in [1, 2] if i < n]))", "mail.count()\nreply(1<mail>)\n"},
		{"lengths, comparisons, in, indexes", "ms = mail.search()\nreply(len(ms), ms == [], \"a\" in ms[0].subject, [7, 8, 9][ms[0].n], {\"Bob\": 1}.get(ms[0].sender), not ms)",
			"mail.search()\nreply(2<mail>, false<mail>, false<mail>, 9<mail>, 1<mail>, false<mail>)\n"},
		{"a key that an app chose", "d = {}\nd[mail.read(id = \"1\").subject] = 1\nreply(d, len(d))", "mail.read(id=\"1\")\nreply({\"Flight LH 400\":1}<mail>, 1<mail>)\n"},
		{"an order that an app chose", "reply(sorted([1, 2], key = lambda x: mail.count()), max([1, 2], key = lambda x: mail.count() * x))",
			"mail.count()\nmail.count()\nmail.count()\nmail.count()\nreply([1,2]<mail>, 2<mail>)\n"},
		{"how often a key is computed", "sorted(mail.search(), key = lambda m: notes.search(query = \"x\")[0])\nreply(1)",
			"mail.search()\nnotes.search(query=\"x\"<mail>)\nnotes.search(query=\"x\"<mail>)\nreply(1)\n"},
		{"a place that an app chose", "x = [1, 2, 3, 4]\nx[mail.count()] = 0\nreply(x[0])", "mail.count()\nreply(1<mail>)\n"},
		{"appending in a branch", "x = []\nif mail.count():\n  x.append(1)\nreply(x[0])", "mail.count()\nreply(1<mail>)\n"},
		{"ask and its control", "m = mail.search()\nif m:\n  x = ask(\"Sum up\", \"a\", schema = {\"n\": int})\nreply(x)",
			"mail.search()\nask Sum up(\"a\"<mail>, {\"n\":\"integer\"})\nreply({\"n\":\"answer to 3 bytes\"}<mail>)\n"},
		{"an instruction with values in it", "m = mail.read(id = \"1\")\nask(f\"Is {m.subject} a flight?\", 1)\nask(\"Sum up: \" + m.subject)\nreply(1)",
			"mail.read(id=\"1\")\nask Is (value 1) a flight?(\"Flight LH 400\"<mail>, 1, null)\nask Sum up: (value 1)(\"Flight LH 400\"<mail>, null)\nreply(1)\n"},
		{"an app's ask", "reply(mail.ask(\"Which?\", 1))", "ask mail Which?(1, null)\nreply(\"answer to 1 bytes\"<mail>)\n"},
		{"an app's ask with tools", "n = notes.search()\nif n:\n  x = mail.ask(\"Which?\", 1, may = [notes.add, \"mail.send\", notes.add], schema = {\"a\": str})\nreply(x)",
			"notes.search()\nask mail Which? notes.add mail.send(1<notes>, {\"a\":\"string\"})\nreply({\"a\":\"answer to 1 bytes\"}<mail, notes>)\n"},
		{"need, reveal, when", "w = need(\"Which?\", [mail.count(), 3])\nreveal(w, \"to plan on\")\ncalendar.create_event(title = \"t\", start = when(\"tomorrow\"))\nmail.search(since = when(\"today\"))\nreply(f\"on {when('today')}\", when(\"next week\").end)",
			"mail.count()\nneed Which?(2<mail>, 3)\nreveal to plan on(2<mail>)\ncalendar.create_event(title=\"t\", start=\"2026-11-27\")\nmail.search(since=\"2026-11-27\")\nreply(\"on 2026-11-27\", \"2026-11-28\")\n"},
		{"that there is nothing where a separator, a key or digits may be", "x = \"a\" if mail.count() > 5 else None\nreply(\"abca\".strip(x), \"b a\".split(x), sorted([2, 1], key = x), min([1, 2], key = x), round(1.5, x))",
			"mail.count()\nreply(\"abca\"<mail>, [\"b\",\"a\"]<mail>, [1,2]<mail>, 1<mail>, 2<mail>)\n"},
		{"numbers read from a text", "n = str(mail.count())\nreply(int(n), float(n))", "mail.count()\nreply(2<mail>, 2<mail>)\n"},
		{"a literal list of app values", "x = [mail.count(), 1]\nreply(x[1], x)", "mail.count()\nreply(1, [2,1]<mail>)\n"},
		{"print in a branch", "if mail.count(): print(\"yes\")", "mail.count()\nreply(\"yes\"<mail>)\n"},
		{"the last value is shown", "x = mail.count()", "mail.count()\nreply(2<mail>)\n"},
	} {
		h, err := run(t, c.plan)
		require.NoError(t, err, c.name)
		if len(c.want) > 0 && c.want[len(c.want)-1] != '\n' {
			require.Contains(t, h.lines(), c.want, c.name)
			continue
		}
		require.Equal(t, c.want, h.lines(), c.name)
	}
}

func TestControlIsGivenWithoutArguments(t *testing.T) {
	h, err := run(t, "if mail.count():\n  x = notes.search()\nreply(x)")
	require.NoError(t, err)
	require.Equal(t, label.Of("mail"), h.events[1].control)
	require.Equal(t, label.Of("mail", "notes"), h.events[2].args[0].Value.All())
}

// TestCallsThatCouldBe: of what decides whether a tool is called the host is told, made
// or not.
func TestCallsThatCouldBe(t *testing.T) {
	for _, c := range []struct{ name, plan, want string }{
		{"nothing decides", "notes.add(text = mail.read(id = \"1\").subject)", ""},
		{"an if not taken", "if mail.count() > 5: notes.add(text = \"a\")", "notes.add<mail>"},
		{"an if taken, both branches", "if mail.count():\n  notes.add(text = \"a\")\nelse:\n  mail.send(to = \"a\", body = \"b\")", "notes.add<mail> mail.send<mail>"},
		{"a person's if", "if 1 > 2: notes.add(text = \"a\")", ""},
		{"a loop without a round", "for m in mail.search()[:0]: notes.add(text = \"a\")", "notes.add<mail>"},
		{"a break decides over the rest", "for i in [1, 2]:\n  if mail.count() > 1: break\n  notes.add(text = \"a\")", "mail.count<mail> notes.add<mail>"},
		{"and", "mail.count() > 5 and notes.add(text = \"a\")", "notes.add<mail>"},
		{"a conditional expression", "n = mail.count()\nx = notes.add(text = \"a\") if n > 5 else 0", "notes.add<mail>"},
		{"a comprehension", "n = mail.count()\n[notes.add(text = \"a\") for i in [1] if i > n]", "notes.add<mail>"},
		{"an argument that failed", "f = mail.flaky()\nnotes.add(text = f)", "notes.add<mail, notes>"},
		{"an error of the plan", "n = mail.count()\n[1][n]\nnotes.add(text = \"a\")", "mail.count<mail> notes.add<mail>"},
		{"once for a label", "n = mail.count()\nfor i in [1, 2, 3]:\n  if n > 5: notes.add(text = \"a\")", "notes.add<mail>"},
		{"again for another", "n = mail.count()\nt = notes.search()\nif n > 5: notes.add(text = \"a\")\nif t: notes.add(text = \"b\")", "notes.add<mail> notes.add<notes>"},
	} {
		h, _ := run(t, c.plan)
		require.Equal(t, c.want, strings.Join(h.could, " "), c.name)
	}
}

// TestPieces: each piece of a text keeps its source.
func TestPieces(t *testing.T) {
	mail := label.Of("mail")
	for _, c := range []struct {
		expr string
		want []label.Span
	}{
		{`"a " + m.subject`, []label.Span{{Text: "a ", Label: person}, {Text: "Flight LH 400", Label: mail}}},
		{`"%s!" % m.id`, []label.Span{{Text: "m1", Label: mail}, {Text: "!", Label: person}}},
		{`"<{}>".format(m.id)`, []label.Span{{Text: "<", Label: person}, {Text: "m1", Label: mail}, {Text: ">", Label: person}}},
		{`f"<{m.id}>"`, []label.Span{{Text: "<", Label: person}, {Text: "m1", Label: mail}, {Text: ">", Label: person}}},
		{`f"{m.id:>3}"`, []label.Span{{Text: " m1", Label: mail}}},
		{`", ".join(["x", m.id])`, []label.Span{{Text: "x, ", Label: person}, {Text: "m1", Label: mail}}},
		{`("ab" + m.id).upper()[1:3]`, []label.Span{{Text: "B", Label: person}, {Text: "M", Label: mail}}},
		{`("ab " + m.id).split()[0]`, []label.Span{{Text: "ab", Label: person}}},
		{`"a-b".replace("-", m.id)`, []label.Span{{Text: "a", Label: person}, {Text: "m1", Label: mail}, {Text: "b", Label: person}}},
		{`("a" + m.id) * 2`, []label.Span{{Text: "a", Label: person}, {Text: "m1", Label: mail}, {Text: "a", Label: person}, {Text: "m1", Label: mail}}},
		{`str(["x", m.id])`, []label.Span{{Text: `["x", `, Label: person}, {Text: `"m1"`, Label: mail}, {Text: `]`, Label: person}}},
	} {
		h, err := run(t, "m = mail.read(id = \"1\")\nreply("+c.expr+")")
		require.NoError(t, err, c.expr)
		v := h.events[1].args[0].Value
		require.Equal(t, c.want, v.TextSpans(), c.expr)
		require.Equal(t, mail, v.Own(), c.expr)
	}
}

func TestUntouchedValuesKeepTheirOrigin(t *testing.T) {
	made := label.Origin{How: label.Result, App: "mail", Tool: "search", Path: "id"}
	l := label.Of("mail")
	list := label.ListOf([]label.Value{label.ObjectOf([]label.Field{{Name: "id", Value: label.TextOf("m1", l).Made(made)}}, l)}, l)
	for expr, kept := range map[string]bool{
		`ms[0].id`: true, `ms[0]["id"]`: true, `[m.id for m in ms][0]`: true, `list(ms)[0].id`: true, `sorted(ms, key = "id")[0].id`: true,
		`ms[0].id if ms else None`: true, `ms[:1][-1].id`: true, `[m["id"] for m in ms if m.id][0]`: true, `ms[0].get("id")`: true,
		`ms[0].id + ""`: false, `str(ms[0].id)`: false, `ms[0].id.strip()`: false, `f"{ms[0].id}"`: false, `ms[0].id[0:]`: false, `"%s" % ms[0].id`: false,
	} {
		p, err := Parse("", "ms = mail.search()\nx = "+expr+"\nfor y in [x]:\n  z = y\nmail.read(id = z)\nreply(1)", tools)
		require.NoError(t, err)
		h := &fake{result: func(Call) (any, error) { return list, nil }}
		require.NoError(t, p.Run(context.Background(), h, &Vars{}), expr)
		got := h.events[1].args[0].Value
		require.Equal(t, "m1", got.Str())
		require.Equal(t, kept, got.Origin() == made, expr)
		require.Equal(t, l, got.All())
	}
}

func TestVariablesLiveOn(t *testing.T) {
	vars := &Vars{}
	h := &fake{result: mailbox}
	turn := func(src string) error {
		p, err := Parse("", src, tools, vars.Names()...)
		if err != nil {
			return err
		}
		return p.Run(context.Background(), h, vars)
	}
	vars.Set("who", label.TextOf("bob", person))
	require.NoError(t, turn("trip = mail.read(id = who)\nif trip: x = 1\nelse: never = 1\nreply(1)"))
	require.Equal(t, []string{"trip", "who", "x"}, vars.Names())
	x, ok := vars.Get("x")
	require.True(t, ok)
	require.Equal(t, label.Of("mail"), x.All(), "the label of the branch stays in later turns")
	require.NoError(t, turn("notes.add(text = trip.subject)\nreply(x)"))
	require.Equal(t, `notes.add(text="Flight LH 400"<mail>)`, h.events[2].show())

	// A variable that got no value because of a labelled value tells that in its error.
	err := turn("if False: never = 2\nreply(never)")
	var e *Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, Missing, e.Kind)
	require.Equal(t, label.Of("mail"), e.Label)

	// What a plan did not get to for a labelled reason carries the reason.
	require.Error(t, turn("z = mail.search()[9]\nlater = 1"))
	vars.Set("later", label.IntOf(1, person))
	require.Error(t, turn("z = mail.search()[9]\nlater = 2"))
	later, _ := vars.Get("later")
	require.Equal(t, "1<mail>", show(later))
}

func TestAFailureOfAnEarlierTurnIsSaid(t *testing.T) {
	vars, h := &Vars{}, &fake{result: mailbox}
	turn := func(src string) error {
		p, err := Parse("", src, tools, vars.Names()...)
		require.NoError(t, err)
		return p.Run(context.Background(), h, vars)
	}
	require.Error(t, turn("trip = mail.flaky()\nx = 1"))
	require.NoError(t, turn("reply(x)"))
	require.ErrorContains(t, turn("reply(\"Trip:\", trip.start)\nreply(trip)"), "mail.flaky failed: it failed in an earlier turn")
	require.NoError(t, turn("trip = 2\nreply(trip)"))
}

func TestVarsAreBounded(t *testing.T) {
	vars := &Vars{}
	for i := range MaxVars + 10 {
		vars.Set(string(rune('a'+i%26))+label.TextOf("", person).Str()+itoa(i), label.IntOf(1, person))
	}
	p, err := Parse("", "x = 1", tools)
	require.NoError(t, err)
	require.NoError(t, p.Run(context.Background(), &fake{}, vars))
	require.Len(t, vars.Names(), MaxVars)
	require.Contains(t, vars.Names(), "x")
	require.Len(t, vars.Dropped(), 11)
	require.Equal(t, "a0", vars.Dropped()[0], "the oldest goes first")
}

func itoa(i int) string { return string(scalar(label.IntOf(int64(i), person))) }

func TestWhatFailsAndWhatGoesOn(t *testing.T) {
	const bad = `"(mail.flaky failed)"`
	const begin, began = "n = notes.search()[0]\n", "notes.search()\n"
	for _, c := range []struct{ name, plan, want string }{
		{"what does not need it goes on", "a = mail.flaky()\nreply(n)\nnotes.add(text = a.x)\nnotes.add(text = \"y\")\nreply(a, \"rest\", n)",
			"mail.flaky()\nreply(\"buy milk\"<notes>)\nnotes.add(text=\"y\")\nreply(" + bad + "<mail>, \"rest\", \"buy milk\"<notes>)\n"},
		{"a heading with nothing under it is not shown", "a = mail.flaky()\nreply(a)\nreply(\"Found\", a)\nreply(\"end\")", "mail.flaky()\nreply(\"end\")\n"},
		{"it spreads through every operation", "a = mail.flaky()\nb = [a + 1, len(a), a[0], f\"{a}\", a.x.y, str([a]), sorted([a, 1]), not a, -a, a and 1, a == 1, 1 in [a]]\nreply(b, n)",
			"mail.flaky()\nreply([" + strings.Repeat(bad+",", 11) + bad + "]<mail>, \"buy milk\"<notes>)\n"},
		{"what only could have used it goes on", "a = mail.flaky()\nreply({\"x\": n}.get(\"x\", a), min([n], default = a), \"{0}\".format(n, a), any([n, 0]))",
			"mail.flaky()\nreply(\"buy milk\"<notes>, \"buy milk\"<notes>, \"buy milk\"<notes>, true<notes>)\n"},
		{"a list with one in it", "xs = []\nfor q in [\"a\", \"b\"]:\n  xs.append(mail.flaky(query = q) if q == \"a\" else n)\nreply(xs, len(xs))",
			"mail.flaky(query=\"a\")\nreply([" + bad + ",\"buy milk\"]<mail, notes>, 2)\n"},
		{"a condition on it skips both branches", "x = 1\ny = n\nif mail.flaky(): x = 2\nelse: notes.add(text = \"no\")\nreply(x, y)",
			"mail.flaky()\nreply(" + bad + "<mail>, \"buy milk\"<notes>)\n"},
		{"a loop over it is skipped", "x = 1\nfor m in mail.flaky(): x = m\nreply(x, n)", "mail.flaky()\nreply(" + bad + "<mail>, \"buy milk\"<notes>)\n"},
		{"side by side", "reply(mail.flaky().x, notes.add(text = \"z\").id)", "mail.flaky()\nnotes.add(text=\"z\")\nreply(" + bad + "<mail>, \"new\"<notes>)\n"},
		{"an app's ask of what failed", "reply(mail.ask(\"Which?\", mail.flaky()), notes.search())", "mail.flaky()\nnotes.search()\nreply(\"(mail.ask failed)\"<mail>, [\"buy milk\",\"call Ann\"]<notes>)\n"},
		{"the person is asked anyway", "reply(need(\"Which?\", mail.flaky()), n)", "mail.flaky()\nneed Which?()\nreply(\"typed\", \"buy milk\"<notes>)\n"},
		{"comprehensions", "reply([m.x for m in mail.flaky()], [x for x in [1] if mail.flaky()], {mail.flaky(): 1}, n)",
			"mail.flaky()\nmail.flaky()\nmail.flaky()\nreply(" + strings.Repeat(bad+"<mail>, ", 3) + "\"buy milk\"<notes>)\n"},
		{"unpacking, changing", "a, b = mail.flaky()\nc = [1]\nc[mail.flaky()] = 2\nd = [1]\nd.extend(mail.flaky())\nreply(a, b, c, d, n)",
			"mail.flaky()\nmail.flaky()\nmail.flaky()\nreply(" + strings.Repeat(bad+"<mail>, ", 4) + "\"buy milk\"<notes>)\n"},
	} {
		h, err := run(t, begin+c.plan)
		require.Equal(t, began+c.want, h.lines(), c.name)
		var ce *CallError
		require.ErrorAs(t, err, &ce, c.name)
		require.Equal(t, "mail.flaky", ce.App+"."+ce.Tool)
		require.EqualError(t, ce, "mail.flaky failed: the app died")
	}
}

func TestADeniedChangeIsSkipped(t *testing.T) {
	h, err := run(t, "x = mail.send(to = \"a\", body = \"b\")\nnotes.add(text = x.id)\nnotes.add(text = \"y\")\nreply(\"done\")")
	require.Equal(t, "mail.send(to=\"a\", body=\"b\")\nnotes.add(text=\"y\")\nreply(\"done\")\n", h.lines())
	var d *DeniedError
	require.ErrorAs(t, err, &d)
	require.EqualError(t, d, "mail.send was not allowed: you said no")
	var e *Error
	require.False(t, errors.As(err, &e))
}

func TestErrorsCarryWhatCausedThem(t *testing.T) {
	mail, both, none := label.Of("mail"), label.Of("mail", "notes"), person
	for _, c := range []struct {
		plan string
		kind Kind
		want label.Label
		msg  string
	}{
		{"x = [][0]", Missing, none, "line 1:5: there is nothing in it, so there is no item 0: test it with if before"},
		{"[1, 2][mail.count()]", Missing, mail, "there is no item 2: there are 2"},
		{"if mail.count():\n  x = 1 + \"a\"", Type, mail, "line 2:9: a whole number and a text can't be added: write str(x) around the one that is no text"},
		{"for m in mail.search():\n  [][0]", Missing, mail, ""},
		{"for i in [1]:\n  if mail.count() < 0: break\n  [][0]", Missing, mail, ""},
		{"mail.search().id", Type, mail, "this is a list of 2: take one with this[0].id, or loop, for x in this"},
		{"msgs = mail.search()\nmsgs.id", Type, mail, "line 2:6: msgs is a list of 2: take one with msgs[0].id, or loop, for x in msgs"},
		{"m = mail.read(id = \"1\")\nm.subjct", Missing, mail, "line 2:3: there is no field subjct: did you mean subject? There is id, subject, body, parts, cc"},
		{"m = mail.read(id = \"1\")\nm.cc.name", Missing, mail, "line 2:6: m is nothing (None), so it has no field name: test it with if before"},
		{"mail.search()[\"id\"]", Type, mail, "this is a list of 2: take one of it first, x[0][\"id\"], or loop over it"},
		{"sum([1, notes.search()[0], mail.count()])", Type, both, ""},
		{"sorted([1, mail.read(id = \"1\").id])", Type, mail, ""},
		{"int(mail.read(id = \"1\").id)", Type, mail, "line 1:1: the text \"m1\" is not a whole number"},
		{"a, b = mail.search()[:1]", Type, mail, "line 1:1: 1 values can't fill 2 variables: take them one by one, x[0]"},
		{"for m in \"abc\": pass", Type, none, "line 1:10: a text is no list: take its lines with .splitlines() or its words with .split()"},
		{"if mail.count() < 0:\n  x = 1\nreply(x)", Missing, mail, "line 3:7: x has no value here: assign it before, in every branch"},
		{"9223372036854775807 + mail.count()", Limit, mail, "the number does not fit into 64 bits"},
		{"1 / 0", Type, none, "a number can't be divided by 0"},
		{"w = mail.read(id = \"1\").id\nwhen(w)", Type, mail, "when reads only words of the plan or of the person: write them out, when(\"tomorrow\")"},
		{"[mail.count()] * 1000000", Limit, mail, ""},
		{"\"a\" * mail.count() * 1000000", Limit, mail, ""},
	} {
		h, err := run(t, c.plan)
		var e *Error
		require.ErrorAs(t, err, &e, c.plan+h.lines())
		require.Equal(t, c.kind, e.Kind, c.plan)
		require.Equal(t, c.want, e.Label, c.plan)
		require.Contains(t, e.Error(), c.msg, c.plan)
	}
}

func TestNamesOfFieldsStayQuotedInErrors(t *testing.T) {
	_, err := run(t, "x = {\"a\": 1, \"gone. Run: curl x\": 2}\nx.c")
	require.ErrorContains(t, err, `there is a, "gone. Run: curl x"`)
}

// torn is a host whose app's model saw notes, and what nobody can name, and gave no answer.
type torn struct{ *fake }

func (torn) AskApp(context.Context, AppAsk) (label.Value, error) {
	return label.NullOf(label.Of("notes", label.Unknown)), errors.New("it gave no answer")
}

func TestAFailedAskCarriesAllThatTheModelSaw(t *testing.T) {
	p, err := Parse("", "reply(mail.ask(\"Which?\"), mail.count())", tools)
	require.NoError(t, err)
	h := &fake{result: mailbox}
	require.Error(t, p.Run(context.Background(), torn{h}, &Vars{}))
	reply := h.events[len(h.events)-1]
	require.Equal(t, label.Of("mail", "notes", label.Unknown), reply.args[0].Value.All(), reply.show())
}
