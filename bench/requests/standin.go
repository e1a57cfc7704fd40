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
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
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
	Op      string            // one of ops
	Of      string            // the collection
	Also    string            // a second collection that is searched too
	Match   map[string]string // parameter → the field, or "a|b" fields, that it picks items by
	Like    map[string]string // parameter → how its value is compared with the field, see likes
	Where   map[string]any    // what the fields of an item must be; false is a missing field, too
	Known   map[string]string // parameter → "collection.field": its value must stand there
	Missing string            // the error if it does not, or if nothing fits
	Default map[string]any    // of parameters that are not given; "all" then picks everything
	Phrase  string            // the parameter that must stand in one text of an item as it is
	Any     string            // the parameter of which one word at least must, as in a search engine; best first
	Query   map[string]string // parameter → the language of queries that it is in, see languages
	Least   map[string]string // parameter → the field whose number it bounds from below
	Most    map[string]string // and from above
	Date    string            // the field that From and To bound by day
	From    string            // the parameter that bounds it from below
	To      string            // and from above
	Today   string            // the collection whose items stand for today where Of has none
	Latest  string            // the field by which a list begins with the latest
	Limit   string            // the parameter that bounds a list
	Each    string            // a parameter that is a list: each of its objects is one call
	Fields  map[string]string // parameter → field, where they are not called the same
	Fixed   map[string]any    // fields that each added or changed item gets
	Mint    string            // the field of an added item that gets a number of its own
	Stamp   string            // the field of a changed item that gets the time
	Drop    string            // the field, and parameter, that is a list from which elements are dropped
	Only    string            // the one field that is answered instead of the item
	Wrap    string            // the field of the answer that holds the items
	Beside  string            // a collection of which the answer has what names one of the items
	Answer  string            // a text that is the whole answer
}

// ops: list and get answer items, add makes one, set changes those that fit, put changes
// or makes one, delete takes those that fit away, drop takes elements of a list of theirs,
// say answers a text and does nothing.
var ops = []string{"list", "get", "add", "set", "put", "delete", "drop", "say"}

func (s *Set) spec(name string) (spec, error) {
	var sp spec
	if err := decode(filepath.Join(s.Dir, "apps", name, "standin.toml"), &sp); err != nil {
		return sp, err
	}
	for tool, a := range sp.Tools {
		if !slices.Contains(ops, a.Op) || a.Of == "" && a.Op != "say" {
			return sp, fmt.Errorf("standin.toml: %s: op is one of %s, and of a collection", tool, strings.Join(ops, ", "))
		}
		for _, kind := range a.Like {
			if likes[kind] == nil {
				return sp, fmt.Errorf("standin.toml: %s: nothing is compared like %q", tool, kind)
			}
		}
		for _, language := range a.Query {
			if languages[language] == nil {
				return sp, fmt.Errorf("standin.toml: %s: there is no language of queries %q", tool, language)
			}
		}
	}
	return sp, nil
}

// A standIn plays an MCP server.
type standIn struct {
	spec  spec
	code  func(tool string, args map[string]any) (any, error) // nil if the spec is all
	input map[string]schema                                   // of each tool
	now   time.Time                                           // in the person's zone
	mu    sync.Mutex
	state map[string][]map[string]any
}

func (w *World) standIn(name string) (server, error) {
	sp, err := w.set.spec(name)
	if err != nil {
		return nil, err
	}
	s := &standIn{spec: sp, now: w.set.Now.In(w.set.Zone), state: map[string][]map[string]any{}}
	if s.input, err = w.set.schemas(name); err != nil {
		return nil, err
	}
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
	return slices.Contains([]string{"add", "set", "put", "delete", "drop"}, s.spec.Tools[tool].Op)
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
	if err := s.input[tool].check(args); err != nil {
		return nil, err
	}
	answer, err := s.all(a, args)
	if err != nil {
		return nil, err
	}
	if a.Answer != "" {
		answer = a.Answer
	}
	if a.Wrap != "" {
		whole := map[string]any{a.Wrap: answer}
		if a.Beside != "" {
			whole[a.Beside] = s.beside(a, answer)
		}
		answer = whole
	}
	return json.Marshal(answer)
}

