package plan

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestRefused: what is wrong before anything runs, and what the error says to write.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		plan string
		kind Kind
		want string
	}{
		{"mail.serch(query = \"x\")", Name, "line 1:6: mail has no tool serch; it has search, read, count, send, flaky: did you mean mail.search?"},
		{"mial.search()", Name, "line 1:1: there is no app or variable mial: did you mean mail?"},
		{"search(\"x\")", Name, "there is no function search: write the app too, as in mail.search or notes.search"},
		{"mail_serch(\"x\")", Name, "there is no function mail_serch: call a tool of an app"},
		{"mail.burn(query = \"x\")", Name, "line 1:6: mail has no tool burn; it has search, read, count, send, flaky"},
		{"x = datetime.now()", Name, "line 1:5: there is no datetime in a plan: write when(\"…\") with the words of the request"},
		{"import datetime\nx = datetime.datetime.now() + timedelta(days=7)", Name, "line 2:5: there is no datetime in a plan"},
		{"x = when(\"today\").start + timedelta(days = 1)", Name, "there is no timedelta in a plan: write when"},
		{"x = when(\"today\").weekday()", Name, "there is no weekday in a plan"},
		{"x = json.dumps([1])", Name, "there is no json in a plan: results are values already"},
		{"exit()", Name, "there is no exit in a plan"},
		{"x = map(mail.read, [1])", Syntax, "write [x.name for x in xs]"},
		{"x = map(str)", Name, "map takes a function and a list: write [x.name for x in xs]"},
		{"x = y = 1", Syntax, "one name is filled at a time: write y = 3, then x = y"},
		{"x = \"it's\nreply(x)", Syntax, "the text that begins here has no closing quote"},
		{"x = mail.search(query = \"x\"\nreply(x)", Syntax, "a bracket or a comma is missing before this"},
		{"x = [*[1]]", Syntax, "* can't unpack here"},
		{"lenght(\"x\")", Name, "there is no function lenght: did you mean len?"},
		{"x = 1\nreply(y)", Name, "line 2:7: there is no variable y: there is x"},
		{"reply(mail)", Name, "mail is an app: call one of its tools, as in mail.search(…)"},
		{"reply(mail.search)", Name, "mail.search is not a value: call it, mail.search(…)"},
		{"mail()", Name, "mail is an app"},
		{"x = len", Name, "len is a function: call it, len(…)"},
		{"x = 1\nx()", Name, "x is a value and can't be called: use it as it is"},
		{"[1](2)", Syntax, "this is a value and can't be called"},
		{"mail.search(folder = \"x\")", Name, "line 1:22: mail.search has no argument folder: there is query, sender, unread, since, limit, from"},
		{"mail.search(query = \"x\", query = \"y\")", Name, "query is given twice: give it once, a list if it takes several"},
		{"mail.search(\"x\", query = \"y\")", Name, "query is given twice, once without its name: give it once"},
		{"mail.read()", Name, "mail.read needs id: write mail.read(id = …)"},
		{"mail.read(\"a\", \"b\")", Name, "mail.read takes 1 arguments: id"},
		{"mail.read(id = None)", Name, "line 1:16: mail.read needs id, and None is nothing: write mail.read(id = …)"},
		{"mail.search(limit = \"three\")", Type, "limit of mail.search takes a whole number, not a text: write a number without quotes"},
		{"mail.search(limit = 3.5)", Type, "limit of mail.search takes a whole number, not a number"},
		{"mail.search(unread = \"maybe\")", Type, "write True or False"},
		{"mail.read([\"a\", \"b\"])", Type, "id of mail.read takes a text, not a list: write one text, or a line for each"},
		{"mail.read({\"a\": 1})", Type, "id of mail.read takes a text, not an object: write it in quotes"},
		{"mail.send(to = \"a\", body = \"b\", attachments = {})", Type, "attachments of mail.send takes a list, not an object"},
		{"mail.search(*[1])", Syntax, "* can't hand over arguments: write each one out"},
		{"mail.search(query = \"a\", \"b\")", Syntax, "a plain argument stands after a named one: write its name too"},
		{"def f():\n  return 1", Syntax, "a plan has no functions of its own: write the steps one after the other, without def"},
		{"while True:\n  pass", Syntax, "there is no while: loop over a list, for x in xs, or over range(n)"},
		{"load(\"a\", \"b\")", Syntax, "there is no load"},
		{"if 1: return 1", Syntax, "there is no return: show a result with reply(x)"},
		{"x = lambda y: y", Syntax, "a lambda can only be a key of sorted, min or max, or stand in map or filter: write a for loop, or [x.name for x in xs]"},
		{"sorted([1], key = lambda x, y: x)", Syntax, "a key takes one value: write key = lambda x: x.name"},
		{"y = []\nsorted([1], key = lambda x: y.append(x))", Syntax, "a key only reads its value"},
		{"class A:\n  pass", Syntax, "class is not part of the plan language"},
		{"with open(\"x\") as f:\n  pass", Name, "there is no open in a plan: call a tool of an app"},
		{"with lock() as f:\n  pass", Syntax, "with is not part of the plan language: write its lines without it"},
		{"raise ValueError()", Syntax, "raise is not part of the plan language"},
		{"break", Syntax, "break stands outside a loop: leave it out"},
		{"x = 1 < 2 < 3", Syntax, "comparisons can't be chained: write a < b and b < c"},
		{"x = 1 if 2", Syntax, "a conditional needs both values: write a if condition else b"},
		{"x = {1, 2}", Syntax, "a list stands in [a, b]"},
		{"x = 2 & 3", Syntax, "& is not part of the plan language"},
		{"x = 1\nx ^= 3", Syntax, "^= is not part of the plan language"},
		{"x = ~1", Syntax, "~ is not part of the plan language"},
		{"x = b\"a\"", Syntax, "there are no bytes"},
		{"x = (1\nreply(x)", Syntax, "a bracket or a comma is missing before this"},
		{"  x = 1", Syntax, "this is not the plan language"},
		{"x = 99999999999999999999", Limit, "the number 99999999999999999999… is too large: whole numbers have 64 bits"},
		{"1 = 2", Syntax, "this can't be assigned to: write a variable's name before the ="},
		{"mail.search().x = 2", Syntax, "only a variable can be assigned to"},
		{"a, b += 1", Syntax, "this fills one variable at a time"},
		{"[1].append(2)", Syntax, "append changes a variable: put the value into one first, x = …, then x.append(…)"},
		{"x = [1]\nx.push(2)", Name, "no value has a method push"},
		{"x = [1]\nx.apend(2)", Name, "no value has a method apend: did you mean append?"},
		{"len()", Name, "len takes 1 arguments: write len(x)"},
		{"sorted([1], by = \"x\")", Name, "sorted has no argument by"},
		{"[x for x[0] in [1]]", Name, ""},
		{"ask(mail.read(id = \"1\").body)", Syntax, "the instruction of ask must be a plain text in quotes, never a value"},
		{"x = \"a\"\nask(x)", Syntax, "the instruction of ask must be a plain text in quotes, never a value"},
		{"ask(\"a\", may = [1])", Name, "ask without an app calls no tools: write app.ask"},
		{"mail.ask(\"a\", may = mail.search)", Syntax, "may is a list of tools, written out"},
		{"mail.ask(\"a\", may = [1])", Syntax, "may is a list of tools, written out"},
		{"x = \"mail.search\"\nmail.ask(\"a\", may = [x])", Syntax, "may is a list of tools, written out"},
		{"mail.ask(\"a\", may = [mail.search(query = \"a\")])", Syntax, "may is a list of tools, written out"},
		{"mail.ask(\"a\", may = [mail.serch])", Name, "mail has no tool serch; it has search"},
		{"mail.ask(\"a\", may = [\"mall.search\"])", Name, "there is no app mall: did you mean mail?"},
		{"mail.ask(\"a\", may = [mail.ask])", Name, "mail has no tool ask"},
		{"mail.ask(\"a\", may = [" + strings.Repeat("mail.search, ", 17) + "])", Limit, "may names 16 tools at most"},
		{"mail.ask(\"a\", tools = [])", Name, "ask has no argument tools"},
		{"x = \"string\"\nask(\"a\", schema = {\"n\": x})", Syntax, "a schema is written out"},
		{"x = 1\nneed(x)", Syntax, "the question of need must be a plain text in quotes, never a value: it is said in our voice"},
		{"x = 1\nreveal(x, x)", Syntax, "why of reveal must be a plain text in quotes"},
		{"reveal(1)", Name, "reveal takes a value and why"},
		{"when(\"a\" + str(1))", Syntax, "the date of when must be a plain text in quotes"},
		{"x = __f(\"a\")", Name, "names that begin with two underscores are reserved"},
		{"x = f\"{1\"", Syntax, "has no closing }"},
		{"x = f\"{}\"", Syntax, "line 1:8: empty braces in an f-string: write a value into them, or {{}}"},
		{"y = 1\nx = f\"a}\"", Syntax, "line 2:8: a single } in an f-string: write }}"},
		{"x = f\"a{mial.x()}\"", Name, "line 1:9: there is no app or variable mial: did you mean mail?"},
		{"x = 1\x00", Syntax, "line 1:6: this is not text in UTF-8"},
		{"x = \"\xff\"", Syntax, "this is not text in UTF-8"},
		{strings.Repeat("x", MaxSource+1), Limit, "the plan has more than 16384 bytes: split it"},
		{strings.Repeat("a = 1\n", 10<<20/6), Limit, "more than 16384 bytes"},
		{"x = y" + strings.Repeat(".a", 8000), Limit, "more than 200 deep"},
		{"x = " + strings.Repeat("(", 8000), Limit, "deep in each other"},
		{"x = " + strings.Repeat("[", 300) + strings.Repeat("]", 300), Limit, "more than 200 deep"},
		{"x = " + strings.Repeat("not ", 2000) + "1", Limit, "deep"},
		{"x = " + strings.Repeat("-", 2000) + "1", Limit, "deep"},
		{"x = [" + strings.Repeat("1,", 8000) + "]\n", Limit, ""},
		{nestedF(9), Limit, "f-strings stand more than 8 deep in each other"},
	} {
		_, err := Parse("", c.plan, tools)
		if c.want == "" && err == nil {
			continue
		}
		var e *Error
		require.ErrorAs(t, err, &e, "%.80s", c.plan)
		require.Contains(t, e.Error(), c.want, "%.80s", c.plan)
		require.Equal(t, c.kind, e.Kind, "%.80s", c.plan)
		require.True(t, e.Label.Empty())
	}
}

