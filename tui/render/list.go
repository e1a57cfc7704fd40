package render

import (
	"fmt"
	"slices"
	"strings"

	"secgpt/mediator/label"
	"secgpt/tui/safe"
)

// maxItems is how many items of a list are laid out for a screen. An app may
// return more than anybody reads; the rest is counted, and in a script's output.
const maxItems = 500

// list lays out a list in the shape that fits its items.
func (v view) list(x label.Value) []row {
	items := x.Items()
	left := 0
	if len(items) > maxItems && !v.every {
		left, items = len(items)-maxItems, items[:maxItems]
	}
	var rows []row
	switch {
	case len(items) == 0:
		return []row{{body: []Run{{Dim, "nothing"}}}}
	case all(items, isEvent):
		rows = v.events(items)
	case all(items, isMail):
		rows = v.mails(items)
	case all(items, isObject):
		if rows = v.table(items); rows == nil {
			rows = v.entries(items)
		}
	default:
		rows = v.points(items)
	}
	if left > 0 {
		rows = append(rows, row{body: []Run{{Warn, fmt.Sprintf("… and %d more", left)}}})
	}
	return rows
}

func all(items []label.Value, is func(label.Value) bool) bool {
	return !slices.ContainsFunc(items, func(x label.Value) bool { return !is(x) })
}

func isObject(x label.Value) bool { return x.Kind() == label.Object }

func isEvent(x label.Value) bool {
	_, _, ok := eventTime(x)
	return ok && field(x, "title", "summary") != ""
}

func isMail(x label.Value) bool {
	return field(x, "from", "sender") != "" && isObject(x) && has(x, "subject")
}

func has(x label.Value, name string) bool {
	_, ok := x.Get(name)
	return ok
}

// events groups by day: `14:00–15:00  Project kickoff  Room 4.12`.
func (v view) events(items []label.Value) []row {
	titles, hours := 0, 0
	for _, x := range items {
		start, end, _ := eventTime(x)
		hours = max(hours, safe.Width(v.hours(start, end)))
		titles = max(titles, safe.Width(v.line(field(x, "title", "summary"))))
	}
	titles = min(titles, v.width()/2)
	var rows []row
	day := ""
	for _, x := range items {
		start, end, _ := eventTime(x)
		if d := v.dayOf(v.here(start)); d != day {
			if day = d; len(rows) > 0 {
				rows = append(rows, row{})
			}
			rows = append(rows, row{body: []Run{{Strong, d}}})
		}
		title := v.line(field(x, "title", "summary"))
		body := []Run{{Text, title}}
		if where := field(x, "location"); where != "" {
			body = []Run{{Text, pad(title, titles) + "  "}, {Dim, v.line(where)}}
		}
		rows = append(rows, row{lead: []Run{{Name, pad(v.hours(start, end), min(hours, v.width()/4)) + "  "}}, body: body})
	}
	return rows
}

// hours is when an event is on the day under which it stands.
func (v view) hours(start, end moment) string {
	a, b := v.here(start), v.here(end)
	switch {
	case start.day && b.AddDate(0, 0, -1).After(a):
		return "until " + v.dayOf(b.AddDate(0, 0, -1))
	case start.day:
		return "all day"
	case a.Equal(b):
		return clock(a)
	case v.dayOf(a) != v.dayOf(b):
		return clock(a) + "–" + v.when(end)
	}
	return clock(a) + "–" + clock(b)
}

// mails are one line each: `new  Mon 23 Nov  Bob Keller  Subject`.
func (v view) mails(items []label.Value) []row {
	unread, days, names := 0, 0, 0
	day := func(x label.Value) string {
		if m, ok := readMoment(field(x, "date")); ok {
			return v.dayOf(v.here(m))
		}
		return fit(v.line(field(x, "date")), 16)
	}
	for _, x := range items {
		if isTrue(x, "unread") {
			unread = len("new  ")
		}
		days = max(days, safe.Width(day(x)))
		names = max(names, safe.Width(v.person(field(x, "from", "sender"))))
	}
	names = min(names, max(12, v.width()/4))
	var rows []row
	for _, x := range items {
		mark := ""
		if isTrue(x, "unread") {
			mark = "new"
		}
		subject := v.line(field(x, "subject"))
		if subject == "" {
			subject = "(no subject)"
		}
		rows = append(rows, row{
			lead: []Run{
				{Strong, pad(mark, unread)}, {Dim, pad(day(x), days) + "  "},
				{Text, pad(fit(v.person(field(x, "from", "sender")), names), names) + "  "},
			},
			body: []Run{{Text, subject}},
		})
	}
	return rows
}

// person is the name in `Bob Keller <bob@example.org>`, or all of it.
func (v view) person(from string) string {
	name, _, ok := strings.Cut(from, "<")
	if name = strings.Trim(name, `" `); ok && name != "" && !strings.Contains(name, "@") {
		return v.line(name)
	}
	return v.line(from)
}

// table lays out objects of short values in columns, or returns nil if they need
// more room than there is. Columns of ids and columns without content are left out.
func (v view) table(items []label.Value) []row {
	const maxColumns = 8
	var names []string
	for _, x := range items {
		for _, f := range x.Fields() {
			if long(f) {
				return nil
			}
			if !isID(f.Name) && !empty(f.Value) && !slices.Contains(names, f.Name) {
				names = append(names, f.Name)
			}
		}
		if len(names) > maxColumns {
			return nil
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.SortStableFunc(names, func(a, b string) int { return rank(a) - rank(b) })
	cols := make([][]string, len(names))
	total := 0
	for i, n := range names {
		width := safe.Width(v.title(n))
		for _, x := range items {
			cell := ""
			if f, ok := x.Get(n); ok && !empty(f) {
				cell = v.inline(f, 0)
			}
			if strings.Contains(cell, "\n") {
				return nil
			}
			cols[i] = append(cols[i], cell)
			width = max(width, safe.Width(cell))
		}
		for r := range cols[i] {
			cols[i][r] = pad(cols[i][r], width) + "  "
		}
		names[i] = pad(v.title(n), width) + "  "
		total += width + 2
	}
	if total > v.width()-barCells-12 && !v.raw { // the source stands at the right
		return nil
	}
	var rows []row
	if len(names) > 1 {
		rows = append(rows, row{body: []Run{{Dim, strings.TrimRight(strings.Join(names, ""), " ")}}})
	}
	for r := range items {
		line := ""
		for i := range cols {
			line += cols[i][r]
		}
		rows = append(rows, row{body: []Run{{Text, strings.TrimRight(line, " ")}}})
	}
	return rows
}

// entries lays out objects one below the other, each under its title.
func (v view) entries(items []label.Value) []row {
	var rows []row
	for i, x := range items {
		if i > 0 {
			rows = append(rows, row{})
		}
		skip := ""
		for _, n := range []string{"title", "subject", "summary", "name"} {
			if s := field(x, n); s != "" && !strings.Contains(s, "\n") {
				skip = n
				rows = append(rows, row{body: []Run{{Strong, v.line(s)}}})
				break
			}
		}
		rows = append(rows, v.object(x, skip)...)
	}
	return rows
}

// points lays out anything else, one item a line.
func (v view) points(items []label.Value) []row {
	var rows []row
	for _, x := range items {
		rows = append(rows, row{lead: []Run{{Dim, "- "}}, body: []Run{{Text, v.inline(x, 0)}}})
	}
	return rows
}
