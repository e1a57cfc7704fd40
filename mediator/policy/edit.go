package policy

import (
	"fmt"
	"slices"
	"strings"
)

// The file is the person's: a change keeps their comments, order and spelling
// where it can. The edited text is read again, and where it does not say exactly
// what was meant, the file is written from nothing.

// added returns the text with one rule more.
func added(text string, old content, r Rule) (string, content) {
	want := content{next: r.Number + 1, rules: append(slices.Clone(old.rules), r)}
	if text == "" {
		return want.String(), want
	}
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return settle(withNext(text, want.next)+blockOf(r), want), want
}

// removed returns the text without the rule at the index. next is kept, so that
// the number stays used.
func removed(text string, old content, index int) (string, content) {
	want := content{next: old.next, rules: slices.Delete(slices.Clone(old.rules), index, index+1)}
	lines := strings.SplitAfter(text, "\n")
	from, to, at := len(lines), len(lines), -1
	for i, line := range lines {
		if !isHeader(strings.TrimSpace(line)) {
			continue
		}
		switch at++; at {
		case index:
			from = i
		case index + 1:
			to = commentsBefore(lines, i)
		}
	}
	kept := append(slices.Clone(lines[:from]), lines[to:]...)
	return settle(withNext(strings.Join(kept, ""), want.next), want), want
}

// commentsBefore returns where the comments that stand right above a line start:
// they belong to what follows.
func commentsBefore(lines []string, i int) int {
	for i > 0 && strings.HasPrefix(strings.TrimSpace(lines[i-1]), "#") {
		i--
	}
	return i
}

func withNext(text string, next int) string {
	lines := strings.SplitAfter(text, "\n")
	for i, line := range lines {
		if isHeader(strings.TrimSpace(line)) {
			break
		}
		if keyOf(strings.TrimSpace(line)) == "next" {
			lines[i] = fmt.Sprintf("next = %d\n", next)
			return strings.Join(lines, "")
		}
	}
	return fmt.Sprintf("next = %d\n", next) + text
}

func settle(text string, want content) string {
	if got, err := parseFile(text); err == nil && got.String() == want.String() {
		return text
	}
	return want.String()
}
