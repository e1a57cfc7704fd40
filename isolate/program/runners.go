package program

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// A runner is a command that downloads what it runs.
type runner struct {
	words   []string // the command and its subcommands
	install string   // what to say instead, the package behind it
}

func runners() []runner {
	const npm, bun, uv, pipx = "npm install -g", "bun add -g", "uv tool install", "pipx install"
	return []runner{
		{[]string{"npx"}, npm}, {[]string{"pnpx"}, npm}, {[]string{"npm", "exec"}, npm}, {[]string{"npm", "x"}, npm},
		{[]string{"pnpm", "dlx"}, npm}, {[]string{"yarn", "dlx"}, npm},
		{[]string{"bunx"}, bun}, {[]string{"bun", "x"}, bun},
		{[]string{"uvx"}, uv}, {[]string{"uv", "tool", "run"}, uv},
		{[]string{"pipx", "run"}, pipx},
	}
}

// fetches refuses commands that download what they run, at each start: a room has no
// network, and what is downloaded is not what a person looked at.
func fetches(argv []string) error {
	name := filepath.Base(argv[0])
	words := append([]string{name}, plainWords(argv[1:])...)
	for _, r := range runners() {
		if !begins(words, r.words) {
			continue
		}
		pack := "PACKAGE"
		if len(words) > len(r.words) {
			pack = words[len(r.words)]
		}
		return fmt.Errorf("%s: it downloads what it runs at each start, and a room has no network: "+
			"say `%s %s` once, then name the command that it installs", strings.Join(r.words, " "), r.install, pack)
	}
	switch {
	case name == "uv" && hasWord(argv[1:], "run"):
		return errors.New("uv run: it may download what it runs at each start, and a room has no network: " +
			"say `uv sync` once in the project's folder, then name its .venv/bin/python and the script")
	case name == "docker" || name == "podman":
		return fmt.Errorf("%s: its containers run outside of a room, which can't reach them: name the program itself", name)
	}
	return nil
}

func begins(words, with []string) bool {
	if len(words) < len(with) {
		return false
	}
	for i, w := range with {
		if words[i] != w {
			return false
		}
	}
	return true
}

// plainWords are the arguments that are no options.
func plainWords(args []string) []string {
	var words []string
	for _, a := range args {
		if !strings.HasPrefix(a, "-") {
			words = append(words, a)
		}
	}
	return words
}

// hasWord looks among the arguments before "--".
func hasWord(args []string, word string) bool {
	for _, a := range args {
		if a == "--" {
			return false
		}
		if a == word {
			return true
		}
	}
	return false
}
