package program

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// A shebang is the first line of a script: `#!/usr/bin/env -S node --test`.
type shebang struct {
	interp string   // absolute
	arg    string   // everything after it, one argument as the kernel has it; often ""
	name   string   // after env: what is looked up on PATH
	words  []string // after env -S: arguments for what name is
	set    bool     // env changes the environment as well
}

// parseShebang reads the start of a file, of which the kernel sees shebangMax bytes.
func parseShebang(start string) (shebang, error) {
	line, ok := strings.CutPrefix(start, "#!")
	if !ok {
		return shebang{}, errors.New("it does not begin as a script does")
	}
	line, _, ended := strings.Cut(line, "\n")
	switch {
	case !ended && len(start) >= shebangMax:
		return shebang{}, fmt.Errorf("its first line has more than %d bytes, which the kernel cuts: install it at a shorter path", shebangMax)
	case strings.HasSuffix(line, "\r"):
		return shebang{}, errors.New(`its first line ends as on Windows: mend it with sed -i 's/\r$//'`)
	case strings.ContainsRune(line, 0):
		return shebang{}, errors.New("its first line has a zero byte in it: install it again")
	}
	line = strings.Trim(line, " \t")
	end := strings.IndexAny(line, " \t")
	if end < 0 {
		end = len(line)
	}
	s := shebang{interp: line[:end], arg: strings.Trim(line[end:], " \t")}
	switch {
	case s.interp == "":
		return shebang{}, errors.New("its first line names no interpreter: write #!/usr/bin/env NAME")
	case !filepath.IsAbs(s.interp):
		return shebang{}, fmt.Errorf("its first line names the interpreter %q, which is no whole path: write #!/usr/bin/env %[1]s", s.interp)
	case filepath.Base(s.interp) != "env":
		return s, nil
	}
	return s, s.env()
}

// env reads the argument of env(1).
func (s *shebang) env() error {
	words := []string{s.arg}
	split := false
	for _, option := range []string{"-S", "--split-string=", "-vS"} {
		if rest, ok := strings.CutPrefix(s.arg, option); ok {
			split = true
			if strings.ContainsAny(rest, "'\"\\$#") {
				return fmt.Errorf("its first line has quotes or escapes for env -S: name %s with plain words, or its interpreter before it", s.interp)
			}
			words = strings.Fields(rest)
			break
		}
	}
	for len(words) > 0 {
		switch w := words[0]; {
		case split && (w == "-i" || w == "--ignore-environment" || w == "-"):
			return errors.New("its first line lets env drop the environment, PATH with it: name its interpreter before it")
		case split && w == "-u" && len(words) > 1:
			s.set, words = true, words[2:]
			continue
		case split && strings.HasPrefix(w, "-"):
			return fmt.Errorf("its first line has an option of env that is not followed, %q: name its interpreter before it", w)
		case strings.Contains(w, "="):
			s.set, words = true, words[1:]
			continue
		}
		break
	}
	if len(words) == 0 || words[0] == "" {
		return errors.New("its first line names no interpreter after env: write #!/usr/bin/env NAME")
	}
	s.name, s.words = words[0], words[1:]
	if strings.ContainsAny(s.name, " \t") || strings.HasPrefix(s.name, "-") {
		return fmt.Errorf("its first line gives env one argument, %q: write #!/usr/bin/env -S %[1]s", s.name)
	}
	return nil
}

// interpreted follows the first line of the script c.
func (f *finder) interpreted(c *command, start string, level int) error {
	s, err := parseShebang(start)
	if err != nil {
		return fmt.Errorf("%s: %w", c.file, err)
	}
	asNamed, err := f.command(place{s.interp, -1}, level+1)
	if err != nil {
		return fmt.Errorf("%s: its interpreter can't be had: %w", c.file, err)
	}
	c.interp = asNamed
	lead := asNamed.argv
	if s.name == "" {
		if s.arg != "" {
			lead = slices.Concat(lead, []string{s.arg})
		}
		// The name in the script must lead to the same file inside, and to the same
		// name: a venv knows itself by it.
		if len(asNamed.argv) > 1 || !f.leads(s.interp, asNamed.argv[0]) {
			c.argv = slices.Concat(lead, c.argv)
		}
		return f.beside(c)
	}
	at, err := f.look(s.name)
	if err != nil {
		return fmt.Errorf("%s: its interpreter can't be had: %w", c.file, err)
	}
	if c.interp, err = f.command(at, level+1); err != nil {
		return fmt.Errorf("%s: its interpreter can't be had: %w", c.file, err)
	}
	if !f.finds(s.name, c.interp.argv[0]) {
		if s.set {
			return fmt.Errorf("%s: env can't find its %s inside, which is %s: name that before it", c.file, s.name, c.interp.file)
		}
		c.argv = slices.Concat(c.interp.argv, s.words, c.argv)
	}
	return f.beside(c)
}
