package rooms

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/apps"
	"secgpt/isolate"
	"secgpt/isolate/roomtest"
)

func isolated(o Options) Options {
	o.Starter, o.Self = Isolated, isolate.SelfPath
	return o
}

// The same servers, in real rooms.
func TestInARealRoom(t *testing.T) {
	roomtest.Need(t)
	t.Run("answers", func(t *testing.T) {
		p := newPool(t, isolated(Options{}), "precise")
		p.echo(t, "precise")
		r, err := p.try(t, "precise", "misbehave", `{}`)
		require.NoError(t, err)
		require.Equal(t, `{"zebra":9007199254740993,"apple":"<b>\ud83d\ude00</b>"}`, string(r.Value))
	})
	for app, want := range map[string]struct {
		kind  Kind
		words string
	}{
		"mortal": {Died, "exit status 7"},
		"wedged": {Hung, "did not answer misbehave within 2s"},
		"flood":  {Flood, "a line of more than 4194304 bytes"},
		"babble": {Garbage, "lines that were not JSON"},
	} {
		t.Run(app, func(t *testing.T) {
			p := newPool(t, isolated(Options{CallLimit: 2 * time.Second}), app)
			_, err := p.try(t, app, "misbehave", `{}`)
			requireKind(t, err, want.kind, want.words)
			eventually(t, "it is gone", func() bool { return len(processes(app)) == 0 })
			p.echo(t, app)
		})
	}
	t.Run("died at the start", func(t *testing.T) {
		p := newPool(t, isolated(Options{}), "deadborn")
		_, err := p.try(t, "deadborn", "echo", `{}`)
		requireKind(t, err, Died, "exit status 3")
	})
}

// A child that an app sets loose ends with its room.
func TestOrphansEndWithTheRoom(t *testing.T) {
	roomtest.Need(t)
	p := newPool(t, isolated(Options{}), "orphans")
	r, err := p.try(t, "orphans", "misbehave", `{}`)
	require.NoError(t, err)
	require.JSONEq(t, `{"started":true}`, string(r.Value))
	p.echo(t, "orphans")
	require.Len(t, withArgument(looseArgument), 1, "what it set loose runs")
	p.Close()
	require.Empty(t, withArgument(looseArgument))
	require.Empty(t, processes("orphans"))
}

func TestAMissingFolderIsNamed(t *testing.T) {
	p := newPool(t, Options{}, "precise")
	app := p.app(t, "precise")
	app.Files = append(app.Files, apps.FileAt{Path: "/nowhere/Mail", At: apps.Folder})
	_, err := p.Call(context.Background(), app, "echo", json.RawMessage(`{}`))
	requireKind(t, err, RoomError, "/nowhere/Mail, which it was granted, does not exist")
}

// No grant leads to the data of another app, nor to what else is kept from apps.
func TestWhatSecgptKeepsIsNotGranted(t *testing.T) {
	private, linked := t.TempDir(), filepath.Join(t.TempDir(), "config")
	require.NoError(t, os.Symlink(private, linked))
	p := newPool(t, Options{Private: []string{linked}}, "precise", "text")
	p.o.Starter = nil // a start would panic
	app := p.app(t, "precise")
	store := filepath.Dir(app.Dir)
	for _, path := range []string{p.app(t, "text").Data, app.Dir, store, filepath.Dir(store), private, filepath.Join(private, "policy.toml"), filepath.Dir(private)} {
		app.Files = []apps.FileAt{{Path: path, At: apps.Folder}}
		_, err := p.Call(context.Background(), app, "echo", json.RawMessage(`{}`))
		requireKind(t, err, RoomError, "would show it what secgpt keeps")
	}
}

// What nobody could mean is refused, whoever wrote it: also where what is kept lies elsewhere.
func TestWhatIsTooWideIsNotGranted(t *testing.T) {
	home, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	t.Setenv("HOME", home)
	p := newPool(t, Options{}, "precise")
	p.o.Starter = nil // a start would panic
	app := p.app(t, "precise")
	for path, want := range map[string]string{"/": "the whole computer can't be granted", home: "your whole home folder can't be granted",
		filepath.Dir(home): "your whole home folder can't be granted"} {
		app.Files = []apps.FileAt{{Path: path, At: apps.Folder}}
		_, err := p.Call(context.Background(), app, "echo", json.RawMessage(`{}`))
		requireKind(t, err, RoomError, want)
	}
}

// Under root, what an app writes to its own folder is not root's.
func TestUnderRootDataBelongsToTheApp(t *testing.T) {
	roomtest.Need(t)
	if os.Geteuid() != 0 {
		t.Skip("an ordinary user has files of one owner only")
	}
	p := newPool(t, isolated(Options{}), "precise")
	app := p.app(t, "precise")
	id, err := p.o.Registry.HostID("precise")
	require.NoError(t, err)
	for range 2 { // made, and found
		p.echo(t, "precise")
		st, err := os.Stat(app.Data)
		require.NoError(t, err)
		require.Equal(t, uint32(id), st.Sys().(*syscall.Stat_t).Uid)
		require.Equal(t, os.FileMode(0o700), st.Mode().Perm())
		p.Close()
		p = New(p.o)
		t.Cleanup(p.Close)
	}
}
