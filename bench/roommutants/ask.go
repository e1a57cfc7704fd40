package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Who makes rooms, as package isolate's tests call them.
const (
	asRoot = "root"
	asUser = "user"
)

// tryLimit bounds one run: three rooms take a second.
const tryLimit = 3 * time.Minute

// again is how often rooms are asked that fail because the machine is short of
// something, as it is beside other tests: that is nobody's noticing.
const again = 3

var shortages = []string{"no space left on device", "epollctl failed", "cannot allocate memory", "too many open files"}

func (b *bench) rooms(ctx context.Context, binary string, names []string, as string) (findings, error) {
	for try := 1; ; try++ {
		text, err := b.ask(ctx, binary, strings.Join(names, "\n"), as)
		if err != nil && try < again && ctx.Err() == nil {
			continue
		}
		if err != nil {
			return nil, err
		}
		var found findings
		if err := json.Unmarshal(text, &found); err != nil {
			return nil, err
		}
		short := false
		for _, room := range found {
			short = short || slices.ContainsFunc(shortages, func(s string) bool { return strings.Contains(room.Refused, s) })
		}
		if !short || try == again {
			return found, nil
		}
	}
}

// ask runs TestMutant and returns the one line that is meant for us.
func (b *bench) ask(ctx context.Context, binary, what, as string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, tryLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "-test.run=^TestMutant$", "-test.count=1")
	cmd.Dir = b.temp
	cmd.Env = append(os.Environ(), "ISOLATE_MUTANT="+what, "ISOLATE_MUTANT_AS="+as)
	out, err := cmd.CombinedOutput()
	for line := range bytes.Lines(out) {
		if text, found := bytes.CutPrefix(line, []byte("mutant: ")); found {
			return text, nil
		}
	}
	return nil, fmt.Errorf("no answer: %w: %s", errors.Join(err, ctx.Err()), tail(out))
}

// unowned is the user that tests run as, who owns nothing.
const unowned = 65534

// tests runs others than the battery and returns those that fail.
func (b *bench) tests(ctx context.Context, binary, which, as string) []string {
	ctx, cancel := context.WithTimeout(ctx, tryLimit)
	defer cancel()
	dir, err := os.MkdirTemp(b.temp, "tests")
	if err == nil {
		err = os.Chmod(dir, 0o755) // throwaways have other users
	}
	if err != nil {
		return []string{err.Error()}
	}
	cmd := exec.CommandContext(ctx, binary, "-test.run=^("+which+")$", "-test.count=1", "-test.timeout=2m")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TMPDIR="+dir, "HOME="+dir)
	if as == asUser && os.Geteuid() == 0 {
		if err := os.Chown(dir, unowned, unowned); err != nil {
			return []string{err.Error()}
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: unowned, Gid: unowned}}
	}
	out, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	var failed []string
	for line := range strings.Lines(string(out)) {
		if name, found := strings.CutPrefix(strings.TrimSpace(line), "--- FAIL: "); found {
			name, _, _ = strings.Cut(name, " ")
			failed = append(failed, name)
		}
	}
	if len(failed) == 0 {
		failed = []string{"one of " + which + " does not end"}
		for line := range strings.Lines(string(out)) {
			if strings.HasPrefix(line, "panic: ") {
				failed[0] += ": " + strings.TrimSpace(line)
			}
		}
	}
	return failed
}

func tail(out []byte) string {
	text := strings.TrimSpace(string(out))
	return text[max(0, len(text)-400):]
}
