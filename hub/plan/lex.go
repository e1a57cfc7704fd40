package plan

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"go.starlark.net/syntax"
)

// A token of Python, as far as rewriting needs to tell them apart.
type token struct {
	kind tokenKind
	text string
	pos  int  // byte offset in the source
	ours bool // put in by us: may be a name that a plan can't use
}

type tokenKind uint8

const (
	space   tokenKind = iota // blanks, and a line that goes on after a backslash
	newline                  // the end of a line, its comment included
	word                     // names, keywords and numbers
	text                     // a string
	op                       // one character of anything else, or == != <= >= := +=
)

// A lexer splits a source. It is forgiving: what it can't read goes on as it is,
// and the parser says what is wrong with it.
type lexer struct {
	src      string
	pos      int
	depth    int // open brackets
	fstrings int // f-strings around the one that is read
}

// tokens reads up to the end, or, inside the braces of an f-string, up to what ends
// the expression there, which it leaves.
func (l *lexer) tokens(braces bool) ([]token, *Error) {
	var out []token
	base := l.depth
	for l.pos < len(l.src) {
		if braces && l.depth == base && l.endsExpr() {
			break
		}
		if l.atString() {
			unit, err := l.strings()
			if err != nil {
				return nil, err
			}
			out = append(out, unit...)
			continue
		}
		out = append(out, l.token())
	}
	return out, nil
}

func (l *lexer) endsExpr() bool {
	rest := l.src[l.pos:]
	switch rest[0] {
	case '}', ':':
		return true
	case '!':
		return !strings.HasPrefix(rest, "!=")
	case '=':
		after := strings.TrimLeft(rest[1:], " ")
		prev := byte(' ')
		if l.pos > 0 {
			prev = l.src[l.pos-1]
		}
		return after != "" && strings.IndexByte("}!:", after[0]) >= 0 && strings.IndexByte("=!<>", prev) < 0
	}
	return false
}

func (l *lexer) token() token {
	start, rest := l.pos, l.src[l.pos:]
	t := token{pos: start}
	n := 1
	switch c := rest[0]; {
	case c == ' ' || c == '\t' || c == '\r':
		n = len(rest) - len(strings.TrimLeft(rest, " \t\r"))
	case strings.HasPrefix(rest, "\\\n"):
		n = 2
	case c == '\n':
		t.kind = newline
	case c == '#' && l.fstrings == 0:
		t.kind, n = newline, len(rest)
		if i := strings.IndexByte(rest, '\n'); i >= 0 {
			n = i + 1
		}
	case isWord(rest):
		t.kind, n = word, wordLen(rest)
	default:
		t.kind, n = op, opLen(rest)
		switch c {
		case '(', '[', '{':
			l.depth++
		case ')', ']', '}':
			l.depth--
		}
	}
	l.pos += n
	t.text = rest[:n]
	return t
}

func opLen(s string) int {
	if len(s) > 1 && s[1] == '=' && strings.IndexByte("=!<>:+-*/%|&^", s[0]) >= 0 {
		return 2
	}
	_, n := utf8.DecodeRuneInString(s)
	return n
}

