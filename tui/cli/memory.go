package cli

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"secgpt/hub"
	"secgpt/hub/memory"
	"secgpt/hub/profile"
	"secgpt/mediator/label"
	"secgpt/tui/pipe"
	"secgpt/tui/render"
)

func (c *command) memoryCmd() *cobra.Command {
	return &cobra.Command{
		Use: "memory NAME [add TEXT | edit N TEXT | forget N | forget all]", Short: "What an app remembers: see it, add to it, edit it, have it forgotten",
		Args: cobra.RangeArgs(1, 4),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.appMemory(cmd.OutOrStdout(), args[0], args[1:])
		},
	}
}

// appMemory shows or changes what an app remembers, by the person's own hand.
func (c *command) appMemory(out io.Writer, name string, args []string) error {
	if c.private {
		return usagef("--private reads no memory and writes none; leave it out")
	}
	p, err := c.openProfile()
	if err != nil {
		return err
	}
	r, err := hub.Apps(p)
	if err != nil {
		return &profile.Error{Err: err}
	}
	if _, ok := r.Get(name); !ok {
		return usagef("there is no app %q; `secgpt apps list` names them", name)
	}
	facts := memory.FactsOf(p.App(name), p.State)
	said, err := "", error(nil)
	switch do := strings.Join(args[:min(len(args), 1)], ""); {
	case len(args) == 0:
		return c.showMemory(out, name, facts)
	case do == "add" && len(args) == 2:
		var n int
		n, err = facts.Add(label.TextOf(args[1], label.Person()), "", "person", time.Now())
		said = fmt.Sprintf("%s remembers that, as number %d.", name, n)
	case do == "edit" && len(args) == 3:
		n, bad := strconv.Atoi(args[1])
		if bad != nil {
			return usagef("apps memory %s edit %s: expected a number", name, args[1])
		}
		err, said = facts.Edit(n, args[2], time.Now()), fmt.Sprintf("Number %d is now in your words.", n)
	case do == "forget" && len(args) == 2 && args[1] == "all":
		err, said = facts.ForgetAll(), name+" has forgotten all of it."
	case do == "forget" && len(args) == 2:
		n, bad := strconv.Atoi(args[1])
		if bad != nil {
			return usagef("apps memory %s forget %s: expected a number, or all", name, args[1])
		}
		err, said = facts.Forget(n), fmt.Sprintf("%s has forgotten number %d.", name, n)
	default:
		return usagef("apps memory %s: expected add TEXT, edit N TEXT, forget N or forget all", name)
	}
	if err != nil {
		return usage{err}
	}
	_, err = fmt.Fprintln(out, said)
	return err
}

// remembered is a fact of `apps memory -o json`.
type remembered struct {
	N       int            `json:"n"`
	Text    string         `json:"text"`
	Sources []label.Source `json:"sources"`
	At      time.Time      `json:"at"`
	Session string         `json:"session"`
	By      string         `json:"by"`
}

func (c *command) showMemory(out io.Writer, name string, f memory.Facts) error {
	all, _, err := f.All()
	if err != nil {
		return &profile.Error{Err: err}
	}
	if c.output != "text" {
		docs := []remembered{}
		for _, x := range all {
			docs = append(docs, remembered{x.N, x.Text.Str(), append([]label.Source{}, x.Text.All().Sources()...), x.At, x.Session, x.By})
		}
		_, err := io.WriteString(out, pipe.Encode(map[string]any{"app": name, "facts": docs}))
		return err
	}
	for _, l := range render.Memory(name, all, render.Options{Now: time.Now()}) {
		if _, err := fmt.Fprintln(out, render.PlainLine(l)); err != nil {
			return err
		}
	}
	return nil
}
