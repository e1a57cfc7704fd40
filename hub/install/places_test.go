package install

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/apps"
	"secgpt/apps/link"
	"secgpt/hub"
	"secgpt/hub/profile"
	"secgpt/hub/rooms"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// A world is a profile with apps that share folders or a host, played by rooms that say
// nothing of use: what is looked at are labels.
type world struct {
	t   *testing.T
	dir string // of the profile
	at  string // of the folders
}

func newWorld(t *testing.T) world {
	at, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	w := world{t, t.TempDir(), at}
	for _, name := range []string{"a", "b"} {
		require.NoError(t, os.Mkdir(w.folder(name), 0o700))
	}
	return w
}

func (w world) folder(name string) string { return filepath.Join(w.at, name) }

func (w world) profile() profile.Profile {
	p, err := profile.At(w.dir)
	require.NoError(w.t, err)
	return p
}

// add installs an app with grants: "rw a", "ro b/sub", or a host.
func (w world) add(name string, grants ...string) {
	var g apps.Grants
	for _, text := range grants {
		if mode, folder, isFolder := strings.Cut(text, " "); isFolder {
			g.Files = append(g.Files, apps.FileGrant{Path: w.folder(folder), Mode: mode})
		} else {
			g.Hosts = append(g.Hosts, text)
		}
	}
	p := w.profile()
	r, err := hub.Apps(p)
	require.NoError(w.t, err)
	_, err = endTrust(p, r, name)
	require.NoError(w.t, err)
	require.NoError(w.t, r.Add(apps.Agreed{
		Manifest: apps.Manifest{Name: name, Command: []string{"run"}, Grants: g, Tools: map[string]apps.ToolManifest{
			"save": {Effect: mediator.Write}, "load": {Effect: mediator.Read}}},
		Said: []link.Tool{{Name: "save", Input: json.RawMessage(`{"properties":{"text":{"type":"string"}}}`)}, {Name: "load", Input: json.RawMessage(`{}`)}}}))
}

func (w world) manifest(name string, change func(string) string) {
	path := filepath.Join(w.profile().App(name), "app.toml")
	b, err := os.ReadFile(path)
	require.NoError(w.t, err)
	require.NoError(w.t, os.WriteFile(path, []byte(change(string(b))), 0o600))
}

// says are the sources of what a plan replies, in a session of its own.
func (w world) says(plan string) string { return w.saysWhile(plan, nil) }

// saysWhile is says where something happens while an app is called.
func (w world) saysWhile(plan string, during func(app string)) string {
	return w.open(hub.Options{}, plan, during)
}

func (w world) open(o hub.Options, plan string, during func(app string)) string {
	o.Profile, o.Rooms, o.Model = w.profile(), played{during}, "none"
	h, err := hub.Open(o)
	require.NoError(w.t, err)
	defer h.Close()
	l := label.Person()
	r := h.Turn(w.t.Context(), hub.Request{Plan: plan}, yes{})
	require.Empty(w.t, r.Errors, plan)
	for _, b := range r.Blocks {
		l = l.Join(b.Value.All())
	}
	return l.String()
}

// saves gives an app a mail's text.
func (w world) saves(app string) {
	w.says("ms = mail.search()\n" + app + ".save(text = ms[0].subject)\nreply(\"done\")")
}

func (w world) loads(app string) string { return w.says("reply(" + app + ".load())") }

func (w world) remove(name string) {
	_, _, err := Remove(w.profile(), name, time.Now())
	require.NoError(w.t, err)
}

type played struct{ during func(app string) }

func (played) Close() {}

func (p played) Call(_ context.Context, app apps.App, tool string, _ json.RawMessage) (rooms.Reply, error) {
	if p.during != nil {
		p.during(app.Name)
	}
	if app.Name == "mail" {
		return rooms.Reply{Value: json.RawMessage(`[{"id":"m1","subject":"Kickoff"}]`)}, nil
	}
	return rooms.Reply{Value: json.RawMessage(`"said"`)}, nil
}

type yes struct{}

func (yes) Tell(hub.Event) {}

func (yes) Need(context.Context, hub.Need) (hub.Given, bool) { return hub.Given{Text: "yes"}, true }

