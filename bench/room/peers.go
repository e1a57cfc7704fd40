package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"secgpt/bench/room/ask"
)

const bwrapName = "bwrap"

// bwrapFlags shut off all that bwrap can, with a root as small as a room's.
var bwrapFlags = []string{"--unshare-all", "--die-with-parent", "--new-session", "--clearenv",
	"--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64",
	"--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"}

// The npm packages that are measured, by version: numbers of another are others.
const (
	srtPackage = "@anthropic-ai/sandbox-runtime@0.0.83"
	mcpPackage = "@modelcontextprotocol/server-filesystem@2026.8.31"
)

// slowPeer is how many rounds a peer that takes a tenth of a second or more sits out.
const slowPeer = 10

// peers are the other sandboxes that are there and work here. The others get a note.
func (b *bench) peers(ctx context.Context, a *asker) []*variant {
	var there []*variant
	try := func(name, get string, every int, argv ...string) {
		path, err := exec.LookPath(argv[0])
		if err != nil {
			b.note("%s: not installed: %s", name, get)
			return
		}
		argv[0] = path
		v := &variant{name: name, every: every, do: asks(a, ask.Request{Do: "run", Argv: append(argv, trueBinary)})}
		if _, err := v.do(); err != nil {
			b.note("%s: does not run here: %v", name, err)
			return
		}
		there = append(there, v)
	}
	try(bwrapName, "apt-get install bubblewrap", 0, append([]string{"bwrap"}, bwrapFlags...)...)
	try("nsjail", "build github.com/google/nsjail, or apt-get install nsjail where there is one", 0,
		"nsjail", "-Mo", "-Q", "--chroot", "/", "--")
	try("firejail", "apt-get install firejail", slowPeer,
		"firejail", "--quiet", "--noprofile", "--private", "--net=none", "--seccomp", "--caps.drop=all", "--")
	if dir, err := b.npm(ctx, srtPackage); err != nil {
		b.note("srt: not installed: %v", err)
	} else {
		try("srt (npm)", "apt-get install nodejs", slowPeer, "node", filepath.Join(dir, "@anthropic-ai/sandbox-runtime/dist/cli.js"))
	}
	return there
}

// npm is the folder node_modules of the cache folder with a package in it.
func (b *bench) npm(ctx context.Context, spec string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	at := bytes.LastIndexByte([]byte(spec), '@')
	dir := filepath.Join(cache, "secgpt-bench", filepath.Base(spec[:at])+"-"+spec[at+1:])
	modules := filepath.Join(dir, "node_modules")
	if _, err := os.Stat(filepath.Join(modules, spec[:at])); err == nil {
		return modules, nil
	}
	if !b.install {
		return "", fmt.Errorf("run with -install to fetch %s from npm", spec)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "npm", "install", "--prefix", dir, "--no-audit", "--no-fund", "--ignore-scripts", spec)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm install %s: %w: %s", spec, err, bytes.TrimSpace(out))
	}
	return modules, nil
}
