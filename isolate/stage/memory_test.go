//go:build linux && (amd64 || arm64)

package stage

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// Pages of a file that were only read are let go; such as were written to are not theirs
// any more, and stay.
func TestTablesAreLetGo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "table")
	size := 8 * os.Getpagesize()
	require.NoError(t, os.WriteFile(path, make([]byte, size), 0o600))
	f, err := os.Open(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	mapped := func(allows int) []byte {
		m, err := unix.Mmap(int(f.Fd()), 0, size, allows, unix.MAP_PRIVATE|unix.MAP_POPULATE)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, unix.Munmap(m)) })
		return m
	}
	read, written, open := mapped(unix.PROT_READ), mapped(unix.PROT_READ|unix.PROT_WRITE), mapped(unix.PROT_READ|unix.PROT_WRITE)
	written[1] = 1
	require.NoError(t, unix.Mprotect(written, unix.PROT_READ))
	has := func(s *Stage, m []byte) bool {
		at := uint64(uintptr(unsafe.Pointer(&m[0])))
		return slices.ContainsFunc(s.tables, func(t mapping) bool { return t.from <= at && at < t.to })
	}
	s := &Stage{}
	s.findTables()
	require.True(t, has(s, read))
	require.False(t, has(s, written))
	require.False(t, has(s, open), "what can be written to is no table")
	require.EqualValues(t, size, present(t, read))
	s.shed()
	require.Zero(t, present(t, read))
	require.EqualValues(t, size, present(t, open))
	require.EqualValues(t, 1, written[1])
	require.Empty(t, s.tables)
}

// present is how many bytes of a mapping this process has pages for.
func present(t *testing.T, m []byte) (bytes int) {
	t.Helper()
	f, err := os.Open("/proc/self/pagemap")
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	page := os.Getpagesize()
	entries := make([]byte, 8*len(m)/page)
	_, err = f.ReadAt(entries, int64(uintptr(unsafe.Pointer(&m[0])))/int64(page)*8)
	require.NoError(t, err)
	for i := 7; i < len(entries); i += 8 {
		if entries[i]&0x80 != 0 {
			bytes += page
		}
	}
	return bytes
}

func TestLinesOfSmaps(t *testing.T) {
	const place = "7f00-8f00 r--p 00001000 00:01 21595                     /memfd:a b (deleted)"
	for _, c := range []struct {
		place, anonymous string
		want             bool
	}{
		{place, "Anonymous:             0 kB", true},
		{place, "Anonymous:             4 kB", false},
		{place, "LazyFree:              0 kB", false},
		{"7f00-8f00 rw-p 00001000 00:01 21595 /x", "Anonymous: 0 kB", false},
		{"7f00-8f00 r--s 00001000 00:01 21595 /x", "Anonymous: 0 kB", false},
		{"7f00-8f00 r--p 00000000 00:00 0", "Anonymous: 0 kB", false},
		{"7f00-8g00 r--p 00001000 00:01 21595 /x", "Anonymous: 0 kB", false},
		{"", "Anonymous: 0 kB", false},
	} {
		var m mapping
		require.False(t, m.read(c.place))
		require.Equal(t, c.want, m.read(c.anonymous), "%s, %s", c.place, c.anonymous)
	}
}