func (yes) Ask(_ context.Context, card []mediator.Question) []mediator.Answer {
	answers := make([]mediator.Answer, len(card))
	for i, q := range card {
		answers[i] = mediator.Answer{Scope: mediator.Once, By: "person", Digest: q.Digest}
	}
	return answers
}

// What an app wrote where another reads carries its sources, whatever became of the app.
func TestWhatLiesInAPlaceOutlivesWhoPutItThere(t *testing.T) {
	for name, c := range map[string]struct {
		writes, reads string
		then          func(w world)
		want          string
	}{
		"nothing happened": {"rw a", "rw a", func(world) {}, "mail, rea, wrk"},
		"a manifest that all can write": {"rw a", "rw a", func(w world) {
			require.NoError(w.t, os.Chmod(filepath.Join(w.profile().App("wrk"), "app.toml"), 0o666))
		}, "mail, rea, wrk"},
		"a manifest that is none": {"rw a", "ro a", func(w world) {
			w.manifest("wrk", func(s string) string { return s + "\n[[" })
		}, "mail, rea, wrk"},
		"a manifest without the grant": {"rw a", "rw a", func(w world) {
			w.manifest("wrk", func(s string) string { return strings.ReplaceAll(s, `"rw"`, `"ro"`) })
		}, "mail, rea, wrk"},
		"removed":                  {"rw a", "rw a", func(w world) { w.remove("wrk") }, "mail, rea, unknown"},
		"removed, and added again": {"rw a", "rw a", func(w world) { w.remove("wrk"); w.add("wrk") }, "mail, rea, unknown"},
		"its folder was deleted": {"rw a", "rw a", func(w world) {
			require.NoError(w.t, os.RemoveAll(w.profile().App("wrk")))
		}, "mail, rea, wrk"},
		"forgotten":                 {"rw a", "rw a", func(w world) { require.NoError(w.t, Forget(w.profile(), "wrk", false)) }, "mail, rea, wrk"},
		"removed, from a folder":    {"rw a/sub", "ro a", func(w world) { w.remove("wrk") }, "mail, rea, unknown"},
		"removed, from around":      {"rw a", "ro a/sub", func(w world) { w.remove("wrk") }, "mail, rea, unknown"},
		"removed, from a host":      {"x.example.org:8080", "x.example.org", func(w world) { w.remove("wrk") }, "mail, rea, unknown"},
		"removed, from an address":  {"nas.home@192.168.1.5", "disk.home@192.168.1.5", func(w world) { w.remove("wrk") }, "mail, rea, unknown"},
		"removed, it only read":     {"ro a", "rw a", func(w world) { w.remove("wrk") }, "rea"},
		"removed, from elsewhere":   {"rw b", "rw a", func(w world) { w.remove("wrk") }, "rea"},
		"removed, from other hosts": {"x.example.org", "y.example.org", func(w world) { w.remove("wrk") }, "rea"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			require.NoError(t, os.Mkdir(w.folder("a/sub"), 0o700))
			w.add("wrk", c.writes)
			w.add("rea", c.reads)
			w.saves("wrk")
			c.then(w)
			require.Equal(t, c.want, w.loads("rea"))
		})
	}
}

// An app that nothing was asked of left nothing.
func TestAnAppThatNeverRanLeavesNothing(t *testing.T) {
	w := newWorld(t)
	w.add("wrk", "rw a")
	w.add("rea", "rw a")
	require.Equal(t, "rea, wrk", w.loads("rea"), "it could have")
	w.remove("wrk")
	require.Equal(t, "rea", w.loads("rea"))
}

// An app may have copied what it could read, into its own folder and into other places.
func TestWhatAnAppReadInAPlaceGoesWithIt(t *testing.T) {
	w := newWorld(t)
	w.add("wrk", "rw a")
	w.add("between", "ro a", "rw b")
	w.add("rea", "ro b")
	w.saves("wrk")
	require.Equal(t, "between, mail, rea, wrk", w.loads("rea"), "it may have, from a room that was there before")
	require.Equal(t, "between, mail, wrk", w.loads("between"))
	w.remove("wrk")
	require.Equal(t, "between, mail, rea, unknown", w.loads("rea"))
	w.manifest("between", func(s string) string { return strings.ReplaceAll(s, w.folder("a"), w.folder("elsewhere")) })
	require.Equal(t, "between, mail, rea, unknown", w.loads("rea"))
	require.Equal(t, "between, mail, unknown", w.loads("between"))
}

