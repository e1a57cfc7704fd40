package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.starlark.net/syntax"

	"secgpt/hub/when"
)

// How a model writes a time, and what it means by it.

// remember notes what a variable holds that is filled with a text, a time or an answer.
func (c *checker) remember(s *syntax.AssignStmt) {
	id, ok := s.LHS.(*syntax.Ident)
	if !ok {
		return
	}
	x := s.RHS
	if dot, ok := x.(*syntax.DotExpr); ok {
		x = dot.X
	}
	if words, ok := whenWords(x); ok {
		c.whens[id.Name] = words
	}
	if text, ok := constText(x); ok {
		c.texts[id.Name] = text
	}
	c.needs[id.Name] = isNeed(x)
	call, _ := unparen(x).(*syntax.CallExpr)
	c.clocks[id.Name] = c.callsClock(call)
	if t := c.p.targets[call]; t != nil && t.kind == toolCall && c.filled[id.Name] == 1 {
		c.wider[id.Name] = t.wider
		if t.sig.List {
			c.finds[id.Name] = call
		}
	}
}

// isNeed reports whether x asks the person for something.
func isNeed(x syntax.Expr) bool {
	call, ok := unparen(x).(*syntax.CallExpr)
	if !ok {
		return false
	}
	id, ok := unparen(call.Fn).(*syntax.Ident)
	return ok && id.Name == "need" && len(call.Args) == 1
}

// answered has the hub read what the person answers for a time: start = need("When?").
func (c *checker) answered(full string, p Param, v syntax.Expr) syntax.Expr {
	if p.Type != "date" && p.Type != "datetime" {
		return v
	}
	id, named := unparen(v).(*syntax.Ident)
	if !isNeed(v) && !(named && c.needs[id.Name] && c.filled[id.Name] == 1) {
		return v
	}
	c.note(v, "%s of %s is the time that you answer", p.Name, full)
	return timeOf(v, p)
}

// answeredTime is what when reads in what the person is asked for, of which a model's plan takes
// the start: time = need("When?"), time.start.
func (c *checker) answeredTime(x syntax.Expr, field string) syntax.Expr {
	id, ok := unparen(x).(*syntax.Ident)
	if !ok || c.check.Now.IsZero() || !c.needs[id.Name] || c.filled[id.Name] != 1 || !slices.Contains([]string{"start", "end", "date", "time"}, field) {
		return x
	}
	c.note(x, "%s is the time that you answer", id.Name)
	at := syntax.Start(x)
	return callOf(at, "when", x)
}

// timeOf is what when reads in words, as p takes it.
func timeOf(words syntax.Expr, p Param) syntax.Expr {
	field, at := "start", syntax.Start(words)
	if ends(p.Name) {
		field = "end"
	}
	return fieldOf(at, callOf(at, "when", words), field)
}

// lasts reports whether the request names how long it is from one time to another.
func (c *checker) lasts(from, to time.Time) bool {
	return slices.ContainsFunc(when.Lengths(c.check.Words), func(d time.Duration) bool { return sameClock(from.Add(d), to) })
}

func sameClock(a, b time.Time) bool { return a.Hour() == b.Hour() && a.Minute() == b.Minute() }

// whenWords are the words of a call of when.
func whenWords(x syntax.Expr) (string, bool) {
	call, ok := unparen(x).(*syntax.CallExpr)
	if !ok || len(call.Args) != 1 {
		return "", false
	}
	if id, ok := unparen(call.Fn).(*syntax.Ident); !ok || id.Name != "when" {
		return "", false
	}
	return constText(call.Args[0])
}

// readsAsTime reports whether x is a text that says when.
func (c *checker) readsAsTime(x syntax.Expr) bool {
	text, ok := constText(x)
	if !ok {
		return false
	}
	_, err := when.Read(text, c.now())
	return err == nil
}

// ownEnd is the time itself that a plan names for the end of what it gives a start in other
// words: of start = when("6pm").start, end = when("8pm").end nobody means 9pm.
func (c *checker) ownEnd(full string, p Param, v syntax.Expr, before []argument) syntax.Expr {
	dot, ok := unparen(v).(*syntax.DotExpr)
	if !ok || !ends(p.Name) || dot.Name.Name != "end" {
		return v
	}
	words, ok := whenWords(dot.X)
	other := slices.ContainsFunc(before, func(a argument) bool {
		d, ok := unparen(a.x).(*syntax.DotExpr)
		if !ok {
			return false
		}
		w, ok := whenWords(d.X)
		return ok && w != words
	})
	s, err := when.Read(words, c.now())
	if !ok || !other || err != nil || !s.HasTime || s.End.Sub(s.Start) != time.Hour {
		return v
	}
	c.note(v, "%s of %s is when(%q).start, which is the time named", p.Name, full, clip(words))
	dot.Name.Name = "start"
	return v
}