// all does an action, or for a list of things each of them.
func (s *standIn) all(a action, args map[string]any) (any, error) {
	if a.Each == "" {
		return s.act(a, args)
	}
	list, _ := args[a.Each].([]any)
	if len(list) == 0 {
		return nil, fmt.Errorf("%s must be a list", a.Each)
	}
	var answers []any
	for _, x := range list {
		one, ok := x.(map[string]any)
		if !ok {
			one = map[string]any{a.Each: x}
		}
		v, err := s.act(a, one)
		if err != nil {
			return nil, err
		}
		answers = append(answers, v)
	}
	return answers, nil
}

func (s *standIn) act(a action, args map[string]any) (any, error) {
	if a.Op == "say" {
		return a.Answer, nil
	}
	if err := s.known(a, args); err != nil {
		return nil, err
	}
	if a.Op == "add" {
		return s.add(a, args), nil
	}
	found, err := s.pick(a, args)
	if err != nil {
		return nil, err
	}
	if a.Op == "put" && len(found) == 0 {
		return s.add(a, args), nil
	}
	if a.Op == "list" {
		return a.list(found, args), nil
	}
	if len(found) == 0 {
		return nil, errors.New(cmp.Or(a.Missing, "nothing of that name was found in "+a.Of))
	}
	for _, item := range found {
		switch a.Op {
		case "set", "put":
			maps.Copy(item, a.fields(args))
			if a.Stamp != "" {
				item[a.Stamp] = s.now.Format(time.RFC3339)
			}
		case "drop":
			old, _ := item[a.Drop].([]any)
			gone, _ := args[a.Drop].([]any)
			item[a.Drop] = slices.DeleteFunc(slices.Clone(old), func(x any) bool { return slices.Contains(texts(gone), text(x)) })
		case "delete":
			s.state[a.Of] = slices.DeleteFunc(s.state[a.Of], func(x map[string]any) bool { return identical(x, item) })
		}
	}
	return a.only(found[0]), nil
}

// identical reports whether two items are one and the same, not only alike.
func identical(a, b map[string]any) bool {
	return reflect.ValueOf(a).Pointer() == reflect.ValueOf(b).Pointer()
}

func (s *standIn) add(a action, args map[string]any) any {
	item := a.fields(args)
	if a.Mint != "" {
		item[a.Mint] = float64(900 + len(s.state[a.Of]))
	}
	s.state[a.Of] = append(s.state[a.Of], item)
	return item
}

// list is what is answered of the items found: the best or the latest first, and no more
// than were wanted.
func (a action) list(found []map[string]any, args map[string]any) any {
	switch {
	case a.Any != "":
		query := queryWords(text(args[a.Any]))
		slices.SortStableFunc(found, func(x, y map[string]any) int { return better(y, x, query) })
	case a.Latest != "":
		slices.SortStableFunc(found, func(x, y map[string]any) int { return later(y[a.Latest], x[a.Latest]) })
	}
	if n, ok := args[a.Limit].(float64); ok && int(n) > 0 && int(n) < len(found) {
		found = found[:int(n)]
	}
	list := make([]any, len(found))
	for i, item := range found {
		list[i] = a.only(item)
	}
	return list
}

// later compares two moments or numbers; what has none yet was only just made.
func later(x, y any) int {
	a, isA := x.(float64)
	b, isB := y.(float64)
	switch {
	case isA && isB:
		return cmp.Compare(a, b)
	case x == nil || y == nil:
		return cmp.Compare(text(y), text(x))
	}
	return cmp.Compare(text(x), text(y))
}

// beside are the items of another collection that name one of those answered.
func (s *standIn) beside(a action, answer any) []any {
	list, _ := answer.([]any)
	names := map[string]bool{}
	for _, x := range list {
		item, _ := x.(map[string]any)
		names[text(item["name"])] = true
	}
	found := []any{}
	for _, item := range s.state[a.Beside] {
		for _, v := range item {
			if names[text(v)] {
				found = append(found, item)
				break
			}
		}
	}
	return found
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
