package plan

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go.starlark.net/syntax"

	"secgpt/mediator/label"
)

// What a server's tool gives, it seldom says, and a small model writes
// `meter_number = found[0][1]`. In a model's plan, what is taken of a result and is not there
// is read out of the whole result by a model without tools, as ask would: it carries all that
// the result carries. Ids, paths and addresses are never read out.

// A readOut is what a model is asked where a part of a result is not there.
type readOut struct {
	question string
	field    string // what the answer is called; "" if it has no name
}

// taking notes what to ask if x, the outermost of some fields and indexes, is not there, and
// reports whether anything is.
func (c *checker) taking(x syntax.Expr) bool {
	id, isVariable := ofWhat(x).(*syntax.Ident)
	if isVariable && !c.variable(id.Name) || !isVariable && !c.callsTool(ofWhat(x)) || c.check.Now.IsZero() || c.exact || c.loops > 0 || len(c.scopes) > 0 || !plainSteps(x) {
		return false
	}
	name := c.names[x]
	if c.decides[name] {
		return false
	}
	if field, of := takenBy(x); field != "" {
		if name = field; field == "value" { // x["duration"]["value"] asks for the duration
			outer, _ := takenBy(of)
			name = cmp.Or(outer, field)
		}
	}
	words, _, _ := strings.Cut(c.check.Words, "\n")
	if isID(name) || slices.Contains(contents, name) || strings.TrimSpace(words) == "" {
		return false
	}
	r := readOut{question: strings.ToValidUTF8(clipTo(words, maxMeant), ""), field: name}
	if name != "" {
		r.question += " (What is the " + strings.ReplaceAll(name, "_", " ") + "?)"
	}
	c.p.reads[x] = r
	return true
}

// takenBy is the name of the field that x takes of something; "" if it takes none by a name.
func takenBy(x syntax.Expr) (field string, of syntax.Expr) {
	switch x := unparenOrNil(x).(type) {
	case *syntax.DotExpr:
		return x.Name.Name, x.X
	case *syntax.IndexExpr:
		field, _ = constText(x.Y)
		return field, x.X
	}
	return "", nil
}

// plainSteps reports whether all that stands in the indexes of x is written out.
func plainSteps(x syntax.Expr) bool {
	for {
		switch y := unparen(x).(type) {
		case *syntax.DotExpr:
			x = y.X
		case *syntax.IndexExpr:
			if u, ok := y.Y.(*syntax.UnaryExpr); ok && u.Op == syntax.MINUS {
				y = &syntax.IndexExpr{X: y.X, Y: u.X}
			}
			if _, ok := y.Y.(*syntax.Literal); !ok {
				return false
			}
			x = y.X
		default:
			return true
		}
	}
}

// deciding are the variables that decide what is done, or name a thing for an app: what
// stands in a condition, what a loop goes through, ids and addresses.
func deciding(f *syntax.File) map[string]bool {
	names := map[string]bool{}
	add := func(x syntax.Expr) {
		if x != nil {
			syntax.Walk(x, func(n syntax.Node) bool {
				if id, ok := n.(*syntax.Ident); ok {
					names[id.Name] = true
				}
				return true
			})
		}
	}
	syntax.Walk(f, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.IfStmt:
			add(n.Cond)
		case *syntax.CondExpr:
			add(n.Cond)
		case *syntax.IfClause:
			add(n.Cond)
		case *syntax.ForStmt:
			add(n.X)
		case *syntax.ForClause:
			add(n.X)
		case *syntax.CallExpr:
			_, ofApp := n.Fn.(*syntax.DotExpr)
			for _, a := range n.Args {
				named, ok := a.(*syntax.BinaryExpr)
				if !ok || named.Op != syntax.EQ {
					if ofApp { // which argument it is, is not known yet
						add(a)
					}
				} else if id, ok := named.X.(*syntax.Ident); ok && isID(id.Name) {
					add(named.Y)
				}
			}
		case *syntax.BinaryExpr:
			if n.Op == syntax.AND || n.Op == syntax.OR {
				add(n.X)
			}
		}
		return true
	})
	for more := true; more; { // what they are made of
		before := len(names)
		syntax.Walk(f, func(n syntax.Node) bool {
			if s, ok := n.(*syntax.AssignStmt); ok && slices.ContainsFunc(targets(s.LHS), func(name string) bool { return names[name] }) {
				add(s.RHS)
			}
			return true
		})
		more = len(names) > before
	}
	return names
}

// exactly checks what must be there as it is: conditions, ids and addresses.
func (c *checker) exactly(x syntax.Expr) {
	was := c.exact
	c.exact = true
	c.expr(x)
	c.exact = was
}

// callsTool reports whether x is a call that names an app.
func (c *checker) callsTool(x syntax.Expr) bool {
	app, _ := toolOf(x)
	return app != "" && c.app(app)
}

