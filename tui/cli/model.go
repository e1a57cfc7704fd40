package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"secgpt/hub"
	"secgpt/hub/model"
	"secgpt/tui/safe"
)

func (c *command) modelCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "model", Short: "The models of the local Ollama"}
	cmd.AddCommand(
		&cobra.Command{
			Use: "list", Short: "What it has, and what runs elsewhere", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				all, err := model.List(cmd.Context())
				if err != nil {
					return err
				}
				if c.output != "text" {
					return documents(c, cmd.OutOrStdout(), "models", modelDocs(all))
				}
				return showModels(cmd.OutOrStdout(), all)
			},
		},
		&cobra.Command{
			Use: "pull NAME", Short: "Have it download one", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				p := &progress{out: os.Stderr, live: term.IsTerminal(os.Stderr.Fd()) && !c.plain, quiet: c.quiet, part: -1}
				defer p.end()
				if err := model.Pull(cmd.Context(), args[0], p.tell); err != nil {
					return err
				}
				p.end()
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "Ollama has %s now; ask it with --model ollama:%s.\n", args[0], strings.TrimPrefix(args[0], "ollama:"))
				return err
			},
		})
	return cmd
}

// showModels writes a line for each model.
func showModels(out io.Writer, all []model.Listed) error {
	if len(all) == 0 {
		_, err := fmt.Fprintf(out, "Ollama has no model. `secgpt model pull %s` gets one.\n", model.Suggested)
		return err
	}
	width := 0
	for _, m := range all {
		width = max(width, len(m.Name))
	}
	var b strings.Builder
	for _, m := range all {
		what := fmt.Sprintf("%5.1f GB", float64(m.Bytes)/1e9)
		if m.Elsewhere != "" {
			what = "runs on " + safe.Line(m.Elsewhere) + ": asked only where you or a rule let it"
		}
		if m.Parameters != "" && m.Elsewhere == "" {
			what += "  " + safe.Line(m.Parameters)
		}
		if m.Loaded {
			what += "  in memory"
		}
		fmt.Fprintf(&b, "%-*s  %s\n", width, safe.Line(m.Name), what)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// progress prints how a download goes: on one line that is drawn over, or where that
// can't be, a line for each tenth.
type progress struct {
	out         io.Writer
	live, quiet bool
	doing       string
	part        int64 // tenths of it that were told
	drawn       bool
}

func (p *progress) tell(now model.Progress) {
	if p.quiet {
		return
	}
	part, text := int64(0), safe.Line(now.Doing)
	if now.Total > 0 {
		part = min(now.Done, now.Total) * 10 / now.Total
		text += fmt.Sprintf(": %.2f of %.2f GB, %d %%", float64(now.Done)/1e9, float64(now.Total)/1e9, min(now.Done, now.Total)*100/now.Total)
	}
	if p.live {
		fmt.Fprintf(p.out, "\r\x1b[K%s", text)
		p.drawn = true
		return
	}
	if now.Doing != p.doing || part > p.part {
		fmt.Fprintln(p.out, text)
	}
	p.doing, p.part = now.Doing, part
}

// end leaves the line.
func (p *progress) end() {
	if p.drawn {
		fmt.Fprintln(p.out)
	}
	p.drawn = false
}

// modelCode is the exit code of an error of a model; ok is false if it is none.
func modelCode(err error) (code int, ok bool) {
	var e *model.Error
	if !errors.As(err, &e) {
		return 0, false
	}
	if e.Kind == model.Spec {
		return hub.ExitUsage, true
	}
	return hub.ExitModel, true
}
