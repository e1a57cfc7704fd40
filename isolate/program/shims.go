package program

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Version managers put small programs in front of the real ones: shims, which read
// settings and choose. Inside there would be nothing to choose from, so the choice is
// made here, from the same settings, without those of the working folder.

// throughShim gives the program that a shim would run, or the place it was asked of.
func (f *finder) throughShim(at place) (place, error) {
	if within(filepath.Clean(at.path), "/snap") {
		return at, fmt.Errorf("%s: it is a snap, which only snapd can start: install it by another way", at.path)
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(at.path))
	if err != nil {
		return at, nil // the caller says so
	}
	name := filepath.Base(at.path)
	for _, m := range []string{"pyenv", "rbenv", "nodenv", "goenv"} {
		if root := real(f.folder(strings.ToUpper(m)+"_ROOT", "."+m)); root != "" && dir == root+"/shims" {
			return f.likePyenv(m, root, name, at)
		}
	}
	var path string
	switch {
	case dir == shimsOf(f.folder("ASDF_DATA_DIR", ".asdf"), "shims"):
		path, err = f.asdf(filepath.Dir(dir), name)
	case dir == shimsOf(f.folder("MISE_DATA_DIR", ".local/share/mise"), "shims"):
		path, err = f.mise(filepath.Dir(dir), name)
	case dir == shimsOf(f.folder("VOLTA_HOME", ".volta"), "bin"):
		path, err = f.volta(filepath.Dir(dir), name)
	case dir == shimsOf(f.folder("CARGO_HOME", ".cargo"), "bin") && isRustup(dir, name):
		path, err = f.rustup(name)
	default:
		return at, nil
	}
	return place{path, at.slot}, err
}

// real is a path without links; "" if there is no such place.
func real(path string) string {
	if path == "" {
		return ""
	}
	there, err := filepath.EvalSymlinks(path)
	if err != nil {
		return ""
	}
	return there
}

// shimsOf is where a manager keeps its shims; never "", which a folder could be.
func shimsOf(root, name string) string {
	if root = real(root); root == "" {
		return "\x00"
	}
	return root + "/" + name
}

// likePyenv follows a shim of pyenv or of one of those made after it: the version
// comes from PYENV_VERSION or the file version, "system" being the rest of PATH.
func (f *finder) likePyenv(manager, root, name string, at place) (place, error) {
	variable := strings.ToUpper(manager) + "_VERSION"
	chosen := strings.FieldsFunc(f.vars[variable], func(r rune) bool { return r == ':' })
	if len(chosen) == 0 {
		chosen = strings.Fields(setting(root + "/version"))
	}
	if len(chosen) == 0 {
		chosen = []string{"system"}
	}
	if len(chosen) > 16 {
		chosen = chosen[:16]
	}
	versions := names(root + "/versions")
	for _, v := range chosen {
		if v == "system" {
			if next, ok := f.lookAfter(name, at.slot); ok {
				return next, nil
			}
			continue
		}
		if !slices.Contains(versions, v) {
			v = newest(versions, strings.TrimPrefix(v, "python-"))
		}
		if path := filepath.Join(root, "versions", v, "bin", name); plainName(v) && isExecutable(path) {
			return place{path, at.slot}, nil
		}
	}
	var having []string
	for _, v := range versions {
		if isExecutable(filepath.Join(root, "versions", v, "bin", name)) {
			having = append(having, v)
		}
	}
	if len(having) == 0 {
		return at, fmt.Errorf("%s: %s has a shim for it and no version with it: install it again", name, manager)
	}
	best := newest(having, "")
	if best == "" {
		best = having[0]
	}
	return at, fmt.Errorf("%s: %s is set to %s, which lacks it; %s has it: set %s=%[4]s", name, manager, strings.Join(chosen, ", "), best, variable)
}

// nvm is a function of the shell. The program is that of the default alias, else of
// the newest version.
func (f *finder) nvm(name string) string {
	for _, root := range []string{f.vars["NVM_DIR"], f.in(".nvm"), f.in(".config/nvm")} {
		if !filepath.IsAbs(root) || !plainName(name) {
			continue
		}
		versions := names(filepath.Join(root, "versions/node"))
		want := "default"
		for range levelsMax {
			next := strings.TrimSpace(setting(filepath.Join(root, "alias", want)))
			if next == "" || strings.Contains(next, "..") {
				break
			}
			want = next
		}
		if slices.Contains([]string{"default", "node", "stable", "lts/*"}, want) {
			want = ""
		}
		path := filepath.Join(root, "versions/node", newest(versions, want), "bin", name)
		if newest(versions, want) != "" && isExecutable(path) {
			return path
		}
	}
	return ""
}

// isRustup tells the proxies that rustup makes from programs of cargo install.
func isRustup(dir, name string) bool {
	if name == "rustup" {
		return false
	}
	a, err := os.Stat(filepath.Join(dir, name))
	if err != nil {
		return false
	}
	b, err := os.Stat(filepath.Join(dir, "rustup"))
	return err == nil && os.SameFile(a, b)
}

func (f *finder) rustup(name string) (string, error) {
	root := f.folder("RUSTUP_HOME", ".rustup")
	chain := f.vars["RUSTUP_TOOLCHAIN"]
	if chain == "" {
		for line := range strings.Lines(setting(filepath.Join(root, "settings.toml"))) {
			if key, value, ok := strings.Cut(line, "="); ok && strings.TrimSpace(key) == "default_toolchain" {
				chain = strings.Trim(strings.TrimSpace(value), `"'`)
			}
		}
	}
	if !plainName(chain) {
		return "", fmt.Errorf("%s: rustup has no default toolchain: say `rustup default stable`", name)
	}
	all := names(filepath.Join(root, "toolchains"))
	if !slices.Contains(all, chain) { // "stable" for stable-x86_64-unknown-linux-gnu
		if i := slices.IndexFunc(all, func(n string) bool { return strings.HasPrefix(n, chain+"-") }); i >= 0 {
			chain = all[i]
		}
	}
	path := filepath.Join(root, "toolchains", chain, "bin", name)
	if !isExecutable(path) {
		return "", fmt.Errorf("%s: the toolchain %s lacks it: add it with rustup component add", name, chain)
	}
	return path, nil
}
