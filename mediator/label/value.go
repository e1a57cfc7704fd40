package label

import (
	"errors"
	"math"
	"slices"
	"strings"
)

// Kind is what a Value holds.
type Kind uint8

// The kinds are JSON's, with numbers split as the plan language splits them.
const (
	Null Kind = iota
	Bool
	Int
	Float
	Text
	List
	Object
)

func (k Kind) String() string {
	return [...]string{"nothing", "truth value", "whole number", "number", "text", "list", "object"}[k]
}

// A Value is JSON whose every part has a label. It is immutable: operations
// return new Values. The zero Value is null with the zero Label, which reads as
// {unknown}.
//
// Own is the label of the node itself: that it is there, of what kind and how
// long. All is what anything derived from the whole value must carry.
type Value struct {
	kind   Kind
	own    Label
	inner  Label // of a list or an object: the union of all labels of its parts, kept since it is asked often
	b      bool
	i      int64
	f      float64
	text   []Span
	items  []Value
	fields []Field
	origin *Origin
}

// A Span is a piece of a text with the sources of that piece, so that a question
// can mark each part of an argument.
type Span struct {
	Text  string
	Label Label
}

// A Field is one entry of an object.
type Field struct {
	Name  string
	Value Value
}

// An Origin says how an untouched value was made; any operation on the value
// drops it. It lets the mediator tell an id that an app minted, or a date that
// the hub read, from a value that was computed.
type Origin struct {
	How  How
	App  Source // How == Result: the app that returned it
	Tool string
	Path string // How == Result: dotted field names from the result's root, list indexes left out
	Call int    // How == Result: the call's number in its session; How == Answer: the answer's
	// Minted: How == Result and the manifest says that the app itself makes this field up.
	Minted bool
	Whole  bool   // How == Result: it is all that the call gave, and no item of it
	Read   string // How == When: the words that the hub read
}

// How a value came to be.
type How uint8

// The ways that matter to the mediator.
const (
	Computed How = iota // by an operation of a plan; the zero value endorses nothing
	Result              // a field of an app's result
	When                // a date read by the hub
	Answer              // typed by the person as an answer to need(), or in an edit
	Failed              // not made at all: a null in the place of the result of a call that failed
)

// NullOf, BoolOf, IntOf, FloatOf and TextOf return scalars that carry l.
func NullOf(l Label) Value             { return Value{own: l} }
func BoolOf(b bool, l Label) Value     { return Value{kind: Bool, b: b, own: l} }
func IntOf(i int64, l Label) Value     { return Value{kind: Int, i: i, own: l} }
func FloatOf(f float64, l Label) Value { return Value{kind: Float, f: f, own: l} }
func TextOf(s string, l Label) Value {
	return Value{kind: Text, text: []Span{{s, l}}, own: l}
}

// ListOf returns a list whose length and order carry own; the items keep theirs. The
// slice must not be changed afterwards.
func ListOf(items []Value, own Label) Value {
	inner := Person()
	for _, x := range items {
		inner = inner.Join(x.All())
	}
	return Value{kind: List, items: items, own: own, inner: inner}
}

// ObjectOf returns an object whose set of fields carries own. Field names must
// not repeat, and the slice must not be changed afterwards.
func ObjectOf(fields []Field, own Label) Value {
	inner := Person()
	for _, f := range fields {
		inner = inner.Join(f.Value.All())
	}
	return Value{kind: Object, fields: fields, own: own, inner: inner}
}

// Append returns a list with one more item, whose length carries own. It looks at the
// new item alone, and may write into the spare room of v's slice.
func (v Value) Append(x Value, own Label) Value {
	v.must(List)
	return Value{kind: List, items: append(v.items, x), own: own, inner: v.inner.Join(x.All())}
}

// Spans returns a text made of pieces; own is joined with the label of each.
func Spans(own Label, spans ...Span) Value {
	v := Value{kind: Text, own: own}
	for _, s := range spans {
		v.own = v.own.Join(s.Label)
		if n := len(v.text); n > 0 && v.text[n-1].Label.Equal(s.Label) {
			v.text[n-1].Text += s.Text
			continue
		}
		v.text = append(v.text, s)
	}
	return v
}

// Clip returns the list v without the spare room of its slice: what is appended to it
// later is written elsewhere.
func (v Value) Clip() Value {
	v.must(List)
	v.items = slices.Clip(v.items)
	return v
}

// Kind tells what v holds.
func (v Value) Kind() Kind { return v.kind }

// Own is the label of the node alone; see Value.
func (v Value) Own() Label { return v.own }

// All is the union of all labels in v.
func (v Value) All() Label {
	l := v.own
	for _, s := range v.text {
		l = l.Join(s.Label)
	}
	if v.kind == List || v.kind == Object {
		l = l.Join(v.inner)
	}
	return l
}

// With returns v with l joined to its own label: what a value becomes inside a
// branch or loop on something labelled l. The origin stays; the label tells that
// the choice was not free. The pieces of a text keep their own sources, since
// their bytes did not change.
func (v Value) With(l Label) Value {
	v.own = v.own.Join(l)
	return v
}

// Mixed returns v with l joined to every part and every piece of a text: what a value
// is whose very bytes may hold data labelled l, as what an app returns may hold all that
// it was given before. Origins stay.
func (v Value) Mixed(l Label) Value {
	return v.Map(func(_ string, part Value) Value {
		if part.kind == Text {
			text := make([]Span, len(part.text))
			for i, s := range part.text {
				text[i] = Span{s.Text, s.Label.Join(l)}
			}
			part.text = text
		}
		return part.With(l)
	})
}

// Origin is how v was made, or the zero Origin once an operation touched it.
func (v Value) Origin() Origin {
	if v.origin == nil {
		return Origin{}
	}
	return *v.origin
}

// Made returns v with the given origin.
func (v Value) Made(o Origin) Value {
	v.origin = &o
	return v
}

func (v Value) from(o *Origin) Value {
	v.origin = o
	return v
}

// IsTrue reads a truth value. It panics on another kind, as do the accessors below.
func (v Value) IsTrue() bool { v.must(Bool); return v.b }

// Int64 reads a whole number.
func (v Value) Int64() int64 { v.must(Int); return v.i }

// Float64 reads a whole number or a number.
func (v Value) Float64() float64 {
	if v.kind == Int {
		return float64(v.i)
	}
	v.must(Float)
	return v.f
}

// Str reads a text.
func (v Value) Str() string {
	v.must(Text)
	if len(v.text) == 1 {
		return v.text[0].Text
	}
	var b strings.Builder
	for _, s := range v.text {
		b.WriteString(s.Text)
	}
	return b.String()
}

// TextSpans returns the pieces of a text; the slice must not be changed.
func (v Value) TextSpans() []Span { v.must(Text); return v.text }

// Items returns the items of a list; the slice must not be changed.
func (v Value) Items() []Value { v.must(List); return v.items }

// Fields returns the fields of an object in order; the slice must not be changed.
func (v Value) Fields() []Field { v.must(Object); return v.fields }

// Get finds a field of an object. The caller joins Own where the presence of the
// field matters.
func (v Value) Get(name string) (Value, bool) {
	v.must(Object)
	for _, f := range v.fields {
		if f.Name == name {
			return f.Value, true
		}
	}
	return Value{}, false
}

func (v Value) must(k Kind) {
	if v.kind != k {
		panic("label: a " + v.kind.String() + " was read as a " + k.String())
	}
}

// errNumber is returned for numbers that JSON can't carry.
var errNumber = errors.New("not a finite number")

func finite(f float64) error {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return errNumber
	}
	return nil
}
