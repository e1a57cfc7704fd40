package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"secgpt/apps"
	"secgpt/apps/link"
	"secgpt/hub"
	"secgpt/hub/model"
	"secgpt/mediator/label"
)

// Retrieval: is the tool that a request needs among those that the planner is told of?
// Asked is the prompt itself, as a model gets it, with all servers of the set installed
// and any number of generated tools beside them.

// A need is a request and its tools: one of each inner list must be told of.
type need struct {
	words string
	tools [][]string
}

// needs are those of retrieve.tsv, and of the first turn of each request whose tools the
// set knows.
func (s *Set) needs() ([]need, error) {
	f, err := os.Open(filepath.Join(s.Dir, "retrieve.tsv"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []need
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		words, tools, ok := strings.Cut(lines.Text(), "\t")
		if strings.HasPrefix(words, "#") {
			continue
		}
		if !ok {
			return nil, fmt.Errorf("retrieve.tsv: %q has no tab", words)
		}
		n := need{words: words}
		for t := range strings.FieldsSeq(tools) {
			n.tools = append(n.tools, split(t))
		}
		all = append(all, n)
	}
	for _, r := range s.Requests {
		n := need{words: r.Say}
		for _, u := range r.Uses {
			n.tools = append(n.tools, split(u))
		}
		for _, e := range r.Does {
			n.tools = append(n.tools, e.Tool())
		}
		if len(n.tools) > 0 {
			all = append(all, n)
		}
	}
	return all, lines.Err()
}

// listener is a model that keeps the prompt and fails, so that a turn leaves nothing
// that the next could be told of.
type listener struct {
	prompt string
	size   int
}

func (l *listener) Name() string { return "listener" }

func (l *listener) Chat(_ context.Context, r model.Request, _ func(string)) (model.Answer, error) {
	var b strings.Builder
	for _, m := range r.Messages {
		b.WriteString(m.Text + "\n")
	}
	l.prompt, l.size = b.String(), b.Len()
	return model.Answer{}, errors.New("it only listens")
}

// retrieve installs all servers of the set and others generated tools, and counts the
// requests, of the first n, whose tools stand in the prompt; 0 is all.
func (s *Set) retrieve(ctx context.Context, out io.Writer, others, n int) (right, of int, err error) {
	dirs, err := filepath.Glob(filepath.Join(s.Dir, "apps", "*"))
	if err != nil {
		return 0, 0, err
	}
	var names []string
	for _, d := range dirs {
		names = append(names, filepath.Base(d))
	}
	w, err := s.Open(ctx, names)
	if err != nil {
		return 0, 0, err
	}
	defer w.Close()
	if err := w.crowd(others); err != nil {
		return 0, 0, err
	}
	needs, err := s.needs()
	if err != nil {
		return 0, 0, err
	}
	if n > 0 {
		needs = needs[:min(n, len(needs))]
	}
	var sizes []float64
	var took []float64
	l := &listener{}
	h, err := hub.Open(hub.Options{Profile: w.profile, NoIntents: true, Rooms: Rooms{w}, Thinker: l, Apps: w.apps, Now: func() time.Time { return s.Now }})
	if err != nil {
		return 0, 0, err
	}
	defer h.Close()
	for _, n := range needs {
		l.prompt = ""
		began := time.Now()
		h.Turn(ctx, hub.Request{Words: []label.Span{{Text: n.words, Label: label.Person()}}, Endorses: true}, &Person{world: w})
		took = append(took, 1000*time.Since(began).Seconds())
		sizes = append(sizes, float64(l.size))
		missing := ""
		for _, tools := range n.tools {
			if !slices.ContainsFunc(tools, func(t string) bool { return strings.Contains(l.prompt, t+"(") }) {
				missing += " " + strings.Join(tools, "|")
			}
		}
		if missing != "" {
			fmt.Fprintf(out, "missing%s: %s\n", missing, n.words)
			continue
		}
		right++
	}
	slices.Sort(sizes)
	fmt.Fprintf(out, "%d of %d requests (%.1f %%) have their tools in the prompt, among %d others; the prompt is %.0f bytes, median, %.0f at most; %.1f ms a turn, median\n",
		right, len(needs), percent(right, len(needs)), others, median(sizes), sizes[len(sizes)-1], median(took))
	return right, len(needs), nil
}

// perApp is how many tools a generated app has.
const perApp = 20

// crowd installs generated apps: verbs, nouns and services in all combinations that a
// fixed seed draws.
func (w *World) crowd(tools int) error {
	r := rand.New(rand.NewPCG(11, 23))
	one := func(words []string) string { return words[r.IntN(len(words))] }
	for n := 0; n < tools; n += perApp {
		service := one(services)
		name := fmt.Sprintf("%s_%d", service, n/perApp)
		m := apps.Manifest{Name: name, About: one(nouns) + " and " + one(nouns) + " of " + service, Command: []string{"standin"}, Tools: map[string]apps.ToolManifest{}}
		var said []link.Tool
		for range min(perApp, tools-n) {
			verb, noun, by := one(verbs), one(nouns), one(nouns)
			tool := verb + "_" + noun
			if slices.ContainsFunc(said, func(t link.Tool) bool { return t.Name == tool }) {
				tool += fmt.Sprintf("_by_%s_%d", by, len(said))
			}
			said = append(said, link.Tool{Name: tool, About: fmt.Sprintf("%s a %s of %s by its %s", verb, noun, service, by),
				Input: json.RawMessage(fmt.Sprintf(`{"type":"object","properties":{%q:{"type":"string"},"limit":{"type":"integer"}},"required":[%q]}`, by, by))})
		}
		draft, err := w.apps.Draft(apps.Agreed{Manifest: m, Said: said})
		if err != nil {
			return err
		}
		for _, t := range draft.Tools {
			m.Tools[t.Name] = apps.Defaults(name, t)
		}
		if err := w.apps.Add(apps.Agreed{Manifest: m, Said: said}); err != nil {
			return err
		}
	}
	var err error
	w.apps, err = hub.Apps(w.profile)
	return err
}

var (
	verbs    = strings.Fields("get list create update delete search export import archive sync approve assign publish validate start stop describe enable disable restore compare upload download reserve cancel rate schedule merge lock audit transfer")
	nouns    = strings.Fields("campaign invoice lead pipeline cluster bucket queue metric dashboard alert incident deployment build artifact release policy role license ticket shipment order warehouse supplier contract payroll shift course grade sensor firmware device camera workout claim ledger voucher survey template segment audience domain certificate record webhook token vault playlist episode recipe parcel meter tariff booking vehicle trip patient sample assay plot crop herd permit parcel statute verdict brush palette score tempo lens")
	services = strings.Fields("acme nova pilot orbit lumen delta vertex quark pixel harbor cedar falcon ember tidal basalt willow onyx marlin saffron juniper")
)
