package hub

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"secgpt/apps"
	"secgpt/hub/history"
	"secgpt/hub/profile"
	"secgpt/isolate/egress"
	"secgpt/mediator/label"
)

// Shared places
//
// What an app put into a folder or at a host stays there, whatever becomes of the app. So
// before anything enters an app that may put something in a place, it is noted there
// (history.Places): the app, all that it received, and all that it may have read in other
// places. Whoever can read the place carries that, and an app that is not built in keeps
// it in its own history, since it may have copied what it read. What is noted ends with
// `apps forget`, and there only where no other app has a part in the place, or the person
// says that it shall.

// hostPlace is a host as a place; no path begins so.
const hostPlace = "host "

// puts are the places in which an app may put something.
func (k linked) puts(app apps.App) []string {
	var all []string
	for _, f := range app.Files {
		if f.Write {
			all = append(all, k.real(f.Path))
		}
	}
	return append(all, hostPlaces(app)...)
}

// hostPlaces are the hosts of an app, by their names and by the addresses that were granted.
func hostPlaces(app apps.App) []string {
	grants, err := egress.ParseGrants(app.Grants.Hosts)
	if err != nil {
		return nil // such an app is locked
	}
	var all []string
	for _, g := range grants {
		all = append(all, hostPlace+g.Host)
		for _, at := range g.Addresses {
			all = append(all, hostPlace+at.String())
		}
	}
	return all
}

// reads tells of places whether an app can read there.
func (k linked) reads(app apps.App) func(place string) bool {
	hosts := hostPlaces(app)
	return func(place string) bool {
		if strings.HasPrefix(place, hostPlace) {
			return slices.Contains(hosts, place)
		}
		return slices.ContainsFunc(app.Files, func(f apps.FileAt) bool { return k.overlap(f.Path, place) })
	}
}

// shared is the label of what others may have put where an app reads. left is what was
// noted there, and so did enter them; now is that and, whether or not they were ever called,
// all apps that could have.
func (h *Hub) shared(app apps.App) (now, left label.Label, err error) {
	now, left = label.Person(), label.Person()
	if len(app.Files) == 0 && len(app.Grants.Hosts) == 0 {
		return now, left, nil
	}
	k := linked{}
	feeds := k.feeds(app, h.apps.List())
	for _, reader := range append(feeds, app) {
		there, err := h.places.Of(label.Source(app.Name), k.reads(reader))
		if err != nil {
			return now, left, err
		}
		left = left.Join(there)
	}
	now = left
	for _, other := range feeds {
		theirs, err := h.received(other.Name).All()
		if err != nil {
			return now, left, err
		}
		now = now.Join(label.Of(label.Source(other.Name))).Join(theirs)
	}
	return now, left, nil
}

// put notes in the places of an app what it may put there from now on.
func (h *Hub) put(app apps.App) error {
	places := linked{}.puts(app)
	if len(places) == 0 {
		return nil
	}
	what, err := h.has(app)
	if err != nil {
		return err
	}
	return h.places.Note(putsOf(app, places, what)...)
}

// has is what an app may put in places: itself, what it received, and what it may have read
// in other places.
func (h *Hub) has(app apps.App) (label.Label, error) {
	what, err := h.received(app.Name).All()
	if err != nil {
		return what, err
	}
	_, left, err := h.shared(app)
	return what.Join(left).Join(label.Of(label.Source(app.Name))), err
}

func putsOf(app apps.App, places []string, what label.Label) []history.Put {
	all := make([]history.Put, len(places))
	for i, p := range places {
		all[i] = history.Put{Place: p, App: label.Source(app.Name), What: what}
	}
	return all
}

// Settle notes in the places of an app that is about to be removed or forgotten what it may
// have put there until now: what came to it from others since it was called last is known
// only as long as the app is.
func Settle(p profile.Profile, r *apps.Registry, app apps.App) error {
	h := still(p, r)
	if err := h.adopt(); err != nil {
		return err
	}
	_, err := os.Lstat(app.Data)
	ran := err == nil
	if err := h.places.Each(func(put history.Put) { ran = ran || string(put.App) == app.Name }); err != nil || !ran {
		return err
	}
	what, err := h.has(app)
	if err != nil { // which must not keep the person from removing it
		what = label.Of(label.Unknown, label.Source(app.Name))
	}
	return h.places.Note(putsOf(app, linked{}.puts(app), what)...)
}

// still is a hub that calls nothing, of what a profile remembers.
func still(p profile.Profile, r *apps.Registry) *Hub {
	return &Hub{opt: Options{Profile: p}, apps: r, history: map[string]*history.History{}, places: history.OpenPlaces(p.Places())}
}

