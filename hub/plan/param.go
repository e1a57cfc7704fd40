package plan

import (
	"slices"
	"strings"

	"secgpt/mediator/label"
)

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
	if k := v.Kind(); want[0] == label.Text && (k == label.List || k == label.Object) && slices.Contains(contents, p.Name) {
		return asLines(v)
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

// asLines writes a result as people would into a letter: what it says, or a line for each
// thing, with its texts but the id. It has the labels of all of it.
func asLines(v label.Value) label.Value {
	var line func(v label.Value) string
	line = func(v label.Value) string {
		switch v.Kind() {
		case label.Null:
			return ""
		case label.Text:
			return v.Str()
		case label.List:
			var all []string
			for _, x := range v.Items() {
				if s := line(x); s != "" {
					all = append(all, s)
				}
			}
			return strings.Join(all, ", ")
		case label.Object:
			var all []string
			for _, f := range v.Fields() {
				if s := line(f.Value); s != "" && f.Name != "id" && f.Value.Kind() != label.Bool {
					all = append(all, s)
				}
			}
			return strings.Join(all, ", ")
		}
		return scalar(v)
	}
	all := v.All()
	if v.Kind() == label.Object {
		for _, name := range contents {
			if x, ok := v.Get(name); ok && x.Kind() == label.Text {
				return x.With(v.Own())
			}
		}
		return label.TextOf(line(v), all)
	}
	var lines []string
	for _, x := range v.Items() {
		lines = append(lines, line(x))
	}
	return label.TextOf(strings.Join(lines, "\n"), all)
}
