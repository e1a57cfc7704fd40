package mail

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	netmail "net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode"

	gomessage "github.com/emersion/go-message"
	gomail "github.com/emersion/go-message/mail"

	"secgpt/apps/builtin"
)

// The bounds of what is sent.
const (
	maxRecipients  = 50      // a newsletter is not a mail
	maxSendSubject = 900     // bytes; a header line may have 998
	maxSendBody    = 1 << 20 // bytes: a call can't bring more
	maxAttached    = 20
)

type sendIn struct {
	To          string       `json:"to" jsonschema:"mail addresses, separated by commas"`
	Body        string       `json:"body" jsonschema:"the text of the mail"`
	Subject     string       `json:"subject,omitempty"`
	Attachments []Attachment `json:"attachments,omitempty" jsonschema:"files, as attachments returns them"`
}

// A Sent is a mail that lies in the outbox.
type Sent struct {
	ID      string `json:"id"`
	To      string `json:"to"`
	Subject string `json:"subject,omitempty"`
	State   string `json:"state" jsonschema:"where the mail is now"`
}

// send answers the tool send: it writes an RFC 5322 message into the Maildir
// Data/outbox, from which it is delivered.
func (a *app) send(_ context.Context, in sendIn) (builtin.Out[Sent], error) {
	var out builtin.Out[Sent]
	to, err := recipients(in.To)
	if err != nil {
		return out, err
	}
	from, err := a.sender()
	if err != nil {
		return out, err
	}
	msg, err := compose(from, to, in)
	if err != nil {
		return out, err
	}
	unique := fmt.Sprintf("%d.%s.secgpt", time.Now().Unix(), builtin.NewID("mail"))
	if err := deliver(filepath.Join(a.data, "outbox"), unique, msg); err != nil {
		return out, builtin.Errorf("the mail was not sent, the outbox can't be written: %v", builtin.Pathless(err))
	}
	list := make([]string, len(to))
	for i, t := range to {
		list[i] = address{t.Name, t.Address}.String()
	}
	out.Result = Sent{ID: builtin.ID("mail", "outbox/"+unique), To: strings.Join(list, ", "), Subject: in.Subject, State: "in the outbox"}
	return out, nil
}

// mailbox is what an address may look like: the common form of RFC 5321, with no
// quoted local part, comment or address literal, where parsers differ.
var mailbox = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)
})

// recipients reads a list of addresses, strictly: what a person approved as text and
// what a mail server takes must be the same.
func recipients(s string) ([]*gomail.Address, error) {
	if strings.TrimSpace(s) == "" {
		return nil, builtin.Errorf("to is empty: give at least one mail address")
	}
	if err := clean("to", s); err != nil {
		return nil, err
	}
	if i := strings.IndexAny(s, ":;()\\"); i >= 0 {
		return nil, builtin.Errorf("to holds %q: write plain addresses, separated by commas", s[i])
	}
	list, err := netmail.ParseAddressList(s)
	if err != nil {
		return nil, builtin.Errorf("%q is no list of mail addresses: write name@example.org, several separated by commas", builtin.Cut(s, 80))
	}
	if len(list) > maxRecipients {
		return nil, builtin.Errorf("%d recipients, %d at most: send several mails", len(list), maxRecipients)
	}
	for _, a := range list {
		if len(a.Address) > 254 || !mailbox().MatchString(a.Address) {
			return nil, builtin.Errorf("%q is no mail address that can be sent to: write name@example.org", builtin.Cut(a.Address, 80))
		}
		if strings.ContainsAny(a.Name, "@<>,") {
			return nil, builtin.Errorf("the name %q looks like an address of its own: leave it out", builtin.Cut(a.Name, 80))
		}
	}
	return list, nil
}

// clean refuses characters that end a header line or can't be seen.
func clean(field, s string) error {
	for _, r := range s {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) || r == unicode.ReplacementChar {
			return builtin.Errorf("%s holds the character %U, which has no place there: take it out", field, r)
		}
	}
	return nil
}

// sender is who the mails are from: the address in the file Data/address, or a local
// one, which whatever delivers the outbox replaces.
func (a *app) sender() (*gomail.Address, error) {
	b, err := builtin.ReadFile(filepath.Join(a.data, "address"), 4<<10)
	if os.IsNotExist(err) {
		return &gomail.Address{Address: "me@localhost"}, nil
	}
	if err != nil {
		return nil, builtin.Errorf("your own mail address can't be read from the file address: %v", err)
	}
	list, err := recipients(strings.TrimSpace(string(b)))
	if err != nil || len(list) != 1 {
		return nil, builtin.Errorf("the file address must hold one mail address, such as Ada <ada@example.org>")
	}
	return list[0], nil
}

