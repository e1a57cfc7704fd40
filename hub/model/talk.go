package model

import (
	"context"
	"errors"
	"io"
	"time"
)

// patience is how long a server may take. A model is read from a disk before its
// first word and, without a graphics card, reads a long prompt in a minute; between
// two words it never needs long. The whole is for one that drips words for ever.
type patience struct{ first, idle, whole time.Duration }

var usual = patience{first: 4 * time.Minute, idle: time.Minute, whole: 20 * time.Minute}

// loadingLimit is how long loading goes unsaid: less is no wait worth a line.
const loadingLimit = time.Second

var (
	errSlow    = errors.New("a deadline passed")
	errEndless = errors.New("it did not come to an end")
)

// A talk is one request for an answer, whatever the server speaks: what came of the
// answer so far, and the deadline for what comes next.
type talk struct {
	answer
	patience
	limit time.Duration // the deadline that holds now
	watch *time.Timer
}

// converse runs one request and returns its answer, or its error and the talk for
// explaining it. say sends the request and gives each piece to the talk; it must end
// with ctx.
func converse(ctx context.Context, p patience, bound int, onText func(string), say func(context.Context, *talk) error) (*talk, error) {
	run, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	t := &talk{answer: answer{onText: onText, bound: bound}, patience: p, limit: p.first}
	t.watch = time.AfterFunc(p.first, func() { stop(errSlow) })
	defer t.watch.Stop()
	whole := time.AfterFunc(p.whole, func() { stop(errEndless) })
	defer whole.Stop()

	err := say(run, t)
	if err == nil && !t.done {
		err = io.ErrUnexpectedEOF
	}
	switch cause := context.Cause(run); {
	case err == nil:
		t.finish()
	case ctx.Err() != nil:
		err = ctx.Err()
	case cause == errSlow, cause == errEndless:
		err = cause
	}
	return t, err
}

// came starts the wait for the next piece.
func (t *talk) came() {
	t.began = true
	t.limit = t.idle
	t.watch.Reset(t.idle)
}

// noting tells the person a text unless stop is called within loadingLimit.
func noting(note func(string), text string) (stop func()) {
	if note == nil {
		return func() {}
	}
	timer := time.AfterFunc(loadingLimit, func() { note(text) })
	return func() { timer.Stop() }
}

// The bounds of trying again.
const (
	maxAgain  = 2                // more is a server that is not there
	maxWait   = 20 * time.Second // a person waits so long for one that is busy
	firstWait = 300 * time.Millisecond
	loadWait  = 2 * time.Second // between two looks whether a model was loaded
)

// again asks once more where nothing was spent: the server did not take the request.
// A server that is loading its model is asked until loaded is over.
func again(ctx context.Context, loaded time.Duration, once func() (Answer, error)) (Answer, error) {
	began, wait := time.Now(), firstWait
	for tries := 0; ; tries++ {
		a, err := once()
		var e *Error
		switch {
		case !errors.As(err, &e) || !e.Unspent || ctx.Err() != nil:
			return a, err
		case e.loading && time.Since(began) < loaded:
			wait = loadWait
		case e.Kind != Away && e.Kind != Busy, e.loading, tries >= maxAgain, e.After > maxWait:
			return a, err
		}
		pause := time.NewTimer(max(wait, e.After))
		select {
		case <-ctx.Done():
			pause.Stop()
			return a, ctx.Err()
		case <-pause.C:
		}
		wait *= 4
	}
}
