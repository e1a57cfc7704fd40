//go:build linux && (amd64 || arm64)

package isolate

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// requireRows does rows in a bare room by the Go app: each must come to what it says.
func requireRows(t *testing.T, situation string, pick func(row) bool) {
	t.Helper()
	rows := slices.DeleteFunc(rowsFor(situation, "go", false), func(r row) bool { return !pick(r) })
	got := runBattery(t, bareSpec(), []string{SelfPath, "hostile"}, rows)
	for _, r := range rows {
		if !r.holds(got[r.ID]) {
			t.Errorf("%s: %q, not %q", r.ID, got[r.ID], r.Want)
		}
	}
	t.Logf("%d rows", len(rows))
}

// oddMark tells a test binary that it was started in an odd way.
const oddMark = "ISOLATE_ODD"

// Z05: a hub with 200 descriptors that it was never told of, without rights for what
// it makes, with ignored and blocked signals, few descriptors to come and, as root, a group
// besides its own: the same room.
func TestBatteryOfAnOddHub(t *testing.T) {
	situation := situations()[0]
	if os.Getenv(situationEnv) == "" {
		needRooms(t)
		inThrowaway(t, situation, makeKit(t))
		return
	}
	if os.Getenv(oddMark) == "" {
		if _, inside := inThrowaway(t, situation, os.Getenv(kitEnv)); inside {
			require.NoError(t, execOdd())
		}
		return
	}
	require.True(t, signal.Ignored(unix.SIGHUP))
	require.NoError(t, syscall.Fstat(150, &syscall.Stat_t{}), "the descriptors are there")
	requireRows(t, os.Getenv(situationEnv), func(row) bool { return true })
	// Where process 1 is none of ours, nobody else resets what was ignored.
	said, exit := output(t, shell("sh -c 'kill -HUP $$; echo alive'; true"))
	require.Empty(t, said)
	require.Equal(t, Exit{}, exit)
}

// execOdd is the same process with all that is odd.
func execOdd() error {
	for range 200 {
		if _, err := unix.FcntlInt(0, unix.F_DUPFD, 10); err != nil {
			return err
		}
	}
	if os.Geteuid() == 0 {
		if err := syscall.Setgroups([]int{HostIDBase + 3}); err != nil {
			return err
		}
	}
	unix.Umask(0o777)
	signal.Ignore(unix.SIGHUP, unix.SIGCHLD, unix.SIGPIPE, unix.SIGTERM)
	few := unix.Rlimit{Cur: 300, Max: 300}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &few); err != nil {
		return err
	}
	runtime.LockOSThread() // the mask is this thread's, and it is this one that lives on
	mask := ^uint64(0)
	_, _, no := unix.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&mask)), 0, 8, 0, 0)
	if no != 0 {
		return no
	}
	return syscall.Exec("/proc/self/exe", os.Args, append(os.Environ(), oddMark+"=1"))
}

// Z04: in a container that masks its /proc, has a read-only /sys and no /dev/shm.
func TestBatteryInAMaskedContainer(t *testing.T) {
	situation := situations()[0]
	kit := os.Getenv(kitEnv)
	if os.Getenv(situationEnv) == "" {
		needRooms(t)
		kit = makeKit(t)
	}
	if _, inside := inThrowaway(t, situation, kit); !inside {
		return
	}
	coverFolders(t, kit) // there is no /dev/shm then
	require.NoDirExists(t, "/dev/shm")
	require.NoError(t, unix.Mount("", "/sys", "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""))
	for _, masked := range []string{"/proc/sys", "/proc/irq"} {
		require.NoError(t, unix.Mount("tmpfs", masked, "tmpfs", unix.MS_RDONLY, ""))
	}
	// What a room has of /proc is plain files then, and some rows read others; and
	// what a stage sets by writing to it, as watchers and the clock, is as it was.
	requireRows(t, situation, func(r row) bool {
		return !slices.ContainsFunc(r.Do, func(s step) bool {
			return s.Kind == "fds" || slices.ContainsFunc(s.Args, func(a arg) bool { return strings.HasPrefix(string(a.B), "/proc/") })
		}) && !strings.HasPrefix(r.ID, "S06") && !strings.HasPrefix(r.ID, "R08 watch") && !strings.HasPrefix(r.ID, "R09 buffer")
	})
}

// The root of a container that has one id would run a room as itself, whom the
// container's files are open to: it is refused, with what to do.
func TestRootWithOneIDIsRefused(t *testing.T) {
	kit := os.Getenv(kitEnv)
	if os.Getenv(situationEnv) == "" {
		needRooms(t)
		kit = makeKit(t)
	}
	if _, inside := inThrowaway(t, boxed, kit); !inside {
		return
	}
	require.Zero(t, os.Geteuid())
	for _, start := range []func() error{
		func() error { _, err := Start(t.Context(), testSpec("/bin/true")); return err },
		func() error { _, err := Try(t.Context()); return err },
	} {
		err := start()
		var le *LayerError
		require.True(t, errors.As(err, &le), fmt.Sprint(err))
		require.Equal(t, "user namespace", le.Layer)
		require.Contains(t, le.Remedy, "ordinary user")
	}
}
