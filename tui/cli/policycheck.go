package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"secgpt/apps"
	"secgpt/hub"
	"secgpt/hub/profile"
	"secgpt/mediator"
	"secgpt/mediator/label"
	"secgpt/mediator/policy"
	"secgpt/tui/render"
	"secgpt/tui/safe"
)

func (c *command) checkCmd() *cobra.Command {
	var from []string
	cmd := &cobra.Command{
		Use:   "check APP.TOOL [JSON]",
		Short: "Tell what would become of a call, and why, without making it",
		Long: "Tell what would become of a call, and why, without making it. What --from says nothing of is\n" +
			"judged like the text of a plan: yours, but in no request of yours. What is from the app alone is\n" +
			"taken as the app gave it. Exit code 0: it would go; 4: you would be asked, or it would be denied.",
		Example: `  secgpt policy check mail.send '{"to":"bob@example.org","body":"hi"}' --from to=contacts --from body=notes,mail`,
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			arguments := "{}"
			if len(args) > 1 {
				arguments = args[1]
			}
			return c.checkCall(cmd.OutOrStdout(), args[0], arguments, from)
		},
	}
	cmd.Flags().StringArrayVar(&from, "from", nil, "where arguments come from: `[ARGUMENT=]SOURCE,…`; without ARGUMENT all of them")
	return cmd
}

func (c *command) checkCall(out io.Writer, name, arguments string, from []string) error {
	p, err := c.openProfile()
	if err != nil {
		return err
	}
	registry, err := hub.Apps(p)
	if err != nil {
		return &profile.Error{Err: err}
	}
	call, err := callOf(registry, name, arguments, from)
	if err != nil {
		return usage{err}
	}
	rules, err := policy.Open(p.Policy())
	if err != nil {
		return &profile.Error{Err: err}
	}
	names, err := mediator.OpenNames(p.Names())
	if err != nil {
		return &profile.Error{Err: err}
	}
	m := &mediator.Monitor{Rules: rules, Names: names, Send: p.Settings().Send(), NoRules: c.approve == "deny", Now: time.Now}
	v := m.Check(call, m.NewTurn(1, mediator.NewWords(nil, false)))
	if err := c.printVerdict(out, v); err != nil {
		return err
	}
	if v.Outcome != mediator.WouldGo {
		return exited(hub.ExitDenied)
	}
	return nil
}

// callOf makes a call from what a person typed.
func callOf(registry *apps.Registry, name, arguments string, from []string) (mediator.Call, error) {
	call := mediator.Call{Planned: true, Control: label.Person()}
	appName, toolName, _ := strings.Cut(name, ".")
	app, ok := registry.Get(appName)
	if !ok || toolName == "" {
		return call, fmt.Errorf("policy check %s: expected APP.TOOL of an installed app; `secgpt apps list` names them", name)
	}
	if app.Locked != nil {
		return call, fmt.Errorf("policy check %s: the app is locked: %w", name, app.Locked)
	}
	if call.Tool, ok = app.Tool(toolName); !ok {
		return call, fmt.Errorf("policy check %s: %s has no such tool; `secgpt apps show %s` lists them", name, appName, appName)
	}
	given, err := label.FromJSON([]byte(arguments), label.Person())
	if err != nil || given.Kind() != label.Object {
		return call, fmt.Errorf("policy check %s: the arguments are no JSON object: %s", name, arguments)
	}
	sources, err := sourcesOf(from)
	if err != nil {
		return call, fmt.Errorf("policy check %s: %w", name, err)
	}
	known := map[string]bool{"": true}
	for _, f := range given.Fields() {
		if _, has := call.Tool.Roles[f.Name]; !has {
			return call, fmt.Errorf("policy check %s: it has no parameter %q; `secgpt apps show %s` lists them", name, f.Name, appName)
		}
		known[f.Name] = true
		call.Args = append(call.Args, mediator.Arg{Name: f.Name, Value: cameFrom(f.Value, call.Tool.App, append(sources[""], sources[f.Name]...))})
	}
	for arg := range sources {
		if !known[arg] {
			return call, fmt.Errorf("policy check %s: --from %s=…: the call has no argument %s", name, arg, arg)
		}
	}
	return call, nil
}

// sourcesOf reads the values of --from: to=contacts,mail or mail, each the sources of
// one argument or of all, which stand under "".
func sourcesOf(from []string) (map[string][]label.Source, error) {
	sources := map[string][]label.Source{}
	for _, one := range from {
		arg, list, named := strings.Cut(one, "=")
		if !named {
			arg, list = "", one
		}
		for s := range strings.SplitSeq(list, ",") {
			src, err := policy.ParseSource(strings.TrimSpace(s))
			if err != nil {
				return nil, fmt.Errorf("--from %s: %w", one, err)
			}
			if src != policy.Person {
				sources[arg] = append(sources[arg], src)
			}
		}
	}
	return sources, nil
}

// cameFrom gives every part of a value its sources. What came from the app alone is
// taken as the app gave it, an id that the app made up among it.
func cameFrom(v label.Value, app label.Source, sources []label.Source) label.Value {
	if len(sources) == 0 {
		return v
	}
	body, err := v.JSON()
	if err != nil {
		return label.Value{}
	}
	l := label.Of(sources...)
	if v, err = label.FromJSON(body, l); err != nil {
		return label.Value{}
	}
	if !l.Equal(label.Of(app)) {
		return v
	}
	return v.Map(func(_ string, part label.Value) label.Value {
		return part.Made(label.Origin{How: label.Result, App: app, Minted: true})
	})
}

func (c *command) printVerdict(out io.Writer, v mediator.Verdict) error {
	said := map[mediator.Outcome]string{mediator.WouldGo: "go", mediator.WouldAsk: "ask", mediator.WouldDeny: "deny"}[v.Outcome]
	if c.output == "json" {
		type reason struct {
			Kind     string         `json:"kind"`
			Argument string         `json:"argument,omitempty"`
			Sources  []label.Source `json:"sources,omitempty"`
		}
		reasons := []reason{}
		for _, r := range v.Reasons {
			reasons = append(reasons, reason{r.Kind.String(), r.Arg, r.From})
		}
		return json.NewEncoder(out).Encode(map[string]any{
			"outcome": said, "decided_by": v.By, "reason": v.Why, "reasons": reasons,
			"sources": slices.Concat([]label.Source{}, v.From), "rule": v.Rule,
		})
	}
	var b strings.Builder
	switch v.Outcome {
	case mediator.WouldGo:
		fmt.Fprintf(&b, "it would go: %s (%s)\n", v.Why, v.By)
	case mediator.WouldDeny:
		fmt.Fprintf(&b, "it would be denied: %s\n", v.Why)
	case mediator.WouldAsk:
		b.WriteString("you would be asked:\n")
	}
	for _, why := range render.Because(v.Reasons) {
		fmt.Fprintf(&b, "  %s\n", why)
	}
	if v.Rule != "" {
		fmt.Fprintf(&b, "a rule that would answer it: %s\n", c.allow(v.Rule))
	}
	_, err := io.WriteString(out, safe.Text(b.String()))
	return err
}
