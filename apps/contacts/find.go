package contacts

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"secgpt/apps/builtin"
	"secgpt/apps/builtin/folder"
	"secgpt/apps/builtin/ics"
	"secgpt/apps/builtin/match"
)

// Bounds of what is read for one request.
const (
	maxFiles = 10_000    // a folder with a file for each card has thousands
	maxFile  = 20 << 20  // bytes of one: pictures are in it
	maxAll   = 100 << 20 // bytes of all, which must fit the room's memory
	maxCards = 50_000
	maxFound = 100 // contacts in one answer
	// maxAnswer bounds their bytes; what is left is for the problems.
	maxAnswer = builtin.MaxResult - 64<<10
)

var fileLimits = ics.Limits{Lines: 1_000_000, Components: maxCards, Depth: 4}

// A library is every card in the folder, as it is now.
type library struct {
	files    []*file
	problems []string
}

// A file is one .vcf file.
type file struct {
	folder.File
	text  string
	cards []card
	odd   bool // something in it was no card, or not ended
}

func (a *app) load(ctx context.Context) (*library, error) {
	lib := &library{}
	found, problems := a.dir.List(maxFiles, ".vcf", ".vcard")
	lib.problems = problems
	bad := builtin.Bad{What: "contact files", Total: len(found)}
	size, room := 0, maxCards
	for _, entry := range found {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if size += int(entry.Info.Size()); size > maxAll || room <= 0 {
			lib.problems = append(lib.problems, fmt.Sprintf("%s and what comes after it was left out: %d MB or %d contacts are read at most", entry.Name, maxAll>>20, maxCards))
			break
		}
		data, err := a.dir.Read(entry.Name, maxFile)
		if err != nil {
			bad.Add(entry.Name, err)
			continue
		}
		f := &file{File: entry, text: string(data)}
		if err := lib.read(f, &room); err != nil {
			bad.Add(entry.Name, err)
			continue
		}
		lib.files = append(lib.files, f)
	}
	lib.problems = append(lib.problems, bad.Problems()...)
	return lib, nil
}

// read takes one file apart. Room is how many more cards may be read.
func (lib *library) read(f *file, room *int) error {
	parts, err := ics.Parse(f.text, fileLimits)
	if err != nil {
		return err
	}
	bad := builtin.Bad{What: "contacts in " + f.Name}
	for _, part := range parts {
		if part.Name != "VCARD" || *room <= 0 {
			f.odd = true
			continue
		}
		*room--
		bad.Total++
		c, err := newCard(f.Name, f.text, part)
		if err != nil {
			f.odd = f.odd || !part.Ended
			bad.Add("number "+fmt.Sprint(bad.Total), err)
			continue
		}
		f.cards = append(f.cards, c)
	}
	lib.problems = append(lib.problems, bad.Problems()...)
	if bad.Total == 0 && strings.TrimSpace(f.text) != "" {
		return fmt.Errorf("there is no contact in it")
	}
	return nil
}

type findIn struct {
	Name string `json:"name,omitempty" jsonschema:"a name, nickname, organization or address, or a part of one; without it everybody"`
}

// nouns are what people ask of a contact, and titles: no words of who it is.
var nouns = strings.Fields(`contact contacts person people phone phones telephone number numbers mobile cell
cellphone tel mail mails email emails address addresses birthday birthdays detail details card vcard dr mr mrs
ms miss mx prof professor herr frau kontakt kontakte telefon telefonnummer handy handynummer nummer adresse
mailadresse geburtstag numero portable anniversaire coordonnees monsieur madame mme contacto contactos telefono
movil direccion correo cumpleanos senor senora sr sra`)

// A ranked contact is one that fits, and how well.
type ranked struct {
	Contact
	rank int
}

func (a *app) find(ctx context.Context, in findIn) (builtin.Out[[]Contact], error) {
	var out builtin.Out[[]Contact]
	if len(in.Name) > maxField {
		return out, builtin.Errorf("a name of %d bytes is too long: %d at most", len(in.Name), maxField)
	}
	lib, err := a.load(ctx)
	if err != nil {
		return out, err
	}
	hits := match.Hits[ranked]{Query: match.Names(in.Name, nouns...)}
	for _, f := range lib.files {
		for _, c := range f.cards {
			text := match.TextOf(c.fields()...)
			hits.Add(ranked{c.Contact, c.rank(hits.Query, text)}, hits.Query.In(text))
		}
	}
	found, guess := hits.Take(func(a, b ranked) int {
		return cmp.Or(b.rank-a.rank, strings.Compare(match.Fold(a.Name), match.Fold(b.Name)))
	})
	if guess != "" {
		out.Problems = append(out.Problems, guess)
	}
	size := 0
	for _, c := range found[:min(len(found), maxFound)] {
		b, err := json.Marshal(c.Contact)
		if err != nil {
			return out, err
		}
		if size += len(b) + 1; size > maxAnswer {
			break
		}
		out.Result = append(out.Result, c.Contact)
	}
	if n := len(found) - len(out.Result); n > 0 {
		lib.problems = append(lib.problems, builtin.Count(n, "more contact fits", "more contacts fit")+": say more of the name")
	}
	out.Problems = append(out.Problems, lib.problems...)
	return out, nil
}

// fields are what a contact can be found by.
func (c card) fields() []string {
	return slices.Concat([]string{c.Name, c.Organization, c.Address}, c.extra, c.Emails)
}

// rank says how well a card fits: 3 if a whole field is asked for, 2 if every asked
// word is a word of it, 1 if a word only begins one.
func (c card) rank(asked match.Query, text match.Text) int {
	switch {
	case slices.ContainsFunc(c.fields(), asked.Titled):
		return 3
	case asked.Whole(text):
		return 2
	}
	return 1
}
