//go:build linux && (amd64 || arm64)

package isolate

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Bounds on what a room leaves and sends: bytes in Spec.Data, bytes to Room.Out,
// time. Most file systems can't bound a folder, so it is counted from outside.
//
// A count walks the folder. It is made when the file system has lost more space
// than the folder still may take, and now and then whatever the file system says,
// so that a large, quiet folder costs nothing.
const (
	// dataEvery is how often the file system is asked for its free space.
	dataEvery = 250 * time.Millisecond
	// dataCount is how often the folder is counted at least: others may have freed
	// the space that the room took, and some file systems tell late.
	dataCount = 30 * time.Second
	// dataRest is how many times as long as a count took the next one is put off:
	// counting then takes 5 % of a processor at most. While it rests, the floor holds.
	dataRest = 20
	// dataCheck bounds the count before a start, which a person waits for. What can't
	// be counted in it, some 25,000 files, is left to the first count of the watch.
	dataCheck = 50 * time.Millisecond
	// entryLeast is what every file, folder and link counts at least. An empty one
	// has no blocks, but a file system has only so many of them.
	entryLeast = 4 << 10
	// nameLeast is what a further name of a file with several counts: as much as a
	// file, or a count of names alone could take longer than filling the disk.
	nameLeast = entryLeast
	// dataDepth bounds how deeply folders are nested: each level of a count holds a
	// descriptor. node_modules have about 30.
	dataDepth = 128
)

// diskFloor is the free space that a room leaves to the person, who can't save a
// file on a full disk. Small file systems keep a sixteenth instead.
const diskFloor = 512 << 20

// checkData refuses a folder that holds more than most bytes already, or whose file
// system is all but full.
func checkData(path string, most int64) error {
	if why := floor(path); why != "" {
		return fmt.Errorf("%s is on a disk that is full: %s: free some space first", oneLine(path), why)
	}
	began := time.Now()
	held, err := countData(path, 1<<62, func() bool { return time.Since(began) > dataCheck })
	switch {
	case held > most:
		return fmt.Errorf("%s holds %s, %s at most: delete what is not needed there, or allow more (Limits.Data)",
			oneLine(path), sizeText(held), sizeText(most))
	case errors.Is(err, errStopped):
		return nil
	}
	return err
}

// watchData returns in plain words that the folder at path holds more than most
// bytes, that it can't be counted, or that the disk is nearly full; "" once stop is
// closed. Files that are open and have no name any more are not in the folder:
// watchUnnamed counts those.
func watchData(path string, most int64, stop <-chan struct{}) string {
	var m meter
	for {
		if why := floor(path); why != "" {
			return "disk: " + why
		}
		if m.due(path, most) {
			m.begin(path)
			held, err := countData(path, most, func() bool { return !pause(0, stop) })
			switch {
			case errors.Is(err, errStopped):
				return ""
			case errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE):
				// This process is short of descriptors, which is not the room's doing.
			case err != nil:
				return "data: " + err.Error()
			case held > most:
				return fmt.Sprintf("data: more than %s in %s", sizeText(most), oneLine(path))
			}
			m.counted(held)
		}
		if !pause(nextTick(time.Now(), dataEvery), stop) {
			return ""
		}
	}
}

// watchUnnamed returns in plain words that the processes in the pid namespace of pid
// have files open that take more than most bytes of the file system of path and have
// no name any more; "" once stop is closed. What it can't see, the floor bounds:
// files that are only mapped or on their way through a socket, and the descriptors of
// a process that let nobody but root look into it.
func watchUnnamed(pid int, path string, most int64, stop <-chan struct{}) string {
	var home unix.Stat_t
	ns, err := shared.enter(pid)
	if err == nil {
		defer shared.leave(pid)
	}
	if err != nil || unix.Stat(path, &home) != nil {
		return "" // the room has ended, or watchData says why
	}
	var m meter
	for pause(nextTick(time.Now(), dataEvery), stop) {
		if !m.due(path, most) {
			continue
		}
		m.begin(path)
		held := countUnnamed(ns, home.Dev)
		if held > most {
			return fmt.Sprintf("data: more than %s in deleted files that are still open", sizeText(most))
		}
		m.counted(held)
	}
	return ""
}