// compose makes the bytes of the message.
func compose(from *gomail.Address, to []*gomail.Address, in sendIn) ([]byte, error) {
	if err := clean("subject", in.Subject); err != nil {
		return nil, err
	}
	switch {
	case len(in.Subject) > maxSendSubject:
		return nil, builtin.Errorf("the subject is %d bytes, %d at most: shorten it", len(in.Subject), maxSendSubject)
	case len(in.Body) > maxSendBody:
		return nil, builtin.Errorf("the body is %d bytes, %d at most: shorten it", len(in.Body), maxSendBody)
	case len(in.Attachments) > maxAttached:
		return nil, builtin.Errorf("%d attachments, %d at most: send several mails", len(in.Attachments), maxAttached)
	}
	var h gomail.Header
	h.SetDate(time.Now())
	h.SetAddressList("From", []*gomail.Address{from})
	h.SetAddressList("To", to)
	if in.Subject != "" {
		h.SetSubject(in.Subject)
	}
	_, host, _ := strings.Cut(from.Address, "@")
	h.SetMessageID(builtin.NewID("mail") + builtin.NewID("mail") + "@" + host)
	body := strings.ReplaceAll(strings.ReplaceAll(in.Body, "\r\n", "\n"), "\n", "\r\n")
	var b bytes.Buffer
	if len(in.Attachments) == 0 {
		textHeader(&h.Header)
		w, err := gomail.CreateSingleInlineWriter(&b, h)
		err = fill(w, err, []byte(body))
		return b.Bytes(), err
	}
	w, err := gomail.CreateWriter(&b, h)
	if err != nil {
		return nil, err
	}
	var ih gomail.InlineHeader
	textHeader(&ih.Header)
	iw, err := w.CreateSingleInline(ih)
	if err := fill(iw, err, []byte(body)); err != nil {
		return nil, err
	}
	for _, at := range in.Attachments {
		ah, content, err := attach(at)
		if err != nil {
			return nil, err
		}
		aw, err := w.CreateAttachment(ah)
		if err := fill(aw, err, content); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func textHeader(h *gomessage.Header) {
	h.SetContentType("text/plain", map[string]string{"charset": "utf-8"})
	h.Set("Content-Transfer-Encoding", "quoted-printable")
}

// attach checks one attachment and decodes it.
func attach(at Attachment) (gomail.AttachmentHeader, []byte, error) {
	var h gomail.AttachmentHeader
	name := fileName(at.Name)
	if err := clean("the name of an attachment", name); err != nil {
		return h, nil, err
	}
	if name == "" {
		return h, nil, builtin.Errorf("an attachment has no name: give it one, such as notes.txt")
	}
	if at.Cut > 0 {
		return h, nil, builtin.Errorf("the attachment %q was cut by %d bytes when it was read, and would arrive broken", name, at.Cut)
	}
	kind := at.Type
	if kind == "" {
		kind = mime.TypeByExtension(filepath.Ext(name))
	}
	kind, _, err := mime.ParseMediaType(orElse(kind, "application/octet-stream"))
	if err != nil || !strings.Contains(kind, "/") || strings.HasPrefix(kind, "multipart/") || strings.HasPrefix(kind, "message/") {
		kind = "application/octet-stream"
	}
	content, params := []byte(at.Content), map[string]string{}
	switch at.Encoding {
	case "base64":
		if content, err = base64.StdEncoding.DecodeString(at.Content); err != nil {
			return h, nil, builtin.Errorf("the attachment %q is no base64: %v", name, err)
		}
	case "":
		if strings.HasPrefix(kind, "text/") {
			params["charset"] = "utf-8"
		}
	default:
		return h, nil, builtin.Errorf("the attachment %q has the encoding %q: leave it empty for text, or use base64", name, builtin.Cut(at.Encoding, 40))
	}
	h.SetContentType(kind, params)
	h.SetFilename(name)
	h.Set("Content-Transfer-Encoding", "base64")
	return h, content, nil
}

// fill writes content into a part, if the part could be made.
func fill(w io.WriteCloser, err error, content []byte) error {
	if err != nil {
		return err
	}
	if _, err := w.Write(content); err != nil {
		return err
	}
	return w.Close()
}

// deliver puts msg into the Maildir dir under the name unique, as Maildirs want it:
// written whole into tmp, then moved to new.
func deliver(dir, unique string, msg []byte) error {
	for _, sub := range []string{"tmp", "new", "cur"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return err
		}
	}
	tmp := filepath.Join(dir, "tmp", unique)
	if err := builtin.WriteFile(tmp, msg); err != nil {
		return err
	}
	return os.Rename(tmp, filepath.Join(dir, "new", unique))
}
