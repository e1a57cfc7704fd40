package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// languages are the languages of queries that a parameter can be in.
var languages = map[string]func(s *standIn, query string) (test, error){"github": (*standIn).github, "todoist": (*standIn).todoist}

// qualified splits a query of GitHub's into words, "words in quotes" and key:value.
var qualified = regexp.MustCompile(`-?(?:[a-z]+:)?"[^"]*"|\S+`)

// github reads a search of GitHub's. All that it says must hold; of the qualifiers those
// are minded that the state has something for.
func (s *standIn) github(query string) (test, error) {
	var tests []test
	for _, part := range qualified.FindAllString(query, -1) {
		bare, not := strings.CutPrefix(part, "-")
		key, value, qualifies := strings.Cut(strings.ReplaceAll(bare, `"`, ""), ":")
		t := holds(key)
		if qualifies && !strings.HasPrefix(bare, `"`) {
			t = qualifier(strings.ToLower(key), strings.ToLower(value))
		}
		if t != nil {
			tests = append(tests, func(item map[string]any) bool { return t(item) != not })
		}
	}
	return func(item map[string]any) bool {
		return !slices.ContainsFunc(tests, func(t test) bool { return !t(item) })
	}, nil
}

// holds asks that words stand in an item, together and anywhere in what GitHub searches.
func holds(words string) test {
	words = letters(words)
	return func(item map[string]any) bool {
		return slices.ContainsFunc([]string{"title", "body", "full_name", "description"}, func(field string) bool {
			return strings.Contains(letters(text(item[field])), words)
		})
	}
}

// qualifier is what key:value asks of an item; nil if it asks nothing.
func qualifier(key, value string) test {
	is := func(field, value string) test {
		return func(item map[string]any) bool { return same(text(item[field]), value) }
	}
	switch key {
	case "repo":
		return func(item map[string]any) bool {
			return same(text(item["owner"])+"/"+text(item["repo"]), value) || same(text(item["full_name"]), value)
		}
	case "org", "user", "owner":
		return is("owner", value)
	case "author":
		return is("user", value)
	case "label":
		return func(item map[string]any) bool {
			list, _ := item["labels"].([]any)
			return slices.ContainsFunc(texts(list), func(s string) bool { return same(s, value) })
		}
	case "is", "state", "type":
		switch value {
		case "open", "merged":
			return is("state", value)
		case "closed":
			return func(item map[string]any) bool {
				return same(text(item["state"]), "closed") || same(text(item["state"]), "merged")
			}
		case "pr", "pull-request":
			return func(item map[string]any) bool { return item["pull_request"] != nil }
		case "issue":
			return func(item map[string]any) bool { return item["pull_request"] == nil }
		}
	}
	return nil
}

// A filter is what is left to read of a filter of Todoist's: terms with & and |, commas
// between lists, ! and brackets.
type filter struct {
	of   *standIn
	rest string
}

func (s *standIn) todoist(query string) (test, error) {
	f := &filter{of: s, rest: query}
	t, err := f.either()
	if err == nil && f.rest != "" {
		err = errors.New("the search query is incorrect: " + query)
	}
	return t, err
}

// next takes a sign if it is the next one.
func (f *filter) next(signs string) bool {
	f.rest = strings.TrimSpace(f.rest)
	if f.rest == "" || !strings.Contains(signs, f.rest[:1]) {
		return false
	}
	f.rest = f.rest[1:]
	return true
}

func (f *filter) either() (test, error) {
	a, err := f.both()
	if err != nil || !f.next("|,") {
		return a, err
	}
	b, err := f.either()
	return func(item map[string]any) bool { return a(item) || b(item) }, err
}

func (f *filter) both() (test, error) {
	a, err := f.term()
	if err != nil || !f.next("&") {
		return a, err
	}
	b, err := f.both()
	return func(item map[string]any) bool { return a(item) && b(item) }, err
}

func (f *filter) term() (test, error) {
	if f.next("!") {
		t, err := f.term()
		return func(item map[string]any) bool { return !t(item) }, err
	}
	if f.next("(") {
		t, err := f.either()
		if err == nil && !f.next(")") {
			err = errors.New("the search query lacks a bracket")
		}
		return t, err
	}
	end := strings.IndexAny(f.rest, "&|,()")
	if end < 0 {
		end = len(f.rest)
	}
	word := fold(f.rest[:end])
	f.rest = f.rest[end:]
	if t := f.of.asks(word); t != nil {
		return t, nil
	}
	return nil, fmt.Errorf("the search query is incorrect: %q", word)
}

