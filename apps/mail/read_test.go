package mail

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/apps/builtin"
	"secgpt/apps/builtin/apptest"
)

const head = "From: Bob <bob@example.org>\nTo: me@example.org\nSubject: s\nDate: Mon, 02 Jan 2006 15:04:05 +0100\nMIME-Version: 1.0\n"

func TestBodies(t *testing.T) {
	for _, c := range []struct {
		name, raw, text string
		attachments     []AttachmentName
	}{
		{"plain", head + "\nhello\n", "hello\n", nil},
		{"latin-1 quoted-printable", head + "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nGr=FC=DFe\n", "Grüße\n", nil},
		{"shift-jis base64", head + "Content-Type: text/plain; charset=shift_jis\nContent-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString([]byte("\x93\xfa\x96{")) + "\n", "日本", nil},
		{"unknown charset", head + "Content-Type: text/plain; charset=x-martian\n\nGr\xfc\xdfe\n", "Grüße\n", nil},
		{"undeclared bytes", head + "\nGr\xfc\xdfe\n", "Grüße\n", nil},
		{"unknown encoding", head + "Content-Transfer-Encoding: x-rot26\n\nas it is\n", "as it is\n", nil},
		{"NUL bytes", head + "\na\x00b\n", "a\x00b\n", nil},
		{"hidden characters stay", head + "\na\u200bb\U000E0041\u202e\n", "a\u200bb\U000E0041\u202e\n", nil},
		{"html only", head + "Content-Type: text/html\n\n<p>Hi <b>there</b></p>\n", "Hi there\n", nil},
		{
			"alternative prefers plain", head + "Content-Type: multipart/alternative; boundary=b\n\n" +
				"--b\nContent-Type: text/plain\n\nplain\n--b\nContent-Type: text/html\n\n<p>html</p>\n--b--\n", "plain", nil,
		},
		{
			"alternative with an empty plain", head + "Content-Type: multipart/alternative; boundary=b\n\n" +
				"--b\nContent-Type: text/plain\n\n \n--b\nContent-Type: text/html\n\n<p>html</p>\n--b--\n", "html\n", nil,
		},
		{
			"list footer is body", head + "Content-Type: multipart/mixed; boundary=b\n\n" +
				"--b\nContent-Type: text/plain\n\nbody\n--b\nContent-Type: text/plain\n\nfooter\n--b--\n", "body\nfooter", nil,
		},
		{
			"inline calendar is an attachment", head + "Content-Type: multipart/alternative; boundary=b\n\n" +
				"--b\nContent-Type: text/plain\n\nbody\n--b\nContent-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\n--b--\n", "body",
			[]AttachmentName{{"invite.ics", "text/calendar"}},
		},
		{
			"names lose their folders", head + "Content-Type: multipart/mixed; boundary=b\n\n" +
				"--b\n\nbody\n--b\nContent-Type: text/plain; name=\"..\\\\..\\\\x.txt\"\n\nevil\n" +
				"--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=\"../../etc/passwd\"\n\nevil\n--b--\n", "body",
			[]AttachmentName{{"x.txt", "text/plain"}, {"passwd", "text/plain"}},
		},
		{"forwarded mail", head + "Content-Type: message/rfc822\n\nSubject: inner\n\ntext\n", "", []AttachmentName{{"message.eml", "message/rfc822"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBox(t)
			b.put("S", c.raw)
			got := readOnly(t, b)
			require.Equal(t, c.text, got.Result.Text)
			require.ElementsMatch(t, c.attachments, got.Result.Attachments)
			require.Empty(t, got.Problems)
		})
	}
}

func TestReadGivesAllFields(t *testing.T) {
	b := newBox(t)
	b.put("S", "Cc: C <c@example.org>\nReply-To: other@example.net\n"+head+"\nhi\n")
	m := readOnly(t, b).Result
	at, err := time.Parse(time.RFC3339, m.Date)
	require.NoError(t, err)
	require.True(t, at.Equal(time.Date(2006, 1, 2, 14, 4, 5, 0, time.UTC)))
	m.Date, m.ID = "", ""
	require.Equal(t, Mail{
		From: "Bob <bob@example.org>", To: "me@example.org", Cc: "C <c@example.org>", ReplyTo: "other@example.net",
		Subject: "s", Text: "hi\n", Attachments: []AttachmentName{},
	}, m)
}

// A date far ahead must not keep a mail on top of all lists.
func TestDateAheadIsNotBelieved(t *testing.T) {
	b := newBox(t)
	b.put("S", "From: a@example.org\nSubject: future\nDate: Mon, 02 Jan 2096 15:04:05 +0100\n\nx\n")
	b.put("S", b.letter("b@example.org", "now", "x"))
	out := search(t, b.client(), args{})
	require.Equal(t, "now", out.Result[0].Subject)
}

func TestUnknownID(t *testing.T) {
	b := newBox(t)
	got, failed := apptest.Call(t, b.client(), "read", `{"id":"m0000"}`)
	require.True(t, failed)
	require.Contains(t, got, `no mail has the id "m0000"`)
}

func TestDamagedMessagesAreNamed(t *testing.T) {
	many := strings.Repeat("--b\n\nx\n", maxParts+5)
	deep := head
	for i := range maxNest + 2 {
		deep += fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
	}
	for _, c := range []struct{ name, raw, read string }{
		{"no header", "\x00\x01\x02 garbage\n", "malformed"},
		{"no fields of a mail", "X-Thing: 1\n\nbody\n", "no From, Date or Subject"},
		{"empty", "", "no From, Date or Subject"},
		{"huge header", head + "X-Big: " + strings.Repeat("x", maxHeader) + "\n\nbody\n", "header exceeds maximum size"},
		{"broken base64", head + "Content-Transfer-Encoding: base64\n\n!!!!\n", "damaged"},
		{"multipart without a boundary", head + "Content-Type: multipart/mixed\n\nbody\n", "damaged"},
		{"cut multipart", head + "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nbody\n", "damaged"},
		{"too many parts", head + "Content-Type: multipart/mixed; boundary=b\n\n" + many, "more than 100 parts"},
		{"nested too deep", deep, "nested deeper than 10"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBox(t)
			b.put("S", b.letter("good@example.org", "good", "body"))
			name := b.put("S", c.raw)
			cs := b.client()
			out := search(t, cs, args{})
			require.Equal(t, "good", out.Result[0].Subject, "the other is dated long before")
			if len(out.Result) == 1 { // not even its header could be used
				require.Len(t, out.Problems, 1)
				require.Contains(t, out.Problems[0], "1 of 2 messages could not be read: "+name+": ")
				require.Contains(t, out.Problems[0], c.read)
				return
			}
			got := apptest.Get[Mail](t, cs, "read", args{"id": out.Result[1].ID})
			require.Len(t, got.Problems, 1)
			require.Contains(t, got.Problems[0], c.read)
		})
	}
}

func TestFilesThatAreNone(t *testing.T) {
	b := newBox(t)
	b.put("S", b.letter("good@example.org", "good", "body"))
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte(head+"\nsecret\n"), 0o600))
	require.NoError(t, os.Symlink(secret, filepath.Join(b.s.Folder, "cur", "1.link:2,S")))
	big := filepath.Join(b.s.Folder, "cur", "2.big:2,S")
	require.NoError(t, os.WriteFile(big, nil, 0o600))
	require.NoError(t, os.Truncate(big, maxSize+1))
	out := search(t, b.client(), args{})
	require.Len(t, out.Result, 1)
	require.Contains(t, out.Problems[0], "2 of 3 messages")
	require.Contains(t, out.Problems[0], "26214401 bytes, 26214400 at most")
}

