package egress

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
)

// mailServer is a small mail server of one kind: what a client needs to log in by
// STARTTLS and to send a message, or look at an empty box. It notes the commands
// that came in the clear, and the last message.
type mailServer struct {
	kind    Dialogue
	config  *tls.Config
	clear   chan string
	message chan string
}

func newMailServer(kind Dialogue, names ...string) *mailServer {
	return &mailServer{kind, newAuthority().server(names...), make(chan string, 1000), make(chan string, 100)}
}

func (m *mailServer) serve(c net.Conn) {
	_, _ = io.WriteString(c, map[Dialogue]string{SMTP: "220-mail\r\n220 ready\r\n", IMAP: "* OK ready\r\n", POP3: "+OK ready\r\n"}[m.kind])
	r, secure := bufio.NewReader(c), false
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSpace(line)
		if !secure {
			m.clear <- line
		}
		tag, verb := "", strings.ToUpper(line)
		if m.kind == IMAP {
			tag, _, _ = strings.Cut(line, " ")
			_, verb, _ = strings.Cut(verb, " ")
		}
		verb, _, _ = strings.Cut(verb, " ")
		if _, err := io.WriteString(c, m.answer(verb, tag, secure)); err != nil || verb == "QUIT" || verb == "LOGOUT" {
			return
		}
		switch {
		case verb == "DATA":
			var b strings.Builder
			for line != ".\r\n" && err == nil {
				line, err = r.ReadString('\n')
				b.WriteString(line)
			}
			m.message <- b.String()
			_, _ = io.WriteString(c, "250 kept\r\n")
		case (verb == "STARTTLS" || verb == "STLS") && !secure:
			c, secure = tls.Server(c, m.config), true
			r = bufio.NewReader(c)
		}
	}
}

func (m *mailServer) answer(verb, tag string, secure bool) string {
	switch m.kind {
	case SMTP:
		switch verb {
		case "EHLO":
			return "250-mail\r\n250-8BITMIME\r\n250 STARTTLS\r\n"
		case "STARTTLS":
			return "220 go\r\n"
		case "DATA":
			return "354 go\r\n"
		case "QUIT":
			return "221 bye\r\n"
		}
		return "250 fine\r\n"
	case IMAP:
		switch verb {
		case "CAPABILITY":
			return fmt.Sprintf("* CAPABILITY IMAP4rev1 STARTTLS\r\n%s OK done\r\n", tag)
		case "LIST":
			return fmt.Sprintf("* LIST () \"/\" INBOX\r\n%s OK done\r\n", tag)
		}
		return tag + " OK done\r\n"
	}
	switch verb {
	case "CAPA":
		return "+OK\r\nSTLS\r\nUSER\r\n.\r\n"
	case "STAT":
		return "+OK 0 0\r\n"
	case "LIST", "UIDL":
		return "+OK\r\n.\r\n"
	}
	return "+OK fine\r\n"
}
