// Package folder is careful access to a folder of the person's own files, for apps
// that read and change what other programs read and change too.
//
// It promises: names come from List and never from an argument; no link is followed;
// a file is replaced as a whole or not at all, and keeps its mode and its owner; two
// of ours never write at the same time (Lock). Start at List, Lock and Replace.
package folder

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"secgpt/apps/builtin"
)

// A Folder is the path of a granted folder.
type Folder string

// A File is one that List found.
type File struct {
	Name string // below the folder, with slashes
	Info fs.FileInfo
}

// maxDepth bounds how deep List goes: a folder of collections has two levels.
const maxDepth = 4

// maxEntries bounds how many names List looks at, of whatever kind.
const maxEntries = 100_000

// List finds the regular files whose name ends with one of suffixes (in small
// letters), sorted by name. Hidden ones and links are left out. If there are more
// than limit, the rest is left out and problems says so.
func (f Folder) List(limit int, suffixes ...string) (files []File, problems []string) {
	seen, over := 0, 0
	err := filepath.WalkDir(string(f), func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(string(f), path)
		if err != nil {
			if name == "." {
				return err
			}
			problems = append(problems, fmt.Sprintf("%s could not be opened: %v", printable(name), builtin.Pathless(err)))
			return fs.SkipDir
		}
		if name == "." {
			return nil
		}
		if seen++; seen > maxEntries {
			problems = append(problems, fmt.Sprintf("only the first %d names in the folder were looked at", maxEntries))
			return fs.SkipAll
		}
		switch {
		case strings.HasPrefix(d.Name(), "."):
			return skip(d)
		case d.IsDir():
			if strings.Count(name, string(filepath.Separator)) >= maxDepth-1 {
				return fs.SkipDir
			}
			return nil
		case !d.Type().IsRegular() || !hasSuffix(d.Name(), suffixes):
			return nil
		}
		if len(files) >= limit {
			over++
			return nil
		}
		if info, err := d.Info(); err == nil {
			files = append(files, File{filepath.ToSlash(name), info})
		}
		return nil
	})
	if err != nil {
		problems = append(problems, fmt.Sprintf("the folder could not be opened: %v", builtin.Pathless(err)))
	}
	if over > 0 {
		problems = append(problems, fmt.Sprintf("%s left out: %d are read at most", builtin.Count(over, "file was", "files were"), limit))
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return files, problems
}

func skip(d fs.DirEntry) error {
	if d.IsDir() {
		return fs.SkipDir
	}
	return nil
}

func hasSuffix(name string, suffixes []string) bool {
	return slices.ContainsFunc(suffixes, func(s string) bool {
		return strings.HasSuffix(strings.ToLower(name), s)
	})
}

// Read reads a file that List found, of at most max bytes.
func (f Folder) Read(name string, max int64) ([]byte, error) {
	return builtin.ReadFile(f.path(name), max)
}

// path refuses what List can't have found, also when it comes from an old record.
func (f Folder) path(name string) string {
	if !filepath.IsLocal(name) {
		return filepath.Join(string(f), ".not-a-name")
	}
	return filepath.Join(string(f), filepath.FromSlash(name))
}

// printable is a file name as a sentence can hold it.
func printable(name string) string {
	return builtin.Cut(strings.ToValidUTF8(name, "\uFFFD"), 100)
}
