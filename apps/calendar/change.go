package calendar

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"secgpt/apps/builtin"
	"secgpt/apps/builtin/folder"
	"secgpt/apps/builtin/ics"
)

// A splice replaces bytes of a file's text.
type splice struct {
	start, end int
	text       string
}

// spliced is text with all splices done; they must not overlap.
func spliced(text string, all []splice) string {
	slices.SortStableFunc(all, func(a, b splice) int { return a.start - b.start })
	var b strings.Builder
	at := 0
	for _, s := range all {
		b.WriteString(text[at:s.start] + s.text)
		at = s.end
	}
	return b.String() + text[at:]
}

// commit gives f a new text in which only the events of one series differ, and keeps
// what takes that back. The folder must be locked.
func (a *app) commit(f *file, series, newText string) (undo string, err error) {
	if err := a.unchanged(f); err != nil {
		return "", err
	}
	roots, err := ics.Parse(newText, fileLimits)
	if err != nil {
		return "", builtin.Errorf("%s would be too large afterwards: %v; nothing was changed", f.Name, err)
	}
	before := groupOf(f.Name, f.text, f.roots, series)
	after := groupOf(f.Name, newText, roots, series)
	token, err := a.journal.Keep(before.object(f.Name, series), before.content(), after.content())
	if err != nil {
		return "", err
	}
	if err := a.dir.Replace(f.Name, []byte(newText)); err != nil {
		a.journal.Drop(token)
		return "", err
	}
	return token, nil
}

// create makes a file that was not there. Whole says that undoing removes the file
// again; else it only takes the event out.
func (a *app) create(name, text, series string, whole bool) (undo string, err error) {
	object, after := fileObject(name, folder.Private), builtin.Present([]byte(text))
	if !whole {
		roots, err := ics.Parse(text, fileLimits)
		if err != nil {
			return "", err
		}
		object, after = group{}.object(name, series), groupOf(name, text, roots, series).content()
	}
	token, err := a.journal.Keep(object, builtin.Content{}, after)
	if err != nil {
		return "", err
	}
	if err := a.dir.Create(name, []byte(text), folder.Private); err != nil {
		a.journal.Drop(token)
		return "", existing(name, err)
	}
	return token, nil
}

// remove deletes the file of a single event.
func (a *app) remove(f *file) (undo string, err error) {
	if err := a.unchanged(f); err != nil {
		return "", err
	}
	token, err := a.journal.Keep(fileObject(f.Name, f.Info.Mode()), builtin.Present([]byte(f.text)), builtin.Content{})
	if err != nil {
		return "", err
	}
	if err := a.dir.Remove(f.Name); err != nil {
		a.journal.Drop(token)
		return "", err
	}
	return token, nil
}

// unchanged makes sure that no other program wrote since f was read.
func (a *app) unchanged(f *file) error {
	now, err := a.dir.Read(f.Name, maxFile)
	if err != nil {
		return builtin.Errorf("%s could not be read again: %v; nothing was changed", f.Name, err)
	}
	if string(now) != f.text {
		return builtin.Errorf("another program just changed %s; nothing was changed: try again", f.Name)
	}
	return nil
}

func existing(name string, err error) error {
	if errors.Is(err, fs.ErrExist) {
		return builtin.Errorf("there is a file %s already, which is no calendar that can be used; nothing was added", name)
	}
	return err
}

// begin locks the folder and reads the calendars.
func (a *app) begin(ctx context.Context) (*library, func(), error) {
	unlock, err := a.dir.Lock(ctx)
	if err != nil {
		return nil, nil, err
	}
	lib, err := load(ctx, a.dir, a.local)
	if err != nil {
		unlock()
		return nil, nil, err
	}
	return lib, unlock, nil
}

// reread takes a text apart as if f held it.
func (a *app) reread(f *file, text string) (*file, error) {
	again, room := &file{File: f.File, text: text}, maxEvents
	return again, (&library{atlas: newAtlas(a.local)}).read(again, &room)
}
