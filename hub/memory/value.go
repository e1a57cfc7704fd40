package memory

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"secgpt/mediator/label"
)

// A VALUE is a labelled value with the labels and origins that its parts name by number,
// from 1:
//
//	{"from":[[],["mail"]],"how":[{"how":"result","app":"mail","tool":"search","path":"id","call":3,"minted":true}],
//	 "v":{"l":2,"m":[{"n":"id","l":2,"o":1,"t":"m1"},{"n":"unread","l":2,"b":true}]}}
//
// A part has a label l, an origin o if it has one, and exactly one of: t, a text; s, a text
// of pieces with labels of their own; b, i, f, a truth value, a whole number, a number (a
// text where JSON has none for it); a, a list; m, the fields of an object, each a part with
// a name n. A part with none of them is null. One whose label is missing or has no such
// number is of unknown source.
type part struct {
	N string   `json:"n,omitempty"`
	L int      `json:"l"`
	O int      `json:"o,omitempty"`
	T *string  `json:"t,omitempty"`
	S []span   `json:"s,omitempty"`
	B *bool    `json:"b,omitempty"`
	I *int64   `json:"i,omitempty"`
	F *float   `json:"f,omitempty"`
	A *[]*part `json:"a,omitempty"`
	M *[]*part `json:"m,omitempty"`
}

type span struct {
	T string `json:"t"`
	L int    `json:"l"`
}

// origin is a label.Origin.
type origin struct {
	How    string       `json:"how"`
	App    label.Source `json:"app,omitempty"`
	Tool   string       `json:"tool,omitempty"`
	Path   string       `json:"path,omitempty"`
	Call   int          `json:"call,omitempty"`
	Minted bool         `json:"minted,omitempty"`
	Whole  bool         `json:"whole,omitempty"`
	Read   string       `json:"read,omitempty"`
}

type value struct {
	From []from   `json:"from"`
	How  []origin `json:"how,omitempty"`
	V    *part    `json:"v"`
}

// maxDepth bounds the nesting of what is read: that of values.
const maxDepth = 64

// hows names the ways in which a value came to be. An answer of the person is not among
// them: it endorses within its own turn alone.
var hows = map[label.How]string{label.Result: "result", label.When: "when", label.Failed: "failed"}

// from is a label in JSON: a list of sources. What is none reads as unknown.
type from struct{ label label.Label }

func (f from) MarshalJSON() ([]byte, error) {
	s := f.label.Sources()
	if s == nil {
		s = []label.Source{}
	}
	return json.Marshal(s)
}

func (f *from) UnmarshalJSON(b []byte) error {
	var s []label.Source
	f.label = label.Label{}
	if json.Unmarshal(b, &s) == nil && s != nil {
		f.label = label.Of(s...)
	}
	return nil
}

// float is a number that JSON may not have.
type float float64

func (f float) MarshalJSON() ([]byte, error) {
	if x := float64(f); math.IsNaN(x) || math.IsInf(x, 0) {
		return json.Marshal(strconv.FormatFloat(x, 'g', -1, 64))
	}
	return json.Marshal(float64(f))
}

func (f *float) UnmarshalJSON(b []byte) error {
	x, err := strconv.ParseFloat(strings.Trim(string(b), `"`), 64)
	*f = float(x)
	return err
}

// An encoder numbers labels and origins.
type encoder struct {
	out    value
	labels map[string]int
	hows   map[origin]int
}

// encode writes a value.
func encode(v label.Value) (json.RawMessage, error) {
	e := &encoder{labels: map[string]int{}, hows: map[origin]int{}, out: value{From: []from{}}}
	e.out.V = e.part(v)
	return marshal(e.out)
}

// marshal writes JSON as it is, without the spellings for web pages.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func (e *encoder) label(l label.Label) int {
	key := "?"
	if s := l.Sources(); len(s) > 0 || l.Empty() {
		key = fmt.Sprint(s)
	}
	n, ok := e.labels[key]
	if !ok {
		e.out.From = append(e.out.From, from{l})
		n = len(e.out.From)
		e.labels[key] = n
	}
	return n
}

func (e *encoder) origin(o label.Origin) int {
	how, ok := hows[o.How]
	if !ok {
		return 0
	}
	k := origin{how, o.App, o.Tool, o.Path, o.Call, o.Minted, o.Whole, o.Read}
	n, ok := e.hows[k]
	if !ok {
		e.out.How = append(e.out.How, k)
		n = len(e.out.How)
		e.hows[k] = n
	}
	return n
}

