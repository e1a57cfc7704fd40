package rooms

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"secgpt/apps"
	"secgpt/apps/code"
	"secgpt/apps/link"
	"secgpt/isolate"
	"secgpt/isolate/egress"
)

// Spec says what is in a room.
type Spec = isolate.Spec

// A Room is what a Starter made. In and Out are the spoke's standard input and
// output. Close kills all that runs in it and returns when it is gone; it may be
// called twice, and also unblocks In and Out.
type Room struct {
	In    io.WriteCloser
	Out   io.ReadCloser
	Proof isolate.Proof

	Listeners []isolate.Listener // of the hosts in its Spec

	Stderr func() []byte // the end of what it wrote there; may be nil
	Close  func() error
}

// Isolated starts a real room.
func Isolated(ctx context.Context, spec Spec) (*Room, error) {
	r, err := isolate.Start(ctx, spec)
	if err != nil {
		return nil, err
	}
	return &Room{In: r.In, Out: r.Out, Proof: r.Proof, Listeners: r.Listeners, Stderr: r.Stderr, Close: r.Close}, nil
}

// home is where an app keeps its own things, in its room.
const home = "/data"

// A setup is all that an app's room is made from.
type setup struct {
	spec   Spec
	start  link.Start   // for its spoke
	hints  []string     // what a person should know if that does not come up
	places []code.Place // where the files behind its command are
}

// spec says what the app's room holds.
func (p *Pool) spec(app apps.App, hosts []egress.Grant) (setup, error) {
	env := []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", "HOME=" + home, "TZ=" + p.o.TZ}
	s := setup{spec: Spec{Name: app.Name, Argv: []string{isolate.Self, "spoke"}, Env: env, Dir: home, Data: app.Data, Hosts: HostsOf(hosts)}}
	for _, f := range app.Files {
		if err := p.outside(f.Path, filepath.Dir(app.Dir)); err != nil {
			return s, fmt.Errorf("%s, which it was granted: %w", f.Path, err)
		}
		if _, err := os.Lstat(f.Path); errors.Is(err, fs.ErrNotExist) {
			return s, fmt.Errorf("%s, which it was granted, does not exist; make it, or name another in the configuration", f.Path)
		}
		s.spec.Files = append(s.spec.Files, isolate.Grant{Path: f.Path, At: f.At, Write: f.Write})
	}
	if err := p.command(app, &s); err != nil {
		return s, err
	}
	s.start.Env = s.spec.Env
	if os.Geteuid() == 0 {
		id, err := p.hostID(app)
		if err != nil {
			return s, err
		}
		s.spec.HostID = id
	}
	return s, makeData(app.Data, s.spec.HostID)
}

// makeData makes an app's own folder, if it is not there yet. Under root it belongs
// to the app's id, so that nothing the app leaves in it is root's.
func makeData(path string, id int) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	err := os.Mkdir(path, 0o700)
	if errors.Is(err, fs.ErrExist) {
		return nil // whoever owns it: the room maps the owner
	}
	if err == nil && id != 0 {
		err = os.Lchown(path, id, id)
	}
	return err
}

// TooWide refuses the whole computer and the whole home folder, whoever grants them.
// The path has no link in it.
func TooWide(path string) error {
	if path == "/" {
		return errors.New("the whole computer can't be granted; name a folder in it")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return nil
	}
	if is, err := filepath.EvalSymlinks(home); err == nil {
		home = is
	}
	if Within(home, path) {
		return errors.New("your whole home folder can't be granted; name a folder in it")
	}
	return nil
}

// outside refuses to show what no app may see or change: what is too wide, the folder
// of the apps, and what the pool was told to keep.
func (p *Pool) outside(path, store string) error {
	if err := TooWide(path); err != nil {
		return err
	}
	for _, kept := range append([]string{store}, p.o.Private...) {
		if is, err := filepath.EvalSymlinks(kept); err == nil {
			kept = is // a grant has no link in it; what is missing can't be reached
		}
		if Within(path, kept) || Within(kept, path) {
			return fmt.Errorf("that would show it what secgpt keeps in %s; choose a place apart from it", kept)
		}
	}
	return nil
}
