package builtin

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestReadFileTakesOnlyPlainFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	require.NoError(t, WriteFile(path, []byte("12345")))
	b, err := ReadFile(path, 5)
	require.NoError(t, err)
	require.Equal(t, "12345", string(b))

	_, err = ReadFile(path, 4)
	require.EqualError(t, err, "5 bytes, 4 at most")
	_, err = ReadFile(dir, 5)
	require.EqualError(t, err, "not a regular file")
	require.NoError(t, os.Symlink(path, filepath.Join(dir, "link")))
	_, err = ReadFile(filepath.Join(dir, "link"), 5)
	require.Error(t, err)
	require.NoError(t, unix.Mkfifo(filepath.Join(dir, "pipe"), 0o600))
	_, err = ReadFile(filepath.Join(dir, "pipe"), 5)
	require.EqualError(t, err, "not a regular file")
	_, err = ReadFile(filepath.Join(dir, "none"), 5)
	require.True(t, os.IsNotExist(err))
}

func TestWriteFileLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "taken"), 0o700))
	require.Error(t, WriteFile(filepath.Join(dir, "taken"), []byte("x")))
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, 1)
}

func TestIDs(t *testing.T) {
	require.Equal(t, ID("mail", "x"), ID("mail", "x"))
	require.NotEqual(t, ID("mail", "x"), ID("note", "x"))
	require.NotEqual(t, NewID("mail"), NewID("mail"))
	require.Regexp(t, `^m[0-9a-f]{16}$`, ID("mail", "any <name>"))
}

func TestReplaceFileSetsTheMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o600))
	require.NoError(t, ReplaceFile(path, []byte("new"), 0o644, -1))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o644), info.Mode())
	b, err := ReadFile(path, 3)
	require.NoError(t, err)
	require.Equal(t, "new", string(b))
}

func TestPathlessDropsThePath(t *testing.T) {
	_, err := os.Open("/none/here")
	require.Equal(t, syscall.ENOENT, Pathless(err))
	require.Equal(t, syscall.ENOENT, Pathless(fmt.Errorf("opening: %w", err)))
	require.Equal(t, syscall.ENOENT, Pathless(os.Rename("/none/here", "/none/there")))
	require.NoError(t, Pathless(nil))
}