// asLong gives what begins at a time the end that the request says, "block half an hour on
// Thursday at 11", where the plan has none of its own.
func (c *checker) asLong(full string, t *target, bind func(Param, syntax.Expr)) {
	lengths := when.Lengths(c.check.Words)
	if !c.change || c.check.Now.IsZero() || len(lengths) == 0 || len(c.alters) > 1 || slices.ContainsFunc(lengths, func(d time.Duration) bool { return d != lengths[0] }) {
		return
	}
	start := ""
	for _, a := range t.args {
		dot, ok := unparen(a.x).(*syntax.DotExpr)
		if words, is := "", false; ok {
			if words, is = c.timeWords(dot.X); is && dot.Name.Name == "start" && !ends(a.Name) {
				start = words
			}
		}
	}
	s, err := when.Read(start, c.now())
	longer := fmt.Sprintf("%s for %d minutes", start, int(lengths[0].Minutes()))
	if _, bad := when.Read(longer, c.now()); err != nil || !s.HasTime || s.End.Sub(s.Start) != time.Hour || bad != nil {
		return
	}
	for _, p := range t.sig.Params {
		if p.Type != "date" && p.Type != "datetime" || !ends(p.Name) {
			continue
		}
		at := slices.IndexFunc(t.args, func(a argument) bool { return a.Name == p.Name })
		if at >= 0 {
			dot, ok := unparen(t.args[at].x).(*syntax.DotExpr)
			if words, is := "", false; ok {
				words, is = c.timeWords(dot.X)
				ok = is && words == start && dot.Name.Name == "end"
			}
			if !ok {
				return
			}
			t.args = slices.Delete(t.args, at, at+1)
		}
		end := timeOf(textLiteral(syntax.Start(t.args[0].x), longer), p)
		c.note(end, "%s of %s is when(%q).end", p.Name, full, clip(longer))
		bind(p, end)
		return
	}
}

// timeWords are the words of a time, or of the one in a variable.
func (c *checker) timeWords(x syntax.Expr) (string, bool) {
	if id, ok := unparen(x).(*syntax.Ident); ok && c.filled[id.Name] == 1 {
		words, ok := c.whens[id.Name]
		return words, ok
	}
	return whenWords(x)
}

// timesWritten writes at(1) and date("tomorrow") in an argument as the calls of when that they
// are, before anything is compared with the request.
func (c *checker) timesWritten(v syntax.Expr) {
	syntax.Walk(v, func(n syntax.Node) bool {
		if call, ok := n.(*syntax.CallExpr); ok {
			c.asWhen(call)
		}
		return true
	})
}

// asWhen reports whether a call reads a time by another name, and calls it when.
func (c *checker) asWhen(x *syntax.CallExpr) bool {
	id, ok := unparen(x.Fn).(*syntax.Ident)
	if !ok || c.variable(id.Name) || c.app(id.Name) {
		return false
	}
	switch {
	case id.Name == "at" && c.hourOf(x.Args) != "":
		x.Args = []syntax.Expr{textLiteral(syntax.Start(x), c.hourOf(x.Args))}
	case slices.Contains(timeNames, id.Name) && len(x.Args) == 1 && c.readsAsTime(x.Args[0]):
	default:
		return false
	}
	c.note(x, "%s is when", id.Name)
	x.Fn = nameOf(syntax.Start(x), "when")
	return true
}

// onItsDay puts a time of day on the one day that the request names: of "move lunch tomorrow
// to 1", when("at 1") is tomorrow's.
func (c *checker) onItsDay(words string) string {
	s, err := when.Read(words, c.now())
	if err != nil || c.check.Now.IsZero() {
		return words
	}
	s.Text = words
	day, dayOf := "", time.Time{}
	for _, r := range c.ownSpans() {
		if r.TimeOfDay() {
			continue
		}
		if day != "" && !r.Start.Equal(dayOf) || !r.AllDay || r.End.Sub(r.Start) > 25*time.Hour || !r.End.After(c.now()) {
			return words
		}
		day, dayOf = r.Text, r.Start
	}
	if day == "" {
		day = c.check.Day
	}
	if !s.TimeOfDay() || day == "" {
		return words
	}
	whole := day + " " + words
	if _, err := when.Read(whole, c.now()); err != nil {
		return words
	}
	return whole
}

