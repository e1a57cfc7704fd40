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
	Query string `json:"query,omitempty" jsonschema:"words that stand in the note; without it the newest notes"`
}

func (a *app) search(ctx context.Context, in searchIn) (builtin.Out[[]Note], error) {
	var out builtin.Out[[]Note]
	if len(in.Query) > maxQuery {
		return out, builtin.Errorf("a query of %d bytes is too long: %d at most", len(in.Query), maxQuery)
	}
	files, problems := a.dir.List(maxFiles, ".md", ".markdown")
	slices.SortStableFunc(files, func(a, b folder.File) int { return b.Info.ModTime().Compare(a.Info.ModTime()) })
	bad := builtin.Bad{What: "notes", Total: len(files)}
	words, size, answer, left := match.Words(in.Query), 0, 0, 0
	for i, f := range files {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		if size += int(f.Info.Size()); size > maxAll {
			problems = append(problems, fmt.Sprintf("the %d oldest notes were left out: %d MB are read at most", len(files)-i, maxAll>>20))
			break
		}
		data, err := a.dir.Read(f.Name, maxNote)
		if err == nil && strings.ContainsRune(string(data), 0) {
			err = errors.New("it is no text")
		}
		if err != nil {
			bad.Add(f.Name, err)
			continue
		}
		n := newNote(f, string(data))
		if !fits(n.Title+"\n"+string(data), words) {
			continue
		}
		b, err := json.Marshal(n)
		if err != nil {
			return out, err
		}
		if len(out.Result) == maxFound || answer+len(b) > maxAnswer {
			left++
			continue
		}
		answer += len(b) + 1
		out.Result = append(out.Result, n)
	}
	if left > 0 {
		problems = append(problems, builtin.Count(left, "older note is", "older notes are")+" not here: ask for more words")
	}
	out.Problems = append(problems, bad.Problems()...)
	return out, nil
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

// fits reports whether every word stands in text, also inside a longer word.
func fits(text string, words []string) bool {
	if len(words) == 0 {
		return true
	}
	text = match.Fold(text)
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}
