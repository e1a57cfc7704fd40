package plan

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"pgregory.net/rapid"

	"secgpt/mediator"
	"secgpt/mediator/label"
)

// stateful apps: what is written into notes is found there again, item by item, and
// calendar is an app of which only the whole is known. Contents alone, no sources: each
// of the two runs has its own, with sources of its own kind beside it.
type stateful struct {
	content
	failing bool
	notes   []string
	events  int
}

// letters have a source that can be seen: an app's own are of one alphabet each.
func letters(s string, from label.Source) string {
	alphabets := map[label.Source]string{"mail": "αβγδχψκ", "notes": "абгдхык"}
	return strings.Map(func(r rune) rune {
		if i := strings.IndexRune("abcdxyk", r); i >= 0 {
			return []rune(alphabets[from])[i]
		}
		return r
	}, s)
}

func sourceOf(r rune) label.Source {
	switch {
	case unicode.Is(unicode.Greek, r):
		return "mail"
	case unicode.Is(unicode.Cyrillic, r):
		return "notes"
	}
	return ""
}

// lettered gives a content mail's own letters.
func lettered(c content) content {
	msg := func(m message) message {
		m.ID, m.Subject, m.Tags = letters(m.ID, "mail"), letters(m.Subject, "mail"), slices.Clone(m.Tags)
		for i, t := range m.Tags {
			m.Tags[i] = letters(t, "mail")
		}
		return m
	}
	c.Messages, c.Body = slices.Clone(c.Messages), msg(c.Body)
	for i, m := range c.Messages {
		c.Messages[i] = msg(m)
	}
	return c
}

// answer is what a call gives, and with keeps whether it is notes' list of its items.
func (w *stateful) answer(c Call) (v any, items bool, err error) {
	size := 0
	for _, a := range c.Args {
		b, _ := a.Value.JSON()
		size += len(b)
	}
	switch c.App + "." + c.Tool {
	case "notes.add":
		text, _ := c.Args[0].Value.JSON()
		w.notes = append(w.notes, string(text))
		// An id is of its item alone: a counter would tell of calls that were not made.
		return map[string]any{"id": letters(fmt.Sprintf("k%d", size%4), "notes")}, false, nil
	case "notes.search":
		found := []json.RawMessage{}
		for _, n := range w.notes {
			found = append(found, json.RawMessage(n))
		}
		return found, true, nil
	case "calendar.create":
		w.events++
	case "calendar.count":
		return (size + w.events) % 4, false, nil
	}
	body, err := w.content.answer(w.failing)(c)
	if err != nil {
		return nil, false, err
	}
	return json.RawMessage(body.(string)), false, nil
}

// realWorld is what a plan can reach.
type realWorld struct {
	fake
	stateful
	kept  []label.Label // of each note
	gone  label.Label   // of notes that could have been
	holds bool
	whole label.Label // of all that went into calendar, or could have
}

func newWorld(c content, failing bool) *realWorld {
	return &realWorld{stateful: stateful{content: c, failing: failing}, gone: person, whole: person}
}

func (w *realWorld) Could(_ context.Context, app, tool string, l label.Label, _ bool) {
	switch {
	case app == "calendar":
		w.whole = w.whole.Join(l)
	case app+"."+tool == "notes.add":
		w.gone = w.gone.Join(l)
	}
}

