package plan

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// run parses and runs a plan against the sample apps.
func run(t *testing.T, src string) (*fake, error) {
	t.Helper()
	p, err := Parse("", src, tools)
	require.NoError(t, err)
	h := &fake{result: mailbox, picks: true}
	return h, p.Run(context.Background(), h, &Vars{})
}

// shows checks what a plan shows: the JSON of the one value replied, with its label.
func shows(t *testing.T, expr, want string) {
	t.Helper()
	h, err := run(t, expr)
	require.NoError(t, err, expr)
	require.Equal(t, "reply("+want+")", h.events[len(h.events)-1].show(), expr)
}

func TestValues(t *testing.T) {
	for _, c := range []struct{ plan, want string }{
		// literals and arithmetic
		{`1 + 2 * 3`, `7`}, {`7 // 2`, `3`}, {`-7 // 2`, `-4`}, {`-7 % 3`, `2`}, {`7 / 2`, `3.5`}, {`2.5 * 2`, `5`},
		{`-(3)`, `-3`}, {`+4`, `4`}, {`7.5 // 2`, `3`}, {`1.5 + 1`, `2.5`}, {`0x10`, `16`}, {`1e3`, `1000`},
		{`True`, `true`}, {`not 1`, `false`}, {`[None, true, false, null]`, `[null,true,false,null]`},
		{`"a" + 'b'`, `"ab"`}, {`"ab" * 3`, `"ababab"`}, {`2 * [0]`, `[0,0]`}, {`[1] + [2]`, `[1,2]`},
		{`{"a": 1} | {"a": 2, "b": 3}`, `{"a":2,"b":3}`}, {`(1, 2)`, `[1,2]`},
		// comparison
		{`1 < 2`, `true`}, {`"a" < "b"`, `true`}, {`1 == 1.0`, `true`}, {`[1, [2]] == [1, [2]]`, `true`},
		{`{"a": 1} != {"a": 2}`, `true`}, {`2 in [1, 2]`, `true`}, {`"x" not in "abc"`, `true`}, {`"a" in {"a": 1}`, `true`},
		{`None == None`, `true`}, {`1 == "1"`, `false`}, {`[1, 2] < [1, 3]`, `true`}, {`2 >= 2.0`, `true`},
		// logic
		{`0 or "x"`, `"x"`}, {`1 and 2`, `2`}, {`"" and 2`, `""`}, {`1 if [] else 2`, `2`},
		// indexing
		{`[1, 2, 3][-1]`, `3`}, {`"héllo"[1]`, `"é"`}, {`"héllo"[1:3]`, `"él"`}, {`[1, 2, 3, 4][::-2]`, `[4,2]`},
		{`[1, 2, 3][5:]`, `[]`}, {`"abc"[::-1]`, `"cba"`}, {`{"a": 5}["a"]`, `5`}, {`{"a": 5}.a`, `5`},
		// functions
		{`len("héy")`, `3`}, {`sum([1, 2.5])`, `3.5`}, {`sum([1], 5)`, `6`}, {`min([3, 1, 2])`, `1`}, {`max(3, 1)`, `3`},
		{`max([], default = 0)`, `0`}, {`sorted(["b", "a"])`, `["a","b"]`}, {`sorted([1, 3, 2], reverse = True)`, `[3,2,1]`},
		{`sorted([{"n": 2}, {"n": 1}], key = lambda x: x.n)`, `[{"n":1},{"n":2}]`}, {`sorted([{"n": 2}, {"n": 1}], key = "n")`, `[{"n":1},{"n":2}]`},
		{`min([{"n": 2}, {"n": 1}], key = lambda x: x["n"])`, `{"n":1}`},
		{`sorted([1, 2], key = lambda x: -x)`, `[2,1]`}, {`list(reversed([1, 2]))`, `[2,1]`},
		{`list(range(3))`, `[0,1,2]`}, {`list(range(5, 1, -2))`, `[5,3]`}, {`list(enumerate(["a"], 1))`, `[[1,"a"]]`},
		{`list(zip([1, 2], ["a", "b"]))`, `[[1,"a"],[2,"b"]]`}, {`any([0, 1])`, `true`}, {`all([0, 1])`, `false`},
		{`any(x > 1 for x in [1, 2])`, `true`}, {`int("12") + int(3.9) + int(True)`, `16`}, {`float("1.5")`, `1.5`},
		{`bool([])`, `false`}, {`dict([["a", 1]])`, `{"a":1}`}, {`dict({"a": 1})`, `{"a":1}`}, {`round(2.5)`, `2`},
		{`round(2.345, 1)`, `2.3`}, {`abs(-3)`, `3`}, {`abs(-1.5)`, `1.5`}, {`str([1, "a", None, True, 1.0, {"k": "v"}])`, `"[1, \"a\", None, True, 1.0, {\"k\": \"v\"}]"`},
		{`repr("a")`, `"\"a\""`}, {`tuple([1])`, `[1]`}, {`list({"a": 1})`, `["a"]`},
		// methods of texts
		{`"aB".lower() + "aB".upper()`, `"abAB"`}, {`" a ".strip()`, `"a"`}, {`"xxaxx".strip("x")`, `"a"`}, {`" a ".lstrip()`, `"a "`},
		{`" a ".rstrip()`, `" a"`}, {`"a,b".split(",")`, `["a","b"]`}, {`" a  b ".split()`, `["a","b"]`}, {`"a b c".split(" ", 1)`, `["a","b c"]`},
		{`"a b  c ".split(maxsplit = 1)`, `["a","b  c"]`},
		{`", ".join(["a", "b"])`, `"a, b"`}, {`"aXbX".replace("X", "-")`, `"a-b-"`}, {`"aXbX".replace("X", "-", 1)`, `"a-bX"`},
		{`"abc".startswith("ab")`, `true`}, {`"abc".endswith(("x", "c"))`, `true`}, {`"héy".find("y")`, `2`}, {`"abc".find("x")`, `-1`},
		{`"abc".index("c")`, `2`}, {`["a", "b"].index("b")`, `1`}, {`"hello world".title()`, `"Hello World"`}, {`"hELLO".capitalize()`, `"Hello"`},
		{`"a\nb\r\nc".splitlines()`, `["a","b","c"]`}, {`"banana".count("an")`, `2`}, {`[1, 1, 2].count(1)`, `2`}, {`"12".isdigit()`, `true`},
		{`"a:b:c".partition(":")`, `["a",":","b:c"]`}, {`"Re: x".removeprefix("Re: ")`, `"x"`}, {`"x.".removesuffix(".")`, `"x"`},
		// methods of lists and objects
		{"x = [1]\nx.append(2)\nx.extend([3])\nx.insert(0, 0)\nx", `[0,1,2,3]`}, {"x = [1, 2]\n[x.pop(), x]", `[2,[1]]`},
		{"x = [1, 2, 1]\nx.remove(1)\nx", `[2,1]`}, {"x = [2, 1]\nx.sort()\nx", `[1,2]`}, {"x = [1, 2]\nx.reverse()\nx", `[2,1]`},
		{"d = {}\nd[\"a\"] = 1\nd.update({\"b\": 2})\nd", `{"a":1,"b":2}`}, {"d = {\"a\": 1}\n[d.pop(\"a\"), d.pop(\"a\", 9), d]", `[1,9,{}]`},
		{`{"a": 1}.get("b", 2)`, `2`}, {`{"a": 1}.get("b") == None`, `true`}, {`{"a": 1}.items()`, `[["a",1]]`}, {`{"a": 1}.values()`, `[1]`},
		{"d = {}\nd.setdefault(\"a\", []).copy()\nd", `{"a":[]}`}, {"d = {\"a\": [1]}\nd[\"a\"].append(2)\nd.a[0] += 5\nd", `{"a":[6,2]}`},
		{"x = [1]\nx.clear()\nx", `[]`},
		// lists are values
		{"x = [1]\ny = x\nx.append(2)\n[x, y]", `[[1,2],[1]]`},
		{"x = []\nx.append(1)\ny = x\nx.append(2)\ny.append(3)\n[x, y]", `[[1,2],[1,3]]`},
		// statements
		{"a, b = 1, [2, 3]\nc, (d, e) = a, b\n[c, d, e]", `[1,2,3]`}, {"x = 1\nx += 2\nx *= 5\nx", `15`},
		{"t = 0\nfor i in range(5):\n    if i == 3: break\n    if i == 1: continue\n    t += i\nt", `2`},
		{"x = 0\nif 0: x = 1\nelif 1: x = 2\nelse: x = 3\nx", `2`}, {"for k, v in {\"a\": 1}.items():\n  x = k\nx", `"a"`},
		{`[x * y for x in [1, 2] for y in [3, 4] if x != y]`, `[3,4,6,8]`}, {`{k: v for k, v in [["a", 1]]}`, `{"a":1}`},
		{"x = 5\ny = [x for x in [1]]\nx", `5`},
	} {
		shows(t, c.plan, c.want)
	}
}

