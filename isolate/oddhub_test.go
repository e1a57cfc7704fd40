//go:build linux && (amd64 || arm64)

package isolate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func init() { modes["odd"] = oddMode }

// oddWays are what a program may have done to itself before it starts a room; what is
// wanted is "fine", or a part of the error.
var oddWays = map[string]struct {
	do   func() error
	want string
}{
	"few files": {func() error { return setLimit(unix.RLIMIT_NOFILE, 32) }, "fine"},
	"hardly any files": {func() error {
		_, err := os.ReadFile("/proc/self/stat") // Go's own poller is there, without which it ends
		return errors.Join(err, setLimit(unix.RLIMIT_NOFILE, 12))
	}, "too many open files"},
	"few processes": {func() error { return setLimit(unix.RLIMIT_NPROC, 1) }, "any"},
	"small files":   {func() error { return setLimit(unix.RLIMIT_FSIZE, 4096) }, "any"},
	"umask 0":       {func() error { unix.Umask(0); return nil }, "fine"},
	"umask 777":     {func() error { unix.Umask(0o777); return nil }, "fine"},
	"no streams":    {func() error { return errors.Join(unix.Close(0), unix.Close(1), unix.Close(2)) }, "fine"},
	"no folder": {func() error {
		dir, err := os.MkdirTemp("", "isolate")
		return errors.Join(err, os.Chdir(dir), os.Remove(dir))
	}, "fine"},
	"SIGCHLD ignored":     {func() error { signal.Ignore(syscall.SIGCHLD); return nil }, "any"},
	"SIGPIPE ignored":     {func() error { signal.Ignore(syscall.SIGPIPE); return nil }, "fine"},
	"all ignored":         {func() error { signal.Ignore(); return nil }, "any"},
	"all blocked":         {blockAll, "fine"},
	"no environment":      {func() error { os.Clearenv(); return nil }, "fine"},
	"no temporary folder": {func() error { return os.Setenv("TMPDIR", "/none") }, "fine"},
	"relative PATH":       {func() error { return os.Setenv("PATH", ".") }, "fine"},
}

func setLimit(which int, to uint64) error {
	return syscall.Setrlimit(which, &syscall.Rlimit{Cur: to, Max: to})
}

// blockAll leaves the thread that makes processes with every signal blocked.
func blockAll() (err error) {
	onStarter(func() {
		all := unix.Sigset_t{}
		for i := range all.Val {
			all.Val[i] = math.MaxUint64
		}
		err = unix.PthreadSigmask(unix.SIG_SETMASK, &all, nil)
	})
	return err
}

// oddMode does one of them and says what became of a room.
func oddMode(args []string) {
	out, err := unix.FcntlInt(1, unix.F_DUPFD_CLOEXEC, 8)
	if err == nil {
		err = oddWays[args[0]].do()
	}
	said := "fine"
	if err == nil {
		s := shell("cat /data/f; trap - PIPE; yes | head -c 1 >/dev/null; echo ok >&2")
		s.Data = args[1]
		var r *Room
		if r, err = Start(context.Background(), s); err == nil {
			var got []byte
			got, err = io.ReadAll(r.Out)
			if exit := r.Wait(); err == nil && (string(got) != "there\n" || exit != Exit{} || string(r.Stderr()) != "ok\n") {
				err = fmt.Errorf("%+v %q %q", exit, got, r.Stderr())
			}
			_ = r.Close()
		}
	}
	if err != nil {
		said = err.Error()
	}
	_, _ = unix.Write(out, []byte(said))
}

// noThread is how Go's runtime ends a program that gets no thread, with cgo and without.
var noThread = regexp.MustCompile(`pthread_create failed|failed to create new OS thread`)

// Whatever a program did to itself, its rooms are the same, or it is told in one line.
func TestOddHubs(t *testing.T) {
	leavesNothing(t)
	data := folder(t)
	write(t, filepath.Join(data, "f"), "there\n", 0o644)
	for name, c := range oddWays {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command("/proc/self/exe", "odd", name, data)
			cmd.Env = append(os.Environ(), quick)
			out, err := cmd.Output()
			var ended *exec.ExitError
			if name == "few processes" && errors.As(err, &ended) && noThread.Match(ended.Stderr) {
				return // Go's own runtime, which got none, ended it, and said so
			}
			require.NoError(t, err)
			if c.want == "any" {
				t.Logf("%s", out)
				requireCalm(t, errors.New(string(out)))
				require.NotEmpty(t, string(out))
				return
			}
			require.Contains(t, string(out), c.want)
			requireCalm(t, errors.New(string(out)))
		})
	}
	t.Run("born without streams", func(t *testing.T) {
		var out strings.Builder
		cmd := exec.Command("/bin/sh", "-c", `exec "$0" odd "umask 0" "$1" 3>&1 1>&3 0<&- 2>&-`, "/proc/self/exe", data)
		cmd.Args[3] = exe(t)
		cmd.Stdout = &out
		require.NoError(t, cmd.Run())
		require.Equal(t, "fine", out.String())
	})
}

func exe(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	require.NoError(t, err)
	return path
}

// Folders on odd file systems, and a machine with a part of /proc missing.
func TestOddMachines(t *testing.T) {
	if os.Getenv(outerMark) == "" {
		inOuterNamespaces(t)
		return
	}
	prepareOuter(t)
	require.NoError(t, unix.Mount("tmpfs", "/mnt", "tmpfs", 0, "mode=755"))
	mount := func(name, options string, flags uintptr) string {
		at := filepath.Join("/mnt", name)
		require.NoError(t, os.Mkdir(at, 0o755))
		require.NoError(t, unix.Mount("tmpfs", at, "tmpfs", 0, options))
		if flags != 0 {
			require.NoError(t, unix.Mount("", at, "", flags|unix.MS_REMOUNT, options))
		}
		return at
	}
	s := shell("touch new && echo wrote || echo refused")
	s.Data = mount("point", "size=1m,mode=700", 0) // a mount of its own
	out, _ := output(t, s)
	require.Equal(t, "wrote\n", out)
	s.Data = mount("shut", "size=1m,mode=700", unix.MS_RDONLY)
	out, _ = output(t, s)
	require.Equal(t, "refused\n", out)
	s.Data = mount("full", "size=64k,mode=700", 0)
	require.NoError(t, os.WriteFile(filepath.Join(s.Data, "fill"), make([]byte, 62<<10), 0o600))
	refuses(t, s, "/mnt/full is on a disk that is full")
	s = shell("cat /g/sub/f")
	s.Files = []Grant{{Path: mount("outer", "", 0), At: "/g"}} // holds another mount
	write(t, filepath.Join(mount("outer/sub", "", 0), "f"), "below\n", 0o644)
	out, _ = output(t, s)
	require.Equal(t, "below\n", out)
	s.Files[0].Path = "/mnt/proc"
	require.NoError(t, os.Mkdir("/mnt/proc", 0o755))
	require.NoError(t, unix.Mount("proc", "/mnt/proc", "proc", 0, ""))
	refuses(t, s, `grant "/mnt/proc": /mnt/proc is the kernel's (proc)`)

	require.NoError(t, unix.Mount("tmpfs", "/proc", "tmpfs", 0, ""))
	_, err := Start(t.Context(), shell("true"))
	require.Error(t, err)
	requireCalm(t, err)
	require.ErrorContains(t, err, "/proc")
}
