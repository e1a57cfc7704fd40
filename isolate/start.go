//go:build linux && (amd64 || arm64)

package isolate

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// startLimit bounds a start. It takes milliseconds; a machine under heavy load
// gets a thousand times that.
const startLimit = 30 * time.Second

// starter is the one thread that makes children, for the life of the process: the
// signal that ends a room with its parent follows the thread that made it, not the
// process, and Go ends threads when it likes.
var starter = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go serveStarts(work)
	return work
})

func serveStarts(work <-chan func()) {
	runtime.LockOSThread()
	for do := range work {
		do()
	}
}

func onStarter(do func()) {
	done := make(chan struct{})
	starter() <- func() { defer close(done); do() }
	<-done
}

// Start makes a room and returns once the room has proved its layers and Argv runs
// in it. A layer that can't be had is a *LayerError; a grant that is refused, or a
// program that is not there, is another error that names it. Nothing is left
// behind by a failed start. The end of ctx closes the room.
//
// The first Start leaves one goroutine, serveStarts, for the life of the process.
func Start(ctx context.Context, s Spec) (*Room, error) {
	c, err := newConfig(s)
	if err != nil {
		return nil, s.named(err)
	}
	return start(ctx, s, c)
}

// Try makes a room with nothing in it, enters it, and closes it: whether rooms can
// be had on this machine. The error is a *LayerError with a remedy for this machine,
// where one is known.
func Try(ctx context.Context) (Proof, error) {
	s := Spec{Name: "try", Argv: []string{Self}, HostID: HostIDBase}
	c, err := newConfig(s)
	if err != nil {
		return Proof{}, err
	}
	c.Argv[0] = tryName
	r, err := start(ctx, s, c)
	if err != nil {
		return Proof{}, err
	}
	defer func() { _ = r.Close() }()
	if exit := r.Wait(); exit.Code != 0 {
		return Proof{}, withRemedy(&LayerError{Layer: "exec", Op: "look again inside",
			Err: fmt.Errorf("exit code %d %s: %s", exit.Code, exit.Signal, bytes.TrimSpace(r.Stderr()))})
	}
	return r.Proof, nil
}

// named puts the room's name in front of an error, once.
func (s Spec) named(err error) error {
	if s.Name == "" {
		return err
	}
	return fmt.Errorf("room %s: %w", s.Name, err)
}

func start(ctx context.Context, s Spec, c *config) (*Room, error) {
	began := time.Now()
	r, err := enter(ctx, s, c)
	if err != nil {
		var le *LayerError
		if errors.As(err, &le) {
			_ = withRemedy(le)
		}
		return nil, s.named(cmp.Or(ctx.Err(), err))
	}
	r.Proof.Took = time.Since(began)
	return r, nil
}

// enter vets, clones, and reads the proof.
func enter(ctx context.Context, s Spec, c *config) (*Room, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c.Root = os.Geteuid() == 0
	if c.Root {
		if err := checkHostID(s.HostID); err != nil {
			return nil, err
		}
	}
	var err error
	if c.Namespaces, err = ownNamespaces(); err != nil {
		return nil, &LayerError{Layer: "namespaces", Op: "read /proc/self/ns", Err: err}
	}
	mounts, err := vet(s, c)
	if err != nil {
		return nil, err
	}
	defer func() {
		for _, m := range mounts {
			_ = m.Close()
		}
	}()
	text, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	if len(text) > configMax {
		return nil, fmt.Errorf("arguments, environment and grants take %d bytes, a room takes %d", len(text), configMax)
	}
	r, conf, stat, err := clone(s.HostID, c.Root, mounts)
	if err != nil {
		return nil, err
	}
	defer func() { _ = stat.Close() }()
	go r.watch(ctx)
	late := time.AfterFunc(startLimit, func() { _ = r.Close() })
	defer late.Stop()
	_, werr := conf.Write(text)
	werr = errors.Join(werr, conf.Close())
	if r.Proof, err = readProof(stat, r, werr); err != nil {
		_ = r.Close()
		return nil, err
	}
	return r, nil
}

// watch closes the room at the end of ctx.
func (r *Room) watch(ctx context.Context) {
	select {
	case <-ctx.Done():
		_ = r.Close()
	case <-r.done:
	}
}

