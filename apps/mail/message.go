package mail

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	gomessage "github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // teaches go-message the charsets
	gomail "github.com/emersion/go-message/mail"
	"golang.org/x/text/encoding/charmap"

	"secgpt/apps/builtin"
)

// The bounds of one message.
const (
	maxSize   = 25 << 20  // bytes of the file: what large providers accept
	maxHeader = 256 << 10 // bytes of the header; real ones are below 20 KB
	maxParts  = 100       // parts in all, so that a tree of empty ones ends
	maxNest   = 10        // multiparts inside each other
)

// An address is a mailbox as a header gives it.
type address struct{ name, addr string }

// An email is a message taken apart.
type email struct {
	from, to, cc, replyTo []address
	subject               string
	date                  time.Time
	text                  string // the body, as text
	parts                 []part // what is not the body
	damage                string // what was wrong with it, if it could be read in part
}

// A part is an attachment, decoded.
type part struct {
	name, kind string
	content    []byte
	text       bool
}

// parseHeader reads the header alone.
func parseHeader(r io.Reader, f file) (*email, error) {
	e, err := entity(r)
	if err != nil {
		return nil, err
	}
	return fromHeader(e, f)
}

// parse reads a whole message. What a broken MIME structure hides is left out, and
// damage says so; an error means that not even the header can be used.
func parse(r io.Reader, f file) (*email, error) {
	e, err := entity(r)
	if err != nil {
		return nil, err
	}
	m, err := fromHeader(e, f)
	if err != nil {
		return nil, err
	}
	w := walker{m: m}
	w.walk(e, 0, false)
	m.text = w.body()
	return m, nil
}

// entity opens a message. Unknown charsets and encodings are no reason to refuse it.
func entity(r io.Reader) (*gomessage.Entity, error) {
	e, err := gomessage.ReadWithOptions(r, &gomessage.ReadOptions{MaxHeaderBytes: maxHeader})
	if err != nil && !gomessage.IsUnknownCharset(err) && !gomessage.IsUnknownEncoding(err) {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "message: "))
	}
	return e, nil
}

func fromHeader(e *gomessage.Entity, f file) (*email, error) {
	h := gomail.Header{Header: e.Header}
	if !h.Has("From") && !h.Has("Date") && !h.Has("Subject") {
		return nil, errors.New("it has no From, Date or Subject")
	}
	m := &email{
		from: addresses(h, "From"), to: addresses(h, "To"), cc: addresses(h, "Cc"), replyTo: addresses(h, "Reply-To"),
		subject: headerText(h, "Subject"),
	}
	// A sender who dates a mail years ahead would stay on top for ever.
	if d, err := h.Date(); err == nil && !d.IsZero() && d.Before(time.Now().Add(24*time.Hour)) {
		m.date = d.Local()
	} else {
		m.date = f.delivered.Local()
	}
	return m, nil
}

// headerText decodes a header field; a field that lies about its encoding is shown raw.
func headerText(h gomail.Header, key string) string {
	s, err := h.Text(key)
	if err != nil {
		s = h.Get(key)
	}
	return valid(s)
}

func addresses(h gomail.Header, key string) []address {
	if !h.Has(key) {
		return nil
	}
	l, err := h.AddressList(key)
	if err != nil {
		return []address{{name: headerText(h, key)}}
	}
	var as []address
	for _, a := range l {
		as = append(as, address{valid(a.Name), valid(a.Address)})
	}
	return as
}

// String is "Name <addr>". A name that could be taken for an address is quoted.
func (a address) String() string {
	switch {
	case a.name == "":
		return a.addr
	case a.addr == "":
		return a.name
	case strings.ContainsAny(a.name, `<>@,;:"`):
		return `"` + strings.ReplaceAll(a.name, `"`, `'`) + `" <` + a.addr + ">"
	}
	return a.name + " <" + a.addr + ">"
}

func join(as []address) string {
	s := make([]string, len(as))
	for i, a := range as {
		s[i] = a.String()
	}
	return strings.Join(s, ", ")
}

