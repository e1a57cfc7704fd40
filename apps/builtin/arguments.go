package builtin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"secgpt/apps/link"
)

// arguments reads what calls of one tool bring, and takes nothing that the tool's
// schema does not describe.
type arguments struct {
	tool   string // "mail.search"
	schema *jsonschema.Schema
	rules  *jsonschema.Resolved // the same, ready to be applied
}

// newArguments panics if the schema can't be applied: it was derived from a Go type.
func newArguments(tool string, schema *jsonschema.Schema) arguments {
	rules, err := schema.Resolve(nil)
	if err != nil {
		panic(fmt.Sprintf("the schema of %s: %v", tool, err))
	}
	return arguments{tool, schema, rules}
}

// decode reads a JSON object into the struct that in points to. An argument or a
// field of one that is null counts as left out: a plan's None means "not given".
// The error names the tool and the argument, in one line.
func (a arguments) decode(raw json.RawMessage, in any) error {
	if len(raw) == 0 {
		raw = json.RawMessage("{}")
	}
	if err := link.CheckJSON(raw); err != nil {
		return Errorf("%s can't read its arguments: %v", a.tool, err)
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return a.mismatch(err)
	}
	dropNulls(v)
	if err := a.rules.Validate(v); err != nil {
		if words := misfit(a.schema, v, ""); words != "" {
			return Errorf("%s: %s", a.tool, words)
		}
		return Errorf("%s can't take these arguments: %s", a.tool, Cut(err.Error(), maxReason))
	}
	// From the bytes and not from v, in which large numbers are rounded. A null
	// leaves a field as it is.
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(in); err != nil {
		return a.mismatch(err)
	}
	return nil
}

// mismatch puts an error of the decoder into words: a number that fits the schema may
// still be too large for the field.
func (a arguments) mismatch(err error) error {
	var e *json.UnmarshalTypeError
	if errors.As(err, &e) {
		where := e.Field
		if where == "" {
			where = "an argument"
		}
		return Errorf("%s: %s can't be the %s", a.tool, Cut(where, maxQuoted), Cut(e.Value, maxQuoted))
	}
	return Errorf("%s can't read its arguments: %s", a.tool, Cut(err.Error(), maxReason))
}

// maxQuoted bounds, in bytes, what an error quotes of the caller's words.
const maxQuoted = 60

// misfit says what is wrong with v, the first thing that is; "" if it is nothing that
// a schema derived from a Go type can ask for. Where is the argument, and the place in
// it: "attachments[0].name"; "" is all arguments together.
func misfit(s *jsonschema.Schema, v any, where string) string {
	if want, got := s.Type, kindOf(v); want != "" && want != got && (want != "number" || got != "integer") {
		if where == "" {
			where = "what it is given"
		}
		return fmt.Sprintf("%s must be %s, not %s", where, kindWords[want], kindWords[got])
	}
	switch v := v.(type) {
	case map[string]any:
		return misfitFields(s, v, where)
	case []any:
		for i, item := range v {
			if s.Items == nil {
				break
			}
			if words := misfit(s.Items, item, fmt.Sprintf("%s[%d]", where, i)); words != "" {
				return words
			}
		}
	}
	return ""
}

// misfitFields is misfit for an object whose type is right.
func misfitFields(s *jsonschema.Schema, fields map[string]any, where string) string {
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	closed := s.AdditionalProperties != nil && s.AdditionalProperties.Not != nil
	for _, name := range names {
		if closed && s.Properties[name] == nil {
			return fmt.Sprintf("%s %q%s", unknown(where), Cut(name, maxQuoted), choices(s))
		}
	}
	for _, name := range s.PropertyOrder {
		place := strings.TrimPrefix(where+"."+name, ".")
		v, given := fields[name]
		if !given && slices.Contains(s.Required, name) {
			return place + " is missing"
		}
		if !given {
			continue
		}
		if words := misfit(s.Properties[name], v, place); words != "" {
			return words
		}
	}
	return ""
}

func unknown(where string) string {
	if where == "" {
		return "there is no argument"
	}
	return where + " has no field"
}

func choices(s *jsonschema.Schema) string {
	if len(s.PropertyOrder) == 0 {
		return ", it takes none"
	}
	return ", only " + strings.Join(s.PropertyOrder, ", ")
}

// kindWords are the types of JSON as a sentence has them.
var kindWords = map[string]string{
	"string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false",
	"array": "a list", "object": "an object", "null": "null",
}

// kindOf is the type of a decoded value, with whole numbers told apart.
func kindOf(v any) string {
	switch v := v.(type) {
	case string:
		return "string"
	case float64:
		if v == math.Trunc(v) {
			return "integer"
		}
		return "number"
	case bool:
		return "boolean"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	}
	return "null"
}

// dropNulls takes the fields that are null out of v, at every depth.
func dropNulls(v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, field := range v {
			if field == nil {
				delete(v, k)
			}
			dropNulls(field)
		}
	case []any:
		for _, item := range v {
			dropNulls(item)
		}
	}
}
