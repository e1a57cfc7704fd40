package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/creack/pty"

	"secgpt/bench/room/ask"
)

// errNoTerminal means that this machine gives none.
var errNoTerminal = errors.New("no pty can be had")

// A chat is the whole program on a terminal, as a person starts it, and somebody who
// types. It has rooms made when it is told to, as an asker does, and they are its own.
type chat struct {
	asker
	terminal *os.File
	screen   chan []byte // what it draws, as it comes; closed at its end
	typed    int
	draw     *rand.Rand // of pauses
}

const (
	chatReady = 30 * time.Second // until it can be typed into
	keySeen   = 10 * time.Second // until a key is on the screen
)

// chat starts one and waits for its prompt. It is closed by whoever asked for it.
func (b *bench) chat(ctx context.Context) (*chat, error) {
	cmd := exec.CommandContext(ctx, b.programs.whole)
	cmd.Args = []string{ask.BesideName, "--demo", "--model", "none"}
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + b.temp, "TMPDIR=" + b.temp, "TERM=xterm-256color", "LANG=C.UTF-8"}
	theirIn, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer func() { _ = theirIn.Close() }()
	out, theirOut, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer func() { _ = theirOut.Close() }()
	cmd.ExtraFiles = []*os.File{theirIn, theirOut}
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoTerminal, err)
	}
	c := &chat{
		asker:    asker{name: "the chat", cmd: cmd, in: in, to: json.NewEncoder(in), from: json.NewDecoder(out)},
		terminal: terminal, screen: make(chan []byte, 1024), draw: newDraw(),
	}
	go c.follow()
	if _, err := c.shows("›", chatReady); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// follow reads the screen, so that the program is never held up.
func (c *chat) follow() {
	defer close(c.screen)
	for {
		text := make([]byte, 16<<10)
		n, err := c.terminal.Read(text)
		if err != nil {
			return
		}
		c.screen <- text[:n]
	}
}

// shows waits until words are drawn, and returns the time at which they were read.
func (c *chat) shows(words string, within time.Duration) (time.Time, error) {
	late := time.NewTimer(within)
	defer late.Stop()
	var drawn []byte
	for {
		select {
		case text, ok := <-c.screen:
			if !ok {
				return time.Time{}, fmt.Errorf("the chat ended, and had drawn %q", drawn)
			}
			if drawn = append(drawn, text...); bytes.Contains(drawn, []byte(words)) {
				return time.Now(), nil
			}
		case <-late.C:
			return time.Time{}, fmt.Errorf("the chat did not show %q within %v, but %q", words, within, drawn)
		}
	}
}

// key presses one and says how long it takes until it is read from the terminal. Then
// it is deleted again. It is another key each time, and none that stands in an escape
// code or in a word of the chat: it can't be taken for something else.
func (c *chat) key() (time.Duration, error) {
	const first, count, backspace = 'а', 32, "\x7f" // Cyrillic
	key := string(rune(first + c.typed%count))
	c.typed++
	began := time.Now()
	if _, err := c.terminal.WriteString(key); err != nil {
		return 0, err
	}
	seen, err := c.shows(key, keySeen)
	if err != nil {
		return 0, err
	}
	_, err = c.terminal.WriteString(backspace)
	return seen.Sub(began), err
}

func (c *chat) close() {
	_ = c.cmd.Process.Signal(syscall.SIGTERM)
	c.asker.close()
	_ = c.terminal.Close()
}