// Begin does what a call does at once. With holds the plan gets the results of changes late, as
// of calls that wait for an answer.
func (w *realWorld) Begin(_ context.Context, c Call) (func(context.Context) (label.Value, error), bool) {
	held := w.holds && genTools[c.App+"."+c.Tool].Effect != mediator.Read
	w.fake.events = append(w.fake.events, event{c.App + "." + c.Tool, c.Args, c.Control})
	sent := c.Control
	for _, a := range c.Args {
		sent = sent.Join(a.Value.All())
	}
	l := sent.Join(label.Of(label.Source(c.App)))
	if c.App == "calendar" {
		w.whole = w.whole.Join(sent)
		l = l.Join(w.whole)
	}
	v, items, err := w.answer(c)
	if err != nil {
		return func(context.Context) (label.Value, error) { return label.Value{}, err }, held
	}
	if c.App+"."+c.Tool == "notes.add" {
		w.kept = append(w.kept, sent)
	}
	body, _ := json.Marshal(v)
	out, err := label.FromJSON(body, l)
	if items {
		l = l.Join(w.gone)
		list := make([]label.Value, len(out.Items()))
		for i, x := range out.Items() {
			list[i] = x.Mixed(w.kept[i])
			l = l.Join(w.kept[i]) // of the list: how many there are
		}
		out = label.ListOf(list, l)
	}
	return func(context.Context) (label.Value, error) { return out, err }, held
}

// refWorld is the same for the reference.
type refWorld struct {
	stateful
	ctx    context.Context
	events []refEvent
	kept   []set
	gone   set
	whole  set
	picks  bool
}

type refEvent struct {
	what    string
	args    []*refValue
	control set
}

// could is what is decided over calls that are made or not.
func (w *refWorld) could(app, tool string, s set) {
	if app == "calendar" {
		w.whole |= s
	}
	if app+"."+tool == "notes.add" {
		w.gone |= s
	}
}

func (w *refWorld) note(what string, control set, vs ...*refValue) {
	w.events = append(w.events, refEvent{what, vs, control})
}

func (w *refWorld) call(c Call, vs []*refValue, s, pc set) *refValue {
	w.note(c.App+"."+c.Tool, pc, vs...)
	sent := pc | allOf(vs)
	if c.App == "calendar" {
		w.whole |= sent
		s |= w.whole
	}
	v, items, err := w.answer(c)
	if err != nil {
		return &refValue{src: s, leaf: failure(c.App, c.Tool, person)}
	}
	if c.App+"."+c.Tool == "notes.add" {
		w.kept = append(w.kept, sent)
	}
	body, _ := json.Marshal(v)
	plain, _ := label.FromJSON(body, person)
	out := (&reference{}).known(plain, s)
	if items {
		out.src |= w.gone
		for i, x := range out.items {
			out.items[i] = x.with(w.kept[i])
			out.src |= w.kept[i]
		}
	}
	return out
}

func (w *refWorld) ask(t *target, content []label.Value, vs []*refValue, s, pc set) *refValue {
	schema := &refValue{leaf: t.schema}
	for i := range vs {
		vs[i] = vs[i].with(pc)
	}
	text := t.text
	if t.app != "" { // its model may have said all that the app holds
		text = strings.Join(append([]string{t.app, text}, t.may...), " ")
		s |= bits[label.Source(t.app)]
	}
	w.note("ask "+text, pc, append(vs, schema)...)
	v, _ := (&fake{}).Ask(w.ctx, t.text, content, t.schema, person)
	return &refValue{src: s, leaf: v}
}

func (w *refWorld) need(t *target, choices []*refValue, pc set) *refValue {
	w.note("need "+t.text, pc, choices...)
	if len(choices) > 0 && w.picks {
		return choices[0].with(pc)
	}
	return &refValue{src: pc, leaf: label.TextOf("typed", person).Made(label.Origin{How: label.Answer})}
}

// withoutFailures leaves out replies in which a part says that it failed. Whether they
// are shown depends on labels, which is for other tests.
func withoutFailures(events []event) []event {
	return slices.DeleteFunc(slices.Clone(events), func(e event) bool {
		return e.what == "reply" && slices.ContainsFunc(e.args, func(a mediator.Arg) bool { return strings.Contains(show(a.Value), " failed)") })
	})
}

