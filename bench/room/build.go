package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"secgpt/bench/internal/gotool"
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
	ask.Beside()
	if len(os.Args) > 1 && os.Args[1] == ask.Mode {
		isolate.Main()
		ask.Main()
	}
}
`

// build makes both programs in dir. The extra file is an overlay: the source folder
// is not touched.
func build(ctx context.Context, dir string) (programs, error) {
	root, err := gotool.Module(ctx)
	if err != nil {
		return programs{}, err
	}
	source := filepath.Join(dir, "extra.go")
	if err := os.WriteFile(source, []byte(extra), 0o600); err != nil {
		return programs{}, err
	}
	overlay, err := gotool.Overlay(dir, map[string]string{filepath.Join(root, "bench_room_extra.go"): source})
	if err != nil {
		return programs{}, err
	}
	p := programs{whole: filepath.Join(dir, "secgpt"), small: filepath.Join(dir, "small")}
	if _, err := gotool.Run(ctx, root, "build", "-overlay", overlay, "-o", p.whole, "."); err != nil {
		return p, err
	}
	_, err = gotool.Run(ctx, root, "build", "-o", p.small, "./bench/room/small")
	return p, err
}

// size is a program's, for a name: "23 MB".
func size(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return "?"
	}
	return fmt.Sprintf("%.0f MB", float64(info.Size())/1e6)
}
