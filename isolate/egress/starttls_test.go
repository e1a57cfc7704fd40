package egress

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/smtp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Go's own SMTP client against a real server: the mail goes by TLS.
func TestSTARTTLSMail(t *testing.T) {
	m := newMailServer(SMTP, "mail.example")
	w := start(t, "mail.example:587", serve(t, m.serve), Limits{})
	c, err := smtp.NewClient(w.connect(), "mail.example")
	require.NoError(t, err)
	require.NoError(t, c.StartTLS(newAuthority().client("mail.example")))
	require.NoError(t, c.Mail("a@example.com"))
	require.NoError(t, c.Rcpt("b@example.com"))
	body, err := c.Data()
	require.NoError(t, err)
	_, err = io.WriteString(body, "Subject: hi\r\n\r\nsecret")
	require.NoError(t, err)
	require.NoError(t, body.Close())
	require.NoError(t, c.Quit())
	require.Contains(t, <-m.message, "secret")
	require.Equal(t, "EHLO localhost", <-m.clear)
	require.Equal(t, "STARTTLS", <-m.clear)
	require.Empty(t, m.clear)
	require.Equal(t, Opened, w.event().Kind)
}

func TestSTARTTLSName(t *testing.T) {
	m := newMailServer(SMTP, "mail.example", "other.example")
	w := start(t, "mail.example:587", serve(t, m.serve), Limits{})
	c, err := smtp.NewClient(w.connect(), "mail.example")
	require.NoError(t, err)
	require.Error(t, c.StartTLS(newAuthority().client("other.example")))
	require.Equal(t, Opened, w.event().Kind)
	require.Contains(t, w.event().Why, `names "other.example", and granted is mail.example`)
}

// A transcript has the lines of both sides in their order; "C+" is sent with the
// line before it in one piece, and so is "S+".
func transcript(t *testing.T, kind Dialogue, text string) (toServer, toClient string, err error) {
	t.Helper()
	client, server := net.Pipe()
	near, far := net.Pipe()
	var up, down bytes.Buffer
	d := &dialogue{kind: kind, client: bufio.NewReaderSize(client, commandMax), server: bufio.NewReaderSize(near, answerMax), up: &up, down: &down}
	done := make(chan error, 1)
	go func() {
		err := d.run()
		_, _ = client.Close(), near.Close()
		done <- err
	}()
	var to net.Conn
	var piece string
	flush := func() {
		if to != nil {
			_, _ = io.WriteString(to, piece)
		}
		piece = ""
	}
	for line := range strings.Lines(text) {
		side, words, _ := strings.Cut(strings.TrimSpace(line), ": ")
		words = strings.NewReplacer(`\r`, "\r", `\n`, "\n", `\0`, "\x00").Replace(words)
		if !strings.HasSuffix(side, "+") {
			flush()
			to = map[string]net.Conn{"C": server, "S": far}[side]
		}
		if !strings.HasSuffix(words, "|") { // the end of a line that is told apart
			words += "\r\n"
		}
		piece += strings.TrimSuffix(words, "|")
	}
	flush()
	_, _ = server.Close(), far.Close()
	err = <-done
	return up.String(), down.String(), err
}

