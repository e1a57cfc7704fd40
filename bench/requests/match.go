package main

import (
	"slices"
	"strings"
	"time"
	"unicode"
)

// split takes "a|b" apart.
func split(s string) []string {
	var all []string
	for part := range strings.SplitSeq(s, "|") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}

// matches holds a value to a matcher: "a|b" is either, and each is
//
//	words      the same text, but for case and spaces
//	~words     holds all of these words, in any order
//	!words     holds none of them
//	@2026-11-27T15:00, @2026-11-27   this minute, or this day, in the set's zone
//	{a, b}     these and no others, as a list of names or addresses
//	*          not empty
//	           "" is empty
func (s *Set) matches(matcher, value string) bool {
	if matcher == "" {
		return strings.TrimSpace(value) == ""
	}
	return slices.ContainsFunc(split(matcher), func(m string) bool { return s.matchesOne(m, value) })
}

func (s *Set) matchesOne(m, value string) bool {
	switch m[0] {
	case '*':
		return strings.TrimSpace(value) != ""
	case '~':
		return all(m[1:], value)
	case '!':
		return !slices.ContainsFunc(strings.Fields(fold(m[1:])), func(w string) bool { return strings.Contains(fold(value), w) })
	case '@':
		return strings.HasPrefix(s.moment(value), m[1:])
	case '{':
		return slices.Equal(members(strings.Trim(m, "{}")), members(value))
	}
	return fold(m) == fold(value)
}

// all reports whether a text holds all words.
func all(words, value string) bool {
	value = fold(value)
	return !slices.ContainsFunc(strings.Fields(fold(words)), func(w string) bool { return !strings.Contains(value, w) })
}

// fold is a text without what nobody minds: case, kinds of space.
func fold(s string) string {
	return strings.ToLower(strings.Join(strings.FieldsFunc(s, unicode.IsSpace), " "))
}

// moment writes a time as matchers have it.
func (s *Set) moment(value string) string {
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700"} {
		if t, err := time.Parse(form, value); err == nil {
			return t.In(s.Zone).Format("2006-01-02T15:04:05")
		}
	}
	return value
}

// members are the parts of a list in order, of "Name <address>" the address alone.
func members(s string) []string {
	var list []string
	for part := range strings.SplitSeq(s, ",") {
		if from, to := strings.LastIndex(part, "<"), strings.LastIndex(part, ">"); from >= 0 && to > from {
			part = part[from+1 : to]
		}
		if part = fold(part); part != "" {
			list = append(list, part)
		}
	}
	slices.Sort(list)
	return list
}
