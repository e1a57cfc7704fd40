//go:build linux

package spoke

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"sync"

	"secgpt/apps/link"
)

// The bounds of what an app may write.
const (
	// maxLine bounds one line. A server may send a result twice, the second time as
	// quoted text: an answer that is too large for the hub should still be an error
	// of one call, and not the end of the app.
	maxLine = 4 << 20
	// maxNoise bounds the lines that are not JSON between two answers. Banners run
	// to some thirty lines.
	maxNoise = 256
	// maxNoiseBytes bounds their sum.
	maxNoiseBytes = 1 << 20
	// maxChatter bounds requests, notifications and answers to nothing between two
	// answers. A server that reports its progress stays far below.
	maxChatter = 2048
)

// listChanged is how a server says that its tools are others now.
const listChanged = "notifications/tools/list_changed"

// A wire stands between the app and the MCP library. Of what the app writes it lets
// through one answer to each question that was asked, in a form that the library
// can't stumble over; the rest is counted, and too much of it ends the app.
type wire struct {
	app *child
	out *io.PipeWriter // to the library

	news  *news
	over  chan struct{} // closed when the app writes no more, or was stopped
	fault *fault        // why it was stopped; nil if it closed its output; read after over

	writing sync.Mutex // one message at a time to the app

	mu      sync.Mutex
	asked   map[string]bool // ids of questions without an answer
	noise   int             // since the last answer
	bytes   int             // of noise
	chatter int             // since the last answer
	told    tally           // since the last complaint
}

// tally counts what the person may want to hear of.
type tally struct {
	noise, strays, requests, mended, parts int
	request                                string // one of them
}

// newWire returns a wire, and the end from which the library reads.
func newWire(app *child) (*wire, *io.PipeReader) {
	r, w := io.Pipe()
	wire := &wire{app: app, out: w, news: newNews(), over: make(chan struct{}), asked: map[string]bool{}}
	go wire.pump()
	return wire, r
}

// Write sends the library's message to the app.
func (w *wire) Write(p []byte) (int, error) {
	var m struct {
		ID     json.RawMessage `json:"id"`
		Method string          `json:"method"`
	}
	if json.Unmarshal(p, &m) == nil && m.Method != "" && m.ID != nil {
		w.mu.Lock()
		w.asked[string(m.ID)] = true
		w.mu.Unlock()
	}
	w.writing.Lock()
	defer w.writing.Unlock()
	return w.app.stdin.Write(p)
}

// Close is the library's goodbye; the session ends the app.
func (w *wire) Close() error { return nil }

// pump moves lines until the app's output ends or must end.
func (w *wire) pump() {
	in := bufio.NewReaderSize(w.app.stdout, 64<<10)
	for w.fault == nil {
		line, err := readLine(in)
		if len(line) > maxLine {
			w.fault = faultf(link.Flood, "it wrote a line of more than %d bytes", maxLine)
			break
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			w.fault = w.take(line)
		}
		if err != nil {
			break
		}
	}
	close(w.over)
	w.out.Close()
}

// readLine reads to the next newline, but stops soon after maxLine.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		if err != bufio.ErrBufferFull || len(line) > maxLine {
			return line, err
		}
	}
}

// take judges one line. A fault means that it was one too many.
func (w *wire) take(line []byte) *fault {
	whole := bytes.ToValidUTF8(line, []byte("\uFFFD"))
	var m map[string]json.RawMessage
	if json.Unmarshal(whole, &m) != nil || m == nil {
		return w.countNoise(len(line))
	}
	var method string
	if json.Unmarshal(m["method"], &method) == nil && method != "" {
		return w.request(m["id"], method)
	}
	id := string(m["id"])
	w.mu.Lock()
	asked := w.asked[id]
	delete(w.asked, id)
	if !asked {
		w.chatter++
		w.told.strays++
		defer w.mu.Unlock()
		return w.tooMuch()
	}
	w.noise, w.bytes, w.chatter = 0, 0, 0
	if len(whole) != len(line) {
		w.told.mended++
	}
	w.mu.Unlock()
	_, _ = w.out.Write(answer(m)) // fails only if the library has gone: then nobody waits
	return nil
}

func (w *wire) countNoise(n int) *fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.noise++
	w.told.noise++
	w.bytes += n
	return w.tooMuch()
}

// request refuses what a server asks of us, and drops what it only tells.
func (w *wire) request(id json.RawMessage, method string) *fault {
	w.mu.Lock()
	w.chatter++
	if id != nil && method != "ping" {
		w.told.requests++
		w.told.request = method
	}
	f := w.tooMuch()
	w.mu.Unlock()
	if method == listChanged {
		w.news.came()
	}
	if f != nil || id == nil {
		return f
	}
	reply := map[string]any{"jsonrpc": "2.0", "id": id, "result": struct{}{}}
	if method != "ping" {
		delete(reply, "result")
		reply["error"] = map[string]any{"code": -32601, "message": "not offered here"}
	}
	b, err := json.Marshal(reply)
	if err != nil {
		return nil
	}
	w.writing.Lock()
	defer w.writing.Unlock()
	_, _ = w.app.stdin.Write(append(b, '\n')) // if it reads no more, its calls will tell
	return nil
}

// tooMuch needs w.mu.
func (w *wire) tooMuch() *fault {
	switch {
	case w.bytes > maxNoiseBytes:
		return faultf(link.Flood, "it wrote more than %d bytes that were no answer", maxNoiseBytes)
	case w.noise > maxNoise:
		return faultf(link.Garbage, "it wrote more than %d lines that were not JSON", maxNoise)
	case w.chatter > maxChatter:
		return faultf(link.Flood, "it sent more than %d messages that were no answer", maxChatter)
	}
	return nil
}

// complaints returns what was wrong with the app's output since the last time.
func (w *wire) complaints() []string {
	w.mu.Lock()
	t := w.told
	w.told = tally{}
	w.mu.Unlock()
	var all []string
	if t.noise > 0 {
		all = append(all, fmt.Sprintf("%d lines that it wrote were not JSON and were dropped", t.noise))
	}
	if t.strays > 0 {
		all = append(all, fmt.Sprintf("%d of its answers belonged to no question and were dropped", t.strays))
	}
	if t.requests > 0 {
		all = append(all, fmt.Sprintf("%d of its requests were refused, such as %.80q", t.requests, t.request))
	}
	if t.mended > 0 {
		all = append(all, fmt.Sprintf("%d of its answers held bytes that are not UTF-8; they were replaced", t.mended))
	}
	if t.parts > 0 {
		all = append(all, fmt.Sprintf("%d parts of its answers were no text and were left out", t.parts))
	}
	return all
}

// leftOut counts parts of an answer that can't be passed on.
func (w *wire) leftOut(parts int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told.parts += parts
}