// countUnnamed adds up the open files without a name on one file system.
func countUnnamed(ns string, dev uint64) (sum int64) {
	pids, _ := shared.members(ns, time.Now())
	seen := map[fileID]bool{}
	for _, pid := range pids {
		dir := fmt.Sprintf("/proc/%d/fd/", pid)
		fds, _ := names(dir)
		for _, fd := range fds {
			var st unix.Stat_t
			if unix.Stat(dir+fd, &st) != nil || st.Dev != dev || st.Nlink > 0 || seen[fileID{st.Dev, st.Ino}] {
				continue
			}
			seen[fileID{st.Dev, st.Ino}] = true
			sum += st.Blocks * 512
		}
	}
	return sum
}

// A meter says when something on a file system has to be counted again.
type meter struct {
	held   int64     // at the last count
	free   int64     // on the file system before it, or the most since
	began  time.Time // the last count
	last   time.Time // its end; zero: none yet
	rested time.Time // not before
}

func (m *meter) due(path string, most int64) bool {
	now := time.Now()
	free, _, err := space(path)
	switch {
	case m.last.IsZero():
		return true
	case now.Before(m.rested):
		return false
	case err != nil || now.Sub(m.last) >= dataCount:
		return true
	}
	m.free = max(m.free, free)
	return m.free-free > most-m.held
}

func (m *meter) begin(path string) {
	m.began = time.Now()
	m.free, _, _ = space(path)
}

func (m *meter) counted(held int64) {
	m.held, m.last = held, time.Now()
	m.rested = m.last.Add(dataRest * m.last.Sub(m.began))
}

// space is what is free for an ordinary user on the file system that has path, and
// its size.
func space(path string) (free, size int64, err error) {
	var st unix.Statfs_t
	for {
		if err = unix.Statfs(path, &st); err != unix.EINTR {
			break
		}
	}
	unit := cmp.Or(st.Frsize, st.Bsize)
	return int64(st.Bavail) * unit, int64(st.Blocks) * unit, err
}

// floor says that the file system of path has too little left. Some, of kinds that
// have no size, have nothing of either.
func floor(path string) string {
	free, size, err := space(path)
	least := min(diskFloor, size/16)
	if err != nil || size == 0 || free >= least {
		return ""
	}
	return fmt.Sprintf("%s are free, %s must stay so", sizeText(free), sizeText(least))
}

var (
	errStopped = errors.New("stopped")
	errEnough  = errors.New("more than asked for")
)

type fileID struct{ dev, ino uint64 }

// A tally is a count under way.
type tally struct {
	sum, most int64
	stop      func() bool
	seen      map[fileID]bool // files with several names
}

// countData adds up what the files in a folder take on the disk, until it is more
// than most or stop says so. No link is followed: each folder is opened from the
// one above it, so that the room can't lead the count elsewhere by swapping names.
func countData(path string, most int64, stop func() bool) (int64, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, op(err, "open %s", oneLine(path))
	}
	t := tally{most: most, stop: stop, seen: map[fileID]bool{}}
	if err = t.folder(os.NewFile(uintptr(fd), path), 0); errors.Is(err, errEnough) {
		err = nil
	}
	return t.sum, op(err, "count %s", oneLine(path))
}

// folder counts what is in dir, and closes it. Names are the app's own words: they
// are in no error.
func (t *tally) folder(dir *os.File, depth int) error {
	defer func() { _ = dir.Close() }()
	if depth > dataDepth {
		return fmt.Errorf("folders are more than %d deep: take the deepest out, or make them less deep", dataDepth)
	}
	fd := int(dir.Fd())
	for {
		some, err := dir.Readdirnames(256)
		for _, name := range some {
			if err := t.entry(fd, name, depth); err != nil {
				return err
			}
		}
		switch {
		case err == io.EOF || gone(err):
			return nil
		case err != nil:
			return fmt.Errorf("a folder in it can't be read: %w", errors.Unwrap(err))
		}
		if t.stop() {
			return errStopped
		}
	}
}

