package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// A mutant is one place at which a label can be dropped.
type mutant struct {
	Number int    `json:"number"`
	At     string `json:"at"`   // hub/plan/ops.go:42
	What   string `json:"what"` // what is dropped, as the source has it
}

// helpers stand in the changed packages: what is left of a label while its mutant is on.
const helpers = `package %s

import (
	"os"
	"strconv"
	%s
)

var mutantOn, _ = strconv.Atoi(os.Getenv("LABELMUTANT"))

func mutantAll(n int, v %[3]sValue) %[3]sLabel {
	if mutantOn == n {
		return v.Own()
	}
	return v.All()
}

func mutantLabel(n int, l %[3]sLabel) %[3]sLabel {
	if mutantOn == n {
		return %[3]sPerson()
	}
	return l
}
`

// labelled are the functions and methods that are handed a label, and at which place;
// -1 is the last.
var labelled = map[string]int{
	"NullOf": -1, "BoolOf": -1, "IntOf": -1, "FloatOf": -1, "TextOf": -1, "ListOf": -1, "ObjectOf": -1, "Spans": 0,
	"list": -1, "cut": -1, "newText": -1, "newTextOf": -1, "add": 1, "float": -1, "taint": -1, "region": 1, "decide": 0, "failure": -1,
}

// A rewriter changes the files of one package.
type rewriter struct {
	fset    *token.FileSet
	dropped map[ast.Expr]bool // labels that have a switch as a whole
	dir     string            // hub/plan
	mutants []mutant
}

// rewrite writes the files of a package with a switch at each place into temp, and
// notes them in the overlay.
func (r *rewriter) rewrite(module, dir, temp string, overlay map[string]string) error {
	r.dir = dir
	files, err := filepath.Glob(filepath.Join(module, dir, "*.go"))
	if err != nil {
		return err
	}
	name := filepath.Base(dir)
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") || strings.HasPrefix(filepath.Base(path), "check") {
			continue // the checks before a run know no values
		}
		file, err := parser.ParseFile(r.fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		before := len(r.mutants)
		r.calls(file)
		if len(r.mutants) == before {
			continue
		}
		var out bytes.Buffer
		if err := format.Node(&out, r.fset, file); err != nil {
			return err
		}
		to := filepath.Join(temp, name+"_"+filepath.Base(path))
		if err := os.WriteFile(to, out.Bytes(), 0o600); err != nil {
			return err
		}
		overlay[path] = to
	}
	imports, prefix := "", ""
	if name != "label" {
		imports, prefix = `"secgpt/mediator/label"`, "label."
	}
	to := filepath.Join(temp, name+"_mutants.go")
	overlay[filepath.Join(module, dir, "mutants_on.go")] = to
	return os.WriteFile(to, fmt.Appendf(nil, helpers, name, imports, prefix), 0o600)
}

// calls puts a switch into each call at which a label can be dropped.
func (r *rewriter) calls(file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || generated(call.Fun) {
			return true
		}
		name, recv := named(call.Fun)
		switch at, takes := labelled[name]; {
		case name == "Join" && recv != nil && len(call.Args) == 1 && !isPackage(recv):
			call.Args[0] = r.drop(call.Args[0], "joined ")
			call.Fun.(*ast.SelectorExpr).X = r.drop(recv, "what it is joined to, ")
		case name == "With" && recv != nil && len(call.Args) == 1:
			call.Args[0] = r.drop(call.Args[0], "with ")
		case name == "All" && recv != nil && len(call.Args) == 0 && !r.dropped[call]:
			n := r.mutant(call, "all but the outermost of ")
			call.Fun, call.Args = ast.NewIdent("mutantAll"), []ast.Expr{n, recv}
		case takes && (len(call.Args) > 1 || name == "NullOf") && !call.Ellipsis.IsValid() && !(name == "add" && len(call.Args) != 2):
			if at < 0 {
				at = len(call.Args) - 1
			}
			call.Args[at] = r.drop(call.Args[at], name+" gets ")
		}
		return true
	})
}

// drop is a label with a switch that drops it.
func (r *rewriter) drop(x ast.Expr, what string) ast.Expr {
	if isPerson(x) {
		return x
	}
	r.dropped[x] = true
	return &ast.CallExpr{Fun: ast.NewIdent("mutantLabel"), Args: []ast.Expr{r.mutant(x, what), x}}
}

// mutant numbers a place.
func (r *rewriter) mutant(x ast.Expr, what string) ast.Expr {
	at := r.fset.Position(x.Pos())
	m := mutant{Number: len(r.mutants) + 1, At: fmt.Sprintf("%s/%s:%d", r.dir, filepath.Base(at.Filename), at.Line), What: what + r.text(x)}
	r.mutants = append(r.mutants, m)
	return &ast.BasicLit{Kind: token.INT, Value: strconv.Itoa(m.Number)}
}

func (r *rewriter) text(x ast.Expr) string {
	var b bytes.Buffer
	if format.Node(&b, r.fset, x) != nil {
		return "?"
	}
	text, _, more := strings.Cut(b.String(), "\n")
	if more {
		text += " …"
	}
	return text
}

func named(fun ast.Expr) (name string, recv ast.Expr) {
	switch f := fun.(type) {
	case *ast.Ident:
		return f.Name, nil
	case *ast.SelectorExpr:
		return f.Sel.Name, f.X
	}
	return "", nil
}

func generated(fun ast.Expr) bool {
	name, _ := named(fun)
	return strings.HasPrefix(name, "mutant")
}

func isPackage(x ast.Expr) bool {
	id, ok := x.(*ast.Ident)
	return ok && (id.Name == "strings" || id.Name == "errors" || id.Name == "filepath")
}

// isPerson reports whether a label is the empty one already.
func isPerson(x ast.Expr) bool {
	name := ""
	if call, ok := x.(*ast.CallExpr); ok {
		name, _ = named(call.Fun)
	} else if id, ok := x.(*ast.Ident); ok {
		name = id.Name
	}
	return name == "person" || name == "Person"
}
