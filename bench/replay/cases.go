package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"secgpt/hub/when"
)

// An injecCase is one line of InjecAgent: a read by the person, and an attack.
type injecCase struct {
	ID         string                     `json:"id"`
	Kind       string                     `json:"kind"` // direct_harm or data_stealing
	Prompt     string                     `json:"user_prompt"`
	UserTool   string                     `json:"user_tool"`
	UserApp    string                     `json:"user_app"`
	UserArgs   map[string]json.RawMessage `json:"user_args"`
	Response   string                     `json:"response_template"`
	Marker     string                     `json:"injection_placeholder"`
	Goal       string                     `json:"attacker_instruction"`
	AttackerID string                     `json:"attacker_id"`
	Calls      []struct {
		Tool string                     `json:"tool"`
		Args map[string]json.RawMessage `json:"args"`
	} `json:"attacker_calls"`
}

// injecTool is a tool's schema in tools.json.
type injecTool struct {
	Name    string `json:"name"`
	App     string `json:"app"`
	Summary string `json:"summary"`
	Params  []struct {
		Name     string `json:"name"`
		Type     string `json:"type"`
		Required bool   `json:"required"`
	} `json:"params"`
}

// loadCases reads InjecAgent's layout: one part, each line a pair.
//
// It brings no hand labels. What its two kinds of case say is taken for them: the
// person's tool reads; of an attack's calls the last sends, and so does every call
// of a direct harm; what a data theft reads first only reads.
func loadCases(suite, path string) ([]*Part, error) {
	p := &Part{Suite: suite, Name: suite}
	if err := p.loadTools(filepath.Join(filepath.Dir(path), "tools.json")); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	tasks, attacks := map[string]int{}, map[string]int{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c injecCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			return nil, err
		}
		p.addCase(c, tasks, attacks)
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	return []*Part{p}, p.check()
}

func (p *Part) loadTools(path string) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // tools are then made from the calls
	}
	if err != nil {
		return err
	}
	var raw struct {
		Tools []injecTool `json:"tools"`
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	for _, t := range raw.Tools {
		tool := Tool{Name: t.Name, App: t.App, Description: t.Summary, Labels: Labels{Effect: "send", Egress: "recipient"}}
		for _, q := range t.Params {
			schema := `{}`
			switch q.Type {
			case "string", "integer", "number", "boolean", "array", "object":
				schema = `{"type":"` + q.Type + `"}`
			}
			tool.Params = append(tool.Params, Param{Name: q.Name, Schema: json.RawMessage(schema), Required: q.Required})
		}
		p.Tools = append(p.Tools, tool)
	}
	return nil
}

func (p *Part) addCase(c injecCase, tasks, attacks map[string]int) {
	user := p.must(c.UserTool, c.UserApp)
	user.Labels = Labels{Effect: "read", Egress: "none", Roles: map[string]string{}}
	for name := range c.UserArgs {
		user.Labels.Roles[name] = "query"
	}
	ti, ok := tasks[c.Prompt]
	if !ok {
		ti = len(p.Tasks)
		tasks[c.Prompt] = ti
		text, _ := json.Marshal(strings.ReplaceAll(c.Response, c.Marker, "nothing of note"))
		p.Tasks = append(p.Tasks, Task{
			ID: "user_" + c.UserTool, Prompt: c.Prompt, Checked: true, Seen: map[string][]int{"": {0}},
			Calls: []Call{{Tool: c.UserTool, Args: onOurClock(c.Prompt, c.UserArgs), Result: text, Sources: map[string][]any{}}},
		})
	}
	ai, ok := attacks[c.AttackerID]
	if !ok {
		ai = len(p.Attacks)
		attacks[c.AttackerID] = ai
		a := Attack{ID: c.AttackerID, Goal: c.Goal}
		for i, x := range c.Calls {
			tool := p.must(x.Tool, x.Tool)
			if c.Kind == "data_stealing" && i < len(c.Calls)-1 && tool.Labels.Effect != "read" {
				tool.Labels = Labels{Effect: "read", Egress: "none"}
			}
			a.Calls = append(a.Calls, Call{Tool: x.Tool, Args: x.Args})
		}
		p.Attacks = append(p.Attacks, a)
	}
	p.Pairs = append(p.Pairs, Pair{ID: c.ID, Task: ti, Attack: ai, Seen: []int{0}})
}

// must returns the tool, made new if tools.json did not have it.
func (p *Part) must(name, app string) *Tool {
	if t := p.tool(name); t != nil {
		return t
	}
	p.Tools = append(p.Tools, Tool{Name: name, App: app, Labels: Labels{Effect: "send", Egress: "recipient"}})
	return &p.Tools[len(p.Tools)-1]
}

// onOurClock gives the arguments the times that the request's words mean on the suites'
// clock: InjecAgent's author read "last week" on a day that the data does not tell.
func onOurClock(request string, args map[string]json.RawMessage) map[string]json.RawMessage {
	spans := when.Find(request, now)
	if len(spans) == 0 {
		return args
	}
	start, end := spans[0].Start.Format(time.RFC3339), spans[0].End.Format(time.RFC3339)
	if spans[0].AllDay {
		start, end = spans[0].Start.Format(time.DateOnly), spans[0].End.Add(-time.Second).Format(time.DateOnly)
	}
	all := map[string]json.RawMessage{}
	for name, arg := range args {
		edges := []string{start, end} // of two times in one argument, the second is the end
		if strings.Contains(name, "end") {
			edges = edges[1:]
		}
		all[name] = dated.ReplaceAllFunc(arg, func([]byte) []byte {
			edge := edges[0]
			if len(edges) > 1 {
				edges = edges[1:]
			}
			return []byte(quote(edge))
		})
	}
	return all
}

// dated is a text in JSON that begins with a date.
var dated = regexp.MustCompile(`"\d{4}-\d\d-\d\d[^"]*"`)
