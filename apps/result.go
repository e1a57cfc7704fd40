package apps

import (
	"encoding/json"
	"slices"
)

// The bounds of what an app may say beside a result.
const (
	maxProblems = 32
	maxProblem  = 500 // bytes of one
)

// wrapped reports whether an object with these keys only carries a result: it has
// `result`, and beside it nothing but `problems` and `undo`. MCP wants an object
// where a tool has a list or a number to give.
func wrapped(keys []string) bool {
	for _, k := range keys {
		if k != "result" && k != "problems" && k != "undo" {
			return false
		}
	}
	return slices.Contains(keys, "result")
}

// Unwrap takes a result apart: the value that the plan gets, what the app could not
// do (in its words, bounded), and the token with which its `undo` tool takes the
// call back. A result that is not wrapped is the value, whole.
func Unwrap(raw json.RawMessage) (value json.RawMessage, problems []string, undo string) {
	o := parseObject(raw)
	if !wrapped(o.keys) ||
		o.raw["problems"] != nil && json.Unmarshal(o.raw["problems"], &problems) != nil ||
		o.raw["undo"] != nil && json.Unmarshal(o.raw["undo"], &undo) != nil {
		return raw, nil, ""
	}
	if n := len(problems); n > maxProblems {
		problems = append(problems[:maxProblems:maxProblems], "… and more")
	}
	for i, p := range problems {
		problems[i] = clip(p, maxProblem)
	}
	return o.raw["result"], problems, undo
}
