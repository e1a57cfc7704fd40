//go:build linux && (amd64 || arm64)

package isolate

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// One table serves all rooms of an app, another app's rooms get another; and no more are
// kept than were said.
func TestIdmapsAreKept(t *testing.T) {
	needRooms(t)
	if os.Geteuid() != 0 {
		t.Skip("only root maps owners")
	}
	of := func(m mapping) uint64 {
		fd, err := idmap(m)
		require.NoError(t, err)
		defer func() { require.NoError(t, unix.Close(fd)) }()
		var st unix.Stat_t
		require.NoError(t, unix.Fstat(fd, &st))
		return st.Ino
	}
	first := of(mapping{0, 0, HostIDBase + 1})
	require.Equal(t, first, of(mapping{0, 0, HostIDBase + 1}))
	seen := map[uint64]bool{first: true}
	for id := range 3 {
		seen[of(mapping{0, 0, HostIDBase + 2 + id})] = true
		seen[of(mapping{33, 0, HostIDBase + 1 + id})] = true
		seen[of(mapping{0, 33, HostIDBase + 1 + id})] = true
	}
	require.Len(t, seen, 10)
	for id := range idmapsMost {
		of(mapping{0, 0, HostIDBase + 1 + id})
	}
	require.LessOrEqual(t, len(idmaps.made), idmapsMost)
	for _, fd := range idmaps.made {
		_, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		require.NoError(t, err)
	}
}