// readProof takes what the stage says: one proof, then silence as the exec closes
// the pipe. Anything else is a failure.
func readProof(stat io.Reader, r *Room, werr error) (Proof, error) {
	in := json.NewDecoder(io.LimitReader(stat, statusMax))
	var first, second status
	if err := in.Decode(&first); err != nil {
		_ = r.Close()
		return Proof{}, &LayerError{Layer: "start", Op: "wait for the proof",
			Err: fmt.Errorf("the stage ended: code %d %s %s (%w)", r.exit.Code, r.exit.Signal,
				bytes.TrimSpace(r.Stderr()), cmp.Or(werr, err))}
	}
	if first.Fail != nil {
		return Proof{}, first.Fail.asError()
	}
	err := in.Decode(&second)
	switch {
	case err == io.EOF:
		return Proof{Layers: first.Layers}, nil
	case err == nil && second.Fail != nil:
		return Proof{}, second.Fail.asError()
	}
	return Proof{}, &LayerError{Layer: "start", Op: "wait for the exec",
		Err: cmp.Or(err, errors.New("more was said than a proof"))}
}

// clone starts the stage in new namespaces, and everything that looks after it.
func clone(hostID int, root bool, mounts []*os.File) (r *Room, conf, stat *os.File, err error) {
	var theirs, ours []*os.File
	defer func() {
		for _, f := range theirs {
			_ = f.Close()
		}
		if err != nil {
			for _, f := range ours {
				_ = f.Close()
			}
		}
	}()
	for fd := range mountsFD { // 0 and config flow inwards, the others outwards
		read, write, err := os.Pipe()
		if err != nil {
			return nil, nil, nil, err
		}
		if fd == 0 || fd == configFD {
			read, write = write, read
		}
		ours, theirs = append(ours, read), append(theirs, write)
	}
	sys := &syscall.SysProcAttr{
		Cloneflags:  cloneFlags,
		Setsid:      true,
		Pdeathsig:   unix.SIGKILL,
		AmbientCaps: stageCaps,
	}
	path, id := "/proc/self/exe", os.Geteuid()
	gid := os.Getegid()
	if root {
		// The mount rather than the path: the room's id may be unable to reach it.
		path, id, gid = fmt.Sprintf("/proc/self/fd/%d", mountsFD), hostID, hostID
		sys.GidMappingsEnableSetgroups = true
		sys.Credential = &syscall.Credential{Uid: insideID, Gid: insideID} // and no groups
	}
	sys.UidMappings = []syscall.SysProcIDMap{{ContainerID: insideID, HostID: id, Size: 1}}
	sys.GidMappings = []syscall.SysProcIDMap{{ContainerID: insideID, HostID: gid, Size: 1}}
	var p *os.Process
	onStarter(func() {
		p, err = os.StartProcess(path, []string{stageName}, &os.ProcAttr{
			Env: stageEnv, Dir: "/", Files: append(theirs[:mountsFD:mountsFD], mounts...), Sys: sys})
	})
	if err != nil {
		var no syscall.Errno
		if errors.As(err, &no) {
			err = no
		}
		return nil, nil, nil, &LayerError{Layer: "user namespace", Op: "clone", Err: err}
	}
	r = &Room{In: ours[0], Out: ours[1], process: p, done: make(chan struct{}),
		errors: &tail{from: ours[2], done: make(chan struct{})}}
	go r.errors.follow()
	go r.reap()
	return r, ours[configFD], ours[statusFD], nil
}

// checkHostID makes sure that root does not run a room as somebody, least of all
// as itself: the host's root is root for the kernel's files even without capabilities.
func checkHostID(id int) error {
	if id <= 0 || int64(id) >= 1<<32-1 {
		return fmt.Errorf("host id %d can't be used: as root a room needs an unowned one, such as %d", id, HostIDBase+1)
	}
	for _, name := range []string{"uid_map", "gid_map"} {
		table, err := os.ReadFile("/proc/self/" + name)
		if err != nil {
			return &LayerError{Layer: "user namespace", Op: "read " + name, Err: err}
		}
		if !mapped(string(table), id) {
			return &LayerError{Layer: "user namespace", Op: fmt.Sprintf("use host id %d", id),
				Err:    errors.New("it is not mapped where this process runs"),
				Remedy: "run as an ordinary user: this root is one of a container and owns too few ids"}
		}
	}
	return nil
}

// mapped tells whether a table of id maps has id.
func mapped(table string, id int) bool {
	for line := range strings.Lines(table) {
		var first, outside, count int
		if n, _ := fmt.Sscan(line, &first, &outside, &count); n == 3 && id >= first && id-first < count {
			return true
		}
	}
	return false
}