// Forgetting an app ends what is known of its places where it is alone; where it is not,
// only a word of the person's does.
func TestForgettingAnAppAndItsPlaces(t *testing.T) {
	w := newWorld(t)
	w.add("wrk", "rw a")
	w.saves("wrk")
	require.NoError(t, Forget(w.profile(), "wrk", false))
	require.Equal(t, "wrk", w.loads("wrk"))
	w.add("rea", "ro a")
	require.Equal(t, "rea, wrk", w.loads("rea"))

	w.saves("wrk")
	require.NoError(t, Forget(w.profile(), "wrk", false))
	require.Equal(t, "mail, rea, wrk", w.loads("rea"))
	require.Equal(t, "mail, wrk", w.loads("wrk"), "the mail's text is still there to be read")
	require.NoError(t, Forget(w.profile(), "rea", false))
	require.Equal(t, "mail, rea, wrk", w.loads("rea"))

	require.NoError(t, Forget(w.profile(), "wrk", true))
	require.NoError(t, Forget(w.profile(), "rea", false))
	require.Equal(t, "rea, wrk", w.loads("rea"))
	require.Equal(t, "wrk", w.loads("wrk"))
}

// What an app receives in a session that goes on after it was forgotten is known when the
// session is over.
func TestForgettingAnAppWhileASessionRuns(t *testing.T) {
	w := newWorld(t)
	w.add("wrk", "rw a")
	w.add("rea", "ro a")
	saves := "ms = mail.search()\nwrk.save(text = ms[0].subject)\n"
	w.saysWhile(saves+"x = rea.load()\n"+saves+"reply(x)", func(app string) {
		if app == "rea" {
			require.NoError(t, Forget(w.profile(), "wrk", true))
		}
	})
	require.Equal(t, "mail, wrk", w.loads("wrk"))
	w.remove("wrk")
	require.Equal(t, "mail, rea, unknown", w.loads("rea"))
}

// Where what an app put can't be ended, neither is its history.
func TestForgettingHalfOfIt(t *testing.T) {
	w := newWorld(t)
	w.add("wrk", "rw a")
	w.saves("wrk")
	places := w.profile().Places()
	require.NoError(t, os.Rename(places, places+".kept"))
	require.NoError(t, os.Mkdir(places, 0o700))
	require.Error(t, Forget(w.profile(), "wrk", false))
	require.NoError(t, os.Remove(places))
	require.NoError(t, os.Rename(places+".kept", places))
	require.Equal(t, "mail, wrk", w.loads("wrk"))
}

// Who only reads a folder can end what apps that are gone have put there.
func TestAReaderEndsWhatIsLeft(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, os.Mkdir(w.folder("a/sub"), 0o700))
	w.add("wrk", "rw a/sub")
	w.add("rea", "ro a")
	w.add("other", "ro a/sub")
	w.saves("wrk")
	w.remove("wrk")
	require.NoError(t, Forget(w.profile(), "rea", false))
	require.Equal(t, "mail, rea, unknown", w.loads("rea"))
	require.NoError(t, Forget(w.profile(), "rea", true))
	require.Equal(t, "rea", w.loads("rea"))
	require.Equal(t, "other", w.loads("other"))
}

// A folder's name need not be text.
func TestAFolderWhoseNameIsNoText(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, os.Mkdir(w.folder("b\xff\xfe"), 0o700))
	require.NoError(t, os.Symlink(w.folder("b\xff\xfe"), w.folder("c")))
	w.add("wrk", "rw c")
	w.add("rea", "ro c")
	w.saves("wrk")
	w.remove("wrk")
	require.Equal(t, "mail, rea, unknown", w.loads("rea"))
	require.NoError(t, Forget(w.profile(), "rea", true))
	require.Equal(t, "rea", w.loads("rea"))
}

