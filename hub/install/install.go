// Package install adds apps, looks again at those that changed, and takes them away.
//
// Nothing is installed here that was not looked at before: Look starts the command in a
// room that holds nothing and makes a Proposal, which the person is shown; Install keeps
// it. Rules, data and history belong to an install, not to its name: what an earlier app
// of the name was allowed, kept or gave away is ended by Install and by Remove.
//
// Start reading at Look.
package install

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"secgpt/apps"
	"secgpt/apps/code"
	"secgpt/apps/link"
	"secgpt/hub"
	"secgpt/hub/history"
	"secgpt/hub/memory"
	"secgpt/hub/profile"
	"secgpt/hub/rooms"
	"secgpt/mediator/label"
	"secgpt/mediator/policy"
)

// Want is what the person typed: an app's name, its command and what it may touch.
type Want struct {
	Name    string
	Command []string
	Files   []apps.FileGrant
	Hosts   []string
}

// A Proposal is an app that was looked at and not agreed to yet.
type Proposal struct {
	App   apps.App // as it would be
	Argv  []string // its command as it was found on this computer
	Files int      // how many files are behind it
	Hints []string // about the command, in our words

	// Changes says how it differs from what was agreed, for an app that is installed.
	Changes []string

	profile profile.Profile
	apps    *apps.Registry
	agreed  apps.Agreed
	was     apps.App // of an app that is installed: as it was agreed to
}

// Look starts a command as Inspect does and makes a proposal of what it offers. A name
// that is refused, and grants that can't be, are errors before anything is started.
func Look(ctx context.Context, p profile.Profile, w Want) (*Proposal, error) {
	r, err := hub.Apps(p)
	if err != nil {
		return nil, &profile.Error{Err: err}
	}
	if err := r.CheckNew(w.Name); err != nil {
		return nil, &profile.Error{Err: err}
	}
	m := apps.Manifest{Name: w.Name, Command: w.Command, Grants: apps.Grants{Files: w.Files, Hosts: w.Hosts}}
	return look(ctx, p, r, m)
}

func look(ctx context.Context, p profile.Profile, r *apps.Registry, m apps.Manifest) (*Proposal, error) {
	empty, err := r.Draft(apps.Agreed{Manifest: apps.Manifest{Name: m.Name, Command: m.Command, Grants: m.Grants}, Said: []link.Tool{}})
	if err != nil {
		return nil, &profile.Error{Err: err}
	}
	if err := writesCode(empty, r.List()); err != nil {
		return nil, &profile.Error{Err: err}
	}
	found, err := rooms.Inspect(ctx, empty, rooms.Options{Private: p.Kept(), Registry: r})
	if err != nil {
		return nil, err
	}
	made := &Proposal{Argv: found.Argv, Files: files(found.Code), Hints: found.Hints, profile: p, apps: r,
		agreed: apps.Agreed{Manifest: m, Said: found.Tools, Code: found.Code}}
	return made, made.describe(nil)
}

// writesCode refuses an app that may write where the code of another is: that one would
// not start any more, and where it runs already it may not have read all of its code.
func writesCode(app apps.App, all []apps.App) error {
	if !slices.ContainsFunc(app.Files, func(f apps.FileAt) bool { return f.Write }) {
		return nil
	}
	for _, other := range all {
		is, err := other.Agreement()
		if err != nil || other.BuiltIn {
			continue // it can't start
		}
		if err := rooms.Unshared(other, is.Code.Paths(), []apps.App{app}); err != nil {
			return err
		}
	}
	return nil
}

func files(l code.List) int {
	return len(slices.DeleteFunc(slices.Clone(l), func(f code.File) bool { return f.Sum == "folder" }))
}

