package plan

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// A generator writes random plans that mean something: it knows the kind of each
// expression, so that most of what it writes runs, and it knows every construct.
type generator struct {
	t      *rapid.T
	lines  []string
	depth  int // of blocks
	loops  int
	locals map[genKind][]string // names of comprehensions and keys
	picks  int
	flaky  bool // calls that can fail may be used
}

// genKind is what the generator knows of a value.
type genKind int

const (
	aNumber genKind = iota
	aText
	aTruth
	numbersK
	textsK
	aMessage
	messagesK
	anObject
)

// vars are set before anything else, by kind.
var genVars = map[genKind][]string{
	aNumber: {"n1", "n2", "n3"}, aText: {"t1", "t2", "t3"}, aTruth: {"b1"}, numbersK: {"ns1", "ns2"},
	textsK: {"ts1", "ts2"}, messagesK: {"ms1"}, aMessage: {"m1"}, anObject: {"o1", "o2"},
}

// pick turns rapid's choice on by a step each time: rapid favours small numbers, and
// plans should not be made of what stands first in a list.
func (g *generator) pick(n int) int {
	g.picks += 7
	return (rapid.IntRange(0, n-1).Draw(g.t, "") + g.picks) % n
}

func (g *generator) one(of ...string) string { return of[g.pick(len(of))] }

func (g *generator) line(format string, args ...any) {
	g.lines = append(g.lines, strings.Repeat("  ", g.depth)+fmt.Sprintf(format, args...))
}

// secrets are variables that hold what mail says, and are never assigned again. Plans
// are dense with them: a label that gets lost shows sooner.
var secrets = map[genKind]string{aNumber: "s1", aTruth: "s2", aText: "s3", numbersK: "s4", textsK: "s5", messagesK: "s6", aMessage: "s7"}

func (g *generator) variable(k genKind) string {
	if s := secrets[k]; s != "" && g.pick(4) == 0 {
		return s
	}
	if l := g.locals[k]; len(l) > 0 && g.pick(2) == 0 {
		return l[g.pick(len(l))]
	}
	return g.one(genVars[k]...)
}

// with evaluates f while a local name stands for a value of kind k.
func (g *generator) with(k genKind, f func(name string) string) string {
	name := fmt.Sprintf("v%d", len(g.locals[k])*10+int(k))
	g.locals[k] = append(g.locals[k], name)
	s := f(name)
	g.locals[k] = g.locals[k][:len(g.locals[k])-1]
	return s
}

// prelude gives every variable a value.
func (g *generator) prelude() {
	for _, l := range []string{
		`n1, n2, n3 = 0, 1, 2`, `t1, t2, t3 = "a", "b", "cd"`, `b1 = True`, `ns1, ns2 = [], [2, 1]`,
		`ts1 = ["x", "a"]`, `ts2 = []`, `ms1 = []`, `m1 = {"id": "i", "n": 1, "subject": "s", "ok": False, "tags": ["a"]}`,
		`o1 = {}`, `o2 = {"a": 1}`, `s1, s2, s3, s4 = mail.count(), mail.unread(), mail.subject(id = "a"), mail.sizes()`,
		`s6, s7 = mail.search(query = "", limit = 1), mail.read(id = "a")`, `s5 = s7.tags`,
	} {
		g.line("%s", l)
	}
}

// unfit tells what the generator can't help to write now and then: a key with pop in
// it, a list written out for a text.
func unfit(err error) bool {
	e := planError(err)
	return e != nil && (e.Kind == Type || strings.Contains(e.Msg, "a key only reads"))
}

// fill writes a template: each <n>, <t>, … becomes an expression of that kind.
func (g *generator) fill(template string, d int) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(template, "<")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		code, after, _ := strings.Cut(rest, ">")
		if k := strings.Index(kindCodes, code); len(code) == 1 && k >= 0 {
			b.WriteString(g.expr(genKind(k), d))
		} else if code == "?" {
			b.WriteString(g.expr(genKind(g.pick(len(kindCodes))), d))
		} else { // < of the plan itself
			b.WriteString("<")
			after = rest
		}
		template = after
	}
}

