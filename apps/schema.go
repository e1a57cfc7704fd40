package apps

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// A Param is one parameter of a tool. Name and About are the app's words, Type is
// ours.
type Param struct {
	Name     string
	Type     string // "string", "datetime", "list of string", "any"
	Required bool
	About    string // at most maxParamAbout bytes
	// Fields are those of the object that it takes, or of each in a list, the app's
	// words: the required ones first, those that can be left out with a ?.
	Fields []string
	// Lists are those of them that are lists and can't be left out.
	Lists []string
	// Choices are the texts that it takes, if it takes only certain ones; nil too if one
	// of them is no short word, or there are more than maxChoices.
	Choices []string
}

// The bounds of what a signature takes from a schema.
const (
	maxParamAbout = 300   // a sentence or two; more only fills the planner's prompt
	maxFields     = 64    // of a result
	maxHops       = 8     // through references and nested lists
	maxParts      = 5_000 // of a schema, for all parameters of a tool: choices of choices multiply
	maxChoices    = 12    // more is a list to look things up in
	maxChoice     = 24    // bytes: REQUEST_CHANGES
)

// Params returns the parameters of a tool, the required ones first, else in the
// order of its schema; nil if there is no such tool.
func (a App) Params(tool string) []Param {
	t, ok := a.described(tool)
	if !ok {
		return nil
	}
	root := parseObject(t.Input)
	left := maxParts
	root.left = &left
	props := parseObject(root.raw["properties"])
	var required []string
	_ = json.Unmarshal(root.raw["required"], &required) // a schema without it has none
	params := make([]Param, 0, len(props.keys))
	for _, name := range props.keys {
		s := root.resolve(props.raw[name])
		var about string
		_ = json.Unmarshal(parseObject(props.raw[name]).raw["description"], &about)
		params = append(params, Param{
			Name: name, Type: root.typeOf(s, 0), Required: slices.Contains(required, name),
			About: clip(about, maxParamAbout), Fields: root.fields(s), Lists: root.lists(s), Choices: root.choices(s),
		})
	}
	slices.SortStableFunc(params, func(a, b Param) int {
		switch {
		case a.Required == b.Required:
			return 0
		case a.Required:
			return -1
		}
		return 1
	})
	return params
}

// Returns names the fields of a tool's result, of one item if the result is a list,
// in the order of its schema; nil if the app does not say.
func (a App) Returns(tool string) []string {
	fields, _ := a.result(tool)
	return fields
}

// ReturnsList reports whether a tool's result is a list.
func (a App) ReturnsList(tool string) bool {
	_, list := a.result(tool)
	return list
}

func (a App) result(tool string) (fields []string, list bool) {
	t, ok := a.described(tool)
	if !ok {
		return nil, false
	}
	root := parseObject(t.Output)
	s := root.object
	if props := parseObject(s.raw["properties"]); wrapped(props.keys) {
		s = root.resolve(props.raw["result"])
	}
	for range maxHops {
		items, ok := s.raw["items"]
		if !ok {
			break
		}
		s, list = root.resolve(items), true
	}
	fields = parseObject(s.raw["properties"]).keys
	return fields[:min(len(fields), maxFields)], list
}

// An object is one JSON object with its keys in the order in which they stand.
type object struct {
	keys []string
	raw  map[string]json.RawMessage
}

// A schema is an object and what its references point into.
type schema struct {
	object
	left *int // how many more parts of it may be looked at; nil if that is not bounded
}

// parseObject reads an object; anything else reads as an empty one. What it reads
// has passed link.CheckJSON.
func parseObject(raw json.RawMessage) schema {
	o := object{raw: map[string]json.RawMessage{}}
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return schema{object: o}
	}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		var v json.RawMessage
		if err != nil || !ok || d.Decode(&v) != nil {
			return schema{object: o}
		}
		o.keys = append(o.keys, name)
		o.raw[name] = v
	}
	return schema{object: o}
}