// describe says of each tool what it counts as: what was agreed before, else what its
// name, description and parameters make of it.
func (p *Proposal) describe(before map[string]apps.ToolManifest) error {
	p.agreed.Manifest.Tools = nil
	draft, err := p.apps.Draft(p.agreed)
	if err != nil {
		return &profile.Error{Err: fmt.Errorf("%s can't be used: %w", p.agreed.Manifest.Name, err)}
	}
	tools := map[string]apps.ToolManifest{}
	for _, t := range draft.Tools {
		old, ok := before[t.Name]
		if !ok {
			old = apps.Defaults(draft.Name, t)
		}
		tools[t.Name] = old
	}
	p.agreed.Manifest.Tools = tools
	if p.App, err = p.apps.Draft(p.agreed); err != nil {
		return &profile.Error{Err: err}
	}
	return nil
}

// Install keeps a proposal that the person agreed to. It returns the rules that an
// earlier app of the name had and that are no more.
func (p *Proposal) Install() (ended []string, err error) {
	if ended, err = endTrust(p.profile, p.apps, p.App.Name); err != nil {
		return nil, err
	}
	return ended, p.apps.Add(p.agreed)
}

// Review looks again at an app that is installed. Its Changes are nil if it still is
// what was agreed to.
func Review(ctx context.Context, p profile.Profile, name string) (*Proposal, error) {
	r, err := hub.Apps(p)
	if err != nil {
		return nil, &profile.Error{Err: err}
	}
	a, ok := r.Get(name)
	switch {
	case !ok:
		return nil, &profile.Error{Err: fmt.Errorf("there is no app %q; `secgpt apps list` names them", name)}
	case a.BuiltIn:
		return nil, &profile.Error{Err: fmt.Errorf("%s is built in: there is nothing to accept", name)}
	}
	was, err := a.Agreement()
	if err != nil {
		return nil, &profile.Error{Err: fmt.Errorf("what you agreed to can't be read (%w); remove the app and add it anew", err)}
	}
	if was.Manifest.Pin != apps.Pin(was.Manifest.Command, was.Said) {
		was.Said = nil // nobody can tell what was agreed to: all of it is shown as new
	}
	made, err := look(ctx, p, r, was.Manifest)
	if err != nil {
		return nil, err
	}
	made.Changes = append(apps.Diff(was.Said, made.agreed.Said), code.Diff(was.Code, made.agreed.Code)...)
	if a.Locked != nil && len(made.Changes) == 0 {
		made.Changes = []string{a.Locked.Error()}
	}
	return made, made.compare(was)
}

// compare describes an app that is installed beside what was agreed to.
func (p *Proposal) compare(was apps.Agreed) error {
	var err error
	p.was, err = p.apps.Draft(was)
	if err != nil {
		was.Said = nil // as above
	}
	return p.describe(p.kept(was))
}

// kept is what was agreed of the tools that are the same as they were, by the aliases
// that they have now: a new tool can take the alias of another. A tool that now says
// something else of itself is judged like a new one.
func (p *Proposal) kept(was apps.Agreed) map[string]apps.ToolManifest {
	same := map[string]apps.ToolManifest{}
	for _, t := range p.agreed.Said {
		i := slices.IndexFunc(was.Said, func(o link.Tool) bool { return o.Name == t.Name })
		old, agreed := was.Manifest.Tools[p.was.Alias(t.Name)]
		if i >= 0 && agreed && len(apps.Diff(was.Said[i:i+1], []link.Tool{t})) == 0 {
			same[p.App.Alias(t.Name)] = old
		}
	}
	return same
}

// Accept keeps what is there now in the place of what was agreed. Data, history and
// rules stay: it is the same install. But a rule that allows a tool by an alias which
// another tool has now ends, and is returned: the person meant the other.
func (p *Proposal) Accept() (ended []string, err error) {
	ended, err = endRules(p.profile, func(r policy.Rule) bool {
		return r.App == label.Source(p.App.Name) && r.Tool != "" && meant(p.was, r) != meant(p.App, r)
	})
	if err != nil {
		return ended, err
	}
	return ended, p.apps.Accept(p.agreed)
}

// meant spells what a rule names of an app, its tool and conditions, as the app does.
func meant(a apps.App, r policy.Rule) string {
	args := map[string]bool{}
	for _, c := range r.Args {
		args[c.Arg] = true
	}
	b, _ := json.Marshal(args) // such a map always encodes
	tool, own := a.Own(r.Tool, b)
	return fmt.Sprintf("%q %s", tool, own)
}

