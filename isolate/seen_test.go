//go:build linux && (amd64 || arm64)

package isolate

import (
	"os"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// In the middle of an exec an ordinary user may not look into a process for a moment. One
// that never lets itself be seen is given up.
func TestAProcessIsSeenAfterItsExec(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			hidden int
			want   error
		}{{0, nil}, {3, nil}, {execTries + 1, os.ErrPermission}} {
			looks := 0
			text, err := seen(func() (string, error) {
				if looks++; looks <= c.hidden {
					return "", &os.PathError{Op: "readlink", Path: "/proc/1/ns/pid", Err: os.ErrPermission}
				}
				return "pid:[1]", nil
			})
			require.ErrorIs(t, err, c.want)
			if c.want == nil {
				require.Equal(t, "pid:[1]", text)
				require.Equal(t, c.hidden+1, looks)
			}
		}
		_, err := seen(func() (string, error) { return "", os.ErrNotExist })
		require.ErrorIs(t, err, os.ErrNotExist)
	})
}

// What a crashed stage said is told by its first line.
func TestACrashIsOneLine(t *testing.T) {
	require.Equal(t, "fatal error: runtime: out of memory", firstLine([]byte("\nfatal error: runtime: out of memory\n\nruntime stack:\ngoroutine 1 [running]:\n")))
	require.Empty(t, firstLine(nil))
}
