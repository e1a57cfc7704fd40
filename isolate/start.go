//go:build linux && (amd64 || arm64)

package isolate

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"secgpt/isolate/stage"
)

// Start makes a room and returns once the room has proved its layers and Argv runs
// in it. A layer that can't be had is a *LayerError; a grant that is refused, or a
// program that is not there, is another error that names it. Nothing is left
// behind by a failed start. The end of ctx closes the room.
//
// The first Start leaves one goroutine, serveStarts, for the life of the process.
func Start(ctx context.Context, s Spec) (*Room, error) {
	began := time.Now()
	r, err := enter(ctx, s)
	if err != nil {
		var le *LayerError
		if !errors.As(err, &le) && scarce(err) && !CannotExec(err) {
			le = &LayerError{Layer: "start", Op: "prepare it", Err: err}
			err = le
		}
		if le != nil {
			_ = withRemedy(le)
		}
		return nil, s.named(cmp.Or(ctx.Err(), err))
	}
	r.Proof.Took = time.Since(began)
	return r, nil
}

// scarce tells whether the machine, or this process, has too little left for a room:
// that is not the fault of what was asked for.
func scarce(err error) bool {
	for _, no := range []error{unix.EMFILE, unix.ENFILE, unix.ENOMEM, unix.EAGAIN} {
		if errors.Is(err, no) {
			return true
		}
	}
	return false
}