func TestFormatting(t *testing.T) {
	for _, c := range []struct{ plan, want string }{
		{`"%s is %d" % ("a", 3)`, `"a is 3"`}, {`"%s" % [1, 2]`, `"[1, 2]"`}, {`"%.2f%%" % 3.14159`, `"3.14%"`}, {`"%5d|%-4s|" % (42, "a")`, `"   42|a   |"`},
		{`"%05d" % 42`, `"00042"`}, {`"%r" % "a"`, `"\"a\""`}, {`"%(n)s!" % {"n": "x"}`, `"x!"`}, {`"%x" % 255`, `"ff"`},
		{`"{} and {}".format(1, "b")`, `"1 and b"`}, {`"{1}{0}".format(1, 2)`, `"21"`}, {`"{n} {d.a} {l[0]}".format(n = 1, d = {"a": 2}, l = [3])`, `"1 2 3"`},
		{`"{:>5}|{:<3}|{:^5}|{:,}".format("a", "b", "c", 1234567)`, `"    a|b  |  c  |1,234,567"`}, {`"{{}}".format()`, `"{}"`}, {`"{:.1%}".format(0.256)`, `"25.6%"`},
		{`f"a{1 + 1}b"`, `"a2b"`}, {`f"{'x'}{"y"}"`, `"xy"`}, {`f"{{{1}}}"`, `"{1}"`}, {`f"{3.14159:.2f} {5:03d} {'a':>3}"`, `"3.14 005   a"`}, {`f"{'a'!r}"`, `"\"a\""`},
		{"x = 3\nf\"{x=} {x = }\"", `"x=3 x = 3"`}, {`f'{", ".join(str(i) for i in [1, 2])}'`, `"1, 2"`}, {`f"{ {'a': 1}['a'] }"`, `"1"`},
		{"f\"\"\"a\n\"{1}\" b\"\"\"", `"a\n\"1\" b"`}, {`f"{f'{1}'}2"`, `"12"`}, {`rf"\d{1}"`, `"\\d1"`}, {`f"a\n{1}\""`, `"a\n1\""`}, {`f"{1 if 2 != 3 else 4}"`, `"1"`},
		{`f"{-5:+d} {5:+}"`, `"-5 +5"`}, {`f"{2 == 2}"`, `"True"`},
	} {
		shows(t, c.plan, c.want)
	}
}

func TestPythonIsUnderstood(t *testing.T) {
	for _, c := range []struct{ plan, want string }{
		{"```python\n1\n```", `1`}, {"```\n1\n```\nThat is all.", `1`}, {"import json\nfrom datetime import (\n  date)\n1", `1`},
		{"x: str = \"a\"\ny: list[int]\nx", `"a"`}, {`None is None`, `true`}, {`1 is not None`, `true`},
		{"try:\n    x = 1\nexcept Exception as e:\n    print(e)\nelse:\n    x += 1\nfinally:\n    x += 1\nx", `3`},
		{`"a" "b" f"{1}" 'c'`, `"ab1c"`}, {"(\"a\" # first\n  \"b\")", `"ab"`}, {`sum(x for x in [1, 2])`, `3`}, {`list((x for x in [1]))`, `[1]`},
		{"x = ([1, 2]\n  + [3])\nlen(x)", `3`}, {"if True:\n\tx = 1\nx", `1`}, {"x = 1; y = 2\nx", `1`},
	} {
		shows(t, c.plan, c.want)
	}
}