// chain checks a field or an index, outermost first.
func (c *checker) chain(x, of syntax.Expr, check func()) {
	was := c.reading
	if !c.inner[x] {
		c.reading = c.taking(x)
	}
	c.inner[unparen(of)] = true
	check()
	c.reading = was
}

// numbered reports whether x takes one of a list by its number.
func numbered(x syntax.Expr) bool {
	step, ok := x.(*syntax.IndexExpr)
	if !ok {
		return false
	}
	_, byName := constText(step.Y)
	return !byName
}

// ofWhat is what some fields and indexes are taken of.
func ofWhat(x syntax.Expr) syntax.Expr {
	for {
		switch y := unparen(x).(type) {
		case *syntax.DotExpr:
			x = y.X
		case *syntax.IndexExpr:
			x = y.X
		default:
			return y
		}
	}
}

// isID reports whether a field, or a parameter, is one by which an app knows a thing or a person.
func isID(name string) bool {
	return slices.Contains(pathNames, name) || slices.ContainsFunc(wordsOf(name), func(w string) bool {
		return slices.Contains([]string{"id", "path", "url", "uri", "to", "cc", "recipient", "attendee", "email", "address", "phone", "repo", "branch", "key", "token", "channel", "user", "username", "thread", "calendar", "account"}, w)
	})
}

// taken is what fields and indexes take of a value, or what a model reads in it.
func (in *interp) taken(x syntax.Expr, r readOut) label.Value {
	var steps []syntax.Expr
	of := syntax.Expr(x)
	for of != ofWhat(x) {
		of = unparen(of)
		steps = append(steps, of)
		switch y := of.(type) {
		case *syntax.DotExpr:
			of = y.X
		case *syntax.IndexExpr:
			of = y.X
		}
	}
	slices.Reverse(steps)
	whole := in.value(of)
	v, at := whole, x
	stopped := in.catch(func() {
		for _, s := range steps {
			at = s
			switch s := s.(type) {
			case *syntax.DotExpr:
				v = in.field(s, v, s.Name.Name)
			case *syntax.IndexExpr:
				v = in.index(s, v, in.value(s.Y))
			}
		}
	})
	if stopped == nil {
		return v
	}
	o := whole.Origin()
	short := numbered(at) && stopped.Kind == Missing && in.unwrapped(at, v).Kind() == label.List // of two there is no third
	if short || stopped.Kind != Missing && stopped.Kind != Type || o.How != label.Result || nothing([]label.Value{whole}) {
		panic(stopped)
	}
	in.count(x)
	schema := label.NullOf(person)
	if r.field != "" {
		schema = label.ObjectOf([]label.Field{{Name: r.field, Value: label.TextOf("string", person)}}, person)
	}
	why := in.ctl.Join(stopped.Label).Join(whole.Own()).Join(v.Own()) // that it is not there decides that it is asked for
	all := why.Join(in.deep(x, whole).all)
	line, _ := in.p.where(place(x))
	if h, ok := in.host.(Noter); ok {
		h.Note(fmt.Sprintf("line %d takes what is not in %s, so a model reads it out of all of it", line, fullName(string(o.App), o.Tool)))
	}
	got, err := in.host.Ask(in.ctx, r.question, []label.Value{whole}, schema, why)
	in.alive(x)
	got = in.outcome(got, err, "", "ask", line, all).With(all)
	if got.Kind() == label.Object {
		if field, ok := got.Get(r.field); ok {
			got = field.With(all)
		}
	}
	if !standsIn(got, whole, r.question) {
		stopped.Label = stopped.Label.Join(all)
		panic(stopped)
	}
	return got
}

// standsIn reports whether all numbers in what a model read out stand in what it read, or in the
// question: one that finds no price makes one up. 15:00 may be read out as 3.
func standsIn(got, whole label.Value, question string) bool {
	said, err := got.JSON()
	read, err2 := whole.JSON()
	if err != nil || err2 != nil {
		return false
	}
	there := append(numerals(read), numerals([]byte(question))...)
	return !slices.ContainsFunc(numerals(said), func(n string) bool {
		hour, err := strconv.Atoi(n)
		afternoon := err == nil && hour >= 1 && hour < 12 && slices.Contains(there, strconv.Itoa(hour+12))
		return !afternoon && !slices.Contains(there, n)
	})
}

// numerals are the numbers in a text, without zeros before them or commas in them: "950.00" is two.
func numerals(text []byte) (list []string) {
	for _, n := range numeral().FindAllString(string(text), -1) {
		list = append(list, strings.TrimLeft(strings.ReplaceAll(n, ",", ""), "0"))
	}
	return list
}

var numeral = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[0-9]+(,[0-9]{3})*`) })