// Try makes a room with nothing in it, enters it, and closes it: whether rooms can
// be had on this machine. The error is a *LayerError with a remedy for this machine,
// where one is known.
func Try(ctx context.Context) (Proof, error) {
	r, err := Start(ctx, Spec{Name: "try", Argv: []string{Self}, Env: []string{tryVar + "=1"}, HostID: HostIDBase})
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

// enter plans, takes a begun room, and reads its proof.
func enter(ctx context.Context, s Spec) (*Room, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	begun := takeBegun()
	p, err := special(s)
	b, berr := begun()
	if err != nil {
		if berr == nil {
			b.close()
			refill(refillPause)
		}
		return nil, err
	}
	defer p.close()
	defer refill(refillPause)
	if berr != nil {
		return nil, berr
	}
	r := b.room(s)
	// While it starts, all others may only kill it: what Close frees is not there yet.
	kill := func() { _ = b.process.Kill() }
	late := time.AfterFunc(startLimit, kill)
	watched := context.AfterFunc(ctx, kill)
	err = r.lock(p, b, s.Hosts)
	late.Stop()
	_ = b.control.Close()
	if err == nil {
		r.keep(s, p.whole)
	}
	if !watched() {
		err = ctx.Err()
	}
	if err != nil {
		_ = r.Close()
		return nil, err
	}
	go r.watch(ctx)
	return r, nil
}

// bound puts the room into a control group of its own, where the machine lets us
// have one. Nothing of the room has run by then.
func (r *Room) bound(l Limits) error {
	group, err := newGroup(l)
	if err != nil {
		r.Proof.Layers = append(r.Proof.Layers, Layer{Name: "memory", How: err.Error()})
		return nil
	}
	if err := group.add(r.process.Pid); err != nil {
		_ = group.remove()
		return &LayerError{Layer: "control group", Op: "move the room there", Err: err}
	}
	r.group.Store(group)
	r.Proof.Layers = append(r.Proof.Layers, group.layer())
	return nil
}

// keep watches from outside what the kernel does not bound.
func (r *Room) keep(s Spec, l Limits) {
	if r.group.Load() == nil {
		r.keeper.memory(r.process.Pid, l.Total)
	}
	if s.Data != "" {
		r.keeper.data(r.process.Pid, s.Data, l.Data)
	}
	r.keeper.wall(l.Wall)
	r.Out = r.keeper.output(r.Out, l.Output)
}

// room makes a begun room into one that is looked after.
func (b *begun) room(s Spec) *Room {
	return &Room{In: b.in, Out: b.out, held: held{process: b.process, space: b.space, done: make(chan struct{}), freed: make(chan struct{}),
		errors: &tail{from: b.er, done: make(chan struct{}), to: s.Stderr},
		keeper: newKeeper(func() { _ = b.process.Kill() })}}
}

// watch closes the room at the end of ctx.
func (r *Room) watch(ctx context.Context) {
	select {
	case <-ctx.Done():
		_ = r.Close()
	case <-r.done:
	}
}

// tell tells the stage whose room it is, does what it can't do itself, and lets it go
// on. The first error is of what was done here; it ends the stage. From then on the room
// is looked after.
func (r *Room) tell(p *plan, b *begun) (own, sent error) {
	// What Go needs to wait for the end takes longer than the stage takes to wake up.
	defer func() { go r.errors.follow(); go r.reap(); b.letGo() }()
	text := p.Encode()
	if len(text) > stage.ConfigMax {
		own = fmt.Errorf("arguments, environment and grants take %d bytes, a room takes %d", len(text), stage.ConfigMax)
	}
	var fds []int
	for _, m := range p.mounts {
		fds = append(fds, int(m.Fd()))
	}
	if own == nil {
		sent = stage.Send(b.control.fd, text, fds)
		own = b.own(p)
	}
	if own == nil {
		own = r.bound(p.whole)
	}
	if own == nil {
		own = writeMaps(r.process.Pid, idPair{stage.InsideID, p.hostID}, idPair{stage.InsideID, p.hostGD}, p.Root)
	}
	if own != nil {
		_ = r.process.Kill() // what it said before its end is in the socket
		return own, own
	}
	if sent == nil {
		sent = stage.Go(b.control.fd)
	}
	return nil, sent
}

// firstLine is the first line of what a program said: of a crash what it was, and no stack.
func firstLine(said []byte) string {
	line, _, _ := bytes.Cut(bytes.TrimSpace(said), []byte("\n"))
	return string(line)
}

// lock tells the stage whose room it is and reads what it says: one proof, then
// silence as the exec closes the socket. Anything else is a failure.
func (r *Room) lock(p *plan, b *begun, hosts []Host) error {
	control := b.control
	merr, werr := r.tell(p, b)
	// All that it says fits into the socket. To read it bit by bit would take the processor
	// from the stage at each.
	awaitPoll(control.File, unix.POLLRDHUP)
	first, sockets, err := readStatus(control)
	if first == nil {
		_ = r.Close()
		if merr != nil {
			return merr
		}
		return &LayerError{Layer: "start", Op: "wait for the proof", Err: fmt.Errorf("the stage ended (%s): %w %s",
			cmp.Or(r.exit.Signal, fmt.Sprint("code ", r.exit.Code)), cmp.Or(werr, err, io.ErrUnexpectedEOF), oneLine(firstLine(r.Stderr())))}
	}
	for _, l := range first.Layers {
		r.Proof.Layers = append(r.Proof.Layers, Layer(l))
	}
	if first.Fail != nil {
		closeAll(sockets)
		return asError(first.Fail)
	}
	if missing := unproved(first.Layers); missing != "" {
		closeAll(sockets)
		return &LayerError{Layer: "proof", Op: "read it", Err: fmt.Errorf("it says nothing of: %s", missing)}
	}
	if r.Listeners, err = listeners(hosts, sockets); err != nil {
		return &LayerError{Layer: "network", Op: "take the room's sockets", Err: err}
	}
	second, more, err := readStatus(control)
	closeAll(more)
	switch {
	case err != nil:
		return &LayerError{Layer: "start", Op: "wait for the exec", Err: err}
	case second != nil && second.Fail != nil:
		return asError(second.Fail)
	case second != nil:
		return &LayerError{Layer: "start", Op: "wait for the exec", Err: errors.New("more was said than a proof")}
	}
	return nil
}

// promised are the layers without which a proof is none.
var promised = stage.Proved()

// unproved is the first layer that a proof lacks.
func unproved(proof []stage.Layer) string {
	for _, name := range promised {
		if !slices.ContainsFunc(proof, func(l stage.Layer) bool { return l.Name == name }) {
			return name
		}
	}
	return ""
}

// readStatus returns nothing at the end of the stream.
func readStatus(control control) (*stage.Status, []int, error) {
	text, fds, err := stage.Receive(control.fd, stage.StatusMax)
	if err != nil || len(text) == 0 {
		closeAll(fds)
		return nil, nil, err
	}
	st, err := stage.ParseStatus(text)
	if err != nil {
		closeAll(fds)
		return nil, nil, err
	}
	return st, fds, nil
}

// asError tells a layer that can't be had from a program that can't be started.
func asError(f *stage.Failure) error {
	f.Op, f.Text = oneLine(f.Op), oneLine(f.Text)
	if f.Layer == stage.ExecStep {
		return fmt.Errorf("%s: %w", f.Op, f)
	}
	return &LayerError{Layer: f.Layer, Op: f.Op, Err: f}
}

// checkHostID makes sure that root does not run a room as somebody, least of all
// as itself: the host's root is root for the kernel's files even without capabilities.
func checkHostID(id int) error {
	if id <= 0 || int64(id) >= 1<<32-1 {
		return fmt.Errorf("host id %d can't be used: as root a room needs an unowned one, such as %d", id, HostIDBase+1)
	}
	for _, name := range []string{"uid_map", "gid_map"} {
		table, err := ownMap(name)
		if err != nil {
			return &LayerError{Layer: "user namespace", Op: "read " + name, Err: err}
		}
		if !mapped(table, id) {
			return &LayerError{Layer: "user namespace", Op: fmt.Sprintf("use host id %d", id),
				Err:    errors.New("it is not mapped where this process runs"),
				Remedy: "run as an ordinary user: this root is one of a container and owns too few ids"}
		}
	}
	return nil
}

// ownMap reads a table of this process's ids; once written, none changes.
func ownMap(name string) (string, error) {
	ownMaps.Lock()
	defer ownMaps.Unlock()
	if text, ok := ownMaps.read[name]; ok {
		return text, nil
	}
	text, err := os.ReadFile("/proc/self/" + name)
	if err == nil && len(text) > 0 {
		ownMaps.read[name] = string(text)
	}
	return string(text), err
}

var ownMaps = struct {
	sync.Mutex
	read map[string]string
}{read: map[string]string{}}

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
