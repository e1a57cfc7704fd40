package plan

import "secgpt/mediator/label"

// asParam makes of a value what its parameter plainly wants of it: the part of a date
// that fits, the one item of a list, the field that bears the parameter's name, a
// number as a text, a text as a list of one. What is looked at for that, the kinds and
// the length, is in the labels of what comes out.
func asParam(p Param, v label.Value) label.Value {
	want := paramKinds(p.Type)
	if len(want) == 0 {
		return datePart(p, v)
	}
	switch want[0] {
	case label.List:
		if k := v.Kind(); k == label.List || k == label.Null {
			return v
		}
		v = datePart(p, v)
		return label.ListOf([]label.Value{v}, v.Own())
	case label.Object:
		return v
	}
	if v.Kind() == label.List && len(v.Items()) == 1 {
		v = v.Items()[0].With(v.Own())
	}
	v = datePart(p, v)
	if v.Kind() == label.Object {
		if x, ok := v.Get(p.Name); ok {
			v = x.With(v.Own())
		}
	}
	if want[0] == label.Text && isNumber(v) {
		return label.TextOf(scalar(v), v.Own())
	}
	return v
}

// datePart is the part of a date that a parameter means: its end where the name says so,
// else its start. A value that is no date stays as it is.
func datePart(p Param, v label.Value) label.Value {
	start, ok := dateText(v)
	if !ok {
		return v
	}
	if ends(p.Name) {
		if end, ok := v.Get("end"); ok {
			return end.With(v.Own())
		}
	}
	if day, ok := v.Get("date"); ok && p.Type == "date" {
		return day.With(v.Own())
	}
	return start
}