// kindCodes are the kinds in templates, in the order of the constants.
const kindCodes = "ntbNTmMo"

// each fills a template in which name stands for the items of a list of kind of.
func (g *generator) each(k genKind, template string, d int) string {
	for i := range len(kindCodes) { // the list itself can't use the name
		if list := "<~" + kindCodes[i:i+1] + ">"; strings.Contains(template, list) {
			template = strings.ReplaceAll(template, list, g.expr(genKind(i), d))
		}
	}
	return g.with(k, func(name string) string { return g.fill(strings.ReplaceAll(template, "@", name), d) })
}

func (g *generator) expr(k genKind, d int) string {
	if d <= 0 || g.pick(6) == 0 {
		if g.pick(3) > 0 {
			return g.variable(k)
		}
		return g.one(literals[k]...)
	}
	self := "<" + kindCodes[k:k+1] + ">"
	t := g.one(templates[k]...)
	if c := g.pick(14); c < len(anyKind) {
		t = strings.ReplaceAll(anyKind[c], "SELF", self)
	}
	for item, name := range map[genKind]string{aNumber: "FORN ", aText: "FORT ", aMessage: "FORM "} {
		if rest, ok := strings.CutPrefix(t, name); ok {
			return g.each(item, rest, d-1)
		}
	}
	return g.fill(t, d-1)
}

// anyKind are constructs that give whatever is put into them.
var anyKind = []string{
	"(SELF if <b> else SELF)", "(SELF and SELF)", "(SELF or SELF)", "[SELF, SELF][<n> % 2]", "[SELF, SELF][-1]",
	`{"p": SELF, <t>: SELF}["p"]`, "max([SELF for _ in <N>] + [SELF], key = lambda x: <n>)",
}

var literals = map[genKind][]string{
	aNumber: {"0", "1", "2", "3", "-1"}, aText: {`"a"`, `"b"`, `"x y"`, `""`}, aTruth: {"True", "False", "None"},
	numbersK: {"[]", "[1]", "[3, 1, 2]", "list(range(2))"}, textsK: {"[]", `["a"]`, `["b", "a"]`},
	messagesK: {"[]", "[m1]"}, aMessage: {"m1"}, anObject: {"{}", `{"a": 1}`, `{"b": 2, "a": 0}`},
}

