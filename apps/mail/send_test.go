package mail

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gomail "github.com/emersion/go-message/mail"
	"github.com/stretchr/testify/require"

	"secgpt/apps/builtin/apptest"
)

// sent returns the bytes of the one message in the outbox.
func (b *box) sent() []byte {
	b.t.Helper()
	entries, err := os.ReadDir(filepath.Join(b.s.Data, "outbox", "new"))
	require.NoError(b.t, err)
	require.Len(b.t, entries, 1)
	info, err := entries[0].Info()
	require.NoError(b.t, err)
	require.Equal(b.t, os.FileMode(0o600), info.Mode())
	raw, err := os.ReadFile(filepath.Join(b.s.Data, "outbox", "new", entries[0].Name()))
	require.NoError(b.t, err)
	return raw
}

func (b *box) outboxIsEmpty() {
	b.t.Helper()
	entries, _ := os.ReadDir(filepath.Join(b.s.Data, "outbox", "new"))
	require.Empty(b.t, entries)
}

func TestSendWritesARealMessage(t *testing.T) {
	b := newBox(t)
	require.NoError(t, os.WriteFile(filepath.Join(b.s.Data, "address"), []byte("Ada Löw <ada@example.org>\n"), 0o600))
	out := apptest.Get[Sent](t, b.client(), "send", args{
		"to": "Jörg <j@example.com>, bob@example.org", "subject": "Grüße " + strings.Repeat("lang ", 30),
		"body": "Zeile eins\r\nZeile zwei, ä\n.\n" + strings.Repeat("x", 2000),
	})
	require.Equal(t, "Jörg <j@example.com>, bob@example.org", out.Result.To)
	require.Equal(t, "in the outbox", out.Result.State)
	raw := b.sent()
	for _, line := range bytes.Split(bytes.TrimSuffix(raw, []byte("\r\n")), []byte("\r\n")) {
		require.LessOrEqual(t, len(line), 998)
		require.NotContains(t, string(line), "\n")
	}
	r, err := gomail.CreateReader(bytes.NewReader(raw))
	require.NoError(t, err)
	to, err := r.Header.AddressList("To")
	require.NoError(t, err)
	require.Equal(t, "Jörg", to[0].Name)
	require.Equal(t, "bob@example.org", to[1].Address)
	from, err := r.Header.AddressList("From")
	require.NoError(t, err)
	require.Equal(t, "ada@example.org", from[0].Address)
	subject, err := r.Header.Subject()
	require.NoError(t, err)
	require.Equal(t, strings.TrimSpace("Grüße "+strings.Repeat("lang ", 30)), strings.TrimSpace(subject))
	id, err := r.Header.MessageID()
	require.NoError(t, err)
	require.True(t, strings.HasSuffix(id, "@example.org"))
	p, err := r.NextPart()
	require.NoError(t, err)
	body, err := io.ReadAll(p.Body)
	require.NoError(t, err)
	require.Equal(t, "Zeile eins\r\nZeile zwei, ä\r\n.\r\n"+strings.Repeat("x", 2000), string(body))
}

// What attachments returns can be sent on, and comes out of the other end the same.
func TestSendWithAttachments(t *testing.T) {
	b := newBox(t)
	b.put("S", head+"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nbody\n"+
		attachment("a.csv", "text/csv; charset=iso-8859-1", "gr\xfcn\nx")+attachment("b.png", "image/png", "\x89PNG\x00")+"--b--\n")
	cs := b.client()
	parts := apptest.Get[[]Attachment](t, cs, "attachments", args{"id": only(t, cs).ID}).Result
	apptest.Get[Sent](t, cs, "send", args{"to": "bob@example.org", "body": "see below", "attachments": parts})
	m, err := parse(bytes.NewReader(b.sent()), file{})
	require.NoError(t, err)
	require.Empty(t, m.damage)
	require.Equal(t, "see below", m.text)
	require.Empty(t, m.subject)
	require.Equal(t, "me@localhost", m.from[0].addr)
	require.Equal(t, "a.csv", m.parts[0].name)
	require.Equal(t, "grün\nx", string(m.parts[0].content))
	require.Equal(t, "image/png", m.parts[1].kind)
	require.Equal(t, "\x89PNG\x00", string(m.parts[1].content))
}

