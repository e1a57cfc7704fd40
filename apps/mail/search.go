package mail

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"secgpt/apps/builtin"
	"secgpt/apps/builtin/match"
)

// The bounds of a search.
const (
	defaultLimit  = 20
	maxLimit      = 200
	maxSearched   = 1 << 30 // bytes of bodies read in one search, so that it ends
	maxSubject    = 500     // bytes shown of a subject, in a list and of a mail
	maxPeople     = 300     // bytes shown of the people in one field, in a list
	maxSnippet    = 160     // bytes shown of a body, in a list
	maxListed     = 20      // attachments named of one mail
	maxSearchJSON = builtin.MaxResult - 16<<10
)

type searchIn struct {
	Query  string `json:"query,omitempty" jsonschema:"words of its subject, sender or text"`
	Sender string `json:"sender,omitempty" jsonschema:"name or address of who sent it"`
	Unread bool   `json:"unread,omitempty" jsonschema:"only unread mails"`
	Since  string `json:"since,omitempty" jsonschema:"only mails of this date or later, 2006-01-02 or 2006-01-02T15:04:05Z"`
	Until  string `json:"until,omitempty" jsonschema:"only mails up to this date or time; a date is included"`
	To     string `json:"to,omitempty" jsonschema:"name or address of who it was sent to"`
	Limit  int    `json:"limit,omitempty" jsonschema:"how many at most; 20 if not given, 200 at most"`
}

// A Found is one mail in a list.
type Found struct {
	ID          string           `json:"id"`
	From        string           `json:"from"`
	Subject     string           `json:"subject"`
	Date        string           `json:"date" jsonschema:"RFC 3339"`
	Unread      bool             `json:"unread"`
	Snippet     string           `json:"snippet" jsonschema:"how its text begins"`
	Attachments []AttachmentName `json:"attachments"`
	To          string           `json:"to"`
}

// A hit is a message that fits, not yet described.
type hit struct {
	f    file
	date time.Time
}

// nouns are what people call a mail and its parts: no words of one.
var nouns = strings.Fields(`mail mails email emails message messages msg inbox mailbox unread subject sender
attachment attachments attached nachricht nachrichten posteingang ungelesen ungelesene betreff anhang
courriel courriels correo correos mensaje mensajes`)

// wanted is what a search asks for.
type wanted struct {
	query        match.Query
	sender, to   person
	unread       bool
	since, until time.Time // until is left out; zero is no bound
}

func newWanted(in searchIn) (w wanted, err error) {
	if strings.EqualFold(strings.TrimSpace(in.To), "me") {
		in.To = "" // what was sent to the person is what is in their mailbox
	}
	w = wanted{sender: newPerson(in.Sender), to: newPerson(in.To), unread: in.Unread}
	if w.since, _, err = parseDate("since", in.Since); err != nil {
		return w, err
	}
	var day bool
	if w.until, day, err = parseDate("until", in.Until); err != nil {
		return w, err
	}
	said := []string{in.Sender, in.To}
	for _, t := range []time.Time{w.since, w.until} {
		if !t.IsZero() {
			said = append(said, t.Format("2006 01 02 1 2 January Monday"))
		}
	}
	w.query = match.New(in.Query, nouns...).Without(match.TextOf(said...))
	switch {
	case day:
		w.until = w.until.AddDate(0, 0, 1)
	case !w.until.IsZero():
		w.until = w.until.Add(time.Second) // what came in that second is up to it
	}
	if !w.until.IsZero() && !w.until.After(w.since) {
		return w, builtin.Errorf("until %s is before since %s", in.Until, in.Since)
	}
	return w, nil
}

// fits reports whether a message is asked for as far as its header says.
func (w wanted) fits(m *email) bool {
	return w.sender.matches(m.from) && (w.to.matches(m.to) || w.to.matches(m.cc)) &&
		!m.date.Before(w.since) && (w.until.IsZero() || m.date.Before(w.until))
}

// search answers the tool search. Headers are read of every message, bodies only
// where the query needs them and of the mails that are shown.
func (a *app) search(ctx context.Context, in searchIn) (builtin.Out[[]Found], error) {
	var out builtin.Out[[]Found]
	want, err := newWanted(in)
	if err != nil {
		return out, err
	}
	limit := in.Limit
	switch {
	case limit < 0:
		return out, builtin.Errorf("limit is %d: give a number from 1 to %d", limit, maxLimit)
	case limit == 0:
		limit = defaultLimit
	case limit > maxLimit:
		out.Problems = append(out.Problems, fmt.Sprintf("%d mails at most are listed, not %d", maxLimit, limit))
		limit = maxLimit
	}
	files, problems, err := list(ctx, a.folder)
	if err != nil {
		return out, err
	}
	out.Problems = append(out.Problems, problems...)
	bad := builtin.Bad{What: "messages", Total: len(files)}
	hits, left, err := matching(ctx, files, want, &bad)
	if err != nil {
		return out, err
	}
	if left > 0 {
		out.Problems = append(out.Problems, fmt.Sprintf("stopped after %d MiB of mail; %d older mails were not searched", maxSearched>>20, left))
	}
	found, guess := hits.Take(func(x, y hit) int { return y.date.Compare(x.date) })
	if guess != "" {
		out.Problems = append(out.Problems, guess)
	}
	room := maxSearchJSON
	for _, h := range found[:min(limit, len(found))] {
		m, err := load(h.f, parse)
		if err != nil {
			bad.Add(h.f.name, err)
			continue
		}
		found := describe(h.f, m)
		if room -= jsonSize(found); room < 0 {
			out.Problems = append(out.Problems, fmt.Sprintf("only %d mails fit into one answer: ask for fewer", len(out.Result)))
			break
		}
		out.Result = append(out.Result, found)
	}
	out.Problems = append(out.Problems, bad.Problems()...)
	return out, nil
}

