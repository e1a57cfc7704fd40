//go:build linux && (amd64 || arm64)

package isolate

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// withInit is a room whose process 1 is this binary.
func withInit(argv ...string) Spec {
	s := testSpec(argv...)
	s.Init = true
	return s
}

func TestInitEndsAsItsProgramEnds(t *testing.T) {
	needRooms(t)
	for line, want := range map[string]int{
		"exit 0": 0, "exit 7": 7, "kill -TERM $$": 143, "kill -KILL $$": 137, "kill -KILL 1; exit 3": 3,
		"(sleep 1000 & exit 4)": 4, "exec false": 1,
	} {
		_, exit := output(t, withInit("/bin/sh", "-c", line))
		require.Equal(t, Exit{Code: want}, exit, line)
	}
	requireNobody(t)
}

func TestInitPassesEverythingOn(t *testing.T) {
	needRooms(t)
	out, _ := output(t, withInit("/bin/sh", "-c", `echo "$0|$1|$2"; env -u PWD | sort; echo $PPID`, "a b", "", "ü\n"))
	require.Equal(t, "a b||ü\n\nHOME=/data\nPATH=/usr/bin:/bin\n1\n", out)
}

// Orphans of the program are taken in and reaped: far more than there may be at once.
func TestInitReaps(t *testing.T) {
	needRooms(t)
	s := withInit("/bin/sh", "-c", `i=0; while [ $i -lt 100 ]; do (true &); i=$((i+1)); done; echo done`)
	s.Limits.Procs = 40
	out, exit := output(t, s)
	require.Equal(t, "done\n", out)
	require.Equal(t, Exit{}, exit)
}

// storm starts 500 programs, each in a process of its own, and then 500 in its own.
const storm = `i=0; while [ $i -lt 500 ]; do /bin/true || exit 1; i=$((i+1)); done
run='[ $1 -eq 0 ] && exec echo done; exec /bin/sh -c "$0" "$0" $(($1-1))'
exec /bin/sh -c "$run" "$run" 500`

// However many programs a room runs, one after the other, the hub is as it was before.
func TestAStormOfProgramsLeavesNothing(t *testing.T) {
	leavesNothing(t)
	for _, first := range []bool{false, true} {
		s := shell(storm)
		s.Init = first
		out, exit := output(t, s)
		require.Equal(t, "done\n", out)
		require.Equal(t, Exit{}, exit)
	}
}

// The program can't look into process 1, which is under the same locks.
func TestInitIsLocked(t *testing.T) {
	needRooms(t)
	out, _ := output(t, withInit("/bin/sh", "-c",
		`cat /proc/.pid/1/environ 2>&1 | head -c 20; grep -c . /proc/.pid/1/maps 2>&1; grep -E 'Seccomp:|NoNewPrivs|CapEff' /proc/self/status`))
	require.NotContains(t, out, "PATH")
	require.Contains(t, out, "CapEff:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n")
}

func TestInitOfAProgramThatCantRun(t *testing.T) {
	needRooms(t)
	dir := folder(t)
	odd := filepath.Join(dir, "odd")
	require.NoError(t, os.WriteFile(odd, []byte("no program\n"), 0o755))
	lost := filepath.Join(dir, "lost")
	require.NoError(t, os.WriteFile(lost, []byte("#!/no/such/interpreter\n"), 0o755))
	for path, want := range map[string]string{
		"/usr/bin/no-such": "no such file or directory", "/usr": "is a directory", "/etc/passwd": "permission denied"} {
		_, err := Start(t.Context(), withInit(path))
		require.ErrorContains(t, err, "exec "+path+": "+want)
		var le *LayerError
		require.False(t, errors.As(err, &le))
	}
	for path, want := range map[string]string{odd: "it is no program for this machine", lost: "no such file or directory"} {
		s := withInit(path)
		s.Files = []Grant{{Path: dir}}
		r := open(t, s)
		require.Equal(t, Exit{Code: 126}, r.Wait())
		require.Contains(t, string(r.Stderr()), "can't run "+path+": "+want)
	}
}
