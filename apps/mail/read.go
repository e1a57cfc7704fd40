package mail

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"

	"secgpt/apps/builtin"
)

// The bounds of what one call returns.
const (
	maxBody = 200 << 10 // bytes of a body: a long book chapter
	// maxContent bounds the contents of all attachments of one answer, as JSON.
	maxContent = builtin.MaxResult - 64<<10
	// maxBodyJSON leaves room for the header fields.
	maxBodyJSON = builtin.MaxResult - 64<<10
	// maxField bounds From, To, Cc and Reply-To of a mail that is read, in bytes.
	maxField = 2000
)

type idIn struct {
	ID string `json:"id" jsonschema:"the id of a mail, from search"`
}

// A Mail is one message in full.
type Mail struct {
	ID          string           `json:"id"`
	From        string           `json:"from"`
	Subject     string           `json:"subject"`
	Date        string           `json:"date" jsonschema:"RFC 3339"`
	To          string           `json:"to"`
	Cc          string           `json:"cc,omitempty"`
	ReplyTo     string           `json:"reply_to,omitempty" jsonschema:"where an answer would go, if not to from"`
	Unread      bool             `json:"unread"`
	Attachments []AttachmentName `json:"attachments"`
	Text        string           `json:"text"`
	Cut         int              `json:"cut,omitempty" jsonschema:"bytes of the text that were left out at its end"`
}

// read answers the tool read. It changes nothing, the unread mark neither.
func (a *app) read(ctx context.Context, in idIn) (builtin.Out[Mail], error) {
	f, m, err := a.open(ctx, in.ID)
	if err != nil {
		return builtin.Out[Mail]{}, err
	}
	mail := Mail{
		ID: f.id, From: builtin.Cut(join(m.from), maxField), To: builtin.Cut(join(m.to), maxField), Cc: builtin.Cut(join(m.cc), maxField),
		Subject: builtin.Cut(m.subject, maxSubject), Date: m.date.Format(time.RFC3339), Unread: f.unread,
		Attachments: names(m.parts),
	}
	if r := join(m.replyTo); r != join(m.from) {
		mail.ReplyTo = builtin.Cut(r, maxField)
	}
	mail.Text, mail.Cut = fit(m.text, maxBody, maxBodyJSON)
	return builtin.Out[Mail]{Result: mail, Problems: problems(m, mail.Cut)}, nil
}

func problems(m *email, cut int) []string {
	var p []string
	if m.damage != "" {
		p = append(p, "this mail is damaged, and only part of it could be read: "+m.damage)
	}
	if cut > 0 {
		p = append(p, fmt.Sprintf("the mail was cut: %d bytes of its text were left out", cut))
	}
	if n := len(m.parts) - maxListed; n > 0 {
		p = append(p, builtin.Count(n, "more attachment is", "more attachments are")+" not named here")
	}
	return p
}

// attachments answers the tool attachments. What does not fit is cut, the later parts
// first, and each says how much.
func (a *app) attachments(ctx context.Context, in idIn) (builtin.Out[[]Attachment], error) {
	_, m, err := a.open(ctx, in.ID)
	if err != nil {
		return builtin.Out[[]Attachment]{}, err
	}
	out := builtin.Out[[]Attachment]{Result: []Attachment{}}
	cut, room := 0, maxContent
	for _, p := range m.parts {
		at := Attachment{Name: p.name, Type: builtin.Cut(p.kind, 100), Size: len(p.content)}
		room -= jsonSize(at)
		at.Content, at.Encoding, at.Cut = encode(p, max(room, 0))
		room -= jsonLen(at.Content)
		if at.Cut > 0 {
			cut++
		}
		out.Result = append(out.Result, at)
	}
	if m.damage != "" {
		out.Problems = append(out.Problems, "this mail is damaged, and only part of it could be read: "+m.damage)
	}
	if cut > 0 {
		out.Problems = append(out.Problems, fmt.Sprintf("%d of %d attachments were cut: together they are too large for one answer", cut, len(m.parts)))
	}
	return out, nil
}

// encode gives a part's content as text, or as base64, in at most room bytes of JSON.
func encode(p part, room int) (content, encoding string, cut int) {
	if p.text {
		content, cut = fit(valid(string(p.content)), maxContent, room)
		return content, "", cut
	}
	keep := min(len(p.content), room/4*3)
	return base64.StdEncoding.EncodeToString(p.content[:keep]), "base64", len(p.content) - keep
}

func (a *app) open(ctx context.Context, id string) (file, *email, error) {
	f, err := find(ctx, a.folder, id)
	if err != nil {
		return file{}, nil, err
	}
	m, err := load(f, parse)
	if err != nil {
		return file{}, nil, builtin.Errorf("the mail in %s could not be read: %v", builtin.Cut(f.name, 200), err)
	}
	return f, m, nil
}

// fit returns the beginning of s that is at most n bytes and at most room bytes of
// JSON, and how many bytes that leaves out.
func fit(s string, n, room int) (string, int) {
	end := 0
	for end < len(s) {
		r, size := utf8.DecodeRuneInString(s[end:])
		room -= runeLen(r, size)
		if room < 0 || end+size > n {
			break
		}
		end += size
	}
	return s[:end], len(s) - end
}

// jsonLen is how many bytes s is inside a JSON text, as encoding/json writes it.
func jsonLen(s string) int {
	n := 0
	for i, r := range s {
		size := utf8.RuneLen(r)
		if r == utf8.RuneError {
			_, size = utf8.DecodeRuneInString(s[i:])
		}
		n += runeLen(r, size)
	}
	return n
}

func runeLen(r rune, size int) int {
	switch {
	case r == '"' || r == '\\':
		return 2
	case r < 0x20, r == '<', r == '>', r == '&', r == '\u2028', r == '\u2029', r == utf8.RuneError:
		return 6 // \u003c
	}
	return size
}

func jsonSize(v any) int {
	b, err := json.Marshal(v)
	if err != nil {
		return builtin.MaxResult
	}
	return len(b) + 1
}
