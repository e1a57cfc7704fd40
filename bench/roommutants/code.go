package main

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"secgpt/bench/internal/gotool"
)

// A change replaces texts of the source, each of which is there once.
type change struct {
	edits []edit
	tests string // others than the battery that may notice: names, with | between them
}

// An edit is in a file below isolate.
type edit struct{ file, from, to string }

// codeMutants are the rules that are code: those of rules.go, and the parts of what
// is written as a list, found by reading the source.
func codeMutants(module string) ([]mutant, error) {
	var all []mutant
	for _, r := range codeRules {
		all = append(all, mutant{Name: r.name, Behind: r.behind, code: &change{r.edits, r.tests}})
	}
	steps, err := capabilitySteps(module)
	if err != nil {
		return nil, err
	}
	flags, err := flagsOf(module, "stage/build.go", "procAttrs", "/proc")
	if err != nil {
		return nil, err
	}
	bare, err := flagsOf(module, "stage/build.go", "BareAttrs", "the root before all is in it")
	if err != nil {
		return nil, err
	}
	covers, err := flagsOf(module, "stage/build.go", "coverFlags", "covers")
	if err != nil {
		return nil, err
	}
	options, err := pairsOf(module, "stage/build.go", `detached("proc", procAttrs, `, "mount: /proc")
	if err != nil {
		return nil, err
	}
	root, err := pairsOf(module, "stage/build.go", `RootOptions = []Pair{`, "tmpfs: /")
	if err != nil {
		return nil, err
	}
	for _, more := range [][]mutant{steps, flags, bare, covers, options, root} {
		all = append(all, more...)
	}
	return all, nil
}

// initial is what a package-level variable of a file begins as.
func initial(module, file, name string) (ast.Expr, string, error) {
	path := filepath.Join(module, "isolate", file)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, "", err
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), path, text, 0)
	if err != nil {
		return nil, "", err
	}
	for _, d := range parsed.Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, s := range gen.Specs {
			if v, ok := s.(*ast.ValueSpec); ok && v.Names[0].Name == name && len(v.Values) == 1 {
				return v.Values[0], string(text), nil
			}
		}
	}
	return nil, "", fmt.Errorf("%s has no variable %s: mend code.go", file, name)
}

// capabilitySteps leaves out each of the steps by which capabilities are given up.
func capabilitySteps(module string) (all []mutant, err error) {
	const file = "stage/lock.go"
	value, _, err := initial(module, file, "capabilitySteps")
	if err != nil {
		return nil, err
	}
	list, ok := value.(*ast.CompositeLit)
	if !ok {
		return nil, fmt.Errorf("%s: capabilitySteps is no list: mend code.go", file)
	}
	const loop = "for _, step := range capabilitySteps {"
	for i, e := range list.Elts {
		name, err := strconv.Unquote(e.(*ast.CompositeLit).Elts[0].(*ast.BasicLit).Value)
		if err != nil {
			return nil, err
		}
		all = append(all, mutant{Name: "capabilities: " + name + " is left", Behind: behindCapabilities[name], code: &change{edits: []edit{
			{file, loop, fmt.Sprintf("for i, step := range capabilitySteps {\nif i == %d { continue }", i)}}}})
	}
	return all, nil
}

// What keeps the steps by which capabilities are given up from being seen.
var behindCapabilities = map[string][]string{
	"secure bits": {"seccomp: prctl: no rule"},
}

// flagsOf leaves out each of the flags that a variable is the sum of.
func flagsOf(module, file, name, what string) (all []mutant, err error) {
	value, text, err := initial(module, file, name)
	if err != nil {
		return nil, err
	}
	var terms []ast.Expr
	for {
		sum, ok := value.(*ast.BinaryExpr)
		if !ok {
			break
		}
		terms, value = append(terms, sum.Y), sum.X
	}
	for _, t := range append(terms, value) {
		flag := text[t.Pos()-1 : t.End()-1]
		line := text[strings.LastIndexByte(text[:t.Pos()], '\n')+1:]
		line, _, _ = strings.Cut(line, "\n")
		all = append(all, mutant{Name: "mount: " + what + " without " + flag, code: &change{edits: []edit{{file, line, strings.Replace(line, flag, "0", 1)}}}})
	}
	return all, nil
}

// pairsOf leaves out each of the options that stand as pairs in the line after a text.
func pairsOf(module, file, after, what string) (all []mutant, err error) {
	text, err := os.ReadFile(filepath.Join(module, "isolate", file))
	if err != nil {
		return nil, err
	}
	_, rest, _ := strings.Cut(string(text), after)
	line, _, _ := strings.Cut(rest, "\n")
	for _, at := range pair.FindAllStringSubmatchIndex(line, -1) {
		name, value := line[at[2]:at[3]], line[at[4]:at[5]]
		all = append(all, mutant{Name: what + " without " + name + "=" + value,
			code: &change{edits: []edit{{file, after + line, after + line[:at[0]] + line[at[1]:]}}}})
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s has no options after %q: mend code.go", file, after)
	}
	return all, nil
}

// pair is a name and a value of an option, with the comma that follows.
var pair = regexp.MustCompile(`(?:Pair)?\{"([^"]+)", "([^"]+)"\}(?:, )?`)

// build makes the test binary with a change.
func (b *bench) build(ctx context.Context, m mutant) (string, error) {
	dir, err := os.MkdirTemp(b.temp, "code")
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	for i, e := range m.code.edits {
		path := filepath.Join(b.module, "isolate", e.file)
		read := path
		if earlier := replace[path]; earlier != "" {
			read = earlier
		}
		text, err := os.ReadFile(read)
		if err != nil {
			return "", err
		}
		if n := bytes.Count(text, []byte(e.from)); n != 1 {
			return "", fmt.Errorf("%s has %q %d times, not once: mend rules.go", e.file, e.from, n)
		}
		replace[path] = filepath.Join(dir, fmt.Sprintf("changed%d.go", i))
		if err := os.WriteFile(replace[path], bytes.Replace(text, []byte(e.from), []byte(e.to), 1), 0o600); err != nil {
			return "", err
		}
	}
	overlay, err := gotool.Overlay(dir, replace)
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "isolate.test")
	_, err = gotool.Run(ctx, b.module, "test", "-c", "-vet=off", "-overlay", overlay, "-o", binary, "./isolate")
	return binary, err
}
