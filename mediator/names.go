package mediator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"
)

// NameList is the list of names: what the person approved for a name they typed,
// bound by that approval and by nothing else. It is one JSON object in a file:
//
//	{"bob":"bob@example.org"}
//
// Safe for use by several goroutines; the last writer of several processes wins.
type NameList struct {
	mu   sync.Mutex
	path string
	list map[string]string
}

// maxNames bounds the list. Nobody types more names than that.
const maxNames = 10_000

// OpenNames reads the list at path, which need not exist. With "" nothing is kept.
func OpenNames(path string) (*NameList, error) {
	l := &NameList{path: path, list: map[string]string{}}
	if path == "" {
		return l, nil
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &l.list)
	}
	if err != nil {
		return nil, fmt.Errorf("the list of names %s can't be read: %w; delete it to start a new one", path, err)
	}
	return l, nil
}

// Snapshot returns a copy of the list.
func (l *NameList) Snapshot() map[string]string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.list)
}

// Lookup returns the value bound to a name, whatever its case.
func (l *NameList) Lookup(name string) (string, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	v, ok := l.list[fold(name)]
	return v, ok
}

// bind records that the person approved value for name.
func (l *NameList) bind(name, value string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if name = fold(name); name == "" || l.list[name] == value || len(l.list) >= maxNames {
		return nil
	}
	l.list[name] = value
	if l.path == "" {
		return nil
	}
	data, err := json.Marshal(l.list)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(l.path), ".names-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), l.path)
}

func fold(name string) string { return strings.ToLower(norm.NFC.String(strings.TrimSpace(name))) }
