package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"secgpt/hub"
	"secgpt/hub/profile"
	"secgpt/isolate"
	"secgpt/tui/safe"
)

func (c *command) doctorCmd() *cobra.Command {
	var asJSON, fix bool
	cmd := &cobra.Command{
		Use: "doctor", Short: "Try what secgpt needs of this computer, and say what to do", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			checks := isolate.Diagnose(cmd.Context(), c.roomsFolder())
			if err := showChecks(cmd.OutOrStdout(), append(checks, c.models(cmd.Context())...), asJSON || c.output != "text"); err != nil {
				return err
			}
			if fix {
				var err error
				if checks, err = c.fix(cmd.Context(), checks); err != nil {
					return err
				}
			}
			for _, check := range checks {
				if check.Status == isolate.CheckFail {
					return exited(hub.ExitApp)
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object, for scripts")
	cmd.Flags().BoolVar(&fix, "fix", false, "as root: mend what can be mended safely, after asking")
	return cmd
}

// roomsFolder is where apps keep their files. Without one, any will do.
func (c *command) roomsFolder() string {
	if c.demo {
		return ""
	}
	p, err := c.openProfile()
	if err != nil {
		return ""
	}
	return p.Data
}

// models are the checks of the models that the config or --model names.
func (c *command) models(ctx context.Context) []isolate.Check {
	var settings profile.Config
	if !c.demo || c.profile != "" {
		p, err := c.openProfile()
		if err != nil {
			return []isolate.Check{{ID: "model.planner", Status: isolate.CheckWarn, Tried: "read which models are configured",
				Means: err.Error(), Do: "mend what is named there; without it no request is answered"}}
		}
		settings = p.Settings()
	}
	return hub.CheckModels(ctx, settings, c.model)
}

// showChecks writes a line for each check, and below it what to do.
func showChecks(out io.Writer, checks []isolate.Check, asJSON bool) error {
	if asJSON {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false) // what to do is for a shell
		return enc.Encode(map[string]any{"checks": checks})
	}
	var b strings.Builder
	for _, check := range checks {
		fmt.Fprintf(&b, "%-4s  %-16s  %s: %s\n", check.Status, check.ID, safe.Line(check.Tried), safe.Line(check.Means))
		if check.Do != "" {
			fmt.Fprintf(&b, "      to do:            %s\n", safe.Line(check.Do))
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// fix mends what root agrees to on the terminal, and returns the checks as they are
// then.
func (c *command) fix(ctx context.Context, checks []isolate.Check) ([]isolate.Check, error) {
	fixes := isolate.Fixes(checks)
	if len(fixes) == 0 {
		fmt.Fprintln(os.Stderr, nothingFixed(checks))
		return checks, nil
	}
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return checks, usagef("--fix asks on the terminal, and there is none: %w", err)
	}
	defer func() { _ = tty.Close() }()
	changed := false
	for _, f := range fixes {
		yes, err := agreed(ctx, tty, fmt.Sprintf("%s: %s?", f.Check, f.What))
		switch {
		case err != nil:
			return checks, err
		case !yes:
			fmt.Fprintf(os.Stderr, "%s: left as it is\n", f.Check)
			continue
		}
		if err := f.Do(); err != nil {
			fmt.Fprintf(os.Stderr, "%s: nothing was changed: %s\n", f.Check, safe.Line(err.Error()))
			continue
		}
		changed = true
		fmt.Fprintf(os.Stderr, "%s: done; to take it back: %s\n", f.Check, safe.Line(f.Undo))
	}
	if !changed {
		return checks, nil
	}
	checks = isolate.Diagnose(ctx, c.roomsFolder())
	return checks, showChecks(os.Stderr, checks, false)
}

// nothingFixed says why --fix does nothing.
func nothingFixed(checks []isolate.Check) string {
	for _, check := range checks {
		if check.Do == "" {
			continue
		}
		if os.Geteuid() != 0 {
			return "nothing was changed, which takes root; the lines above are what to type, if you agree with them"
		}
		return "nothing was changed: what is left would make the whole machine laxer, or is not for a program to do; the lines above say how you can"
	}
	return "there is nothing to mend"
}

// agreed asks on the terminal, never on standard input, which may be a file. What
// was typed before the question is no answer to it.
func agreed(ctx context.Context, tty *os.File, question string) (bool, error) {
	forget(tty)
	if _, err := fmt.Fprintf(tty, "%s [y/N] ", safe.Line(question)); err != nil {
		return false, err
	}
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(io.LimitReader(tty, 64)).ReadString('\n')
		answer <- strings.ToLower(strings.TrimSpace(line))
	}()
	select {
	case a := <-answer:
		return a == "y" || a == "yes", nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}
