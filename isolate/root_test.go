//go:build linux && (amd64 || arm64)

package isolate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// A root that root's hub has made belongs to nobody of the room: were it not read-only,
// an app could still change nothing in it.
func TestRootOfARoomIsNotTheApps(t *testing.T) {
	needRooms(t)
	if os.Geteuid() != 0 {
		t.Skip("an ordinary user's rooms make their own")
	}
	old := unix.Umask(0o077) // a hub's may be anything
	defer unix.Umask(old)
	dir := folder(t)
	write(t, filepath.Join(dir, "file"), "", 0o644)
	s := shell("stat -c '%u:%g %a' / /etc /dev /proc /.room /srv /srv/deep; echo; stat -c '%u:%g %a' /etc/hosts /etc/passwd /proc/meminfo /proc/stat")
	s.Files = []Grant{{Path: filepath.Join(dir, "file"), At: "/srv/deep/file"}}
	out, exit := output(t, s)
	require.Equal(t, Exit{}, exit)
	const nobodys, file = "65534:65534 755\n", "65534:65534 444\n"
	require.Equal(t, nobodys+nobodys+nobodys+nobodys+nobodys+nobodys+nobodys+"\n"+file+file+file+file, out)
}

// Two rooms that are kept warm at once have nothing in common that one could write in.
func TestRootsAreNotShared(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("an ordinary user's rooms make their own")
	}
	needRooms(t)
	one, err := newRoot()
	require.NoError(t, err)
	defer func() { require.NoError(t, unix.Close(one)) }()
	other, err := newRoot()
	require.NoError(t, err)
	defer func() { require.NoError(t, unix.Close(other)) }()
	require.NoError(t, fileAt(one, "etc/hosts", "127.0.0.1 secret\n"))
	var first, second unix.Stat_t
	require.NoError(t, unix.Fstat(one, &first))
	require.NoError(t, unix.Fstat(other, &second))
	require.NotEqual(t, first.Dev, second.Dev)
	require.ErrorIs(t, unix.Fstatat(other, "etc/hosts", &second, 0), unix.ENOENT)
	require.Error(t, fileAt(one, "etc/hosts", ""), "what is there is not written over")
	require.NoError(t, unix.Symlinkat("/etc", one, "led"))
	require.Error(t, fileAt(one, "led/astray", ""))
	require.Error(t, fileAt(one, "../astray", ""))
	outside := folder(t)
	require.NoError(t, unix.Symlinkat(outside, one, "out"))
	require.ErrorIs(t, folderAt(one, "out/astray"), unix.ENOTDIR)
	require.ErrorIs(t, folderAt(one, "out"), unix.ENOTDIR)
	require.NoDirExists(t, filepath.Join(outside, "astray"))
}

// What the hub can't put into a root ends the start, as a step of the stage that fails does.
func TestRootThatCantBeFurnished(t *testing.T) {
	needRooms(t)
	dir := folder(t)
	write(t, filepath.Join(dir, "file"), "", 0o644)
	for _, granted := range []string{dir, filepath.Join(dir, "file")} {
		s := shell("true")
		s.Files = []Grant{{Path: granted, At: "/srv/" + strings.Repeat("a", 256)}}
		noMounts(t, s)
	}
	requireNobody(t)
}

// Nor does a room start whose root can't be made.
func TestRootThatCantBeMade(t *testing.T) {
	needRooms(t)
	if os.Geteuid() != 0 {
		t.Skip("an ordinary user's rooms make their own")
	}
	Warm(0)
	whole := rootFolders
	defer func() { rootFolders = whole }()
	rootFolders = append(rootFolders[:len(whole):len(whole)], strings.Repeat("a", 256))
	noMounts(t, shell("true"))
	requireNobody(t)
}

// noMounts starts a room for which a name in its root is too long.
func noMounts(t *testing.T, s Spec) {
	t.Helper()
	r, err := Start(t.Context(), s)
	require.Nil(t, r)
	require.ErrorIs(t, err, unix.ENAMETOOLONG)
	var le *LayerError
	require.ErrorAs(t, err, &le)
	require.Equal(t, "mounts", le.Layer)
}
