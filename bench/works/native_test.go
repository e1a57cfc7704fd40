//go:build linux && (amd64 || arm64)

package works

import (
	"context"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/isolate/roomtest"
)

// buildLimit bounds one compilation, with a cold cache.
const buildLimit = 5 * time.Minute

// musl is the Rust target whose binaries are static by themselves.
var musl = map[string]string{"amd64": "x86_64-unknown-linux-musl", "arm64": "aarch64-unknown-linux-musl"}[runtime.GOARCH]

const (
	goTries = "files threads programs clocks randomness tcp udp web unix_sockets signals machine interfaces"
	rsTries = "files threads programs clocks randomness tcp udp unix_sockets"
)

func TestNative(t *testing.T) {
	for _, c := range []struct {
		name   string
		static bool
		env    string
		argv   []string // the compiler; the last argument is the source
		tries  string
	}{
		{"Go, static", true, "CGO_ENABLED=0", []string{"go", "build", "testdata/app.go"}, goTries},
		{"Go, dynamic", false, "CGO_ENABLED=1", []string{"go", "build", "testdata/app.go"}, goTries},
		{"Rust, dynamic", false, "", []string{"rustc", "--edition=2021", "testdata/app.rs"}, rsTries},
		{"Rust, static (glibc)", true, "", []string{"rustc", "--edition=2021", "-Ctarget-feature=+crt-static", "testdata/app.rs"}, rsTries},
		{"Rust, static (musl)", true, "", []string{"rustc", "--edition=2021", "--target=" + musl, "testdata/app.rs"}, rsTries},
	} {
		t.Run(c.name, func(t *testing.T) {
			need(t, c.argv[0])
			binary := build(t, c.env, c.argv)
			require.Equal(t, c.static, interpreter(t, binary) == "", "how it is linked")
			version := "version"
			if c.argv[0] == "rustc" {
				version = "--version"
			}
			trial{
				name: c.name, version: []string{c.argv[0], version}, binary: binary, argv: []string{"/data/" + filepath.Base(binary)},
				tries: c.tries,
				never: map[string]string{"interfaces": noFamily},
				alone: map[string]string{"unix_sockets": noFamily},
			}.try(t)
		})
	}
}

// build compiles for this test.
func build(t *testing.T, env string, argv []string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), buildLimit)
	defer cancel()
	to := filepath.Join(folder(t), "app")
	last := len(argv) - 1
	args := append(append([]string{}, argv[1:last]...), "-o", to, argv[last])
	cmd := exec.CommandContext(ctx, argv[0], args...)
	cmd.Env = append(os.Environ(), env)
	out, err := cmd.CombinedOutput()
	if err != nil && strings.Contains(string(out), "can't find crate for `std`") {
		roomtest.Missing(t, "rustc has no target %s: rustup target add %s", musl, musl)
	}
	require.NoError(t, err, "%s", out)
	return to
}

// interpreter is the dynamic loader that a binary asks for.
func interpreter(t *testing.T, path string) string {
	t.Helper()
	f, err := elf.Open(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	section := f.Section(".interp")
	if section == nil {
		return ""
	}
	text, err := section.Data()
	require.NoError(t, err)
	return string(text)
}
