package memory

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"secgpt/apps/osfile"
	"secgpt/mediator/label"
)

// A label names an app by its name, and means its install. When an app is removed, a line
// in removed.jsonl says so:
//
//	{"app":"weather","at":"2026-11-23T14:02:03Z"}
//
// Each line of a session says how many of them there were when its process began. Those
// after are about apps that its labels mean: those sources read as unknown. A line that
// can't be read could name any app, and a file that has fewer lines than a session counted
// has lost some: then every source is unknown.
type removed []label.Source

const removedName = "removed.jsonl"

// maxRemoved bounds the file, in bytes: 10,000 removals and more.
const maxRemoved = 1 << 20

type removedLine struct {
	App label.Source `json:"app"`
	At  time.Time    `json:"at"`
}

// Retire records that an app was removed.
func (s Store) Retire(app string, now time.Time) error {
	if err := s.folder(); err != nil {
		return err
	}
	b, err := marshal(removedLine{label.Source(app), now.UTC()})
	if err != nil {
		return err
	}
	f, err := s.open(removedName, os.O_RDWR|os.O_APPEND|os.O_CREATE)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := osfile.Lock(f); err != nil {
		return err
	}
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	last := []byte{'\n'}
	if end > 0 {
		if _, err := f.ReadAt(last, end-1); err != nil {
			return err
		}
	}
	if last[0] != '\n' { // torn: it stays a line that can't be read
		b = append([]byte{'\n'}, b...)
	}
	if _, err = f.Write(append(b, '\n')); err == nil {
		err = f.Sync()
	}
	return err
}

// removed reads the apps that were removed, oldest first; "" is one that can't be read.
func (s Store) removed() (removed, error) {
	f, err := s.open(removedName, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxRemoved))
	if err != nil {
		return nil, err
	}
	var all removed
	for text := range bytes.SplitSeq(bytes.TrimSuffix(data, []byte("\n")), []byte("\n")) {
		if len(data) == 0 {
			break
		}
		var l removedLine
		if json.Unmarshal(text, &l) != nil {
			l.App = ""
		}
		all = append(all, l.App)
	}
	return all, nil
}

// since gives labels as they stand now, that were written when n apps had been removed.
func (r removed) since(n int) func(label.Label) label.Label {
	if n == len(r) {
		return func(l label.Label) label.Label { return l }
	}
	all := n < 0 || n > len(r)
	gone := map[label.Source]bool{}
	if !all {
		for _, app := range r[n:] {
			all = all || app == ""
			gone[app] = true
		}
	}
	return func(l label.Label) label.Label {
		sources := l.Sources()
		for i, s := range sources {
			if all || gone[s] {
				sources[i] = label.Unknown
			}
		}
		return label.Of(sources...)
	}
}

func (s Store) path(name string) string { return filepath.Join(s.dir, name) }
