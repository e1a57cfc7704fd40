package plan

import (
	"fmt"
	"slices"
	"strings"

	"go.starlark.net/syntax"

	"secgpt/mediator/label"
)

// special checks the calls that reach the person or a model. What they say in our
// voice must be the plan's own words: a literal, never a value.
func (c *checker) special(x *syntax.CallExpr, t *target) {
	if t.kind == formatCall {
		for i, a := range x.Args {
			if i%3 == 1 {
				c.expr(a)
			}
		}
		return
	}
	pos, named, order := c.split(x)
	if c.meansNeed(t, pos, order) {
		t.kind, t.tool = needCall, "need"
		x.Fn = nameOf(syntax.Start(x), "need")
		c.note(x, "nothing is there to read, so you are asked")
	}
	switch t.kind {
	case replyCall:
		c.shown = true
		c.only(x, t, order, "sep", "end", "file", "flush") // print's; the screen does it better
		t.values = pos
		c.valued = c.valued || slices.ContainsFunc(pos, func(x syntax.Expr) bool { return !onlyWords(x) })
	case askCall:
		c.ask(x, t, pos, named, order)
	case needCall:
		c.only(x, t, order, "question", "choices")
		pos = place2(pos, named, "question", "choices")
		t.text = c.words(x, t, first(pos), "the question")
		if t.values = pos[min(1, len(pos)):]; len(t.values) > 1 {
			c.fail(x, Name, "%s takes a question and a list of choices: write %s(\"…\", [a, b])", t.tool, t.tool)
		}
	case revealCall:
		c.only(x, t, order, "value", "why")
		pos = place2(pos, named, "value", "why")
		if len(pos) != 2 {
			c.fail(x, Name, "reveal takes a value and why: write reveal(x, \"why the planner must see it\")")
		}
		t.text = c.words(x, t, pos[1], "why")
		t.values = pos[:1]
	case whenCall:
		c.only(x, t, order)
		if pos = c.together(pos); len(pos) != 1 {
			c.fail(x, Name, "when takes one text: write when(\"next Friday at 3pm\")")
		}
		if call, ok := c.unwritten(pos[0]).(*syntax.CallExpr); ok && call != pos[0] && !isNeed(pos[0]) {
			pos = call.Args
		}
		if _, ok := unparen(pos[0]).(*syntax.Ident); ok || isNeed(pos[0]) {
			t.values = pos
		} else {
			t.text = c.words(x, t, pos[0], "the date")
			t.text = c.readable(pos[0], t.text)
		}
	}
	for i, v := range t.values {
		if t.kind == replyCall {
			v = c.uncounted(v)
			t.values[i] = v
		}
		c.expr(v)
		switch t.kind {
		case askCall:
			t.values[i] = c.inFull(v)
		case replyCall:
			if shown := slices.DeleteFunc(slices.Clone(t.values), onlyWords); len(shown) == 1 {
				t.values[i] = c.ofUse(v)
			}
		}
	}
}

// meansNeed reports whether a model's plan asks the person where it writes ask:
// ask("What is the subject of your mail?"), with nothing to read.
func (c *checker) meansNeed(t *target, pos []syntax.Expr, order []string) bool {
	if c.check.Now.IsZero() || t.kind != askCall || t.app != "" || len(pos) != 1 || len(order) > 0 {
		return false
	}
	question, ok := constText(pos[0])
	return ok && slices.ContainsFunc(strings.Fields(strings.ToLower(question)), func(w string) bool {
		return slices.Contains([]string{"you", "your"}, strings.Trim(w, ",.?!'\""))
	})
}

// place2 puts two named arguments behind the positional ones.
func place2(pos []syntax.Expr, named map[string]syntax.Expr, a, b string) []syntax.Expr {
	for _, n := range []string{a, b} {
		if v, ok := named[n]; ok {
			pos = append(pos, v)
		}
	}
	return pos
}

func first(xs []syntax.Expr) syntax.Expr {
	if len(xs) == 0 {
		return nil
	}
	return xs[0]
}

// only refuses named arguments other than those.
func (c *checker) only(x *syntax.CallExpr, t *target, have []string, names ...string) {
	for _, n := range have {
		if !slices.Contains(names, n) {
			c.fail(x, Name, "%s has no argument %s%s", t.tool, n, didYouMean(n, names))
		}
	}
}

