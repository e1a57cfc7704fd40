package label

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestTheZeroLabelIsUnknown(t *testing.T) {
	var zero Label
	require.False(t, zero.Empty())
	require.True(t, zero.Has(Unknown))
	require.Equal(t, "mail, unknown", zero.Join(Of("mail")).String())
	require.Equal(t, "unknown", Person().Join(zero).String())
	require.False(t, Of("mail").Covers(zero))
	require.Equal(t, "unknown", Value{}.All().String())
}

func anyLabel(t *rapid.T, name string) Label {
	if rapid.Bool().Draw(t, name+" is zero") {
		return Label{}
	}
	names := rapid.SliceOfN(rapid.SampledFrom([]Source{"mail", "notes", "web/a", "web/b", Stdin}), 0, 4).Draw(t, name)
	return Of(names...)
}

// Join is a union: it loses nothing, adds nothing, and order does not matter.
func TestJoinIsAUnion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := anyLabel(t, "a"), anyLabel(t, "b"), anyLabel(t, "c")
		ab := a.Join(b)
		for _, s := range append(a.Sources(), b.Sources()...) {
			require.True(t, ab.Has(s))
		}
		for _, s := range ab.Sources() {
			require.True(t, a.Has(s) || b.Has(s))
		}
		require.True(t, ab.Equal(b.Join(a)))
		require.True(t, ab.Join(c).Equal(a.Join(b.Join(c))))
		require.True(t, a.Join(a).Equal(a))
		require.True(t, a.Join(Person()).Equal(a))
		require.True(t, ab.Covers(a) && ab.Covers(b))
	})
}

func TestAllSeesEveryPart(t *testing.T) {
	v := ObjectOf([]Field{
		{"title", Spans(Person(), Span{"from ", Person()}, Span{"Bob", Of("mail")})},
		{"list", ListOf([]Value{IntOf(1, Of("notes")), NullOf(Person())}, Of("calendar"))},
	}, Of("contacts"))
	require.Equal(t, "calendar, contacts, mail, notes", v.All().String())
	require.Equal(t, "contacts", v.Own().String())
	title, ok := v.Get("title")
	require.True(t, ok)
	require.Equal(t, "mail", title.Own().String())
	require.Equal(t, "from Bob", title.Str())
	require.Len(t, title.TextSpans(), 2)
}

// What a container remembers of its parts is what a walk finds in them, however it was
// made.
func TestAllIsWhatAWalkFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := anyValue(t, 3)
		if v.Kind() == List {
			v = v.Append(anyValue(t, 1), anyLabel(t, "appended"))
		}
		switch rapid.IntRange(0, 3).Draw(t, "then") {
		case 3:
			v = v.Map(func(_ string, part Value) Value {
				if part.Kind() == Int {
					return part.With(Of("leaf"))
				}
				return part
			})
		case 1:
			v = v.Mixed(anyLabel(t, "mixed"))
		case 2:
			v = v.With(anyLabel(t, "with"))
		}
		if v.Kind() == List {
			v = v.Clip()
		}
		found := v.Own()
		v.Map(func(_ string, part Value) Value {
			found = found.Join(part.Own())
			if part.Kind() == Text {
				for _, s := range part.TextSpans() {
					found = found.Join(s.Label)
				}
			}
			return part
		})
		require.Equal(t, found.String(), v.All().String())
	})
}

// A list in a variable grows in place; what was read of it before stays as it was.
func TestAppendIsNotSeenElsewhere(t *testing.T) {
	room := make([]Value, 1, 8)
	room[0] = IntOf(1, Of("mail"))
	v := ListOf(room, Person())
	read := v.Clip()
	longer := v.Append(IntOf(2, Of("notes")), Of("web/a"))
	other := read.Append(IntOf(3, Person()), Person())
	require.Equal(t, "mail, notes, web/a", longer.All().String())
	require.Equal(t, int64(2), longer.Items()[1].Int64())
	require.Equal(t, "mail", other.All().String())
	require.Len(t, read.Items(), 1)
}

func anyValue(t *rapid.T, depth int) Value {
	own := anyLabel(t, "own")
	switch rapid.IntRange(0, 3).Draw(t, "kind") * min(depth, 1) {
	case 1:
		return Spans(own, Span{"a", anyLabel(t, "piece")}, Span{"b", anyLabel(t, "piece")})
	case 2:
		var items []Value
		for range rapid.IntRange(0, 3).Draw(t, "items") {
			items = append(items, anyValue(t, depth-1))
		}
		return ListOf(items, own)
	case 3:
		var fields []Field
		for i := range rapid.IntRange(0, 3).Draw(t, "fields") {
			fields = append(fields, Field{string(rune('a' + i)), anyValue(t, depth-1)})
		}
		return ObjectOf(fields, own)
	}
	return IntOf(1, own)
}

