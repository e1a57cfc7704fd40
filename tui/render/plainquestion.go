package render

import (
	"fmt"
	"strings"

	"secgpt/mediator"
	"secgpt/tui/safe"
)

// PlainQuestion is Question for one line after the other: nothing stands beside
// anything, and colour or place carry no meaning. Head says which question it is:
// "Question 1 of 1." A value never reaches the left margin, so that it can't pass
// for a line of ours.
func PlainQuestion(q mediator.Question, head string, o Options) []Line {
	v := view{Options: o, exact: true, every: true}
	about := About(q)
	if about != "" {
		about = strings.ToLower(about[:1]) + about[1:]
	}
	rows := []row{{body: []Run{{Strong, fmt.Sprintf("%s %s to %s: %s",
		head, names(q.From), safe.Line(string(q.Call.Tool.App)), about)}}}}
	for _, s := range Ahead(q) {
		rows = append(rows, row{body: []Run{{Warn, s}}})
	}
	for _, a := range q.Args {
		body := []Run{{Name, v.line(a.Name) + ": "}}
		body = append(body, v.marked(a.Value)...)
		body = append(body, Run{Source, " (from " + Whose(a) + ")"})
		rows = append(rows, row{lead: []Run{{Text, "  "}}, body: body})
		for _, note := range Notes(a) {
			rows = append(rows, row{lead: []Run{{Text, "    "}}, body: []Run{{Warn, note}}})
		}
	}
	if len(q.Args) == 0 {
		rows = append(rows, row{lead: []Run{{Text, "  "}}, body: []Run{{Dim, "nothing is handed over"}}})
	}
	for _, s := range Means(q) {
		rows = append(rows, row{body: []Run{{meansRole(s), s}}})
	}
	return lines(rows, o.width())
}

// Heads are what stands before each question of card n of a turn.
func Heads(card []mediator.Question, n int) []string {
	if len(card) == 1 {
		return []string{fmt.Sprintf("Question %d of %d.", n, n+cardsAfter(card))}
	}
	out := make([]string, len(card))
	for i := range card {
		out[i] = fmt.Sprintf("Decision %d of %d.", i+1, len(card))
	}
	return out
}

// cardsAfter is how many cards are known to come after this one.
func cardsAfter(card []mediator.Question) int {
	left := max(0, card[0].Of-len(card))
	return (left + mediator.MaxDecisions - 1) / mediator.MaxDecisions
}

// PlainCard is card n of a turn, line after line.
func PlainCard(card []mediator.Question, n int, o Options) []Line {
	var out []Line
	if len(card) > 1 {
		head := fmt.Sprintf("Question %d of %d, with %d decisions.", n, n+cardsAfter(card), len(card))
		out = Prose(head, o)
	}
	for i, head := range Heads(card, n) {
		out = append(out, PlainQuestion(sameLonger(card, i), head, o)...)
	}
	return out
}

// PlainLine is a line of Blocks where nothing can be drawn beside a text: the
// source is said before a block that has the bar, and after a line that has none.
func PlainLine(l Line) string {
	s := strings.TrimRight(written(l.Runs), " ")
	from := ""
	if l.Right.Text != "" {
		from = "rom " + l.Right.Text
	}
	switch {
	case l.Bar && from != "":
		return "F" + from + ":\n| " + s
	case l.Bar:
		return strings.TrimRight("| "+s, " ")
	case from != "":
		return s + " (f" + from + ")"
	}
	return s
}
