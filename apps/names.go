package apps

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

// maxName bounds an app's name: it stands beside every value on the screen.
const maxName = 32

var nameForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
})

// CheckName reports why name can't be an app's: it must be a lower-case identifier
// that no rule, plan or screen would read as something else.
func CheckName(name string) error {
	switch {
	case !nameForm().MatchString(name) || len(name) > maxName:
		return fmt.Errorf("the name %.40q: expected a letter a to z, then letters, digits or _, %d at most", name, maxName)
	case reserved()[name]:
		return fmt.Errorf("the name %q is a word of the rules, the plan language or secgpt itself; choose another", name)
	}
	return nil
}

var reserved = sync.OnceValue(func() map[string]bool {
	return wordSet(`
	allow deny any person stdin paste file web model unknown until
	ask need when reveal reply print may schema undo
	secgpt hub spoke mediator app apps room rule rules policy audit plan plans
	you me user system assistant memory
	and as assert async await break class continue def del elif else except
	finally for from global if import in is lambda load nonlocal not or pass
	raise return try while with yield match case type
	true false none self
	abs all any ascii bool bytes chr dict dir enumerate eval exec fail filter
	float format frozenset getattr globals hasattr hash help hex id input int
	iter len list locals map max min next object oct open ord pow range repr
	reversed round set slice sorted str struct sum super tuple vars zip
	json math time
`)
})

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// sameShape maps what a hurried eye takes for one letter to one letter. Names are
// ASCII, so this is the whole list.
var sameShape = sync.OnceValue(func() *strings.Replacer {
	return strings.NewReplacer(
		"_", "", "rn", "m", "vv", "w", "cl", "d",
		"0", "o", "1", "l", "i", "l", "j", "l", "2", "z", "5", "s", "6", "b", "8", "b", "9", "g", "q", "g", "u", "v",
	)
})

// LooksLike reports whether two different names can be taken for each other.
func LooksLike(a, b string) bool {
	if a == b {
		return false
	}
	a, b = sameShape().Replace(a), sameShape().Replace(b)
	return a == b || strings.TrimSuffix(a, "s") == strings.TrimSuffix(b, "s")
}

// minSlip is the length from which on a slip of the finger is looked for: among shorter
// names nearly all would be taken.
const minSlip = 4

// slip reports whether one letter that was left out, put in, replaced, or swapped with
// its neighbour makes one name of the other.
func slip(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) < minSlip || len(b)-len(a) > 1 || a == b {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	return a[i+1:] == b[i+1:] ||
		i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

// CheckNew reports why no app can be added under the name: it is no name, an app has
// it, or it can be taken for that of an app. Capitals, other alphabets, spaces and
// hidden characters never come so far: CheckName takes none.
func (r *Registry) CheckNew(name string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	for _, a := range r.apps {
		switch {
		case a.Name == name && a.BuiltIn:
			return fmt.Errorf("the name %s belongs to an app that is built in; choose another", name)
		case a.Name == name:
			return fmt.Errorf("there is an app %s already; choose another name, or run: secgpt apps remove %s", name, name)
		case LooksLike(a.Name, name), slip(sameShape().Replace(a.Name), sameShape().Replace(name)):
			return fmt.Errorf("the name %s can be taken for %s, which is installed; choose one that is less like it", name, a.Name)
		}
	}
	dir := filepath.Join(r.dir, "apps", name)
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there already and holds no app; move it away", dir)
	}
	return nil
}
