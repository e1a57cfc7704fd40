package mail

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

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
	Query  string `json:"query,omitempty" jsonschema:"words that all occur in subject, sender or text"`
	Sender string `json:"sender,omitempty" jsonschema:"name or address of who sent it"`
	Unread bool   `json:"unread,omitempty" jsonschema:"only unread mails"`
	Since  string `json:"since,omitempty" jsonschema:"only mails of this date or later, 2006-01-02 or 2006-01-02T15:04:05Z"`
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

// search answers the tool search. Headers are read of every message, bodies only
// where the query needs them and of the mails that are shown.
func (a *app) search(ctx context.Context, in searchIn) (builtin.Out[[]Found], error) {
	var out builtin.Out[[]Found]
	since, err := parseSince(in.Since)
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
	hits, left, err := a.matching(ctx, files, in, since, &bad)
	if err != nil {
		return out, err
	}
	if left > 0 {
		out.Problems = append(out.Problems, fmt.Sprintf("stopped after %d MiB of mail; %d older mails were not searched", maxSearched>>20, left))
	}
	slices.SortStableFunc(hits, func(x, y hit) int { return y.date.Compare(x.date) })
	room := maxSearchJSON
	for _, h := range hits[:min(limit, len(hits))] {
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
func (a *app) matching(ctx context.Context, files []file, in searchIn, since time.Time, bad *builtin.Bad) (hits []hit, left int, err error) {
	words, sender := strings.Fields(match.Fold(in.Query)), newPerson(in.Sender)
	searched := int64(0)
	for i, f := range files {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		if searched > maxSearched {
			return hits, len(files) - i, nil
		}
		if in.Unread && !f.unread {
			continue
		}
		m, err := load(f, parseHeader)
		if err != nil {
			bad.Add(f.name, err)
			continue
		}
		if !sender.matches(m.from) || m.date.Before(since) {
			continue
		}
		if !containsAll(words, m.subject, join(m.from)) {
			searched += f.size
			if m, err = load(f, parse); err != nil {
				bad.Add(f.name, err)
				continue
			}
			if !containsAll(words, m.subject, join(m.from), m.text) {
				continue
			}
		}
		hits = append(hits, hit{f, m.date})
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

// parseSince reads a date or a moment; the zero time is "always".
func parseSince(s string) (time.Time, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, builtin.Errorf("since is %q, which is no date: write 2006-01-02 or 2006-01-02T15:04:05Z", builtin.Cut(s, 40))
}

// A person is who a search asks for: an address, or words of a name.
type person struct {
	addr  string
	words []string
}

func newPerson(s string) person {
	s = strings.TrimSpace(s)
	if i := strings.LastIndexByte(s, '<'); i >= 0 && strings.HasSuffix(s, ">") {
		s = s[i+1 : len(s)-1]
	}
	if strings.Contains(s, "@") && !strings.Contains(s, " ") {
		return person{addr: sameAddress(s)}
	}
	return person{words: strings.Fields(match.Fold(s))}
}

// matches: an address must be the same, or its end from the @ on; of a name, each word
// must begin a word of the sender's name or address, so that "al" is no "Sally".
func (p person) matches(from []address) bool {
	if p.addr == "" && len(p.words) == 0 {
		return true
	}
	return slices.ContainsFunc(from, func(a address) bool {
		if p.addr != "" {
			addr := sameAddress(a.addr)
			return addr == p.addr || strings.HasPrefix(p.addr, "@") && strings.HasSuffix(addr, p.addr)
		}
		all := match.Fold(a.name + " " + a.addr)
		return !slices.ContainsFunc(p.words, func(w string) bool { return !beginsWord(all, w) })
	})
}

func beginsWord(s, word string) bool {
	for from := 0; ; {
		i := strings.Index(s[from:], word)
		if i < 0 {
			return false
		}
		i += from
		if i == 0 || !isWord(lastRune(s[:i])) {
			return true
		}
		from = i + 1
	}
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func containsAll(words []string, texts ...string) bool {
	if len(words) == 0 {
		return true
	}
	all := match.Fold(strings.Join(texts, "\n"))
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(all, w) })
}

// sameAddress makes two spellings of one address equal. It forgives less than match:
// the address of somebody else, with an accent, is another one.
func sameAddress(s string) string { return strings.ToLower(norm.NFC.String(s)) }
