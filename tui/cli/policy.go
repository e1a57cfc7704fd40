package cli

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"secgpt/hub"
	"secgpt/hub/profile"
	"secgpt/mediator/policy"
)

// rules opens the rules of the profile. A demo without a profile ends with this
// very command, and its rules with it.
func (c *command) rules(changes bool) (*policy.Store, profile.Profile, error) {
	if c.demo && c.profile == "" && changes {
		return nil, profile.Profile{}, usagef("this demo ends with the command, and the rule would end with it; add --profile DIR")
	}
	p, err := c.openProfile()
	if err != nil {
		return nil, p, err
	}
	s, err := policy.Open(p.Policy())
	if err != nil {
		return nil, p, &profile.Error{Err: err}
	}
	return s, p, nil
}

func (c *command) policyCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "policy", Short: "The rules you wrote or answered"}
	add := &cobra.Command{
		Use: "add RULE", Short: "Add a rule: allow mail -> calendar.create_event", Args: cobra.MinimumNArgs(1),
		Example: "  secgpt policy add 'allow mail -> calendar.create_event'",
		RunE:    func(cmd *cobra.Command, args []string) error { return c.addRule(cmd, strings.Join(args, " ")) },
	}
	add.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usagef("%w; %s", err, quoteRule) })
	cmd.AddCommand(
		add,
		&cobra.Command{
			Use: "list", Short: "List the rules", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error { return c.listRules(cmd) },
		},
		c.checkCmd(),
		&cobra.Command{
			Use: "remove N", Short: "Take a rule back", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error { return c.removeRule(cmd, args[0]) },
		},
	)
	return cmd
}

func (c *command) listRules(cmd *cobra.Command) error {
	s, p, err := c.rules(false)
	if err != nil {
		return err
	}
	set, err := s.Rules()
	if err != nil {
		return &profile.Error{Err: err}
	}
	notes, err := remarks(p, set)
	if err != nil {
		return err
	}
	if c.output == "json" {
		type row struct {
			Number int    `json:"number"`
			Rule   string `json:"rule"`
			Note   string `json:"note,omitempty"`
		}
		rows := []row{}
		for _, r := range set {
			rows = append(rows, row{r.Number, r.String(), notes[r.Number]})
		}
		return json.NewEncoder(cmd.OutOrStdout()).Encode(rows)
	}
	if len(set) == 0 {
		fmt.Fprintln(cmd.ErrOrStderr(), "no rules yet: every flow between apps is asked about")
	}
	for _, r := range set {
		line := fmt.Sprintf("%3d  %s", r.Number, r)
		if n := notes[r.Number]; n != "" {
			line += "   (" + n + ")"
		}
		if _, err := fmt.Fprintln(cmd.OutOrStdout(), line); err != nil {
			return err
		}
	}
	return nil
}

// quoteRule says what to do where a shell or the flags took a piece of a rule.
const quoteRule = "put the rule in quotes: secgpt policy add 'allow mail -> calendar.create_event'"

// arrows writes the arrow of a rule that was typed without quotes as the other one that
// rules know: the flags would read -> as one of theirs.
func arrows(args []string) []string {
	args = slices.Clone(args)
	rule := false
	for i, arg := range args {
		if arg == "--" {
			break
		}
		rule = rule || i > 0 && arg == "add" && args[i-1] == "policy"
		if rest, ok := strings.CutPrefix(arg, "->"); ok && rule {
			args[i] = "→" + rest
		}
	}
	return args
}

func (c *command) addRule(cmd *cobra.Command, text string) error {
	r, err := policy.Parse(text)
	if err != nil && strings.HasSuffix(text, " -") {
		return usagef("%w; a shell takes what follows > for the name of a file and has written there: %s", err, quoteRule)
	}
	if err != nil {
		return usage{err}
	}
	if r.Expired(time.Now()) {
		return usagef("policy add: the last day of %s is over, so it would do nothing; give a later one, or leave it out", r)
	}
	s, p, err := c.rules(true)
	if err != nil {
		return err
	}
	r.By = policy.Command
	before, err := s.Rules()
	if err != nil {
		return &profile.Error{Err: err}
	}
	n, err := s.Add(r)
	if err != nil {
		return &profile.Error{Err: err}
	}
	if _, err = fmt.Fprintf(cmd.OutOrStdout(), "%3d  %s\n", n, r); err != nil {
		return err
	}
	after, err := s.Rules()
	if err != nil {
		return &profile.Error{Err: err}
	}
	known, err := remarks(p, before)
	if err != nil {
		return err
	}
	now, err := remarks(p, after)
	if err != nil {
		return err
	}
	for _, r := range after {
		if note := now[r.Number]; note != "" && (r.Number == n || note != known[r.Number]) {
			fmt.Fprintf(cmd.ErrOrStderr(), "rule %d, %s: %s\n", r.Number, r, note)
		}
	}
	return nil
}

func (c *command) removeRule(cmd *cobra.Command, number string) error {
	n, err := strconv.Atoi(number)
	if err != nil {
		return usagef("policy remove %s: expected the number of a rule; `secgpt policy list` shows them", number)
	}
	s, _, err := c.rules(true)
	if err != nil {
		return err
	}
	if err := s.Remove(n); err != nil {
		return usage{err}
	}
	_, err = fmt.Fprintf(cmd.ErrOrStderr(), "rule %d is gone\n", n)
	return err
}

// remarks are what a person should know of their rules, by number: what they name that
// is not there, and what they are beside the others.
func remarks(p profile.Profile, set policy.Set) (map[int]string, error) {
	installed, err := hub.Apps(p)
	if err != nil {
		return nil, &profile.Error{Err: err}
	}
	notes := map[int]string{}
	for _, r := range set {
		if note := hub.Misnamed(installed, r); note != "" {
			notes[r.Number] = note
		}
	}
	for _, f := range set.Review(time.Now()) {
		if notes[f.Rule.Number] != "" {
			notes[f.Rule.Number] += "; "
		}
		notes[f.Rule.Number] += f.String()
	}
	return notes, nil
}
