// Package code knows the files behind an app's command: it lists them with their
// digests when the person agrees to an app, and tells at each start whether they are
// still the same. `npx` and its like fetch the newest version whenever they run; what
// was agreed to must not change that way.
//
// The list is files.json in the app's folder:
//
//	[{"path":"/opt/x/server.js","sum":"sha256:…"},{"path":"/opt/x/latest","sum":"link:1.2"}]
//
// It promises that a file, a link or a folder that was added, changed or taken away
// below one of the places makes another digest. It follows no link, and what it reads
// is bounded. What stands in /usr, but for /usr/local, is the system's: it changes with
// the system and is not listed.
//
// Start reading at Read; seen.go spares most starts the reading.
package code

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The bounds of what one command may be made of. A Python to which everything was ever
// installed has some sixty thousand files and 1 GB; one look at each takes half a second.
const (
	maxFiles = 200_000
	maxBytes = 4 << 30
	// MaxList bounds files.json, in bytes.
	MaxList = 64 << 20
)

// A Place is where files behind a command are: one file, or a folder with all below it.
type Place struct {
	Path string
	// Bare leaves out what is in folders called site-packages: a venv stands before this
	// Python, and loads nothing from there.
	Bare bool
}

// A File is one thing on the disk, and what is in it.
type File struct {
	Path string `json:"path"`
	Sum  string `json:"sum"` // "sha256:…", "program:sha256:…" if it can be executed, "link:TARGET", "folder", "other"
}

// A List is all that a command is made of, by path.
type List []File

// Read lists what is at and below the places.
func Read(places []Place) (List, error) {
	var l List
	bytes := int64(0)
	err := walk(places, func(path string, info fs.FileInfo) error {
		sum, err := sumOf(path, info)
		if bytes += info.Size(); bytes > maxBytes {
			return fmt.Errorf("it is made of more than %d bytes, at %s: install it in a folder of its own", int64(maxBytes), path)
		}
		l = append(l, File{path, sum})
		return err
	})
	slices.SortFunc(l, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return slices.CompactFunc(l, func(a, b File) bool { return a.Path == b.Path }), err
}

// walk visits everything at and below the places, in no order that means anything.
func walk(places []Place, visit func(path string, info fs.FileInfo) error) error {
	n := 0
	for _, place := range places {
		err := filepath.WalkDir(place.Path, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if place.Bare && d.IsDir() && d.Name() == "site-packages" {
				return fs.SkipDir
			}
			if n++; n > maxFiles {
				return fmt.Errorf("it is made of more than %d files, at %s: install it in a folder of its own", maxFiles, place.Path)
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			return visit(path, info)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func sumOf(path string, info fs.FileInfo) (string, error) {
	switch m := info.Mode(); {
	case m.IsDir():
		return "folder", nil
	case m&fs.ModeSymlink != 0:
		to, err := os.Readlink(path)
		return "link:" + to, err
	case !m.IsRegular():
		return "other", nil // never opened: it may be a pipe
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if n, err := io.Copy(h, io.LimitReader(f, info.Size()+1)); err != nil || n != info.Size() {
		return "", fmt.Errorf("%s: it changed while it was read, or can't be read; try again", path)
	}
	sum := "sha256:" + hex.EncodeToString(h.Sum(nil))
	if info.Mode()&0o111 != 0 {
		sum = "program:" + sum
	}
	return sum, nil
}

// Paths are the places of all that is listed.
func (l List) Paths() []string {
	var all []string
	for _, f := range l {
		all = append(all, f.Path)
	}
	return all
}

// Digest is one text that stands for the list.
func (l List) Digest() string {
	h := sha256.New()
	for _, f := range l {
		fmt.Fprintf(h, "%d:%s%d:%s", len(f.Path), f.Path, len(f.Sum), f.Sum) // lengths keep neighbours apart
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// Decode reads a list as Encode wrote it.
func Decode(b []byte) (List, error) {
	var l List
	if err := json.Unmarshal(b, &l); err != nil {
		return nil, fmt.Errorf("it is no list of files: %w", err)
	}
	return l, nil
}

// Encode writes the list.
func (l List) Encode() ([]byte, error) {
	b, err := json.Marshal(l)
	if err == nil && len(b) > MaxList {
		err = fmt.Errorf("the list of its files is %d bytes, %d at most", len(b), MaxList)
	}
	return b, err
}

// maxChanges bounds a difference. What is in the files is not shown, so that a longer list
// of their names would tell nobody more.
const maxChanges = 200

// Diff says how the files now differ from those that were agreed to, a sentence each;
// nil if they don't.
func Diff(agreed, now List) []string {
	old := map[string]string{}
	for _, f := range agreed {
		old[f.Path] = f.Sum
	}
	var all []string
	for _, f := range now {
		switch sum, ok := old[f.Path]; {
		case !ok:
			all = append(all, fmt.Sprintf("the file %.200q is new", f.Path))
		case sum != f.Sum:
			all = append(all, fmt.Sprintf("the file %.200q changed", f.Path))
		}
		delete(old, f.Path)
	}
	for _, f := range agreed {
		if _, gone := old[f.Path]; gone {
			all = append(all, fmt.Sprintf("the file %.200q is gone", f.Path))
		}
	}
	if n := len(all); n > maxChanges {
		all = append(all[:maxChanges], fmt.Sprintf("… and %d more files", n-maxChanges))
	}
	return all
}