func TestSendRefuses(t *testing.T) {
	ok := args{"to": "a@example.org", "body": "x"}
	for _, c := range []struct {
		name string
		in   args
		want string
	}{
		{"nobody", args{"to": " "}, "to is empty"},
		{"a name only", args{"to": "Bob"}, `"Bob" is no list of mail addresses`},
		{"header injection in to", args{"to": "a@example.org\r\nBcc: m@example.net"}, "U+000D"},
		{"hidden character in to", args{"to": "a@exam\u200bple.org"}, "U+200B"},
		{"tag characters in to", args{"to": "a@example.org\U000E0041"}, "U+E0041"},
		{"comment", args{"to": "a@example.org (b@example.net)"}, "write plain addresses"},
		{"group", args{"to": "all: a@example.org, b@example.org;"}, "write plain addresses"},
		{"quoted local part", args{"to": `"a b"@example.org`}, "no mail address that can be sent to"},
		{"route", args{"to": "<@x.example,@y.example:a@example.org>"}, "write plain addresses"},
		{"address literal", args{"to": "a@[127.0.0.1]"}, "no"},
		{"look-alike domain", args{"to": "a@exаmple.org"}, "no mail address that can be sent to"},
		{"name that poses as an address", args{"to": `"bob@example.org" <m@example.net>`}, "looks like an address"},
		{"dashes at the wrong end", args{"to": "a@-example.org"}, "no mail address"},
		{"injection in subject", args{"subject": "x\nBcc: m@example.net"}, "subject holds the character U+000A"},
		{"long subject", args{"subject": strings.Repeat("x", 1000)}, "subject is 1000 bytes"},
		{"too many", args{"to": strings.Repeat("a@example.org,", 50) + "b@example.org"}, "51 recipients, 50 at most"},
		{"cut attachment", args{"attachments": []Attachment{{Name: "a", Content: "x", Cut: 7}}}, "was cut by 7 bytes"},
		{"attachment without a name", args{"attachments": []Attachment{{Content: "x"}}}, "has no name"},
		{"injection in a name", args{"attachments": []Attachment{{Name: "a\r\nX: y"}}}, "U+000D"},
		{"bad base64", args{"attachments": []Attachment{{Name: "a", Content: "!", Encoding: "base64"}}}, "is no base64"},
		{"odd encoding", args{"attachments": []Attachment{{Name: "a", Encoding: "gzip"}}}, `the encoding "gzip"`},
		{"many attachments", args{"attachments": make([]Attachment, 21)}, "21 attachments, 20 at most"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := args{}
			for k, v := range ok {
				in[k] = v
			}
			for k, v := range c.in {
				in[k] = v
			}
			raw, err := json.Marshal(in)
			require.NoError(t, err)
			b := newBox(t)
			got, failed := apptest.Call(t, b.client(), "send", string(raw))
			require.True(t, failed)
			require.Contains(t, got, c.want)
			b.outboxIsEmpty()
		})
	}
}

// An attachment can't smuggle headers or structure through its type.
func TestSendAttachmentTypeIsChecked(t *testing.T) {
	for _, kind := range []string{"multipart/mixed; boundary=x", "message/rfc822", "text/plain\r\nX-Evil: 1", "nonsense"} {
		h, _, err := attach(Attachment{Name: "a", Type: kind, Content: "x"})
		require.NoError(t, err)
		got, _, err := h.ContentType()
		require.NoError(t, err)
		require.Equal(t, "application/octet-stream", got, kind)
	}
}

func TestSendWithABadOwnAddress(t *testing.T) {
	b := newBox(t)
	require.NoError(t, os.WriteFile(filepath.Join(b.s.Data, "address"), []byte("a@example.org\nBcc: x@example.net"), 0o600))
	got, failed := apptest.Call(t, b.client(), "send", `{"to":"a@example.org","body":"x"}`)
	require.True(t, failed)
	require.Contains(t, got, "the file address must hold one mail address")
}
