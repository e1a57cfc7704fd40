package render

import (
	"slices"
	"strings"

	"secgpt/mediator/label"
	"secgpt/tui/safe"
)

// maxName is how wide the column of names gets; longer names keep their own line.
const maxName = 16

// headers come first in this order, whatever order an app gives them.
var headers = []string{"from", "to", "cc", "date", "subject", "title", "name", "start", "end"}

// object lays out one object: short fields as `Name  value`, then long texts. The
// only long text needs no name: it is what the object is about.
func (v view) object(x label.Value, skip string) []row {
	var short, texts []label.Field
	for _, f := range x.Fields() {
		switch {
		case isID(f.Name) || empty(f.Value) || f.Name == skip:
		case long(f):
			texts = append(texts, f)
		case (f.Name == "text" || f.Name == "body") && f.Value.Kind() == label.Text:
			texts = append(texts, f)
		default:
			short = append(short, f)
		}
	}
	slices.SortStableFunc(short, func(a, b label.Field) int { return rank(a.Name) - rank(b.Name) })
	var rows []row
	width := 0
	for _, f := range short {
		if n := safe.Width(v.title(f.Name)); n <= maxName {
			width = max(width, n)
		}
	}
	for _, f := range short {
		rows = append(rows, row{
			lead: []Run{{Name, pad(v.title(f.Name), width) + "  "}},
			body: []Run{{Text, v.inline(f.Value, 0)}},
		})
	}
	for _, f := range texts {
		if len(rows) > 0 {
			rows = append(rows, row{})
		}
		if len(texts) > 1 {
			rows = append(rows, row{body: []Run{{Name, v.title(f.Name)}}})
		}
		rows = append(rows, v.prose(f.Value)...)
	}
	if len(rows) == 0 {
		return []row{{body: []Run{{Dim, "nothing"}}}}
	}
	return rows
}

// prose lays out a text of several lines.
func (v view) prose(x label.Value) []row {
	s := v.text(x.Str())
	var rows []row
	for l := range strings.SplitSeq(strings.TrimRight(s, "\r\n"), "\n") {
		rows = append(rows, row{body: []Run{{Text, l}}})
	}
	return rows
}

func rank(name string) int {
	if i := slices.Index(headers, name); i >= 0 {
		return i
	}
	return len(headers)
}

// summary is an object in a few words, to end a sentence with: what it is called,
// and when it is.
func (v view) summary(x label.Value) string {
	name := field(x, "title", "subject", "summary", "name")
	if name == "" || strings.Contains(name, "\n") {
		return ""
	}
	s := v.line(name)
	if start, end, ok := eventTime(x); ok {
		s += ", " + v.span(start, end)
	}
	return s
}

// eventTime reads when an event is; an event without an end ends as it begins.
func eventTime(x label.Value) (start, end moment, ok bool) {
	start, ok = readMoment(field(x, "start"))
	if !ok {
		return start, end, false
	}
	if isTrue(x, "all_day") {
		start = moment{start.t, true}
	}
	if end, ok = readMoment(field(x, "end")); !ok {
		end = start
	}
	if start.day {
		end.day = true
	}
	return start, end, true
}
