package audit

import (
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"secgpt/mediator/internal/disk"
)

// maxBatch bounds how many waiting entries are written in one go. A turn has a
// few dozen calls.
const maxBatch = 256

// maxNews bounds what News keeps for somebody who never asks.
const maxNews = 100

// A Log appends to the record of one folder. It is safe for use by many
// goroutines; several processes may each have one.
type Log struct {
	dir    string
	limit  int64  // of audit.jsonl, in bytes
	secret []byte // of this Log's digests; it is never on disk

	mu      sync.Mutex
	waiting []*waiter
	writing bool // a goroutine is committing and takes new waiters along
	news    []string
}

type waiter struct {
	entry Entry
	n     int64
	err   error
	done  chan struct{}
}

// Open makes the record in dir if there is none, and mends what a crash left of
// the last line; News tells of it. An error that is ErrDamaged means that somebody
// else changed it. A full disk is no error yet: it is one for each Append until there
// is room.
func Open(dir string) (*Log, error) {
	l := &Log{dir: dir, limit: maxFile, secret: make([]byte, keyLen)}
	rand.Read(l.secret) // never fails
	if err := disk.Folder(dir); err != nil && !full(err) {
		return nil, fmt.Errorf("open the record: %w", err)
	}
	if _, err := l.commit(nil); err != nil && !full(err) {
		return nil, fmt.Errorf("open the record: %w", err)
	}
	return l, nil
}

// full reports whether err is a disk or a quota that is used up.
func full(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// News returns, once, what the person should be told about the record since the last
// call: that it was mended, and how. Each is a sentence of ours without its end.
func (l *Log) News() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	news := l.news
	l.news = nil
	return news
}

func (l *Log) tell(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.news) < maxNews {
		l.news = append(l.news, text)
	}
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
				w.n, w.err = 0, l.said(err)
			}
			close(w.done)
		}
	}
}

// said is an error of commit as a person can read it, the same text as long as it is
// the same error.
func (l *Log) said(err error) error {
	for _, no := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT} {
		if errors.Is(err, no) {
			return fmt.Errorf("there is no room in %s: %w", l.dir, no)
		}
	}
	return fmt.Errorf("record: %w", err)
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
	t, err := openTail(l.dir, l.limit)
	if err != nil {
		return 0, err
	}
	defer t.close()
	note, err := t.mend()
	if err != nil {
		return 0, err
	}
	if note != "" {
		l.tell("the record was mended: " + note)
	}
	return t.append(entries)
}
