package hub

import (
	"path/filepath"
	"strings"

	"secgpt/apps"
)

// sharing names the other apps that can write where this one reads: what it returns
// may be theirs, and so carries them too. Rooms keep apps apart, but not what two of
// them were granted.
func sharing(app apps.App, all []apps.App) []string {
	var others []string
	for _, other := range all {
		if other.Name != app.Name && writesTo(other, app) {
			others = append(others, other.Name)
		}
	}
	return others
}

// writesTo reports whether a grant lets an app write into what another was granted.
func writesTo(writer, reader apps.App) bool {
	for _, w := range writer.Files {
		for _, r := range reader.Files {
			if w.Write && (inside(w.Path, r.Path) || inside(r.Path, w.Path)) {
				return true
			}
		}
	}
	return false
}

// inside reports whether path is folder or below it, once links are followed.
func inside(path, folder string) bool {
	real := func(p string) string {
		if r, err := filepath.EvalSymlinks(p); err == nil {
			return r
		}
		return filepath.Clean(p)
	}
	rel, err := filepath.Rel(real(folder), real(path))
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