// ownSpans are the times that the request itself names.
func (c *checker) ownSpans() (spans []when.Span) {
	for line := range strings.SplitSeq(c.check.Words, "\n") {
		spans = append(spans, when.Find(line, c.now())...)
	}
	return spans
}

// ownSpan is the one time that the request itself names, if it names one.
func (c *checker) ownSpan() (one when.Span, ok bool) {
	for i, s := range c.ownSpans() {
		if i > 0 && !s.Start.Equal(one.Start) {
			return when.Span{}, false
		}
		one, ok = s, true
	}
	return one, ok
}

// saysLength reports whether the request says how long it is itself: what a plan says of that
// can be left out, since asLong gives it, or what is changed keeps its own.
func (c *checker) saysLength(x syntax.Expr) bool {
	if strings.Contains(strings.ToLower(c.check.Words), "same length") {
		return true
	}
	lit, ok := unparen(x).(*syntax.Literal)
	lengths := when.Lengths(c.check.Words)
	return ok && len(lengths) > 0 && lit.Raw == strconv.Itoa(int(lengths[0].Minutes()))
}

// isTime reports whether x is a time that the plan names, with .start or the like.
func (c *checker) isTime(x syntax.Expr) bool {
	dot, ok := x.(*syntax.DotExpr)
	if !ok {
		return false
	}
	_, ok = c.timeWords(dot.X)
	return ok
}

// unwritten is the time that a name stands for which was never filled: tomorrow.start.
func (c *checker) unwritten(x syntax.Expr) syntax.Expr {
	id, ok := unparen(x).(*syntax.Ident)
	if !ok || c.variable(id.Name) || c.app(id.Name) || isFunction(id.Name) {
		return x
	}
	words := strings.ReplaceAll(id.Name, "_", " ")
	if _, err := when.Read(words, c.now()); err != nil {
		return x
	}
	c.note(x, "%s is when(%q)", id.Name, words)
	return c.whenCall(x, words)
}

func (c *checker) whenCall(at syntax.Node, words string) syntax.Expr {
	pos := syntax.Start(at)
	return callOf(pos, "when", textLiteral(pos, words))
}

// together puts the two halves of a time in one: when("3-4pm", day).
func (c *checker) together(pos []syntax.Expr) []syntax.Expr {
	if len(pos) != 2 {
		return pos
	}
	text, ok := constText(pos[0])
	other, isText := constText(pos[1])
	if !isText {
		other, isText = c.timeWords(pos[1])
	}
	if !ok || !isText {
		return pos
	}
	for _, words := range []string{other + " " + text, text + " " + other} {
		if _, err := when.Read(words, c.now()); err == nil {
			c.note(pos[0], "the two texts of when are one, %q", clip(words))
			return []syntax.Expr{textLiteral(syntax.Start(pos[0]), words)}
		}
	}
	return pos
}

// hourOf is the hour that at(1), or at("1"), names.
func (c *checker) hourOf(args []syntax.Expr) string {
	if len(args) != 1 {
		return ""
	}
	text, ok := constText(args[0])
	if lit, isNumber := unparen(args[0]).(*syntax.Literal); isNumber && lit.Token == syntax.INT {
		text, ok = lit.Raw, true
	}
	if _, err := when.Read("at "+text, c.now()); !ok || err != nil {
		return ""
	}
	return "at " + text
}

// oneTime is the start of a time that a model gives to a parameter that is not there, as it is or
// alone in a text: when("tomorrow at 10:30"), "%s" % when("tomorrow at 10:30").start. It is nil
// for anything else, also for a time and something beside it.
func (c *checker) oneTime(v syntax.Expr) syntax.Expr {
	if v == nil || c.check.Now.IsZero() {
		return nil
	}
	x := unparen(v)
	if b, ok := x.(*syntax.BinaryExpr); ok && b.Op == syntax.PERCENT {
		if text, ok := constText(b.X); !ok || text != "%s" {
			return nil
		}
		x = unparen(b.Y)
	}
	if d, ok := x.(*syntax.DotExpr); ok && d.Name.Name == "start" {
		x = d.X
	}
	words, ok := c.timeWords(x)
	if !ok {
		return nil
	}
	return timeOf(textLiteral(syntax.Start(v), words), Param{Name: "start"})
}
