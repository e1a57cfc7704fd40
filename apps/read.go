package apps

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// The bounds of a manifest. Real ones stay below a tenth of each.
const (
	maxManifest = 256 << 10
	maxIntents  = 64
	maxGrants   = 32
	maxCommand  = 128
)

// ReadManifest reads an installed app's manifest. An error names the file, the line
// where there is one, and what was expected there.
func ReadManifest(path string) (Manifest, error) {
	b, err := readOwn(path, maxManifest)
	if err != nil {
		return Manifest{}, fmt.Errorf("%w; expected a manifest", err)
	}
	return parseManifest(path, b)
}

// parseManifest is ReadManifest on what was read; path is for errors.
func parseManifest(path string, text []byte) (Manifest, error) {
	var m Manifest
	fail := func(key toml.Key, format string, args ...any) (Manifest, error) {
		return Manifest{}, fmt.Errorf("%s:%d: %s", path, lineOf(string(text), key), fmt.Sprintf(format, args...))
	}
	if !utf8.Valid(text) {
		return Manifest{}, fmt.Errorf("%s: not UTF-8", path)
	}
	md, err := toml.Decode(string(text), &m)
	if err != nil {
		return Manifest{}, fmt.Errorf("%s:%s", path, TOMLError(err))
	}
	if un := md.Undecoded(); len(un) > 0 {
		return fail(un[0], "unknown key %.60q; expected one of %s", un[0].String(), known(un[0]))
	}
	for _, k := range md.Keys() {
		if misspelt(k) { // the library takes NAME for name; whoever reads it might not
			return fail(k, "unknown key %.60q; keys are in lower case", k.String())
		}
	}
	if key, err := checkTables(string(text)); err != nil {
		return fail(key, "%v", err)
	}
	if key, err := m.check(); err != nil {
		return fail(key, "%v", err)
	}
	return m, nil
}

var keys = map[string]string{
	"":        "name about command install pin code grants tools intents",
	"grants":  "files hosts",
	"files":   "path mode",
	"tools":   "about effect undo open people deletes access hidden roles mints",
	"intents": "say tool args",
}

// known lists the keys that go where key stands.
func known(key toml.Key) string {
	where := ""
	switch {
	case len(key) > 2 && key[1] == "files":
		where = "files"
	case len(key) > 1:
		where = key[0]
	}
	return strings.Join(strings.Fields(keys[where]), ", ")
}

// misspelt reports whether a word of the manifest's own stands in key in another
// case. What follows `tools`, `roles` and `args` are names of the app's.
func misspelt(key toml.Key) bool {
	for i, k := range key {
		free := key[0] == "tools" && (i == 1 || i == 3) || key[0] == "intents" && i == 2
		if !free && k != strings.ToLower(k) {
			return true
		}
	}
	return false
}

// checkTables finds what is no table where the manifest takes free names. The
// library passes over it without a word.
func checkTables(text string) (toml.Key, error) {
	var raw struct {
		Tools   any `toml:"tools"`
		Intents []struct {
			Args any `toml:"args"`
		} `toml:"intents"`
	}
	if _, err := toml.Decode(text, &raw); err != nil {
		return nil, err
	}
	isTable := func(v any) bool {
		_, ok := v.(map[string]any)
		return ok || v == nil
	}
	if !isTable(raw.Tools) {
		return toml.Key{"tools"}, errors.New("tools: expected a table for each tool: [tools.NAME]")
	}
	tools, _ := raw.Tools.(map[string]any)
	for _, name := range sorted(tools) {
		if tool, _ := tools[name].(map[string]any); !isTable(tool["roles"]) {
			return toml.Key{"tools", name, "roles"}, errors.New(`roles: expected a table: { parameter = "role" }`)
		}
	}
	for _, in := range raw.Intents {
		if !isTable(in.Args) {
			return toml.Key{"intents", "args"}, errors.New(`args: expected a table: { parameter = "{slot}" }`)
		}
	}
	return nil, nil
}

// check holds the manifest to what the types can't say. It returns the key that is
// wrong, for its line.
func (m *Manifest) check() (toml.Key, error) {
	if m.Name == "" {
		return nil, errors.New(`name is missing; expected name = "…"`)
	}
	if len(m.Command) == 0 || m.Command[0] == "" {
		return toml.Key{"command"}, errors.New(`command is missing; expected command = ["program", "argument", …]`)
	}
	if len(m.Command) > maxCommand || slices.ContainsFunc(m.Command, func(s string) bool { return strings.ContainsRune(s, 0) }) {
		return toml.Key{"command"}, fmt.Errorf("command: expected at most %d words, without null characters", maxCommand)
	}
	if len(m.Intents) > maxIntents {
		return toml.Key{"intents"}, fmt.Errorf("%d intents, %d at most", len(m.Intents), maxIntents)
	}
	for _, in := range m.Intents {
		if in.Say == "" || in.Tool == "" {
			return toml.Key{"intents"}, errors.New(`an intent lacks something; expected say = "…" and tool = "…"`)
		}
	}
	return m.Grants.check()
}

// hostForm is the look of a host's grant; package egress, which holds it, reads it whole.
var hostForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[a-z0-9][a-z0-9.:/,@+\[\]-]{0,511}$`)
})

func (g Grants) check() (toml.Key, error) {
	if len(g.Files) > maxGrants || len(g.Hosts) > maxGrants {
		return toml.Key{"grants"}, fmt.Errorf("more than %d files or hosts", maxGrants)
	}
	for _, f := range g.Files {
		switch {
		case f.Mode != "ro" && f.Mode != "rw":
			return toml.Key{"grants", "files", "mode"}, fmt.Errorf("mode %.20q: expected ro or rw", f.Mode)
		case f.Path == "~" || f.Path == "/":
			return toml.Key{"grants", "files", "path"}, fmt.Errorf("path %q is too much for an app; expected a folder below it", f.Path)
		case !filepath.IsAbs(f.Path) && !strings.HasPrefix(f.Path, "~/"), filepath.Clean(f.Path) != f.Path:
			return toml.Key{"grants", "files", "path"}, fmt.Errorf("path %.80q: expected a path that starts with / or ~/, without .. or a slash at its end", f.Path)
		}
	}
	for _, h := range g.Hosts {
		if !hostForm().MatchString(h) {
			return toml.Key{"grants", "hosts"}, fmt.Errorf("host %.80q: expected a name such as api.example.com, with :PORT if need be", h)
		}
	}
	return nil, nil
}