func TestWithKeepsTheOriginAndThePieces(t *testing.T) {
	v := TextOf("id1", Of("mail")).Made(Origin{How: Result, App: "mail", Minted: true}).With(Of("web/a"))
	require.Equal(t, Result, v.Origin().How)
	require.Equal(t, "mail, web/a", v.All().String())
	require.Equal(t, "mail", v.TextSpans()[0].Label.String())
}

func TestJSONRoundTrips(t *testing.T) {
	for _, text := range []string{
		`null`, `true`, `-7`, `9223372036854775807`, `1.5`, `"a\"b\u2028<>&"`, `[]`, `{}`,
		`{"b":1,"a":[{"x":null},"y"]}`, `"\u202e"`,
	} {
		v, err := FromJSON([]byte(text), Of("app"))
		require.NoError(t, err, text)
		out, err := v.JSON()
		require.NoError(t, err)
		require.JSONEq(t, text, string(out))
		again, err := FromJSON(out, Of("app"))
		require.NoError(t, err)
		require.Equal(t, v, again)
	}
}

func TestJSONRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"a repeated key":     `{"a":1,"a":2}`,
		"two values":         `1 2`,
		"nothing":            ``,
		"half a value":       `{"a":`,
		"a huge number":      `1e999`,
		"a huge whole":       `92233720368547758080`,
		"invalid UTF-8":      "\"\xff\"",
		"too deep":           strings.Repeat("[", 70) + strings.Repeat("]", 70),
		"a trailing bracket": `[1]]`,
		"not JSON":           `NaN`,
	} {
		_, err := FromJSON([]byte(text), Person())
		require.Error(t, err, name)
	}
}

func TestMapSeesPathsWithoutIndexes(t *testing.T) {
	v, err := FromJSON([]byte(`[{"id":1,"files":[{"name":"a"},{"name":"b"}]}]`), Of("mail"))
	require.NoError(t, err)
	var paths []string
	v.Map(func(path string, part Value) Value {
		paths = append(paths, path)
		return part
	})
	require.Equal(t, []string{"id", "files.name", "files", "files.name", "files", "files", "", ""}, paths)
}

// With is for what decided over a value, Mixed for what its bytes may hold.
func TestMixedReachesEveryPiece(t *testing.T) {
	made := Origin{How: Result, App: "notes", Path: "text"}
	text := Spans(Person(), Span{"a", Person()}, Span{"b", Of("notes")}).Made(made)
	v := ListOf([]Value{text, ObjectOf([]Field{{"n", IntOf(1, Person())}}, Person())}, Person()).Mixed(Of("mail"))
	require.Equal(t, []Span{{"a", Of("mail")}, {"b", Of("mail", "notes")}}, v.Items()[0].TextSpans())
	require.Equal(t, made, v.Items()[0].Origin())
	require.Equal(t, Of("mail"), v.Own())
	require.Equal(t, Of("mail"), v.Items()[1].Fields()[0].Value.Own())
	require.Equal(t, []Span{{"a", Person()}, {"b", Of("notes")}}, text.TextSpans(), "the value itself is not changed")
	require.Equal(t, text.TextSpans(), text.With(Of("mail")).TextSpans())
}

// What a JSON writer makes of a large float has no exponent up to 1e21.
func TestLargeNumbers(t *testing.T) {
	for in, out := range map[string]string{
		"9223372036854775807":    "9223372036854775807",
		"1E20":                   "100000000000000000000",
		"100000000000000000000":  "100000000000000000000",
		"-123456789012345680000": "-123456789012345680000",
		"9223372036854775808":    "",
		"18446744073709551615":   "",
		"1e999":                  "",
	} {
		v, err := FromJSON([]byte(in), Person())
		if out == "" {
			require.ErrorContains(t, err, "the number "+in+" is too large")
			continue
		}
		require.NoError(t, err, in)
		back, err := v.JSON()
		require.NoError(t, err)
		require.Equal(t, out, string(back))
	}
}

func FuzzFromJSON(f *testing.F) {
	f.Add([]byte(`{"a":[1,2.5,"x",null,true]}`))
	f.Add([]byte("[[[[[[[["))
	f.Add([]byte("1E20"))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := FromJSON(data, Of("app"))
		if err != nil {
			return
		}
		require.Equal(t, "app", v.All().String())
		out, err := v.JSON()
		require.NoError(t, err)
		_, err = FromJSON(out, Of("app"))
		require.NoError(t, err, "%s became %s", data, out)
	})
}