// templates are the constructs that give a value of a kind. @ is the item's name in
// those that begin with FOR and the kind of the item.
var templates = map[genKind][]string{
	aNumber: {
		"len(<N>)", "len(<T>)", "len(<M>)", "len(<o>)", "len(<t>)", "(<n> + <n>)", "(<n> * <n>)", "(<n> - <n>)", "(<n> // 2)", "(<n> % 3)", "-<n>",
		"<m>.n", `<m>["n"]`, "sum(<N>)", "min(<N> + [5])", "max(<n>, <n>)", "min(<N>, default = 4)", "mail.count()", "<t>.find(<t>)", "<T>.count(<t>)",
		"int(<b> == True)", "<o>.get(<t>, 7)", "<N>[<n>]", "abs(<n>)", "round(<n> / 2)", "sum(o.n for o in <M>)", "(ns1.pop() if ns1 else 9)",
		"({t1: <n>} | {t2: <n>})[t2]", "int(float(<n>))", "int(abs(<n> / 2))", "round(<n>, abs(<n>) % 3)", "int(round(<n> / 3, <n> % 2))", "sum([<n>, <n>], <n>)", "<t>.index(<t>)", "<t>.count(<t>)", "(o1.pop(<t>, <n>) if <b> else 0)",
		"<T>.index(<t>)", "int(<t>)", "calendar.count(n = <n>)", "<M>.length", "<N>.count", "next(<N>, <n>)", "[<m>].n", `[<m>]["n"]`, `[<m>].get("n")`, "min(<M>, key = lambda x: x.n, default = m1).n",
	},
	aText: {
		"(<t> + <t>)", `"%s-%d" % (<t>, <n>)`, `f"{(<t>)}!{(<n>):03d}"`, `f"{(<n>):>4}{(<t>)!r:4}"`, `"{}/{x}".format(<t>, x = <t>)`, "<t>.upper()", "<t>.strip()",
		"<t>.title()", "<t>.lower()", "<t>.capitalize()", "<m>.subject", "<m>.id", `", ".join(<T>)`, "str(<?>)", "<t>[<n>:]", "<t>[:<n>]", "<t>[::-1]", "<t>[<n>]",
		"<t>.replace(<t>, <t>)", "(<t> * <n>)", "<T>[<n>]", "notes.title(query = <t>)", `ask("Sum up", <t>)`, `notes.ask("Sum up", <t>)`, `mail.ask("Sum up", <t>, <n>, may = [notes.search])`, "mail.subject(id = <t>)", `<t>.partition("-")[0]`,
		"repr(<T>)", `"{1}-{0}".format(<t>, <n>)`, "<t>.rstrip(<t>)", "<t>.lstrip(\"a\")", "<t>.removesuffix(<t>)", `"%5s|%-3d" % (<t>, <n>)`, `"%(a)s" % {"a": <t>, "b": <n>}`, `<t>.join(<T>)`, "sorted(<T>)[-1]", "max(<T> + [<t>])", "<t>[1:3:<n>]", "<t>.replace(<t>, <t>, <n>)", "<t>.removeprefix(<t>)", `(ts1.pop(0) if ts1 else "z")`, `need("Which?", <T>)`, "<M>[0].subject", "<o>.keys()[0]",
		"mail.subject(id = <m>)", "mail.subject(id = <M>)", "mail.subject(id = [<t>])", "mail.subject(id = <n>)", `", ".join(<N>)`, `"/".join(<M>)`, "<M>.subject", "next(<T>, <t>)", `"+".join(map(str, <N>))`,
	},
	aTruth: {
		"(<n> < <n>)", "(<t> == <t>)", "(<T> != <T>)", "(<t> in <T>)", "(<t> not in <t>)", "not <?>", "(not <b>)", "(not <T>)", "<m>.ok", "any(x > 1 for x in <N>)", "all(<N>)", "<t>.startswith(<t>)",
		"(<M> == [])", "(<t> in <o>)", "bool(<?>)", "(<m> is not None)", "mail.unread()", "(<t> >= <t>)", "<t>.endswith(<T>)", "<t>.isdigit()", "<t>.isalpha()", "(<N> < <N>)", "any([<b>, <n>])", "all([<t>, <b>])", "(<n> in <N>)", "(<o> == <o>)",
	},
	numbersK: {
		"(<N> + <N>)", "sorted(<N>, reverse = <b>)", "list(reversed(<N>))", "list(range(<n> % 4))", "[<n>]", "<N>[<n>:]", "(<N> * <n>)", "<o>.values()",
		"FORM [<n> for @ in <~M>]", "FORN [<n> for @ in <~N> if <b>]", "[i for i, _ in enumerate(<T>)]", "[a for a, b in zip(<N>, <T>)]", "mail.sizes()", "range(<n>)", "<N>[::-1]", "<N>[<n>:<n>]", "range(<n>, <n>, 2)", "[i for i, _ in enumerate(<N>, start = abs(<n>))]", "list(zip(<N>, <N>)[0])", "FORT [len(@) for @ in <~T>]",
		"FORN [notes.search(query = <t>) and @ for @ in <~N>]", "set(<N>)", "FORT list(map(lambda @: <n>, <~T>))", "FORN list(filter(lambda @: <b>, <~N>))", "map(len, <T>)", "<N>.items", "<N>.values()",
	},
	textsK: {
		"(<T> + [<t>])", "FORT sorted(<~T>, key = lambda @: <n>)", "<t>.split()", `<t>.split("-")`, "<t>.splitlines()", "<t>.partition(<t>)", "<t>.split(\"a\", <n>)", "list(reversed(<T>))", "<T>[:<n>]", "notes.search(query = <t>)", "<o>.keys()", "list(<o>)",
		"FORM [<t> for @ in <~M> if <b>]", "FORT [<t> for @ in <~T>]", "<m>.tags", "<T>[1:]", "[k for k, v in <o>.items() if v]", "[t for m in <M> for t in m.tags]",
	},
	aMessage:  {"<m>[0]", "<m>[-1]", "next(<M>, <m>)", "mail.read(id = <m>)", "mail.read(id = <M>)", "mail.read(<T>)", "mail.read(id = <t>)", "<M>[<n>]", "(<M> + [m1])[0]", "(<m> | <o>)", `dict(<m>)`},
	messagesK: {"<M>.items", "<M>.items()", "<M>.results", "FORM list(filter(lambda @: <b>, <~M>))", "filter(None, <M>)", "mail.search(query = <t>, limit = <n>)", `sorted(<M>, key = "n")`, "<M>[:<n>]", "[<m>]", "FORM [@ for @ in <~M> if <b>]", "sorted(<M>, key = lambda x: x.subject, reverse = True)"},
	anObject:  {"{<t>: <n>}", "(<o> | <o>)", "dict(zip(<T>, <N>))", "{k: v for k, v in <o>.items() if <b>}", "<o>.copy()", "dict([[<t>, <n>]])", "FORT {@: <n> for @ in <~T>}"},
}

