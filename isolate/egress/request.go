package egress

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// A request is read strictly (RFC 9112): a message that two programs could read in
// two ways is refused, and what goes to the server is written anew from what was
// read, so that it has the one meaning that was judged.
//
//	POST /items?x=1 HTTP/1.1      a method, a path, this version
//	Host: example.com             once, and the granted host; with its port unless that is 80
//	Content-Length: 5             at most one of these two, once
//	Transfer-Encoding: chunked
//
// net/http is not used for it: it takes a bare LF for the end of a line, unfolds
// folded lines, drops a Content-Length beside chunked, takes two that are equal,
// and reads requests to a proxy.
const (
	headLine   = 16 << 10 // bytes of a line: servers take 8 KiB
	headMax    = 64 << 10 // bytes of all
	headersMax = 100      // browsers send 20
	chunked    = -1
)

// A request is the head of one, and its body still unread.
type request struct {
	method, target string
	headers        []string // NAME: VALUE, without those about the connection
	length         int64    // of the body, or chunked
	body           *bufio.Reader
}

// A badRequest is one that is answered here.
type badRequest struct {
	status int
	text   string
}

// Error implements error.
func (b *badRequest) Error() string { return b.text }

func bad(format string, args ...any) error {
	return &badRequest{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// readRequest reads and judges a head. Its error is a *badRequest, or one of reading.
func readRequest(from io.Reader, host string, port int) (*request, error) {
	r := &request{body: bufio.NewReaderSize(from, headLine)}
	size := 0
	line := func() (string, error) {
		s, err := readLine(r.body, headLine)
		size += len(s) + 2
		if err == nil && size > headMax {
			err = &lineError{fmt.Sprintf("a head of more than %d bytes", headMax)}
		}
		if malformed, ok := err.(*lineError); ok {
			err = bad("the request has %s", malformed.text)
		}
		return s, err
	}
	first, err := line()
	if err == nil {
		err = r.requestLine(first)
	}
	if err != nil {
		return nil, err
	}
	seen := map[string]int{}
	for {
		s, err := line()
		if err != nil {
			return nil, err
		}
		if s == "" {
			break
		}
		if len(r.headers) == headersMax {
			return nil, bad("the request has more than %d headers", headersMax)
		}
		if err := r.header(s, seen, host, port); err != nil {
			return nil, err
		}
	}
	switch {
	case seen["host"] == 0:
		return nil, bad("the request has no Host")
	case seen["content-length"] > 0 && seen["transfer-encoding"] > 0:
		return nil, bad("the request has a Content-Length and a Transfer-Encoding")
	}
	return r, nil
}

func (r *request) requestLine(line string) error {
	parts := strings.Split(line, " ")
	if len(parts) != 3 || !token(parts[0]) || parts[2] != "HTTP/1.1" {
		return bad("the request does not begin with METHOD PATH HTTP/1.1")
	}
	r.method, r.target = parts[0], parts[1]
	switch {
	case r.method == http.MethodConnect:
		return bad("CONNECT would make a tunnel")
	case r.target == "*" && r.method == http.MethodOptions:
		return nil
	case r.target == "" || r.target[0] != '/':
		return bad("the request is not for a path of this host")
	}
	for i := range len(r.target) {
		if r.target[i] <= ' ' || r.target[i] > '~' {
			return bad("the path has a character that must be escaped")
		}
	}
	return nil
}

// header judges one line. seen counts the names for which that matters.
func (r *request) header(line string, seen map[string]int, host string, port int) error {
	name, value, found := strings.Cut(line, ":")
	if !found || !token(name) { // also a folded line and a space before the colon
		return bad("the header line %.40q is malformed", line)
	}
	value = strings.Trim(value, " \t")
	lower := strings.ToLower(name)
	switch lower {
	case "host", "content-length", "transfer-encoding":
		if seen[lower]++; seen[lower] > 1 {
			return bad("the request has more than one %s", name)
		}
	}
	switch lower {
	case "host":
		if full := host + ":" + strconv.Itoa(port); !sameName(value, full) && (port != 80 || !sameName(value, host)) {
			return &badRequest{http.StatusForbidden, fmt.Sprintf("the request is for the host %.100q, and granted is %s", value, strings.TrimSuffix(full, ":80"))}
		}
	case "content-length":
		n, err := strconv.ParseUint(value, 10, 62)
		if err != nil || strings.Trim(value, "0123456789") != "" {
			return bad("the Content-Length is no number")
		}
		r.length = int64(n)
	case "transfer-encoding":
		if !strings.EqualFold(value, "chunked") || !ascii(value) {
			return bad("the Transfer-Encoding is not chunked")
		}
		r.length = chunked
	case "upgrade", "http2-settings":
		return bad("%s would make a tunnel", name)
	case "connection":
		for _, option := range strings.Split(value, ",") {
			switch strings.ToLower(strings.Trim(option, " \t")) {
			case "", "close", "keep-alive", "te":
			default: // it would make a server in front drop a header
				return bad("the request has Connection: %.40q", option)
			}
		}
		return nil
	case "keep-alive", "proxy-connection", "te", "trailer":
		return nil
	}
	r.headers = append(r.headers, name+": "+value)
	return nil
}

// token tells whether s can be a method or a header's name.
func token(s string) bool {
	for i := range len(s) {
		b := s[i]
		letter := b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9'
		if !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(b)) {
			return false
		}
	}
	return s != ""
}

// head is what the server gets. It ends the connection with the answer: so no
// second request can be hidden behind the first.
func (r *request) head() string {
	return r.method + " " + r.target + " HTTP/1.1\r\n" + strings.Join(r.headers, "\r\n") + "\r\nConnection: close\r\n\r\n"
}

// sendBody writes the body, exactly as long as the head said, and nothing after it.
func (r *request) sendBody(to io.Writer) error {
	if r.length != chunked {
		return r.copy(to, r.length)
	}
	for {
		line, err := readLine(r.body, 16) // without extensions: their reading differs
		if err != nil {
			return fmt.Errorf("the size of a chunk: %w", err)
		}
		n, err := strconv.ParseUint(line, 16, 32)
		if err != nil || strings.Trim(line, "0123456789abcdefABCDEF") != "" {
			return bad("a chunk has the size %.20q", line)
		}
		if _, err := fmt.Fprintf(to, "%x\r\n", n); err != nil {
			return err
		}
		if err := r.copy(to, int64(n)); err != nil {
			return err
		}
		if end, err := readLine(r.body, headLine); err != nil || end != "" {
			return bad("a chunk does not end where it must, or has trailers")
		}
		if _, err := io.WriteString(to, "\r\n"); err != nil || n == 0 {
			return err
		}
	}
}

// copy hands on n bytes of the body.
func (r *request) copy(to io.Writer, n int64) error {
	_, err := io.CopyN(to, r.body, n)
	if errors.Is(err, io.EOF) {
		err = errors.New("the app ended its request in the middle")
	}
	return err
}