// A walker collects body and attachments of one message.
type walker struct {
	m     *email
	seen  int
	plain []string
	html  []string
}

// body is the plain text, or the HTML as text if there is no plain text to read.
func (w *walker) body() string {
	if text := strings.Join(w.plain, "\n"); strings.TrimSpace(text) != "" {
		return text
	}
	texts := make([]string, len(w.html))
	for i, h := range w.html {
		texts[i] = htmlText(h)
	}
	return strings.Join(texts, "\n")
}

// walk goes through the parts in order. Alternative says that the parts around e say
// the same thing in several forms.
func (w *walker) walk(e *gomessage.Entity, depth int, alternative bool) {
	if w.seen++; w.seen > maxParts {
		w.damaged(fmt.Sprintf("more than %d parts", maxParts))
		return
	}
	kind, params, err := e.Header.ContentType()
	if err != nil || kind == "" {
		kind = "text/plain"
	}
	if r := e.MultipartReader(); r != nil {
		if depth >= maxNest {
			w.damaged(fmt.Sprintf("parts nested deeper than %d", maxNest))
			return
		}
		for w.seen <= maxParts {
			p, err := r.NextPart()
			if errors.Is(err, io.EOF) && p == nil {
				return
			}
			if err != nil && !gomessage.IsUnknownCharset(err) && !gomessage.IsUnknownEncoding(err) {
				w.damaged(strings.TrimPrefix(err.Error(), "multipart: "))
				return
			}
			w.walk(p, depth+1, kind == "multipart/alternative")
		}
		w.damaged(fmt.Sprintf("more than %d parts", maxParts))
		return
	}
	content, err := io.ReadAll(io.LimitReader(e.Body, maxSize))
	if err != nil {
		w.damaged(err.Error())
	}
	w.leaf(e, kind, params, content, alternative)
}

func (w *walker) leaf(e *gomessage.Entity, kind string, params map[string]string, content []byte, alternative bool) {
	disposition, dparams, _ := e.Header.ContentDisposition()
	name := fileName(dparams["filename"], params["name"])
	isBody := disposition != "attachment" && name == ""
	switch {
	case isBody && kind == "text/plain" && (!alternative || len(w.plain) == 0):
		w.plain = append(w.plain, valid(string(content)))
	case isBody && kind == "text/html":
		w.html = append(w.html, valid(string(content)))
	default:
		w.m.parts = append(w.m.parts, part{
			name: orElse(name, defaultName(kind)), kind: kind, content: content, text: isText(kind, content),
		})
	}
}

func (w *walker) damaged(what string) {
	if w.m.damage == "" {
		w.m.damage = builtin.Cut(what, 200)
	}
}

// fileName is the name that a part gives itself, without any folder in it.
func fileName(names ...string) string {
	for _, n := range names {
		if d, err := new(mime.WordDecoder).DecodeHeader(n); err == nil {
			n = d
		}
		n = path.Base(strings.ReplaceAll(valid(n), `\`, "/"))
		if n != "." && n != "/" && n != ".." {
			return builtin.Cut(n, 200)
		}
	}
	return ""
}

func defaultName(kind string) string {
	switch kind {
	case "text/calendar":
		return "invite.ics"
	case "message/rfc822":
		return "message.eml"
	case "text/plain":
		return "text.txt"
	case "text/html":
		return "text.html"
	}
	return "attachment"
}

// isText tells which parts are handed on as text: those that say so, and are.
func isText(kind string, content []byte) bool {
	switch {
	case strings.HasPrefix(kind, "text/"):
		return true
	case kind == "application/ics", kind == "application/json", kind == "application/xml", kind == "message/rfc822":
		return utf8.Valid(content)
	}
	return false
}

// valid makes s UTF-8. Bytes that are none are most often Windows-1252.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	if d, err := charmap.Windows1252.NewDecoder().String(s); err == nil {
		return d
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