// matching returns the files that fit, and how many were left when the bound was met.
func matching(ctx context.Context, files []file, want wanted, bad *builtin.Bad) (hits match.Hits[hit], left int, err error) {
	hits.Query = want.query
	searched := int64(0)
	for i, f := range files {
		if err := ctx.Err(); err != nil {
			return hits, 0, err
		}
		if searched > maxSearched {
			return hits, len(files) - i, nil
		}
		if want.unread && !f.unread {
			continue
		}
		m, err := load(f, parseHeader)
		if err != nil {
			bad.Add(f.name, err)
			continue
		}
		if !want.fits(m) {
			continue
		}
		has := want.query.In(match.TextOf(m.subject, join(m.from)))
		if !want.query.All(has) {
			searched += f.size
			if m, err = load(f, parse); err != nil {
				bad.Add(f.name, err)
				continue
			}
			has |= want.query.In(match.TextOf(m.text))
		}
		hits.Add(hit{f, m.date}, has)
	}
	return hits, 0, nil
}

// load reads a message from its file. A panic of the parser is an error about that one
// message.
func load(f file, parse func(io.Reader, file) (*email, error)) (m *email, err error) {
	defer func() {
		if p := recover(); p != nil {
			m, err = nil, fmt.Errorf("the parser gave up: %v", p)
		}
	}()
	r, err := builtin.Open(f.path, maxSize)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return parse(io.LimitReader(r, maxSize), f)
}

func describe(f file, m *email) Found {
	return Found{
		ID: f.id, From: builtin.Cut(join(m.from), maxPeople), To: builtin.Cut(join(m.to), maxPeople),
		Subject: builtin.Cut(m.subject, maxSubject), Date: m.date.Format(time.RFC3339), Unread: f.unread,
		Snippet: snippet(m.text), Attachments: names(m.parts),
	}
}

// snippet is the beginning of a text on one line, quoted lines left out.
func snippet(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, ">") {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		if b.WriteString(line); b.Len() > maxSnippet {
			break
		}
	}
	return builtin.Cut(b.String(), maxSnippet)
}

func names(parts []part) []AttachmentName {
	l := []AttachmentName{}
	for _, p := range parts[:min(len(parts), maxListed)] {
		l = append(l, AttachmentName{Name: p.name, Type: builtin.Cut(p.kind, 100)})
	}
	return l
}

// parseDate reads a date, which is its first moment, or a moment. The zero time is no
// bound. What names the argument in the error.
func parseDate(what, s string) (at time.Time, day bool, err error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return time.Time{}, false, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return t, layout == time.DateOnly, nil
		}
	}
	return time.Time{}, false, builtin.Errorf("%s is %q, which is no date: write 2006-01-02 or 2006-01-02T15:04:05Z", what, builtin.Cut(s, 40))
}

// A person is who a search asks for: an address, or words of a name.
type person struct {
	addr string
	name match.Query
}

func newPerson(s string) person {
	s = strings.TrimSpace(s)
	if i := strings.LastIndexByte(s, '<'); i >= 0 && strings.HasSuffix(s, ">") {
		s = s[i+1 : len(s)-1]
	}
	if strings.Contains(s, "@") && !strings.Contains(s, " ") {
		return person{addr: sameAddress(s)}
	}
	return person{name: match.Names(s)}
}

// matches: an address must be the same, or its end from the @ on; of a name, each word
// must begin a word of the person's name or address, so that "al" is no "Sally".
func (p person) matches(who []address) bool {
	if p.addr == "" && p.name.Empty() {
		return true
	}
	return slices.ContainsFunc(who, func(a address) bool {
		if p.addr != "" {
			addr := sameAddress(a.addr)
			return addr == p.addr || strings.HasPrefix(p.addr, "@") && strings.HasSuffix(addr, p.addr)
		}
		return p.name.All(p.name.In(match.TextOf(a.name, a.addr)))
	})
}

// sameAddress makes two spellings of one address equal. It forgives less than match:
// the address of somebody else, with an accent, is another one.
func sameAddress(s string) string { return strings.ToLower(norm.NFC.String(s)) }
