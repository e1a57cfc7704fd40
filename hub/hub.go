// Package hub makes a turn: from the person's words to the answer.
//
// A request becomes a plan (an intent's, the planner's or the person's own), the
// plan's calls become questions to the mediator, what may go goes to the app's
// room, and what comes back is labelled before anything looks at it. The hub
// tells what happens as Events and asks through Person; it knows no screen.
//
// Read turn.go first, then run.go, which is the plan's only way to an app.
package hub

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"secgpt/apps"
	"secgpt/hub/history"
	"secgpt/hub/intent"
	"secgpt/hub/memory"
	"secgpt/hub/model"
	"secgpt/hub/pick"
	"secgpt/hub/plan"
	"secgpt/hub/profile"
	"secgpt/hub/rooms"
	"secgpt/isolate"
	"secgpt/isolate/egress"
	"secgpt/mediator"
	"secgpt/mediator/audit"
	"secgpt/mediator/label"
	"secgpt/mediator/policy"
)

// Options say how a hub is opened.
type Options struct {
	Profile profile.Profile
	Model   string // --model, or ""
	DryRun  bool
	Private bool
	NoRules bool // --approve deny: not even rules allow
	// NoIntents gives every request to the planner (bench/requests).
	NoIntents bool
	// Resume is the id of a session to go on with, the beginning of one, or "last"; "" begins
	// a new one.
	Resume string
	Now    func() time.Time

	// Rooms, Thinker and Apps are for recorded calls (bench/replay): nil is the rooms of
	// this computer, the model that Model names, and the apps of the profile. None has a
	// say in what is allowed.
	Rooms   Rooms
	Thinker model.Model
	Apps    *apps.Registry
}

// Rooms carry out calls that were allowed; rooms.Pool is the real one.
type Rooms interface {
	// Call sends args, one JSON object, to one tool of an app, and waits for the reply.
	Call(ctx context.Context, app apps.App, tool string, args json.RawMessage) (rooms.Reply, error)
	// Close ends all rooms and returns when they are gone.
	Close()
}

// warmRooms is how many rooms are kept begun: most plans start one app or none.
const warmRooms = 1

// A Hub runs one conversation. One turn runs at a time.
type Hub struct {
	opt     Options
	session string
	apps    *apps.Registry
	pool    Rooms
	monitor *mediator.Monitor
	record  *audit.Log
	intents intent.Set
	undo    *undoList

	mu       sync.Mutex // held for a turn
	turn     int
	vars     plan.Vars
	past     []model.Turn    // what the planner may know: words and plans, never contents
	memory   *memory.Session // nil if nothing is kept
	unkept   string          // why the last turn was not kept; "" if it was
	revealed label.Label     // of all that the person let the planner see
	shaped   label.Label     // of the apps, not built in, whose words the planner read
	picker   *pick.Index     // over pickable; nil until a model was first asked
	pickable []toolAt
	chosen   []chosen // among apps that do the same

	models models

	look      sync.Mutex // guards what follows, which other goroutines read
	calls     int
	history   map[string]*history.History
	places    *history.Places
	status    Status
	decided   []told
	unwritten string          // why the record could not be written when last tried; "" if it could
	kept      map[int]arrival // by the call's number
	brought   []arrival       // of those the first of each step and label
	earlier   Earlier
	asks      []memory.Ask // the last ones
}

// Open reads what a conversation needs. It starts no room and loads no model.
func Open(o Options) (*Hub, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	id := make([]byte, 6)
	if _, err := rand.Read(id); err != nil {
		return nil, err
	}
	h := &Hub{opt: o, session: hex.EncodeToString(id), revealed: label.Person(), shaped: label.Person(), models: models{found: map[string]model.Model{}}, history: map[string]*history.History{}, kept: map[int]arrival{}}
	if err := h.openSession(); err != nil { // before the apps: a session counts those that were removed until now
		return nil, err
	}
	opened := false
	defer func() {
		if !opened && h.memory != nil {
			h.memory.Close()
		}
	}()
	settings := o.Profile.Settings()
	var err error
	if h.apps = o.Apps; h.apps == nil {
		if h.apps, err = Apps(o.Profile); err != nil {
			return nil, &profile.Error{Err: err}
		}
	}
	h.places = history.OpenPlaces(o.Profile.Places())
	if err := h.adopt(); err != nil {
		return nil, &profile.Error{Err: fmt.Errorf("what apps put where others read can't be kept: %w", err)}
	}
	if h.intents, err = h.phrases(settings); err != nil {
		return nil, &profile.Error{Err: err}
	}
	rules, err := policy.Open(o.Profile.Policy())
	if err != nil {
		return nil, &profile.Error{Err: err}
	}
	if _, err := rules.Rules(); err != nil {
		return nil, &profile.Error{Err: err}
	}
	if h.record, err = audit.Open(o.Profile.State); err != nil {
		return nil, fmt.Errorf("the record in %s can't be opened: %w", o.Profile.State, err)
	}
	namesFile := o.Profile.Names()
	if o.Private {
		namesFile = ""
	}
	names, err := mediator.OpenNames(namesFile)
	if err != nil {
		return nil, &profile.Error{Err: err}
	}
	h.monitor = &mediator.Monitor{
		Rules: rules, Record: h.record, Names: names, Send: settings.Send(),
		Session: h.session, NoRules: o.NoRules, Private: o.Private, Now: o.Now,
	}
	h.undo = &undoList{path: o.Profile.Undo(), keep: !o.Private}
	if h.pool = o.Rooms; h.pool == nil {
		h.pool = rooms.New(rooms.Options{
			Registry: h.apps, Private: o.Profile.Kept(), Warm: warmRooms,
			Connected: h.connected})
	}
	h.status = h.firstStatus()
	opened = true
	return h, nil
}