func TestDialogues(t *testing.T) {
	for _, row := range []struct {
		name string
		kind Dialogue
		text string
		says string // empty: it comes to TLS
	}{
		{"SMTP", SMTP, "S: 220-hi\nS+: 220 there\nC: EHLO me\nS: 250-mail\nS+: 250 STARTTLS\nC: STARTTLS\nS: 220 go", ""},
		{"small letters", SMTP, "S: 220 hi\nC: ehlo [127.0.0.1]\nS: 250 mail\nC: starttls\nS: 220 go", ""},
		{"not now, then yes", SMTP, "S: 220 hi\nC: STARTTLS\nS: 454 later\nC: NOOP\nS: 250 ok\nC: STARTTLS\nS: 220", ""},
		{"IMAP", IMAP, "S: * OK hi\nC: a1 CAPABILITY\nS: * CAPABILITY STARTTLS\nS+: a1 OK done\nC: a2 STARTTLS\nS: a2 OK go", ""},
		{"IMAP, no first", IMAP, "S: * OK hi\nC: x STARTTLS\nS: x NO\nC: y STARTTLS\nS: * 1 EXISTS\nS: y ok", ""},
		{"POP3", POP3, "S: +OK hi\nC: CAPA\nS: +OK\nS+: STLS\nS+: .\nC: STLS\nS: +OK", ""},
		{"POP3 without CAPA", POP3, "S: +OK hi\nC: CAPA\nS: -ERR what\nC: STLS\nS: +OK", ""},

		{"quit", SMTP, "S: 220 hi\nC: QUIT\nS: 221 bye", "quit"},
		{"logout", IMAP, "S: * OK hi\nC: a LOGOUT\nS: * BYE\nS+: a OK", "quit"},
		{"mail in the clear", SMTP, "S: 220 hi\nC: EHLO me\nS: 250 ok\nC: MAIL FROM:<a@example.com>", `sent "MAIL" in clear text`},
		{"password in the clear", SMTP, "S: 220 hi\nC: AUTH PLAIN AGEAYg==", `sent "AUTH" in clear text`},
		{"login in the clear", IMAP, "S: * OK hi\nC: a LOGIN me secret", `sent "LOGIN" in clear text`},
		{"user in the clear", POP3, "S: +OK hi\nC: USER me", `sent "USER" in clear text`},
		{"another protocol", SMTP, "S: 220 hi\nC: GET / HTTP/1.1", `sent "GET" in clear text`},
		{"the wrong server", SMTP, "S: SSH-2.0-OpenSSH", "malformed"},
		{"another greeting", SMTP, "S: 554 no", "greets with"},
		{"logged in already", IMAP, "S: * PREAUTH hi", "greets with"},
		{"busy", POP3, "S: -ERR busy", "greets with"},
		{"sent ahead by the app", SMTP, "S: 220 hi\nC: STARTTLS\nC+: MAIL FROM:<a@example.com>\nS: 220 go", "ahead of TLS"},
		{"sent ahead by the server", SMTP, "S: 220 hi\nC: STARTTLS\nS: 220 go\nS+: 250 AUTH PLAIN", "ahead of TLS"},
		{"sent ahead, IMAP", IMAP, "S: * OK hi\nC: a STARTTLS\nC+: b LOGIN me secret\nS: a OK", "ahead of TLS"},
		{"server ahead, IMAP", IMAP, "S: * OK hi\nC: a STARTTLS\nS: a OK go\nS+: * CAPABILITY AUTH=PLAIN", "ahead of TLS"},
		{"sent ahead, POP3", POP3, "S: +OK hi\nC: STLS\nC+: USER me\nS: +OK", "ahead of TLS"},
		{"a second command in the line", SMTP, `S: 220 hi` + "\n" + `C: NOOP\nMAIL FROM:<a@example.com>`, "CR LF"},
		{"a bare CR", SMTP, `S: 220 hi` + "\n" + `C: EHLO a\rMAIL FROM:<a@example.com>`, "control character"},
		{"NUL", SMTP, `S: 220 hi` + "\n" + `C: EHLO a\0b`, "control character"},
		{"an argument where none is", SMTP, "S: 220 hi\nC: NOOP data", "NOOP is malformed"},
		{"an argument of STARTTLS", SMTP, "S: 220 hi\nC: STARTTLS x", "STARTTLS is malformed"},
		{"EHLO of nobody", SMTP, "S: 220 hi\nC: EHLO", "EHLO is malformed"},
		{"a long command", SMTP, "S: 220 hi\nC: EHLO " + strings.Repeat("a", 600), "more than 512 bytes"},
		{"no tag", IMAP, "S: * OK hi\nC: STARTTLS", "no proper tag"},
		{"a star for a tag", IMAP, "S: * OK hi\nC: * STARTTLS", "no proper tag"},
		{"a literal of the app", IMAP, "S: * OK hi\nC: a NOOP {5}", "NOOP is malformed"},
		{"a literal of the server", IMAP, "S: * OK hi\nC: a CAPABILITY\nS: * X {5}", "answer is malformed"},
		{"another tag", IMAP, "S: * OK hi\nC: a CAPABILITY\nS: b OK", "answer is malformed"},
		{"another code", SMTP, "S: 220 hi\nC: EHLO a\nS: 250-x\nS+: 251 y", "answer is malformed"},
		{"an answer without a code", SMTP, "S: 220 hi\nC: EHLO a\nS: hello", "answer is malformed"},
		{"an answer of 101 lines", SMTP, "S: 220 hi\nC: EHLO a\nS: 250-x\n" + strings.Repeat("S+: 250-x\n", 101), "more than 100 lines"},
		{"a long answer", SMTP, "S: 220 " + strings.Repeat("x", 3000), "more than 2048 bytes"},
		{"only questions", SMTP, "S: 220 hi\n" + strings.Repeat("C: NOOP\nS: 250 ok\n", 20), "16 commands and still no STARTTLS"},
		{"the app goes", SMTP, "S: 220 hi", "EOF"},
		{"the server goes", SMTP, "S: 220 hi\nC: EHLO a", "EOF"},
	} {
		up, down, err := transcript(t, row.kind, row.text)
		if row.says == "" {
			require.NoError(t, err, row.name)
			var said, answered string
			for line := range strings.Lines(row.text) {
				side, words, _ := strings.Cut(strings.TrimSpace(line), ": ")
				if side[0] == 'C' {
					said += words + "\r\n"
				} else {
					answered += words + "\r\n"
				}
			}
			require.Equal(t, said, up, row.name)
			require.Equal(t, answered, down, row.name)
			continue
		}
		require.ErrorContains(t, err, row.says, row.name)
		for _, secret := range []string{"MAIL", "AUTH", "LOGIN", "USER"} {
			require.NotContains(t, up, secret, row.name)
		}
	}
}

