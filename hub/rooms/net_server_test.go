package rooms

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

// A dialling is what the tool `dial` is asked for, and what it answers.
type dialling struct {
	How   string `json:"how,omitempty"` // "line" (sends Say, reads a line), "tls", "http", "keep", "many", "die"
	To    string `json:"to,omitempty"`  // NAME:PORT
	SNI   string `json:"sni,omitempty"` // instead of NAME
	Say   string `json:"say,omitempty"`
	Times int    `json:"times,omitempty"`

	Got   string `json:"got,omitempty"`
	Error string `json:"error,omitempty"`
	Done  int    `json:"done,omitempty"` // of Times, how many were answered
}

// The files by which a kept connection is told to go on, and tells that it has, and
// that something came.
const goFile, sentFile, gotFile = "go", "sent", "got"

// dial connects somewhere and answers with what came of it.
func (s *server) dial(m message) int {
	var d dialling
	if err := json.Unmarshal(m.Params.Arguments, &d); err != nil {
		return 9
	}
	var err error
	switch d.How {
	case "die":
		return 7
	case "http":
		d.Got, err = get(d)
	case "keep":
		var c net.Conn
		if c, d.Got, err = exchange(d); err == nil {
			go keep(c)
		}
	case "many":
		for range d.Times {
			var c net.Conn
			if c, d.Got, err = exchange(d); c != nil {
				c.Close()
			}
			if err == nil {
				d.Done++
			}
		}
	default:
		var c net.Conn
		if c, d.Got, err = exchange(d); c != nil {
			c.Close()
		}
	}
	if err != nil {
		d.Error = err.Error()
	}
	b, _ := json.Marshal(d)
	structured(m, string(b))
	return -1
}

// exchange sends a line and reads one.
func exchange(d dialling) (net.Conn, string, error) {
	c, err := net.DialTimeout("tcp", d.To, 20*time.Second)
	if err != nil {
		return nil, "", err
	}
	if d.How == "tls" {
		name, _, _ := net.SplitHostPort(d.To)
		if d.SNI != "" {
			name = d.SNI
		}
		c = tls.Client(c, &tls.Config{ServerName: name, InsecureSkipVerify: true})
	}
	if _, err := io.WriteString(c, d.Say+"\n"); err != nil {
		return c, "", err
	}
	line, err := bufio.NewReader(c).ReadString('\n')
	return c, line, err
}

// keep sends one more line, when it is told to by a file, takes what comes, and never
// hangs up.
func keep(c net.Conn) {
	go func() {
		if line, err := bufio.NewReader(c).ReadString('\n'); err == nil {
			_ = os.WriteFile(gotFile, []byte(line), 0o600)
		}
	}()
	for {
		if _, err := os.Stat(goFile); err == nil {
			break
		}
		time.Sleep(2 * time.Millisecond)
	}
	if _, err := io.WriteString(c, "late\n"); err == nil {
		_ = os.WriteFile(sentFile, nil, 0o600)
	}
}

func get(d dialling) (string, error) {
	r, err := http.Get("http://" + d.To + "/" + d.Say)
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	return r.Status + " " + string(b), err
}
