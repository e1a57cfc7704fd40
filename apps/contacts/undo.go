package contacts

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"secgpt/apps/builtin"
)

// What add did is named in the journal as "contact ID in FILE", or, if it made a file
// of its own for it in a folder of such files, as "file FILE".

var errRecord = builtin.Errorf("the record of this change is damaged: it can't be undone")

// locate finds what a record names, as it is now. Start and end are where it stands in
// the file's text; whole says that it is all of the file.
func (a *app) locate(object string) (name, text string, start, end int, whole bool, err error) {
	kind, rest, _ := strings.Cut(object, " ")
	id := ""
	switch kind {
	case "file":
		name, whole = rest, true
	case "contact":
		id, name, _ = strings.Cut(rest, " in ")
	default:
		return "", "", 0, 0, false, errRecord
	}
	data, err := a.dir.Read(name, maxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return name, "", 0, 0, whole, nil
	}
	if err != nil {
		return name, "", 0, 0, whole, builtin.Errorf("%s could not be read: %v", name, err)
	}
	text = string(data)
	if whole {
		return name, text, 0, len(text), true, nil
	}
	f, room := &file{text: text}, maxCards
	f.Name = name
	if err := new(library).read(f, &room); err != nil {
		return name, text, 0, 0, false, nil // nothing in it can be the card
	}
	for _, c := range f.cards {
		if c.ID == id {
			return name, text, c.part.Start, c.part.End, false, nil
		}
	}
	return name, text, 0, 0, false, nil
}

func (a *app) current(object string) (builtin.Content, error) {
	_, text, start, end, _, err := a.locate(object)
	if err != nil || start == end {
		return builtin.Content{}, err
	}
	return builtin.Present([]byte(text[start:end])), nil
}

// restore takes an added card out again; there was none before.
func (a *app) restore(object string, before builtin.Content) error {
	if before.Exists {
		return errRecord
	}
	unlock, err := a.dir.Lock(context.Background())
	if err != nil {
		return err
	}
	defer unlock()
	name, text, start, end, whole, err := a.locate(object)
	switch {
	case err != nil:
		return err
	case start == end:
		return nil
	case whole:
		return a.dir.Remove(name)
	}
	return a.dir.Replace(name, []byte(text[:start]+text[end:]))
}
