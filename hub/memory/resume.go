package memory

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"secgpt/mediator/label"
)

// The bounds of what Resume reads of earlier turns.
const (
	// maxEarlier is how many turns are shown again when a conversation goes on.
	maxEarlier = 20
	// maxEarlierBytes bounds their lines. What is further back, `sessions show` tells.
	maxEarlierBytes = 2 << 20
)

// Resumed is what a conversation goes on with.
type Resumed struct {
	State   State
	Turn    int    // the number of the last turn
	Earlier []Turn // the last ones, oldest first
	// News tells, in sentences of ours without their ends, what was mended and what is
	// missing. Names of variables in them are the planner's words: escape them.
	News []string
}

// Resume opens a session to go on with. Nobody else can until it is closed. Only the end
// of the file is read, and the lines that set what is there at the end.
func (s Store) Resume(id string, now time.Time) (*Session, Resumed, error) {
	var r Resumed
	gone, err := s.removed()
	if err != nil {
		return nil, r, err
	}
	f, err := s.open(id+ending, os.O_RDWR)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, r, fmt.Errorf("%w: %s", ErrNone, id)
	}
	if err != nil {
		return nil, r, err
	}
	ses := &Session{store: s, id: id, removed: len(gone), file: f, vars: map[string]set{}, told: map[string]bool{}, sync: (*os.File).Sync}
	if err := s.hold(f, id); err != nil {
		f.Close()
		return nil, r, err
	}
	if r, err = ses.resume(gone, now); err != nil {
		f.Close()
		return nil, r, err
	}
	return ses, r, nil
}

func (s *Session) resume(gone removed, now time.Time) (Resumed, error) {
	var r Resumed
	info, err := s.file.Stat()
	if err != nil {
		return r, err
	}
	s.size = info.Size()
	end, err := wholeEnd(s.file, s.size)
	if err != nil {
		return r, err
	}
	if err := s.header(end); err != nil {
		return r, err
	}
	s.sum = sumBefore(s.file, end)
	last, hurt, err := s.lastState(end, &r)
	if err != nil {
		return r, err
	}
	if torn := s.size - end; torn > 0 {
		r.News = append(r.News, fmt.Sprintf("session %s was mended: its last %d bytes were an unfinished line, and were removed", s.id, torn))
		hurt = true
	}
	s.restore(last, end, gone, &r)
	if hurt {
		r.News = append(r.News, "what that would have changed is not known, so every variable counts as of unknown source until it is set again")
		if err := s.mend(end, now, &r); err != nil {
			return r, fmt.Errorf("session %s can't be mended: %w", s.id, s.said(err))
		}
	}
	r.Earlier = s.earlier(end, gone)
	return r, nil
}

// header reads the first line.
func (s *Session) header(end int64) error {
	l, _, err := readLine(s.file, 0, end)
	switch {
	case err == nil && l.Kind == kindSession && l.V > version:
		return fmt.Errorf("session %s was made by a newer secgpt", s.id)
	case err != nil && !errors.Is(err, ErrDamaged):
		return err
	case err != nil || l.Kind != kindSession || l.ID != s.id:
		return fmt.Errorf("%w: the first line of %s is not that of this session; `secgpt sessions show %s` prints what can be read", ErrDamaged, s.store.path(s.id+ending), s.id)
	}
	return nil
}

// lastState finds the last line that holds a state. Whatever stands after it was lost:
// a turn that did not end, or lines that can't be read.
func (s *Session) lastState(end int64, r *Resumed) (last *line, hurt bool, err error) {
	for at := end; at > 0; {
		start, err := startOf(s.file, at)
		if err != nil {
			return nil, hurt, err
		}
		l, _, err := readLine(s.file, start, end)
		r.Turn = max(r.Turn, l.N)
		switch {
		case err != nil && !errors.Is(err, ErrDamaged):
			return nil, hurt, err
		case err != nil:
			hurt = true
			r.News = append(r.News, fmt.Sprintf("session %s has a line of %d bytes near its end that can't be read", s.id, at-start))
		case l.Kind == kindRequest:
			hurt = true
			r.News = append(r.News, fmt.Sprintf("request %d of session %s did not come to its end", l.N, s.id))
		case l.State != nil:
			return &l, hurt, nil
		}
		at = start
	}
	return nil, hurt, nil
}

