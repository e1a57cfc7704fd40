package link

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// Fits reports why a value does not fit a schema of an ask: "start is no string". It
// knows what such schemas are made of, which is what a plan can write: a type, and the
// properties and items of objects and lists, every property required and no other there.
// Both ends ask it: the spoke so that its model can mend what it said, the hub because
// the spoke is not believed.
func Fits(schema, value json.RawMessage) error {
	if schema == nil {
		return nil
	}
	var s answerSchema
	if err := json.Unmarshal(schema, &s); err != nil {
		return fmt.Errorf("the schema can't be read: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(value))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return fmt.Errorf("it is no JSON: %w", err)
	}
	return s.fits("it", v)
}

type answerSchema struct {
	Type       string                  `json:"type"`
	Properties map[string]answerSchema `json:"properties"`
	Items      *answerSchema           `json:"items"`
}

func (s answerSchema) fits(what string, v any) error {
	ok := false
	switch v := v.(type) {
	case string:
		ok = s.Type == "string"
	case bool:
		ok = s.Type == "boolean"
	case json.Number:
		_, err := v.Int64()
		ok = s.Type == "number" || s.Type == "integer" && err == nil
	case []any:
		if ok = s.Type == "array"; !ok || s.Items == nil {
			break
		}
		for i, x := range v {
			if err := s.Items.fits(fmt.Sprintf("%s[%d]", what, i), x); err != nil {
				return err
			}
		}
	case map[string]any:
		if ok = s.Type == "object"; !ok {
			break
		}
		return s.object(what, v)
	}
	if !ok {
		return fmt.Errorf("%s is no %s", what, s.Type)
	}
	return nil
}

func (s answerSchema) object(what string, v map[string]any) error {
	names := make([]string, 0, len(s.Properties))
	for name := range s.Properties {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		x, there := v[name]
		if !there {
			return fmt.Errorf("%s lacks %q", what, name)
		}
		if err := s.Properties[name].fits(name, x); err != nil {
			return err
		}
	}
	if len(v) > len(names) && len(names) > 0 {
		return fmt.Errorf("%s has fields that nobody asked for", what)
	}
	return nil
}