// words reads what must be a literal text of the plan.
func (c *checker) words(x *syntax.CallExpr, t *target, arg syntax.Expr, what string) string {
	if s, ok := constText(arg); ok {
		return s
	}
	c.fail(x, Syntax, "%s of %s must be a plain text in quotes, never a value: it is said in our voice", what, t.tool)
	return ""
}

func constText(x syntax.Expr) (string, bool) {
	switch x := unparenOrNil(x).(type) {
	case *syntax.Literal:
		s, ok := x.Value.(string)
		return s, ok && x.Token == syntax.STRING
	case *syntax.BinaryExpr:
		a, ok1 := constText(x.X)
		b, ok2 := constText(x.Y)
		return a + b, ok1 && ok2 && x.Op == syntax.PLUS
	}
	return "", false
}

// onlyWords reports whether x is a text of the plan, an f-string without values included.
func onlyWords(x syntax.Expr) bool {
	if call, ok := unparen(x).(*syntax.CallExpr); ok {
		id, named := call.Fn.(*syntax.Ident)
		return named && id.Name == formatName && len(call.Args) == 1
	}
	_, ok := constText(x)
	return ok
}

func unparenOrNil(x syntax.Expr) syntax.Expr {
	if x == nil {
		return nil
	}
	return unparen(x)
}

// ask sorts out the arguments of ask: instruction, values, schema. An instruction
// into which values were written is taken apart, ask("Sum up " + m) or
// ask(f"Sum up {m}"): its words stay the instruction, and the values follow.
func (c *checker) ask(x *syntax.CallExpr, t *target, pos []syntax.Expr, named map[string]syntax.Expr, order []string) {
	if _, ok := named["may"]; ok && t.app == "" {
		c.fail(named["may"], Name, "ask without an app calls no tools: write app.ask(…, may = [app.tool])")
	}
	if _, ok := named["remember"]; ok && t.app == "" {
		c.fail(named["remember"], Name, "ask without an app remembers nothing: write app.ask(…, remember = True)")
	}
	c.only(x, t, order, "instruction", "schema", "may", "remember")
	if v, ok := named["instruction"]; ok {
		pos = append([]syntax.Expr{v}, pos...)
	}
	if len(pos) == 0 {
		c.fail(x, Name, "ask needs an instruction: write ask(\"what to find out\", value)")
	}
	var b strings.Builder
	words := c.instruction(pos[0], t, &b)
	if !words {
		c.fail(x, Syntax, "the instruction of ask must be a plain text in quotes, never a value: write ask(\"what to find out\", value)")
	}
	t.text = b.String()
	t.values = append(t.values, pos[1:]...)
	c.madeUp(x, t)
	t.schema = label.NullOf(person)
	if s, ok := named["schema"]; ok {
		t.schema = c.schema(s, 0)
	}
	if m, ok := named["may"]; ok {
		c.may(m, t)
	}
	if m, ok := named["remember"]; ok {
		id, name := unparen(m).(*syntax.Ident)
		if !name || constants[id.Name] != label.Bool {
			c.fail(m, Syntax, "remember is True or False, written out, never a value")
		}
		t.remember = id.Name == "True" || id.Name == "true"
	}
}

// may reads the tools that an app's model may call: names, written out.
func (c *checker) may(x syntax.Expr, t *target) {
	list := elements(unparen(x))
	if list == nil {
		c.fail(x, Syntax, "may is a list of tools, written out: may = [mail.search, notes.add]")
	}
	if len(list) > MaxMay {
		c.fail(x, Limit, "may names %d tools at most", MaxMay)
	}
	for _, e := range list {
		full, ok := constText(e)
		if d, dotted := unparen(e).(*syntax.DotExpr); dotted {
			if id, name := d.X.(*syntax.Ident); name {
				full, ok = id.Name+"."+d.Name.Name, true
			}
		}
		app, tool, cut := strings.Cut(full, ".")
		if !ok || !cut {
			c.fail(e, Syntax, "may is a list of tools, written out: may = [mail.search, notes.add]")
		}
		if !c.app(app) {
			c.fail(e, Name, "there is no app %s%s", app, didYouMean(app, c.tools.Apps()))
		}
		if _, ok := c.tools.Tool(app, tool); !ok {
			c.noTool(e, app, tool)
		}
		if !slices.Contains(t.may, full) {
			t.may = append(t.may, full)
		}
		c.named(full)
	}
}