// restore reads the variables that a state names.
func (s *Session) restore(last *line, end int64, gone removed, r *Resumed) {
	r.State = State{None: label.Person(), Revealed: label.Person(), Shaped: label.Person()}
	if last == nil {
		return
	}
	st := last.State
	now := gone.since(st.Removed)
	r.State.None, r.State.Revealed, r.State.Calls = now(st.None.label), now(st.Revealed.label), st.Calls
	r.State.Shaped = now(st.Shaped.label)
	lines, lost := map[int64]*line{}, []string{}
	for _, p := range st.Vars {
		l := lines[p.At]
		if l == nil {
			read, _, err := readLine(s.file, p.At, end)
			if err != nil || read.State == nil {
				read = line{}
			}
			l = &read
			lines[p.At] = l
		}
		v, digest, ok := variable(l, p.Name, gone)
		if !ok {
			lost = append(lost, p.Name)
		} else {
			s.vars[p.Name] = set{at: p.At, digest: digest, v: v.known(digest)}
		}
		r.State.Vars = append(r.State.Vars, v)
	}
	if len(lost) > 0 {
		r.News = append(r.News, fmt.Sprintf("these variables of session %s can't be read any more: %s", s.id, strings.Join(lost, ", ")))
	}
}

// variable reads a variable from the line that set it. One that can't be read has no value,
// and counts as of unknown source. The digest is zero where a label changed since.
func variable(l *line, name string, gone removed) (v Var, digest [32]byte, ok bool) {
	bad := Var{Name: name}
	i := slices.IndexFunc(l.Set, func(v varLine) bool { return v.Name == name })
	if i < 0 {
		return bad, digest, false
	}
	was := l.Set[i]
	now := gone.since(l.State.Removed)
	v = Var{Name: name, Taint: now(was.Taint.label)}
	if was.V != nil {
		var err error
		if v.Value, err = decode(was.V, now); err != nil {
			return bad, digest, false
		}
		v.Set = true
	}
	set, _ := written(v)
	if text, err := marshal(was); err != nil || sha256.Sum256(text) != set.digest {
		return v, digest, true // it is written anew with the next turn
	}
	return v, set.digest, true
}

// known is v, if it stands in the file as it is.
func (v Var) known(digest [32]byte) *Var {
	if digest == ([32]byte{}) {
		return nil
	}
	return &v
}

// mend writes a line in the place of an unfinished one, or after others that can't be read,
// which makes every variable one of unknown source. It is one write: a crash in its middle
// leaves what was there to be mended again.
func (s *Session) mend(end int64, now time.Time, r *Resumed) error {
	unknown := label.Of(label.Unknown)
	for i, v := range r.State.Vars {
		v.Value, v.Taint = v.Value.Mixed(unknown), v.Taint.Join(unknown)
		r.State.Vars[i] = v
	}
	r.State.None = r.State.None.Join(unknown)
	l := line{Kind: kindMended, N: r.Turn, At: now.UTC(), Bytes: s.size - end}
	torn := s.size
	s.size, s.vars = end, map[string]set{}
	vars, _ := s.state(&l, r.State)
	s.size = torn
	if err := s.append(l, end, true); err != nil {
		return err
	}
	s.vars = vars
	return nil
}

// earlier reads the last turns.
func (s *Session) earlier(end int64, gone removed) []Turn {
	var all []Turn
	for at := end; at > 0 && len(all) < maxEarlier && end-at < maxEarlierBytes; {
		start, err := startOf(s.file, at)
		if err != nil {
			break
		}
		l, _, err := readLine(s.file, start, end)
		if err == nil && (l.Kind == kindTurn || l.Kind == kindRequest) {
			all = joined(all, l, gone)
		}
		at = start
	}
	slices.Reverse(all)
	return all
}

// joined adds a line to turns that were read backwards.
func joined(all []Turn, l line, gone removed) []Turn {
	if n := len(all); l.Kind == kindRequest && n > 0 && all[n-1].N == l.N {
		all[n-1].asked(l)
		return all
	}
	var t Turn
	t.N = l.N
	if l.Kind == kindRequest {
		t.asked(l)
	} else {
		t.answered(l, gone)
	}
	return append(all, t)
}
