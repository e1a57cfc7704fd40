package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"secgpt/apps"
	"secgpt/hub"
	"secgpt/hub/profile"
	"secgpt/mediator"
	"secgpt/tui/safe"
)

func (c *command) appsCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "apps", Short: "The apps, what they may touch and what they can do"}
	cmd.AddCommand(
		&cobra.Command{
			Use: "list", Short: "List the apps", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error { return c.listApps(cmd.OutOrStdout()) },
		},
		&cobra.Command{
			Use: "show NAME", Short: "Show one app: grants, tools, effects", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error { return c.showApp(cmd.OutOrStdout(), args[0]) },
		},
		&cobra.Command{
			Use: "call APP.TOOL [JSON]", Short: "Make one call yourself, judged like any other", Args: cobra.RangeArgs(1, 2),
			RunE: func(cmd *cobra.Command, args []string) error {
				plan, err := planOf(args)
				if err != nil {
					return err
				}
				return c.script(cmd.Context(), hub.Request{Plan: plan, Name: "apps call"})
			},
		})
	return cmd
}

func (c *command) registry() (*apps.Registry, error) {
	p, err := c.openProfile()
	if err != nil {
		return nil, err
	}
	r, err := hub.Apps(p)
	if err != nil {
		return nil, &profile.Error{Err: err}
	}
	return r, nil
}

func (c *command) listApps(out io.Writer) error {
	r, err := c.registry()
	if err != nil {
		return err
	}
	for _, a := range r.List() {
		state := a.About
		if a.Locked != nil {
			state = "locked: " + a.Locked.Error()
		}
		if _, err := fmt.Fprintf(out, "%-12s %s\n", a.Name, safe.Line(state)); err != nil {
			return err
		}
	}
	return nil
}

func (c *command) showApp(out io.Writer, name string) error {
	r, err := c.registry()
	if err != nil {
		return err
	}
	a, ok := r.Get(name)
	if !ok {
		return usagef("there is no app %q; `secgpt apps list` names them", name)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n", a.Name, safe.Line(a.About))
	if a.Locked != nil {
		fmt.Fprintf(&b, "locked: %s\n", safe.Line(a.Locked.Error()))
	}
	fmt.Fprintf(&b, "own folder   %s\n", a.Data)
	for _, f := range a.Files {
		mode := "read only"
		if f.Write {
			mode = "read and write"
		}
		fmt.Fprintf(&b, "granted      %s (%s)\n", safe.Line(f.Path), mode)
	}
	if len(a.Grants.Hosts) == 0 {
		b.WriteString("network      none\n")
	} else {
		fmt.Fprintf(&b, "network      %s\n", safe.Line(strings.Join(a.Grants.Hosts, ", ")))
	}
	for _, t := range a.Tools {
		tool, _ := a.Tool(t.Name)
		if a.Manifest.Tools[t.Name].Hidden {
			continue
		}
		var params []string
		for _, p := range a.Params(t.Name) {
			params = append(params, p.Name)
		}
		undo := ""
		if tool.Undo && tool.Effect == mediator.Write {
			undo = ", can be undone"
		}
		fmt.Fprintf(&b, "  %s(%s)  %s%s: %s\n", t.Name, safe.Line(strings.Join(params, ", ")), tool.Effect, undo, safe.Line(tool.About))
	}
	_, err = io.WriteString(out, b.String())
	return err
}

// planOf turns APP.TOOL and a JSON object into a plan of one call: the person's
// own hand makes it, and the mediator judges it like any other.
func planOf(args []string) (string, error) {
	app, tool, ok := strings.Cut(args[0], ".")
	if !ok {
		return "", usagef("apps call %s: expected APP.TOOL", args[0])
	}
	var given map[string]json.RawMessage
	if len(args) > 1 {
		if err := json.Unmarshal([]byte(args[1]), &given); err != nil {
			return "", usagef("apps call %s: the arguments are no JSON object: %w", args[0], err)
		}
	}
	var parts []string
	for name, raw := range given {
		s, err := literal(raw)
		if err != nil {
			return "", usagef("apps call %s: %s: %w", args[0], name, err)
		}
		parts = append(parts, name+" = "+s)
	}
	return fmt.Sprintf("reply(%s.%s(%s))", app, tool, strings.Join(parts, ", ")), nil
}

// literal writes JSON as a plan's literal.
func literal(raw json.RawMessage) (string, error) {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return "", err
	}
	switch v := v.(type) {
	case nil:
		return "None", nil
	case bool:
		return strings.ToUpper(fmt.Sprint(v)[:1]) + fmt.Sprint(v)[1:], nil
	case string:
		return fmt.Sprintf("%q", v), nil
	case []any, map[string]any:
		text := string(raw)
		if strings.Contains(text, "true") || strings.Contains(text, "false") || strings.Contains(text, "null") {
			return "", fmt.Errorf("true, false and null inside lists and objects can't be given here; use `secgpt run` with a plan")
		}
		return text, nil
	}
	return string(raw), nil
}
