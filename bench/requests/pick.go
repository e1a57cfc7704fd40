package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A schema is what is minded of the schema of a tool's parameters: like the real servers,
// a stand-in does nothing for a call that lacks one.
type schema struct {
	Required   []string
	Properties map[string]schema
	Items      *schema
}

func (s *Set) schemas(name string) (map[string]schema, error) {
	list, _, _, err := s.tools(name)
	if err != nil {
		return nil, err
	}
	all := map[string]schema{}
	for _, t := range list {
		var x schema
		if err := json.Unmarshal(t.Input, &x); err != nil {
			return nil, fmt.Errorf("tools.json: %s: %w", t.Name, err)
		}
		all[t.Name] = x
	}
	return all, nil
}

// check is an error that names a parameter which is required and not there.
func (x schema) check(v any) error {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range x.Required {
			if v[name] == nil {
				return fmt.Errorf("%s is required", name)
			}
		}
		for name, value := range v {
			if err := x.Properties[name].check(value); err != nil {
				return err
			}
		}
	case []any:
		for _, value := range v {
			if x.Items == nil {
				return nil
			}
			if err := x.Items.check(value); err != nil {
				return err
			}
		}
	}
	return nil
}

// known is an error if a parameter names what the world does not have.
func (s *standIn) known(a action, args map[string]any) error {
	for param, where := range a.Known {
		of, field, _ := strings.Cut(where, ".")
		if given(args[param]) && !slices.ContainsFunc(s.state[of], func(item map[string]any) bool { return a.means(item, param, field, args[param]) }) {
			return errors.New(cmp.Or(a.Missing, "there is no "+text(args[param])))
		}
	}
	return nil
}

// given reports whether a call says something of a parameter.
func given(v any) bool {
	list, ok := v.([]any)
	return text(v) != "" && (!ok || len(list) > 0)
}

// pick finds the items that a call means. One that must mean something and names nothing
// is an error: else a call that only forgot the name would be done to everything.
func (s *standIn) pick(a action, args map[string]any) ([]map[string]any, error) {
	args = maps.Clone(args)
	for param, v := range a.Default {
		if args[param] == nil {
			args[param] = v
		} else if args[param] == "all" {
			delete(args, param)
		}
	}
	var by, parts []string
	for _, param := range slices.Sorted(maps.Keys(a.Match)) {
		switch {
		case !given(args[param]):
		case a.Like[param] == "part":
			parts = append(parts, param)
		default:
			by = append(by, param)
		}
	}
	if len(by)+len(parts) == 0 && len(a.Match) > 0 && a.Op != "list" {
		return nil, fmt.Errorf("it must be said which of %s: %s", a.Of, strings.Join(slices.Sorted(maps.Keys(a.Match)), " or "))
	}
	if len(by) == 0 {
		by = parts // a part of a name counts only where nothing better is given
	}
	fits, err := s.fits(a, args)
	if err != nil {
		return nil, err
	}
	var found []map[string]any
	for _, item := range s.rows(a) {
		if fits(item) && !slices.ContainsFunc(by, func(param string) bool { return !a.means(item, param, a.Match[param], args[param]) }) {
			found = append(found, item)
		}
	}
	if len(found) < 2 || len(parts) == 0 || !slices.Equal(by, parts) {
		return found, nil
	}
	exact := slices.DeleteFunc(slices.Clone(found), func(item map[string]any) bool {
		return !same(text(item[a.Match[parts[0]]]), text(args[parts[0]]))
	})
	if len(exact) != 1 {
		return nil, fmt.Errorf("%d of %s have this name, say which", len(found), a.Of)
	}
	return exact, nil
}

// rows are the items that an action looks at.
func (s *standIn) rows(a action) []map[string]any {
	var rows []map[string]any
	today := s.now.Format(time.DateOnly)
	for _, item := range s.state[a.Today] {
		has := func(row map[string]any) bool {
			for _, field := range a.Match {
				if !same(text(row[field]), text(item[field])) {
					return false
				}
			}
			return text(row[a.Date]) == today
		}
		if !slices.ContainsFunc(s.state[a.Of], has) {
			item = maps.Clone(item)
			item[a.Date] = today
			rows = append(rows, item)
		}
	}
	return slices.Concat(rows, s.state[a.Of], s.state[a.Also])
}