// instruction reports whether any of x is the plan's own words.
func (c *checker) instruction(x syntax.Expr, t *target, b *strings.Builder) bool {
	if s, ok := constText(x); ok {
		b.WriteString(s)
		return strings.TrimSpace(s) != ""
	}
	switch x := unparen(x).(type) {
	case *syntax.BinaryExpr:
		if x.Op == syntax.PLUS {
			left := c.instruction(x.X, t, b)
			return c.instruction(x.Y, t, b) || left
		}
	case *syntax.CallExpr:
		if id, ok := x.Fn.(*syntax.Ident); ok && id.Name == formatName {
			words := false
			for i, a := range x.Args {
				if i%3 != 2 {
					words = c.instruction(a, t, b) || words
				}
			}
			return words
		}
	}
	t.values = append(t.values, x)
	fmt.Fprintf(b, "(value %d)", len(t.values))
	return false
}

// schema reads a schema, which is a literal: texts, lists and objects of them.
func (c *checker) schema(x syntax.Expr, depth int) label.Value {
	if depth > MaxDepth {
		c.fail(x, Limit, "a schema nests %d deep at most", MaxDepth)
	}
	if s, ok := constText(x); ok {
		return label.TextOf(s, person)
	}
	switch x := unparen(x).(type) {
	case *syntax.Ident:
		if names := map[string]string{"str": "string", "int": "integer", "float": "number", "bool": "boolean", "list": "array", "dict": "object"}; names[x.Name] != "" {
			return label.TextOf(names[x.Name], person)
		}
		switch constants[x.Name] {
		case label.Bool:
			return label.BoolOf(strings.EqualFold(x.Name, "true"), person)
		}
	case *syntax.Literal:
		if i, ok := x.Value.(int64); ok {
			return label.IntOf(i, person)
		}
	case *syntax.ListExpr:
		var items []label.Value
		for _, e := range x.List {
			items = append(items, c.schema(e, depth+1))
		}
		return label.ListOf(items, person)
	case *syntax.DictExpr:
		var fields []label.Field
		for _, e := range x.List {
			e := e.(*syntax.DictEntry)
			name, ok := constText(e.Key)
			if !ok || slices.ContainsFunc(fields, func(f label.Field) bool { return f.Name == name }) {
				c.fail(e, Syntax, "the names in a schema are plain texts, each once")
			}
			fields = append(fields, label.Field{Name: name, Value: c.schema(e.Value, depth+1)})
		}
		return label.ObjectOf(fields, person)
	}
	c.fail(x, Syntax, "a schema is written out: {\"number\": \"string\", \"start\": \"datetime\"}")
	return label.Value{}
}

// plain checks a call of a built-in function or a method.
func (c *checker) plain(x *syntax.CallExpr, t *target, f function) {
	pos, named, order := c.split(x)
	if f.anyNames {
		f.named = order
	}
	c.only(x, t, order, f.named...)
	if len(pos) < f.min || f.max >= 0 && len(pos) > f.max {
		c.fail(x, Name, "%s takes %s: write %s", t.tool, count(f), f.like)
	}
	for _, v := range pos {
		c.expr(v)
	}
	for _, n := range order {
		c.keyOrExpr(n, named[n])
	}
	t.values, t.named, t.fn = pos, named, f
}

// keyOrExpr also takes key = lambda x: …, which is a comprehension by another name.
func (c *checker) keyOrExpr(name string, v syntax.Expr) {
	l, ok := unparen(v).(*syntax.LambdaExpr)
	if !ok || name != "key" {
		c.expr(v)
		return
	}
	var id *syntax.Ident
	if ok = len(l.Params) == 1; ok {
		id, ok = l.Params[0].(*syntax.Ident)
	}
	if !ok {
		c.fail(l, Syntax, "a key takes one value: write key = lambda x: x.name")
	}
	if len(changed(l.Body)) > 0 {
		c.fail(l, Syntax, "a key only reads its value: change variables in a for loop")
	}
	c.scopes = append(c.scopes, id.Name)
	c.expr(l.Body)
	c.scopes = c.scopes[:len(c.scopes)-1]
}

func count(f function) string {
	switch {
	case f.max < 0:
		return fmt.Sprintf("%d arguments or more", f.min)
	case f.min == f.max:
		return fmt.Sprintf("%d arguments", f.min)
	}
	return fmt.Sprintf("%d to %d arguments", f.min, f.max)
}
