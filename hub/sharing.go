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
func sharing(app apps.App, all []apps.App) []string { return linked{}.sharing(app, all) }

// writesTo reports whether a grant lets an app write into what another was granted.
func writesTo(writer, reader apps.App) bool { return linked{}.writesTo(writer, reader) }

// linked keeps what paths are once links are followed, for as long as one question lasts.
type linked map[string]string

func (k linked) sharing(app apps.App, all []apps.App) []string {
	var others []string
	for _, other := range all {
		if other.Name != app.Name && (k.writesTo(other, app) || meets(other, app)) {
			others = append(others, other.Name)
		}
	}
	return others
}

func (k linked) writesTo(writer, reader apps.App) bool {
	for _, w := range writer.Files {
		for _, r := range reader.Files {
			if w.Write && k.overlap(w.Path, r.Path) {
				return true
			}
		}
	}
	return false
}

// feeds are all apps whose data can come to where this one reads, by way of others too.
func (k linked) feeds(app apps.App, all []apps.App) []apps.App {
	var found []apps.App
	for next := []apps.App{app}; len(next) > 0; next = next[1:] {
		names := k.sharing(next[0], all)
		for _, other := range all {
			known := func(a apps.App) bool { return a.Name == other.Name }
			if slices.Contains(names, other.Name) && other.Name != app.Name && !slices.ContainsFunc(found, known) {
				found, next = append(found, other), append(next, other)
			}
		}
	}
	return found
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

// overlap reports whether one of two paths is the other or below it.
func (k linked) overlap(a, b string) bool { return k.inside(a, b) || k.inside(b, a) }

// inside reports whether path is folder or below it.
func (k linked) inside(path, folder string) bool {
	rel, err := filepath.Rel(k.real(folder), k.real(path))
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// real is a path once links are followed, as it can be compared with what was noted: a name
// that is no text is not kept as it is, and two of those may then count as one.
func (k linked) real(path string) string {
	is, ok := k[path]
	if !ok {
		is = filepath.Clean(path)
		if r, err := filepath.EvalSymlinks(path); err == nil {
			is = r
		}
		is = strings.ToValidUTF8(is, "\uFFFD")
		k[path] = is
	}
	return is
}
