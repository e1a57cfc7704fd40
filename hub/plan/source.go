package plan

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"go.starlark.net/syntax"
)

// Small models write Python where Starlark differs. What is plain in meaning is
// turned into Starlark here, before the parser:
//
//	```…```                     the fence goes, and the prose around it
//	f"{x}", "a" "b"             a call that formats, a sum
//	x is None, x is not None    ==, !=
//	f(x for x in xs)            f([x for x in xs])
//	x: str = 1                  x = 1
//	import x, from x import y   pass
//	try: … except: …            the body of try, else and finally; an error ends the plan anyway
//	f(from = 1), x.from         names that are keywords in Python
//	f(x: 1), {x = 1}            f(x = 1), {"x": 1}
//	return x, print x           reply(x)
//	if __name__ == "__main__":  if True:
//
// Names that begin with two underscores can't be written in a plan; ours do.
const (
	formatName  = "__f"
	keywordName = "__kw_"
)

// rewritten is Starlark, and knows where each byte of it came from.
type rewritten struct {
	src, out string
	marks    []mark
}

type mark struct{ out, src int }

func rewrite(src string) (*rewritten, *Error) {
	l := &lexer{src: src}
	if len(src) > MaxSource {
		return nil, &Error{Kind: Limit, Msg: fmt.Sprintf("the plan has more than %d bytes: split it", MaxSource), Label: person}
	}
	if i := badByte(src); i >= 0 {
		return nil, l.errorf(i, Syntax, "this is not text in UTF-8")
	}
	l.src = unfence(src)
	toks, err := l.tokens(false)
	if err != nil {
		return nil, err
	}
	for i, t := range toks {
		if t.kind == space && src[t.pos] == '`' { // code behind a mark begins its line
			toks[i].text = strings.TrimLeft(t.text, " ")
		}
	}
	s := &statements{lexer: l, in: toks}
	if err := s.rewrite(); err != nil {
		return nil, err
	}
	toks, err = l.expressions(s.out)
	if err != nil {
		return nil, err
	}
	r := &rewritten{src: src}
	var b strings.Builder
	for _, t := range toks {
		r.marks = append(r.marks, mark{b.Len(), t.pos})
		b.WriteString(t.text)
	}
	r.out = b.String()
	return r, nil
}

func badByte(s string) int {
	for i, r := range s {
		if r == 0 || r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD") {
			return i
		}
	}
	return -1
}

// where tells which place of the source a place of the Starlark text came from.
func (r *rewritten) where(p syntax.Position) (line, col int) {
	if !p.IsValid() {
		return 0, 0
	}
	rest, off := r.out, 0
	for range p.Line - 1 {
		i := strings.IndexByte(rest, '\n') + 1
		rest, off = rest[i:], off+i
	}
	for range p.Col - 1 {
		_, n := utf8.DecodeRuneInString(rest)
		rest, off = rest[n:], off+n
	}
	i := sort.Search(len(r.marks), func(i int) bool { return r.marks[i].out > off }) - 1
	if i < 0 {
		return 1, 1
	}
	return lineCol(r.src, r.marks[i].src)
}

func lineCol(src string, off int) (line, col int) {
	before := src[:min(off, len(src))]
	nl := strings.LastIndexByte(before, '\n')
	return strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[nl+1:]) + 1
}

func (l *lexer) errorf(pos int, k Kind, format string, args ...any) *Error {
	line, col := lineCol(l.src, pos)
	return &Error{Line: line, Col: col, Kind: k, Msg: fmt.Sprintf(format, args...), Label: person}
}

// syntaxError puts what the parser says into a sentence.
func syntaxError(err error, r *rewritten) *Error {
	e := &Error{Kind: Syntax, Msg: err.Error(), Label: person}
	var s syntax.Error
	if errors.As(err, &s) {
		e.Line, e.Col = r.where(s.Pos)
		e.Msg = s.Msg
	}
	switch {
	case strings.Contains(e.Msg, "excessive nesting") || strings.Contains(e.Msg, "nest"):
		e.Kind, e.Msg = Limit, fmt.Sprintf("brackets or blocks stand more than %d deep in each other: use variables", maxNesting)
	case strings.Contains(e.Msg, "does not associate"):
		e.Msg = "comparisons can't be chained: write a < b and b < c"
	case strings.Contains(e.Msg, "got '=', want"):
		e.Msg = "one name is filled at a time: write y = 3, then x = y; a comparison is a == b"
	case strings.HasSuffix(e.Msg, "want ','") || strings.HasSuffix(e.Msg, "want ')'") || strings.HasSuffix(e.Msg, "want ']'"):
		e.Msg = "a bracket or a comma is missing before this: every ( and [ needs its ) and ], and a comma stands between two arguments"
	case strings.Contains(e.Msg, "newline in string") || strings.Contains(e.Msg, "EOF in string"):
		e.Msg = "the text that begins here has no closing quote"
	case strings.Contains(e.Msg, "'*'") || strings.Contains(e.Msg, "'**'"):
		e.Msg = "* can't unpack here: join lists with a + b, and objects with a | b"
	case strings.Contains(e.Msg, "without else"):
		e.Msg = "a conditional needs both values: write a if condition else b"
	case strings.HasSuffix(e.Msg, "want ':'"):
		e.Msg = "a : is missing here: an object is {\"name\": value}, a list stands in [a, b], and if and for end in a colon"
	default:
		e.Msg = "this is not the plan language: " + e.Msg + "; write lines like x = app.tool(name = value) and reply(x)"
	}
	return e
}

