package contacts

import (
	"context"
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
	Name string `json:"name" jsonschema:"a name, nickname, organization or address, or a part of one"`
}

func (a *app) find(ctx context.Context, in findIn) (builtin.Out[[]Contact], error) {
	var out builtin.Out[[]Contact]
	if len(match.Words(in.Name)) == 0 {
		return out, builtin.Errorf("say who to look for: a name, an organization or an address")
	}
	if len(in.Name) > maxField {
		return out, builtin.Errorf("a name of %d bytes is too long: %d at most", len(in.Name), maxField)
	}
	lib, err := a.load(ctx)
	if err != nil {
		return out, err
	}
	found, rank := []Contact{}, map[string]int{}
	for _, f := range lib.files {
		for _, c := range f.cards {
			if n := c.rank(in.Name); n > 0 {
				found = append(found, c.Contact)
				rank[c.ID] = n
			}
		}
	}
	slices.SortStableFunc(found, func(a, b Contact) int {
		if n := rank[b.ID] - rank[a.ID]; n != 0 {
			return n
		}
		return strings.Compare(match.Fold(a.Name), match.Fold(b.Name))
	})
	if n := len(found) - maxFound; n > 0 {
		found = found[:maxFound]
		lib.problems = append(lib.problems, builtin.Count(n, "more contact fits", "more contacts fit")+": say more of the name")
	}
	out.Result, out.Problems = found, lib.problems
	return out, nil
}

// rank says how well a card fits: 3 if a whole field is asked for, 2 if every asked
// word is a word of it, 1 if every asked word begins one, 0 if it does not fit.
func (c card) rank(asked string) int {
	fields := append([]string{c.Name, c.Organization, c.Address}, c.extra...)
	fields = append(fields, c.Emails...)
	var words []string
	for _, f := range fields {
		if match.Fold(f) == match.Fold(strings.TrimSpace(asked)) {
			return 3
		}
		words = append(words, match.Words(f)...)
	}
	best := 2
	for _, w := range match.Words(asked) {
		switch {
		case slices.Contains(words, w):
		case slices.ContainsFunc(words, func(has string) bool { return strings.HasPrefix(has, w) }):
			best = 1
		default:
			return 0
		}
	}
	return best
}