func (t *tally) entry(fd int, name string, depth int) error {
	var st unix.Stat_t
	if err := unix.Fstatat(fd, name, &st, unix.AT_SYMLINK_NOFOLLOW); gone(err) {
		return nil
	} else if err != nil {
		return op(err, "stat a file in it")
	}
	t.add(&st)
	if t.sum > t.most {
		return errEnough
	}
	if st.Mode&unix.S_IFMT != unix.S_IFDIR {
		return nil
	}
	below, err := unix.Openat(fd, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	switch {
	case gone(err):
		return nil
	case err != nil:
		return op(err, "open a folder in it")
	}
	return t.folder(os.NewFile(uintptr(below), "."), depth+1)
}

func (t *tally) add(st *unix.Stat_t) {
	if st.Nlink > 1 && st.Mode&unix.S_IFMT != unix.S_IFDIR {
		id := fileID{st.Dev, st.Ino}
		if t.seen[id] {
			t.sum += nameLeast
			return
		}
		t.seen[id] = true
	}
	t.sum += max(st.Blocks*512, entryLeast)
}

// gone tells that a name is not what it was a moment ago, which is the room's right.
func gone(err error) bool {
	return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP)
}

// A keeper ends a room at the first limit that it goes beyond, and knows which.
type keeper struct {
	kill func() // must not wait for the room's end
	stop chan struct{}

	mu    sync.Mutex
	why   string
	timer *time.Timer
	done  bool
}

func newKeeper(kill func()) *keeper { return &keeper{kill: kill, stop: make(chan struct{})} }

// end kills the room for the reason given. The first reason stays; after release
// there is nothing to end. An empty reason is none.
func (k *keeper) end(why string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if why == "" || k.why != "" || k.done {
		return
	}
	k.why = why
	k.kill()
}

// release ends all watching and says what the room was ended for; "" if for nothing.
// It must be called once, at the room's end.
func (k *keeper) release() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.done = true
	close(k.stop)
	if k.timer != nil {
		k.timer.Stop()
	}
	return k.why
}

// memory watches what the processes of the room hold together. It is for a room
// that has no control group.
func (k *keeper) memory(pid int, most int64) {
	go func() { k.end(watchMemory(pid, most, k.stop)) }()
}

// data watches the folder that is the room's /data.
func (k *keeper) data(pid int, path string, most int64) {
	go func() { k.end(watchData(path, most, k.stop)) }()
	go func() { k.end(watchUnnamed(pid, path, most, k.stop)) }()
}

// wall ends the room when d has gone by; 0 is never. It is called once.
func (k *keeper) wall(d time.Duration) {
	if d > 0 {
		k.mu.Lock()
		defer k.mu.Unlock()
		if !k.done { // it may have ended before
			k.timer = time.AfterFunc(d, func() { k.end(fmt.Sprintf("time: %v at most", d)) })
		}
	}
}

// output lets most bytes of out through; 0 is no bound. Then it ends the room, and
// answers with an error, so that what was cut off is not taken for the whole.
func (k *keeper) output(out io.ReadCloser, most int64) io.ReadCloser {
	if most == 0 {
		return out
	}
	return &outMeter{ReadCloser: out, left: most, most: most, keeper: k}
}

type outMeter struct {
	io.ReadCloser
	left, most int64
	over       error
	keeper     *keeper
}

func (m *outMeter) Read(p []byte) (int, error) {
	if m.over != nil {
		return 0, m.over
	}
	n, err := m.ReadCloser.Read(p)
	if int64(n) > m.left {
		why := "output: more than " + sizeText(m.most)
		m.over = errors.New(why)
		m.keeper.end(why)
		n, err = int(m.left), m.over
	}
	m.left -= int64(n)
	return n, err
}
