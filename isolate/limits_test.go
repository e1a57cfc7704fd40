//go:build linux && (amd64 || arm64)

package isolate

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
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

// crash has a child that reads where there is no memory, and says what the kernel told
// of its end: the signal, and 128 if it wrote a core.
const crash = `if (!fork) { unpack "p", pack "J", 8 } wait; print $? & 127, " ", $? & 128`

// A crash writes no core, where one outside does: a core has everything in it that an
// app was given.
func TestACrashLeavesNoCore(t *testing.T) {
	needRooms(t)
	perl := "/usr/bin/perl"
	if !runnable(perl) {
		missing(t, perl)
		return
	}
	var before unix.Rlimit
	require.NoError(t, unix.Getrlimit(unix.RLIMIT_CORE, &before))
	require.NoError(t, unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{Cur: before.Max, Max: before.Max}))
	t.Cleanup(func() { require.NoError(t, unix.Setrlimit(unix.RLIMIT_CORE, &before)) })

	bare := exec.CommandContext(t.Context(), perl, "-e", crash)
	bare.Dir = folder(t)
	out, err := bare.Output()
	require.NoError(t, err)
	if string(out) != "11 128" {
		require.Equal(t, "11 0", string(out))
		pattern, _ := os.ReadFile("/proc/sys/kernel/core_pattern")
		t.Logf("nothing is shown here: outside, too, no core is written (at most %d bytes, core_pattern %q)", before.Max, pattern)
	}

	s := testSpec(perl, "-e", crash)
	s.Data = folder(t)
	if os.Geteuid() == 0 {
		require.NoError(t, os.Chown(s.Data, s.HostID, s.HostID))
	}
	said, exit := output(t, s)
	require.Equal(t, Exit{}, exit)
	require.Equal(t, "11 0", said)
	left, err := names(s.Data)
	require.NoError(t, err)
	require.Empty(t, left)
}