// Whatever both sides say: only known commands reach the server, each once and whole.
func FuzzDialogue(f *testing.F) {
	f.Add("EHLO a\r\nSTARTTLS\r\n", "220 hi\r\n250-x\r\n250 y\r\n220 go\r\n", uint8(0))
	f.Add("a CAPABILITY\r\nb STARTTLS\r\n", "* OK\r\n* X\r\na OK\r\nb OK\r\n", uint8(1))
	f.Add("CAPA\r\nSTLS\r\n", "+OK\r\n+OK\r\nX\r\n.\r\n+OK\r\n", uint8(2))
	f.Fuzz(func(t *testing.T, client, server string, kind uint8) {
		var up, down bytes.Buffer
		d := &dialogue{
			kind: []Dialogue{SMTP, IMAP, POP3}[kind%3], up: &up, down: &down,
			client: bufio.NewReaderSize(strings.NewReader(client), commandMax), server: bufio.NewReaderSize(strings.NewReader(server), answerMax),
		}
		err := d.run()
		if !strings.HasPrefix(client, up.String()) || !strings.HasPrefix(server, down.String()) {
			t.Fatal("something else was passed on")
		}
		for line := range strings.Lines(up.String()) {
			if _, _, bad := d.command(strings.TrimSuffix(line, "\r\n")); bad != nil {
				t.Fatalf("%q: %v", line, bad)
			}
		}
		if err == nil && !strings.Contains(strings.ToUpper(up.String()), "ST") || errors.Is(err, bufio.ErrBufferFull) {
			t.Fatal(err)
		}
	})
}