// stmts writes up to n statements.
func (g *generator) stmts(n int) {
	for range 1 + g.pick(n) {
		g.stmt()
	}
}

func (g *generator) block() {
	g.depth++
	g.stmts(3)
	g.depth--
}

func (g *generator) stmt() {
	c := g.pick(len(simple) + 12)
	if g.depth > 2 && c < 4 {
		c = 12
	}
	line := func(template string) { g.line("%s", g.fill(template, 2)) }
	switch {
	case c < 2:
		line("if <?>:")
		g.block()
		if g.pick(2) == 0 {
			g.line("else:")
			g.block()
		}
	case c < 4:
		line("for " + g.one("n1 in <N>:", "n2 in <N>:", "t1 in <T>:", "m1 in <M>:", "t2, n3 in <o>.items():"))
		g.loops++
		g.block()
		g.loops--
	case c < 7 && g.loops > 0:
		line("if <b>: " + g.one("break", "continue"))
	case c == 7 && g.flaky:
		line(g.one("t1", "t2", "t3") + " = mail.flaky(query = <t>)")
	case c < 12:
		k := genKind(g.pick(len(kindCodes)))
		line(g.one(genVars[k]...) + " = <" + kindCodes[k:k+1] + ">")
	default:
		line(simple[c-12])
	}
}

var simple = []string{
	"notes.add(text = <t>, title = <t>)", "notes.add(text = <t>, title = <t>)", "calendar.create(title = <t>, n = <n>, tags = <T>)", "calendar.create(title = <n>, n = <n>, tags = <t>)", "notes.add(<m>, <t>)", "notes.add(text = <n>, title = <t>)", "reply(<?>, <?>)", "reply(<t>, <n>)",
	"mail.mark(id = <t>)", `reveal(<?>, "because")`, "ns1.append(<n>)", "ns2.append(<n>)", "o1[<t>] = <n>", "o2[<t>] = <n>", "n1 += <n>", "t1 += <t>", "ts1 += <T>",
	"<b> and ts1.append(<t>)", "n1, t1 = <n>, <t>", "[ns2.append(<n>) for x in <T> if <b>]", "[ns2.append(x) for x in <N> if len(ns2) < <n> or <b>]", "ts1.sort()", "ts2.reverse()", "ts1.clear()", "ts2.extend(<T>)", "ts1.insert(0, <t>)",
	"ts1.sort(key = lambda x: <n>)", "o1.update(<o>)", "o1.pop(<t>, 0)", "o2.setdefault(<t>, <n>)", "ns2[<n>] = <n>", "ts1.remove(<t>)",
	"m1.n = <n>", "m1[\"subject\"] = <t>", "m1.tags.append(<t>)", "m1.tags[<n>] = <t>", "t1, (n1, n2) = <t>, [<n>, <n>]", "n2 -= <n>", "o1 |= <o>", "ns1 *= <n>", "ns2.reverse()",
}
