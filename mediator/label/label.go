// Package label says where a value came from.
//
// A Label is the set of sources whose data may be in a value; a Value is JSON
// whose every part carries one. The plan computes with Values, the mediator
// judges them, the screen marks them: it is one type from the app's room to the
// person's eyes, so that there is no conversion in which a source could be lost.
//
// Start with Label.Join: everything else here only makes sure that it is called.
package label

import (
	"slices"
	"strings"
)

// A Source is where data came from: an app's name, web/HOST, or one of the
// constants below.
type Source string

// The sources that are no apps.
const (
	Stdin Source = "stdin" // data on standard input beside -p
	Paste Source = "paste" // a paste of more than one line or 80 characters
	File  Source = "file"  // a file handed over with @PATH
	Web   Source = "web"   // prefix of web/HOST: a fetched page

	// Unknown is the source of a zero Label. No rule can name it, so data that
	// somebody forgot to label is never let through unasked.
	Unknown Source = "unknown"
)

// A Label is a set of sources. It is immutable and safe to share. The empty
// label, Person, means that the person or the hub made the value; the zero Label
// is not that: it means that nobody said, and reads as {unknown}.
type Label struct {
	set     bool
	sources []Source // sorted, no repeats
}

// Person is the label of what the person typed and what the hub itself made.
func Person() Label { return Label{set: true} }

// Of returns the label that holds exactly these sources.
func Of(sources ...Source) Label {
	s := slices.Clone(sources)
	slices.Sort(s)
	return Label{set: true, sources: slices.Compact(s)}
}

// Join returns the union: the label of anything made from values labelled l and o.
func (l Label) Join(o Label) Label {
	switch {
	case l.set && o.set && (len(o.sources) == 0 || l.shares(o)):
		return l
	case l.set && o.set && len(l.sources) == 0:
		return o
	}
	if l.set && o.set && l.Covers(o) {
		return l
	}
	return Of(append(l.Sources(), o.Sources()...)...)
}

// shares reports whether both are one set in memory, as the labels of the parts of one
// result are: large values are joined without a look at each source.
func (l Label) shares(o Label) bool {
	return len(l.sources) == len(o.sources) && len(l.sources) > 0 && &l.sources[0] == &o.sources[0]
}

// Sources returns the sources, sorted; the caller owns the slice.
func (l Label) Sources() []Source {
	if !l.set {
		return []Source{Unknown}
	}
	return slices.Clone(l.sources)
}

// Empty reports whether nothing but the person and the hub is in the value.
func (l Label) Empty() bool { return l.set && len(l.sources) == 0 }

// Has reports whether s may be in the value.
func (l Label) Has(s Source) bool {
	if !l.set {
		return s == Unknown
	}
	_, found := slices.BinarySearch(l.sources, s)
	return found
}

// Covers reports whether every source of o is one of l's.
func (l Label) Covers(o Label) bool {
	if !o.set {
		return l.Has(Unknown)
	}
	return !slices.ContainsFunc(o.sources, func(s Source) bool { return !l.Has(s) })
}

// Equal reports whether both hold the same sources.
func (l Label) Equal(o Label) bool { return slices.Equal(l.Sources(), o.Sources()) }

// String lists the sources as a person reads them: "calendar, mail"; "" if empty.
func (l Label) String() string {
	names := make([]string, 0, len(l.sources))
	for _, s := range l.Sources() {
		names = append(names, string(s))
	}
	return strings.Join(names, ", ")
}
