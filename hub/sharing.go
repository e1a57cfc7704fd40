package hub

import (
	"net/netip"
	"path/filepath"
	"slices"
	"strings"

	"secgpt/apps"
	"secgpt/isolate/egress"
)

// sharing names the other apps that can write where this one reads: what it returns
// may be theirs, and so carries them too. Rooms keep apps apart, but not what two of
// them were granted.
func sharing(app apps.App, all []apps.App) []string {
	var others []string
	for _, other := range all {
		if other.Name != app.Name && (writesTo(other, app) || meets(other, app)) {
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

// meets reports whether two apps reach one host, by its name or by an address that both
// were granted: what the one stores there, the other may fetch. Ports do not part them.
func meets(a, b apps.App) bool {
	if len(a.Grants.Hosts) == 0 || len(b.Grants.Hosts) == 0 {
		return false
	}
	hosts, errA := egress.ParseGrants(a.Grants.Hosts)
	others, errB := egress.ParseGrants(b.Grants.Hosts)
	if errA != nil || errB != nil {
		return true // such an app is locked; nobody knows what it reached
	}
	for _, h := range hosts {
		for _, o := range others {
			if h.Host == o.Host || slices.ContainsFunc(h.Addresses, func(at netip.Addr) bool { return slices.Contains(o.Addresses, at) }) {
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
