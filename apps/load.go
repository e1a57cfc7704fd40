package apps

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"secgpt/apps/link"
)

// read fills in an installed app.
func (a *App) read(path string) error {
	dir := filepath.Base(a.Dir)
	if err := CheckName(dir); err != nil {
		return err
	}
	if err := checkDir(a.Dir); err != nil {
		return err
	}
	text, err := readOwn(path, maxManifest)
	if err != nil {
		return err
	}
	toolsPath := filepath.Join(a.Dir, toolsFile)
	list, err := readOwn(toolsPath, link.MaxFrame)
	if err != nil {
		return err
	}
	if err := a.load(path, text, toolsPath, list); err != nil {
		return err
	}
	name := a.Name
	a.Name = dir // whatever the file says, the folder is what a person sees
	if name != dir {
		return fmt.Errorf("%s:%d: name is %.40q; expected %q, as its folder", path, lineOf(string(text), toml.Key{"name"}), name, dir)
	}
	if want := Pin(a.Command, a.Said); a.Pin != want {
		return fmt.Errorf("%s:%d: pin does not fit the command and %s: one of them was changed since you agreed; look at both, then run: secgpt apps accept %s",
			path, lineOf(string(text), toml.Key{"pin"}), toolsPath, dir)
	}
	return a.changed()
}

// load takes in a manifest and a list of tools, and holds them to each other.
func (a *App) load(path string, text []byte, toolsPath string, list []byte) error {
	m, err := parseManifest(path, text)
	if err != nil {
		return err
	}
	tools, err := parseTools(list)
	if err != nil {
		return fmt.Errorf("%s: %w", toolsPath, err)
	}
	a.Manifest, a.Said = m, tools
	if a.Tools, a.own, err = rename(tools); err != nil {
		return fmt.Errorf("%s: %w", toolsPath, err)
	}
	if key, err := a.fit(); err != nil {
		return fmt.Errorf("%s:%d: %w", path, lineOf(string(text), key), err)
	}
	return nil
}

// parseTools reads a list of tools by the same rules as it would come from a room.
func parseTools(list []byte) ([]link.Tool, error) {
	frame := slices.Concat([]byte(`{"kind":"hello","hello":{"tools":`), list, []byte(`}}`))
	f, err := link.Decode(frame)
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), link.ErrBroken.Error()+": "))
	}
	tools := f.Hello.Tools
	for i := range tools {
		t := &tools[i]
		t.Input, t.Output = compact(t.Input), compact(t.Output)
	}
	return tools, nil
}

func compact(raw json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	if len(raw) == 0 || json.Compact(&b, raw) != nil {
		return nil
	}
	return b.Bytes()
}

// fit reports where the manifest speaks of what the app does not have.
func (a *App) fit() (toml.Key, error) {
	seen := map[string]bool{}
	for _, t := range a.Tools {
		seen[t.Name] = true
	}
	has := func(tool, param string) bool {
		return slices.ContainsFunc(a.Params(tool), func(p Param) bool { return p.Name == param })
	}
	for _, name := range sorted(a.Manifest.Tools) {
		if !seen[name] {
			return toml.Key{"tools", name}, fmt.Errorf("the app has no tool %.80q", name)
		}
		for _, param := range sorted(a.Manifest.Tools[name].Roles) {
			if !has(name, param) {
				return toml.Key{"tools", name, "roles"}, fmt.Errorf("%s has no parameter %.80q", name, param)
			}
		}
	}
	for _, in := range a.Intents {
		if !seen[in.Tool] {
			return toml.Key{"intents"}, fmt.Errorf("the intent %.80q: the app has no tool %.80q", in.Say, in.Tool)
		}
		for _, param := range sorted(in.Args) {
			if !has(in.Tool, param) {
				return toml.Key{"intents"}, fmt.Errorf("the intent %.80q: %s has no parameter %.80q", in.Say, in.Tool, param)
			}
		}
	}
	return nil, nil
}

func sorted[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}