func isWord(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

// wordLen also takes a number such as 1.5 or 1e6 as one word.
func wordLen(s string) int {
	digit := s[0] >= '0' && s[0] <= '9'
	for i, r := range s {
		if r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || digit && r == '.' {
			continue
		}
		return i
	}
	return len(s)
}

// atString reports whether a string begins here, with or without a prefix.
func (l *lexer) atString() bool {
	rest := l.src[l.pos:min(l.pos+3, len(l.src))] // a prefix has two letters at most
	n := strings.IndexAny(rest, `"'`)
	return n >= 0 && strings.Trim(strings.ToLower(rest[:n]), "fbru") == ""
}

// strings reads strings that stand side by side, which Python takes for one.
func (l *lexer) strings() ([]token, *Error) {
	start := l.pos
	out, err := l.one()
	many := false
	for err == nil {
		here, depth := l.pos, l.depth
		for l.pos < len(l.src) && !l.atString() {
			t := l.token()
			if t.kind != space && (t.kind != newline || depth == 0) {
				break
			}
		}
		between := strings.TrimSpace(l.src[here:l.pos])
		if l.pos == len(l.src) || !l.atString() || between != "" && between[0] != '#' {
			l.pos, l.depth = here, depth
			break
		}
		many = true
		var next []token
		next, err = l.one()
		out = append(append(out, token{kind: op, text: "+", pos: here}), next...)
	}
	if many {
		out = append([]token{{kind: op, text: "(", pos: start}}, out...)
		out = append(out, token{kind: op, text: ")", pos: l.pos})
	}
	return out, err
}

// one reads one string, an f-string as the tokens of a call that formats it.
func (l *lexer) one() ([]token, *Error) {
	start := l.pos
	n := strings.IndexAny(l.src[start:], `"'`)
	prefix := strings.ToLower(l.src[start : start+n])
	quote := l.src[start+n : start+n+1]
	if strings.HasPrefix(l.src[start+n:], quote+quote+quote) {
		quote = quote + quote + quote
	}
	l.pos += n + len(quote)
	if strings.Contains(prefix, "f") {
		return l.fstring(start, quote, strings.Contains(prefix, "r"))
	}
	for l.pos < len(l.src) && !strings.HasPrefix(l.src[l.pos:], quote) {
		switch {
		case l.src[l.pos] == '\\' && l.pos+1 < len(l.src):
			l.pos++
		case l.src[l.pos] == '\n' && len(quote) == 1:
			return []token{{text, l.src[start:l.pos], start, false}}, nil
		}
		l.pos++
	}
	l.pos = min(l.pos+len(quote), len(l.src))
	s := strings.TrimPrefix(l.src[start:l.pos], l.src[start:start+n])
	return []token{{text, strings.TrimSuffix(prefix, "u") + s, start, false}}, nil
}

// fstring turns f"a{x:>5}b" into __f("a", (x), ":>5", "b"): texts and values take
// turns, each value with its conversion and format.
func (l *lexer) fstring(start int, quote string, raw bool) ([]token, *Error) {
	if l.fstrings++; l.fstrings > maxFStrings {
		return nil, l.errorf(start, Limit, "f-strings stand more than %d deep in each other: use a variable for the inner ones", maxFStrings)
	}
	depth := l.depth
	l.depth++ // lines may end inside the braces
	defer func() { l.fstrings--; l.depth = depth }()
	out := []token{{word, formatName, start, true}, {kind: op, text: "(", pos: start}}
	var lit strings.Builder
	literal := func() {
		out = append(out, token{text, quoted(lit.String(), quote, raw), l.pos, true})
		lit.Reset()
	}
	for {
		rest := l.src[l.pos:]
		switch {
		case rest == "" || rest[0] == '\n' && len(quote) == 1:
			return nil, l.errorf(start, Syntax, "the text that begins here has no closing %s", quote)
		case strings.HasPrefix(rest, quote):
			l.pos += len(quote)
			literal()
			return append(out, token{kind: op, text: ")", pos: l.pos - 1}), nil
		case strings.HasPrefix(rest, "{{") || strings.HasPrefix(rest, "}}"):
			lit.WriteByte(rest[0])
			l.pos += 2
		case rest[0] == '}':
			return nil, l.errorf(l.pos, Syntax, "a single } in an f-string: write }}")
		case rest[0] == '{':
			l.pos++
			expr, same, spec, err := l.braced()
			if err != nil {
				return nil, err
			}
			lit.WriteString(same)
			literal()
			comma := token{kind: op, text: ",", pos: l.pos}
			out = append(out, comma, token{kind: op, text: "(", pos: l.pos})
			out = append(out, expr...)
			out = append(out, token{kind: op, text: ")", pos: l.pos - 1}, comma, token{text, syntax.Quote(spec, false), l.pos, true}, comma)
		case rest[0] == '\\' && len(rest) > 1 && rest[1] != '{' && rest[1] != '}':
			_, n := utf8.DecodeRuneInString(rest[1:])
			lit.WriteString(rest[:1+n])
			l.pos += 1 + n
		case rest[0] == '\\':
			lit.WriteString(`\\`[:2-btoi(raw)])
			l.pos++
		default:
			lit.WriteByte(rest[0])
			l.pos++
		}
	}
}

// braced reads what stands in the braces of an f-string, the closing one included:
// the expression, its own text for {x=}, and "conversion:format".
func (l *lexer) braced() (expr []token, same, spec string, err *Error) {
	start := l.pos
	if expr, err = l.tokens(true); err != nil {
		return
	}
	if strings.TrimSpace(l.src[start:l.pos]) == "" {
		return nil, "", "", l.errorf(start, Syntax, "empty braces in an f-string: write a value into them, or {{}}")
	}
	conv, rest := "", l.src[l.pos:]
	if strings.HasPrefix(rest, "=") {
		n := len(rest) - len(strings.TrimLeft(rest[1:], " "))
		l.pos += n
		same, conv, rest = strings.ReplaceAll(l.src[start:l.pos], "\\", "\\\\"), "r", rest[n:]
	}
	if len(rest) > 1 && rest[0] == '!' {
		conv = rest[1:2]
		l.pos, rest = l.pos+2, rest[2:]
	}
	if strings.HasPrefix(rest, ":") {
		n := strings.IndexAny(rest, "{}\n")
		if n < 0 || rest[n] != '}' {
			return nil, "", "", l.errorf(start, Syntax, "a format in an f-string is plain text: write its width and digits out")
		}
		if same != "" && conv == "r" {
			conv = ""
		}
		spec = rest[1:n]
		l.pos, rest = l.pos+n, rest[n:]
	}
	if !strings.HasPrefix(rest, "}") {
		return nil, "", "", l.errorf(start, Syntax, "the brace before this has no closing }")
	}
	l.pos++
	if conv != "" || spec != "" {
		spec = conv + ":" + spec
	}
	return
}

// quoted writes a piece of an f-string as a string of its own.
func quoted(s, quote string, raw bool) string {
	if raw {
		return syntax.Quote(s, false)
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			b.WriteByte(s[i])
			i++
		case s[i] == quote[0]:
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return quote + b.String() + quote
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