var (
	priority = regexp.MustCompile(`^(?:p|priority )([1-4])$`)
	bounds   = regexp.MustCompile(`^(?:due|date)(?: (before|after))?: *(.+)$`)
	within   = regexp.MustCompile(`^(?:next )?([0-9]{1,3}) days$`)
)

// asks is what one term asks of a task; nil if it is none.
func (s *standIn) asks(term string) test {
	today := s.now.Format(time.DateOnly)
	due := func(ok func(day string) bool) test {
		return func(task map[string]any) bool { day := s.due(task); return day != "" && ok(day) }
	}
	switch term {
	case "all", "view all":
		return func(map[string]any) bool { return true }
	case "overdue", "over due", "od":
		return due(func(day string) bool { return day < today })
	case "no date", "no due date":
		return func(task map[string]any) bool {
			return !slices.ContainsFunc(dueFields, func(field string) bool { return text(task[field]) != "" })
		}
	case "no priority":
		term = "p4"
	case "no label", "no labels":
		return func(task map[string]any) bool { list, _ := task["labels"].([]any); return len(list) == 0 }
	}
	if words, ok := strings.CutPrefix(term, "search:"); ok {
		return func(task map[string]any) bool { return all(words, text(task["content"])) }
	}
	if label, ok := strings.CutPrefix(term, "@"); ok {
		return func(task map[string]any) bool {
			list, _ := task["labels"].([]any)
			return slices.ContainsFunc(texts(list), func(s string) bool { return same(s, label) })
		}
	}
	if strings.HasPrefix(term, "#") {
		return func(task map[string]any) bool {
			return slices.ContainsFunc(s.state["projects"], func(p map[string]any) bool {
				return same(text(p["name"]), term) && same(text(p["id"]), text(task["project_id"]))
			})
		}
	}
	if m := priority.FindStringSubmatch(term); m != nil {
		// p1 is the most urgent, and 4 in the API, where a task that has none has 1.
		return func(task map[string]any) bool {
			n, ok := task["priority"].(float64)
			return ok && strconv.Itoa(5-int(n)) == m[1] || !ok && m[1] == "4"
		}
	}
	if m := within.FindStringSubmatch(term); m != nil {
		n, _ := strconv.Atoi(m[1])
		end := s.now.AddDate(0, 0, n).Format(time.DateOnly)
		return due(func(day string) bool { return today <= day && day < end })
	}
	side, when := "", term
	if m := bounds.FindStringSubmatch(term); m != nil {
		side, when = m[1], m[2]
	}
	bound := s.dayOf(when)
	if bound == "" {
		return nil
	}
	return due(func(day string) bool {
		return side == "before" && day < bound || side == "after" && day > bound || side == "" && day == bound
	})
}

// dueFields are where a task can say when it is due, the one that was set last first.
var dueFields = []string{"due_datetime", "due_date", "due_string", "due"}

// due is the day on which a task is due, however that was said; "" if none is known.
func (s *standIn) due(task map[string]any) string {
	for _, field := range dueFields {
		if v := text(task[field]); v != "" {
			return s.dayOf(fold(v))
		}
	}
	return ""
}

var ahead = regexp.MustCompile(`^(?:in |\+)?([0-9]{1,3}) days?$`)

// dayOf is the day that a few words or a date mean; "" if they mean none.
func (s *standIn) dayOf(when string) string {
	days := map[string]int{"yesterday": -1, "today": 0, "tomorrow": 1}
	for i := 1; i <= 7; i++ {
		name := strings.ToLower(s.now.AddDate(0, 0, i).Weekday().String())
		days[name], days[name[:3]], days["next "+name] = i, i, i
	}
	if m := ahead.FindStringSubmatch(when); m != nil {
		days[when], _ = strconv.Atoi(m[1])
	}
	if n, ok := days[when]; ok {
		return s.now.AddDate(0, 0, n).Format(time.DateOnly)
	}
	for _, form := range []string{"Jan 2", "January 2", "2 Jan", "2 January"} {
		if t, err := time.Parse(form, when); err == nil {
			return t.AddDate(s.now.Year(), 0, 0).Format(time.DateOnly)
		}
	}
	return s.day(strings.ToUpper(when))
}
