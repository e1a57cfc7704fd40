package mail

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"secgpt/apps/builtin"
)

// Whatever a message is, reading it ends, and what comes out fits into a frame.
func FuzzMessage(f *testing.F) {
	for _, raw := range []string{
		head + "\nhello\n",
		head + "Content-Type: text/html; charset=utf-16\n\n<a href=x>y<pre>\x00",
		head + "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\n--c--\n--b--\n",
		"From: =?utf-8?q?=FF?= <a@b>\nSubject: =?x?b?!?=\n\n",
		"From: a:b,c;<\nContent-Type: ;;\nContent-Disposition: attachment; filename*=utf-8''%FF\n\n",
	} {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := parse(bytes.NewReader(raw), file{id: "m0"})
		if err != nil {
			return
		}
		found := describe(file{}, m)
		if n := jsonSize(found); n > maxSearchJSON {
			t.Fatalf("one mail takes %d bytes of a list", n)
		}
		if !utf8.ValidString(m.text) || !utf8.ValidString(found.Subject) || !utf8.ValidString(found.From) {
			t.Fatal("text is no UTF-8")
		}
		text, cut := fit(m.text, maxBody, maxBodyJSON)
		if len(text)+cut != len(m.text) {
			t.Fatal("the cut is not what was left out")
		}
		for _, p := range m.parts {
			content, _, _ := encode(p, maxContent)
			if b, _ := json.Marshal(content); len(b) > builtin.MaxResult {
				t.Fatalf("an attachment takes %d bytes", len(b))
			}
		}
	})
}

// A list of recipients that is taken holds nothing but what was checked.
func FuzzRecipients(f *testing.F) {
	for _, s := range []string{"a@example.org", `"A B" <a@example.org>, c@d`, "a@b\r\nBcc: c@d", "=?utf-8?q?a=0d=0a?= <a@b>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		list, err := recipients(s)
		if err != nil {
			return
		}
		raw, err := compose(list[0], list, sendIn{Body: "x"})
		if err != nil {
			t.Fatal(err)
		}
		m, err := parse(bytes.NewReader(raw), file{})
		if err != nil || len(m.to) != len(list) {
			t.Fatalf("%q became %v: %v", s, m, err)
		}
		for i := range list {
			if m.to[i].addr != list[i].Address {
				t.Fatalf("%q became %q", s, m.to[i].addr)
			}
		}
	})
}
