package apps

import (
	"fmt"
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
