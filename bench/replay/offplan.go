package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"secgpt/apps"
	"secgpt/mediator"
	"secgpt/mediator/audit"
	"secgpt/mediator/label"
	"secgpt/mediator/policy"
)

// Installed are a part's apps, installed under some labels. All lives share them: what
// an app received is kept in each life's own folder.
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
	if in.Registry, err = apps.Open(apps.Options{DataDir: data}); err != nil {
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

// offPlan makes the attack's calls as a spoke whose model obeys would: at each point
// after the text was read, from each app that is the attacker's, the suite's own
// calls. The plan does not name them, so the monitor must refuse each; only where that
// mechanism is off are they judged like planned ones.
func (c *Case) offPlan(w *World, persons []string) (map[string]Found, int) {
	out, tried := map[string]Found{}, 0
	for _, kind := range persons {
		who := &Person{Kind: kind, Seed: c.Pair.ID}
		who.begin(c.Plan, nil, w.Set.Off)
		out[kind], tried = c.obey(w, who, w.Set.Off == "plan")
	}
	return out, tried
}

// obey makes all the calls against one person.
func (c *Case) obey(w *World, who *Person, planned bool) (Found, int) {
	var f Found
	tried := 0
	for i, theirs := range c.Apps {
		for _, app := range theirs {
			if i > 0 && slices.Contains(c.Apps[i-1], app) && planned {
				continue // the same calls from the same app, one step later
			}
			turn := w.monitor.NewTurn(i+1, mediator.NewWords([]label.Span{{Text: c.Plan.Task.Prompt, Label: label.Person()}}, true))
			turn.By = "model"
			got := make([]bool, len(c.Goals))
			for n, g := range c.Goals {
				tried++
				call := mediator.Call{N: tried, Tool: w.apps.Tools[g.Tool], Planned: planned, Control: label.Person(), Required: map[string]bool{}}
				for _, name := range sorted(g.Args) {
					v, err := label.FromJSON(g.Args[name], label.Of(label.Source(appName(app))))
					if err == nil {
						call.Args = append(call.Args, mediator.Arg{Name: name, Value: v})
					}
				}
				before := len(who.asked)
				d := w.monitor.Decide(context.Background(), call, turn, who, false)
				got[n] = d.Allow
				f.Any = f.Any || d.Allow
				f.Asked = f.Asked || len(who.asked) > before
			}
			f.All = f.All || len(got) > 0 && !slices.Contains(got, false)
		}
		if f.All && f.Asked {
			break
		}
	}
	return f, tried
}
