package program

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// venvFile makes a folder a Python venv (PEP 405). It lies beside bin:
//
//	home = /home/u/.pyenv/versions/3.12/bin
//	include-system-site-packages = false
const venvFile = "pyvenv.cfg"

// parseVenv gives the folder of the Python that a venv was made with.
func parseVenv(text string) (home string, err error) {
	if len(text) > smallMax {
		return "", fmt.Errorf("it has more than %d bytes: make the venv again", smallMax)
	}
	for line := range strings.Lines(text) {
		key, value, ok := strings.Cut(line, "=")
		if ok && strings.EqualFold(strings.TrimSpace(key), "home") {
			home = strings.TrimSpace(value)
			break // the first one, as Python does
		}
	}
	switch {
	case home == "":
		return "", errors.New("it does not say where its Python is (home): make the venv again")
	case !filepath.IsAbs(home) || strings.ContainsAny(home, "\x00\r"):
		return "", fmt.Errorf("its home is %q, which is no absolute path: make the venv again", home)
	}
	return home, nil
}

// venv is the owner of what is in a venv. Its base Python becomes readable as well,
// under the name that pyvenv.cfg has for it.
func (f *finder) venv(root string) (owner, error) {
	o := owner{why: "the venv that it is installed in", roots: []string{root}, folder: true, venv: true}
	file := filepath.Join(root, venvFile)
	if f.tooWide(root) {
		return o, fmt.Errorf("%s: a venv that is %s itself is too wide to be shown: make it in a folder of its own", file, root)
	}
	if f.granted(root) {
		return o, nil
	}
	text, err := readStart(file, smallMax+1)
	if err != nil {
		return o, fmt.Errorf("%s: %w", file, err)
	}
	f.editable(root)
	home, err := parseVenv(text)
	if err != nil {
		return o, fmt.Errorf("%s: %w", file, err)
	}
	real, err := filepath.EvalSymlinks(home)
	if err != nil {
		return o, fmt.Errorf("%s: its Python was in %s, which is not there: make the venv again", file, home)
	}
	if f.leads(home, real) {
		return o, nil // the system's own
	}
	// Never another venv: that has a base of its own, and so on in circles.
	if isFile(filepath.Join(filepath.Dir(real), venvFile)) {
		return o, fmt.Errorf("%s: its home is %s, which is a venv itself: make the venv again", file, home)
	}
	base, found, err := f.owns(filepath.Join(real, "python3"))
	switch {
	case err != nil:
		return o, err
	case !found || !hasAny(filepath.Dir(real), pythonMarks()):
		return o, fmt.Errorf("%s: its home is %s, where there is no Python: make the venv again", file, home)
	}
	for _, r := range base.roots {
		if err := f.grant(r, r, base.why); err != nil {
			return o, err
		}
		f.grow(home, r, base.why)
	}
	return o, nil
}

// editable says which folders outside of a venv it loads code from, by its .pth files:
// a project that was installed as it lies there (pip install -e, uv sync). They are
// the person's own folders, and so are granted by the person alone.
func (f *finder) editable(root string) {
	for _, file := range matches(root, "lib/python3*/site-packages/*.pth") {
		for line := range strings.Lines(setting(file)) {
			dir := strings.TrimRight(line, "\r\n")
			if filepath.IsAbs(dir) && isDir(dir) && !within(filepath.Clean(dir), root) && !f.shows(filepath.Clean(dir)) {
				f.note("%s loads code from %q, which is not shown: grant it as well", filepath.Base(root), filepath.Clean(dir))
			}
		}
	}
}
