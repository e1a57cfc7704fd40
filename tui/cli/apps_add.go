package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"secgpt/apps"
	"secgpt/hub"
	"secgpt/hub/install"
	"secgpt/hub/rooms"
	"secgpt/isolate"
	"secgpt/tui/pipe"
	"secgpt/tui/render"
	"secgpt/tui/safe"
)

// What an app is and asks for is shown whole before it is installed, and a yes comes
// from the terminal or from --yes, never from standard input.

func (c *command) addCmd() *cobra.Command {
	var f roomFlags
	var yes bool
	cmd := &cobra.Command{
		Use:   "add NAME [flags] -- COMMAND…",
		Short: "Add an app: any MCP server",
		Long: "Starts the command once in a room with no network and no home, lists what it\n" +
			"offers, shows that, and asks. What you agreed to is pinned: an app whose tools or\n" +
			"files change is locked until you accepted the difference.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if at := cmd.ArgsLenAtDash(); at != 1 || len(args) < 2 {
				return usagef("apps add: expected a name, then -- and a command; for example `%s apps add clock -- mcp-server-time`", invoked())
			}
			return c.addApp(cmd, f, yes, args[0], args[1:])
		},
	}
	f.grantFlags(cmd.Flags())
	cmd.Flags().BoolVar(&yes, "yes", false, "agree without being asked, for scripts")
	return cmd
}

func (c *command) acceptCmd() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "accept NAME", Short: "Look at what changed of an app, and agree to it", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.acceptApp(cmd, yes, args[0]) },
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "agree without being asked, for scripts")
	return cmd
}

func (c *command) removeCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use: "remove NAME", Short: "Take an app away; its data is kept apart", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := c.openProfile()
			if err != nil {
				return err
			}
			kept, ended, err := install.Remove(p, args[0], time.Now())
			if err != nil {
				return err
			}
			c.endedRules(ended)
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is removed. What it kept is in %s; delete that to be rid of it.\n", args[0], safe.Line(kept))
			return err
		},
	}
	cmd.Flags().Bool("yes", false, "as for add and accept; nothing is asked either way")
	return cmd
}

func (c *command) forgetCmd() *cobra.Command {
	var yes, everything bool
	cmd := &cobra.Command{
		Use: "forget NAME", Short: "Delete what an app kept, and end its history with it", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.forgetApp(cmd, yes, everything, args[0]) },
	}
	cmd.Flags().BoolVar(&everything, "places", false, "end what is known of its folders and hosts too, also where other apps have a part in them")
	cmd.Flags().BoolVar(&yes, "yes", false, "agree without being asked, for scripts")
	return cmd
}

func (c *command) addApp(cmd *cobra.Command, f roomFlags, yes bool, name string, argv []string) error {
	p, err := c.openProfile()
	if err != nil {
		return err
	}
	granted, err := f.grants(c.kept(), c.note)
	if err != nil {
		return err
	}
	if _, err := f.egress(); err != nil {
		return err
	}
	w := install.Want{Name: name, Command: argv, Hosts: f.hosts}
	for _, g := range granted {
		w.Files = append(w.Files, apps.FileGrant{Path: g.Path, Mode: map[bool]string{false: "ro", true: "rw"}[g.Write]})
	}
	made, err := install.Look(cmd.Context(), p, w)
	if err != nil {
		return c.notAdded(cmd.Context(), err)
	}
	lines := append([]string{fmt.Sprintf("An app named %s, which nobody vouches for:", name)}, c.proposal(made)...)
	if ok, err := c.agree(cmd.Context(), lines, "Add it?", yes); !ok {
		return err
	}
	ended, err := made.Install()
	if err != nil {
		return err
	}
	c.endedRules(ended)
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is added, with %s.\n", name, render.Count(len(made.App.Tools), "tool"))
	return err
}

func (c *command) acceptApp(cmd *cobra.Command, yes bool, name string) error {
	p, err := c.openProfile()
	if err != nil {
		return err
	}
	made, err := install.Review(cmd.Context(), p, name)
	if err != nil {
		return c.notAdded(cmd.Context(), err)
	}
	if len(made.Changes) == 0 {
		_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s is what you agreed to: nothing changed.\n", name)
		return err
	}
	lines := []string{name + " is not what you agreed to:"}
	for _, change := range made.Changes {
		lines = append(lines, "  "+safe.Line(change))
	}
	lines = append(lines, "As it is now:")
	lines = append(lines, c.proposal(made)...)
	if ok, err := c.agree(cmd.Context(), lines, "Accept it?", yes); !ok {
		return err
	}
	ended, err := made.Accept()
	c.endedRules(ended)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is accepted as it is now.\n", name)
	return err
}

