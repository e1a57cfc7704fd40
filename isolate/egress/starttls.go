package egress

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// A STARTTLS dialogue is clear text, one command and one answer after the other:
//
//	S: 220 mail.example.com ESMTP      S: * OK ready          S: +OK ready
//	C: EHLO laptop                     C: a CAPABILITY        C: CAPA
//	S: 250-mail.example.com            S: * CAPABILITY …      S: +OK
//	S: 250 STARTTLS                    S: a OK done           S: STLS
//	C: STARTTLS                                               S: .
//	S: 220 go ahead                    C: b STARTTLS          C: STLS
//	                                   S: b OK begin          S: +OK
//
// Only the commands in commands() pass. Nothing may be sent ahead of the answer to
// the last one, by either side: what was, would be read as if it came by TLS
// (CVE-2011-0411).
const (
	commandsMax = 16   // before TLS; clients need three
	commandMax  = 512  // bytes of one (RFC 5321, section 4.5.3.1.4)
	answerMax   = 2048 // bytes of a line; the RFC has 512, servers more
	answerLines = 100  // of one answer; big servers list 30 capabilities
)

// A dialogue is one connection's clear text.
type dialogue struct {
	kind           Dialogue
	client, server *bufio.Reader
	up, down       io.Writer
}

// errQuit ends a dialogue that the app ended politely.
var errQuit = errors.New("quit")

// carryStartTLS carries the dialogue, then judges the ClientHello and goes on as TLS.
func (c *conn) carryStartTLS() error {
	done := c.deadline(c.client, c.server)
	d := &dialogue{
		kind: c.grant.Dialogue, up: c.up, down: c.down,
		client: bufio.NewReaderSize(c.client, commandMax), server: bufio.NewReaderSize(c.server, answerMax),
	}
	err := d.run()
	if err == nil {
		c.words.raw, err = c.hello(c.client)
	}
	done()
	switch {
	case errors.Is(err, errQuit):
		return nil
	case err != nil:
		return err
	}
	return c.carryTLS()
}

// run returns nil once the server has agreed to TLS and nothing is left unread.
func (d *dialogue) run() error {
	greeting, err := d.answer("", "")
	if err != nil {
		return err
	}
	if err := d.welcome(greeting[0]); err != nil {
		return err
	}
	if err := d.pass(greeting); err != nil {
		return err
	}
	for range commandsMax {
		line, err := readLine(d.client, commandMax)
		if err != nil {
			return fmt.Errorf("the app's command: %w", err)
		}
		tag, verb, err := d.command(line)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(d.up, line+"\r\n"); err != nil {
			return err
		}
		answer, err := d.answer(verb, tag)
		if err != nil {
			return err
		}
		switch {
		case (verb == "STARTTLS" || verb == "STLS") && d.agreed(answer[len(answer)-1], tag):
			if d.client.Buffered() > 0 || d.server.Buffered() > 0 {
				return errors.New("something was sent ahead of TLS, to be taken for a part of it")
			}
			return d.pass(answer)
		case verb == "QUIT" || verb == "LOGOUT":
			return errors.Join(d.pass(answer), errQuit)
		}
		if err := d.pass(answer); err != nil {
			return err
		}
	}
	return fmt.Errorf("%d commands and still no STARTTLS", commandsMax)
}

// commands are those that mean nothing to a server but a question.
func (d *dialogue) commands() []string {
	switch d.kind {
	case SMTP:
		return []string{"EHLO", "HELO", "NOOP", "RSET", "STARTTLS", "QUIT"}
	case IMAP:
		return []string{"CAPABILITY", "NOOP", "STARTTLS", "LOGOUT"}
	}
	return []string{"CAPA", "STLS", "QUIT"}
}

// command checks a line of the app. The tag is empty but in IMAP.
func (d *dialogue) command(line string) (tag, verb string, err error) {
	rest := line
	if d.kind == IMAP {
		var spaced bool
		tag, rest, spaced = strings.Cut(line, " ")
		if !spaced || tag == "" || len(tag) > 64 || strings.Trim(tag, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") != "" {
			return "", "", errors.New("the app's command has no proper tag")
		}
	}
	verb, argument, spaced := strings.Cut(rest, " ")
	upper := strings.ToUpper(verb)
	if !slices.Contains(d.commands(), upper) || !ascii(verb) {
		return "", "", fmt.Errorf("the app sent %.20q in clear text: before STARTTLS only %s may be", verb, strings.Join(d.commands(), ", "))
	}
	if named := upper == "EHLO" || upper == "HELO"; named != (argument != "") || spaced && !named {
		return "", "", fmt.Errorf("the app's %s is malformed", upper)
	}
	return tag, upper, nil
}

// welcome refuses servers with which STARTTLS can't be had.
func (d *dialogue) welcome(line string) error {
	want := map[Dialogue]string{SMTP: "220", IMAP: "* OK", POP3: "+OK"}[d.kind]
	if !strings.HasPrefix(strings.ToUpper(line), want) {
		return fmt.Errorf("the server greets with %.100q", line)
	}
	return nil
}

// agreed tells whether the answer to STARTTLS is a yes.
func (d *dialogue) agreed(line, tag string) bool {
	upper := strings.ToUpper(line)
	switch d.kind {
	case SMTP:
		return strings.HasPrefix(upper, "220")
	case IMAP:
		return strings.HasPrefix(upper[min(len(tag), len(upper)):], " OK")
	}
	return strings.HasPrefix(upper, "+OK")
}

// answer reads one answer of the server, all its lines; without a verb, its greeting.
func (d *dialogue) answer(verb, tag string) ([]string, error) {
	var lines []string
	for len(lines) < answerLines {
		line, err := readLine(d.server, answerMax)
		if err != nil {
			return nil, fmt.Errorf("the server's answer: %w", err)
		}
		lines = append(lines, line)
		last, ok := d.last(lines, verb, tag)
		if !ok {
			return nil, fmt.Errorf("the server's answer is malformed: %.100q", line)
		}
		if last {
			return lines, nil
		}
	}
	return nil, fmt.Errorf("the server's answer has more than %d lines", answerLines)
}

// last tells whether an answer is whole, and whether its newest line fits it.
func (d *dialogue) last(lines []string, verb, tag string) (last, ok bool) {
	line := lines[len(lines)-1]
	switch d.kind {
	case SMTP: // 250-more, 250 last, 250
		ok = len(line) >= 3 && strings.Trim(line[:3], "0123456789") == "" && line[:3] == lines[0][:3] &&
			(len(line) == 3 || line[3] == ' ' || line[3] == '-')
		return len(line) == 3 || ok && line[3] == ' ', ok
	case IMAP: // * more, TAG last; a literal would be data between the lines
		if strings.HasSuffix(line, "}") {
			return false, false
		}
		if verb == "" {
			return true, true
		}
		return strings.HasPrefix(line, tag+" "), strings.HasPrefix(line, tag+" ") || strings.HasPrefix(line, "* ")
	}
	if verb == "CAPA" && strings.HasPrefix(lines[0], "+OK") { // up to a dot
		return line == ".", true
	}
	return true, strings.HasPrefix(line, "+OK") || strings.HasPrefix(line, "-ERR")
}

// pass hands an answer to the app.
func (d *dialogue) pass(lines []string) error {
	_, err := io.WriteString(d.down, strings.Join(lines, "\r\n")+"\r\n")
	return err
}