// fields names the fields of an object, or of the objects in a list.
func (root schema) fields(o object) (names []string) {
	if items, ok := o.raw["items"]; ok {
		o = root.resolve(items)
	}
	var required []string
	_ = json.Unmarshal(o.raw["required"], &required)
	var rest []string
	for _, name := range parseObject(o.raw["properties"]).keys {
		if slices.Contains(required, name) {
			names = append(names, name)
		} else {
			rest = append(rest, name+"?")
		}
	}
	names = append(names, rest...)
	return names[:min(len(names), maxFields)]
}

// lists names the required fields that are lists, as fields does.
func (root schema) lists(o object) (names []string) {
	if items, ok := o.raw["items"]; ok {
		o = root.resolve(items)
	}
	props := parseObject(o.raw["properties"])
	for _, name := range root.fields(o) {
		if strings.HasPrefix(root.typeOf(root.resolve(props.raw[name]), 0), "list") {
			names = append(names, name)
		}
	}
	return names
}

// choices are the words of an enum, also of one that may be null.
func (root schema) choices(o object) (words []string) {
	for _, key := range []string{"anyOf", "oneOf"} {
		var either []json.RawMessage
		_ = json.Unmarshal(o.raw[key], &either)
		var kinds []object
		for _, e := range either[:min(len(either), maxHops)] {
			if kind := root.resolve(e); root.typeOf(kind, 1) != "null" {
				kinds = append(kinds, kind)
			}
		}
		switch {
		case len(kinds) > 1 || len(kinds) == 1 && o.raw["enum"] != nil:
			return nil // more may be meant than one of them says
		case len(kinds) == 1:
			o = kinds[0]
		}
	}
	var all []any
	if json.Unmarshal(o.raw["enum"], &all) != nil || len(all) > maxChoices {
		return nil
	}
	for _, v := range all {
		switch w, text := v.(string); {
		case v == nil:
		case !text || len(w) > maxChoice || !isWord(w):
			return nil
		default:
			words = append(words, w)
		}
	}
	return words
}

// isWord reports whether a text is one word of ASCII letters, digits, - and _, which a
// prompt can show as it is.
func isWord(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

// resolve follows references inside root, a few hops.
func (root schema) resolve(raw json.RawMessage) object {
	if root.left != nil {
		if *root.left--; *root.left < 0 {
			return object{}
		}
	}
	o := parseObject(raw).object
	for range maxHops {
		var ref string
		if json.Unmarshal(o.raw["$ref"], &ref) != nil {
			return o
		}
		parts := strings.Split(ref, "/")
		if len(parts) != 3 || parts[0] != "#" {
			return o
		}
		o = parseObject(parseObject(root.raw[parts[1]]).raw[parts[2]]).object
	}
	return o
}

var plainTypes = []string{"string", "integer", "number", "boolean", "object"}

// typeOf puts a schema's type in our words.
func (root schema) typeOf(o object, depth int) string {
	if depth > maxHops {
		return "any"
	}
	var one, format string
	var many []string
	_ = json.Unmarshal(o.raw["format"], &format)
	if json.Unmarshal(o.raw["type"], &one) == nil {
		many = []string{one}
	} else if json.Unmarshal(o.raw["type"], &many) != nil {
		many = nil
	}
	var names []string
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, t := range many {
		switch {
		case t == "null": // means that it may be left out
		case t == "string" && format == "date-time":
			add("datetime")
		case t == "string" && format == "date":
			add("date")
		case t == "array" && o.raw["items"] != nil:
			add("list of " + root.typeOf(root.resolve(o.raw["items"]), depth+1))
		case t == "array":
			add("list")
		case slices.Contains(plainTypes, t):
			add(t)
		default:
			return "any"
		}
	}
	for _, key := range []string{"anyOf", "oneOf"} {
		var choices []json.RawMessage
		_ = json.Unmarshal(o.raw[key], &choices)
		for _, c := range choices[:min(len(choices), maxHops)] {
			if t := root.typeOf(root.resolve(c), depth+1); t != "null" {
				add(t)
			}
		}
	}
	if len(many) == 1 && many[0] == "null" && depth > 0 {
		return "null"
	}
	if len(names) == 0 || slices.Contains(names, "any") {
		return "any"
	}
	return strings.Join(names, " or ")
}

// clip cuts text at a character's edge.
func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n], "") + "…"
}
