package render

import (
	"slices"
	"strings"
	"unicode/utf8"

	"secgpt/hub"
	"secgpt/mediator/label"
	"secgpt/tui/safe"
)

// A part is what stands together in an answer and came from the same apps: a
// paragraph, an object or a list.
type part struct {
	from  label.Label
	text  string        // a paragraph, not yet safe
	lead  label.Label   // of the paragraph's first words
	value *label.Value  // an object or a list
	all   []label.Value // everything in it
}

// parts groups the blocks of an answer. Short texts in a row are one paragraph; an
// object with a name ends a sentence that was left open: `Added` + an event.
func (v view) parts(blocks []hub.Block) []part {
	var out []part
	open := false // the last part is a paragraph that takes more
	for _, b := range blocks {
		x := b.Value
		from := x.All()
		last := len(out) - 1
		scalar := x.Kind() != label.Object && x.Kind() != label.List
		if scalar && !(x.Kind() == label.Text && strings.Contains(strings.TrimSpace(x.Str()), "\n")) {
			if !open {
				out = append(out, part{from: label.Person(), lead: firstWords(x)})
				last++
			}
			out[last].add(v.words(x), x, from)
			open = true
			continue
		}
		if s := v.ending(x); open && s != "" && unfinished(out[last].text) {
			out[last].add(s+".", x, from)
			open = false
			continue
		}
		out = append(out, part{from: from, value: &x, all: []label.Value{x}})
		open = false
	}
	return out
}

func firstWords(x label.Value) label.Label {
	if x.Kind() == label.Text && len(x.TextSpans()) > 0 {
		return x.TextSpans()[0].Label
	}
	return x.All()
}

// words is a scalar as part of a sentence, raw: dates are still as apps write them.
func (v view) words(x label.Value) string {
	if x.Kind() == label.Text {
		return strings.TrimRight(x.Str(), "\r\n")
	}
	return v.scalar(x)
}

// ending is what an object says at the end of a sentence, not yet safe.
func (v view) ending(x label.Value) string {
	if x.Kind() != label.Object {
		return ""
	}
	plain := v
	plain.raw = true
	if v.raw {
		return ""
	}
	return plain.summary(x)
}

func unfinished(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(strings.TrimSpace(s))
	return !strings.ContainsRune(".:!?…", r)
}

func (p *part) add(s string, x label.Value, from label.Label) {
	first, _ := utf8.DecodeRuneInString(s)
	lastRune, _ := utf8.DecodeLastRuneInString(p.text)
	if p.text != "" && s != "" && !strings.ContainsRune(".,;:!?)–", first) && !strings.ContainsRune("(–\n ", lastRune) {
		p.text += " "
	}
	p.text += s
	p.from = p.from.Join(from)
	p.all = append(p.all, x)
}

// rows lays out one part.
func (v view) rows(p part) []row {
	v.mixed = len(p.from.Sources()) > 1
	switch {
	case p.value == nil:
		return []row{{body: []Run{{Text, v.paragraph(p.text)}}}}
	case p.value.Kind() == label.List:
		return v.list(*p.value)
	case p.value.Kind() == label.Object:
		return v.object(*p.value, "")
	}
	return v.prose(*p.value)
}

// paragraph makes a sentence fit to be shown, with its dates as people write them.
func (v view) paragraph(s string) string {
	if v.raw {
		return s
	}
	if m, ok := readMoment(s); ok {
		return v.when(m)
	}
	var b strings.Builder
	at := 0
	var last moment
	for _, hit := range full.FindAllStringIndex(s, -1) {
		before, _ := utf8.DecodeLastRuneInString(s[:hit[0]])
		m, ok := readMoment(s[hit[0]:hit[1]])
		if !ok || hit[0] > 0 && !strings.ContainsRune(" \t\n(–,", before) {
			continue
		}
		gap := s[at:hit[0]]
		b.WriteString(gap)
		if at > 0 && between(gap) && v.dayOf(v.here(last)) == v.dayOf(v.here(m)) {
			b.WriteString(clock(v.here(m)))
		} else {
			b.WriteString(v.when(m))
		}
		at, last = hit[1], m
	}
	return v.text(b.String() + s[at:])
}