// Remove takes an app away. It returns where its data was moved to and the rules that
// ended with it.
func Remove(p profile.Profile, name string, now time.Time) (keptIn string, ended []string, err error) {
	r, err := hub.Apps(p)
	if err != nil {
		return "", nil, &profile.Error{Err: err}
	}
	if app, ok := r.Get(name); ok {
		if err := hub.Settle(p, r, app); err != nil {
			return "", nil, settling(name, err)
		}
	}
	if keptIn, err = r.Remove(name, now); err != nil {
		return "", nil, &profile.Error{Err: err}
	}
	ended, err = endTrust(p, r, name)
	return keptIn, ended, err
}

// endTrust ends what an app of that name was allowed, and makes what came from one
// unknown. Rules that deny stay: they can only protect.
func endTrust(p profile.Profile, r *apps.Registry, name string) (ended []string, err error) {
	source := label.Source(name)
	ended, err = endRules(p, func(rule policy.Rule) bool {
		return rule.App == source || slices.Contains(rule.From, source)
	})
	if err != nil {
		return ended, err
	}
	for _, a := range r.List() {
		if a.Name != name {
			if err := history.Retire(a.Dir, source); err != nil {
				return ended, fmt.Errorf("what %s received can't be written: %w", a.Name, err)
			}
		}
	}
	if err := history.RetirePlaces(p.Places(), source); err != nil {
		return ended, fmt.Errorf("that %s was removed can't be written for what it put where others read: %w", name, err)
	}
	if err := memory.In(p.State).Retire(name, time.Now()); err != nil {
		return ended, fmt.Errorf("that %s was removed can't be written for the sessions: %w", name, err)
	}
	return ended, hub.EndChanges(p, name)
}

func settling(name string, err error) error {
	return fmt.Errorf("what %s put where others read can't be kept: %w", name, err)
}

// endRules takes away the rules that allow something and for which over is true.
func endRules(p profile.Profile, over func(policy.Rule) bool) (ended []string, err error) {
	rules, err := policy.Open(p.Policy())
	if err != nil {
		return nil, &profile.Error{Err: err}
	}
	set, err := rules.Rules()
	if err != nil {
		return nil, &profile.Error{Err: err}
	}
	for _, rule := range set {
		if rule.Deny || !over(rule) {
			continue
		}
		if err := rules.Remove(rule.Number); err != nil {
			return ended, &profile.Error{Err: err}
		}
		ended = append(ended, rule.String())
	}
	return ended, nil
}

// Forget deletes what an app kept, and ends its history. What lies in folders that it
// was granted is the person's and stays; what is known of it ends where no other app has
// a part in the folder, and in all of its folders and hosts if everything shall end.
func Forget(p profile.Profile, name string, everything bool) error {
	r, err := hub.Apps(p)
	if err != nil {
		return &profile.Error{Err: err}
	}
	a, ok := r.Get(name)
	if !ok {
		return &profile.Error{Err: fmt.Errorf("there is no app %q; `secgpt apps list` names them", name)}
	}
	if err := hub.Settle(p, r, a); err != nil {
		return settling(name, err)
	}
	if err := empty(a.Data); err != nil {
		return fmt.Errorf("the data of %s in %s can't be deleted: %w", name, a.Data, err)
	}
	if err := memory.FactsOf(a.Dir, p.State).ForgetAll(); err != nil {
		return fmt.Errorf("what %s remembers can't be deleted: %w", name, err)
	}
	if err := hub.ForgetPlaces(p, r, a, everything); err != nil {
		return fmt.Errorf("what %s put where others read can't be ended: %w", name, err)
	}
	// Only then: an app without a history carries what it finds in its places by the record
	// of those, which leaves out what it put there itself.
	if err := history.Forget(filepath.Clean(a.Dir)); err != nil {
		return err
	}
	return hub.EndChanges(p, name)
}
