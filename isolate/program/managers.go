package program

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// asdf follows a shim of asdf, which names the plugins and versions that have the
// program (# asdf-plugin: nodejs 20.1.0). Which is wanted stands in ~/.tool-versions.
func (f *finder) asdf(root, name string) (string, error) {
	var having [][2]string
	for line := range strings.Lines(setting(filepath.Join(root, "shims", name))) {
		if rest, ok := strings.CutPrefix(line, "# asdf-plugin: "); ok {
			if w := strings.Fields(rest); len(w) == 2 && plainName(w[0]) && plainName(w[1]) {
				having = append(having, [2]string{w[0], w[1]})
			}
		}
	}
	wanted := map[string][]string{}
	for line := range strings.Lines(setting(f.in(".tool-versions"))) {
		line, _, _ = strings.Cut(line, "#")
		if w := strings.Fields(line); len(w) > 1 {
			wanted[w[0]] = w[1:]
		}
	}
	for _, h := range having {
		if v := f.vars["ASDF_"+strings.ToUpper(strings.ReplaceAll(h[0], "-", "_"))+"_VERSION"]; v != "" {
			wanted[h[0]] = strings.Fields(v)
		}
	}
	for _, h := range having {
		if slices.Contains(wanted[h[0]], h[1]) {
			if path := inInstall(filepath.Join(root, "installs", h[0], h[1]), name); path != "" {
				return path, nil
			}
		}
	}
	if len(having) == 0 {
		return "", fmt.Errorf("%s: asdf has a shim for it and no version with it: say `asdf reshim`", name)
	}
	return "", fmt.Errorf("%s: asdf has no version set for it: say `asdf set --home %s %s`", name, having[0][0], having[len(having)-1][1])
}

// mise follows a shim of mise: a link to mise itself, which asks its settings for a
// tool that has the program.
func (f *finder) mise(root, name string) (string, error) {
	var config struct {
		Tools map[string]any `toml:"tools"`
	}
	file := f.vars["MISE_GLOBAL_CONFIG_FILE"]
	if !filepath.IsAbs(file) {
		file = filepath.Join(f.folder("MISE_CONFIG_DIR", ".config/mise"), "config.toml")
	}
	if _, err := toml.Decode(setting(file), &config); err != nil {
		return "", fmt.Errorf("%s: it can't be read: %w", file, err)
	}
	var having string
	for _, tool := range names(filepath.Join(root, "installs")) {
		installed := names(filepath.Join(root, "installs", tool))
		for _, v := range f.miseVersions(config.Tools, tool) {
			if !slices.Contains(installed, v) {
				v = newest(installed, v)
			}
			if path := inInstall(filepath.Join(root, "installs", tool, v), name); plainName(v) && path != "" {
				return path, nil
			}
		}
		if v := newest(installed, ""); v != "" && inInstall(filepath.Join(root, "installs", tool, v), name) != "" {
			having = tool + "@" + v
		}
	}
	if having == "" {
		return "", fmt.Errorf("%s: mise has a shim for it and no tool with it: say `mise reshim`", name)
	}
	return "", fmt.Errorf("%s: mise has no version set for it: say `mise use -g %s`", name, having)
}

// miseVersions are those that a tool is set to, by its variable or in the settings:
// node = "20", python = ["3.12", "3.11"], go = {version = "1.22"}.
func (f *finder) miseVersions(tools map[string]any, installed string) []string {
	if v := f.vars["MISE_"+strings.ToUpper(strings.ReplaceAll(installed, "-", "_"))+"_VERSION"]; v != "" {
		return []string{v}
	}
	var list []string
	for tool, value := range tools {
		if strings.NewReplacer(":", "-", "/", "-", "@", "").Replace(tool) != strings.ReplaceAll(installed, "@", "") {
			continue
		}
		if one, ok := value.(map[string]any); ok {
			value = one["version"]
		}
		many, ok := value.([]any)
		if !ok {
			many = []any{value}
		}
		for _, v := range many {
			if s, ok := v.(string); ok {
				list = append(list, s)
			}
		}
	}
	return list
}

// inInstall finds a program in what asdf or mise installed: some tools have one more
// folder before their bin.
func inInstall(dir, name string) string {
	for _, pattern := range []string{"bin", "go/bin", ".", "*/bin"} {
		for _, bin := range matches(dir, pattern) {
			if path := filepath.Join(bin, name); isExecutable(path) {
				return path
			}
		}
	}
	return ""
}

// volta follows a shim of Volta: the default Node, or a package that was installed
// with one.
func (f *finder) volta(root, name string) (string, error) {
	var platform struct {
		Node struct{ Runtime, NPM string }
		Yarn string
	}
	var bin struct{ Package string }
	user := filepath.Join(root, "tools/user")
	_ = json.Unmarshal([]byte(setting(filepath.Join(user, "bins", name+".json"))), &bin)
	if bin.Package != "" && !strings.Contains(bin.Package, "..") {
		if path := filepath.Join(root, "tools/image/packages", bin.Package, "bin", name); isExecutable(path) {
			return path, nil
		}
	}
	_ = json.Unmarshal([]byte(setting(filepath.Join(user, "platform.json"))), &platform)
	for tool, version := range map[string]string{"node": platform.Node.Runtime, "npm": platform.Node.NPM, "yarn": platform.Yarn} {
		if path := filepath.Join(root, "tools/image", tool, version, "bin", name); plainName(version) && isExecutable(path) {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s: Volta has no default for it: say `volta install %[1]s`", name)
}
