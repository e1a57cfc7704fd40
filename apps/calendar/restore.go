package calendar

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"secgpt/apps/builtin"
	"secgpt/apps/builtin/ics"
)

// restore makes what a change was about what it was before. Builtin's journal calls
// it after current.
func (a *app) restore(object string, before builtin.Content) error {
	r, err := parseObject(object)
	if err != nil {
		return err
	}
	unlock, err := a.dir.Lock(context.Background())
	if err != nil {
		return err
	}
	defer unlock()
	if r.id == "" {
		return a.restoreFile(r, before)
	}
	data, err := a.dir.Read(r.file, maxFile)
	if errors.Is(err, fs.ErrNotExist) && before.Exists {
		return builtin.Errorf("the calendar %s is gone, so its event can't be brought back", r.file)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return builtin.Errorf("%s could not be read: %v", r.file, err)
	}
	text, err := r.regrouped(string(data), string(before.Bytes))
	if err != nil {
		return err
	}
	return a.dir.Replace(r.file, []byte(text))
}

func (a *app) restoreFile(r record, before builtin.Content) error {
	_, err := a.dir.Read(r.file, maxFile)
	gone := errors.Is(err, fs.ErrNotExist)
	switch {
	case before.Exists && gone:
		return a.dir.Create(r.file, before.Bytes, r.mode)
	case before.Exists:
		return a.dir.Replace(r.file, before.Bytes)
	case gone:
		return nil
	}
	return a.dir.Remove(r.file)
}

// regrouped is a file's text with the events of the series replaced by those in group,
// each put where it stood.
func (r record) regrouped(text, group string) (string, error) {
	roots, err := ics.Parse(text, fileLimits)
	if err != nil {
		return "", builtin.Errorf("%s could not be read: %v", r.file, err)
	}
	pieces, err := ics.Parse(group, fileLimits)
	if err != nil || len(pieces) != len(r.places) {
		return "", errRecord
	}
	var drop []splice
	for _, part := range groupOf(r.file, text, roots, r.id).parts {
		drop = append(drop, splice{start: part.Start, end: part.End})
	}
	text = spliced(text, drop)
	// One after the other: each counts on those before it being there.
	for i, p := range r.places {
		if text, err = inserted(r.file, text, p, group[pieces[i].Start:pieces[i].End]); err != nil {
			return "", err
		}
	}
	return text, nil
}

// inserted puts the text of an event in front of what stands at a place now, or at the
// end of its calendar.
func inserted(name, text string, at place, event string) (string, error) {
	roots, err := ics.Parse(text, fileLimits)
	if err != nil {
		return "", builtin.Errorf("%s could not be read: %v", name, err)
	}
	var calendars []*ics.Component
	for _, r := range roots {
		if r.Name == "VCALENDAR" {
			calendars = append(calendars, r)
		}
	}
	if len(calendars) == 0 {
		return "", builtin.Errorf("there is no calendar in %s any more, so its event can't be brought back", name)
	}
	root := calendars[min(at.root, len(calendars)-1)]
	end := endOf(text, root)
	if at.part < len(root.Children) {
		end = root.Children[at.part].Start
	}
	return spliced(text, []splice{{end, end, event}}), nil
}

// endOf is where the END line of a calendar begins; its end, if that line is missing.
func endOf(text string, root *ics.Component) int {
	if !root.Ended {
		return root.End
	}
	body := strings.TrimRight(text[root.Start:root.End], "\r\n \t")
	return root.Start + strings.LastIndexByte(body, '\n') + 1
}
