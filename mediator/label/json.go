package label

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds nesting. Real results are under ten deep; a parser that goes
// deeper only serves somebody who wants our stack.
const maxDepth = 64

// JSON writes v as JSON, fields in their order. The same Value always gives the
// same bytes: an approval is bound to a digest of them, and they are what is sent.
func (v Value) JSON() ([]byte, error) {
	var b bytes.Buffer
	err := v.write(&b)
	return b.Bytes(), err
}

func (v Value) write(b *bytes.Buffer) error {
	switch v.kind {
	case Null:
		b.WriteString("null")
	case Bool:
		b.WriteString(strconv.FormatBool(v.b))
	case Int:
		b.WriteString(strconv.FormatInt(v.i, 10))
	case Float:
		if err := finite(v.f); err != nil {
			return err
		}
		n, err := json.Marshal(v.f)
		b.Write(n)
		return err
	case Text:
		return writeText(b, v.Str())
	case List:
		b.WriteByte('[')
		for i, x := range v.items {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := x.write(b); err != nil {
				return err
			}
		}
		b.WriteByte(']')
	case Object:
		b.WriteByte('{')
		for i, f := range v.fields {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := writeText(b, f.Name); err != nil {
				return err
			}
			b.WriteByte(':')
			if err := f.Value.write(b); err != nil {
				return err
			}
		}
		b.WriteByte('}')
	}
	return nil
}

func writeText(b *bytes.Buffer, s string) error {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	err := e.Encode(s)
	b.Truncate(b.Len() - 1) // Encode ends with a newline
	return err
}

// FromJSON reads one JSON value and gives every part of it the label l. It is
// strict, since what it reads comes from apps and models: invalid UTF-8, a
// repeated key, nesting over 64, numbers that we can't hold exactly enough and
// anything after the value are errors.
func FromJSON(data []byte, l Label) (Value, error) {
	if !utf8.Valid(data) {
		return Value{}, errors.New("not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	v, err := read(d, l, 0)
	if err != nil {
		return Value{}, err
	}
	if _, err := d.Token(); err != io.EOF {
		return Value{}, errors.New("more than one JSON value")
	}
	return v, nil
}

func read(d *json.Decoder, l Label, depth int) (Value, error) {
	if depth > maxDepth {
		return Value{}, fmt.Errorf("nested deeper than %d", maxDepth)
	}
	t, err := d.Token()
	if err != nil {
		return Value{}, err
	}
	switch t := t.(type) {
	case nil:
		return NullOf(l), nil
	case bool:
		return BoolOf(t, l), nil
	case json.Number:
		return number(t.String(), l)
	case string:
		return TextOf(t, l), nil
	case json.Delim:
		if t == '[' {
			return readList(d, l, depth)
		}
		return readObject(d, l, depth)
	}
	return Value{}, fmt.Errorf("unexpected %v", t)
}

func readList(d *json.Decoder, l Label, depth int) (Value, error) {
	items := []Value{}
	for d.More() {
		x, err := read(d, l, depth+1)
		if err != nil {
			return Value{}, err
		}
		items = append(items, x)
	}
	_, err := d.Token()
	return ListOf(items, l), err
}

func readObject(d *json.Decoder, l Label, depth int) (Value, error) {
	fields, seen := []Field{}, map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return Value{}, err
		}
		name, _ := t.(string)
		if seen[name] {
			return Value{}, fmt.Errorf("the key %.40q stands twice", name)
		}
		seen[name] = true
		x, err := read(d, l, depth+1)
		if err != nil {
			return Value{}, err
		}
		fields = append(fields, Field{name, x})
	}
	_, err := d.Token()
	return ObjectOf(fields, l), err
}

// number reads whole numbers of 64 bits as such. A larger one is kept as a float
// where that gives back just its digits (how JavaScript and encoding/json write
// 1e20), and is refused where digits would be lost: it may be an id.
func number(s string, l Label) (Value, error) {
	whole := !strings.ContainsAny(s, ".eE")
	if whole {
		if i, err := strconv.ParseInt(s, 10, 64); err == nil {
			return IntOf(i, l), nil
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || whole && strconv.FormatFloat(f, 'f', -1, 64) != s {
		return Value{}, fmt.Errorf("the number %.40s is too large", s)
	}
	return FloatOf(f, l), nil
}

// Map returns v rebuilt from its parts: f sees each part after its children,
// with the dotted path of field names that leads to it (list indexes left out),
// and returns what stands in its place. The hub uses it to mark a result with
// origins and history.
func (v Value) Map(f func(path string, part Value) Value) Value { return v.walk("", f) }

func (v Value) walk(path string, f func(string, Value) Value) Value {
	switch v.kind {
	case List:
		items := make([]Value, len(v.items))
		for i, x := range v.items {
			items[i] = x.walk(path, f)
		}
		v = ListOf(items, v.own).from(v.origin)
	case Object:
		fields := make([]Field, len(v.fields))
		for i, x := range v.fields {
			p := x.Name
			if path != "" {
				p = path + "." + x.Name
			}
			fields[i] = Field{x.Name, x.Value.walk(p, f)}
		}
		v = ObjectOf(fields, v.own).from(v.origin)
	}
	return f(path, v)
}
