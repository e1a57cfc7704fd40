package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"secgpt/hub"
	"secgpt/hub/memory"
	"secgpt/hub/profile"
	"secgpt/tui/pipe"
	"secgpt/tui/safe"
)

func (c *command) sessionsCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use: "sessions", Short: "Earlier conversations: look at them, go on with one, delete them",
		Long: "Each conversation and each request of a script is kept as a session. A session is named\nby its number, by the first four digits of it or more, or by the word last.",
	}
	cmd.AddCommand(
		&cobra.Command{
			Use: "list [TEXT]", Short: "List the sessions, or those in which a text stands", Args: cobra.MaximumNArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				return c.listSessions(cmd.OutOrStdout(), strings.Join(args, ""))
			},
		},
		&cobra.Command{
			Use: "show ID", Short: "Show what was asked and answered in a session", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error { return c.showSession(cmd, args[0]) },
		},
		c.resumeCmd(), c.deleteCmd(),
		&cobra.Command{
			Use: "export ID", Short: "Print all of a session for programs, one request a line", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				return c.export(cmd, args[0])
			},
		})
	return cmd
}

func (c *command) resumeCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use: "resume ID", Short: "Go on with a session, its variables and earlier words", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if args[0] == "" {
				return usagef("sessions resume: expected the number of a session; `secgpt sessions list` names them")
			}
			c.resume = args[0]
			return c.converse(cmd.Context())
		},
	}
	cmd.Flags().StringVarP(&c.text, "prompt", "p", "", "one request; standard input is data")
	return cmd
}

func (c *command) deleteCmd() *cobra.Command {
	var before string
	var yes bool
	cmd := &cobra.Command{
		Use: "delete ID…", Short: "Delete sessions, with all values in them", Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return c.deleteSessions(cmd, args, before, yes) },
	}
	cmd.Flags().StringVar(&before, "before", "", "those that were added to last before `DATE`, as in 2026-01-31")
	cmd.Flags().BoolVar(&yes, "yes", false, "agree without being asked, for scripts")
	return cmd
}

// sessions opens the sessions of the profile.
func (c *command) sessions() (memory.Store, error) {
	if c.private {
		return memory.Store{}, usagef("--private reads no memory; leave it out to look at sessions")
	}
	p, err := c.openProfile()
	return memory.In(p.State), err
}

// session finds one session.
func (c *command) session(name string) (memory.Store, string, error) {
	s, err := c.sessions()
	if err != nil {
		return s, "", err
	}
	id, err := s.Find(name)
	return s, id, named(err)
}

// named makes a usage error of a session that is not there.
func named(err error) error {
	switch {
	case errors.Is(err, memory.ErrNone), errors.Is(err, memory.ErrMany):
		return usagef("%w; `secgpt sessions list` names them", err)
	case err != nil:
		return &profile.Error{Err: err}
	}
	return nil
}

// listed is a session of `sessions list -o json`.
type listed struct {
	Session string    `json:"session"`
	Began   time.Time `json:"began"`
	Last    time.Time `json:"last"`
	Turns   int       `json:"turns"`
	Title   string    `json:"title"`
	Bytes   int64     `json:"bytes"`
	Found   []int     `json:"found,omitempty"` // turns in which the text stands
	Error   string    `json:"error,omitempty"`
}

func (c *command) listSessions(out io.Writer, text string) error {
	s, err := c.sessions()
	if err != nil {
		return err
	}
	all, err := s.List(text)
	if err != nil {
		return &profile.Error{Err: err}
	}
	if c.output != "text" {
		docs := make([]listed, len(all))
		for i, in := range all {
			docs[i] = listed{in.ID, in.Began, in.Last, in.Turns, in.Title, in.Bytes, in.In, in.Error}
		}
		return documents(c, out, "sessions", docs)
	}
	for _, in := range all {
		line := fmt.Sprintf("%s  %s  %4d  %s", in.ID, in.Last.Local().Format("2006-01-02 15:04"), in.Turns, safe.Line(cut(in.Title, maxShownAbout)))
		if len(in.In) > 0 {
			line += fmt.Sprintf("  (request %s)", strings.Trim(strings.Join(strings.Fields(fmt.Sprint(in.In)), ", "), "[]"))
		}
		if in.Error != "" {
			line += "  " + safe.Line(in.Error)
		}
		if _, err := fmt.Fprintln(out, strings.TrimRight(line, " ")); err != nil {
			return err
		}
	}
	return nil
}

func (c *command) showSession(cmd *cobra.Command, name string) error {
	if c.output != "text" {
		return c.export(cmd, name)
	}
	s, id, err := c.session(name)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	var broken error
	problems, err := s.Each(id, func(t memory.Turn) bool {
		_, broken = io.WriteString(out, pipe.Kept(hub.KeptTurn(id, t), c.pipeOptions())+"\n")
		return broken == nil
	})
	c.notes(problems)
	return errors.Join(broken, err)
}

// export prints a session for programs, whole and exact.
func (c *command) export(cmd *cobra.Command, name string) error {
	s, id, err := c.session(name)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	var broken error
	problems, err := s.Each(id, func(t memory.Turn) bool {
		_, broken = io.WriteString(out, pipe.Exported(hub.KeptTurn(id, t), c.pipeOptions()))
		return broken == nil
	})
	c.notes(problems)
	return errors.Join(broken, err)
}

// notes prints what could not be read.
func (c *command) notes(problems []string) {
	for _, p := range problems {
		if !c.quiet {
			fmt.Fprintln(os.Stderr, "secgpt: "+safe.Line(p))
		}
	}
}

func (c *command) deleteSessions(cmd *cobra.Command, names []string, before string, yes bool) error {
	s, err := c.sessions()
	if err != nil {
		return err
	}
	if (len(names) == 0) == (before == "") {
		return usagef("sessions delete: expected the numbers of sessions, or --before DATE")
	}
	var ids []string
	for _, name := range names {
		id, err := s.Find(name)
		if err != nil {
			return named(err)
		}
		ids = append(ids, id)
	}
	if before != "" {
		if ids, err = c.older(cmd, s, before, yes); err != nil {
			return err
		}
	}
	for _, id := range ids {
		if err := s.Delete(id); err != nil {
			return named(err)
		}
		if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s is deleted, with all values in it.\n", id); err != nil {
			return err
		}
	}
	return nil
}

// older are the sessions before a date, if the person agrees to delete so many.
func (c *command) older(cmd *cobra.Command, s memory.Store, before string, yes bool) (ids []string, err error) {
	day, err := time.ParseInLocation(time.DateOnly, before, time.Local)
	if err != nil {
		return nil, usagef("--before %s: expected a date such as 2026-01-31", before)
	}
	all, err := s.List("")
	if err != nil {
		return nil, &profile.Error{Err: err}
	}
	for _, in := range all {
		if in.Last.Before(day) {
			ids = append(ids, in.ID)
		}
	}
	if len(ids) == 0 {
		_, err := fmt.Fprintln(cmd.OutOrStdout(), "There is none of that age.")
		return nil, err
	}
	ok, err := c.agree(cmd.Context(), []string{fmt.Sprintf("%d sessions, the oldest of %s.", len(ids), all[len(all)-1].Last.Local().Format(time.DateOnly))}, "Delete them?", yes)
	if !ok {
		return nil, err
	}
	return ids, nil
}
