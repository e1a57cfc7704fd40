// Package mediator judges everything that would cross from one app to another.
//
// A Call says which tool somebody wants to call and with which labelled
// arguments. Judge, one function, collects the reasons why it needs an answer;
// Monitor answers them from the person's rules or by asking, and writes the
// decision down before the call leaves. No reason, and it goes.
//
// The package imports nothing of secgpt but its own folder: it can be read,
// tested and reused alone. Start with Judge; its table test is the policy.
package mediator

import (
	"slices"

	"secgpt/mediator/label"
)

// Consent says when a call of effect Send needs an answer for that alone.
type Consent uint8

// The settings of `[consent] send`.
const (
	ByWords      Consent = iota // unless everything in it is the person's own words
	BySend                      // always
	ByProvenance                // never: only the other three reasons count
)

// A Situation is what the person's turn gives to a judgement.
type Situation struct {
	Words  *Words
	Names  map[string]string // the list: a name the person typed → the value they approved for it
	Looked map[int]string    // call → the name in the person's words that it looked up, of people
	Shaped label.Label       // apps, not built in, whose words stood in the planner's prompt
	Send   Consent
}

// A Judgement is what Judge found.
type Judgement struct {
	Reasons []Reason
	InWords map[string]bool // arguments that stand in the person's words, or are theirs by a list
	Loose   []string        // arguments that decide and do not
	spans   []stretch       // the words that this call uses up
	from    []label.Label   // of each argument: large values are looked through once
}

// Judge collects the reasons why a call may not simply go. It is pure: the same
// call in the same situation always gets the same reasons, and more sources in an
// argument never make for fewer.
func Judge(c Call, s Situation) Judgement {
	j := Judgement{InWords: map[string]bool{}}
	changes := c.Tool.Effect != Read
	for _, a := range c.Args {
		from := a.Value.All()
		j.from = append(j.from, from)
		if c.Tool.Deciding(a.Name) || !mintedRef(c.Tool, a) {
			j.deciding(c, a, from, s)
			if !j.InWords[a.Name] && a.Value.Kind() != label.Null {
				j.Loose = append(j.Loose, a.Name)
			}
		} else if others := foreign(from, c.Tool.App); len(others) > 0 && (changes || c.Tool.Open) {
			j.add(Foreign, a.Name, others)
		}
	}
	// What decided that the call is made counts where no argument has told of it yet:
	// there is none, or all are endorsed.
	if others := foreign(c.Control, c.Tool.App); len(others) > 0 && !j.tellsOf(others) && (changes || c.Tool.Open) {
		j.add(Foreign, "", others)
	}
	if c.Tool.Effect == Send && s.Send != ByProvenance && (s.Send == BySend || !j.allWords(c, s)) {
		j.add(Sends, "", nil)
	}
	if c.Unbidden && changes {
		j.add(Unbidden, "", nil)
	}
	if c.Tool.Model && s.Send != ByProvenance {
		j.add(Leaves, "", nil)
	}
	if c.Tool.Effect == Read {
		j.spans = nil // a read uses nothing up
	}
	return j
}

// deciding judges one deciding argument. Which words it uses up depends on its value
// alone, never on its label: no source in one argument frees words for another.
func (j *Judgement) deciding(c Call, a Arg, from label.Label, s Situation) {
	if atMost(a.Value, maxParts) < 0 {
		if !from.Empty() {
			j.add(Deciding, a.Name, from.Sources())
		}
		if !s.Shaped.Empty() {
			j.add(Planner, a.Name, s.Shaped.Sources())
		}
		return
	}
	w := j.words(c, s)
	spans, said := w.holds(a, c.Tool.Roles[a.Name])
	named, listed := s.byList(a.Value, w)
	switch {
	case said:
		j.spans = append(j.spans, spans...)
	case listed:
		j.spans = append(j.spans, named...)
	}
	switch {
	case from.Empty() && (said || listed),
		said && picked(a.Value), listed && s.lookedUp(a.Value, w):
		j.InWords[a.Name] = true
		return
	case !from.Empty() && !fetched(c.Tool, a, from):
		j.add(Deciding, a.Name, from.Sources())
	}
	// A literal that was not said is the planner's, in a branch on somebody's data too.
	absent := a.Value.Kind() == label.Null && !c.Required[a.Name]
	if !said && !listed && !absent && !s.Shaped.Empty() && unsaid(a, c.Tool.Roles[a.Name], w) {
		j.add(Planner, a.Name, s.Shaped.Sources())
	}
}

// maxParts bounds the parts of a deciding argument that are looked at one by one: beyond
// it, it is in nobody's words. Nobody types so many recipients, and a call may not wait
// milliseconds for the judgement of what one app made of a page.
const maxParts = 1000

// atMost is how many of n parts are left when those of v are counted, itself included;
// below 0 there are more.
func atMost(v label.Value, n int) int {
	n--
	switch v.Kind() {
	case label.List:
		for _, x := range v.Items() {
			if n = atMost(x, n); n < 0 {
				return n
			}
		}
	case label.Object:
		for _, f := range v.Fields() {
			if n = atMost(f.Value, n); n < 0 {
				return n
			}
		}
	}
	return n
}

