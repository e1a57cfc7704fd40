package program

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// within tells whether path is folder or below it. Both are clean.
func within(path, folder string) bool {
	return path == folder || folder == "/" || strings.HasPrefix(path, folder+"/")
}

// openRegular opens a plain file and nothing else; a pipe would block, a device
// could do anything.
func openRegular(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, cause(err)
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no plain file")
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

// readStart gives up to n bytes of a plain file.
func readStart(path string, n int) (string, error) {
	// Looked at before it is opened as well: to open a device can do something.
	if !isFile(path) {
		return "", cause(fs.ErrNotExist)
	}
	file, err := openRegular(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, int64(n)))
	return string(text), err
}

// setting reads a small text file; "" if there is none or it is too large.
func setting(path string) string {
	text, err := readStart(path, smallMax+1)
	if err != nil || len(text) > smallMax {
		return ""
	}
	return text
}

// cause drops the path that an error repeats.
func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func isExecutable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// names lists a folder, sorted; of a huge one only a part.
func names(dir string) []string {
	if dir == "" || !isDir(dir) {
		return nil
	}
	file, err := os.OpenFile(dir, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil
	}
	defer func() { _ = file.Close() }()
	list, _ := file.Readdirnames(namesMax)
	slices.Sort(list)
	return list
}

// matches are the paths below dir that fit a pattern, one element of it at a time.
func matches(dir, pattern string) []string {
	first, rest, deeper := strings.Cut(pattern, "/")
	found := []string{first}
	if strings.ContainsAny(first, "*[?") {
		found = nil
		for _, name := range names(dir) {
			if ok, err := filepath.Match(first, name); err == nil && ok {
				found = append(found, name)
			}
		}
	}
	var paths []string
	for _, name := range found {
		path := filepath.Join(dir, name)
		if deeper {
			paths = append(paths, matches(path, rest)...)
		} else if isFile(path) || isDir(path) {
			paths = append(paths, path)
		}
	}
	return paths
}

func hasAny(dir string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return len(matches(dir, p)) > 0 })
}

// hops are the places that a path leads through, each with its folder resolved, the
// last being the file itself. A caller can so stop at the first that will do.
func hops(path string) ([]string, error) {
	var chain []string
	for range linksMax {
		dir, name := filepath.Split(path)
		real, err := filepath.EvalSymlinks(dir)
		if err != nil {
			return nil, dangling(path, chain, err)
		}
		if name == "" || name == "." || name == ".." {
			return nil, fmt.Errorf("%s: it is a folder: name a program in it", path)
		}
		here := filepath.Join(real, name)
		info, err := os.Lstat(here)
		if err != nil {
			return nil, dangling(path, chain, err)
		}
		chain = append(chain, here)
		if info.Mode()&fs.ModeSymlink == 0 {
			return chain, nil
		}
		to, err := os.Readlink(here)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", here, cause(err))
		}
		if path = to; !filepath.IsAbs(to) {
			path = real + "/" + to
		}
	}
	return nil, fmt.Errorf("%s: its links go round in a circle: install it again", chain[0])
}

// dangling says that a path, or the link that led to it, leads nowhere.
func dangling(path string, chain []string, err error) error {
	switch {
	case len(chain) > 0 && errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: it is a link to %s, which is not there: install it again", chain[0], path)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: there is no such file", path)
	}
	return fmt.Errorf("%s: %w", path, cause(err))
}

// executable says why a file can't be run, if it can't.
func executable(path string) error {
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", path, cause(err))
	case info.IsDir():
		return fmt.Errorf("%s: it is a folder: name a program in it", path)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s: it is a pipe, socket or device, and no program", path)
	case info.Mode()&0o111 == 0:
		return fmt.Errorf("%s: it is not executable: name its interpreter before it, or chmod +x it", path)
	}
	return nil
}

// newest sorts version names by their numbers, and gives the last one that want is a
// beginning of: "3.12" fits "3.12.1", not "3.120". "" fits all.
func newest(list []string, want string) string {
	best := ""
	for _, name := range list {
		plain := strings.TrimPrefix(name, "v")
		if prefix := strings.TrimPrefix(want, "v"); plain != prefix && prefix != "" && !strings.HasPrefix(plain, prefix+".") {
			continue
		}
		if plain == "" || plain[0] < '0' || plain[0] > '9' {
			continue
		}
		if best == "" || newer(numbers(plain), numbers(best)) {
			best = name
		}
	}
	return best
}

// numbers are those of a version. Where letters follow, it is a preview, older than
// the version itself, which is -1.
func numbers(version string) []int {
	var list []int
	for part := range strings.SplitSeq(strings.TrimPrefix(version, "v"), ".") {
		digits := strings.IndexFunc(part, func(r rune) bool { return r < '0' || r > '9' })
		if digits >= 0 {
			part = part[:digits]
		}
		n, _ := strconv.Atoi(part)
		list = append(list, n)
		if digits >= 0 {
			return append(list, -1)
		}
	}
	return list
}

func newer(a, b []int) bool {
	for len(a) < len(b) {
		a = append(a, 0)
	}
	for len(b) < len(a) {
		b = append(b, 0)
	}
	return slices.Compare(a, b) > 0
}

// plainName tells whether a word from a file can be one element of a path.
func plainName(word string) bool {
	return word != "" && word != "." && word != ".." && len(word) < 256 && !strings.ContainsAny(word, "/\x00\n")
}
