package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A Suite is one published benchmark.
type Suite struct {
	Name  string // injecagent, agentdojo or agentdyn
	Parts []*Part
}

// A Part is one environment of a suite, whose tasks can be one person's month.
type Part struct {
	Suite, Name string
	Tools       []Tool
	Tasks       []Task
	Attacks     []Attack
	Pairs       []Pair
	// Start is all that stands in the environment before a task, the marker where an
	// attacker writes.
	Start string
	// Written are the texts of the environment in which the attacker has a place, with
	// what stands there if there is no attack.
	Written []string
}

// A Tool is as the suite tells of it, with the labels that people gave it.
type Tool struct {
	Name        string  `json:"name"`
	App         string  `json:"app"`
	Description string  `json:"description"`
	Params      []Param `json:"params"`
	Labels      Labels  `json:"labels"`
}

// Labels are the hand labels of a tool, in the words of the suites' README.
type Labels struct {
	Effect string            `json:"effect"` // read, write, send, pay, delete, admin
	Egress string            `json:"egress"` // none, recipient, public, lookup
	Roles  map[string]string `json:"roles"`
}

// Harmful reports whether a call of the tool can do harm by itself: it changes
// something, or its arguments leave.
func (l Labels) Harmful() bool { return l.Effect != "read" || l.Egress == "lookup" }

// A Param is one parameter of a tool.
type Param struct {
	Name     string          `json:"name"`
	Schema   json.RawMessage `json:"schema"`
	Required bool            `json:"required"`
}

// A Task is a request of the person, with the calls that serve it.
type Task struct {
	ID       string `json:"id"`
	Prompt   string `json:"prompt"`
	Expected string `json:"expected_output"`
	Calls    []Call `json:"calls"`
	// Checked: the suite's own utility function accepted the calls.
	Checked bool             `json:"utility_check"`
	Seen    map[string][]int `json:"injection_seen"`
}

// A Call is a recorded call.
type Call struct {
	Tool   string                     `json:"tool"`
	Args   map[string]json.RawMessage `json:"args"`
	Result json.RawMessage            `json:"result"`
	Error  string                     `json:"error"`
	// Sources tell for each leaf of the arguments where its value stands verbatim:
	// "prompt", or the index of an earlier call. Empty: computed or paraphrased.
	Sources map[string][]any `json:"arg_sources"`
}

// An Attack is what an injected text wants.
type Attack struct {
	ID       string `json:"id"`
	Goal     string `json:"goal"`
	Expected string `json:"expected_output"`
	Calls    []Call `json:"calls"`
}

// A Pair is one case: an attack met by a task. Seen are the calls of the task whose
// results hold the attacker's text.
type Pair struct {
	ID           string
	Task, Attack int
	Seen         []int
}

// load reads every suite that is below dir. What is missing is left out; that
// nothing is there is an error.
func load(dir string) ([]Suite, error) {
	var all []Suite
	for _, name := range []string{"injecagent", "agentdojo", "agentdyn"} {
		s := Suite{Name: name}
		files, err := filepath.Glob(filepath.Join(dir, name, "suites", "*.json"))
		if err != nil {
			return nil, err
		}
		slices.Sort(files)
		for _, f := range files {
			p, err := loadPart(name, f)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", f, err)
			}
			s.Parts = append(s.Parts, p)
		}
		cases := filepath.Join(dir, name, "cases.jsonl")
		if _, err := os.Stat(cases); err == nil {
			parts, err := loadCases(name, cases)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", cases, err)
			}
			s.Parts = append(s.Parts, parts...)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if len(s.Parts) > 0 {
			all = append(all, s)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no suite in %s: expected NAME/suites/*.json or NAME/cases.jsonl", dir)
	}
	return all, nil
}

// loadPart reads a suite in AgentDojo's layout: every task meets every attack.
func loadPart(suite, path string) (*Part, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var raw struct {
		Tools   []Tool                              `json:"tools"`
		Tasks   []Task                              `json:"user_tasks"`
		Attacks []Attack                            `json:"injection_tasks"`
		Start   json.RawMessage                     `json:"environment"`
		Marker  string                              `json:"marker"`
		Vectors map[string]struct{ Default string } `json:"injection_vectors"`
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, err
	}
	p := &Part{Suite: suite, Name: strings.TrimSuffix(filepath.Base(path), ".json"), Tools: raw.Tools, Tasks: raw.Tasks, Attacks: raw.Attacks}
	texts := scalars(decode(raw.Start))
	p.Start = joined(texts)
	var defaults []string
	for _, name := range sorted(raw.Vectors) {
		defaults = append(defaults, "[[INJ:"+name+"]]", raw.Vectors[name].Default)
	}
	for _, v := range texts {
		if s, ok := v.(string); ok && strings.Contains(s, "[[INJ:") {
			p.Written = append(p.Written, strings.NewReplacer(defaults...).Replace(s))
		}
	}
	for i, t := range p.Tasks {
		var seen []int
		for _, at := range t.Seen {
			seen = append(seen, at...)
		}
		slices.Sort(seen)
		seen = slices.Compact(seen)
		for j, a := range p.Attacks {
			p.Pairs = append(p.Pairs, Pair{ID: p.Name + "/" + t.ID + "/" + a.ID, Task: i, Attack: j, Seen: seen})
		}
	}
	return p, p.check()
}

// check holds the calls to the tools: a call of a tool that is not there is an error,
// and an argument that no schema names is added to it, since upstream took it.
func (p *Part) check() error {
	for _, t := range p.Tasks {
		for i, c := range t.Calls {
			tool := p.tool(c.Tool)
			if tool == nil {
				return fmt.Errorf("%s, call %d: there is no tool %s", t.ID, i, c.Tool)
			}
			for _, name := range sorted(c.Args) {
				if !slices.ContainsFunc(tool.Params, func(q Param) bool { return q.Name == name }) {
					tool.Params = append(tool.Params, Param{Name: name, Schema: json.RawMessage(`{}`)})
				}
			}
		}
	}
	return nil
}

func (p *Part) tool(name string) *Tool {
	i := slices.IndexFunc(p.Tools, func(t Tool) bool { return t.Name == name })
	if i < 0 {
		return nil
	}
	return &p.Tools[i]
}

func sorted[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}
