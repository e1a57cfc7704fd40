package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"secgpt/apps"
	"secgpt/hub"
	"secgpt/hub/profile"
	"secgpt/mediator"
	"secgpt/tui/pipe"
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
				plan, err := c.planOf(args)
				if err != nil {
					return err
				}
				return c.script(cmd.Context(), hub.Request{Plan: plan, Name: "apps call"})
			},
		},
		c.addCmd(), c.acceptCmd(), c.removeCmd(), c.forgetCmd(), c.memoryCmd())
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
	if c.output != "text" {
		docs := []appDoc{}
		for _, a := range r.List() {
			docs = append(docs, appDocOf(a))
		}
		return documents(c, out, "apps", docs)
	}
	for _, a := range r.List() {
		state := a.About
		switch {
		case a.Locked != nil:
			state = "locked: " + a.Locked.Error()
		case state == "" && !a.BuiltIn:
			state = "added by you: " + shell(a.Command)
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
	if c.output != "text" {
		_, err := io.WriteString(out, pipe.Encode(appDocOf(a)))
		return err
	}
	lines := []string{strings.TrimSpace(a.Name + "  " + safe.Line(a.About))}
	if a.Locked != nil {
		lines = append(lines, "locked: "+safe.Line(a.Locked.Error()))
	}
	if !a.BuiltIn {
		lines = append(lines, "command      "+safe.Line(shell(a.Command)))
	}
	lines = append(lines, "own folder   "+safe.Line(a.Data))
	lines = append(lines, touches(a)...)
	lines = append(lines, toolLines(a)...)
	_, err = io.WriteString(out, strings.Join(lines, "\n")+"\n")
	return err
}

// touches says what an app may touch beside its own folder.
func touches(a apps.App) []string {
	var lines []string
	for _, f := range a.Files {
		mode := "read only"
		if f.Write {
			mode = "read and write"
		}
		lines = append(lines, fmt.Sprintf("granted      %s (%s)", safe.Line(f.Path), mode))
	}
	if len(a.Grants.Hosts) == 0 {
		return append(lines, "network      none")
	}
	return append(lines, "network      "+safe.Line(strings.Join(a.Grants.Hosts, ", ")))
}

// The bounds of what is shown of an app's own words: enough to know a tool by, too
// little to make a speech.
const (
	maxShownAbout  = 300 // bytes of a description: as many as a model is given, and no fewer
	maxShownParams = 600 // bytes of a list of parameters
)

// toolLines says of each tool what it counts as, what of its parameters decides, and,
// of an app that is not ours, how the app itself describes it.
func toolLines(a apps.App) []string {
	var lines []string
	for _, t := range a.Tools {
		if a.Manifest.Tools[t.Name].Hidden {
			continue
		}
		tool, _ := a.Tool(t.Name)
		var params, decides []string
		for _, p := range a.Params(t.Name) {
			params = append(params, p.Name)
			if tool.Deciding(p.Name) {
				decides = append(decides, p.Name+" ("+tool.Roles[p.Name].String()+")")
			}
		}
		counts := tool.Effect.String()
		if tool.Undo && tool.Effect == mediator.Write {
			counts += ", can be undone"
		}
		if tool.Open {
			counts += ", leaves this computer"
		}
		line := fmt.Sprintf("  %s(%s)  %s", t.Name, cut(strings.Join(params, ", "), maxShownParams), counts)
		if tool.About != "" {
			line += ": " + safe.Line(tool.About)
		}
		lines = append(lines, line)
		if a.BuiltIn {
			continue
		}
		if len(decides) > 0 {
			lines = append(lines, "      decided by "+cut(strings.Join(decides, ", "), maxShownParams))
		}
		if said := strings.TrimSpace(t.About); said != "" {
			lines = append(lines, fmt.Sprintf("      the app says: “%s”", cut(said, maxShownAbout)))
		}
		if own, _ := a.Own(t.Name, json.RawMessage(`{}`)); own != t.Name {
			lines = append(lines, "      the app calls it "+cut(own, maxShownAbout))
		}
	}
	return lines
}

// cut makes an app's words fit for one line of a list.
func cut(text string, most int) string {
	if n := len(text) - most; n > 0 {
		text = strings.ToValidUTF8(text[:most], "") + fmt.Sprintf("…(%d bytes)", n)
	}
	return safe.Line(text)
}

// planOf turns APP.TOOL and a JSON object into a plan of one call: the person's
// own hand makes it, and the mediator judges it like any other.
func (c *command) planOf(args []string) (string, error) {
	app, tool, ok := strings.Cut(args[0], ".")
	if !ok {
		return "", usagef("apps call %s: expected APP.TOOL", args[0])
	}
	if r, err := c.registry(); err != nil {
		return "", err
	} else if a, ok := r.Get(app); ok {
		tool = a.Alias(tool) // by either name
	}
	var parts []string
	if len(args) > 1 {
		d := json.NewDecoder(strings.NewReader(args[1]))
		d.UseNumber()
		if err := fields(d, func(name string, value string) { parts = append(parts, name+" = "+value) }); err != nil {
			return "", usagef("apps call %s: the arguments are no JSON object: %w", args[0], err)
		}
		if _, err := d.Token(); err != io.EOF {
			return "", usagef("apps call %s: something stands after the JSON object", args[0])
		}
	}
	return fmt.Sprintf("reply(%s.%s(%s))", app, tool, strings.Join(parts, ", ")), nil
}

// fields reads an object, and gives each name and its value as a plan writes it.
func fields(d *json.Decoder, each func(name, value string)) error {
	if t, err := d.Token(); err != nil {
		return err
	} else if t != json.Delim('{') {
		return fmt.Errorf("it begins with %v", t)
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		value, err := literal(d, 0)
		if err != nil {
			return err
		}
		each(fmt.Sprint(name), value)
	}
	_, err := d.Token()
	return err
}

// maxNested is how deep the JSON of a call by hand may nest.
const maxNested = 32

// literal reads one JSON value and writes it as a plan's literal.
func literal(d *json.Decoder, depth int) (string, error) {
	if depth > maxNested {
		return "", fmt.Errorf("it nests deeper than %d", maxNested)
	}
	t, err := d.Token()
	if err != nil {
		return "", err
	}
	switch t := t.(type) {
	case nil:
		return "None", nil
	case bool:
		if t {
			return "True", nil
		}
		return "False", nil
	case json.Number:
		return t.String(), nil
	case string:
		return quoted(t), nil
	case json.Delim:
		var parts []string
		end := map[json.Delim]string{'[': "]", '{': "}"}[t]
		for d.More() {
			part, err := literal(d, depth+1)
			if err != nil {
				return "", err
			}
			if t == '{' {
				value, err := literal(d, depth+1)
				if err != nil {
					return "", err
				}
				part += ": " + value
			}
			parts = append(parts, part)
		}
		_, err := d.Token()
		return t.String() + strings.Join(parts, ", ") + end, err
	}
	return "", fmt.Errorf("%v can't be written", t)
}

// quoted writes a text as plans do: JSON's own escapes are among theirs.
func quoted(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a Go string always encodes
	return strings.TrimSpace(b.String())
}
