package apps

import (
	"os"
	"path/filepath"
	"strings"
)

// A home is the person's home folder as manifests name it and as it really is.
type home struct{ said, is string }

func newHome(dir string) (home, error) {
	if dir == "" {
		d, err := os.UserHomeDir()
		if err != nil {
			return home{}, err
		}
		dir = d
	}
	dir = filepath.Clean(dir)
	if is, err := filepath.EvalSymlinks(dir); err == nil {
		return home{dir, is}, nil
	}
	return home{dir, dir}, nil // a home that is missing holds nothing to grant
}

// real is a path with ~, or the home as it is called, replaced by the home as it is.
func (h home) real(path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		return filepath.Join(h.is, rest)
	}
	if rest, ok := strings.CutPrefix(path, h.said+"/"); ok {
		return filepath.Join(h.is, rest)
	}
	return filepath.Clean(path)
}

func (h home) grants(files []FileGrant) []FileAt {
	var all []FileAt
	for _, f := range files {
		p := h.real(f.Path)
		all = append(all, FileAt{Path: p, At: p, Write: f.Mode == "rw"})
	}
	return all
}
