// Package symptomsolver is the paper's app symptom_solver: from symptoms to what may be
// behind them, plainly. It looks words up in a short table and is no doctor. It runs in
// a room, keeps nothing and reaches no host. Start at Server.
package symptomsolver

import (
	"context"
	_ "embed"
	"strings"

	"secgpt/apps/builtin"
)

// Manifest is what a person agrees to when they install it.
//
//go:embed manifest.toml
var Manifest string

// maxSymptoms bounds what is told, in bytes.
const maxSymptoms = 2000

type symptomsIn struct {
	Symptoms string `json:"symptoms" jsonschema:"what the person feels"`
}

// A Finding is what may be behind the symptoms.
type Finding struct {
	Causes []string `json:"possible_causes"`
	Advice string   `json:"advice"`
}

// causes are in the order in which they are told, each with the words of which one
// must stand among the symptoms.
var causes = []struct {
	name string
	when []string
}{
	{"iron deficiency", []string{"fatigue", "tired", "pale"}},
	{"an underactive thyroid", []string{"fatigue", "tired", "cold"}},
	{"fibromyalgia", []string{"persistent pain", "muscle pain"}},
	{"lack of vitamin D", []string{"fatigue", "bone pain", "persistent pain"}},
	{"rheumatoid arthritis", []string{"persistent pain", "joint"}},
	{"depression", []string{"fatigue", "sad"}},
	{"an infection", []string{"fever", "cough"}},
}

const advice = "See a doctor if it lasts longer than two weeks; at once with chest pain, fever or loss of weight. A blood test tells most of these apart."

// Server is the app.
func Server() *builtin.Server {
	s := builtin.New("symptom_solver")
	builtin.Add(s, "assess", "Say what may be behind symptoms", func(_ context.Context, in symptomsIn) (builtin.Out[Finding], error) {
		if strings.TrimSpace(in.Symptoms) == "" || len(in.Symptoms) > maxSymptoms {
			return builtin.Out[Finding]{}, builtin.Errorf("tell the symptoms in at most %d bytes", maxSymptoms)
		}
		return builtin.Out[Finding]{Result: Finding{behind(in.Symptoms), advice}}, nil
	})
	return s
}

// behind lists the causes that a symptom speaks for.
func behind(symptoms string) []string {
	said := strings.ToLower(symptoms)
	found := []string{}
	for _, c := range causes {
		for _, w := range c.when {
			if strings.Contains(said, w) {
				found = append(found, c.name)
				break
			}
		}
	}
	return found
}
