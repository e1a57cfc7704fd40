package link

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// one frame of each kind, as the package comment promises.
var samples = []string{
	`{"kind":"start","start":{"command":["secgpt","app","mail"],"env":["A=b"],"dir":"/data"}}`,
	`{"kind":"hello","hello":{"tools":[{"name":"search","about":"Find","input":{"type":"object"},"output":{}}]}}`,
	`{"kind":"hello","hello":{"tools":[]}}`,
	`{"kind":"call","id":7,"call":{"tool":"search","args":{"query":"flight","Query":1}}}`,
	`{"kind":"cancel","id":7}`,
	`{"kind":"result","id":7,"result":{"value":[{"id":"<a>"},null]}}`,
	`{"kind":"result","id":7,"result":{"value":null}}`,
	`{"kind":"result","id":7,"result":{"error":"no such mail"}}`,
	`{"kind":"changed","changed":{"tools":[{"name":"search","about":"Find more","input":{}}]}}`,
	`{"kind":"note","note":{"text":"3 lines were not JSON"}}`,
	`{"kind":"ask","id":9,"ask":{"args":{"instruction":"Which?"},"schema":{"type":"string"},"tools":[{"name":"mail.search","about":"","input":{}}]}}`,
	`{"kind":"ask","id":9,"ask":{"args":{},"tools":[]}}`,
	`{"kind":"think","id":9,"think":{"messages":[{"role":"system","text":"a"},{"role":"user","text":""}],"schema":{"anyOf":[]}}}`,
	`{"kind":"thought","id":9,"thought":{"value":"{}"}}`,
	`{"kind":"thought","id":9,"thought":{"error":"no model"}}`,
	`{"kind":"may","id":9,"may":{"tool":"search","args":{"query":1}}}`,
	`{"kind":"got","id":9,"got":{"value":[1]}}`,
	`{"kind":"got","id":9,"got":{"error":"there is no such tool"}}`,
	`{"kind":"result","id":9,"result":{"needs":"calendar"}}`,
	`{"kind":"end","end":{"why":"died","text":"exit status 1","said":"panic"}}`,
}

