package calendar

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"

	"secgpt/apps/builtin"
	"secgpt/apps/builtin/folder"
	"secgpt/apps/builtin/ics"
)

// Bounds of what is read for one request.
const (
	maxFiles  = 10_000    // a folder with a file for each event has thousands
	maxFile   = 20 << 20  // bytes of one, ten years of a busy calendar
	maxAll    = 100 << 20 // bytes of all, which must fit the room's memory
	maxEvents = 50_000
)

// fileLimits bound the text of one calendar of the person's own.
var fileLimits = ics.Limits{Lines: 1_000_000, Components: 200_000, Depth: 8}

// A library is every calendar in the folder, as it is now.
type library struct {
	files    []*file
	problems []string
	atlas    *atlas
}

// A file is one .ics file.
type file struct {
	folder.File
	text   string
	roots  []*ics.Component // VCALENDARs, damaged text around them left out
	series []*series
}

// calendar is the name of the file's calendar for people: its own, or its folder's
// if each event has a file there.
func (f *file) calendar() string {
	if dir := path.Dir(f.Name); dir != "." && f.holdsOne() {
		return path.Base(dir)
	}
	return strings.TrimSuffix(path.Base(f.Name), path.Ext(f.Name))
}

// holdsOne reports whether the file was made for a single event: its name is the
// event's UID, as programs that sync with a server keep them.
func (f *file) holdsOne() bool {
	uids := map[string]bool{}
	for _, s := range f.series {
		uids[s.uid] = true
	}
	return len(uids) == 1 && uids[strings.TrimSuffix(path.Base(f.Name), path.Ext(f.Name))]
}

// A series is the VEVENTs of one UID in one file: an event, or one that repeats and
// its changed times.
type series struct {
	id      string // minted from the file and the UID
	uid     string
	file    *file
	master  *event // nil if only changed times are there
	changed []*event
}

// load reads every calendar. What can't be read is named in problems.
func load(ctx context.Context, dir folder.Folder, local *zone) (*library, error) {
	lib := &library{atlas: newAtlas(local)}
	found, problems := dir.List(maxFiles, ".ics")
	lib.problems = problems
	bad := builtin.Bad{What: "calendars", Total: len(found)}
	size, events := 0, 0
	for _, entry := range found {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if size += int(entry.Info.Size()); size > maxAll {
			lib.problem("%s and what comes after it was left out: %d MB of calendars are read at most", entry.Name, maxAll>>20)
			break
		}
		data, err := dir.Read(entry.Name, maxFile)
		if err != nil {
			bad.Add(entry.Name, err)
			continue
		}
		f := &file{File: entry, text: string(data)}
		room := maxEvents - events
		if err := lib.read(f, &room); err != nil {
			bad.Add(entry.Name, err)
			continue
		}
		lib.files = append(lib.files, f)
		if events = maxEvents - room; room <= 0 {
			lib.problem("%s and what comes after it was cut: %d events are read at most", entry.Name, maxEvents)
			break
		}
	}
	lib.problems = append(lib.problems, bad.Problems()...)
	return lib, nil
}

func (lib *library) problem(format string, args ...any) {
	lib.problems = append(lib.problems, fmt.Sprintf(format, args...))
}

// read takes one file apart. Room is how many more events may be read.
func (lib *library) read(f *file, room *int) error {
	roots, err := ics.Parse(f.text, fileLimits)
	if err != nil {
		return err
	}
	odd, damaged := 0, false
	for _, root := range roots {
		if root.Name == "VCALENDAR" {
			f.roots = append(f.roots, root)
			odd += root.Odd
			damaged = damaged || !root.Ended
		}
	}
	if len(f.roots) == 0 && strings.TrimSpace(f.text) != "" {
		return errors.New("there is no calendar in it")
	}
	zones := newZones(lib.atlas, f.roots)
	bad := builtin.Bad{What: "events in " + f.Name}
	bySeries := map[string]*series{}
	for _, root := range f.roots {
		for _, part := range root.Children {
			if part.Name != "VEVENT" {
				continue
			}
			if *room <= 0 {
				break
			}
			*room--
			bad.Total++
			odd += part.Odd
			e, err := newEvent(part, zones)
			if err != nil {
				bad.Add(quoted(part), err)
				continue
			}
			f.add(e, bySeries)
		}
	}
	lib.problems = append(lib.problems, bad.Problems()...)
	if damaged {
		lib.problem("%s ends too early: its last line should be END:VCALENDAR", f.Name)
	}
	if odd > 0 {
		lib.problem("%s has %s", f.Name, builtin.Count(odd, "line that is not of a calendar; it was passed over", "lines that are not of a calendar; they were passed over"))
	}
	lib.unknownZones(f, zones)
	return nil
}

func quoted(part *ics.Component) string {
	if title := short(part.Text("SUMMARY"), maxName); title != "" {
		return strconv.Quote(title)
	}
	return "one without a title"
}

// add puts an event into its series. A second event of a UID that is no changed time
// is a mistake of some other program; it is served as a series of its own.
func (f *file) add(e *event, bySeries map[string]*series) {
	s := bySeries[e.uid]
	if s == nil || e.uid == "" || e.of == nil && s.master != nil {
		name := f.Name + "\x00" + e.uid
		if e.uid == "" || s != nil {
			name += "\x00" + strconv.Itoa(len(f.series))
		}
		made := &series{id: builtin.ID("event", name), uid: e.uid, file: f}
		f.series = append(f.series, made)
		if s == nil {
			bySeries[e.uid] = made
		}
		s = made
	}
	if e.of == nil {
		s.master = e
	} else {
		s.changed = append(s.changed, e)
	}
}

// maxUnknown bounds how many unknown zones of one file are named.
const maxUnknown = 5

func (lib *library) unknownZones(f *file, z *zones) {
	if len(z.unknown) == 0 {
		return
	}
	names := []string{}
	for _, n := range z.unknown[:min(len(z.unknown), maxUnknown)] {
		names = append(names, strconv.Quote(short(n, maxName)))
	}
	if more := len(z.unknown) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	lib.problem("%s names unknown time zones, which are read as yours: %s", f.Name, strings.Join(names, ", "))
}
