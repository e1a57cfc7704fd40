package main

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// files plays the filesystem server over a folder, which it calls /documents.
type files struct{ root string }

// changing are the tools of stand-ins in code that change something.
var changing = map[string]bool{"write_file": true, "edit_file": true, "create_directory": true, "move_file": true}

const shared = "/documents"

// find is where a path of a call lies. Like the real server it takes nothing outside.
func (f files) find(p string) (string, error) {
	if p == "" {
		return "", fmt.Errorf("a path is missing")
	}
	p = strings.TrimPrefix(strings.TrimPrefix(p, "~"), shared)
	clean := path.Clean("/" + strings.TrimPrefix(p, strings.TrimPrefix(shared, "/")+"/"))
	return filepath.Join(f.root, clean), nil
}

func (f files) call(tool string, args map[string]any) (any, error) {
	if tool == "list_allowed_directories" {
		return content("Allowed directories:\n" + shared), nil
	}
	if tool == "read_multiple_files" {
		return f.readAll(args["paths"])
	}
	name := text(args["path"])
	if tool == "move_file" {
		name = text(args["source"])
	}
	at, err := f.find(name)
	if err != nil {
		return nil, err
	}
	s, err := f.do(tool, name, at, args)
	if err != nil {
		return nil, fmt.Errorf("%s", strings.ReplaceAll(err.Error(), f.root, shared))
	}
	return content(s), nil
}

func content(s string) any { return map[string]any{"content": s} }

func (f files) do(tool, name, at string, args map[string]any) (string, error) {
	switch tool {
	case "read_file", "read_text_file":
		data, err := os.ReadFile(at)
		return ends(string(data), args), err
	case "write_file":
		return "Successfully wrote to " + name, os.WriteFile(at, []byte(text(args["content"])), 0o600)
	case "edit_file":
		return f.edit(at, args["edits"])
	case "create_directory":
		return "Successfully created directory " + name, os.MkdirAll(at, 0o700)
	case "list_directory", "list_directory_with_sizes":
		entries, err := os.ReadDir(at)
		var b strings.Builder
		for _, e := range entries {
			kind := "[FILE] "
			if e.IsDir() {
				kind = "[DIR] "
			}
			b.WriteString(kind + e.Name() + "\n")
		}
		return b.String(), err
	case "directory_tree":
		return f.search(at, "")
	case "search_files":
		return f.search(at, text(args["pattern"]))
	case "move_file":
		to, err := f.find(text(args["destination"]))
		if err != nil {
			return "", err
		}
		if _, err := os.Stat(to); err == nil {
			return "", fmt.Errorf("the destination %s exists", text(args["destination"]))
		}
		return "Successfully moved " + name, os.Rename(at, to)
	case "get_file_info":
		info, err := os.Stat(at)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("size: %d\nmodified: %s\nisDirectory: %t", info.Size(), info.ModTime().UTC().Format("2006-01-02T15:04:05Z"), info.IsDir()), nil
	}
	return "", fmt.Errorf("there is no tool %s", tool)
}

// ends is the first or the last lines of a text, where a call asks for them.
func ends(s string, args map[string]any) string {
	lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
	if n, ok := args["head"].(float64); ok && int(n) > 0 && int(n) < len(lines) {
		return strings.Join(lines[:int(n)], "\n")
	}
	if n, ok := args["tail"].(float64); ok && int(n) > 0 && int(n) < len(lines) {
		return strings.Join(lines[len(lines)-int(n):], "\n")
	}
	return s
}

func (f files) edit(at string, edits any) (string, error) {
	data, err := os.ReadFile(at)
	if err != nil {
		return "", err
	}
	s := string(data)
	list, _ := edits.([]any)
	for _, e := range list {
		one, _ := e.(map[string]any)
		old := text(one["oldText"])
		if old == "" || !strings.Contains(s, old) {
			return "", fmt.Errorf("could not find exact match for edit: %s", old)
		}
		s = strings.Replace(s, old, text(one["newText"]), 1)
	}
	return "edited", os.WriteFile(at, []byte(s), 0o600)
}

// search lists what lies below a folder and has the pattern in its name: a glob, or a
// part of it.
func (f files) search(at, pattern string) (string, error) {
	var found []string
	bare := strings.ToLower(strings.Trim(pattern, "*/"))
	err := filepath.WalkDir(at, func(p string, d fs.DirEntry, err error) error {
		if err != nil || p == at {
			return err
		}
		name := strings.ToLower(d.Name())
		glob, _ := path.Match(strings.ToLower(path.Base(pattern)), name)
		if pattern == "" || glob || strings.Contains(name, bare) {
			found = append(found, shared+strings.TrimPrefix(p, f.root))
		}
		return nil
	})
	if len(found) == 0 && err == nil {
		return "No matches found", nil
	}
	slices.Sort(found)
	return strings.Join(found, "\n"), err
}

func (f files) readAll(paths any) (any, error) {
	list, _ := paths.([]any)
	var parts []string
	for _, p := range list {
		at, err := f.find(text(p))
		if err != nil {
			return nil, err
		}
		data, err := os.ReadFile(at)
		if err != nil {
			data = []byte("Error - no such file")
		}
		parts = append(parts, text(p)+":\n"+string(data))
	}
	return content(strings.Join(parts, "\n---\n")), nil
}
