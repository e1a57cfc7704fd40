package notes

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"secgpt/apps/builtin"
	"secgpt/apps/builtin/folder"
)

type addIn struct {
	Text  string `json:"text" jsonschema:"Markdown"`
	Title string `json:"title,omitempty" jsonschema:"without it, the first words of the text"`
}

const (
	maxWritten = 900 << 10 // bytes of a new note; the frame that brings it holds a little more
	maxSlug    = 60        // bytes of a file's name
	maxSame    = 1000      // notes of one name
)

func (a *app) add(ctx context.Context, in addIn) (builtin.Out[Note], error) {
	var out builtin.Out[Note]
	title := strings.Join(strings.Fields(in.Title), " ")
	switch {
	case strings.TrimSpace(in.Text) == "" && title == "":
		return out, builtin.Errorf("a note needs a text")
	case len(in.Text) > maxWritten || len(title) > maxTitle:
		return out, builtin.Errorf("a note of %d bytes, with a title of %d, is too long: %d and %d at most", len(in.Text), len(title), maxWritten, maxTitle)
	case strings.ContainsRune(in.Text+title, 0):
		return out, builtin.Errorf("a note is text, and this is not")
	}
	text := strings.TrimRight(in.Text, "\n") + "\n"
	if title != "" {
		text = "# " + title + "\n\n" + text
	}
	unlock, err := a.dir.Lock(ctx)
	if err != nil {
		return out, err
	}
	defer unlock()
	base := slug(titleOf(text, "note.md"))
	for n := 1; n <= maxSame; n++ {
		name := base + ".md"
		if n > 1 {
			name = fmt.Sprintf("%s-%d.md", base, n)
		}
		out, err = a.create(name, text)
		if !errors.Is(err, fs.ErrExist) {
			return out, err
		}
	}
	return out, builtin.Errorf("there are %d notes called %q already: give another title", maxSame, base)
}

// create writes a note to a name that is free; else the error is fs.ErrExist.
func (a *app) create(name, text string) (builtin.Out[Note], error) {
	var out builtin.Out[Note]
	token, err := a.journal.Keep(objectOf(name, folder.Private), builtin.Content{}, builtin.Present([]byte(text)))
	if err != nil {
		return out, err
	}
	if err := a.dir.Create(name, []byte(text), folder.Private); err != nil {
		a.journal.Drop(token)
		return out, err
	}
	f, err := a.byID(noteID(name))
	if err != nil {
		return out, err
	}
	return builtin.Out[Note]{Result: newNote(f, text), Undo: token}, nil
}

// slug is a file name made of the letters and digits of a title.
func slug(title string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(norm.NFC.String(title)) {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			r = '-'
		}
		if r == '-' && (b.Len() == 0 || strings.HasSuffix(b.String(), "-")) {
			continue
		}
		if b.Len()+len(string(r)) > maxSlug {
			break
		}
		b.WriteRune(r)
	}
	if s := strings.TrimSuffix(b.String(), "-"); s != "" {
		return s
	}
	return "note"
}

type deleteIn struct {
	ID string `json:"id" jsonschema:"of search"`
}

func (a *app) delete(ctx context.Context, in deleteIn) (builtin.Out[Note], error) {
	var out builtin.Out[Note]
	unlock, err := a.dir.Lock(ctx)
	if err != nil {
		return out, err
	}
	defer unlock()
	f, err := a.byID(in.ID)
	if err != nil {
		return out, err
	}
	data, err := a.dir.Read(f.Name, maxNote)
	if err != nil {
		return out, builtin.Errorf("%s could not be read: %v; nothing was deleted", f.Name, err)
	}
	out.Result = newNote(f, string(data))
	if err := a.guesses.Sure("note", out.Result.ID, out.Result.Title); err != nil {
		return out, err
	}
	if out.Undo, err = a.journal.Keep(objectOf(f.Name, f.Info.Mode()), builtin.Present(data), builtin.Content{}); err != nil {
		return out, err
	}
	if err := a.dir.Remove(f.Name); err != nil {
		a.journal.Drop(out.Undo)
		return out, err
	}
	return out, nil
}

// byID finds the file of a note.
func (a *app) byID(id string) (folder.File, error) {
	files, _ := a.dir.List(maxFiles, ".md", ".markdown")
	for _, f := range files {
		if noteID(f.Name) == id {
			return f, nil
		}
	}
	return folder.File{}, builtin.Errorf("no note has the id %q: search again", builtin.Cut(id, 40))
}

// objectOf names a file and its mode in the journal: "note 600 list.md".
func objectOf(name string, mode fs.FileMode) string {
	return fmt.Sprintf("note %o %s", mode.Perm(), name)
}

func parseObject(object string) (name string, mode fs.FileMode, err error) {
	rest, ok := strings.CutPrefix(object, "note ")
	octal, name, _ := strings.Cut(rest, " ")
	n, err := strconv.ParseUint(octal, 8, 9)
	if !ok || err != nil {
		return "", 0, builtin.Errorf("the record of this change is damaged: it can't be undone")
	}
	return name, fs.FileMode(n), nil
}

// current is a note as it is now.
func (a *app) current(object string) (builtin.Content, error) {
	name, _, err := parseObject(object)
	if err != nil {
		return builtin.Content{}, err
	}
	data, err := a.dir.Read(name, maxNote)
	if errors.Is(err, fs.ErrNotExist) {
		return builtin.Content{}, nil
	}
	if err != nil {
		return builtin.Content{}, builtin.Errorf("%s could not be read: %v", name, err)
	}
	return builtin.Present(data), nil
}

// restore makes a note what it was before.
func (a *app) restore(object string, before builtin.Content) error {
	name, mode, err := parseObject(object)
	if err != nil {
		return err
	}
	unlock, err := a.dir.Lock(context.Background())
	if err != nil {
		return err
	}
	defer unlock()
	now, err := a.current(object)
	switch {
	case err != nil:
		return err
	case !before.Exists && !now.Exists:
		return nil
	case !before.Exists:
		return a.dir.Remove(name)
	case !now.Exists:
		return a.dir.Create(name, before.Bytes, mode)
	}
	return a.dir.Replace(name, before.Bytes)
}
