package audit

import (
	"crypto/rand"
	"fmt"
	"math"
	"path/filepath"
	"sync"
	"time"

	"secgpt/mediator/internal/disk"
)

// maxBatch bounds how many waiting entries are written in one go. A turn has a
// few dozen calls.
const maxBatch = 256

// A Log appends to the record of one folder. It is safe for use by many
// goroutines; several processes may each have one.
type Log struct {
	dir    string
	secret []byte // of this Log's digests; it is never on disk

	mu      sync.Mutex
	waiting []*waiter
	writing bool // a goroutine is committing and takes new waiters along
}

type waiter struct {
	entry Entry
	n     int64
	err   error
	done  chan struct{}
}

// Open makes the record in dir if there is none, and mends what a crash left of
// the last line. An error that is ErrDamaged means that somebody else changed it.
func Open(dir string) (*Log, error) {
	l := &Log{dir: dir, secret: make([]byte, keyLen)}
	rand.Read(l.secret) // never fails
	if err := disk.Folder(dir); err != nil {
		return nil, fmt.Errorf("open the record: %w", err)
	}
	if _, err := l.commit(nil); err != nil {
		return nil, fmt.Errorf("open the record: %w", err)
	}
	return l, nil
}

// Digest is a digest of one argument's JSON, keyed with a secret of this Log
// alone: equal values can be told within one run, and guessed by nobody after it.
func (l *Log) Digest(value []byte) string { return macOf(l.secret, "value", string(value)) }

// Append writes an entry and returns its number once it is on disk. With an error
// nothing is promised: what the entry was about must not happen. Entries that are
// appended at the same time share one trip to the disk.
func (l *Log) Append(e Entry) (int64, error) {
	if e.Kind == "" || e.Kind == Mended {
		return 0, fmt.Errorf("record: an entry of kind %q", e.Kind)
	}
	w := &waiter{entry: e.stripped(), done: make(chan struct{})}
	if err := w.fits(); err != nil {
		return 0, fmt.Errorf("record: %w", err)
	}
	l.mu.Lock()
	l.waiting = append(l.waiting, w)
	if !l.writing {
		l.writing = true
		go l.drain()
	}
	l.mu.Unlock()
	<-w.done
	return w.n, w.err
}

// fits refuses an entry that is too long for a line, before it spoils a batch.
func (w *waiter) fits() error {
	e := w.entry
	e.N, e.Time = math.MaxInt64, time.Now().UTC()
	_, _, err := seal(e, math.MaxInt64, noHash, nil)
	return err
}

// drain commits until nobody waits. One runs at a time; Append starts it.
func (l *Log) drain() {
	for {
		l.mu.Lock()
		batch := l.waiting[:min(len(l.waiting), maxBatch)]
		l.waiting = l.waiting[len(batch):]
		l.writing = len(batch) > 0
		l.mu.Unlock()
		if len(batch) == 0 {
			return
		}
		entries := make([]Entry, len(batch))
		for i, w := range batch {
			entries[i] = w.entry
		}
		first, err := l.commit(entries)
		for i, w := range batch {
			if w.n = first + int64(i); err != nil {
				w.n, w.err = 0, fmt.Errorf("record: %w", err)
			}
			close(w.done)
		}
	}
}

// commit writes entries while no other process can, and returns the number of the
// first. Before that it makes or mends what has to be.
func (l *Log) commit(entries []Entry) (int64, error) {
	lock, err := disk.Lock(filepath.Join(l.dir, lockName))
	if err != nil {
		return 0, err
	}
	defer lock.Close()
	if err := begin(l.dir); err != nil {
		return 0, err
	}
	t, err := openTail(l.dir)
	if err != nil {
		return 0, err
	}
	defer t.close()
	if err := t.mend(); err != nil {
		return 0, err
	}
	return t.append(entries)
}
