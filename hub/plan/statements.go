package plan

// statements rewrites what the first word of a line decides.
type statements struct {
	*lexer
	in, out []token
	// elseOf is the indentation of an except that was left out: an else there
	// belongs to the try. -1 if there is none.
	elseOf int
}

func (s *statements) rewrite() *Error {
	s.elseOf = -1
	for i := 0; i < len(s.in); {
		end := s.lineEnd(i)
		first := next(s.in[:end], i)
		if first == end {
			s.out = append(s.out, s.in[i:end]...)
			i = end
			continue
		}
		indent := s.indent(i)
		t := s.in[first]
		colon := next(s.in[:end], first+1)
		isBlock := colon < end && s.in[colon].text == ":"
		drop := false
		switch {
		case t.kind != word || t.ours:
		case t.text == "import" || t.text == "from":
			s.out = append(append(s.out, s.in[i:first]...), token{kind: word, text: "pass", pos: t.pos})
			s.newline(end)
			i = end
			continue
		case t.text == "if" && colon < end && s.in[colon].text == "__name__":
			s.mainGuard(i, first, end)
			i = end
			continue
		case s.shows(i, first, end):
			s.out = append(append(s.out, s.in[i:first]...), token{kind: word, text: "reply", pos: t.pos}, token{kind: op, text: "(", pos: t.pos})
			last := end
			if s.in[end-1].kind == newline {
				last--
			}
			s.out = append(append(s.out, s.in[first+1:last]...), token{kind: op, text: ")", pos: t.pos})
			s.newline(end)
			i = end
			continue
		case isBlock && (t.text == "try" || t.text == "finally" || t.text == "else" && indent == s.elseOf):
			s.in[first].text = "if True"
		case t.text == "except":
			drop = true
		case t.text == "with" && s.opens(i, first, end):
			i = end
			continue
		case absent[t.text] != "":
			return s.errorf(t.pos, Syntax, "%s", absent[t.text])
		case refused[t.text] != "":
			return s.errorf(t.pos, Syntax, "%s is not part of the plan language: %s", t.text, refused[t.text])
		case isBlock && !isKeyword(t.text):
			s.annotation(i, first, colon, end)
			i = end
			continue
		}
		if !drop {
			s.elseOf = -1
			s.out = append(s.out, s.in[i:end]...)
			i = end
			continue
		}
		s.elseOf = indent
		i = s.skipBlock(end, indent)
	}
	return nil
}

// shows tells a line that means reply(x): print x, reply x, and return x as the last
// line of the plan.
func (s *statements) shows(i, first, end int) bool {
	what := next(s.in[:end], first+1)
	if what == end {
		return false
	}
	switch s.in[first].text {
	case "print", "reply":
		t := s.in[what]
		return t.kind == text || t.kind == word && !isKeyword(t.text)
	case "return":
		return s.indent(i) == 0 && next(s.in, end) == len(s.in)
	}
	return false
}

// opens turns with open("x") as f: into f = open("x") and a block that is always run.
func (s *statements) opens(i, first, end int) bool {
	what := next(s.in[:end], first+1)
	as, colon := -1, -1
	for j := what; j < end; j++ {
		switch t := s.in[j]; {
		case t.kind == word && t.text == "as" && as >= 0: // another file
			return false
		case t.kind == word && t.text == "as":
			as = j
		case t.kind == op && t.text == ":":
			colon = j
		}
	}
	name := next(s.in[:end], as+1)
	if what == end || s.in[what].text != "open" || as < 0 || colon < name || next(s.in[:end], name+1) != colon || s.in[name].kind != word {
		return false
	}
	at := s.in[first].pos
	s.out = append(append(s.out, s.in[i:first]...), s.in[name], token{kind: op, text: " = ", pos: at})
	s.out = append(append(s.out, s.in[what:as]...), token{kind: newline, text: "\n", pos: at})
	s.out = append(append(s.out, s.in[i:first]...), token{kind: word, text: "if True", pos: at})
	s.out = append(s.out, s.in[colon:end]...)
	return true
}

// mainGuard turns if __name__ == "__main__": into if True:
func (s *statements) mainGuard(i, first, end int) {
	s.out = append(append(s.out, s.in[i:first]...), token{kind: word, text: "if True", pos: s.in[first].pos})
	for j := first; j < end; j++ {
		if s.in[j].text == ":" {
			s.out = append(s.out, s.in[j:end]...)
			return
		}
	}
	s.newline(end)
}

// lineEnd is the index after the newline that ends the logical line from i on.
func (s *statements) lineEnd(i int) int {
	depth := 0
	for ; i < len(s.in); i++ {
		switch t := s.in[i]; {
		case t.kind == newline && depth <= 0:
			return i + 1
		case t.kind == op && (t.text == "(" || t.text == "[" || t.text == "{"):
			depth++
		case t.kind == op && (t.text == ")" || t.text == "]" || t.text == "}"):
			depth--
		}
	}
	return i
}

func (s *statements) indent(i int) int {
	if s.in[i].kind == space {
		return len(s.in[i].text)
	}
	return 0
}

// skipBlock leaves out the lines from i on that are indented deeper.
func (s *statements) skipBlock(i, indent int) int {
	for i < len(s.in) {
		end := s.lineEnd(i)
		if next(s.in[:end], i) < end && s.indent(i) <= indent {
			break
		}
		i = end
	}
	return i
}

// annotation turns x: str = 1 into x = 1, and x: str into pass.
func (s *statements) annotation(i, first, colon, end int) {
	depth := 0
	for j := colon + 1; j < end; j++ {
		switch t := s.in[j]; {
		case t.kind == op && (t.text == "(" || t.text == "[" || t.text == "{"):
			depth++
		case t.kind == op && (t.text == ")" || t.text == "]" || t.text == "}"):
			depth--
		case t.kind == op && t.text == "=" && depth == 0:
			s.out = append(append(s.out, s.in[i:colon]...), s.in[j:end]...)
			return
		}
	}
	s.out = append(append(s.out, s.in[i:first]...), token{kind: word, text: "pass", pos: s.in[first].pos})
	s.newline(end)
}

func (s *statements) newline(end int) {
	if t := s.in[end-1]; t.kind == newline {
		s.out = append(s.out, t)
	}
}
