package builtin_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/apps/builtin"
	"secgpt/apps/builtin/apptest"
)

type person struct {
	Name string `json:"name"`
	Age  int    `json:"age,omitempty"`
}

// everything is a tool's input with each kind of field, none in alphabetical order.
type everything struct {
	Text   string   `json:"text"`
	Count  int      `json:"count,omitempty"`
	Big    int64    `json:"big,omitempty"`
	Ratio  float64  `json:"ratio,omitempty"`
	All    bool     `json:"all,omitempty"`
	Names  []string `json:"names,omitempty"`
	People []person `json:"people,omitempty"`
}

func mirror() *builtin.Server {
	s := builtin.New("echo")
	builtin.Add(s, "mirror", "Give back what came", func(_ context.Context, in everything) (builtin.Out[everything], error) {
		return builtin.Out[everything]{Result: in}, nil
	})
	return s
}

func TestArgumentsThatDoNotFitAreRefused(t *testing.T) {
	cs := apptest.Session(t, mirror())
	for args, want := range map[string]string{
		`{}`:                                         `echo.mirror: text is missing`,
		`{"text":null}`:                              `echo.mirror: text is missing`,
		`{"text":1}`:                                 `echo.mirror: text must be text, not a whole number`,
		`{"text":["a"]}`:                             `echo.mirror: text must be text, not a list`,
		`{"text":"a","count":"1"}`:                   `echo.mirror: count must be a whole number, not text`,
		`{"text":"a","count":1.5}`:                   `echo.mirror: count must be a whole number, not a number`,
		`{"text":"a","count":1e30}`:                  `echo.mirror: count can't be the number 1e30`,
		`{"text":"a","ratio":1e999}`:                 `echo.mirror: an argument can't be the number 1e999`,
		`{"text":"a","ratio":"x"}`:                   `echo.mirror: ratio must be a number, not text`,
		`{"text":"a","all":"true"}`:                  `echo.mirror: all must be true or false, not text`,
		`{"text":"a","names":"b"}`:                   `echo.mirror: names must be a list, not text`,
		`{"text":"a","names":["b",null]}`:            `echo.mirror: names[1] must be text, not null`,
		`{"text":"a","people":[{"name":"b"},{}]}`:    `echo.mirror: people[1].name is missing`,
		`{"text":"a","people":[{"name":{}}]}`:        `echo.mirror: people[0].name must be text, not an object`,
		`{"text":"a","people":[{"name":"b","x":1}]}`: `echo.mirror: people[0] has no field "x", only name, age`,
		`{"text":"a","other":1}`:                     `echo.mirror: there is no argument "other", only text, count, big, ratio, all, names, people`,
		`{"TEXT":"a"}`:                               `echo.mirror: there is no argument "TEXT", only text, count, big, ratio, all, names, people`,
		`{"text":"a","text":"b"}`:                    `echo.mirror can't read its arguments: the key "text" stands twice`,
		`{"text":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}`: `echo.mirror can't read its arguments: nested deeper than 64`,
	} {
		got, failed := apptest.Call(t, cs, "mirror", args)
		require.True(t, failed, args)
		require.Equal(t, want, got, args)
	}
}

func TestNullCountsAsLeftOut(t *testing.T) {
	cs := apptest.Session(t, mirror())
	for _, args := range []string{
		`{"text":"a","count":null,"names":null,"people":[{"name":"b","age":null}]}`,
		`{"text":"a","people":[{"name":"b"}],"all":null}`,
	} {
		got, failed := apptest.Call(t, cs, "mirror", args)
		require.False(t, failed, got)
		require.JSONEq(t, `{"result":{"text":"a","people":[{"name":"b"}]}}`, got)
	}
}

func TestAToolWithoutArgumentsSaysSo(t *testing.T) {
	s := builtin.New("echo")
	builtin.Add(s, "ping", "Answer", func(context.Context, struct{}) (builtin.Out[string], error) {
		return builtin.Out[string]{Result: "here"}, nil
	})
	cs := apptest.Session(t, s)
	got, failed := apptest.Call(t, cs, "ping", `{"loud":true}`)
	require.True(t, failed)
	require.Equal(t, `echo.ping: there is no argument "loud", it takes none`, got)
	got, failed = apptest.Call(t, cs, "ping", `{}`)
	require.False(t, failed, got)
}

// A client's maps would hide it, so this one reads the bytes.
func TestFieldsKeepTheirOrderAndNumbersTheirDigits(t *testing.T) {
	in, toApp := io.Pipe()
	fromApp, out := io.Pipe()
	served := make(chan error, 1)
	go func() { served <- mirror().Serve(context.Background(), in, out) }()
	lines := bufio.NewReader(fromApp)
	ask := func(message string) (answer struct {
		Result struct {
			StructuredContent json.RawMessage `json:"structuredContent"`
		} `json:"result"`
	}) {
		_, err := io.WriteString(toApp, message+"\n")
		require.NoError(t, err)
		if strings.Contains(message, `"id"`) {
			line, err := lines.ReadBytes('\n')
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal(line, &answer))
		}
		return answer
	}
	ask(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`)
	ask(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	got := ask(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"mirror","arguments":` +
		`{"names":["z"],"people":[{"age":7,"name":"b"}],"big":9007199254740993,"all":true,"text":"a"}}}`)
	require.Equal(t, `{"result":{"text":"a","big":9007199254740993,"all":true,"names":["z"],"people":[{"name":"b","age":7}]}}`,
		string(got.Result.StructuredContent))
	require.NoError(t, toApp.Close())
	require.NoError(t, <-served)
}

func FuzzArguments(f *testing.F) {
	for _, args := range []string{`{"text":"a","count":2}`, `{"people":[{"name":1}]}`, `[]`, `{"text":null}`, `{"x":{}}`, `{"text":"a","big":1e18}`} {
		f.Add(args)
	}
	cs := apptest.Session(f, mirror())
	f.Fuzz(func(t *testing.T, args string) {
		if !json.Valid([]byte(args)) {
			t.Skip("the client sends JSON only")
		}
		got, failed := apptest.Call(t, cs, "mirror", args)
		if !failed {
			var out builtin.Out[everything]
			require.NoError(t, json.Unmarshal([]byte(got), &out))
			return
		}
		require.True(t, strings.HasPrefix(got, "echo.mirror"), got)
		require.NotContains(t, got, "\n")
		require.Less(t, len(got), 400)
	})
}
