package plan

import (
	"regexp"
	"strings"
	"sync"

	"secgpt/mediator"
)

// signature is a call that a tiny model copied from the list of tools, as mail.search(query?,
// limit?: int) -> list of {id}  # Find mails.
var signature = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(\s*(?:\w+ = |reply\()?)([\w-]+\.[\w-]+)\(([^()"'=]*\?[^()"'=]*)\)(\)?)(?:\s*->[^"'=]*?)?(?:\s*#.*)?$`)
})

// maxEcho bounds a plan in which such a call is looked for, in bytes.
const maxEcho = 4096

// withoutEcho is a plan whose one copied signature of a tool that only reads calls it with
// nothing. A plan with several is a copy of the list.
func withoutEcho(src string, t Tools) (string, bool) {
	if len(src) > maxEcho || !strings.Contains(src, "?") || strings.Contains(src, `"""`) || strings.Contains(src, "'''") {
		return src, false
	}
	lines, at := strings.Split(src, "\n"), -1
	for i, line := range lines {
		if !signature().MatchString(line) {
			continue
		}
		if at >= 0 {
			return src, false
		}
		at = i
	}
	if at < 0 {
		return src, false
	}
	app, tool, _ := strings.Cut(signature().FindStringSubmatch(lines[at])[2], ".")
	if sig, ok := t.Tool(app, tool); !ok || sig.Effect != mediator.Read {
		return src, false
	}
	lines[at] = signature().ReplaceAllString(lines[at], "$1$2()$4")
	return strings.Join(lines, "\n"), true
}
