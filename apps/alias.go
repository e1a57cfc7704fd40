package apps

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"secgpt/apps/link"
)

// Apps name tools and parameters as they like: `get-sum`, `files/read`, a line of
// orders. A plan and a rule need identifiers. So what is none has an alias, which is
// all that anybody sees but the app; on the way into its room a call gets the app's own
// names back (Own). The aliases follow from the app's names alone, so that they are the
// same as long as the pin fits.

// The bounds of what an app may call its things.
const (
	// maxOwnName bounds a name in the app's own spelling: MCP asks for 64, servers in
	// use reach 100.
	maxOwnName = 128
	// maxAlias bounds it as plans and rules spell it.
	maxAlias = 64
	// MaxParams bounds the parameters of a tool. The widest in use have some forty.
	MaxParams = 128
)

var identifier = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)
})

// usable reports whether a plan can say the name and mean nothing else by it: `ask` is
// an app's model, and two underscores begin names that are ours.
func usable(name string) bool {
	return identifier().MatchString(name) && !strings.HasPrefix(name, "__") && name != "ask"
}

// aliases gives each name one that a plan can say. It is one to one: names that can be
// said keep theirs, and the others, in alphabetical order, take what is still free.
func aliases(names []string) map[string]string {
	all, taken := make(map[string]string, len(names)), map[string]bool{}
	var rest []string
	for _, n := range names {
		if usable(n) {
			all[n], taken[n] = n, true
		} else {
			rest = append(rest, n)
		}
	}
	slices.Sort(rest)
	for _, n := range rest {
		base := plain(n)
		alias := base
		for i := 2; taken[alias]; i++ {
			end := fmt.Sprintf("_%d", i)
			alias = base[:min(len(base), maxAlias-len(end))] + end
		}
		all[n], taken[alias] = alias, true
	}
	return all
}

// plain turns what is no letter, digit or _ into _, and makes an identifier of it.
func plain(name string) string {
	s := strings.Map(func(r rune) rune {
		if r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, name)
	s = strings.TrimLeft(s, "_")
	switch {
	case s == "":
		return "unnamed"
	case s[0] >= '0' && s[0] <= '9':
		s = "n" + s
	case s == "ask":
		s = "ask_"
	}
	return s[:min(len(s), maxAlias)]
}

// An ownName is how the app itself spells a tool and, where they differ, its parameters.
type ownName struct {
	tool   string
	params map[string]string // alias → the app's name
}

// rename gives the tools aliases where they need some. said is left as it is.
func rename(said []link.Tool) ([]link.Tool, map[string]ownName, error) {
	names := make([]string, len(said))
	for i, t := range said {
		names[i] = t.Name
		if n := len(t.Name); n > maxOwnName {
			return nil, nil, fmt.Errorf("the tool %.80q: its name has %d bytes, %d at most", t.Name, n, maxOwnName)
		}
		if slices.Contains(names[:i], t.Name) {
			return nil, nil, fmt.Errorf("two tools are named %.80q", t.Name)
		}
	}
	alias, own := aliases(names), map[string]ownName{}
	tools := slices.Clone(said)
	for i := range tools {
		t := &tools[i]
		was := ownName{tool: t.Name}
		t.Name = alias[t.Name]
		var err error
		if t.Input, was.params, err = renameParams(t.Input); err != nil {
			return nil, nil, fmt.Errorf("the tool %.80q: %w", was.tool, err)
		}
		own[t.Name] = was
	}
	return tools, own, nil
}

// renameParams gives the properties of a schema aliases, where they are listed and where
// they are required. What lies deeper stays: a plan writes it as text.
func renameParams(schema json.RawMessage) (json.RawMessage, map[string]string, error) {
	root := parseObject(schema)
	props := parseObject(root.raw["properties"])
	if n := len(props.keys); n > MaxParams {
		return nil, nil, fmt.Errorf("it has %d parameters, %d at most", n, MaxParams)
	}
	own := map[string]string{}
	alias := aliases(props.keys)
	for _, k := range props.keys {
		if len(k) > maxOwnName {
			return nil, nil, fmt.Errorf("the parameter %.80q: its name has %d bytes, %d at most", k, len(k), maxOwnName)
		}
		if alias[k] != k {
			own[alias[k]] = k
		}
	}
	if len(own) == 0 {
		return schema, nil, nil
	}
	root.raw["properties"] = props.encode(func(k string) string { return alias[k] })
	var required []string
	if json.Unmarshal(root.raw["required"], &required) == nil && required != nil {
		for i, k := range required {
			if a, ok := alias[k]; ok {
				required[i] = a
			}
		}
		b, err := json.Marshal(required)
		if err != nil {
			return nil, nil, err
		}
		root.raw["required"] = b
	}
	return root.encode(func(k string) string { return k }), own, nil
}

// encode writes an object again, its keys in their order and under other names.
func (o object) encode(name func(string) string) json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, k := range o.keys {
		if i > 0 {
			b.WriteByte(',')
		}
		key, _ := json.Marshal(name(k)) // a Go string always encodes
		b.Write(key)
		b.WriteByte(':')
		b.Write(o.raw[k])
	}
	b.WriteByte('}')
	return b.Bytes()
}

// Own spells a call of a tool as the app does. Only names are changed: where the app's
// own can be said in a plan, the very same bytes come back.
func (a App) Own(tool string, args json.RawMessage) (string, json.RawMessage) {
	own, ok := a.own[tool]
	if !ok {
		return tool, args
	}
	if len(own.params) > 0 {
		args = parseObject(args).encode(func(k string) string {
			if was, ok := own.params[k]; ok {
				return was
			}
			return k
		})
	}
	return own.tool, args
}

// Alias finds the tool that the app itself calls so, or the name as it is.
func (a App) Alias(tool string) string {
	if _, ok := a.own[tool]; !ok {
		for alias, own := range a.own {
			if own.tool == tool {
				return alias
			}
		}
	}
	return tool
}
