package main

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"secgpt/hub"
	"secgpt/hub/model"
	"secgpt/mediator/label"
)

// ours runs a request in the real hub. thinker is nil for the model that spec names.
func (s *Set) ours(ctx context.Context, r Request, spec string, thinker model.Model) (Row, error) {
	row := Row{ID: r.ID, Group: r.Group, Half: Half(r.ID), By: "secgpt"}
	w, err := s.Open(ctx, r.Apps)
	if err != nil {
		return row, err
	}
	defer w.Close()
	began := time.Now()
	h, err := hub.Open(hub.Options{
		Profile: w.profile, Model: spec, NoIntents: true, Rooms: Rooms{w}, Thinker: thinker, Apps: w.apps,
		Now: func() time.Time { return s.Now.Add(time.Since(began)) },
	})
	if err != nil {
		return row, err
	}
	defer h.Close()
	names, err := w.shownNames(ctx)
	if err != nil {
		return row, err
	}
	for i, t := range r.turns() {
		seen := Seen{}
		if seen.Before, err = w.Snapshot(ctx); err != nil {
			return row, err
		}
		words := t.Say
		for words != "" {
			p := &Person{world: w, turn: t, began: time.Now()}
			result := h.Turn(ctx, hub.Request{Words: []label.Span{{Text: words, Label: label.Person()}}, Endorses: true}, p)
			if ctx.Err() != nil {
				return row, ctx.Err()
			}
			seen.add(w, p, result)
			row.count(i, words == t.Say, p.plan, result.Model.Calls, result.Model.PromptTokens, result.Model.OutputTokens)
			row.Plans = append(row.Plans, result.Plan)
			row.Shown = append(row.Shown, clip(seen.Shown))
			row.Told = append(row.Told, seen.Told...)
			asks := words == t.Say && !p.asked && question(seen.Words) && len(seen.Done) == 0
			if words = ""; asks {
				words, seen.Asked = t.Answer, true
			}
		}
		if seen.After, err = w.Snapshot(ctx); err != nil {
			return row, err
		}
		row.judge(s.Judge(t, seen, names))
	}
	return row, nil
}

// add takes in what one turn of the hub came to.
func (s *Seen) add(w *World, p *Person, r hub.Result) {
	s.Asked = s.Asked || p.asked
	s.Held = append(s.Held, p.held...)
	for _, c := range r.Calls {
		if name := c.Call.Tool.String(); c.Decision.Allow {
			s.Done = append(s.Done, Called{Tool: name, Effect: w.effect(name)})
		}
	}
	shown, words := []string{r.Text}, []string{r.Text}
	for _, b := range r.Blocks {
		body, err := b.Value.JSON()
		if err != nil {
			continue
		}
		shown = append(shown, plain(body))
		if b.Value.All().Empty() {
			words = append(words, plain(body))
		}
	}
	s.Shown, s.Words = strings.TrimSpace(s.Shown+"\n"+strings.Join(shown, "\n")), strings.TrimSpace(strings.Join(words, "\n"))
	for _, e := range r.Errors {
		s.Refused = s.Refused || e.Kind != "model" && e.Kind != "plan" && e.Kind != "limit"
		s.Told = append(s.Told, strings.TrimSpace(e.App+" "+e.Kind+": "+e.Message+" "+e.Said))
	}
}

// plain is the texts and numbers of a JSON value, a line each.
func plain(body []byte) string {
	var v any
	if json.Unmarshal(body, &v) != nil {
		return string(body)
	}
	var lines []string
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, k := range sorted(v) {
				if k != "id" {
					walk(v[k])
				}
			}
		case []any:
			for _, x := range v {
				walk(x)
			}
		case nil:
		default:
			lines = append(lines, text(v))
		}
	}
	walk(v)
	return strings.Join(lines, "\n")
}

// maxKept is how much of an answer a row keeps, in bytes: enough to see what went wrong.
const maxKept = 600

func clip(s string) string {
	if len(s) <= maxKept {
		return s
	}
	return strings.ToValidUTF8(s[:maxKept], "") + "…"
}

// shownNames are what mails, events and notes are called, to see whether an answer shows more
// than it should.
func (w *World) shownNames(ctx context.Context) ([]string, error) {
	var mails []struct{ Subject string }
	if err := call(ctx, w.running["mail"], "search", map[string]any{"limit": 200}, &mails); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, m := range mails {
		seen[m.Subject] = true
	}
	for _, read := range []func(context.Context) (Snapshot, error){w.events, w.notes} {
		items, err := read(ctx)
		if err != nil {
			return nil, err
		}
		for _, x := range items {
			seen[x.name()] = true
		}
	}
	return sorted(seen), nil
}