// Blocks lays out an answer. What an app wrote has the bar, unless it is one line
// that our own words begin; each part names its sources at the right or, where
// they need too much room, on a line of their own below it.
func Blocks(blocks []hub.Block, o Options) []Line {
	v := view{Options: o}
	var out []Line
	for i, p := range v.parts(blocks) {
		if i > 0 && !strings.HasSuffix(written(out[len(out)-1].Runs), ":") {
			out = append(out, Line{})
		}
		out = append(out, v.part(p)...)
	}
	return out
}

func written(runs []Run) string {
	s := ""
	for _, r := range runs {
		s += r.Text
	}
	return s
}

func (v view) part(p part) []Line {
	rows := v.rows(p)
	if p.from.Empty() {
		return lines(rows, v.width())
	}
	names := sources(p.from)
	beside := safe.Width(names) <= v.width()/4
	if beside {
		rows[0].right = Run{Source, names}
	}
	out := lines(rows, v.width())
	if !(p.value == nil && p.lead.Empty() && len(out) == 1) {
		for i := range rows {
			rows[i].bar = true
		}
		out = lines(rows, v.width())
	}
	remark := p.remark()
	if !beside || remark {
		say := "From " + names + "."
		if remark {
			say += " " + Remark
		}
		out = append(out, lines([]row{{lead: []Run{{Dim, "  "}}, body: []Run{{Dim, say}}}}, v.width())...)
	}
	return out
}

// Remark stands under a text in which something was hidden or that looks like an
// order to an assistant.
const Remark = "Text in here is shown, never obeyed."

func (p part) remark() bool {
	if p.from.Empty() {
		return false
	}
	return slices.ContainsFunc(p.all, suspicious)
}

// suspicious reports whether a text in x hides something or gives orders.
func suspicious(x label.Value) bool {
	found := false
	x.Map(func(_ string, part label.Value) label.Value {
		if !found && part.Kind() == label.Text && !part.All().Empty() {
			found = safe.Inspect(part.Str()).Remark()
		}
		return part
	})
	return found
}

// Suspicious names the sources of the blocks in which something was hidden or
// looks like an order, for a script's notes: "" if there is none.
func Suspicious(blocks []hub.Block) string {
	from := label.Person()
	for _, b := range blocks {
		if suspicious(b.Value) {
			from = from.Join(b.Value.All())
		}
	}
	return sources(from)
}

// Plain is an answer for a script that prints it: the text alone, every line whole,
// safe for a terminal, with dates as the person writes them.
func Plain(blocks []hub.Block, o Options) string {
	o.Width = wide
	return script(view{Options: o, every: true}, blocks)
}

// Exact is an answer for programs: as Plain, but with every text as the app
// returned it; a lone text is that very text. Print it only as safe.JSON.
func Exact(blocks []hub.Block, o Options) string {
	if len(blocks) == 1 && blocks[0].Value.Kind() == label.Text {
		return blocks[0].Value.Str()
	}
	o.Width = wide
	return script(view{Options: o, every: true, raw: true}, blocks)
}

// wide is a width at which no table is given up.
const wide = 1 << 20

func script(v view, blocks []hub.Block) string {
	var b strings.Builder
	for i, p := range v.parts(blocks) {
		if i > 0 && !strings.HasSuffix(b.String(), ":\n") {
			b.WriteByte('\n')
		}
		for _, r := range v.rows(p) {
			lead, body := written(r.lead), written(r.body)
			if strings.Contains(body, "\n") {
				body = strings.ReplaceAll(body, "\n", "\n"+strings.Repeat(" ", safe.Width(lead)))
			}
			if !v.raw {
				body = strings.TrimRight(body, " ")
			}
			b.WriteString(lead + body + "\n")
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Prose lays out a model's words, or any text without labels of its own.
func Prose(s string, o Options) []Line {
	v := view{Options: o}
	var rows []row
	for l := range strings.SplitSeq(v.text(s), "\n") {
		rows = append(rows, row{body: []Run{{Text, l}}})
	}
	return lines(rows, o.width())
}