// fits is what a call says besides the fields that it picks by.
func (s *standIn) fits(a action, args map[string]any) (test, error) {
	tests := []test{func(item map[string]any) bool { return a.stands(item) && a.bounded(item, args) }}
	for param, language := range a.Query {
		t, err := languages[language](s, text(args[param]))
		if err != nil {
			return nil, err
		}
		tests = append(tests, t)
	}
	if phrase := fold(text(args[a.Phrase])); a.Phrase != "" {
		tests = append(tests, func(item map[string]any) bool {
			return slices.ContainsFunc(told(item), func(s string) bool { return strings.Contains(fold(s), phrase) })
		})
	}
	if a.Any != "" {
		query := queryWords(text(args[a.Any]))
		tests = append(tests, func(item map[string]any) bool { return score(item, query) > 0 })
	}
	for param, before := range map[string]bool{a.From: false, a.To: true} {
		if param == "" || !given(args[param]) {
			continue
		}
		bound := s.day(text(args[param]))
		if bound == "" {
			return nil, fmt.Errorf("%s is no date: %s", param, text(args[param]))
		}
		tests = append(tests, func(item map[string]any) bool {
			day := s.day(text(item[a.Date]))
			return day != "" && (day == bound || before == (day < bound))
		})
	}
	return func(item map[string]any) bool {
		return !slices.ContainsFunc(tests, func(t test) bool { return !t(item) })
	}, nil
}

// A test reports whether an item is meant.
type test func(item map[string]any) bool

func (a action) stands(item map[string]any) bool {
	for field, want := range a.Where {
		if text(item[field]) != text(want) && (want != false || item[field] != nil) {
			return false
		}
	}
	return true
}

var number = regexp.MustCompile(`[0-9]+(\.[0-9]+)?`)

// bounded holds the numbers of an item to what a call bounds them by. What has none fits.
func (a action) bounded(item, args map[string]any) bool {
	for sign, bounds := range map[float64]map[string]string{1: a.Least, -1: a.Most} {
		for param, field := range bounds {
			bound, ok := args[param].(float64)
			n, err := strconv.ParseFloat(number.FindString(text(item[field])), 64)
			if ok && err == nil && sign*n < sign*bound {
				return false
			}
		}
	}
	return true
}

// day is the day, in the person's zone, of a date or a time; "" if it is neither.
func (s *standIn) day(v string) string {
	if t, err := time.Parse(time.RFC3339, v); err == nil {
		return t.In(s.now.Location()).Format(time.DateOnly)
	}
	if len(v) > len(time.DateOnly) && strings.ContainsRune("T ", rune(v[len(time.DateOnly)])) {
		v = v[:len(time.DateOnly)]
	}
	if _, err := time.Parse(time.DateOnly, v); err != nil {
		return ""
	}
	return v
}

// means reports whether a parameter's value is that of a field, or of one of "a|b". Of a
// list given, one must be; of a field that is a list, each given must stand in it.
func (a action) means(item map[string]any, param, fields string, v any) bool {
	like := likes[cmp.Or(a.Like[param], "name")]
	want := []string{text(v)}
	if list, ok := v.([]any); ok {
		want = texts(list)
	} else if a.Like[param] == "list" {
		want = strings.Split(text(v), ",")
	}
	return slices.ContainsFunc(split(fields), func(field string) bool {
		if list, ok := item[field].([]any); ok {
			return !slices.ContainsFunc(want, func(w string) bool {
				return !slices.ContainsFunc(texts(list), func(has string) bool { return like(has, w) })
			})
		}
		return item[field] != nil && slices.ContainsFunc(want, func(w string) bool { return like(text(item[field]), w) })
	})
}

func texts(list []any) []string {
	all := make([]string, len(list))
	for i, x := range list {
		all[i] = text(x)
	}
	return all
}

// likes are the ways in which a field's value is compared with what a call says.
var likes = map[string]func(has, want string) bool{
	"name":    same,
	"list":    same,
	"part":    func(has, want string) bool { return strings.Contains(letters(has), letters(want)) },
	"place":   func(has, want string) bool { return letters(first(has)) == letters(first(want)) },
	"address": address,
	"url":     func(has, want string) bool { return bareURL(has) == bareURL(want) },
	"path": func(has, want string) bool {
		return strings.Trim(has, "/ ") == strings.Trim(path.Clean("/"+want), "/ ")
	},
	"glob": func(has, want string) bool { ok, _ := path.Match(want, has); return ok },
}

func same(a, b string) bool {
	a, b = strings.TrimLeft(strings.TrimSpace(a), "#@"), strings.TrimLeft(strings.TrimSpace(b), "#@")
	return strings.EqualFold(a, b)
}

// first is a place without the region and the country that it lies in.
func first(s string) string {
	s, _, _ = strings.Cut(s, ",")
	return s
}

// address compares places as maps do: the first part of what is wanted is words of the
// one that is had, or has all words of one of its parts.
func address(has, want string) bool {
	asked := words(first(want))
	within := func(part, whole []string) bool {
		return len(part) > 0 && !slices.ContainsFunc(part, func(w string) bool { return !slices.Contains(whole, w) })
	}
	return within(asked, words(has)) || slices.ContainsFunc(strings.Split(has, ","), func(part string) bool { return within(words(part), asked) })
}

// bareURL is an address without what may be left out.
func bareURL(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	s = strings.TrimPrefix(strings.TrimPrefix(s, "https://"), "http://")
	return strings.TrimRight(strings.TrimPrefix(s, "www."), "/")
}