func nestedF(n int) string {
	s := "1"
	for range n {
		s = `f"{` + s + `}"`
	}
	return "x = " + s
}

// TestLimits: whatever a plan does, it ends soon, at a named limit.
func TestLimits(t *testing.T) {
	for _, c := range []struct{ plan, want string }{
		{"for i in range(100000):\n  for j in range(100000): pass", "the plan did not end within 100000 steps: loop over less"},
		{"x = [y for y in range(100000) if y * 2 > 3]", "steps"},
		{"x = range(1000000000)", "a range has 100000 numbers at most"},
		{"x = [0] * 1000000000", "a list has 100000 items at most"},
		{"x = \"a\" * 1000000000", "a text has 1024 KB at most"},
		{"x = \"ab\" * 600000", "a text has 1024 KB at most"},
		{"x = 3\nfor i in range(26): x = x * x", "the number does not fit into 64 bits"},
		{"x = -9223372036854775807\nx = x - 2", "64 bits"},
		{"x = [1]\nfor i in range(60): x = [x, x]", "the value is too large"},
		{"x = 1\nfor i in range(100): x = [x]", "the value is too large"},
		{"x = []\nfor i in range(100): x.append(x)", "the value is too large"},
		{"x = []\nfor i in range(100): x.append(\"a\" * 1000000)", "the value is too large"},
		{"x = {}\nfor i in range(500): x[str(i)] = [0] * 1000", ""},
		{"xs = [[0] * 100000, [0] * 100000, [0] * 100000]", "the value is too large"},
		{"s = \"x\"\nfor i in range(30): s = s + s", "a text has"},
		{"s = \"x\" * 1000000\nt = s.replace(\"x\", \"yyyyyyyyyy\")", "a text has"},
		{"s = \",\" * 1000000\nt = s.split(\",\")", "a list has 100000 items at most"},
		{"s = \"%1001d\" % 3", "is not a format"},
		{"s = \"{:999999999}\".format(3)", "is not known"},
		{"s = \"x\" * 100000\nt = \", \".join([s] * 100)", "a text has"},
		{"t = str([\"x\" * 100000] * 100)", "a text has"},
		{"for i in range(300): notes.search()", "the plan made 200 calls, which is as many as it may: ask for less at once"},
		{"for i in range(2000): reply(i)", "the plan replied 1000 times"},
		{"x = sorted([[\"a\" * 1000000] * 10] * 100000)", "too large"},
		{"x = [i for i in range(100000)]", "steps"},
		{"xs = list(range(100000))\nfor i in range(1000): ys = sorted(xs, reverse = True)", "steps"},
		{"xs = list(range(100000))\nfor i in range(1000): ys = xs == xs", "steps"},
		{"a = \"a\" * 1000000\nfor i in range(90000): b = a == a + \"\"", "steps"},
		{"t = \"a\" * 1000000\n" + strings.Repeat("for i in range(10000): x = t.count(\"b\")\n", 1), "steps"},
		{many("v", 300, "\"b\" * 1000000"), "the plan's variables hold more than 192 MB: keep less in them"},
	} {
		start := time.Now()
		p, err := Parse("", c.plan, tools)
		require.NoError(t, err, "%.80s", c.plan)
		err = p.Run(context.Background(), &fake{result: mailbox}, &Vars{})
		require.Less(t, time.Since(start), 20*time.Second, "%.80s", c.plan)
		var e *Error
		require.ErrorAs(t, err, &e, "%.80s", c.plan)
		require.Equal(t, c.want != "is not a format" && c.want != "is not known", e.Kind == Limit, "%.80s: %s", c.plan, e)
		require.Contains(t, e.Error(), c.want, "%.80s", c.plan)
	}
}

// many assigns expr to n variables, each value a copy.
func many(name string, n int, expr string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(name + itoa(i) + " = " + expr + "\n")
	}
	return b.String()
}

func TestAnHonestLoopFits(t *testing.T) {
	for _, src := range []string{
		"xs = []\nfor i in range(8000): xs.append(i)\nreply(len(xs))",
		"s = \"\"\nfor i in range(3000): s += \"a line of a hundred bytes or so, which is what a plan may well put together, one by one, here.\\n\"\nreply(len(s))",
		"d = {}\nfor i in range(1000): d[str(i)] = i\nreply(len(d))",
	} {
		_, err := run(t, src)
		require.NoError(t, err, src)
	}
}

func TestALimitCarriesAllThatWasRead(t *testing.T) {
	_, err := run(t, "n = mail.count()\nfor i in range(n): pass\nfor i in range(100000): x = 1")
	var e *Error
	require.ErrorAs(t, err, &e)
	require.True(t, e.Label.Has("mail"), "how many steps were left depends on the loop before")
}
