package main

import (
	"maps"
	"slices"
	"strings"
)

// A finding is what one room says: the same as in package isolate's mutant_test.go.
type finding struct {
	Refused string
	Wrong   map[string]string
}

// Findings are those of each kind of room.
type findings map[string]finding

// What notices.
const (
	byRow    = "row"
	byProof  = "proof"  // the start is refused, or the second look after the exec fails
	byFilter = "filter" // it is asked without the kernel, which refuses the same
	byTest   = "test"
	byPair   = "pair"

	outside = "outside of the room" // what is around it is not as it was
)

// said are the rows, by their ids, and the layers that noticed.
func (f findings) said() (all []string) {
	for _, room := range slices.Sorted(maps.Keys(f)) {
		if refused := f[room].Refused; refused != "" && !slices.Contains(all, refused) {
			all = append(all, refused)
		}
	}
	for _, room := range slices.Sorted(maps.Keys(f)) {
		for _, id := range slices.Sorted(maps.Keys(f[room].Wrong)) {
			if !slices.Contains(all, id) {
				all = append(all, id)
			}
		}
	}
	return all
}

// refused says why there is no room in which a row could notice anything.
func (f findings) refused() (why string) {
	for room, found := range f {
		switch {
		case room == byFilter || room == outside:
		case found.Refused == "":
			return ""
		default:
			why = found.Refused
		}
	}
	return why
}

// by tells a refused start from a row, and a row from a look at the filter alone.
func (f findings) by() string {
	by := byFilter
	for room, found := range f {
		if found.Refused != "" {
			return byProof
		}
		if room != byFilter && len(found.Wrong) > 0 {
			by = byRow
		}
	}
	return by
}

// differences are the rows that come to something else in the one than in the other.
func differences(a, b findings) (all []string) {
	for _, room := range slices.Sorted(maps.Keys(b)) {
		if a[room].Refused != b[room].Refused {
			all = append(all, strings.TrimPrefix(a[room].Refused+", "+b[room].Refused, ", "))
			continue
		}
		ids := maps.Clone(a[room].Wrong)
		if ids == nil {
			ids = map[string]string{}
		}
		maps.Copy(ids, b[room].Wrong)
		for _, id := range slices.Sorted(maps.Keys(ids)) {
			if a[room].Wrong[id] != b[room].Wrong[id] && !slices.Contains(all, id) {
				all = append(all, id)
			}
		}
	}
	return all
}
