package notes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"secgpt/apps/builtin"
	"secgpt/apps/builtin/folder"
	"secgpt/apps/builtin/match"
)

// Bounds of what is read and given for one request.
const (
	maxFiles  = 10_000
	maxNote   = 1 << 20   // bytes of one note; a larger file is no note
	maxAll    = 100 << 20 // bytes of all, which must fit the room's memory
	maxFound  = 50        // notes in one answer
	maxText   = 16 << 10  // bytes of one note in an answer; what is cut ends with "…"
	maxTitle  = 200       // bytes
	maxQuery  = 500       // bytes
	maxAnswer = builtin.MaxResult - 64<<10
)

// A Note is one note, as callers get it.
type Note struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Text    string `json:"text"`
	Changed string `json:"changed" jsonschema:"RFC 3339"`
}

type searchIn struct {
	Query string `json:"query,omitempty" jsonschema:"words of the note; without it the newest notes"`
}

// nouns are what people call a note: no words of one.
var nouns = strings.Fields("note notes notepad memo notiz notizen nota notas")

func (a *app) search(ctx context.Context, in searchIn) (builtin.Out[[]Note], error) {
	var out builtin.Out[[]Note]
	if len(in.Query) > maxQuery {
		return out, builtin.Errorf("a query of %d bytes is too long: %d at most", len(in.Query), maxQuery)
	}
	hits := match.Hits[Note]{Query: match.New(in.Query, nouns...)}
	problems, err := a.each(ctx, func(n Note, text string) { hits.Add(n, hits.Query.In(match.TextOf(n.Title, text))) })
	if err != nil {
		return out, err
	}
	found, guess := hits.Take(func(x, y Note) int {
		return first(hits.Query.Titled(x.Title)) - first(hits.Query.Titled(y.Title))
	})
	if guess != "" {
		out.Problems = append(out.Problems, guess)
	}
	size := 0
	for _, n := range found[:min(len(found), maxFound)] {
		b, err := json.Marshal(n)
		if err != nil {
			return out, err
		}
		if size += len(b) + 1; size > maxAnswer {
			break
		}
		out.Result = append(out.Result, n)
		a.guesses.Note(guess != "", n.ID)
	}
	if left := len(found) - len(out.Result); left > 0 {
		out.Problems = append(out.Problems, builtin.Count(left, "older note is", "older notes are")+" not here: ask for more words")
	}
	out.Problems = append(out.Problems, problems...)
	return out, nil
}

// first is the place of a note: before the newer ones, if its title was typed.
func first(titled bool) int {
	if titled {
		return -1
	}
	return 0
}

// each reads the notes, the newest first, and gives f each with all of its text. The
// problems say what was left out.
func (a *app) each(ctx context.Context, f func(n Note, text string)) (problems []string, err error) {
	files, problems := a.dir.List(maxFiles, ".md", ".markdown")
	slices.SortStableFunc(files, func(a, b folder.File) int { return b.Info.ModTime().Compare(a.Info.ModTime()) })
	bad, size := builtin.Bad{What: "notes", Total: len(files)}, 0
	for i, file := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if size += int(file.Info.Size()); size > maxAll {
			problems = append(problems, fmt.Sprintf("the %d oldest notes were left out: %d MB are read at most", len(files)-i, maxAll>>20))
			break
		}
		data, err := a.dir.Read(file.Name, maxNote)
		if err == nil && strings.ContainsRune(string(data), 0) {
			err = errors.New("it is no text")
		}
		if err != nil {
			bad.Add(file.Name, err)
			continue
		}
		f(newNote(file, string(data)), string(data))
	}
	return append(problems, bad.Problems()...), nil
}

func newNote(f folder.File, text string) Note {
	text = strings.ToValidUTF8(strings.TrimPrefix(text, "\ufeff"), "\uFFFD")
	return Note{
		ID: noteID(f.Name), Title: titleOf(text, f.Name), Text: builtin.Cut(text, maxText),
		Changed: f.Info.ModTime().UTC().Format(time.RFC3339),
	}
}

func noteID(name string) string { return builtin.ID("note", name) }

// titleOf is the first heading, else the first line, else the file's name.
func titleOf(text, name string) string {
	firstLine := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if heading, ok := strings.CutPrefix(line, "# "); ok && strings.TrimSpace(heading) != "" {
			return builtin.Cut(strings.TrimSpace(heading), maxTitle)
		}
		if firstLine == "" && line != "---" {
			firstLine = line
		}
	}
	if firstLine == "" {
		firstLine = strings.TrimSuffix(path.Base(name), path.Ext(name))
	}
	return builtin.Cut(strings.ToValidUTF8(firstLine, "\uFFFD"), maxTitle)
}
