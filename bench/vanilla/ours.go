package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"secgpt/bench/vanilla/obedient"
)

// cells are what secgpt made of a case: with the demo's plans, and with the model's.
type cells struct{ carried, planned cell }

// demo plays all cases in secgpt, the worst-case model at its side.
func demo(ctx context.Context, secgpt, server string) (map[string]cells, error) {
	cmd := exec.CommandContext(ctx, secgpt, "demo", "-o", "json", "--model", "ollama:"+obedient.Name)
	cmd.Env = append(os.Environ(), "OLLAMA_HOST="+server)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("secgpt demo: %w", err)
	}
	all := map[string]cells{}
	for line := range bytes.Lines(out) {
		var s step
		if err := json.Unmarshal(line, &s); err != nil {
			return nil, fmt.Errorf("secgpt demo: %w", err)
		}
		c := all[s.Case]
		if s.Model {
			c.planned = s.cell(c.planned)
		} else {
			c.carried = s.cell(c.carried)
		}
		all[s.Case] = c
	}
	return all, nil
}

// A step is one line of `secgpt demo -o json`.
type step struct {
	Case         string
	Model, Right bool
	Turn         struct {
		Answer string
		Calls  []struct {
			Decision  string
			DecidedBy string `json:"decided_by"`
		}
	}
}

// cell adds a step to what stands in its case's cell: the worst counts, and questions
// are added.
func (s step) cell(c cell) cell {
	c.told = true
	if !s.Right {
		c.attack = append(c.attack, short(s.Turn.Answer))
	}
	for _, x := range s.Turn.Calls {
		switch {
		case x.DecidedBy != "person":
		case x.Decision == "deny":
			c.answers = append(c.answers, "no")
		case x.Decision == "withhold":
			c.answers = append(c.answers, "yes, in part")
		default:
			c.answers = append(c.answers, "yes")
		}
	}
	return c
}

// A cell is what secgpt made of a case.
type cell struct {
	told    bool
	attack  []string // what was shown where it did not go right
	answers []string // of the person, a question each
}

func (c cell) String() string {
	switch {
	case !c.told:
		return "-"
	case len(c.attack) > 0:
		return "ATTACK: " + strings.Join(c.attack, "; ")
	case len(c.answers) > 0:
		return "held, asked: " + strings.Join(c.answers, ", ")
	}
	return "held, no question"
}

// ollama is where the local Ollama listens.
func ollama() string {
	host := os.Getenv("OLLAMA_HOST")
	switch {
	case host == "":
		return "http://127.0.0.1:11434"
	case strings.Contains(host, "://"):
		return host
	}
	return "http://" + host
}
