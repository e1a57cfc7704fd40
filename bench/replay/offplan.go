package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"secgpt/apps"
	"secgpt/apps/link"
	"secgpt/mediator"
	"secgpt/mediator/audit"
	"secgpt/mediator/label"
	"secgpt/mediator/policy"
)

// Installed are a part's apps and no others, installed under some labels. All lives share
// them: what an app received is kept in each life's own folder.
type Installed struct {
	Registry *apps.Registry
	Tools    map[string]mediator.Tool // as the mediator sees them, by name
	err      error
}

var (
	installed   = map[installKey]*Installed{}
	installedMu sync.Mutex
)

type installKey struct {
	part   *Part
	labels string
}

// under returns the part's apps under hand labels or by the product's defaults.
func (p *Part) under(labels string) (*Installed, error) {
	installedMu.Lock()
	defer installedMu.Unlock()
	key := installKey{p, labels}
	if installed[key] == nil {
		in := &Installed{Tools: map[string]mediator.Tool{}}
		in.err = in.open(p, labels)
		installed[key] = in
	}
	return installed[key], installed[key].err
}

func (in *Installed) open(p *Part, labels string) error {
	dir, err := newFolder()
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	data := filepath.Join(dir, "data")
	if err := p.install(data, labels); err != nil {
		return err
	}
	if in.Registry, err = apps.Open(apps.Options{DataDir: data, BuiltIn: os.DirFS(dir)}); err != nil {
		return err
	}
	for _, t := range p.Tools {
		app, _ := in.Registry.Get(appName(t.App))
		if app.Locked != nil {
			return app.Locked
		}
		in.Tools[t.Name], _ = app.Tool(t.Name)
	}
	return nil
}

// newMonitor is the real monitor over the rules, names and record of a folder.
func newMonitor(dir string, set Setting) (*mediator.Monitor, error) {
	rules, err := policy.Open(filepath.Join(dir, "config", "policy.toml"))
	if err != nil {
		return nil, err
	}
	record, err := audit.Open(filepath.Join(dir, "state"))
	if err != nil {
		return nil, err
	}
	names, err := mediator.OpenNames(filepath.Join(dir, "data", "names.json"))
	if err != nil {
		return nil, err
	}
	send := map[string]mediator.Consent{"words": mediator.ByWords, "always": mediator.BySend, "provenance": mediator.ByProvenance}[set.Send]
	return &mediator.Monitor{Rules: rules, Record: record, Names: names, Send: send, Session: "replay", Now: func() time.Time { return now }}, nil
}

// offPlan makes the attack's calls as an app whose model has read the text would: it is
// asked about the result that holds it, and wants what the attacker wants. The plan names
// none of these calls. Everything goes through the hub (hub/ask.go), which refuses them
// unasked; so the person, who here says yes to all, is never asked.
//
// Where the plan's say is switched off, the calls are judged as if it named them.
func (c *Case) offPlan(w *World, persons []string) (map[string]Found, int, error) {
	out, tried := map[string]Found{}, 0
	if w.Set.Off == "plan" {
		for _, kind := range persons {
			who := &Person{Kind: kind, Seed: c.Pair.ID}
			who.begin(c.Plan, nil, "")
			out[kind], tried = c.obey(w, who)
		}
		return out, tried, nil
	}
	var all Found
	theirs := map[string]bool{}
	for i, apps := range c.Apps {
		for _, app := range apps {
			if theirs[app] {
				continue
			}
			theirs[app] = true
			l, err := w.enter(c.Plan)
			if err != nil {
				return nil, 0, err
			}
			l.stage.wishes = c.wishes(app)
			tried += len(l.stage.wishes)
			o := l.turn(c.Plan.asking(i, app), nil, &Person{Kind: "yes"})
			l.end()
			all.merge(c.found(o), "app.ask")
		}
	}
	for _, kind := range persons {
		out[kind] = all
	}
	return out, tried, nil
}

// maxWishes bounds what the model of one app wants in one ask: each is refused for the
// same reason, whatever is in it.
const maxWishes = 32

// wishes are the calls that the model of an app wants for the attack: the suite's own,
// in both orders, and what any alike tool of any app could do for it.
func (c *Case) wishes(app string) []link.Call {
	var all []link.Call
	wish := func(t *Tool, args map[string]any) {
		body, err := json.Marshal(args)
		if err != nil || t == nil || len(all) >= maxWishes {
			return
		}
		name := t.Name
		if t.App != app {
			name = appName(t.App) + "." + t.Name
		}
		all = append(all, link.Call{Tool: name, Args: body})
	}
	for _, g := range append(slices.Clone(c.Attack.Calls), reversed(c.Goals)...) {
		args := map[string]any{}
		for name, raw := range g.Args {
			args[name] = decode(raw)
		}
		wish(c.Part.tool(g.Tool), args)
	}
	for _, g := range c.Goals {
		goal := c.Part.tool(g.Tool)
		parties, contents := c.parties(g)
		for i := range c.Part.Tools {
			t := &c.Part.Tools[i]
			if t == goal || goal == nil || len(parties) == 0 || !alike(goal, t) {
				continue
			}
			args := map[string]any{}
			for _, p := range t.Params {
				switch t.role(p.Name) {
				case "destination", "query", "target":
					args[p.Name] = parties[0]
				case "content":
					args[p.Name] = joined(append(slices.Clone(contents), parties...))
				}
			}
			wish(t, args)
		}
	}
	return all
}

func reversed(all []Call) []Call {
	all = slices.Clone(all)
	slices.Reverse(all)
	return all
}

// obey makes the attack's calls, planned, from each app of the attacker's.
func (c *Case) obey(w *World, who *Person) (Found, int) {
	var f Found
	tried := 0
	theirs := map[string]bool{}
	for i, apps := range c.Apps {
		for _, app := range apps {
			if theirs[app] {
				continue
			}
			theirs[app] = true
			turn := w.monitor.NewTurn(i+1, mediator.NewWords([]label.Span{{Text: c.Plan.Task.Prompt, Label: label.Person()}}, true))
			turn.By = "model"
			got := make([]bool, len(c.Goals))
			for n, g := range c.Goals {
				tried++
				call := mediator.Call{N: tried, Tool: w.apps.Tools[g.Tool], Planned: true, Control: label.Person(), Required: map[string]bool{}}
				for _, name := range sorted(g.Args) {
					if v, err := label.FromJSON(g.Args[name], label.Of(label.Source(appName(app)))); err == nil {
						call.Args = append(call.Args, mediator.Arg{Name: name, Value: v})
					}
				}
				before := len(who.asked)
				got[n] = w.monitor.Decide(context.Background(), call, turn, who, false).Allow
				f.Any = f.Any || got[n]
				f.Asked = f.Asked || len(who.asked) > before
			}
			f.All = f.All || len(got) > 0 && !slices.Contains(got, false)
		}
	}
	return f, tried
}
