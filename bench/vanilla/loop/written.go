package loop

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// written tells of the tools in the prompt.
func written(tools []Tool) string {
	var b strings.Builder
	b.WriteString("\n\nTo call a tool, answer with one JSON object and nothing else: {\"name\": \"TOOL\", \"arguments\": {…}}. The tools:\n")
	for _, t := range tools {
		fmt.Fprintf(&b, "- %s: %s Arguments: %s\n", t.Name, t.About, t.Input)
	}
	return b.String()
}

// read finds calls that a model wrote into its text: JSON objects with the name of a
// tool that is there. It reads kindly, fences and prose around them included.
func read(text string, tools []Tool) []call {
	var found []call
	for rest := text; ; {
		open := strings.IndexByte(rest, '{')
		if open < 0 {
			return found
		}
		rest = rest[open:]
		var c struct {
			Name       string
			Arguments  json.RawMessage
			Parameters json.RawMessage
		}
		d := json.NewDecoder(strings.NewReader(rest))
		if d.Decode(&c) != nil {
			rest = rest[1:]
			continue
		}
		rest = rest[d.InputOffset():]
		if !slices.ContainsFunc(tools, func(t Tool) bool { return t.Name == c.Name }) {
			continue
		}
		if c.Arguments == nil {
			c.Arguments = c.Parameters
		}
		if c.Arguments == nil {
			c.Arguments = json.RawMessage("{}")
		}
		var one call
		one.Function.Name, one.Function.Arguments = c.Name, c.Arguments
		found = append(found, one)
	}
}