// adopt notes what apps may have put in places before anything was noted there: those that
// have run, by their folders.
func (h *Hub) adopt() error {
	if done, err := h.places.Adopted(); done || err != nil {
		return err
	}
	ran := map[string]label.Label{}
	for _, app := range h.apps.List() {
		if _, err := os.Lstat(app.Data); err != nil || len(app.Files) == 0 && len(app.Grants.Hosts) == 0 {
			continue
		}
		what, err := h.received(app.Name).All()
		if err != nil {
			what = label.Of(label.Unknown)
		}
		ran[app.Name] = what.Join(label.Of(label.Source(app.Name)))
	}
	k := linked{}
	var all []history.Put
	for _, app := range h.apps.List() {
		what, ok := ran[app.Name]
		if !ok {
			continue
		}
		for _, other := range k.feeds(app, h.apps.List()) {
			if theirs, ok := ran[other.Name]; ok {
				what = what.Join(theirs)
			}
		}
		all = append(all, putsOf(app, k.puts(app), what)...)
	}
	return h.places.Adopt(all...)
}

// A Place is one where an app may put something, or where it reads what others have put.
// With are the other apps that have a part in it, and Gone says that apps had which were
// removed or forgotten.
type Place struct {
	Name  string // a folder, or "host NAME"
	Reads bool   // it only reads there
	With  []string
	Gone  bool
}

// Lasts reports whether what is known of the place stays when the app is forgotten.
func (p Place) Lasts() bool { return p.Gone || len(p.With) > 0 }

// PlacesOf are the places of an app.
func PlacesOf(p profile.Profile, r *apps.Registry, app apps.App) ([]Place, error) {
	k := linked{}
	var noted []history.Put
	err := history.OpenPlaces(p.Places()).Each(func(put history.Put) { noted = append(noted, put) })
	if err != nil {
		return nil, err
	}
	var all []Place
	for _, name := range k.puts(app) {
		place := Place{Name: name}
		for _, other := range r.List() {
			if other.Name != app.Name && k.reads(other)(name) {
				place.With = append(place.With, other.Name)
			}
		}
		all = append(all, place)
	}
	for _, f := range app.Files {
		if !f.Write {
			all = append(all, Place{Name: k.real(f.Path), Reads: true})
		}
	}
	for i := range all {
		place := &all[i]
		for _, put := range noted {
			by := string(put.App)
			if by == app.Name || slices.Contains(place.With, by) || !k.meet(put.Place, place.Name) {
				continue
			}
			if _, installed := r.Get(by); installed {
				place.With = append(place.With, by)
			} else {
				place.Gone = true
			}
		}
		slices.Sort(place.With)
	}
	return slices.DeleteFunc(all, func(p Place) bool { return p.Reads && !p.Lasts() }), nil
}

// meet reports whether what lies in one place can be found in the other.
func (k linked) meet(a, b string) bool {
	if a == history.Anywhere {
		return true
	}
	if strings.HasPrefix(a, hostPlace) || strings.HasPrefix(b, hostPlace) {
		return a == b
	}
	return k.overlap(a, b)
}

// ForgetPlaces ends what is known of the places of an app that is forgotten: of those that
// last only if everything shall end, and then what others put in folders below them too, and
// what nobody can read of the record. What lies where it may write is its own from then on.
func ForgetPlaces(p profile.Profile, r *apps.Registry, app apps.App, everything bool) error {
	places, err := PlacesOf(p, r, app)
	if err != nil {
		return err
	}
	var ended, own []string
	for _, place := range places {
		if !everything && place.Lasts() {
			continue
		}
		ended = append(ended, place.Name)
		if !place.Reads {
			own = append(own, place.Name)
		}
	}
	if everything {
		k := linked{}
		err = history.OpenPlaces(p.Places()).Each(func(put history.Put) {
			in := func(f apps.FileAt) bool { return filepath.IsAbs(put.Place) && k.inside(put.Place, f.Path) }
			if !slices.Contains(ended, put.Place) && (put.Place == history.Anywhere || slices.ContainsFunc(app.Files, in)) {
				ended = append(ended, put.Place)
			}
		})
		if err != nil {
			return err
		}
	}
	source := label.Source(app.Name)
	if err := history.ForgetPlaces(p.Places(), source, ended); err != nil {
		return err
	}
	return history.OpenPlaces(p.Places()).Note(putsOf(app, own, label.Of(source))...)
}
