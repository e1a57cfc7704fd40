package link

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"sync"
)

// A Conn reads and writes frames. Writes may come from many goroutines, reads
// from one.
type Conn struct {
	r  *bufio.Reader
	mu sync.Mutex
	w  io.Writer
}

// New returns a Conn over a pipe pair.
func New(r io.Reader, w io.Writer) *Conn { return &Conn{r: bufio.NewReader(r), w: w} }

// Write sends a frame. An error of ErrBroken means that f itself is too large;
// nothing was sent then. It blocks as long as the peer does not read.
func (c *Conn) Write(f Frame) error {
	buf, err := encode(f)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err = c.w.Write(buf)
	return err
}

// encode returns f as it goes over the pipe. HTML characters stay as they are:
// escaped, a page of them would grow sixfold, and past the bound.
func encode(f Frame) ([]byte, error) {
	b := bytes.NewBuffer(make([]byte, 4, 512))
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(f); err != nil {
		return nil, err
	}
	buf := b.Bytes()[:b.Len()-1] // Encode ends with a newline
	n := len(buf) - 4
	if n > MaxFrame {
		return nil, tooLarge(n)
	}
	binary.BigEndian.PutUint32(buf, uint32(n))
	return buf, nil
}

// Read returns the next frame. io.EOF means that the peer closed between frames;
// an error of ErrBroken that it broke the rules.
func (c *Conn) Read() (Frame, error) {
	var head [4]byte
	if _, err := io.ReadFull(c.r, head[:]); err == io.ErrUnexpectedEOF {
		return Frame{}, broken("a frame ended early")
	} else if err != nil {
		return Frame{}, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > MaxFrame {
		return Frame{}, tooLarge(int(n))
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(c.r, body); err == io.EOF || err == io.ErrUnexpectedEOF {
		return Frame{}, broken("a frame ended early")
	} else if err != nil {
		return Frame{}, err
	}
	return Decode(body)
}

func tooLarge(n int) error { return broken("a frame of %d bytes, %d at most", n, MaxFrame) }

func broken(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrBroken, fmt.Sprintf(format, args...))
}
