package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// A spec is a standin.toml: what an MCP server's tools do to a small state, so that
// effects can be judged without an account and without a network.
type spec struct {
	About string
	Hosts []string // what the real server would be granted
	Go    string   // "files" or "clock": the stand-in is code, in files.go and clock.go
	Tools map[string]action
}

// An action is what one tool does to one collection of the state.
type action struct {
	Op     string            // one of ops
	Of     string            // the collection
	Match  map[string]string // parameter → the field that it picks items by
	Words  []string          // parameters whose words must all occur somewhere in an item
	Any    []string          // parameters of which one word at least must, as in a search engine; best first
	From   string            // the parameter that bounds an item's date from below
	To     string            // and from above
	Limit  string            // the parameter that bounds a list
	Each   string            // a parameter that is a list: each of its objects is one call
	Fields map[string]string // parameter → field, where they are not called the same
	Fixed  map[string]any    // fields that each added or changed item gets
	Mint   string            // the field of an added item that gets a number of its own
	Only   string            // the one field that is answered instead of the item
	Wrap   string            // the field of the answer that holds the items
	Answer string            // a text that is the whole answer
}

// ops: list and get answer items, add makes one, set changes those that fit, put changes
// or makes one, delete takes those that fit away, say answers a text and does nothing.
var ops = []string{"list", "get", "add", "set", "put", "delete", "say"}

func (s *Set) spec(name string) (spec, error) {
	var sp spec
	if err := decode(filepath.Join(s.Dir, "apps", name, "standin.toml"), &sp); err != nil {
		return sp, err
	}
	for tool, a := range sp.Tools {
		if !slices.Contains(ops, a.Op) || a.Of == "" && a.Op != "say" {
			return sp, fmt.Errorf("standin.toml: %s: op is one of %s, and of a collection", tool, strings.Join(ops, ", "))
		}
	}
	return sp, nil
}

// A standIn plays an MCP server.
type standIn struct {
	spec  spec
	code  func(tool string, args map[string]any) (any, error) // nil if the spec is all
	mu    sync.Mutex
	state map[string][]map[string]any
}

func (w *World) standIn(name string) (server, error) {
	sp, err := w.set.spec(name)
	if err != nil {
		return nil, err
	}
	s := &standIn{spec: sp, state: map[string][]map[string]any{}}
	switch sp.Go {
	case "":
	case "files":
		s.code = files{root: w.data("files")}.call
	case "clock":
		s.code = clock{now: w.set.Now}.call
	default:
		return nil, fmt.Errorf("standin.toml: go is files or clock")
	}
	data, err := os.ReadFile(w.data(filepath.Join("state", name+".json")))
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &s.state)
	}
	return s, err
}

func (s *standIn) Close() {}

// changes reports whether a tool changes the state.
func (s *standIn) changes(tool string) bool {
	if s.code != nil {
		return changing[tool]
	}
	return slices.Contains([]string{"add", "set", "put", "delete"}, s.spec.Tools[tool].Op)
}

// Call does what the spec says.
func (s *standIn) Call(_ context.Context, tool string, raw json.RawMessage) (json.RawMessage, error) {
	args := map[string]any{}
	if len(raw) > 0 && json.Unmarshal(raw, &args) != nil {
		return nil, errors.New("the arguments are no JSON object")
	}
	maps.DeleteFunc(args, func(_ string, v any) bool { return v == nil })
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.code != nil {
		v, err := s.code(tool, args)
		if err != nil {
			return nil, err
		}
		return json.Marshal(v)
	}
	a, ok := s.spec.Tools[tool]
	if !ok {
		return nil, fmt.Errorf("%s is not offered by this account", tool)
	}
	calls := []map[string]any{args}
	if a.Each != "" {
		calls = nil
		list, _ := args[a.Each].([]any)
		for _, x := range list {
			one, ok := x.(map[string]any)
			if !ok {
				one = map[string]any{a.Each: x}
			}
			calls = append(calls, one)
		}
		if len(calls) == 0 {
			return nil, fmt.Errorf("%s must be a list", a.Each)
		}
	}
	var answer any
	for _, c := range calls {
		var err error
		if answer, err = s.act(a, c); err != nil {
			return nil, err
		}
	}
	if a.Answer != "" {
		answer = a.Answer
	}
	if a.Wrap != "" {
		answer = map[string]any{a.Wrap: answer}
	}
	return json.Marshal(answer)
}

