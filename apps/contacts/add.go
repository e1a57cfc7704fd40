package contacts

import (
	"context"
	"errors"
	"io/fs"
	"net/mail"
	"path"
	"strings"
	"time"

	"secgpt/apps/builtin"
	"secgpt/apps/builtin/folder"
	"secgpt/apps/builtin/ics"
)

type addIn struct {
	Name         string `json:"name" jsonschema:"the whole name"`
	Email        string `json:"email,omitempty"`
	Phone        string `json:"phone,omitempty"`
	Organization string `json:"organization,omitempty"`
	Birthday     string `json:"birthday,omitempty" jsonschema:"2001-12-31, or --12-31 without a year"`
	Note         string `json:"note,omitempty"`
}

// newFile is the file that is made if no other can take a card.
const newFile = "contacts.vcf"

func (a *app) add(ctx context.Context, in addIn) (builtin.Out[Contact], error) {
	var out builtin.Out[Contact]
	if err := in.check(); err != nil {
		return out, err
	}
	unlock, err := a.dir.Lock(ctx)
	if err != nil {
		return out, err
	}
	defer unlock()
	lib, err := a.load(ctx)
	if err != nil {
		return out, err
	}
	uid := builtin.NewID("uid")
	f, name := lib.target(a, uid)
	version, eol, before := "3.0", "\r\n", ""
	if f != nil {
		before, eol = f.text, ics.LineEnd(f.text)
		if len(f.cards) > 0 && one(f.cards[0].part, "VERSION") == "4.0" {
			version = "4.0"
		}
		if before != "" && !strings.HasSuffix(before, "\n") {
			before += eol
		}
	}
	text := in.card(uid, version, eol)
	made := &file{text: before + text}
	made.Name = name
	room := maxCards
	if err := new(library).read(made, &room); err != nil {
		return out, err
	}
	c := made.cards[len(made.cards)-1]
	object := "contact " + c.ID + " in " + name
	if f == nil && name != newFile {
		object = "file " + name
	}
	if out.Undo, err = a.journal.Keep(object, builtin.Content{}, builtin.Present([]byte(text))); err != nil {
		return out, err
	}
	if err := a.write(f, made); err != nil {
		a.journal.Drop(out.Undo)
		return out, err
	}
	out.Result = c.Contact
	return out, nil
}

func (a *app) write(old, made *file) error {
	if old == nil {
		err := a.dir.Create(made.Name, []byte(made.text), folder.Private)
		if errors.Is(err, fs.ErrExist) {
			return builtin.Errorf("there is a file %s already, which can't take a contact; nothing was added", made.Name)
		}
		return err
	}
	now, err := a.dir.Read(old.Name, maxFile)
	if err != nil || string(now) != old.text {
		return builtin.Errorf("another program just changed %s; nothing was added: try again", old.Name)
	}
	return a.dir.Replace(old.Name, []byte(made.text))
}

// target is the file for a new card: the first that can be written and holds several
// cards, or is the only one. In a folder with a file for each card it is nil, and name
// that of the file to make.
func (lib *library) target(a *app, uid string) (f *file, name string) {
	single, dir := 0, "."
	var first *file
	for _, f := range lib.files {
		if len(f.cards) == 1 {
			single++
			dir = path.Dir(f.Name)
		}
		usable := !f.odd && a.dir.Writable(f.File)
		if usable && (first == nil || len(f.cards) > 1 && len(first.cards) == 1) {
			first = f
		}
	}
	if single > 1 && single == len(lib.files) {
		return nil, path.Join(dir, uid+".vcf")
	}
	if first != nil {
		return first, first.Name
	}
	return nil, newFile
}

func (in *addIn) check() error {
	if strings.TrimSpace(in.Name) == "" {
		return builtin.Errorf("a contact needs a name")
	}
	for _, s := range []string{in.Name, in.Email, in.Phone, in.Organization} {
		if len(s) > maxField {
			return builtin.Errorf("a field of %d bytes is too long: %d at most", len(s), maxField)
		}
	}
	if len(in.Note) > maxNote {
		return builtin.Errorf("a note of %d bytes is too long: %d at most", len(in.Note), maxNote)
	}
	if in.Email != "" {
		a, err := mail.ParseAddress(in.Email)
		if err != nil {
			return builtin.Errorf("%q is no address: write name@example.org", builtin.Cut(in.Email, 60))
		}
		in.Email = a.Address
	}
	if in.Birthday == "" {
		return nil
	}
	_, err := time.Parse(time.DateOnly, in.Birthday)
	if _, err2 := yearless(in.Birthday); err != nil && err2 != nil {
		return builtin.Errorf("the birthday %q is no date: write 2001-12-31, or --12-31", builtin.Cut(in.Birthday, 40))
	}
	return nil
}

// card is the text of the new card.
func (in *addIn) card(uid, version, eol string) string {
	given, family := in.Name, ""
	if i := strings.LastIndexByte(strings.TrimSpace(in.Name), ' '); i > 0 {
		given, family = in.Name[:i], in.Name[i+1:]
	}
	lines := []string{
		"BEGIN:VCARD", "VERSION:" + version, "UID:" + uid,
		"FN:" + ics.Escape(in.Name),
		"N:" + ics.Escape(strings.TrimSpace(family)) + ";" + ics.Escape(strings.TrimSpace(given)) + ";;;",
	}
	for _, p := range [][2]string{{"EMAIL", in.Email}, {"TEL", in.Phone}, {"ORG", in.Organization}, {"NOTE", in.Note}} {
		if p[1] != "" {
			lines = append(lines, p[0]+":"+ics.Escape(p[1]))
		}
	}
	if b := in.Birthday; b != "" { // without the dashes, which vCard 4 has not, but "--"
		lines = append(lines, "BDAY:"+b[:2]+strings.ReplaceAll(b[2:], "-", ""))
	}
	var text strings.Builder
	for _, l := range append(lines, "END:VCARD") {
		text.WriteString(ics.Fold(l, eol))
	}
	return text.String()
}
