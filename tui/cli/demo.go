package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"secgpt/apps/osfile"
	"secgpt/hub"
	"secgpt/hub/profile"
	"secgpt/tui"
	"secgpt/tui/safe"
	"secgpt/tui/tour"
)

// demoCmd is the guided tour.
func (c *command) demoCmd() *cobra.Command {
	list := false
	cmd := &cobra.Command{
		Use: "demo [NAME]", Short: "The guided tour: attacks that broke the original, and what happens here",
		Long: "The guided tour: the paper's case studies and three attacks on the original, one\nafter the other or one by name. On a terminal it is a chat in which Enter goes on;\nelse, or with --plain, a transcript whose person answers as it says.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if list {
				return listCases(cmd)
			}
			name := strings.Join(args, "")
			cases := tour.Named(name)
			if len(cases) == 0 {
				return usagef("the demo has no case %q; it has %s", name, strings.Join(tour.Names(), ", "))
			}
			return c.tour(cmd.Context(), cases)
		},
	}
	cmd.Flags().BoolVar(&list, "list", false, "the names of the cases, a line each")
	return cmd
}

func listCases(cmd *cobra.Command) error {
	for _, x := range tour.Cases() {
		if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%-12s %s\n", x.Name, x.Title); err != nil {
			return err
		}
	}
	return nil
}

// tour plays cases in the chat where both ends are a terminal, else as a transcript.
func (c *command) tour(ctx context.Context, cases []tour.Case) error {
	if c.dry {
		return usagef("the demo has no --dry-run: a step that is not made shows nothing")
	}
	if err := osfile.Supported(); err != nil {
		return err
	}
	screen := term.IsTerminal(os.Stdin.Fd()) && term.IsTerminal(os.Stdout.Fd()) && os.Getenv("TERM") != "dumb"
	if !screen || c.plain || c.output != "text" {
		return c.transcript(ctx, cases)
	}
	g, err := tour.NewGuide(cases, c.stage)
	if err != nil {
		return err
	}
	c.clean = append(c.clean, func() { _ = g.Close() })
	return tui.Chat(ctx, g, tui.Options{})
}

// transcript writes the tour, and turns what stopped it into an exit code.
func (c *command) transcript(ctx context.Context, cases []tour.Case) error {
	if c.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, c.timeout, errTime)
		defer cancel()
	}
	// Whoever reads only the beginning, as head does, ends it; the signal would end us
	// with the profiles still there.
	gone := make(chan os.Signal, 1)
	signal.Notify(gone, syscall.SIGPIPE)
	defer signal.Stop(gone)
	err := tour.Transcript(ctx, cases, c.stage, tour.Options{
		Out: os.Stdout, Format: c.output, Quiet: c.quiet, Model: c.model != "" && c.model != "none",
	})
	if errors.Is(err, syscall.EPIPE) {
		return exited(hub.ExitInternal)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = context.Cause(ctx)
	}
	for cause, code := range map[error]int{tour.ErrRooms: hub.ExitApp, tour.ErrModel: hub.ExitModel, errTime: hub.ExitLimit} {
		if errors.Is(err, cause) {
			fmt.Fprintf(os.Stderr, "secgpt: %s\n", safe.Line(err.Error()))
			return exited(code)
		}
	}
	return err
}

// errTime ends a transcript that took longer than --timeout.
var errTime = errors.New("the time for the demo is over (--timeout)")

// stage opens a hub on the profile of one case: a throwaway one, or DIR/CASE for
// --profile DIR.
func (c *command) stage(x tour.Case, phrases bool) (*hub.Hub, profile.Profile, error) {
	name := x.Name
	if !phrases {
		name += "-model"
	}
	dir := filepath.Join(c.profile, name)
	if c.profile == "" {
		var err error
		if dir, err = os.MkdirTemp("", "secgpt-demo-"); err != nil {
			return nil, profile.Profile{}, usagef("no folder can be made for the demo: %w; name one with --profile DIR, or let TMPDIR name another", err)
		}
		c.clean = append(c.clean, func() { _ = os.RemoveAll(dir) })
	}
	p, err := profile.Demo(dir, func(dir string) (profile.Sample, error) {
		s, err := c.parts.Tour(dir, x.Programs, x.Trapped)
		if phrases {
			s.Intents = x.Phrases
		}
		return s, err
	})
	if err != nil {
		return nil, p, err
	}
	h, err := hub.Open(hub.Options{Profile: p, Model: c.model, Private: c.private, NoRules: c.approve == "deny"})
	return h, p, err
}
