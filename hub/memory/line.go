package memory

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"secgpt/mediator/label"
)

// The kinds of lines; see memory.go.
const (
	kindSession = "session"
	kindRequest = "request"
	kindTurn    = "turn"
	kindMended  = "mended"
)

// version is that of the form of a file. A file of a higher one was made by a newer
// program.
const version = 1

// A line is one line of a session, without its sum.
type line struct {
	Kind string    `json:"kind"`
	N    int       `json:"n,omitempty"`
	At   time.Time `json:"at"`

	V  int    `json:"v,omitempty"`
	ID string `json:"id,omitempty"`

	Words []word `json:"words,omitempty"`
	Plan  string `json:"plan,omitempty"`

	By        string            `json:"by,omitempty"`
	Text      string            `json:"text,omitempty"`
	Took      time.Duration     `json:"took,omitempty"` // in nanoseconds
	Blocks    []json.RawMessage `json:"blocks,omitempty"`
	Calls     []callLine        `json:"calls,omitempty"`
	Asks      []askLine         `json:"asks,omitempty"`
	Errors    []Failure         `json:"errors,omitempty"`
	Model     *Model            `json:"model,omitempty"`
	Questions int               `json:"questions,omitempty"`
	Decisions int               `json:"decisions,omitempty"`
	Exit      int               `json:"exit,omitempty"`
	Past      []Past            `json:"past,omitempty"`
	Left      []string          `json:"left,omitempty"`

	Bytes int64 `json:"bytes,omitempty"` // of an unfinished line, that this one stands in the place of

	Set   []varLine  `json:"set,omitempty"`
	State *stateLine `json:"state,omitempty"`
}

// A word is a piece of a request.
type word struct {
	T    string `json:"t"`
	From from   `json:"from"`
}

type callLine struct {
	N        int           `json:"n"`
	App      string        `json:"app"`
	Tool     string        `json:"tool"`
	Args     []argLine     `json:"args,omitempty"`
	Allow    bool          `json:"allow,omitempty"`
	Withheld []string      `json:"withheld,omitempty"`
	By       string        `json:"by,omitempty"`
	Why      string        `json:"why,omitempty"`
	Took     time.Duration `json:"took,omitempty"`
}

type argLine struct {
	Name string          `json:"name"`
	V    json.RawMessage `json:"v"`
}

type askLine struct {
	N     int        `json:"n"`
	App   string     `json:"app"`
	Steps []stepLine `json:"steps"`
}

type stepLine struct {
	Who string          `json:"who"`
	V   json.RawMessage `json:"v"`
}

// A varLine is a variable that changed. Without a V it has no value.
type varLine struct {
	Name  string          `json:"name"`
	V     json.RawMessage `json:"v,omitempty"`
	Taint from            `json:"taint"`
}

type stateLine struct {
	Vars     []place `json:"vars"`
	None     from    `json:"none"`
	Revealed from    `json:"revealed"`
	Shaped   from    `json:"shaped"`
	Calls    int     `json:"calls"`
	Removed  int     `json:"removed"`
}

// A place is a variable and where its line begins: ["trip",341].
type place struct {
	Name string
	At   int64
}

func (p place) MarshalJSON() ([]byte, error) { return json.Marshal([]any{p.Name, p.At}) }

func (p *place) UnmarshalJSON(b []byte) error {
	pair := []any{&p.Name, &p.At}
	return json.Unmarshal(b, &pair)
}

// The end of a line: `,"sum":"…"}` and a newline.
const (
	sumLen  = sha256.Size // hexadecimal digits: the first half
	sumHead = `,"sum":"`
	tailLen = len(sumHead) + sumLen + len("\"}\n")
)

// noSum stands for the sum before the first line, and for one that can't be read.
const noSum = "-"

// seal writes a line with its sum.
func (l line) seal(before string) (text []byte, sum string, err error) {
	body, err := marshal(l)
	if err != nil {
		return nil, "", err
	}
	body = body[:len(body)-1] // the brace comes after the sum
	sum = sumOf(before, body)
	text = append(body, sumHead+sum+"\"}\n"...)
	if len(text) > MaxLine {
		return nil, "", fmt.Errorf("a line of %d bytes; %d at most", len(text), MaxLine)
	}
	return text, sum, nil
}

func sumOf(before string, body []byte) string {
	h := sha256.New()
	io.WriteString(h, before)
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))[:sumLen]
}

// sumIn is the sum at the end of a line, noSum if there is none.
func sumIn(text []byte) string {
	if len(text) < tailLen {
		return noSum
	}
	end := text[len(text)-tailLen:]
	if !bytes.HasPrefix(end, []byte(sumHead)) || !bytes.HasSuffix(end, []byte("\"}\n")) {
		return noSum
	}
	return string(end[len(sumHead) : len(sumHead)+sumLen])
}

// parse reads a line with its newline, as it was sealed after the sum before.
func parse(text []byte, before string) (line, error) {
	var l line
	sum := sumIn(text)
	if sum == noSum || sumOf(before, text[:len(text)-tailLen]) != sum {
		return l, ErrDamaged
	}
	if err := json.Unmarshal(text, &l); err != nil {
		return l, ErrDamaged
	}
	return l, nil
}

// sumBefore is the sum of the line that ends where at begins.
func sumBefore(f *os.File, at int64) string {
	if at == 0 {
		return noSum
	}
	text := make([]byte, min(at, int64(tailLen)))
	if _, err := f.ReadAt(text, at-int64(len(text))); err != nil {
		return noSum
	}
	return sumIn(text)
}

// readLine reads the line that begins at a place, before the end.
func readLine(f *os.File, at, end int64) (l line, next int64, err error) {
	if at < 0 || at >= end {
		return l, at, ErrDamaged
	}
	var text []byte
	for size := int64(16 << 10); ; size *= 4 {
		text = make([]byte, min(size, end-at, MaxLine))
		if _, err := f.ReadAt(text, at); err != nil && err != io.EOF {
			return l, at, err
		}
		if i := bytes.IndexByte(text, '\n'); i >= 0 {
			text = text[:i+1]
			break
		}
		if int64(len(text)) < size {
			return l, end, ErrDamaged // no end of a line where one must be
		}
	}
	l, err = parse(text, sumBefore(f, at))
	return l, at + int64(len(text)), err
}

// startOf is where the line begins that ends at a place.
func startOf(f *os.File, end int64) (int64, error) {
	const piece = 16 << 10
	for to := end - 1; to > 0; { // the newline of the line itself does not count
		from := max(0, to-piece)
		buf := make([]byte, to-from)
		if _, err := f.ReadAt(buf, from); err != nil {
			return 0, err
		}
		if i := bytes.LastIndexByte(buf, '\n'); i >= 0 {
			return from + int64(i) + 1, nil
		}
		to = from
	}
	return 0, nil
}

// wholeEnd is where the last whole line ends.
func wholeEnd(f *os.File, size int64) (int64, error) {
	if size == 0 {
		return 0, nil
	}
	last := make([]byte, 1)
	if _, err := f.ReadAt(last, size-1); err != nil {
		return 0, err
	}
	if last[0] == '\n' {
		return size, nil
	}
	return startOf(f, size+1)
}

func wordsOf(spans []label.Span) []word {
	words := make([]word, len(spans))
	for i, s := range spans {
		words[i] = word{s.Text, from{s.Label}}
	}
	return words
}
