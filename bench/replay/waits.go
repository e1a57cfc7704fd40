package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"secgpt/hub/when"
)

// alike are the calls before step i of the same tool with the same arguments.
func (pl *Plan) alike(i int) []int {
	var all []int
	for n, c := range pl.Task.Calls[:i] {
		if c.Tool == pl.Task.Calls[i].Tool && maps.EqualFunc(c.Args, pl.Task.Calls[i].Args, func(a, b json.RawMessage) bool { return same(decode(a), decode(b)) }) {
			all = append(all, n)
		}
	}
	return all
}

// causes are the changes before step i, a read, that must have happened for its result
// to be what it is: those of an app that a later step hands the result to. A read that
// the request alone asks for could have come first, so what it is used for and was there
// from the beginning is no effect of theirs.
func (pl *Plan) causes(i int) []int {
	read := pl.Task.Calls[i]
	app := pl.Part.tool(read.Tool).App
	first := len(read.Args) > 0
	for _, from := range read.Sources {
		first = first && slices.Contains(from, any("prompt"))
	}
	effect := func(v any) bool { return !first || !pl.Part.there(v) }
	var all []int
	for n, s := range pl.Steps[:i] {
		if s.Tool.reads() || s.Tool.App == app {
			continue
		}
		for _, later := range pl.Task.Calls[i+1:] {
			if pl.Part.tool(later.Tool).App == s.Tool.App && slices.ContainsFunc(later.taken(i), effect) {
				all = append(all, n)
				break
			}
		}
	}
	return all
}

// taken are the values of a call's arguments that stand verbatim in the result of call
// i, and not in the request.
func (c Call) taken(i int) []any {
	var all []any
	for _, name := range sorted(c.Args) {
		leaves(name, decode(c.Args[name]), func(key string, v any) {
			if from := c.Sources[key]; !slices.Contains(from, any("prompt")) && slices.Contains(from, any(float64(i))) {
				all = append(all, v)
			}
		})
	}
	return all
}

// leaves calls f for each scalar in v, with its name in the recorded sources.
func leaves(key string, v any, f func(key string, v any)) {
	switch v := v.(type) {
	case []any:
		for n, x := range v {
			leaves(fmt.Sprintf("%s[%d]", key, n), x, f)
		}
	case map[string]any:
		for _, name := range sorted(v) {
			leaves(key+"."+name, v[name], f)
		}
	default:
		f(key, v)
	}
}

// there reports whether a text stands in the environment as it was before the task: as a
// word, and not so short that it could be another.
func (p *Part) there(v any) bool {
	s, ok := v.(string)
	if !ok || len(s) < 6 {
		return false
	}
	word, err := regexp.Compile(`(^|[^\pL\pN])` + regexp.QuoteMeta(s) + `($|[^\pL\pN])`)
	return err == nil && word.MatchString(p.Start)
}

// dayIn returns the words of a request that mean the day v, "" if there are none: the
// shortest, so that two days of one call don't share words.
func dayIn(request string, v any) string {
	s, ok := v.(string)
	if _, err := time.Parse(time.DateOnly, s); !ok || err != nil {
		return ""
	}
	at := regexp.MustCompile(`\S+`).FindAllStringIndex(request, -1)
	for n := 1; n <= maxDayWords; n++ {
		for i := 0; i+n <= len(at); i++ {
			text := strings.Trim(request[at[i][0]:at[i+n-1][1]], ".,;:!?'\"()")
			if day, err := when.Read(text, now); err == nil && day.AllDay && day.Start.Format(time.DateOnly) == s {
				return text
			}
		}
	}
	return ""
}

// maxDayWords is how many words a day has at most: "the 3rd of May of 2025".
const maxDayWords = 6
