package link

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

// Decode reads the JSON of one frame. It takes exactly what the package comment
// shows and nothing that only resembles it: two readers of one frame must never
// see different things. Every error wraps ErrBroken and says what was wrong.
func Decode(body []byte) (Frame, error) {
	if len(body) > MaxFrame {
		return Frame{}, tooLarge(len(body))
	}
	top, err := check(body, frameShape)
	if err != nil {
		return Frame{}, broken("%v", err)
	}
	var f Frame
	if err := json.Unmarshal(body, &f); err != nil {
		return Frame{}, broken("%v", err)
	}
	if err := f.check(top); err != nil {
		return Frame{}, broken("%v", err)
	}
	return f, nil
}

// CheckJSON reports why raw could not travel inside a frame: it must be one JSON
// value in UTF-8 with no key twice in an object, nested at most MaxDepth deep.
func CheckJSON(raw []byte) error {
	_, err := check(raw, nil)
	return err
}

// A shape names the fields of an object, and the shapes of those that are objects
// or lists of objects of ours. Below a nil shape is the app's or the person's JSON,
// in which any key goes.
type shape map[string]shape

var frameShape = shape{
	"kind": nil, "id": nil,
	"start":  {"command": nil, "env": nil, "dir": nil},
	"hello":  {"tools": toolShape},
	"call":   {"tool": nil, "args": nil},
	"result": {"value": nil, "error": nil, "needs": nil},
	"note":   {"text": nil},
	"end":    {"why": nil, "text": nil, "said": nil},

	"changed": {"tools": toolShape},
	"ask":     {"args": nil, "schema": nil, "tools": toolShape},
	"think":   {"messages": {"role": nil, "text": nil}, "schema": nil},
	"thought": {"value": nil, "error": nil},
	"may":     {"tool": nil, "args": nil},
	"got":     {"value": nil, "error": nil},
}

var toolShape = shape{"name": nil, "about": nil, "input": nil, "output": nil, "changes": nil, "destroys": nil, "leaves": nil}

// check walks over one JSON value and returns the keys of its outermost object.
// encoding/json would take an unknown key, a repeated one, and any spelling of case.
func check(raw []byte, s shape) (top []string, err error) {
	if !utf8.Valid(raw) {
		return nil, fmt.Errorf("not UTF-8")
	}
	w := walker{d: json.NewDecoder(bytes.NewReader(raw))}
	w.d.UseNumber()
	if top, err = w.value(s, 0, false); err != nil {
		return nil, err
	}
	if _, err := w.d.Token(); err != io.EOF {
		return nil, fmt.Errorf("something stands after the JSON value")
	}
	return top, nil
}

type walker struct{ d *json.Decoder }

// value reads one value. depth counts from where the app's own JSON begins; above,
// the shapes bound it, for a list of ours holds no lists.
func (w walker) value(s shape, depth int, inList bool) (keys []string, err error) {
	t, err := w.d.Token()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, fmt.Errorf("not JSON: %v", err)
	}
	open, ok := t.(json.Delim)
	if !ok {
		return nil, nil
	}
	switch {
	case s == nil:
		depth++
	case inList && open == '[':
		return nil, fmt.Errorf("a list in a list of a frame")
	}
	if depth > MaxDepth {
		return nil, fmt.Errorf("nested deeper than %d", MaxDepth)
	}
	if open == '{' {
		keys, err = w.object(s, depth)
	} else {
		err = w.list(s, depth)
	}
	if err != nil {
		return nil, err
	}
	if _, err := w.d.Token(); err != nil {
		return nil, fmt.Errorf("not JSON: %v", err)
	}
	return keys, nil
}

func (w walker) list(s shape, depth int) error {
	for w.d.More() {
		if _, err := w.value(s, depth, true); err != nil {
			return err
		}
	}
	return nil
}

