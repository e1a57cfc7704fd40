package main

import (
	"context"
	"strings"

	"secgpt/bench/vanilla/loop"
)

// native runs a request in an ordinary loop: the same model, data and tools, the
// server's own tool calling, no mediator. Nobody is asked about an effect.
func (s *Set) native(ctx context.Context, r Request, o loop.Options) (Row, error) {
	row := Row{ID: r.ID, Group: r.Group, Half: Half(r.ID), By: "loop"}
	w, err := s.Open(ctx, r.Apps)
	if err != nil {
		return row, err
	}
	defer w.Close()
	names, err := w.shownNames(ctx)
	if err != nil {
		return row, err
	}
	o.Today = s.Now.Format("Monday, 2006-01-02, 15:04 MST")
	talk := loop.Begin(o, Tools{w})
	was := loop.Outcome{}
	for i, t := range r.turns() {
		seen := Seen{}
		if seen.Before, err = w.Snapshot(ctx); err != nil {
			return row, err
		}
		words := t.Say
		for words != "" {
			err := talk.Say(ctx, words)
			if err != nil {
				if ctx.Err() != nil {
					return row, err
				}
				seen.Told = append(seen.Told, err.Error())
			}
			out := talk.Outcome()
			seen.heard(w, out, out.Calls[len(was.Calls):])
			row.count(i, words == t.Say, out.First, out.Model.Calls-was.Model.Calls,
				out.Model.PromptTokens-was.Model.PromptTokens, out.Model.OutputTokens-was.Model.OutputTokens)
			row.Plans = append(row.Plans, calls(out.Calls[len(was.Calls):]))
			row.Shown = append(row.Shown, clip(out.Answer))
			row.Told = append(row.Told, seen.Told...)
			asks := err == nil && words == t.Say && question(out.Answer) && len(out.Calls) == len(was.Calls)
			was = out
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

func (s *Seen) heard(w *World, out loop.Outcome, made []loop.Call) {
	for _, c := range made {
		if app, tool, ok := w.split(c.Tool); ok {
			name := app + "." + tool
			s.Done = append(s.Done, Called{Tool: name, Effect: w.effect(name), Failed: c.Failed})
		}
	}
	s.Shown, s.Words = strings.TrimSpace(s.Shown+"\n"+out.Answer), out.Answer
	if out.Stopped {
		s.Told = append(s.Told, "it was stopped at the bound on calls")
	}
}

// calls writes the calls of a turn down, a line each.
func calls(made []loop.Call) string {
	var b strings.Builder
	for _, c := range made {
		b.WriteString(c.Tool + " " + string(c.Args) + "\n")
	}
	return b.String()
}
