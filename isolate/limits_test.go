//go:build linux && (amd64 || arm64)

package isolate

import (
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What bounds the whole room ends it, and says so.
func TestLimitsOfTheWholeRoom(t *testing.T) {
	needRooms(t)
	python := "/usr/bin/perl"
	for name, c := range map[string]struct {
		line   string
		limits Limits
		want   string
	}{
		"output": {"yes", Limits{Output: 1 << 20}, "output: "},
		"time":   {"sleep 1000", Limits{Wall: 200 * time.Millisecond}, "time: 200ms at most"},
		"data":   {"yes > /data/big", Limits{Data: 4 << 20, Size: 1 << 30}, "data: "},
		"memory": {python + ` -e 'for (1..6) { if (!fork) { my $x = "x" x (40<<20); sleep 1000 } } sleep 1000'`,
			Limits{Total: 100 << 20}, "memory: "},
	} {
		t.Run(name, func(t *testing.T) {
			s := shell(c.line)
			s.Limits, s.Data = c.limits, folder(t)
			if os.Geteuid() == 0 {
				require.NoError(t, os.Chown(s.Data, s.HostID, s.HostID))
			}
			r := open(t, s)
			_, _ = io.Copy(io.Discard, r.Out)
			exit := r.Wait()
			require.Equal(t, "killed", exit.Signal)
			require.Contains(t, exit.Limit, c.want)
		})
	}
	requireNobody(t)
}

// A folder that holds more than it may is not opened at all.
func TestDataThatIsFull(t *testing.T) {
	s := shell("true")
	s.Data, s.Limits.Data = folder(t), 1<<20
	require.NoError(t, os.WriteFile(filepath.Join(s.Data, "big"), make([]byte, 2<<20), 0o644))
	_, err := Start(t.Context(), s)
	require.ErrorContains(t, err, "room test: ")
	require.ErrorContains(t, err, s.Data)
}
