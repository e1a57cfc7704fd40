package sample

import (
	"encoding/base64"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"strings"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
)

// A mail is one message of the sample, as its author would think of it.
type mail struct {
	ago      time.Duration // before now
	id       string        // of the Message-ID
	reply    []string      // ids of the thread so far, oldest first
	from, to string
	subject  string
	charset  string // of body and subject; UTF-8 if empty
	text     string
	html     string
	files    []attached
	extra    string // more header lines
	flags    string // Maildir flags; unread mails lack S
	fresh    bool   // not yet looked at by any program: in new
}

// An attached is a part beside the body.
type attached struct {
	name, kind string
	content    string
}

// message is the mail as it lies in a Maildir, lines ended by \n.
func (m mail) message(now time.Time) string {
	var b strings.Builder
	head := func(key, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s\n", key, value)
		}
	}
	head("Return-Path", "<"+addressOf(m.from)+">")
	head("From", m.people(m.from))
	head("To", m.people(m.to))
	head("Subject", m.word(m.subject))
	head("Date", now.Add(-m.ago).Format(time.RFC1123Z))
	head("Message-ID", messageID(m.id))
	if n := len(m.reply); n > 0 {
		refs := make([]string, n)
		for i, id := range m.reply {
			refs[i] = messageID(id)
		}
		head("In-Reply-To", refs[n-1])
		head("References", strings.Join(refs, "\n "))
	}
	b.WriteString(m.extra)
	head("MIME-Version", "1.0")
	b.WriteString(m.body())
	return b.String()
}

func messageID(id string) string { return "<" + id + "@mail.example.org>" }

// body is the content headers, an empty line, and the content.
func (m mail) body() string {
	text, html := m.part("text/plain", m.text), m.part("text/html", m.html)
	body := text
	switch {
	case m.text == "":
		body = html
	case m.html != "":
		body = multipart("alternative", m.id, text, html)
	}
	if len(m.files) == 0 {
		return body
	}
	parts := []string{body}
	for _, f := range m.files {
		parts = append(parts, f.part())
	}
	return multipart("mixed", m.id, parts...)
}

// part is a text, quoted-printable in the mail's charset.
func (m mail) part(kind, text string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Content-Type: %s; charset=%s\nContent-Transfer-Encoding: quoted-printable\n\n", kind, m.charsetName())
	w := quotedprintable.NewWriter(&b)
	_, _ = w.Write([]byte(m.encode(text)))
	_ = w.Close()
	return strings.ReplaceAll(b.String(), "\r\n", "\n") + "\n"
}

func (f attached) part() string {
	params := map[string]string{}
	if strings.HasPrefix(f.kind, "text/calendar") {
		params["method"] = "REQUEST"
	}
	if strings.HasPrefix(f.kind, "text/") {
		params["charset"] = "utf-8"
	}
	params["name"] = f.name
	return "Content-Type: " + mime.FormatMediaType(f.kind, params) + "\n" +
		"Content-Disposition: " + mime.FormatMediaType("attachment", map[string]string{"filename": f.name}) + "\n" +
		"Content-Transfer-Encoding: base64\n\n" + lines76(base64.StdEncoding.EncodeToString([]byte(f.content)))
}

func multipart(kind, id string, parts ...string) string {
	boundary := "=_" + kind + "_" + id
	var b strings.Builder
	fmt.Fprintf(&b, "Content-Type: multipart/%s; boundary=%q\n\n", kind, boundary)
	for _, p := range parts {
		fmt.Fprintf(&b, "--%s\n%s\n", boundary, p)
	}
	fmt.Fprintf(&b, "--%s--\n", boundary)
	return b.String()
}

func lines76(s string) string {
	var b strings.Builder
	for len(s) > 76 {
		b.WriteString(s[:76] + "\n")
		s = s[76:]
	}
	return b.String() + s + "\n"
}

func (m mail) charsetName() string {
	if m.charset == "" {
		return "utf-8"
	}
	return m.charset
}

// encode turns text into the bytes of the mail's charset.
func (m mail) encode(text string) string {
	encodings := map[string]encoding.Encoding{
		"iso-8859-1": charmap.ISO8859_1, "windows-1252": charmap.Windows1252,
		"iso-2022-jp": japanese.ISO2022JP, "windows-1251": charmap.Windows1251,
	}
	e, ok := encodings[m.charset]
	if !ok {
		return text
	}
	s, err := e.NewEncoder().String(text)
	if err != nil {
		panic(fmt.Sprintf("the sample mail %s does not fit into %s", m.id, m.charset))
	}
	return s
}

// word encodes header text, if it needs it.
func (m mail) word(s string) string {
	for _, r := range s {
		if r > 0x7e {
			return mime.BEncoding.Encode(m.charsetName(), m.encode(s))
		}
	}
	return s
}

// people encodes the name of a "Name <address>".
func (m mail) people(s string) string {
	name, addr, found := strings.Cut(s, " <")
	if !found {
		return s
	}
	if strings.Contains(name, ".") {
		name = `"` + name + `"`
	}
	return m.word(name) + " <" + addr
}

func addressOf(s string) string {
	if _, addr, found := strings.Cut(s, " <"); found {
		return strings.TrimSuffix(addr, ">")
	}
	return s
}
