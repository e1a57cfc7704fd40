package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"secgpt/mediator/audit"
	"secgpt/mediator/label"
	"secgpt/tui/safe"
)

// maxShown is how many entries `audit show` prints unless told otherwise.
const maxShown = 200

// errDamaged ends `audit verify` where the record is not as it was left.
var errDamaged = errors.New("the record is damaged")

func (c *command) auditCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "audit", Short: "The record of what was decided"}
	n := maxShown
	show := &cobra.Command{
		Use: "show", Short: "Show the latest entries", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.showRecord(cmd, n) },
	}
	show.Flags().IntVarP(&n, "number", "n", maxShown, "how many entries")
	cmd.AddCommand(show,
		&cobra.Command{
			Use: "explain N", Short: "Tell in words why entry N was decided as it was", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error { return c.explain(cmd, args[0]) },
		},
		&cobra.Command{
			Use: "verify", Short: "Look for damage: edited, moved or missing lines", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error { return c.verify(cmd) },
		})
	return cmd
}

func (c *command) showRecord(cmd *cobra.Command, n int) error {
	p, err := c.openProfile()
	if err != nil {
		return err
	}
	entries, bad := audit.Read(p.State, nil, n)
	out := cmd.OutOrStdout()
	for _, e := range entries {
		if c.output != "text" {
			if err := json.NewEncoder(out).Encode(e); err != nil {
				return err
			}
			continue
		}
		if _, err := fmt.Fprintln(out, safe.Line(row(e))); err != nil {
			return err
		}
	}
	if len(entries) == 0 && bad == nil {
		fmt.Fprintln(cmd.ErrOrStderr(), "nothing is recorded yet")
	}
	return bad
}

// row is an entry on one line.
func row(e audit.Entry) string {
	decision, what := e.Decision, string(e.Kind)
	switch {
	case e.Kind == audit.Net && e.Of > 0:
		decision = "ended"
	case e.Tool != "":
		what = string(e.App) + "." + e.Tool
	}
	line := fmt.Sprintf("%5d  %s  %-8s %-28s", e.N, e.Time.Local().Format("2006-01-02 15:04:05"), decision, what)
	if e.Kind == audit.Net {
		return line + connection(e)
	}
	var from []label.Source
	for _, a := range e.Args {
		from = append(from, a.From...)
	}
	if s := label.Of(from...).String(); s != "" {
		line += "  from " + s
	}
	if e.By != "" {
		line += "  by " + e.By
	}
	if e.Note != "" {
		line += "  " + e.Note
	}
	return strings.TrimRight(line, " ")
}

// connection is the end of the line of one: `  weather → tls api.example.com:443 at
// 192.0.2.7:443`, `  …  of 12, 512 bytes out, 3071 in`.
func connection(e audit.Entry) string {
	line := fmt.Sprintf("  %s → %s", e.App, e.Host)
	switch {
	case e.Of > 0:
		line += fmt.Sprintf("  of %d, %d bytes out, %d in", e.Of, e.BytesOut, e.BytesIn)
	case e.Address != "":
		line += " at " + e.Address
	}
	if e.Why != "" {
		line += "  " + e.Why
	}
	return line
}

func (c *command) explain(cmd *cobra.Command, number string) error {
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 1 {
		return usagef("audit explain %s: expected the number of an entry; `secgpt audit show` lists them", number)
	}
	p, err := c.openProfile()
	if err != nil {
		return err
	}
	text, err := audit.Explain(p.State, n)
	if errors.Is(err, audit.ErrNoEntry) {
		return usage{err}
	}
	if text != "" {
		if _, err := fmt.Fprintln(cmd.OutOrStdout(), safe.Text(text)); err != nil {
			return err
		}
	}
	return err
}

func (c *command) verify(cmd *cobra.Command) error {
	p, err := c.openProfile()
	if err != nil {
		return err
	}
	r, err := audit.Verify(p.State)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	for _, f := range r.Findings {
		fmt.Fprintln(out, safe.Line(f.What))
	}
	if r.More > 0 {
		fmt.Fprintf(out, "and %d more\n", r.More)
	}
	if !r.OK() {
		return errDamaged
	}
	if r.Torn > 0 || r.Ahead > 0 || r.Between {
		fmt.Fprintln(out, "a crash left the end unfinished, and nothing that was done is missing; the next start mends it and says so")
	}
	in := ""
	if r.Files > 1 {
		in = fmt.Sprintf(" in %d files", r.Files)
	}
	entries := fmt.Sprintf("%d entries%s, all as they were", r.Lines, in)
	if r.Lines == 1 {
		entries = "1 entry" + in + ", as it was"
	}
	_, err = fmt.Fprintln(out, entries+" written")
	return err
}
