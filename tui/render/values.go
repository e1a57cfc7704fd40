package render

import (
	"slices"
	"strconv"
	"strings"

	"secgpt/mediator/label"
	"secgpt/tui/safe"
)

// maxNested bounds how deep a value is written out; real results are under five.
const maxNested = 8

// A view turns values into text: for eyes, or exact for machines.
type view struct {
	Options
	raw   bool // exact: nothing escaped, no date rewritten
	mixed bool // more than one source: addresses are cut
	every bool // no list is cut
	exact bool // dates with year and zone, as a question shows them
}

// text makes a text of several lines fit to be shown.
func (v view) text(s string) string {
	if v.raw {
		return s
	}
	return safe.Text(safe.Address(s, v.Whole || !v.mixed))
}

// line is text on one line.
func (v view) line(s string) string {
	if v.raw {
		return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' }), " ")
	}
	return safe.Line(safe.Address(s, v.Whole || !v.mixed))
}

// scalar writes a value that has no parts; a text keeps its lines.
func (v view) scalar(x label.Value) string {
	switch x.Kind() {
	case label.Null:
		return "nothing"
	case label.Bool:
		if x.IsTrue() {
			return "yes"
		}
		return "no"
	case label.Int:
		return strconv.FormatInt(x.Int64(), 10)
	case label.Float:
		return strconv.FormatFloat(x.Float64(), 'f', -1, 64)
	case label.Text:
		return v.date(x.Str())
	}
	return ""
}

// date writes a text that is a date as one, any other as it is.
func (v view) date(s string) string {
	if m, ok := readMoment(s); ok && !v.raw {
		if v.exact {
			return v.exactly(m)
		}
		return v.when(m)
	}
	return v.text(s)
}

// inline writes any value in few lines, without a layout: a list of texts as an
// enumeration, an object as `name: value`.
func (v view) inline(x label.Value, depth int) string {
	if depth > maxNested {
		return "…"
	}
	switch x.Kind() {
	case label.List:
		parts := make([]string, 0, len(x.Items()))
		sep := ", "
		for _, item := range x.Items() {
			if item.Kind() == label.Object {
				sep = "\n"
			}
			s := v.inline(item, depth+1)
			if strings.Contains(s, "\n") {
				sep = "\n"
			}
			parts = append(parts, s)
		}
		return strings.Join(parts, sep)
	case label.Object:
		if s, ok := v.short(x); ok && !v.exact {
			return s
		}
		parts := make([]string, 0, len(x.Fields()))
		sep := ", "
		for _, f := range x.Fields() {
			if !v.exact && (isID(f.Name) || empty(f.Value)) {
				continue
			}
			s := v.inline(f.Value, depth+1)
			if strings.Contains(s, "\n") {
				sep = "\n"
			}
			parts = append(parts, v.title(f.Name)+": "+s)
		}
		return strings.Join(parts, sep)
	}
	return v.scalar(x)
}

// short writes the objects that everybody knows: a person, a file.
func (v view) short(x label.Value) (string, bool) {
	name := field(x, "name")
	switch {
	case name == "":
		return "", false
	case field(x, "email") != "" && len(x.Fields()) <= 3:
		return v.line(name) + " <" + v.line(field(x, "email")) + ">", true
	case field(x, "type") != "" && field(x, "content") == "":
		return v.line(name) + " (" + v.line(field(x, "type")) + ")", true
	}
	return "", false
}

// title writes the name of a field as a word: "reply_to" as "Reply to".
func (v view) title(name string) string {
	s := strings.TrimSpace(strings.ReplaceAll(name, "_", " "))
	if s == "" {
		s = name
	}
	if s != "" && s[0] >= 'a' && s[0] <= 'z' {
		s = strings.ToUpper(s[:1]) + s[1:]
	}
	return fit(v.line(s), 40)
}

// field reads the first of the named fields that is a text with something in it.
func field(x label.Value, names ...string) string {
	if x.Kind() != label.Object {
		return ""
	}
	for _, n := range names {
		if f, ok := x.Get(n); ok && f.Kind() == label.Text && strings.TrimSpace(f.Str()) != "" {
			return f.Str()
		}
	}
	return ""
}

// isTrue reads a truth value of an object; no such field is no.
func isTrue(x label.Value, names ...string) bool {
	for _, n := range names {
		if f, ok := x.Get(n); ok && f.Kind() == label.Bool && f.IsTrue() {
			return true
		}
	}
	return false
}

// isID reports the fields that are handles for programs. They say nothing to a
// person, and an answer is for one.
func isID(name string) bool {
	n := strings.ToLower(name)
	return n == "id" || n == "uid" || n == "etag" || strings.HasSuffix(n, "_id") || strings.HasSuffix(n, "_uid")
}

// empty reports values that would only make a line without content.
func empty(x label.Value) bool {
	switch x.Kind() {
	case label.Null:
		return true
	case label.Bool:
		return !x.IsTrue()
	case label.Text:
		return strings.TrimSpace(x.Str()) == ""
	case label.List:
		return !slices.ContainsFunc(x.Items(), func(i label.Value) bool { return !empty(i) })
	case label.Object:
		return !slices.ContainsFunc(x.Fields(), func(f label.Field) bool { return !empty(f.Value) })
	}
	return false
}

// long reports texts that need a paragraph of their own.
func long(f label.Field) bool {
	if f.Value.Kind() != label.Text {
		return false
	}
	s := strings.TrimRight(f.Value.Str(), "\r\n")
	switch f.Name {
	case "text", "body", "content", "description", "notes":
		return len(s) > 60 || strings.Contains(s, "\n")
	}
	return len(s) > 200 || strings.Contains(s, "\n")
}

// sources names where a value came from, as the right margin shows it.
func sources(l label.Label) string { return safe.Line(l.String()) }
