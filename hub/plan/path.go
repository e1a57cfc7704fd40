package plan

import (
	"path"
	"slices"
	"strings"

	"go.starlark.net/syntax"

	"secgpt/mediator"
)

// asWritten is the path of a file that is read as the request has it, where a plan gives its last part
// alone, or without a folder between: path = "costs.csv" for "see taxes/costs.csv".
func (c *checker) asWritten(t *target, p Param, v syntax.Expr) syntax.Expr {
	full := fullName(t.app, t.tool)
	given, ok := constText(v)
	if id, named := unparen(v).(*syntax.Ident); named && c.filled[id.Name] == 1 {
		given, ok = c.texts[id.Name]
	}
	if !ok || t.sig.Effect != mediator.Read || !slices.Contains(pathNames, p.Name) {
		return v
	}
	words, _, _ := strings.Cut(c.check.Words, "\n")
	found := ""
	for _, w := range strings.Fields(words) {
		w = strings.TrimRight(strings.Trim(w, `,;:!?()[]"'`+"`"), ".")
		if w == given {
			return v
		}
		dir, file := path.Split(w)
		if dir == "" || file == "" || strings.Contains(w, "://") || path.Base(given) != file || strings.HasSuffix(given, w) || strings.HasSuffix(w, given) && strings.Contains(given, "/") {
			continue
		}
		if found != "" && found != w {
			return v
		}
		found = w
	}
	if found == "" {
		return v
	}
	if dir := path.Dir(given); dir != "." && !path.IsAbs(found) {
		found = path.Join(dir, found)
	}
	c.note(v, "%s of %s is %s, as the request has it", p.Name, full, clip(found))
	return textLiteral(syntax.Start(v), found)
}

// pathNames are parameters that take the path of a file.
var pathNames = []string{"path", "file", "filename", "file_name", "filepath", "file_path", "source"}