func TestFramesTravelUnchanged(t *testing.T) {
	for _, s := range samples {
		f, err := Decode([]byte(s))
		require.NoError(t, err, s)
		var pipe bytes.Buffer
		c := New(&pipe, &pipe)
		require.NoError(t, c.Write(f))
		require.Equal(t, s, pipe.String()[4:], "the same bytes go out")
		again, err := c.Read()
		require.NoError(t, err)
		require.Equal(t, f, again)
		_, err = c.Read()
		require.Equal(t, io.EOF, err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	deep := func(n int) string {
		return `{"kind":"result","id":1,"result":{"value":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}}`
	}
	for name, c := range map[string]struct{ body, want string }{
		"nothing":             {``, "not JSON"},
		"cut":                 {`{"kind":"cancel","id":`, "not JSON"},
		"no object":           {`"start"`, "cannot unmarshal"},
		"null":                {`null`, "unknown kind"},
		"unknown kind":        {`{"kind":"run"}`, `unknown kind "run"`},
		"kind by case":        {`{"Kind":"cancel","id":1}`, `unknown field "Kind"`},
		"unknown field":       {`{"kind":"cancel","id":1,"from":"hub"}`, `unknown field "from"`},
		"unknown below":       {`{"kind":"note","note":{"text":"a","html":1}}`, `unknown field "html"`},
		"case below":          {`{"kind":"note","note":{"text":"a","TEXT":"b"}}`, `unknown field "TEXT"`},
		"twice":               {`{"kind":"cancel","id":1,"id":2}`, `"id" stands twice`},
		"twice by escape":     {`{"kind":"cancel","id":1,"\u0069d":2}`, `"id" stands twice`},
		"twice in a value":    {`{"kind":"result","id":1,"result":{"value":{"a":1,"a":2}}}`, `"a" stands twice`},
		"twice in args":       {`{"kind":"call","id":1,"call":{"tool":"t","args":{"to":"a","to":"b"}}}`, `"to" stands twice`},
		"not UTF-8":           {"{\"kind\":\"note\",\"note\":{\"text\":\"\xff\"}}", "not UTF-8"},
		"trailing":            {`{"kind":"cancel","id":1} {}`, "after the JSON value"},
		"too deep":            {deep(MaxDepth + 1), "nested deeper than 64"},
		"deep above a value":  {`{"kind":"hello","hello":{"tools":[[` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `]]}}`, "a list in a list"},
		"wrong type":          {`{"kind":"cancel","id":"1"}`, "cannot unmarshal"},
		"broken number":       {`{"kind":"cancel","id":1.5}`, "cannot unmarshal"},
		"id of nothing":       {`{"kind":"cancel","id":0}`, "the id 0"},
		"negative id":         {`{"kind":"call","id":-1,"call":{"tool":"t","args":{}}}`, "the id -1"},
		"no id":               {`{"kind":"cancel"}`, "fields"},
		"an id too much":      {`{"kind":"note","id":1,"note":{"text":"a"}}`, "fields"},
		"field of another":    {`{"kind":"note","note":{"text":"a"},"end":null}`, "fields"},
		"field missing":       {`{"kind":"hello"}`, "fields"},
		"field null":          {`{"kind":"hello","hello":null}`, "lacks"},
		"value and error":     {`{"kind":"result","id":1,"result":{"value":1,"error":"x"}}`, "lacks"},
		"no value, no error":  {`{"kind":"result","id":1,"result":{}}`, "lacks"},
		"args no object":      {`{"kind":"call","id":1,"call":{"tool":"t","args":[]}}`, "lacks"},
		"args missing":        {`{"kind":"call","id":1,"call":{"tool":"t"}}`, "lacks"},
		"no command":          {`{"kind":"start","start":{"command":[]}}`, "lacks"},
		"a need of its own":   {`{"kind":"result","id":1,"result":{"needs":"your password: call 555"}}`, "lacks"},
		"need and value":      {`{"kind":"result","id":1,"result":{"value":1,"needs":"mail"}}`, "lacks"},
		"a need that was got": {`{"kind":"got","id":1,"got":{"needs":"mail"}}`, `unknown field "needs"`},
		"no messages":         {`{"kind":"think","id":1,"think":{"messages":[]}}`, "lacks"},
		"many messages":       {`{"kind":"think","id":1,"think":{"messages":[` + strings.Repeat(`{"role":"user","text":""},`, MaxMessages) + `{"role":"user","text":""}]}}`, "lacks"},
		"another role":        {`{"kind":"think","id":1,"think":{"messages":[{"role":"tool","text":""}]}}`, "lacks"},
		"thought no text":     {`{"kind":"thought","id":1,"thought":{"value":{}}}`, "lacks"},
		"may without args":    {`{"kind":"may","id":1,"may":{"tool":"a"}}`, "lacks"},
		"may of a long name":  {`{"kind":"may","id":1,"may":{"tool":"` + strings.Repeat("a", 200) + `","args":{}}}`, "lacks"},
		"ask without tools":   {`{"kind":"ask","id":1,"ask":{"args":{}}}`, "lacks"},
		"schema no object":    {`{"kind":"ask","id":1,"ask":{"args":{},"tools":[],"schema":[]}}`, "lacks"},
		"unknown end":         {`{"kind":"end","end":{"why":"bored","text":""}}`, "lacks"},
		"unknown in a tool":   {`{"kind":"changed","changed":{"tools":[{"name":"a","about":"","input":{},"effect":"read"}]}}`, `unknown field "effect"`},
		"nameless tool":       {`{"kind":"hello","hello":{"tools":[{"name":"","about":"","input":{}}]}}`, "lacks"},
		"no schema":           {`{"kind":"hello","hello":{"tools":[{"name":"a","about":"","input":true}]}}`, "lacks"},
		"long about":          {`{"kind":"hello","hello":{"tools":[{"name":"a","about":"` + strings.Repeat("x", MaxAbout+1) + `","input":{}}]}}`, "too much"},
		"too large":           {strings.Repeat(" ", MaxFrame+1), "1048577 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Decode([]byte(c.body))
			require.ErrorIs(t, err, ErrBroken)
			require.ErrorContains(t, err, c.want)
		})
	}
	_, err := Decode([]byte(deep(MaxDepth)))
	require.NoError(t, err, "as deep as allowed")
}

func TestHelloHoldsMaxToolsAndNoMore(t *testing.T) {
	hello := func(n int) []byte {
		f := Frame{Kind: KindHello, Hello: &Hello{Tools: []Tool{}}}
		for i := range n {
			f.Hello.Tools = append(f.Hello.Tools, Tool{Name: fmt.Sprint("t", i), Input: json.RawMessage(`{}`)})
		}
		b, err := encode(f)
		require.NoError(t, err)
		return b[4:]
	}
	_, err := Decode(hello(MaxTools))
	require.NoError(t, err)
	_, err = Decode(hello(MaxTools + 1))
	require.ErrorIs(t, err, ErrBroken)
}

func TestReadRefuses(t *testing.T) {
	frame := func(n uint32, body string) string {
		return string(binary.BigEndian.AppendUint32(nil, n)) + body
	}
	for name, c := range map[string]struct{ bytes, want string }{
		"half a length": {"\x00\x00", "ended early"},
		"half a body":   {frame(24, `{"kind":`), "ended early"},
		"no body":       {frame(24, ``), "ended early"},
		"a huge claim":  {frame(1<<32-1, ``), "4294967295 bytes"},
		"empty":         {frame(0, ``), "not JSON"},
	} {
		_, err := New(strings.NewReader(c.bytes), io.Discard).Read()
		require.ErrorIs(t, err, ErrBroken, name)
		require.ErrorContains(t, err, c.want, name)
	}
}

func TestWriteRefusesWhatIsTooLarge(t *testing.T) {
	var out bytes.Buffer
	c := New(strings.NewReader(""), &out)
	value := func(n int) Frame {
		return Frame{Kind: KindResult, ID: 1, Result: &Result{Value: json.RawMessage(`"` + strings.Repeat("<", n-2) + `"`)}}
	}
	require.ErrorIs(t, c.Write(value(MaxFrame)), ErrBroken)
	require.Zero(t, out.Len(), "nothing was sent")
	require.NoError(t, c.Write(value(MaxResult)), "HTML characters do not grow")
}

// Whatever Decode takes, it takes again after encoding, unchanged.
func FuzzDecode(f *testing.F) {
	for _, s := range samples {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		frame, err := Decode(body)
		if err != nil {
			require.ErrorIs(t, err, ErrBroken)
			return
		}
		buf, err := encode(frame)
		if len(body) > MaxFrame/2 {
			return // escapes may grow past the bound
		}
		require.NoError(t, err)
		again, err := Decode(buf[4:])
		require.NoError(t, err, "%s", buf[4:])
		twice, err := encode(again)
		require.NoError(t, err)
		require.Equal(t, string(buf), string(twice))
	})
}

// Read never panics, never takes more than a frame, and ends.
func FuzzRead(f *testing.F) {
	for _, s := range samples {
		f.Add(append(binary.BigEndian.AppendUint32(nil, uint32(len(s))), s...))
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		c := New(bytes.NewReader(stream), io.Discard)
		for range len(stream) + 1 {
			if _, err := c.Read(); err != nil {
				if err != io.EOF {
					require.ErrorIs(t, err, ErrBroken)
				}
				return
			}
		}
		t.Fatal("more frames than bytes")
	})
}