// lost finds the part of a value whose label lacks a source, by what the reference says
// and by the letters in it. Outer is what stands around it.
func lost(v label.Value, ref *refValue, outer label.Label, refOuter set) error {
	own, want := outer.Join(v.Own()), refOuter|ref.src
	if missing := want &^ setOf(own); missing != 0 {
		return fmt.Errorf("%s lacks %s", show(v), (&refValue{src: missing}).show())
	}
	switch v.Kind() {
	case label.Text:
		for _, s := range v.TextSpans() {
			for _, r := range s.Text {
				if from := sourceOf(r); from != "" && !s.Label.Has(from) {
					return fmt.Errorf("the piece %q of %s lacks %s", s.Text, show(v), from)
				}
			}
		}
	case label.List:
		for i, x := range v.Items() {
			if err := lost(x, ref.items[i], own, want); err != nil {
				return err
			}
		}
	case label.Object:
		for i, f := range v.Fields() {
			for _, r := range f.Name {
				if from := sourceOf(r); from != "" && !own.Has(from) {
					return fmt.Errorf("the name %q in %s lacks %s", f.Name, show(v), from)
				}
			}
			if err := lost(f.Value, ref.items[i], own, want); err != nil {
				return err
			}
		}
	}
	return nil
}

// sameContent is how a mistake of the reference itself shows.
func (r *reference) sameContent(v label.Value, ref *refValue) bool {
	a, _ := v.JSON()
	b, _ := r.strip(ref).JSON()
	return string(a) == string(b)
}

// compare checks all that a run did against the reference's run.
func (r *reference) compare(t *rapid.T, src string, h *realWorld, vars *Vars, e *Error, stop *refStop) {
	real := withoutFailures(h.fake.events)
	var seen []string
	for i, ev := range real {
		seen = append(seen, ev.show())
		if i >= len(r.world.events) {
			t.Fatalf("the reference stopped before %s (%+v)\n\n%s", ev.show(), stop, src)
		}
		ref := r.world.events[i]
		if ref.what != ev.what || len(ref.args) != len(ev.args) {
			t.Fatalf("the reference did %s and not %s\n\n%s\n\n%s", ref.what, ev.show(), src, strings.Join(seen, "\n"))
		}
		if missing := ref.control &^ setOf(ev.control); missing != 0 {
			t.Fatalf("the control label of %s lacks%s\n\n%s", ev.show(), (&refValue{src: missing}).show(), src)
		}
		for j, a := range ev.args {
			if !r.sameContent(a.Value, ref.args[j]) {
				t.Fatalf("the reference has another content than %s: %s\n\n%s\n\n%s", ev.show(), show(r.strip(ref.args[j])), src, strings.Join(seen, "\n"))
			}
			if err := lost(a.Value, ref.args[j], person, 0); err != nil {
				t.Fatalf("%s: %v\n\n%s\n\n%s", ev.what, err, src, strings.Join(seen, "\n"))
			}
		}
	}
	if len(r.world.events) != len(real) || (e == nil) != (stop == nil) {
		t.Fatalf("the reference went on: %v, %v; %d, %d events\n\n%s", e, stop, len(real), len(r.world.events), src)
	}
	if e != nil {
		if missing := stop.src &^ setOf(e.Label); missing != 0 {
			t.Fatalf("the error %q lacks%s\n\n%s", e.Msg, (&refValue{src: missing}).show(), src)
		}
	}
	for name, ref := range r.vars {
		s := vars.slots[name]
		switch {
		case s == nil || !s.set && e != nil: // not got to, or given up
			ref.v = nil
		case ref.v == nil:
			if missing := ref.taint &^ setOf(s.taint); missing != 0 {
				t.Fatalf("%s, which has no value, lacks%s\n\n%s", name, (&refValue{src: missing}).show(), src)
			}
		default:
			v := s.read().With(s.taint)
			if !s.set || !r.sameContent(v, ref.v) {
				t.Fatalf("the reference has another content in %s than %s: %s\n\n%s", name, show(v), show(r.strip(ref.v)), src)
			}
			if err := lost(v, ref.v.with(ref.taint), person, 0); err != nil {
				t.Fatalf("the variable %s: %v\n\n%s", name, err, src)
			}
		}
	}
}
