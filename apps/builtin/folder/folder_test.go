package folder

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func folderOf(t *testing.T, names ...string) Folder {
	t.Helper()
	dir := t.TempDir()
	for _, n := range names {
		path := filepath.Join(dir, n)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(n), 0o640))
	}
	return Folder(dir)
}

func names(files []File) []string {
	all := []string{}
	for _, f := range files {
		all = append(all, f.Name)
	}
	return all
}

func TestListFindsOnlyWhatItMay(t *testing.T) {
	f := folderOf(t, "b.md", "a.MD", "x.txt", ".hidden.md", ".git/c.md", "sub/d.md", "1/2/3/4/5/deep.md", "1/2/3/e.md")
	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(string(f), "link.md")))
	require.NoError(t, os.Symlink("/etc", filepath.Join(string(f), "linked")))
	require.NoError(t, syscall.Mkfifo(filepath.Join(string(f), "pipe.md"), 0o600))
	files, problems := f.List(10, ".md")
	require.Empty(t, problems)
	require.Equal(t, []string{"1/2/3/e.md", "a.MD", "b.md", "sub/d.md"}, names(files))

	files, problems = f.List(2, ".md")
	require.Len(t, files, 2)
	require.Equal(t, []string{"2 files were left out: 2 are read at most"}, problems)

	_, problems = Folder(filepath.Join(string(f), "none")).List(10, ".md")
	require.Len(t, problems, 1)
	require.NotContains(t, problems[0], string(f), "a path inside the room says nothing to a person")
}

func TestReplaceKeepsTheMode(t *testing.T) {
	f := folderOf(t, "a.md")
	path := filepath.Join(string(f), "a.md")
	require.NoError(t, os.Chmod(path, 0o644))
	require.NoError(t, f.Replace("a.md", []byte("new")))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o644), info.Mode())
	b, err := f.Read("a.md", 100)
	require.NoError(t, err)
	require.Equal(t, "new", string(b))
	left, err := os.ReadDir(string(f))
	require.NoError(t, err)
	require.Len(t, left, 1, "no temporary file is left")
}

func TestNothingIsWrittenOver(t *testing.T) {
	f := folderOf(t, "a.md")
	require.ErrorIs(t, f.Create("a.md", []byte("new"), Private), fs.ErrExist)
	require.ErrorIs(t, f.Replace("gone.md", []byte("new")), fs.ErrNotExist)
	b, err := f.Read("a.md", 100)
	require.NoError(t, err)
	require.Equal(t, "a.md", string(b))
}

func TestLinksAndPathsLeadNowhere(t *testing.T) {
	f := folderOf(t, "a.md")
	outside := filepath.Join(t.TempDir(), "outside.md")
	require.NoError(t, os.WriteFile(outside, []byte("mine"), 0o600))
	require.NoError(t, os.Symlink(outside, filepath.Join(string(f), "link.md")))
	for _, name := range []string{"link.md", "../x.md", outside, ""} {
		_, err := f.Read(name, 100)
		require.Error(t, err, name)
		require.Error(t, f.Replace(name, []byte("x")), name)
		require.Error(t, f.Remove("../x.md"))
	}
	require.Error(t, f.Create("link.md", nil, Private))
	b, err := os.ReadFile(outside)
	require.NoError(t, err)
	require.Equal(t, "mine", string(b))
}

func TestAFileOfSomebodyElseIsLeftAlone(t *testing.T) {
	f, name := folderOf(t, "a.md"), "a.md"
	if os.Chown(filepath.Join(string(f), name), 12345, -1) != nil {
		// Only root can give a file away. This one is root's, and can't be harmed.
		f, name = "/proc/sys/kernel", "ostype"
	}
	require.ErrorContains(t, f.Replace(name, []byte("new")), "another user")
	info, err := os.Lstat(filepath.Join(string(f), name))
	require.NoError(t, err)
	require.False(t, f.Writable(File{name, info}))
}

func TestTooLargeIsRefused(t *testing.T) {
	f := folderOf(t, "a.md")
	require.NoError(t, f.Replace("a.md", []byte(strings.Repeat("x", 101))))
	_, err := f.Read("a.md", 100)
	require.ErrorContains(t, err, "100 at most")
}

func TestLockKeepsOthersOut(t *testing.T) {
	f := folderOf(t, "a.md")
	unlock, err := f.Lock(t.Context())
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = f.Lock(ctx)
	require.ErrorContains(t, err, "another program is changing the folder")
	unlock()
	unlock, err = f.Lock(t.Context())
	require.NoError(t, err)
	unlock()
}