func (c *command) forgetApp(cmd *cobra.Command, yes, everything bool, name string) error {
	r, err := c.registry()
	if err != nil {
		return err
	}
	a, ok := r.Get(name)
	if !ok {
		return usagef("there is no app %q; `secgpt apps list` names them", name)
	}
	lines := []string{
		"This deletes all that " + name + " keeps in " + safe.Line(a.Data) + ", and the record of what it received.",
		"It can't be undone, and neither can what it changed before.",
	}
	p, err := c.openProfile()
	if err != nil {
		return err
	}
	places, err := hub.PlacesOf(p, r, a)
	if err != nil {
		return err
	}
	lines = append(lines, whatStays(name, places, everything)...)
	if ok, err := c.agree(cmd.Context(), lines, "Forget it?", yes); !ok {
		return err
	}
	if err := install.Forget(p, name, everything); err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "What %s kept and received is forgotten.\n", name)
	return err
}

// whatStays says what becomes of what lies where an app may write, once it is forgotten.
func whatStays(name string, places []hub.Place, everything bool) []string {
	var lines []string
	for _, p := range places {
		at, isHost := strings.CutPrefix(p.Name, "host ")
		where := map[bool]string{false: "in ", true: "at "}[isHost] + safe.Line(at)
		if everything || !p.Lasts() {
			whose := map[bool]string{false: "its own", true: "yours"}[p.Reads]
			lines = append(lines, fmt.Sprintf("What lies %s stays there, and from now on counts as %s.", where, whose))
			continue
		}
		others := "others, which are gone"
		if len(p.With) > 0 {
			others = strings.Join(p.With, ", ")
		}
		lines = append(lines, fmt.Sprintf("What lies %s is also from %s: it stays there and keeps its sources, for %s as well. To end that too, add --places.", where, others, name))
	}
	return lines
}

// proposal says what an app is and asks for.
func (c *command) proposal(p *install.Proposal) []string {
	lines := []string{"command      " + safe.Line(shell(p.App.Command))}
	if !slices.Equal(p.Argv, p.App.Command) {
		lines = append(lines, "found as     "+safe.Line(shell(p.Argv)))
	}
	if p.Files > 0 {
		lines = append(lines, "made of      "+render.Count(p.Files, "file")+", compared at each start")
	} else {
		lines = append(lines, "made of      the system's own files, which are not compared")
	}
	for _, h := range p.Hints {
		lines = append(lines, "mind         "+safe.Line(h))
	}
	lines = append(lines, touches(p.App)...)
	if slices.ContainsFunc(p.App.Files, func(f apps.FileAt) bool { return f.Write }) {
		lines = append(lines, "mind         it may write what other apps give it to where it can write, unasked; if that is synced or shared, it leaves this computer")
	}
	lines = append(lines, render.Count(len(p.App.Tools), "tool")+", and what they count as here:")
	return append(lines, toolLines(p.App)...)
}

// shell writes a command as a person would type it, whole.
func shell(argv []string) string {
	words := make([]string, len(argv))
	for i, w := range argv {
		words[i] = render.Shell(w)
	}
	return strings.Join(words, " ")
}

// agree gets the person's yes. Without one the error is what ends the command.
func (c *command) agree(ctx context.Context, lines []string, question string, yes bool) (bool, error) {
	if c.dry {
		fmt.Fprintln(os.Stderr, strings.Join(append(lines, "A dry run: nothing was done."), "\n"))
		return false, nil
	}
	if yes {
		if !c.quiet {
			fmt.Fprintln(os.Stderr, strings.Join(lines, "\n"))
		}
		return true, nil
	}
	ok, err := pipe.Confirm(ctx, lines, question, c.pipeOptions())
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case err != nil:
		fmt.Fprintf(os.Stderr, "secgpt: this needs a yes, and nobody can be asked here (%s). In a script, --yes says it\n", safe.Line(err.Error()))
	case !ok:
		fmt.Fprintln(os.Stderr, "secgpt: you said no: nothing was done")
	}
	if !ok {
		return false, exited(hub.ExitDenied)
	}
	return true, nil
}

// notAdded tells an app that failed, and a room that can't be had, from a mistake of the
// person's.
func (c *command) notAdded(ctx context.Context, err error) error {
	var bad *rooms.Error
	var layer *isolate.LayerError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &layer):
		return noRoom(err)
	case errors.As(err, &bad):
		return over(hub.ExitApp, err)
	}
	return usage{err}
}

// endedRules says which rules ended with an app.
func (c *command) endedRules(ended []string) {
	for _, r := range ended {
		if !c.quiet {
			fmt.Fprintf(os.Stderr, "secgpt: a rule for an earlier app or tool of this name is gone: %s\n", safe.Line(r))
		}
	}
}
