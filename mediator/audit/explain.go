package audit

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"secgpt/mediator/label"
)

// ErrNoEntry is returned by Explain for a number that is not in the record.
var ErrNoEntry = errors.New("there is no such entry")

// maxAfter bounds the later entries that an explanation lists.
const maxAfter = 20

// Explain tells in sentences what entry n is about: who asked, for what, whose
// data it was, who decided and why, and what came of it. It holds names that apps
// chose: escape it before it is shown.
func Explain(dir string, n int64) (string, error) {
	s, err := look(dir)
	if err != nil {
		return "", err
	}
	defer s.close()
	var entry Entry
	var after []Entry
	needles := [][]byte{fmt.Appendf(nil, `{"n":%d,`, n), fmt.Appendf(nil, `"of":%d,`, n)}
	for i, part := range s.parts {
		if part.name != logName && part.last < n {
			continue // it ended before
		}
		err = errors.Join(err, s.each(i, needles, func(e Entry) {
			if e.N == n {
				entry = e
			}
			if e.Of == n && n > 0 && len(after) < maxAfter {
				after = append(after, e)
			}
		}))
		needles = needles[len(needles)-1:]
	}
	if entry.N == 0 {
		return "", errors.Join(fmt.Errorf("entry %d: %w: `secgpt audit show` lists them", n, ErrNoEntry), err)
	}
	return explain(entry, after), err
}

func explain(e Entry, after []Entry) string {
	var s sentences
	s.add("Entry %d, %s", e.N, e.Time.Local().Format("2 Jan 2006 15:04:05"))
	switch e.Kind {
	case Decision:
		s.call(e)
		s.decision(e)
	case Net:
		s.connection(e)
	case Mended:
		s.add("secgpt put the record right: %s", e.Note)
	default:
		s.add("%s%s", kindWords[e.Kind], object(e))
		if e.Rule != "" {
			s.add("The rule is `%s`", e.Rule)
		}
		s.add("%s", e.Why)
		s.add("%s", e.Note)
	}
	if e.Private {
		s.add("It was a private session: names of objects and values are not kept")
	}
	for _, a := range after {
		if a.Kind == Net {
			s.add("Entry %d: it ended; it %s", a.N, carried(a))
			continue
		}
		s.add("Entry %d: %s%s%s", a.N, kindWords[a.Kind], object(a), strings.TrimSuffix(": "+a.Note, ": "))
	}
	return strings.Join(s, "\n")
}

var kindWords = map[Kind]string{
	Decision: "a decision about ", Start: "a room was started for ", Undo: "a call was taken back: ",
	Rule: "a rule was changed", Net: "a connection of ", Note: "a note", Mended: "the record was mended",
}

type sentences []string

// add adds a sentence, if it says anything.
func (s *sentences) add(format string, args ...any) {
	text := strings.TrimSpace(fmt.Sprintf(format, args...))
	if text == "" {
		return
	}
	first, size := utf8.DecodeRuneInString(text)
	text = string(unicode.ToUpper(first)) + text[size:]
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	*s = append(*s, text)
}

// connection tells of one connection of an app, or of its end.
func (s *sentences) connection(e Entry) {
	protocol, to, _ := strings.Cut(e.Host, " ")
	if e.Address != "" {
		protocol += ", at " + e.Address
	}
	to += " (" + protocol + ")"
	switch {
	case e.Decision == "deny":
		s.add("%s wanted to reach %s and could not", e.App, to)
	case e.Of > 0:
		s.add("The connection of %s to %s, opened by entry %d, ended; it %s", e.App, to, e.Of, carried(e))
	default:
		s.add("%s was connected to %s, a host that it was granted; this was written before its first byte left", e.App, to)
	}
	s.add("%s", e.Why)
}

// carried is what went over a connection.
func carried(e Entry) string { return fmt.Sprintf("sent %d bytes and got %d", e.BytesOut, e.BytesIn) }

func (s *sentences) call(e Entry) {
	who := map[string]string{"intent": "a phrase of the person's", "model": "a plan that the model wrote",
		"person": "the person, by a plan or a command of their own,", "": "somebody"}[e.Asked]
	if who == "" {
		who = e.Asked
	}
	where := ""
	if e.Turn > 0 {
		where = fmt.Sprintf(" in turn %d", e.Turn)
	}
	if e.Session != "" {
		where += " of session " + e.Session
	}
	s.add("%s%s wanted to call %s, %s", who, where, strings.TrimSpace(object(e)), effectWords(e))
	for _, a := range e.Args {
		note := ""
		if a.Withheld {
			note = "; it was left out"
		}
		s.add("It would get %s from %s%s", a.Name, whose(a.From), note)
	}
	if len(e.Chain) > 0 {
		s.add("The data came by %s → this", strings.Join(e.Chain, " → "))
	}
	for i, r := range reasonsOf(e) {
		s.add("%s %s", [...]string{"It needed an answer because", "And because"}[min(i, 1)], r.words())
	}
}

func (s *sentences) decision(e Entry) {
	what := map[string]string{"allow": "allowed it", "deny": "refused it", "withhold": "allowed it without some arguments"}[e.Decision]
	if what == "" {
		what = "refused it"
	}
	switch {
	case e.By == "person":
		s.add("The person %s", what)
	case e.By == "nobody":
		s.add("Nobody could be asked, and secgpt %s", what)
	case e.By == "default":
		s.add("Nobody was asked: secgpt %s by itself", what)
	case e.By == "":
		s.add("secgpt %s", what)
	default:
		s.add("%s %s", e.By, what)
	}
	if e.Rule != "" {
		s.add("The rule is `%s`", e.Rule)
	}
	s.add("%s", e.Why)
	if e.Decision != "allow" && e.Decision != "withhold" {
		s.add("%s", answers(e))
	}
	s.add("%s", e.Note)
}

func object(e Entry) string {
	switch {
	case e.App == "":
		return ""
	case e.Tool == "":
		return string(e.App)
	}
	return string(e.App) + "." + e.Tool
}

func effectWords(e Entry) string {
	text := map[string]string{"read": "which changes nothing", "write": "a change that can be undone",
		"send": "which can't be undone"}[e.Effect]
	if text == "" {
		text = "whose effect is not known"
	}
	if e.Leaves {
		text += "; something would leave this computer"
	}
	return text
}

func whose(from []label.Source) string {
	if len(from) == 0 {
		return "the person"
	}
	names := make([]string, len(from))
	for i, f := range slices.Sorted(slices.Values(from)) {
		names[i] = string(f)
	}
	return strings.Join(names, ", ")
}
