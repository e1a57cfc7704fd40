package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"secgpt/bench/internal/gotool"
)

// A mutant is a rule that is off.
type mutant struct {
	Name   string   `json:"name"`
	Behind []string `json:"behind"` // rules that hide it
	Helper bool     `json:"helper"` // no rule

	code *change // nil if it is data
}

// A result is what became of a mutant.
type result struct {
	Name    string   `json:"name"`
	By      string   `json:"by,omitempty"` // empty: by nothing
	As      string   `json:"as,omitempty"` // who made the room
	Noticed []string `json:"noticed,omitempty"`
	Why     string   `json:"why,omitempty"` // it is not noticed
}

// A bench is one run of the command.
type bench struct {
	module, temp, binary string
	makers               []string

	mu    sync.Mutex
	pairs map[string]findings // by what is off in both
}

func newBench(ctx context.Context) (*bench, error) {
	module, err := gotool.Module(ctx)
	if err != nil {
		return nil, err
	}
	temp, err := os.MkdirTemp("", "roommutants")
	if err != nil {
		return nil, err
	}
	b := &bench{module: module, temp: temp, binary: filepath.Join(temp, "isolate.test"), makers: []string{asUser}, pairs: map[string]findings{}}
	if os.Geteuid() == 0 {
		b.makers = []string{asRoot, asUser}
	}
	err = os.Chmod(temp, 0o755) // tests run as another user, too
	if err == nil {
		_, err = gotool.Run(ctx, module, "test", "-c", "-o", b.binary, "./isolate")
	}
	if err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *bench) close() { _ = os.RemoveAll(b.temp) }

// mutants are all that match, code after data.
func (b *bench) mutants(ctx context.Context, wanted *regexp.Regexp) ([]mutant, error) {
	text, err := b.ask(ctx, b.binary, "list", b.makers[0])
	if err != nil {
		return nil, err
	}
	var all []mutant
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, err
	}
	code, err := codeMutants(b.module)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(append(all, code...), func(m mutant) bool { return m.Helper || !wanted.MatchString(m.Name) }), nil
}

// sound makes sure that everything holds while no rule is off, the tests that mutants
// name as well.
func (b *bench) sound(ctx context.Context, all []mutant) error {
	for _, as := range b.makers {
		found, err := b.rooms(ctx, b.binary, nil, as)
		if err != nil {
			return err
		}
		if said := found.said(); len(said) > 0 {
			return fmt.Errorf("with all rules on, in rooms of %s: %s", as, strings.Join(said, "; "))
		}
	}
	which := map[string]bool{}
	for _, m := range all {
		if m.code != nil && m.code.tests != "" {
			which[m.code.tests] = true
		}
	}
	for _, as := range b.makers {
		if len(which) == 0 {
			break
		}
		if failed := b.tests(ctx, b.binary, strings.Join(slices.Sorted(maps.Keys(which)), "|"), as); len(failed) > 0 {
			return fmt.Errorf("with all rules on, tests as %s fail: %s", as, strings.Join(failed, "; "))
		}
	}
	return nil
}

// try switches one rule off.
func (b *bench) try(ctx context.Context, m mutant) result {
	r := result{Name: m.Name, Why: reason(m.Name)}
	binary, names := b.binary, []string{m.Name}
	if m.code != nil {
		var err error
		if binary, err = b.build(ctx, m); err != nil {
			r.Why = "it can't be tried: " + err.Error()
			return r
		}
		defer func() { _ = os.Remove(binary) }()
		names = nil
	}
	for _, as := range b.makers {
		found, err := b.rooms(ctx, binary, names, as)
		if err != nil {
			r.Why = "it can't be tried: " + err.Error()
			return r
		}
		if r.Noticed = found.said(); len(r.Noticed) > 0 {
			r.By, r.As, r.Why = found.by(), as, ""
			return r
		}
		if len(m.Behind) > 0 && b.tryPair(ctx, binary, names, m.Behind, as, &r) {
			return r
		}
	}
	if m.code != nil && m.code.tests != "" {
		for _, as := range b.makers {
			if r.Noticed = b.tests(ctx, binary, m.code.tests, as); len(r.Noticed) > 0 {
				r.By, r.As, r.Why = byTest, as, ""
				return r
			}
		}
	}
	return r
}

// tryPair compares two runs without the locks that hide the rule, and tells whether
// it was noticed.
func (b *bench) tryPair(ctx context.Context, binary string, names, behind []string, as string, r *result) bool {
	without, err := b.without(ctx, behind, as)
	var both findings
	if err == nil {
		if refused := without.refused(); refused != "" {
			err = errors.New(refused)
		}
	}
	if err == nil {
		both, err = b.rooms(ctx, binary, append(slices.Clone(behind), names...), as)
	}
	if err != nil {
		r.Why = "its pair can't be tried: " + err.Error()
		return false
	}
	if r.Noticed = differences(without, both); len(r.Noticed) == 0 {
		return false
	}
	r.By, r.As, r.Why = byPair, as, ""
	return true
}

// without is what rooms say without some locks; each combination is asked once.
func (b *bench) without(ctx context.Context, names []string, as string) (findings, error) {
	key := as + "\n" + strings.Join(names, "\n")
	b.mu.Lock()
	found, known := b.pairs[key]
	b.mu.Unlock()
	if known {
		return found, nil
	}
	found, err := b.rooms(ctx, b.binary, names, as)
	if err == nil {
		b.mu.Lock()
		b.pairs[key] = found
		b.mu.Unlock()
	}
	return found, err
}
