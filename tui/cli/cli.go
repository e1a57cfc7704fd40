// Package cli is the command line: what a person types before there is a chat.
//
// Standard output holds the answer and nothing else. Every error ends here and
// becomes one line and an exit code: 0 done, 1 internal, 2 usage or configuration,
// 3 model, 4 denied, 5 an app, 6 a limit, 130 interrupted.
//
// Start with Run.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"secgpt/hub"
	"secgpt/hub/profile"
	"secgpt/tui"
	"secgpt/tui/safe"
)

// Parts is what main wires in: this package knows no app.
type Parts struct {
	// Apps are the built-in apps, each an MCP server on standard input and output.
	Apps map[string]func(ctx context.Context, in io.Reader, out io.Writer) error
	// Sample writes the demo's data below dir.
	Sample func(dir string) (profile.Sample, error)
	// Tour writes below dir what a case of `secgpt demo` plays with: the demo's data,
	// these of the paper's programs as installed apps and, if trapped, the mail and
	// the note that the case of stealing needs.
	Tour func(dir string, programs []string, trapped bool) (profile.Sample, error)
}

// flags are those that every command has.
type flags struct {
	demo, plain, dry, private, quiet, verbose bool
	profile, model, output, approve, text     string
	timeout                                   time.Duration
	resume                                    string // the session to go on with
}

// A usage error is the person's to mend: exit code 2.
type usage struct{ error }

func usagef(format string, a ...any) error { return usage{fmt.Errorf(format, a...)} }

// exited carries a turn's exit code out of a command that has said everything.
type exited int

func (e exited) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// command is one run of the program.
type command struct {
	flags
	parts Parts
	clean []func() // in reverse order, at the end
}

// Run runs the program and returns its exit code.
func Run(args []string, parts Parts) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	c := &command{parts: parts}
	defer c.cleanUp()
	root := c.root()
	root.SetArgs(arrows(args))
	err := root.ExecuteContext(ctx)
	var room roomOver
	if ctx.Err() != nil && err != nil && !errors.As(err, &room) {
		return hub.ExitInterrupted
	}
	return code(err, os.Stderr)
}

// code is the one place that turns an error into a line and an exit code.
func code(err error, stderr io.Writer) int {
	var turn exited
	var room roomOver
	var bad usage
	var conf *profile.Error
	switch {
	case err == nil:
		return hub.ExitDone
	case errors.As(err, &turn):
		return int(turn)
	case errors.As(err, &room):
		return int(room)
	case errors.Is(err, tui.ErrInterrupted):
		return hub.ExitInterrupted
	}
	fmt.Fprintf(stderr, "secgpt: %s\n", safe.Text(err.Error()))
	if errors.As(err, &bad) || errors.As(err, &conf) {
		return hub.ExitUsage
	}
	if n, ok := modelCode(err); ok {
		return n
	}
	return hub.ExitInternal
}

func (c *command) cleanUp() {
	for i := len(c.clean) - 1; i >= 0; i-- {
		c.clean[i]()
	}
}

func (c *command) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "secgpt",
		Short:         "A terminal assistant for apps nobody vouches for",
		Long:          "secgpt turns a request into a short plan, runs every app in a locked room of its\nown, and asks before anything crosses from one app to another.\n\nWithout a command it opens the chat, or answers one request from standard input.",
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return c.converse(cmd.Context()) },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage{err} })
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		if cmd.Flags().Changed("profile") && c.profile == "" { // not the person's own instead
			return usagef("--profile names no folder: the variable in its place is empty")
		}
		if !slices.Contains([]string{"text", "json", "jsonl"}, c.output) {
			return usagef("--output %s: expected text, json or jsonl", c.output)
		}
		return nil
	}
	f := root.PersistentFlags()
	f.BoolVar(&c.demo, "demo", false, "a throwaway profile with sample apps and data")
	f.StringVar(&c.profile, "profile", "", "config, data and state under `DIR`")
	f.StringVar(&c.model, "model", "", "`SPEC`: none, ollama:NAME or openai:NAME@URL")
	f.BoolVar(&c.plain, "plain", false, "line by line, no drawing")
	f.BoolVar(&c.dry, "dry-run", false, "show the plan and its questions; change nothing")
	f.BoolVar(&c.private, "private", false, "keep nothing of this conversation")
	f.StringVarP(&c.output, "output", "o", "text", "pipe mode: text, json or jsonl")
	f.StringVar(&c.approve, "approve", "policy", "pipe mode: policy, deny or tty")
	f.BoolVarP(&c.quiet, "quiet", "q", false, "less on standard error")
	f.BoolVarP(&c.verbose, "verbose", "v", false, "more on standard error")
	f.DurationVar(&c.timeout, "timeout", 0, "the whole request; 0 is none")
	root.Flags().StringVarP(&c.text, "prompt", "p", "", "one request; standard input is data")
	root.AddCommand(c.runCmd(), c.demoCmd(), c.undoCmd(), c.appsCmd(), c.policyCmd(), c.modelCmd(), c.auditCmd(), c.sessionsCmd(), c.roomCmd(), c.doctorCmd(), c.versionCmd(), c.appCmd())
	strict(root)
	return root
}

// strict makes cobra's own complaints usage errors.
func strict(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return usagef("%w; see `%s --help`", err, cmd.CommandPath())
			}
			return nil
		}
	}
	if cmd.HasSubCommands() && cmd.RunE == nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("%s has no command %q; see `%s --help`", cmd.CommandPath(), args[0], cmd.CommandPath())
			}
			return cmd.Help()
		}
	}
	for _, sub := range cmd.Commands() {
		strict(sub)
	}
}

func (c *command) versionCmd() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			version := "unknown"
			if info, ok := debug.ReadBuildInfo(); ok {
				version = info.Main.Version
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "secgpt", version)
			return err
		},
	}
}

// appCmd is a built-in app, as the spoke starts it inside a room.
func (c *command) appCmd() *cobra.Command {
	return &cobra.Command{
		Use: "app NAME", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			app, ok := c.parts.Apps[args[0]]
			if !ok {
				return usagef("there is no built-in app %q", args[0])
			}
			return app(cmd.Context(), os.Stdin, os.Stdout)
		},
	}
}
