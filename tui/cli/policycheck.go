package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"secgpt/apps"
	"secgpt/hub"
	"secgpt/hub/plan"
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
		Use:   "check APP.TOOL|model:NAME [JSON]",
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
			return c.checkCall(cmd, args[0], arguments, from)
		},
	}
	cmd.Flags().StringArrayVar(&from, "from", nil, "where arguments come from: `[ARGUMENT=]SOURCE,…`; without ARGUMENT all of them")
	return cmd
}

func (c *command) checkCall(cmd *cobra.Command, name, arguments string, from []string) error {
	p, err := c.openProfile()
	if err != nil {
		return err
	}
	registry, err := hub.Apps(p)
	if err != nil {
		return &profile.Error{Err: err}
	}
	sources, err := sourcesOf(registry, from)
	if err != nil {
		return usagef("policy check %s: %w", name, err)
	}
	k := checked{p: p, apps: registry, name: name, sources: sources}
	call, err := k.call(cmd.Context(), arguments)
	if err == nil && len(call.Args) == 0 { // then whether it happens at all is from there
		call.Control, err = k.label(sources[""])
	}
	if err != nil {
		return usagef("policy check %s: %w", name, err)
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
	if len(call.Args) == 0 { // no call to hold a rule to: it is the tool that is asked about
		v.Rule = strings.TrimSuffix(v.Rule, "()")
	}
	if err := c.printVerdict(cmd.OutOrStdout(), v, k.notes); err != nil {
		return err
	}
	if v.Outcome != mediator.WouldGo {
		return exited(hub.ExitDenied)
	}
	return nil
}

// checked is a call that a person asks about.
type checked struct {
	p       profile.Profile
	apps    *apps.Registry
	name    string                    // APP.TOOL or model:NAME
	sources map[string][]label.Source // by argument; "" is all of them
	notes   []string                  // how it differs from what was typed
}

// call makes the call from what the person typed, as a plan that gives these arguments
// would make it.
func (k *checked) call(ctx context.Context, arguments string) (mediator.Call, error) {
	given, err := label.FromJSON([]byte(arguments), label.Person())
	if err != nil || given.Kind() != label.Object {
		return mediator.Call{}, fmt.Errorf("the arguments are no JSON object: %s", arguments)
	}
	if model, ok := strings.CutPrefix(k.name, "model:"); ok {
		return k.asking(model, given)
	}
	tool, err := k.tool()
	if err != nil {
		return mediator.Call{}, err
	}
	if err := k.known(given, tool); err != nil {
		return mediator.Call{}, err
	}
	written := map[string]string{}
	d := json.NewDecoder(strings.NewReader(arguments))
	d.UseNumber()
	err = fields(d, func(name, value string) { written[name] = value })
	if err != nil {
		return mediator.Call{}, fmt.Errorf("the arguments are no JSON object: %w", err)
	}
	var parts []string
	var vars plan.Vars
	for i, f := range given.Fields() {
		v, err := k.cameFrom(f, tool.App)
		if err != nil {
			return mediator.Call{}, err
		}
		what := written[f.Name]
		if !v.All().Empty() {
			what = fmt.Sprintf("given_%d", i)
			vars.Set(what, v)
		}
		parts = append(parts, f.Name+" = "+what)
	}
	call, mended, err := hub.Rehearse(ctx, k.apps, fmt.Sprintf("reply(%s(%s))", k.name, strings.Join(parts, ", ")), &vars)
	for _, note := range mended {
		k.note("as a call takes it: " + note)
	}
	var missing []string
	for _, name := range slices.Sorted(maps.Keys(call.Required)) {
		if !slices.ContainsFunc(call.Args, func(a mediator.Arg) bool { return a.Name == name }) {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		k.note("no call of it goes without " + strings.Join(missing, ", "))
	}
	return call, err
}

// tool is the tool of an installed app that the person named.
func (k *checked) tool() (mediator.Tool, error) {
	appName, toolName, _ := strings.Cut(k.name, ".")
	app, ok := k.apps.Get(appName)
	if !ok || toolName == "" {
		return mediator.Tool{}, errors.New("expected APP.TOOL of an installed app, or model:NAME; `secgpt apps list` names them")
	}
	if app.Locked != nil {
		return mediator.Tool{}, fmt.Errorf("the app is locked: %w", app.Locked)
	}
	tool, ok := app.Tool(toolName)
	if !ok {
		return tool, fmt.Errorf("%s has no such tool; `secgpt apps show %s` lists them", appName, appName)
	}
	return tool, nil
}

// asking is a model elsewhere that is asked something.
func (k *checked) asking(name string, given label.Value) (mediator.Call, error) {
	call := mediator.Call{Tool: hub.ModelTool(name, "another computer"), Planned: true, Control: label.Person()}
	if err := k.known(given, call.Tool); err != nil {
		return call, err
	}
	for _, f := range given.Fields() {
		v, err := k.cameFrom(f, call.Tool.App)
		if err != nil {
			return call, err
		}
		call.Args = append(call.Args, mediator.Arg{Name: f.Name, Value: v})
	}
	return call, nil
}

// known is an error for an argument that the tool does not have, or that has a source and
// no value.
func (k *checked) known(given label.Value, tool mediator.Tool) error {
	for _, f := range given.Fields() {
		if _, has := tool.Roles[f.Name]; !has {
			return fmt.Errorf("it has no parameter %q; there is %s", f.Name, strings.Join(slices.Sorted(maps.Keys(tool.Roles)), ", "))
		}
	}
	for arg := range k.sources {
		if _, has := given.Get(arg); !has && arg != "" {
			return fmt.Errorf("--from %s=…: the call has no argument %s", arg, arg)
		}
	}
	return nil
}

func (k *checked) note(text string) {
	if !slices.Contains(k.notes, text) {
		k.notes = append(k.notes, text)
	}
}

// sourcesOf reads the values of --from: to=contacts,mail or mail, each the sources of
// one argument or of all, which stand under "".
func sourcesOf(installed *apps.Registry, from []string) (map[string][]label.Source, error) {
	sources := map[string][]label.Source{}
	for _, one := range from {
		arg, list, named := strings.Cut(one, "=")
		if !named {
			arg, list = "", one
		}
		for s := range strings.SplitSeq(list, ",") {
			if strings.HasPrefix(strings.TrimSpace(s), "model:") {
				return nil, fmt.Errorf("--from %s: a model is no source: what it writes carries the sources of what it read, so name these", one)
			}
			src, err := policy.ParseSource(strings.TrimSpace(s))
			if err == nil {
				err = hub.CheckSource(installed, src)
			}
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

// cameFrom is an argument whose every part has its sources, and what data of these
// carries besides. What came from the called app alone is taken as the app gave it, an
// id that the app made up among it.
func (k *checked) cameFrom(f label.Field, called label.Source) (label.Value, error) {
	sources := slices.Concat(k.sources[""], k.sources[f.Name])
	if len(sources) == 0 {
		return f.Value, nil
	}
	l, err := k.label(sources)
	if err != nil {
		return f.Value, err
	}
	body, err := f.Value.JSON()
	if err != nil {
		return f.Value, err
	}
	v, err := label.FromJSON(body, l)
	if err != nil || !label.Of(sources...).Equal(label.Of(called)) {
		return v, err
	}
	return v.Map(func(_ string, part label.Value) label.Value {
		return part.Made(label.Origin{How: label.Result, App: called, Minted: true})
	}), nil
}

// label is what data of these sources carries.
func (k *checked) label(sources []label.Source) (label.Label, error) {
	l := label.Person()
	for _, s := range sources {
		every, some, err := hub.Carries(k.p, k.apps, s)
		if err != nil {
			return l, err
		}
		if more := slices.DeleteFunc(some.Sources(), every.Has); len(more) > 0 {
			k.note(fmt.Sprintf("not counted: some items of %s also hold data of %s", s, label.Of(more...)))
		}
		l = l.Join(every)
	}
	return l, nil
}

func (c *command) printVerdict(out io.Writer, v mediator.Verdict, notes []string) error {
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
			"sources": slices.Concat([]label.Source{}, v.From), "rule": v.Rule, "notes": slices.Concat([]string{}, notes),
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
	for _, note := range notes {
		fmt.Fprintf(&b, "  (%s)\n", note)
	}
	for _, why := range render.Because(v.Reasons) {
		fmt.Fprintf(&b, "  %s\n", why)
	}
	if v.Rule != "" {
		fmt.Fprintf(&b, "a rule that would answer it: %s\n", c.allow(v.Rule))
		if strings.HasSuffix(v.Rule, "()") {
			b.WriteString("  (the brackets keep it to calls in which no other argument decides)\n")
		}
	}
	_, err := io.WriteString(out, safe.Text(b.String()))
	return err
}
