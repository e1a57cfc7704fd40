package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"secgpt/apps/osfile"
	"secgpt/hub"
	"secgpt/hub/profile"
	"secgpt/mediator/label"
	"secgpt/tui"
	"secgpt/tui/pipe"
)

// maxInput bounds what is read from standard input: more is no request that a
// person or a script means, and would only fill memory.
const maxInput = 1 << 20

// openProfile finds the profile that the flags name.
func (c *command) openProfile() (profile.Profile, error) {
	if err := osfile.Supported(); err != nil {
		return profile.Profile{}, err
	}
	switch {
	case c.demo:
		dir := c.profile
		if dir == "" {
			var err error
			if dir, err = os.MkdirTemp("", "secgpt-demo-"); err != nil {
				return profile.Profile{}, usagef("no folder can be made for the demo: %w; name one with --profile DIR, or let TMPDIR name another", err)
			}
			c.clean = append(c.clean, func() { _ = os.RemoveAll(dir) })
		}
		return profile.Demo(dir, c.parts.Sample)
	case c.profile != "":
		return profile.At(c.profile)
	}
	return profile.XDG(os.Getenv)
}

// openHub opens a conversation.
func (c *command) openHub() (*hub.Hub, error) {
	if !slices.Contains([]string{"policy", "deny", "tty"}, c.approve) {
		return nil, usagef("--approve %s: expected policy, deny or tty", c.approve)
	}
	p, err := c.openProfile()
	if err != nil {
		return nil, err
	}
	h, err := hub.Open(hub.Options{
		Profile: p, Model: c.model, DryRun: c.dry, Private: c.private, NoRules: c.approve == "deny", Resume: c.resume,
	})
	if err == nil {
		c.clean = append(c.clean, func() { _ = h.Close() })
	}
	return h, err
}

// converse opens the chat where both ends are a terminal; else it answers one
// request.
func (c *command) converse(ctx context.Context) error {
	in, out := term.IsTerminal(os.Stdin.Fd()), term.IsTerminal(os.Stdout.Fd())
	if c.text == "" && in && out {
		return c.chat(ctx)
	}
	if c.text == "" && in {
		return usagef("standard output is no terminal, so there is no chat; give a request with -p TEXT or on standard input")
	}
	data := ""
	if !in {
		var err error
		if data, err = standardInput(ctx); err != nil {
			return err
		}
	}
	req := hub.Request{Words: []label.Span{{Text: strings.TrimSpace(data), Label: label.Person()}}}
	if c.text != "" {
		req = hub.Request{Words: []label.Span{{Text: c.text, Label: label.Person()}}, Endorses: true}
		if data != "" {
			req.Stdin = &data
		}
	}
	if req.Text() == "" {
		return usagef("there is no request: standard input is empty")
	}
	return c.script(ctx, req)
}

func (c *command) chat(ctx context.Context) error {
	h, err := c.openHub()
	if err != nil {
		return err
	}
	if c.plain || os.Getenv("TERM") == "dumb" {
		return pipe.Plain(ctx, h, c.pipeOptions())
	}
	return tui.Chat(ctx, h, tui.Options{})
}

// script answers one request and ends.
func (c *command) script(ctx context.Context, req hub.Request) error {
	h, err := c.openHub()
	if err != nil {
		return err
	}
	if c.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.timeout)
		defer cancel()
	}
	return ended(pipe.Script(ctx, h, req, c.pipeOptions()))
}

func ended(code int) error {
	if code == hub.ExitDone {
		return nil
	}
	return exited(code)
}

// pipeOptions are the flags that scripts and plain mode know.
func (c *command) pipeOptions() pipe.Options {
	o := pipe.Options{
		Out: os.Stdout, Err: os.Stderr, Format: c.output, Approve: c.approve,
		Quiet: c.quiet, Verbose: c.verbose || c.dry, // a dry run is to see the plan
	}
	if !c.demo || c.profile != "" {
		o.Allow = c.allow
	}
	return o
}

// allow is the command that adds a rule to this profile, as this person can type
// it: by the name by which they started the program.
func (c *command) allow(rule string) string {
	line := invoked() + " policy add " + pipe.Quote(rule)
	if c.profile != "" {
		dir, err := filepath.Abs(c.profile)
		if err != nil {
			dir = c.profile
		}
		line += " --profile " + pipe.Quote(dir)
	}
	return line
}

// invoked is how this program was called: a name on the PATH, a path, or go run.
func invoked() string {
	self := os.Args[0]
	switch {
	case strings.Contains(self, string(filepath.Separator)+"go-build"):
		return "go run ."
	case strings.ContainsRune(self, filepath.Separator):
		return pipe.Quote(self)
	}
	return "secgpt"
}

// runCmd runs a plan that a person wrote.
func (c *command) runCmd() *cobra.Command {
	return &cobra.Command{
		Use: "run FILE|-", Short: "Run a plan that you wrote", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in, name := io.Reader(os.Stdin), "standard input"
			if args[0] != "-" {
				f, err := os.Open(args[0])
				if err != nil {
					return usagef("the plan can't be read: %w", err)
				}
				defer f.Close()
				in, name = f, args[0]
			}
			source, err := readAll(cmd.Context(), in, maxInput)
			if err != nil {
				return usagef("the plan %s can't be read: %w", name, err)
			}
			if strings.TrimSpace(string(source)) == "" {
				return usagef("the plan %s is empty", name)
			}
			return c.script(cmd.Context(), hub.Request{Plan: string(source), Name: name})
		},
	}
}

// undoCmd takes back a change.
func (c *command) undoCmd() *cobra.Command {
	return &cobra.Command{
		Use: "undo [N]", Short: "Take back a change that can be undone", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			n := 0
			if len(args) > 0 {
				var err error
				if n, err = strconv.Atoi(args[0]); err != nil || n < 1 {
					return usagef("undo %s: expected the number of a change", args[0])
				}
			}
			h, err := c.openHub()
			if err != nil {
				return err
			}
			return ended(pipe.Undo(cmd.Context(), h, n, c.pipeOptions()))
		},
	}
}

// standardInput is all of standard input.
func standardInput(ctx context.Context) (string, error) {
	data, err := readAll(ctx, os.Stdin, maxInput+1)
	switch {
	case err != nil:
		return "", fmt.Errorf("standard input can't be read: %w", err)
	case len(data) > maxInput:
		return "", usagef("standard input holds more than %d bytes", maxInput)
	}
	return string(data), nil
}

// readAll reads at most limit bytes. It gives up with ctx, though the read itself,
// of a pipe that nobody closes, may go on until the program ends.
func readAll(ctx context.Context, r io.Reader, limit int64) ([]byte, error) {
	type input struct {
		data []byte
		err  error
	}
	read := make(chan input, 1)
	go func() {
		data, err := io.ReadAll(io.LimitReader(r, limit))
		read <- input{data, err}
	}()
	select {
	case in := <-read:
		return in.data, in.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