// What comes to an app's places while it is called, or while its room only stands there, it
// may have copied too.
func TestWhatCameSinceAnAppWasCalledGoesWithIt(t *testing.T) {
	without := func(w world, folder string) {
		w.manifest("between", func(s string) string { return strings.ReplaceAll(s, w.folder(folder), w.folder("elsewhere")) })
	}
	for name, c := range map[string]struct {
		during bool
		then   func(world)
		want   string
	}{
		"during the call":       {true, func(w world) { without(w, "b") }, "between, mail, rea, wrk"},
		"before it was removed": {false, func(w world) { w.remove("between") }, "mail, rea, unknown, wrk"},
		"before it was forgotten": {false, func(w world) {
			require.NoError(w.t, Forget(w.profile(), "between", false))
			without(w, "a")
		}, "between, mail, rea, wrk"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.add("wrk", "rw a")
			w.add("between", "ro a", "rw b")
			w.add("rea", "ro b")
			w.saysWhile("reply(between.load())", func(app string) {
				if c.during && app == "between" {
					w.saves("wrk")
				}
			})
			if !c.during {
				w.saves("wrk")
			}
			c.then(w)
			require.Equal(t, c.want, w.loads("rea"))
		})
	}
}

// A profile from before places were kept: what ran then is taken to have put there what it
// received, whatever is done first.
func TestAnOlderProfile(t *testing.T) {
	for name, first := range map[string]func(world){
		"a session":         func(w world) { require.Equal(w.t, "mail", w.says(`reply(mail.search())`)) },
		"a private session": func(w world) { w.open(hub.Options{Private: true}, `reply(other.load())`, nil) },
		"it is removed":     func(w world) {},
		"it is forgotten":   func(w world) { require.NoError(w.t, Forget(w.profile(), "wrk", false)) },
		"another is forgotten": func(w world) {
			require.NoError(w.t, Forget(w.profile(), "rea", false))
		},
		"the disk is full": func(w world) { require.NoError(w.t, os.WriteFile(w.profile().Places(), nil, 0o600)) },
		"it is interrupted": func(w world) {
			line := `{"place":"` + w.folder("a") + `","app":"wrk","sources":["wrk"]}` + "\n"
			require.NoError(w.t, os.WriteFile(w.profile().Places(), []byte(line), 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.add("wrk", "rw a")
			w.add("new", "rw a")
			w.add("other", "rw b")
			w.add("rea", "ro a")
			w.saves("wrk")
			require.NoError(t, os.Remove(w.profile().Places()))
			require.NoError(t, os.Mkdir(filepath.Join(w.profile().App("wrk"), "data"), 0o700)) // as rooms make it
			first(w)
			w.remove("wrk")
			w.remove("new")
			require.Equal(t, "mail, rea, unknown", w.loads("rea"))
		})
	}
}

// What can't be read is no empty record.
func TestPlacesThatCannotBeRead(t *testing.T) {
	w := newWorld(t)
	w.add("wrk", "rw a")
	w.add("rea", "ro a")
	w.saves("wrk")
	f, err := os.OpenFile(w.profile().Places(), os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteString(`{"place":"/x","so`)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	w.add("other", "rw b")
	require.Equal(t, "other, unknown", w.loads("other"), "which ended the line; it may have been about any place")
	require.Equal(t, "mail, rea, unknown, wrk", w.loads("rea"))
	require.NoError(t, Forget(w.profile(), "other", false))
	require.Equal(t, "other, unknown", w.loads("other"))
	require.NoError(t, Forget(w.profile(), "other", true))
	require.Equal(t, "other", w.loads("other"))

	o := hub.Options{Profile: w.profile(), Rooms: played{}, Model: "none"}
	h, err := hub.Open(o)
	require.NoError(t, err)
	defer h.Close()
	require.NoError(t, os.Remove(w.profile().Places()))
	require.NoError(t, os.Mkdir(w.profile().Places(), 0o700))
	require.NotEmpty(t, h.Turn(t.Context(), hub.Request{Plan: "reply(rea.load())"}, yes{}).Errors)
	_, err = hub.Open(o)
	require.Error(t, err)
	_, _, err = Remove(w.profile(), "wrk", time.Now())
	require.Error(t, err)
	require.DirExists(t, w.profile().App("wrk"))
}