// Apps opens the apps of a profile.
func Apps(p profile.Profile) (*apps.Registry, error) {
	folders := map[string]string{}
	for name, a := range p.Settings().Apps {
		folders[name] = a.Folder
	}
	r, err := apps.Open(apps.Options{DataDir: p.Data, Folders: folders, Hosts: func(texts []string) error {
		_, err := egress.ParseGrants(texts)
		return err
	}})
	if err != nil {
		return nil, err
	}
	for name := range folders {
		if _, ok := r.Get(name); !ok {
			return nil, fmt.Errorf("%s/config.toml: [apps.%s]: there is no app of that name", p.Config, name)
		}
	}
	return r, nil
}

// phrases collects the intents of the hub, of the person and of the apps.
func (h *Hub) phrases(c profile.Config) (intent.Set, error) {
	all, err := intent.Ours()
	if err != nil {
		return nil, err
	}
	theirs, err := intent.Compile(c.Intents, "config", 1)
	if err != nil {
		return nil, fmt.Errorf("config.toml: %w", err)
	}
	all = append(all, theirs...)
	for _, a := range h.apps.List() {
		if a.Locked != nil || !a.BuiltIn {
			continue
		}
		for _, in := range a.Intents {
			var params []intent.Param
			for _, p := range a.Params(in.Tool) {
				params = append(params, intent.Param{Name: p.Name, Type: p.Type})
			}
			set, err := intent.Compile([]intent.Raw{{
				Say: []string{in.Say}, Plan: intent.Tool(a.Name, in.Tool, in.Args, params),
			}}, a.Name, 1)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", a.Name, err)
			}
			all = append(all, set...)
		}
	}
	return all, nil
}

// Close ends every room and waits for them, and lets go of the session.
func (h *Hub) Close() error {
	h.pool.Close()
	if h.memory == nil {
		return nil
	}
	return h.memory.Close()
}

// Status is what the chat's frame says.
func (h *Hub) Status() Status {
	h.look.Lock()
	defer h.look.Unlock()
	return h.status
}

func (h *Hub) firstStatus() Status {
	s := Status{
		Profile: h.opt.Profile.Name, Apps: len(h.apps.List()), Model: noModel,
		Rooms: "rooms: trying one",
	}
	if h.opt.Profile.Demo {
		s.Made = h.opt.Profile.Made + ", made for this demo. Nothing of yours is read."
		s.Suggestions = []string{
			"what's on my calendar tomorrow",
			"add the invitation from Bob to my calendar",
			"read the last mail from Mallory",
		}
	}
	return s
}

// Try starts one empty room and looks whether a model answers, and returns the
// status with what it found.
func (h *Hub) Try(ctx context.Context) Status {
	_, err := isolate.Try(ctx)
	found, _, lacks := h.find(ctx, h.specs(profile.Planner))
	h.look.Lock()
	defer h.look.Unlock()
	h.status.Rooms = "rooms: all layers"
	if err != nil {
		h.status.Rooms, h.status.RoomHint = "no rooms: no app can run", err.Error()
		if layer := (*isolate.LayerError)(nil); errors.As(err, &layer) {
			h.status.RoomHint = noRoom(layer)
		}
	}
	if found != nil {
		h.status.Model = found.Name()
		if host, far := model.Elsewhere(found); far {
			h.status.Model += " on " + host
		}
	} else if lacks != nil {
		h.status.ModelHint = lacks.Error()
	}
	return h.status
}

// noRoom says which layer of a room can't be had, and what to do about it.
func noRoom(e *isolate.LayerError) string {
	s := fmt.Sprintf("the %s of a room can't be had here (%s: %v)", e.Layer, e.Op, e.Err)
	if e.Remedy != "" {
		s += ". To mend it: " + e.Remedy
	}
	return s
}

// received is the history of an app.
func (h *Hub) received(app string) *history.History {
	h.look.Lock()
	defer h.look.Unlock()
	if h.history[app] == nil {
		// Kept in a private session too: it holds no value, and what was written into
		// the app stays there, and must keep its sources.
		h.history[app] = history.Open(h.opt.Profile.App(app))
	}
	return h.history[app]
}

// nextCall numbers a call.
func (h *Hub) nextCall() int {
	h.look.Lock()
	defer h.look.Unlock()
	h.calls++
	return h.calls
}
