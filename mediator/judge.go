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
	"strings"

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
	Shaped label.Label       // apps, not built in, whose words stood in the planner's prompt
	Send   Consent
}

// A Judgement is what Judge found.
type Judgement struct {
	Reasons []Reason
	InWords map[string]bool // arguments that stand in the person's words, or are theirs by a list
	spans   []stretch       // the words that this call uses up
}

// Judge collects the reasons why a call may not simply go. It is pure: the same
// call in the same situation always gets the same reasons, and more sources in an
// argument never make for fewer.
func Judge(c Call, s Situation) Judgement {
	j := Judgement{InWords: map[string]bool{}}
	changes := c.Tool.Effect != Read
	for _, a := range c.Args {
		if c.Tool.Deciding(a.Name) || !mintedRef(c.Tool, a) {
			j.deciding(c.Tool, a, s)
		} else if others := foreign(a.Value.All(), c.Tool.App); len(others) > 0 && (changes || c.Tool.Open) {
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
	return j
}

// deciding judges one deciding argument.
func (j *Judgement) deciding(t Tool, a Arg, s Situation) {
	w := j.words(s)
	named, listed := byList(a.Value, s.Names, w)
	if from := a.Value.All(); !from.Empty() {
		at, only := onlyAddress(a.Value, w)
		switch {
		case listed && len(s.namesSaid()) == 1:
			j.use(a.Name, named)
		case only:
			j.use(a.Name, []stretch{at})
		case !fetched(t, a.Value):
			j.add(Deciding, a.Name, from.Sources())
		}
		return
	}
	spans, said := w.holds(a.Value)
	switch {
	case said:
		j.use(a.Name, spans)
	case listed:
		j.use(a.Name, named)
	case !readByHub(a.Value) && !s.Shaped.Empty():
		j.add(Planner, a.Name, s.Shaped.Sources())
	}
}

// allWords is the exemption from Sends: a destination is there, no argument
// carries a label, each stands in this turn's words in a span of its own, and
// nothing is paid, deleted or opened to somebody.
func (j *Judgement) allWords(c Call, s Situation) bool {
	destination := false
	for _, a := range c.Args {
		role := c.Tool.Roles[a.Name]
		if role == Amount || !a.Value.All().Empty() {
			return false
		}
		destination = destination || role == Destination
		if j.InWords[a.Name] {
			continue
		}
		spans, said := j.words(s).holds(a.Value)
		if !said {
			return false
		}
		j.use(a.Name, spans)
	}
	return destination && !c.Tool.Deletes && !c.Tool.Grants && c.Control.Empty()
}

// words are the person's words less what this very call already uses.
func (j *Judgement) words(s Situation) *Words {
	return s.Words.less(j.spans)
}

func (j *Judgement) use(arg string, spans []stretch) {
	j.InWords[arg] = true
	j.spans = append(j.spans, spans...)
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
	ok := true
	leaves(a.Value, func(v label.Value) {
		o := v.Origin()
		ok = ok && o.How == label.Result && o.App == t.App && o.Minted
	})
	return ok
}

// fetched is the free case of a deciding argument: a read of an app that gets
// back an untouched value with only its own label, and can ask only one host.
func fetched(t Tool, v label.Value) bool {
	if t.Effect != Read || t.Open && !t.OneHost {
		return false
	}
	ok := v.All().Equal(label.Of(t.App))
	leaves(v, func(v label.Value) {
		o := v.Origin()
		ok = ok && o.How == label.Result && o.App == t.App
	})
	return ok
}

// readByHub reports whether all of v are dates that the hub read. They decide
// nothing that a model made up, though only the words show that the person asked
// for them.
func readByHub(v label.Value) bool {
	ok := true
	leaves(v, func(v label.Value) { ok = ok && v.Origin().How == label.When })
	return ok
}

// byList reports whether each leaf of v is what the list holds for a name that
// stands in the words, and returns the spans of those names.
func byList(v label.Value, list map[string]string, w *Words) ([]stretch, bool) {
	var spans []stretch
	ok := true
	leaves(v, func(v label.Value) {
		at, found := stretch{}, false
		if v.Kind() == label.Text {
			for name, value := range list {
				if value == v.Str() && !found {
					at, found = w.find(name, formName)
				}
			}
		}
		ok = ok && found
		spans = append(spans, at)
	})
	return spans, ok
}

// namesSaid returns the listed names in the words. A list never chooses: where
// the person named two, app data that picks one of them is not endorsed.
func (s Situation) namesSaid() []string {
	var said []string
	for name := range s.Names {
		if _, ok := s.Words.find(name, formName); ok {
			said = append(said, name)
		}
	}
	return said
}

// onlyAddress reports whether v is, to the letter, the only address in the
// person's words: app data that repeats it has decided nothing.
func onlyAddress(v label.Value, w *Words) (stretch, bool) {
	if v.Kind() != label.Text || formOf(v) != formAddress || strings.Count(w.text, "@") != 1 {
		return stretch{}, false
	}
	at, ok := w.find(v.Str(), formAddress)
	return at, ok && w.text[at.from:at.to] == v.Str()
}