func (e *encoder) part(v label.Value) *part {
	p := &part{L: e.label(v.Own()), O: e.origin(v.Origin())}
	switch v.Kind() {
	case label.Bool:
		b := v.IsTrue()
		p.B = &b
	case label.Int:
		i := v.Int64()
		p.I = &i
	case label.Float:
		f := float(v.Float64())
		p.F = &f
	case label.Text:
		e.text(p, v)
	case label.List:
		parts := make([]*part, len(v.Items()))
		for i, x := range v.Items() {
			parts[i] = e.part(x)
		}
		p.A = &parts
	case label.Object:
		parts := make([]*part, len(v.Fields()))
		for i, f := range v.Fields() {
			parts[i] = e.part(f.Value)
			parts[i].N = f.Name
		}
		p.M = &parts
	}
	return p
}

func (e *encoder) text(p *part, v label.Value) {
	spans := v.TextSpans()
	if len(spans) == 0 || len(spans) == 1 && spans[0].Label.Equal(v.Own()) {
		s := v.Str()
		p.T = &s
		return
	}
	for _, s := range spans {
		p.S = append(p.S, span{s.Text, e.label(s.Label)})
	}
}

var errValue = errors.New("a value that can't be read")

// A decoder reads one value. rename gives a label as it stands now, apps that were removed
// since made unknown.
type decoder struct {
	labels []label.Label
	hows   []label.Origin
	rename func(label.Label) label.Label
}

// decode reads a value. It never gives a part fewer sources than it was written with.
func decode(raw json.RawMessage, rename func(label.Label) label.Label) (label.Value, error) {
	var v value
	if err := json.Unmarshal(raw, &v); err != nil || v.V == nil {
		return label.Value{}, errValue
	}
	d := &decoder{rename: rename}
	for _, f := range v.From {
		d.labels = append(d.labels, rename(f.label))
	}
	for _, o := range v.How {
		d.hows = append(d.hows, d.origin(o))
	}
	return d.value(v.V, 0)
}

// origin reads an origin; one that can't be told is none, which endorses nothing.
func (d *decoder) origin(o origin) label.Origin {
	if o.App != "" && !d.rename(label.Of(o.App)).Has(o.App) {
		return label.Origin{} // another app has that name now, or none
	}
	for how, name := range hows {
		if name == o.How {
			return label.Origin{How: how, App: o.App, Tool: o.Tool, Path: o.Path, Call: o.Call, Minted: o.Minted && how == label.Result, Whole: o.Whole && how == label.Result, Read: o.Read}
		}
	}
	return label.Origin{}
}

func (d *decoder) label(n int) label.Label {
	if n < 1 || n > len(d.labels) {
		return label.Label{}
	}
	return d.labels[n-1]
}

func (d *decoder) value(p *part, depth int) (label.Value, error) {
	if p == nil || depth > maxDepth {
		return label.Value{}, errValue
	}
	v, err := d.bare(p, depth)
	if err == nil && p.O >= 1 && p.O <= len(d.hows) && d.hows[p.O-1] != (label.Origin{}) {
		v = v.Made(d.hows[p.O-1])
	}
	return v, err
}

func (d *decoder) bare(p *part, depth int) (label.Value, error) {
	own := d.label(p.L)
	kinds := 0
	for _, there := range []bool{p.T != nil, p.S != nil, p.B != nil, p.I != nil, p.F != nil, p.A != nil, p.M != nil} {
		if there {
			kinds++
		}
	}
	switch {
	case kinds > 1:
		return label.Value{}, errValue
	case p.T != nil:
		return label.TextOf(*p.T, own), nil
	case p.S != nil:
		spans := make([]label.Span, len(p.S))
		for i, s := range p.S {
			spans[i] = label.Span{Text: s.T, Label: d.label(s.L)}
		}
		return label.Spans(own, spans...), nil
	case p.B != nil:
		return label.BoolOf(*p.B, own), nil
	case p.I != nil:
		return label.IntOf(*p.I, own), nil
	case p.F != nil:
		return label.FloatOf(float64(*p.F), own), nil
	case p.A != nil:
		items := make([]label.Value, len(*p.A))
		for i, x := range *p.A {
			var err error
			if items[i], err = d.value(x, depth+1); err != nil {
				return label.Value{}, err
			}
		}
		return label.ListOf(items, own), nil
	case p.M != nil:
		fields, seen := make([]label.Field, len(*p.M)), map[string]bool{}
		for i, x := range *p.M {
			v, err := d.value(x, depth+1)
			if err != nil || seen[x.N] {
				return label.Value{}, errValue
			}
			seen[x.N] = true
			fields[i] = label.Field{Name: x.N, Value: v}
		}
		return label.ObjectOf(fields, own), nil
	}
	return label.NullOf(own), nil
}