// isKeyword tells the words that can't be names in Starlark.
func isKeyword(w string) bool {
	const all = " and as assert async await break class continue def del elif else except finally for from global if import in is lambda load nonlocal not or pass raise return try while with yield "
	return strings.Contains(all, " "+w+" ")
}

// refused are the statements that no line can begin with, and what to do instead.
var refused = map[string]string{
	"class":    "write objects as {\"name\": value}",
	"with":     "write its lines without it",
	"raise":    "use need(question) to ask the person",
	"assert":   "use if",
	"del":      "leave it out",
	"global":   "leave it out",
	"nonlocal": "leave it out",
	"yield":    "append to a list",
	"async":    "leave it out: reads run side by side by themselves",
}

// absent are the statements that the parser would know, but only where all else is
// Starlark: def f(x) -> str: is not.
var absent = map[string]string{
	"def":   "a plan has no functions of its own: write the steps one after the other, without def",
	"while": "there is no while: loop over a list, for x in xs, or over range(n)",
}

// expressions rewrites what may stand anywhere in a line.
func (l *lexer) expressions(in []token) ([]token, *Error) {
	type bracket struct {
		open      string
		arg       int // where in out the current argument begins
		generator bool
		called    bool // the brackets of a call
		lambda    bool // the : of a lambda is to come
		named     bool // what was just read is a name at the start of an argument of a call
		key       int  // where in out a name at the start of an entry of an object stands; 0 if none was just read
	}
	var out []token
	stack := []bracket{{}}
	prev, calls := "", false // calls: what was just read can be called
	for i := 0; i < len(in); i++ {
		t := in[i]
		top := &stack[len(stack)-1]
		switch {
		case t.kind == space || t.kind == newline:
			out = append(out, t)
			continue
		case t.kind == op && strings.Contains("([{", t.text):
			out = append(out, t)
			stack = append(stack, bracket{open: t.text, arg: len(out), called: t.text == "(" && calls})
			calls = false
			prev = t.text
			continue
		case t.kind == op && strings.Contains(")]}", t.text):
			if top.generator {
				out = append(out, token{kind: op, text: "]", pos: t.pos})
			}
			if len(stack) > 1 {
				stack = stack[:len(stack)-1]
			}
		case t.kind == op && t.text == ":" && top.lambda:
			top.lambda = false
		case t.kind == op && t.text == ":" && top.named:
			t.text = "="
			top.arg = len(out) + 1
		case t.kind == op && t.text == "=" && top.key > 0:
			out[top.key].text, t.text = `"`+out[top.key].text+`"`, ":"
			top.arg = len(out) + 1
		case t.kind == op && (t.text == "," || t.text == "="):
			top.arg = len(out) + 1
		case t.kind != word || t.ours:
		case t.text == "for" && top.open == "(" && !top.generator:
			top.generator = true
			out = slices.Insert(out, top.arg, token{kind: op, text: "[", pos: t.pos})
		case t.text == "is":
			t.kind, t.text = op, "=="
			if j := next(in, i+1); j < len(in) && in[j].text == "not" {
				t.text, i = "!=", j
			}
		case t.text == "await":
			continue
		case t.text == "lambda":
			top.lambda = true
		case isKeyword(t.text):
			j := next(in, i+1)
			if prev == "." || top.open == "(" && (prev == "(" || prev == ",") && j < len(in) && (in[j].text == "=" || in[j].text == ":") {
				t.text = keywordName + t.text
			}
		case strings.HasPrefix(t.text, "__"):
			return nil, l.errorf(t.pos, Name, "%s can't be used: names that begin with two underscores are reserved", t.text)
		}
		out = append(out, t)
		top = &stack[len(stack)-1]
		top.named = top.called && t.kind == word && (prev == "(" || prev == ",")
		top.key = 0
		if top.open == "{" && t.kind == word && (prev == "{" || prev == ",") {
			top.key = len(out) - 1
		}
		calls = t.kind == word && (!isKeyword(t.text) || prev == ".") || t.text == ")" || t.text == "]"
		prev = t.text
	}
	// The brackets that a plan leaves open at its end are closed there.
	for _, b := range slices.Backward(stack[1:]) {
		if b.generator {
			out = append(out, token{kind: op, text: "]", pos: len(l.src)})
		}
		out = append(out, token{kind: op, text: closing[b.open], pos: len(l.src)})
	}
	return out, nil
}

var closing = map[string]string{"(": ")", "[": "]", "{": "}"}

// next is the index of the first token from i on that is more than layout.
func next(in []token, i int) int {
	for i < len(in) && (in[i].kind == space || in[i].kind == newline) {
		i++
	}
	return i
}
