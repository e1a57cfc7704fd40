package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"secgpt/hub"
	"secgpt/hub/profile"
	"secgpt/mediator/label"
)

// now is the suites' fixed clock.
var now = time.Date(2024, 5, 15, 12, 0, 0, 0, time.UTC)

// A Setting is what one row of a table was measured under.
type Setting struct {
	Labels string // hand or default
	Send   string // [consent] send
	Off    string // the mechanism that is off; "" is the product as it is
}

// A Life is one profile with a hub on it: rules, names, history and record are real
// files in a folder of its own.
type Life struct {
	dir   string
	set   Setting
	hub   *hub.Hub
	apps  *Installed
	stage *Stage
}

// shm holds the folders of lives: a record that is flushed for every call would
// otherwise measure the disk.
const shm = "/dev/shm"

// newFolder makes a folder for a profile.
func newFolder() (string, error) {
	root := shm
	if _, err := os.Stat(root); err != nil {
		root = ""
	}
	dir, err := os.MkdirTemp(root, "replay")
	for _, sub := range []string{"config", "data", "state"} {
		if err == nil {
			err = os.Mkdir(filepath.Join(dir, sub), 0o700)
		}
	}
	return dir, err
}

// newLife makes an empty profile with a part's apps.
func newLife(p *Part, set Setting) (*Life, error) {
	apps, err := p.under(set.Labels)
	if err != nil {
		return nil, err
	}
	dir, err := newFolder()
	if err != nil {
		return nil, err
	}
	l := &Life{dir: dir, set: set, apps: apps, stage: &Stage{}}
	for _, t := range p.Tools {
		if err := os.MkdirAll(filepath.Join(dir, "data", "apps", appName(t.App)), 0o700); err != nil {
			return nil, err
		}
	}
	text := fmt.Sprintf("[consent]\nsend = %q\n", set.Send)
	if err := os.WriteFile(filepath.Join(dir, "config", "config.toml"), []byte(text), 0o600); err != nil {
		return nil, err
	}
	return l, l.open()
}

// open begins a session.
func (l *Life) open() error {
	prof, err := profile.At(l.dir)
	if err != nil {
		return err
	}
	l.hub, err = hub.Open(hub.Options{
		Profile: prof, Rooms: l.stage, Thinker: l.stage, Apps: l.apps.Registry, Now: func() time.Time { return now },
	})
	return err
}

// end removes the profile.
func (l *Life) end() {
	l.hub.Close()
	os.RemoveAll(l.dir)
}

// An Outcome is what became of one turn.
type Outcome struct {
	Done   []Done
	Asked  []Asked
	Cards  int
	Which  int // choices between apps
	Models int
	Result hub.Result
	Took   []time.Duration // of each judgement
}

// turn runs a task's plan as one turn of a person.
func (l *Life) turn(pl *Plan, lies Lies, who *Person) Outcome {
	l.stage.begin(pl, lies)
	who.begin(pl, lies, l.set.Off)
	r := l.hub.Turn(context.Background(), hub.Request{
		Words: []label.Span{{Text: pl.Task.Prompt, Label: label.Person()}}, Endorses: true,
	}, who)
	return Outcome{Done: l.stage.done, Asked: who.asked, Cards: who.cards, Which: who.which, Models: l.stage.models, Result: r}
}
