package model

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"secgpt/apps/osfile"
)

// A Secret is where a server's key is kept; one of the fields is set, or none. The key
// itself stands in no config, no variable and no argument. It is read when the server
// is first asked and kept in memory alone.
type Secret struct {
	File    string   // holds the key alone; nobody else may read it
	Command []string // prints it, such as {"pass", "show", "gateway"}; it is run without a shell
	Keyring bool     // the desktop's keyring, by its own program; see keyringCommand

	kept *kept // what was read; set by Find
}

// kept holds a key once it was read.
type kept struct {
	mu  sync.Mutex
	key string
}

const (
	// maxKey bounds a key: the longest are tokens of two or three thousand bytes.
	maxKey = 8 << 10
	// keyLimit is how long a command may take: it may ask the person for a password.
	keyLimit = time.Minute
)

// keyringCommand prints a key of the desktop's keyring. `secret-tool store` with the
// same attributes puts it there.
func keyringCommand(server *url.URL) []string {
	return []string{"secret-tool", "lookup", "application", "secgpt", "server", server.String()}
}

// read returns the key, "" if there is none.
func (s Secret) read(ctx context.Context, server *url.URL) (string, error) {
	s.kept.mu.Lock()
	defer s.kept.mu.Unlock()
	if s.kept.key != "" {
		return s.kept.key, nil
	}
	var raw []byte
	var err error
	where, do := "", ""
	switch {
	case s.File != "":
		where, do = s.File, "write the key into it, and `chmod 600 "+s.File+"`"
		raw, err = keyFile(s.File)
	case len(s.Command) > 0:
		where, do = "the command "+s.Command[0], "run it by hand: it must print the key and nothing else"
		raw, err = keyCommand(ctx, s.Command)
	case s.Keyring:
		where, do = "the keyring", "put it there: `secret-tool store --label=secgpt application secgpt server "+server.String()+"`; secret-tool comes with libsecret"
		raw, err = keyCommand(ctx, keyringCommand(server))
	default:
		return "", nil
	}
	key := strings.TrimSpace(string(raw))
	if err == nil {
		err = goodKey(key)
	}
	if err != nil {
		return "", unspent(fail(Key, do, "the key for %s can't be had from %s: %s", said(server.Host), said(where), said(err.Error())))
	}
	s.kept.key = key
	return key, nil
}

// goodKey takes what fits a header.
func goodKey(key string) error {
	switch {
	case key == "":
		return errors.New("it is empty")
	case len(key) > maxKey:
		return fmt.Errorf("it has more than %d bytes", maxKey)
	case strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("it is not one word")
	}
	return nil
}

func keyFile(path string) ([]byte, error) {
	f, err := osfile.Open(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is no file")
	case info.Mode().Perm()&0o077 != 0:
		return nil, errors.New("others can read it")
	}
	if uid, _, ok := osfile.Owner(info); ok && uid != os.Getuid() {
		return nil, errors.New("it belongs to somebody else")
	}
	return io.ReadAll(io.LimitReader(f, maxKey+2))
}

// keyCommand runs a command. Its complaints go where ours go, since it may ask for a
// password; what it prints is shown nowhere.
func keyCommand(ctx context.Context, command []string) ([]byte, error) {
	ctx, stop := context.WithTimeout(ctx, keyLimit)
	defer stop()
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	var out limited
	c.Stdout = &out
	c.WaitDelay = time.Second
	if err := c.Run(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// limited keeps what fits a key, and one byte more.
type limited struct{ bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > maxKey+1 {
		return 0, fmt.Errorf("it prints more than %d bytes", maxKey)
	}
	return l.Buffer.Write(p)
}

// hidden takes the key out of a text.
func (s Secret) hidden(text string) string {
	s.kept.mu.Lock()
	defer s.kept.mu.Unlock()
	if s.kept.key == "" {
		return text
	}
	return strings.ReplaceAll(text, s.kept.key, "…")
}

// forget drops a key that was not taken: the next request reads it anew.
func (s Secret) forget() {
	s.kept.mu.Lock()
	defer s.kept.mu.Unlock()
	s.kept.key = ""
}
