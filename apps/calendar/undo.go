package calendar

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"secgpt/apps/builtin"
	"secgpt/apps/builtin/ics"
)

// What a change is about is named in the journal as one of
//
//	event e0123456789abcdef in work.ics at 0.3 0.7
//	file 640 20b5.ics
//
// The first is every VEVENT of one series in that file; the numbers say where they
// stood before the change: which VCALENDAR, and which part of it. The second is a
// file that holds a single event, and its mode.

// A group is the VEVENTs of one series in one file.
type group struct {
	parts  []*ics.Component
	places []place
	texts  []string
}

// A place is an index of a VCALENDAR in its file, and of a part in it.
type place struct{ root, part int }

// groupOf finds the events of a series by its id, that of the UID as the first with
// it has it.
func groupOf(name, text string, roots []*ics.Component, id string) group {
	var g group
	r := -1
	for _, root := range roots {
		if root.Name != "VCALENDAR" {
			continue
		}
		r++
		for i, part := range root.Children {
			if part.Name == "VEVENT" && seriesID(name, part.Text("UID")) == id {
				g.parts = append(g.parts, part)
				g.places = append(g.places, place{r, i})
				g.texts = append(g.texts, text[part.Start:part.End])
			}
		}
	}
	return g
}

// seriesID mints the id of the events with a UID in a file.
func seriesID(file, uid string) string { return builtin.ID("event", file+"\x00"+uid) }

func (g group) content() builtin.Content {
	if len(g.parts) == 0 {
		return builtin.Content{}
	}
	return builtin.Present([]byte(strings.Join(g.texts, "")))
}

func (g group) object(file, id string) string {
	var b strings.Builder
	for _, p := range g.places {
		fmt.Fprintf(&b, " %d.%d", p.root, p.part)
	}
	return "event " + id + " in " + file + " at" + b.String()
}

func fileObject(name string, mode fs.FileMode) string {
	return fmt.Sprintf("file %o %s", mode.Perm(), name)
}

// A record is what object and fileObject wrote, read back.
type record struct {
	file   string
	mode   fs.FileMode // of a whole file
	id     string      // of a series; "" for a whole file
	places []place
}

var errRecord = builtin.Errorf("the record of this change is damaged: it can't be undone")

func parseObject(object string) (record, error) {
	kind, rest, _ := strings.Cut(object, " ")
	switch kind {
	case "file":
		octal, name, _ := strings.Cut(rest, " ")
		mode, err := strconv.ParseUint(octal, 8, 9)
		if err != nil {
			return record{}, errRecord
		}
		return record{file: name, mode: fs.FileMode(mode)}, nil
	case "event":
		id, rest, _ := strings.Cut(rest, " in ")
		cut := strings.LastIndex(rest, " at")
		if cut < 0 {
			return record{}, errRecord
		}
		r := record{file: rest[:cut], id: id}
		for f := range strings.FieldsSeq(rest[cut+3:]) {
			var p place
			if n, err := fmt.Sscanf(f, "%d.%d", &p.root, &p.part); n != 2 || err != nil || min(p.root, p.part) < 0 {
				return record{}, errRecord
			}
			r.places = append(r.places, p)
		}
		return r, nil
	}
	return record{}, errRecord
}

// current is what a change is about, as it is now.
func (a *app) current(object string) (builtin.Content, error) {
	r, err := parseObject(object)
	if err != nil {
		return builtin.Content{}, err
	}
	text, err := a.dir.Read(r.file, maxFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return builtin.Content{}, nil
	case err != nil:
		return builtin.Content{}, builtin.Errorf("%s could not be read: %v", r.file, err)
	case r.id == "":
		return builtin.Present(text), nil
	}
	roots, err := ics.Parse(string(text), fileLimits)
	if err != nil {
		return builtin.Content{}, builtin.Errorf("%s could not be read: %v", r.file, err)
	}
	return groupOf(r.file, string(text), roots, r.id).content(), nil
}
