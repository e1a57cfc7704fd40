//go:build linux

package cli_test

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/mediator/audit"
)

// digests are the files below some folders, with a digest of what is in them.
func digests(t *testing.T, dirs ...string) map[string][32]byte {
	t.Helper()
	all := map[string][32]byte{}
	for _, dir := range dirs {
		require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			data, err := os.ReadFile(path)
			all[path] = sha256.Sum256(data)
			return err
		}))
	}
	return all
}

// A private conversation leaves lines of the record without values, and nothing else:
// neither in the profile, nor in the folder for temporary files, nor in the home. It reads
// no session either: one that is not there to be read is not missed.
func TestAPrivateRequestLeavesOnlyLinesWithoutValues(t *testing.T) {
	dir := profileWith(t)
	tmp, home, cwd := t.TempDir(), t.TempDir(), t.TempDir()
	run := func(plan string, more ...string) ran {
		cmd := command(t, []string{"TMPDIR=" + tmp, "HOME=" + home}, on(dir, more...)...)
		cmd.Dir = cwd
		return started(t, cmd, strings.NewReader(plan)).ended()
	}
	// What is only ever made once is there before: folders of apps, the record's key.
	r := run("x = mail.search(query = \"lunch\")\nreply(contacts.find(name = \"Alice\"), x)")
	require.Zero(t, r.code, r.err)
	sessions := filepath.Join(dir, "state", "sessions")
	require.DirExists(t, sessions)
	require.NoError(t, os.Chmod(sessions, 0)) // nobody but root could read it

	before := digests(t, dir, tmp, home, cwd)
	r = run("a = mail.search(query = \"SESAMSECRET\")\nb = contacts.find(name = \"Alice SESAMSECRET\")\nc = mail.search(query = \"lunch\")\nreply(a, b)\nnotes.add(text = c[0].subject, title = \"SESAMSECRET\")", "--private")
	require.NotZero(t, r.code, "writing a mail's subject needs a yes")
	require.Contains(t, r.err, "notes")
	after := digests(t, dir, tmp, home, cwd)
	for path, sum := range after {
		if was, ok := before[path]; !ok || was != sum {
			require.Contains(t, []string{"audit.jsonl", "audit.head"}, filepath.Base(path), "%s was written", path)
		}
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NotContains(t, string(data), "SESAMSECRET", path)
	}
	for path := range before {
		require.Contains(t, after, path, "was deleted")
	}
	require.NoError(t, os.Chmod(sessions, 0o700))
	entries, err := audit.Read(filepath.Join(dir, "state"), nil, 10)
	require.NoError(t, err)
	last := entries[len(entries)-1]
	require.True(t, last.Private)
	require.Empty(t, last.Why)
	for _, a := range last.Args {
		require.Empty(t, a.Digest)
	}

	// The same without --private is kept: the test can see it.
	r = run("reply(mail.search(query = \"SESAMSECRET\"))")
	require.Zero(t, r.code, r.err)
	kept := ""
	for path := range digests(t, dir) {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		if strings.Contains(string(data), "SESAMSECRET") {
			kept += filepath.Base(filepath.Dir(path)) + " "
		}
	}
	require.Equal(t, "sessions ", kept)
}
