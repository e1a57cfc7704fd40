package policy

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// The bounds of policy.toml. A person who reads their rules has a few dozen; up to
// this many, judging stays under a millisecond (mediator/bench_test.go).
const (
	maxFile  = 4 << 20
	maxRules = 10_000
	// maxNumber is more rules than anybody makes in a life.
	maxNumber = 1_000_000_000
)

// A FileError says what is wrong with policy.toml and where.
type FileError struct {
	Path string
	Line int // from 1; 0 if it is about the file as a whole
	Err  error
}

func (e *FileError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %v", e.Path, e.Err)
	}
	return fmt.Sprintf("%s:%d: %v", e.Path, e.Line, e.Err)
}

// Unwrap returns what is wrong, without the place.
func (e *FileError) Unwrap() error { return e.Err }

// content is what policy.toml says:
//
//	# The number that the next rule gets. Numbers are never used again.
//	next = 4
//
//	[[rules]]
//	number = 3
//	rule = "allow mail -> calendar.create_event until 2027-01-01"
//	made = "2026-11-23" # optional
//	by = "answer"       # optional: answer, command or person
//
// Nothing else may stand in it, so that a misspelt word is never a rule that the
// person believes in and that does not hold.
type content struct {
	next  int
	rules Set
}

// parseFile reads the file's text. Errors are of type *FileError, without a path.
func parseFile(text string) (content, error) {
	var raw map[string]any
	if _, err := toml.Decode(text, &raw); err != nil {
		var pe toml.ParseError
		if errors.As(err, &pe) {
			return content{}, &FileError{Line: pe.Position.Line, Err: errors.New(pe.Message)}
		}
		return content{}, &FileError{Err: err}
	}
	c := content{next: 1}
	bad := func(block int, key, format string, args ...any) (content, error) {
		return content{}, &FileError{Line: lineOf(text, block, key), Err: fmt.Errorf(format, args...)}
	}
	for _, key := range sorted(raw) {
		if key != "next" && key != "rules" {
			return bad(-1, key, "unknown key %q: expected next or rules", key)
		}
	}
	if v, ok := raw["next"]; ok {
		n, ok := number(v)
		if !ok {
			return bad(-1, "next", "next: expected a whole number from 1")
		}
		c.next = n
	}
	blocks, ok := tables(raw["rules"])
	switch {
	case !ok:
		return bad(-1, "rules", "rules: expected blocks that start with [[rules]]")
	case len(blocks) > maxRules:
		return bad(-1, "rules", "%d rules, %d at most", len(blocks), maxRules)
	}
	used := map[int]bool{}
	for i, b := range blocks {
		r, key, err := block(b)
		if err != nil {
			return bad(i, key, "%w", err)
		}
		if r.Number == maxNumber {
			return bad(i, "number", "number: %d at most", maxNumber-1)
		}
		if used[r.Number] {
			return bad(i, "number", "number %d stands twice", r.Number)
		}
		used[r.Number] = true
		c.rules = append(c.rules, r)
		c.next = max(c.next, r.Number+1)
	}
	return c, nil
}

// block reads one [[rules]]. With an error it returns the key that it is about.
func block(b map[string]any) (r Rule, key string, err error) {
	for _, key := range sorted(b) {
		if !slices.Contains([]string{"number", "rule", "made", "by"}, key) {
			return r, key, fmt.Errorf("unknown key %q: expected number, rule, made or by", key)
		}
	}
	text, ok := b["rule"].(string)
	if !ok {
		return r, "rule", errors.New(`rule: expected a text such as "allow mail -> notes.add"`)
	}
	if r, err = Parse(text); err != nil {
		return r, "rule", err
	}
	if r.Number, ok = number(b["number"]); !ok {
		return r, "number", errors.New("number: expected a whole number from 1, such as the one that next names")
	}
	if v, there := b["made"]; there {
		s, _ := v.(string)
		if r.Made, err = time.Parse(dateForm, s); err != nil {
			return r, "made", errors.New(`made: expected a date in quotes such as "2026-11-23"`)
		}
	}
	if v, there := b["by"]; there {
		s, _ := v.(string)
		if r.By = By(s); !r.By.known() {
			return r, "by", errors.New(`by: expected "answer", "command" or "person"`)
		}
	}
	return r, "", nil
}

func (b By) known() bool { return b == Answer || b == Command || b == ByHand }

func number(v any) (int, bool) {
	n, ok := v.(int64)
	return int(n), ok && n >= 1 && n <= maxNumber
}

func tables(v any) ([]map[string]any, bool) {
	switch v := v.(type) {
	case nil:
		return nil, true
	case []map[string]any:
		return v, true
	case []any: // rules = [{…}]
		out := make([]map[string]any, len(v))
		for i, x := range v {
			t, ok := x.(map[string]any)
			if !ok {
				return nil, false
			}
			out[i] = t
		}
		return out, true
	}
	return nil, false
}

func sorted(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// lineOf finds the line of a key in the block with this index, -1 for the top; 0
// if it can't tell. TOML's own positions know no index, and an error should name
// the line of the rule that is wrong. A missing key is at its block's start.
func lineOf(text string, block int, key string) int {
	at, start := -1, 0
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if isHeader(line) {
			at++
			if at == block {
				start = i + 1
			}
			if block < 0 && key == "rules" {
				return i + 1
			}
			continue
		}
		if at == block && keyOf(line) == key {
			return i + 1
		}
	}
	return start
}

func isHeader(line string) bool {
	line, _, _ = strings.Cut(line, "#")
	return strings.ReplaceAll(strings.TrimSpace(line), " ", "") == "[[rules]]"
}

func keyOf(line string) string {
	line = strings.TrimLeft(line, `["' `)
	if i := strings.IndexAny(line, `=."'] `); i >= 0 {
		return line[:i]
	}
	return line
}

// String writes the file from nothing.
func (c content) String() string {
	var b strings.Builder
	b.WriteString("# The number that the next rule gets. Numbers are never used again.\n")
	fmt.Fprintf(&b, "next = %d\n", c.next)
	for _, r := range c.rules {
		b.WriteString(blockOf(r))
	}
	return b.String()
}

func blockOf(r Rule) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n[[rules]]\nnumber = %d\nrule = %s\n", r.Number, quote(r.String()))
	if !r.Made.IsZero() {
		fmt.Fprintf(&b, "made = %q\n", r.Made.Format(dateForm))
	}
	if r.By != "" {
		fmt.Fprintf(&b, "by = %q\n", string(r.By))
	}
	return b.String()
}

// quote writes a rule as TOML. The form without escapes is the one that a person
// can read; String has no control characters.
func quote(s string) string {
	if !strings.Contains(s, "'") {
		if strings.Contains(s, `"`) || strings.Contains(s, `\`) {
			return "'" + s + "'"
		}
		return `"` + s + `"`
	}
	return strconv.Quote(s)
}