func TestLongBodyIsCutAndSaysSo(t *testing.T) {
	for name, unit := range map[string]string{"text": "ä", "what JSON makes longer": "<\x01"} {
		t.Run(name, func(t *testing.T) {
			b := newBox(t)
			text := strings.Repeat(unit, 300<<10)
			b.put("S", head+"Content-Type: text/plain; charset=utf-8\n\n"+text)
			got := readOnly(t, b)
			require.LessOrEqual(t, len(got.Result.Text), maxBody)
			require.Equal(t, len(text), len(got.Result.Text)+got.Result.Cut)
			require.True(t, strings.HasPrefix(text, got.Result.Text))
			require.Contains(t, got.Problems[0], fmt.Sprintf("%d bytes of its text were left out", got.Result.Cut))
		})
	}
}

func attachment(name, kind, content string) string {
	return "--b\nContent-Type: " + kind + "\nContent-Disposition: attachment; filename=" + name +
		"\nContent-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString([]byte(content)) + "\n"
}

func TestAttachments(t *testing.T) {
	b := newBox(t)
	b.put("S", head+"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nbody\n"+
		attachment("a.csv", "text/csv; charset=iso-8859-1", "gr\xfcn")+
		attachment("b.png", "image/png", "\x89PNG\x00")+
		attachment("huge.bin", "application/octet-stream", strings.Repeat("\xff", 2<<20))+
		attachment("late.txt", "text/plain", "late")+"--b--\n")
	cs := b.client()
	out := apptest.Get[[]Attachment](t, cs, "attachments", args{"id": only(t, cs).ID})
	require.Len(t, out.Result, 4)
	require.Equal(t, Attachment{Name: "a.csv", Type: "text/csv", Size: 5, Content: "grün"}, out.Result[0])
	require.Equal(t, Attachment{Name: "b.png", Type: "image/png", Size: 5, Content: "iVBORwA=", Encoding: "base64"}, out.Result[1])
	huge, err := base64.StdEncoding.DecodeString(out.Result[2].Content)
	require.NoError(t, err)
	require.Equal(t, 2<<20, len(huge)+out.Result[2].Cut)
	require.Equal(t, 2<<20, out.Result[2].Size)
	require.Contains(t, out.Problems[0], "attachments were cut")
}

// A hundred mails with the longest fields still make one frame.
func TestSearchAnswerIsBounded(t *testing.T) {
	b := newBox(t)
	for range 200 {
		b.put("S", b.letter("<<"+strings.Repeat("<", 1000), strings.Repeat("<&", 1000), strings.Repeat("\x01", 1000)))
	}
	out := search(t, b.client(), args{"limit": 200})
	require.NotEmpty(t, out.Result)
	require.Less(t, len(out.Result), 200)
	require.Contains(t, out.Problems[0], "ask for fewer")
}

func TestJSONLenIsWhatGoWrites(t *testing.T) {
	for _, s := range []string{"", "a", "ä<>&\"\\", "\x00\x1f\n", "\u2028\u2029", "日本\U000E0041", "bad\xff", "\uFFFD"} {
		b, err := json.Marshal(s)
		require.NoError(t, err)
		require.GreaterOrEqual(t, jsonLen(s), len(b)-2, "%q", s)
		cut, left := fit(s, builtin.MaxResult, builtin.MaxResult)
		require.Equal(t, s, cut)
		require.Zero(t, left)
	}
}