// allWords is the exemption from Sends: a destination is there, no argument
// carries a label, each stands in this turn's words in a span of its own, and
// nothing is paid, deleted or opened to somebody.
func (j *Judgement) allWords(c Call, s Situation) bool {
	destination := false
	for i, a := range c.Args {
		role := c.Tool.Roles[a.Name]
		if role == Amount || !j.from[i].Empty() {
			return false
		}
		if nothing(a.Value) && !c.Required[a.Name] {
			continue // as if it were left out
		}
		destination = destination || role == Destination
		if j.InWords[a.Name] {
			continue
		}
		spans, said := j.words(c, s).holds(a, role)
		if !said {
			return false
		}
		j.InWords[a.Name] = true
		j.spans = append(j.spans, spans...)
	}
	return destination && !c.Tool.Deletes && !c.Tool.Grants && c.Control.Empty()
}

// words are the person's words less what this very call already uses, and for a
// change less what served an earlier one.
func (j *Judgement) words(c Call, s Situation) *Words {
	if c.Tool.Effect == Read {
		return s.Words.afresh().less(j.spans)
	}
	return s.Words.less(j.spans)
}

func (j *Judgement) add(k ReasonKind, arg string, from []label.Source) {
	j.Reasons = append(j.Reasons, Reason{Kind: k, Arg: arg, From: from})
}

// tellsOf reports whether a reason names each of the sources.
func (j *Judgement) tellsOf(sources []label.Source) bool {
	told := label.Person()
	for _, r := range j.Reasons {
		told = told.Join(label.Of(r.From...))
	}
	return told.Covers(label.Of(sources...))
}

// foreign returns the sources of l that are not the app's own.
func foreign(l label.Label, app label.Source) []label.Source {
	return slices.DeleteFunc(l.Sources(), func(s label.Source) bool { return s == app })
}

// mintedRef reports whether an argument of role Ref is what the role says: an
// untouched field of this app's own results that the app minted. Any other
// value in its place is judged as a target. Arguments of other roles pass.
func mintedRef(t Tool, a Arg) bool {
	if t.Roles[a.Name] != Ref {
		return true
	}
	return each(a.Value, func(v label.Value) bool {
		o := v.Origin()
		return o.How == label.Result && o.App == t.App && o.Minted
	})
}

// fetched is the free case of a deciding argument: a read of an app that gets back
// what holds nothing but its own data, and can ask only the one host that said it.
// What is looked for may be computed from that data. Whatever could name a place at
// the host, which may be a stranger's, must be untouched.
func fetched(t Tool, a Arg, from label.Label) bool {
	if t.Effect != Read || t.Open && !t.OneHost || !from.Equal(label.Of(t.App)) {
		return false
	}
	return each(a.Value, func(v label.Value) bool {
		o := v.Origin()
		return t.Roles[a.Name] == Query || o.How == label.Result && o.App == t.App
	})
}

// picked reports whether the person chose the value itself, or typed it, as an answer.
// That there is nothing, nobody picked.
func picked(v label.Value) bool {
	some := false
	return each(v, func(v label.Value) bool { some = true; return v.Origin().How == label.Answer }) && some
}

// unsaid reports whether some part of an argument is a literal that the person did not
// say.
func unsaid(a Arg, r Role, w *Words) bool {
	probe := w.less(nil)
	probe.looked = new(int)
	return !each(a.Value, func(v label.Value) bool {
		if !literal(v) {
			return true
		}
		at, said := probe.leaf(v, a.Name, r)
		probe.take(at)
		return said
	})
}

// literal reports whether a scalar may be what a plan wrote, and not an app, the person
// or the hub. Dates that the hub read decide nothing that a model made up, though only
// the words show that the person asked for them. A text tells by its pieces, also where
// a branch gave it a label; what is no text may always be one.
func literal(v label.Value) bool {
	switch o := v.Origin(); {
	case o.How == label.Result, o.How == label.When, o.How == label.Answer:
		return false
	case v.Kind() == label.Text:
		return len(v.TextSpans()) == 0 || slices.ContainsFunc(v.TextSpans(), func(p label.Span) bool { return p.Label.Empty() })
	}
	return true
}

// byList reports whether each leaf of v is what the list holds for a name that
// stands in the words, and returns the spans of those names.
func (s Situation) byList(v label.Value, w *Words) ([]stretch, bool) {
	var spans []stretch
	probe := w.less(nil)
	ok := each(v, func(v label.Value) bool {
		_, at, found := s.nameOf(v, probe)
		probe.taken = append(probe.taken, at)
		spans = append(spans, at)
		return found
	})
	return spans, ok && len(spans) > 0
}

// nameOf returns the name for which the list holds v, and where it stands. Of several
// it is the first in the alphabet: the same call is always judged alike.
func (s Situation) nameOf(v label.Value, w *Words) (name string, at stretch, ok bool) {
	if v.Kind() != label.Text {
		return "", stretch{}, false
	}
	for n, value := range s.Names {
		if value != v.Str() || ok && n > name {
			continue
		}
		if there, found := w.find(n, formName); found {
			name, at, ok = n, there, true
		}
	}
	return name, at, ok
}

// lookedUp reports whether each leaf of a labelled value was found by a lookup of the very
// name that the list holds it for: it was the plan, not an app, that said who is meant. Of
// two people in the words, or of one who has another part in them, a text could choose.
func (s Situation) lookedUp(v label.Value, w *Words) bool {
	return each(v, func(v label.Value) bool {
		name, _, found := s.nameOf(v, w)
		o := v.Origin()
		return found && o.How == label.Result && fold(s.Looked[o.Call]) == name
	})
}
