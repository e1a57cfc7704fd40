package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// programs are what was built for this run.
type programs struct {
	whole string // as shipped, with extra in it
	small string // isolate alone
}

// extra is the one file that the whole program has more than the shipped one. An
// init of package main runs after all others and before main, so everything that a
// start of the program costs is still in it.
const extra = `package main

import (
	"os"

	"secgpt/bench/room/ask"
	"secgpt/isolate"
)

func init() {
	if len(os.Args) > 1 && os.Args[1] == ask.Mode {
		isolate.Main()
		ask.Main()
	}
}
`

// build makes both programs in dir. The extra file is an overlay: the source folder
// is not touched.
func build(ctx context.Context, dir string) (programs, error) {
	root, err := goTool(ctx, "", "list", "-m", "-f", "{{.Dir}}")
	if err != nil {
		return programs{}, err
	}
	source, overlay := filepath.Join(dir, "extra.go"), filepath.Join(dir, "overlay.json")
	text, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(root, "bench_room_extra.go"): source}})
	if err != nil {
		return programs{}, err
	}
	if err := os.WriteFile(source, []byte(extra), 0o600); err != nil {
		return programs{}, err
	}
	if err := os.WriteFile(overlay, text, 0o600); err != nil {
		return programs{}, err
	}
	p := programs{whole: filepath.Join(dir, "secgpt"), small: filepath.Join(dir, "small")}
	if _, err := goTool(ctx, root, "build", "-overlay", overlay, "-o", p.whole, "."); err != nil {
		return p, err
	}
	_, err = goTool(ctx, root, "build", "-o", p.small, "./bench/room/small")
	return p, err
}

func goTool(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "CGO_ENABLED=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w: %s", args[0], err, bytes.TrimSpace(stderr.Bytes()))
	}
	return strings.TrimSpace(string(out)), nil
}

// size is a program's, for a name: "23 MB".
func size(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return "?"
	}
	return fmt.Sprintf("%.0f MB", float64(info.Size())/1e6)
}
