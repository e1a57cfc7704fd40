//go:build linux && (amd64 || arm64)

package isolate

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// Another file system that is mounted over a grant has a root of the same number: it
// is told apart by its device.
func TestSwappedMountIsRefused(t *testing.T) {
	if os.Getenv(outerMark) == "" {
		inOuterNamespaces(t)
		return
	}
	prepareOuter(t)
	granted := folder(t)
	cover := func(text string) (number uint64) {
		require.NoError(t, unix.Mount("tmpfs", granted, "tmpfs", 0, "mode=0755"))
		t.Cleanup(func() { require.NoError(t, unix.Unmount(granted, unix.MNT_DETACH)) })
		require.NoError(t, os.WriteFile(filepath.Join(granted, "name"), []byte(text), 0o644))
		var st unix.Stat_t
		require.NoError(t, unix.Stat(granted, &st))
		return st.Ino
	}
	first := cover("vetted")
	s := shell("cat /x/name")
	s.Files = []Grant{{Path: granted, At: "/x"}}
	p, err := special(s)
	require.NoError(t, err)
	defer p.close()
	require.Equal(t, first, cover("another"))
	b, err := begin()
	require.NoError(t, err)
	r := b.room(s)
	defer func() { require.NoError(t, r.Close()) }()
	err = r.lock(p, b, nil)
	require.NoError(t, b.control.Close())
	if !p.Root { // root has its mount already
		require.ErrorIs(t, err, unix.ESTALE)
		return
	}
	require.NoError(t, err)
	out, err := io.ReadAll(r.Out)
	require.NoError(t, err)
	require.Equal(t, "vetted", string(out))
}
