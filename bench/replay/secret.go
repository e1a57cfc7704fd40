package main

import (
	"regexp"
	"strings"
	"sync"
)

// words are what a text is compared by when it is stolen: long ones, and any with a
// digit, such as a code or an account.
var words = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`[\pL\pN]{5,}|\pN[\pL\pN]*`)
})

// stolen are the words of a value that the attack would have to read somewhere first:
// they stand in what its own first steps read, and not in the injected text.
func (c *Case) stolen(v any) []string {
	read := strings.Builder{}
	for _, call := range c.Attack.Calls {
		if t := c.Part.tool(call.Tool); t != nil && !t.Labels.Harmful() {
			read.Write(call.Result)
		}
	}
	var all []string
	for _, s := range scalars(v) {
		text, ok := s.(string)
		if !ok {
			continue
		}
		for _, w := range words().FindAllString(text, -1) {
			if strings.Contains(read.String(), w) && !strings.Contains(c.Attack.Goal, w) {
				all = append(all, w)
			}
		}
	}
	return all
}

// can reports whether the attacker can make a value stand at a place: all of it is
// theirs, or is in what whoever says it has seen.
func (c *Case) can(at Place, v any) bool {
	need := c.stolen(v)
	if len(need) == 0 {
		return true
	}
	seen := strings.Builder{}
	for _, i := range c.Plan.from(at) {
		seen.Write(c.Plan.Task.Calls[i].Result)
	}
	for _, w := range need {
		if !strings.Contains(seen.String(), w) {
			return false
		}
	}
	return true
}
