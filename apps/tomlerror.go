package apps

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
)

var plainPosition = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^toml: (?:line (\d+) )?(?:\(last key "([^"]*)"\): )?`)
})

var wrongType = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^incompatible types: TOML value has type (.*); destination has type (.*)$`)
})

var wrongTable = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^type mismatch for .*: expected table but found (.*)$`)
})

// inWords puts the library's words for types into those of manifests.
func inWords(text string) string {
	if m := wrongTable().FindStringSubmatch(text); m != nil {
		return "found " + plainType(m[1]) + ", expected a table"
	}
	if m := wrongType().FindStringSubmatch(text); m != nil {
		return "found " + plainType(m[1]) + ", expected " + plainType(m[2])
	}
	return text
}

func plainType(name string) string {
	switch {
	case strings.HasPrefix(name, "int"):
		return "a whole number"
	case strings.HasPrefix(name, "float"):
		return "a number"
	case strings.HasPrefix(name, "bool"):
		return "true or false"
	case strings.HasPrefix(name, "map"), name == "table":
		return "a table"
	case strings.HasPrefix(name, "[]"), name == "slice", name == "array":
		return "a list"
	case strings.HasPrefix(name, "time"):
		return "a date"
	}
	return "a text"
}

// TOMLError is the library's error in a person's words, as "LINE: KEY: what".
func TOMLError(err error) string {
	var pe toml.ParseError
	line, key, text := 0, "", ""
	if errors.As(err, &pe) {
		line, key, text = pe.Position.Line, pe.LastKey, pe.Message
	} else {
		m := plainPosition().FindStringSubmatch(err.Error())
		if m != nil {
			line, _ = strconv.Atoi(m[1])
			key = m[2]
			text = strings.TrimLeft(err.Error()[len(m[0]):], ": ")
		} else {
			text = err.Error()
		}
	}
	text = inWords(text)
	if key != "" {
		text = key + ": " + text
	}
	return fmt.Sprintf("%d: %s", max(line, 1), text)
}

// lineOf finds where key stands, as well as a scan can: the line that sets it, else
// the one that opens what it would be in, else the first.
func lineOf(text string, key toml.Key) int {
	best, depth := 1, 0
	table := []string{}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		at := table
		if inner, ok := strings.CutPrefix(line, "["); ok {
			table = split(strings.Trim(strings.SplitN(inner, "]", 2)[0], "[ "))
			at = table
		} else if name, _, ok := strings.Cut(line, "="); ok && !strings.ContainsAny(name, "{#") {
			at = append(slices.Clone(table), split(name)...)
		}
		if n := len(at); n > depth && n <= len(key) && slices.Equal(at, []string(key[:n])) {
			best, depth = i+1, n
		}
	}
	return best
}

func split(dotted string) []string {
	parts := strings.Split(dotted, ".")
	for i, p := range parts {
		parts[i] = strings.Trim(strings.TrimSpace(p), `"'`)
	}
	return parts
}
