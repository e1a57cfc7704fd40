//go:build linux && (amd64 || arm64)

package works

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/isolate"
)

// pythonServer is a room for one of the packages.
func pythonServer(t *testing.T, name, data string, arguments ...string) isolate.Spec {
	t.Helper()
	return spec(t, data, append([]string{filepath.Join(installPyPI(t), "bin", name)}, arguments...)...)
}

func notePyPI(t *testing.T, name, tried string) {
	note(true, name, version(t, pyPackages, name, "=="), tried)
}

func TestTimeServer(t *testing.T) {
	c := connect(t, pythonServer(t, "mcp-server-time", folder(t)))
	tried := c.walk([]step{
		{tool: "get_current_time", args: args{"timezone": "Asia/Tokyo"}, want: []string{`"timezone": "Asia/Tokyo"`, "+09:00"}},
		{tool: "convert_time", args: args{"source_timezone": "Asia/Kolkata", "time": "16:30", "target_timezone": "Asia/Tokyo"}, want: []string{"T20:00:00+09:00"}},
		{tool: "get_current_time", args: args{"timezone": "Nowhere/Atall"}, fail: true},
	})
	c.leave()
	notePyPI(t, "mcp-server-time", tried)
}

func TestGitServer(t *testing.T) {
	need(t, "git")
	repo := folder(t)
	say(t, "git", "-C", repo, "init", "--quiet", "--initial-branch=main")
	require.NoError(t, os.WriteFile(filepath.Join(repo, "f"), []byte("one\n"), 0o644))
	s := pythonServer(t, "mcp-server-git", folder(t), "--repository", repo)
	s.Files = append(s.Files, isolate.Grant{Path: repo, Write: true})
	s.Env = append(s.Env, "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b")
	c := connect(t, s)
	on := func(more args) args {
		a := args{"repo_path": repo}
		for k, v := range more {
			a[k] = v
		}
		return a
	}
	tried := c.walk([]step{
		{tool: "git_status", args: on(nil), want: []string{"Untracked", "f"}},
		{tool: "git_add", args: on(args{"files": []string{"f"}}), want: []string{"staged"}},
		{tool: "git_diff_staged", args: on(nil), want: []string{"+one"}},
		{tool: "git_commit", args: on(args{"message": "the first"}), want: []string{"committed"}},
		{tool: "git_log", args: on(nil), want: []string{"the first"}},
		{tool: "git_create_branch", args: on(args{"branch_name": "side"})},
		{tool: "git_checkout", args: on(args{"branch_name": "side"}), want: []string{"side"}},
		{tool: "git_branch", args: on(args{"branch_type": "local"}), want: []string{"main", "* side"}},
	})
	require.NoError(t, os.WriteFile(filepath.Join(repo, "f"), []byte("one\ntwo\n"), 0o644))
	tried += " " + c.walk([]step{
		{tool: "git_diff_unstaged", args: on(nil), want: []string{"+two"}},
		{tool: "git_add", args: on(args{"files": []string{"."}})},
		{tool: "git_reset", args: on(nil)},
		{tool: "git_add", args: on(args{"files": []string{"f"}})},
		{tool: "git_commit", args: on(args{"message": "the second"})},
		{tool: "git_diff", args: on(args{"target": "main"}), want: []string{"+two"}},
		{tool: "git_show", args: on(args{"revision": "HEAD"}), want: []string{"the second"}},
		{tool: "git_status", args: args{"repo_path": "/data"}, fail: true},
	})
	c.leave()
	require.Contains(t, say(t, "git", "-C", repo, "log", "--oneline", "side"), "the second", "what the person has")
	notePyPI(t, "mcp-server-git", tried)
}