func (w walker) object(s shape, depth int) ([]string, error) {
	keys, seen := []string{}, map[string]bool{}
	for w.d.More() {
		t, err := w.d.Token()
		if err != nil {
			return nil, fmt.Errorf("not JSON: %v", err)
		}
		key, ok := t.(string)
		if !ok {
			return nil, fmt.Errorf("not JSON: a key that is no string")
		}
		if seen[key] {
			return nil, fmt.Errorf("the key %.40q stands twice", key)
		}
		below, known := s[key]
		if s != nil && !known {
			return nil, fmt.Errorf("unknown field %.40q", key)
		}
		seen[key] = true
		keys = append(keys, key)
		if _, err := w.value(below, depth, false); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// check holds a decoded frame to what its kind needs; top are the keys that stood
// in it.
func (f Frame) check(top []string) error {
	want := []string{"kind", string(f.Kind)}
	whole := false
	switch f.Kind {
	case KindStart:
		whole = f.Start != nil && len(f.Start.Command) > 0
	case KindHello:
		whole = f.Hello != nil && checkTools(f.Hello.Tools)
	case KindChanged:
		whole = f.Changed != nil && checkTools(f.Changed.Tools)
	case KindCall:
		whole = f.Call != nil && f.Call.Tool != "" && isObject(f.Call.Args)
		want = append(want, "id")
	case KindCancel:
		whole = true
		want = []string{"kind", "id"}
	case KindResult:
		whole = f.Result != nil && (f.Result.whole() || f.Result.Value == nil && f.Result.Error == "" && slices.Contains(Needs, f.Result.Needs))
		want = append(want, "id")
	case KindAsk:
		whole = f.Ask != nil && isObject(f.Ask.Args) && f.Ask.Tools != nil && checkTools(f.Ask.Tools) && isSchema(f.Ask.Schema)
		want = append(want, "id")
	case KindThink:
		whole = f.Think.whole()
		want = append(want, "id")
	case KindThought:
		whole = f.Thought != nil && f.Thought.whole() && (f.Thought.Value == nil || f.Thought.Value[0] == '"')
		want = append(want, "id")
	case KindMay:
		whole = f.May != nil && f.May.Tool != "" && len(f.May.Tool) <= maxToolName && isObject(f.May.Args)
		want = append(want, "id")
	case KindGot:
		whole = f.Got != nil && f.Got.whole()
		want = append(want, "id")
	case KindNote:
		whole = f.Note != nil && f.Note.Text != ""
	case KindEnd:
		whole = f.End != nil && slices.Contains([]Why{Died, Hung, Garbage, Flood}, f.End.Why)
	default:
		return fmt.Errorf("unknown kind %.40q", f.Kind)
	}
	slices.Sort(want)
	slices.Sort(top)
	if !slices.Equal(want, top) {
		return fmt.Errorf("a frame of kind %s with the fields %q, expected %q", f.Kind, top, want)
	}
	if slices.Contains(want, "id") && f.ID < 1 {
		return fmt.Errorf("a frame of kind %s with the id %d, expected 1 or more", f.Kind, f.ID)
	}
	if !whole {
		return fmt.Errorf("a frame of kind %s that lacks something or holds too much", f.Kind)
	}
	return nil
}

// whole reports whether a result is a value or an error.
func (r *Result) whole() bool { return (r.Value == nil) != (r.Error == "") && r.Needs == "" }

func (t *Think) whole() bool {
	if t == nil || len(t.Messages) == 0 || len(t.Messages) > MaxMessages || !isSchema(t.Schema) {
		return false
	}
	for _, m := range t.Messages {
		if !slices.Contains([]string{"system", "user", "assistant"}, m.Role) {
			return false
		}
	}
	return true
}

// maxToolName bounds the name of a tool that a model wants, "app.tool", in bytes.
const maxToolName = 128

func isSchema(raw json.RawMessage) bool {
	return raw == nil || isObject(raw) && len(raw) <= MaxSchema
}

func checkTools(tools []Tool) bool {
	for _, t := range tools {
		ok := t.Name != "" && len(t.About) <= MaxAbout &&
			isObject(t.Input) && len(t.Input) <= MaxSchema &&
			(t.Output == nil || isObject(t.Output)) && len(t.Output) <= MaxSchema
		if !ok {
			return false
		}
	}
	return len(tools) <= MaxTools
}

func isObject(raw json.RawMessage) bool {
	return bytes.HasPrefix(bytes.TrimLeft(raw, " \t\r\n"), []byte("{"))
}