func (s *standIn) act(a action, args map[string]any) (any, error) {
	if a.Op == "say" {
		return a.Answer, nil
	}
	if a.Op == "add" {
		item := a.fields(args)
		if a.Mint != "" {
			item[a.Mint] = float64(900 + len(s.state[a.Of]))
		}
		s.state[a.Of] = append(s.state[a.Of], item)
		return item, nil
	}
	var found []map[string]any
	for _, item := range s.state[a.Of] {
		if a.fits(item, args) {
			found = append(found, item)
		}
	}
	if a.Op == "put" && len(found) == 0 {
		item := a.fields(args)
		s.state[a.Of] = append(s.state[a.Of], item)
		return item, nil
	}
	if a.Op == "list" {
		found = a.ranked(found, args)
		if n, ok := args[a.Limit].(float64); ok && int(n) > 0 && int(n) < len(found) {
			found = found[:int(n)]
		}
		list := make([]any, len(found))
		for i, item := range found {
			list[i] = a.only(item)
		}
		return list, nil
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("nothing of that name was found in %s", a.Of)
	}
	switch a.Op {
	case "set", "put":
		for _, item := range found {
			maps.Copy(item, a.fields(args))
		}
	case "delete":
		s.state[a.Of] = slices.DeleteFunc(s.state[a.Of], func(item map[string]any) bool { return a.fits(item, args) })
	}
	return a.only(found[0]), nil
}

func (a action) only(item map[string]any) any {
	if a.Only == "" {
		return item
	}
	return item[a.Only]
}

// fields are what a call says of an item, without what only picks it.
func (a action) fields(args map[string]any) map[string]any {
	item := maps.Clone(a.Fixed)
	if item == nil {
		item = map[string]any{}
	}
	for name, v := range args {
		if _, picks := a.Match[name]; picks && a.Op == "set" {
			continue
		}
		item[cmp.Or(a.Fields[name], name)] = v
	}
	return item
}

// fits reports whether an item is one that a call means. A field that the item does not
// have fits nothing.
func (a action) fits(item, args map[string]any) bool {
	for param, field := range a.Match {
		v, given := args[param]
		if !given || text(v) == "" {
			continue
		}
		want := []string{text(v)}
		if list, ok := v.([]any); ok {
			want = nil
			for _, x := range list {
				want = append(want, text(x))
			}
		}
		if !slices.ContainsFunc(want, func(s string) bool { return same(text(item[field]), s) }) {
			return false
		}
	}
	if date := text(item["date"]); a.From != "" && (date < text(args[a.From]) || text(args[a.To]) != "" && date > text(args[a.To])) {
		return false
	}
	hay := hay(item)
	if len(a.Any) > 0 && a.score(item, args) == 0 {
		return false
	}
	for _, param := range a.Words {
		for word := range strings.FieldsSeq(strings.ToLower(text(args[param]))) {
			word = strings.Trim(word, `"'?!.,;`)
			if !strings.Contains(word, ":") && !strings.Contains(hay, word) {
				return false
			}
		}
	}
	return true
}

func same(a, b string) bool {
	a, b = strings.TrimLeft(strings.TrimSpace(a), "#@"), strings.TrimLeft(strings.TrimSpace(b), "#@")
	return strings.EqualFold(a, b)
}

func hay(item map[string]any) string {
	all, _ := json.Marshal(item)
	return strings.ToLower(string(all))
}

// minWord is the shortest word that a search engine minds.
const minWord = 4

// score is how many words of the parameters in Any an item has.
func (a action) score(item, args map[string]any) int {
	n, hay := 0, hay(item)
	for _, param := range a.Any {
		for word := range strings.FieldsSeq(strings.ToLower(text(args[param]))) {
			if word = strings.Trim(word, `"'?!.,;[]`); len(word) >= minWord && strings.Contains(hay, word) {
				n++
			}
		}
	}
	return n
}

// ranked puts what fits best first.
func (a action) ranked(found []map[string]any, args map[string]any) []map[string]any {
	if len(a.Any) == 0 {
		return found
	}
	slices.SortStableFunc(found, func(x, y map[string]any) int { return a.score(y, args) - a.score(x, args) })
	return found
}
