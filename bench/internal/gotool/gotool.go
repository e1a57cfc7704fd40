// Package gotool runs the go command for measurements that build what they measure.
package gotool

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Run runs the go command in a folder, "" for this one, and returns its output without
// the space around it. What it builds is static, as what is shipped. An error holds what
// the command said.
func Run(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "CGO_ENABLED=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w: %s", args[0], err, bytes.TrimSpace(stderr.Bytes()))
	}
	return string(bytes.TrimSpace(out)), nil
}

// Module is the folder of the module that this folder is in.
func Module(ctx context.Context) (string, error) {
	return Run(ctx, "", "list", "-m", "-f", "{{.Dir}}")
}

// Secgpt builds secgpt from this module's source and returns the program's path in dir.
func Secgpt(ctx context.Context, dir string) (string, error) {
	root, err := Module(ctx)
	if err != nil {
		return "", err
	}
	to := filepath.Join(dir, "secgpt")
	_, err = Run(ctx, root, "build", "-o", to, ".")
	return to, err
}

// Overlay writes the file for the -overlay flag of a build into dir: files of the source,
// by absolute path, and what is read in their place. The source is not touched.
func Overlay(dir string, replace map[string]string) (string, error) {
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "overlay.json")
	return file, os.WriteFile(file, text, 0o600)
}

// WriteJSON writes what was found to a file, a value with indentation.
func WriteJSON(file string, found any) error {
	text, err := json.MarshalIndent(found, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}
