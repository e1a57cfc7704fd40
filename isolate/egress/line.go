package egress

import (
	"bufio"
	"errors"
	"fmt"
)

// A lineError says what is wrong with a line; it fits after "has".
type lineError struct{ text string }

// Error implements error.
func (e *lineError) Error() string { return e.text }

// readLine reads a line that ends in CR LF, and returns it without. Other control
// characters are refused: peers differ in what they take for the end of a line.
func readLine(r *bufio.Reader, most int) (string, error) {
	line, err := r.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull) || len(line) > most:
		return "", &lineError{fmt.Sprintf("a line of more than %d bytes", most)}
	case err != nil:
		return "", err
	case len(line) < 2 || line[len(line)-2] != '\r':
		return "", &lineError{"a line that does not end in CR LF"}
	}
	line = line[:len(line)-2]
	for _, b := range line {
		if b < ' ' && b != '\t' || b == 0x7f {
			return "", &lineError{fmt.Sprintf("the control character %#02x in a line", b)}
		}
	}
	return string(line), nil
}
