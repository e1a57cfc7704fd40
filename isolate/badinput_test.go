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
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"secgpt/isolate/stage"
)

// refuses starts a room that must not come up, and returns what is said.
func refuses(t *testing.T, s Spec, want string) {
	t.Helper()
	r, err := Start(t.Context(), s)
	if err == nil {
		_ = r.Close()
	}
	require.ErrorContains(t, err, want, "%.200q %.200q", s.Argv, s.Files)
	requireCalm(t, err)
}

// long is a path of more bytes than the kernel takes.
var long = strings.Repeat("/0123456789abcde", 257)

func TestBadPrograms(t *testing.T) {
	leavesNothing(t)
	dir := folder(t)
	at := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		write(t, path, text, mode)
		return path
	}
	other := "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 9) + "\x02\x00\x16\x00\x01\x00\x00\x00" + strings.Repeat("\x00", 200) // s390
	for name, c := range map[string]struct {
		argv   []string
		direct string // what Start says if it is process 1
		init   string // what Start says, or what the init says before its end with 126
	}{
		"none":           {nil, "nothing to run: Argv is empty", "nothing to run: Argv is empty"},
		"empty name":     {[]string{""}, `"" in "/data": a room needs absolute paths`, `"" in "/data": a room needs absolute paths`},
		"relative":       {[]string{"bin/true"}, `"bin/true" in "/data"`, `"bin/true" in "/data"`},
		"folder":         {[]string{"/usr"}, "exec /usr: permission denied", "exec /usr: is a directory"},
		"missing":        {[]string{"/none"}, "exec /none: no such file", "exec /none: no such file"},
		"below a file":   {[]string{"/etc/passwd/x"}, "exec /etc/passwd/x: not a directory", "exec /etc/passwd/x: not a directory"},
		"not executable": {[]string{at("plain", "#!/bin/sh\n", 0o644)}, "plain: permission denied", "plain: permission denied"},
		"no interpreter": {[]string{at("lost", "#!/no/such\n", 0o755)}, "lost: no such file", "lost: no such file"},
		"windows":        {[]string{at("crlf", "#!/bin/sh\r\necho\r\n", 0o755)}, "crlf: no such file", "crlf: no such file"},
		"other machine":  {[]string{at("other", other, 0o755)}, "other: exec format error", "other: it is no program for this machine"},
		"empty file":     {[]string{at("empty", "", 0o755)}, "empty: exec format error", "empty: it is no program for this machine"},
		"text":           {[]string{at("text", "hello\n", 0o755)}, "text: exec format error", "text: it is no program for this machine"},
		"device":         {[]string{"/dev/null"}, "exec /dev/null: permission denied", "exec /dev/null: permission denied"},
		"itself":         {[]string{at("self", "#!"+dir+"/self\n", 0o755)}, "self: too many levels of symbolic links", "self: too many levels of symbolic links"},
		"zero byte":      {[]string{"/bin/true\x00"}, `"/bin/true\x00" has a zero byte in it`, `"/bin/true\x00" has a zero byte in it`},
		"long":           {[]string{long}, "file name too long", "file name too long"},
		"escapes":        {[]string{"/\x1b[2J\nx"}, `exec /\x1b[2J\nx: no such file`, `exec /\x1b[2J\nx: no such file`},
		"not utf-8":      {[]string{"/\xff\xfe"}, `exec /\xff\xfe: no such file`, `exec /\xff\xfe: no such file`},
	} {
		t.Run(name, func(t *testing.T) {
			s := testSpec(c.argv...)
			s.Files = []Grant{{Path: dir}}
			refuses(t, s, c.direct)
			s.Init = true
			r, err := Start(t.Context(), s)
			if err != nil {
				require.ErrorContains(t, err, c.init)
				requireCalm(t, err)
				return
			}
			require.Equal(t, Exit{Code: stage.CannotRun}, r.Wait())
			require.Contains(t, string(r.Stderr()), c.init)
			require.Equal(t, 1, strings.Count(string(r.Stderr()), "\n"))
			require.NoError(t, r.Close())
		})
	}
}

func TestBadGrants(t *testing.T) {
	leavesNothing(t)
	dir := folder(t)
	in := func(name string) string { return filepath.Join(dir, name) }
	odd := "o\n\x1b[2J\xff\u202e"
	for _, name := range []string{"sub", odd} {
		require.NoError(t, os.Mkdir(in(name), 0o755))
	}
	require.NoError(t, os.Symlink("sub", in("link")))
	require.NoError(t, os.Symlink("none", in(odd+"/link")))
	require.NoError(t, os.Mkdir(in("sub/in"), 0o755))
	require.NoError(t, unix.Mkfifo(in("fifo"), 0o600))
	l, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	defer func() { require.NoError(t, unix.Close(l)) }()
	require.NoError(t, unix.Bind(l, &unix.SockaddrUnix{Name: in("socket")}))
	const kinds = "it is a link, pipe, socket or device; only folders and files can be granted"
	for path, want := range map[string]string{
		in("link"):                            "/link\": there is a symbolic link in it; name the place that it leads to",
		in("link/in"):                         "/link/in\": there is a symbolic link in it",
		in("fifo"):                            kinds,
		in("socket"):                          kinds,
		"/dev/null":                           kinds,
		"/":                                   `grant "/": it must be a clean absolute path below /`,
		"":                                    `grant "": it must be a clean absolute path below /`,
		".":                                   "clean absolute path",
		dir + "/sub/../sub":                   "clean absolute path",
		in("sub") + "/":                       "clean absolute path",
		"//" + in("sub"):                      "clean absolute path",
		in("none"):                            "/none\": no such file or directory",
		in("sub/in") + "\x00":                 "clean absolute path",
		in("fifo/x"):                          "/fifo/x\": not a directory",
		"/proc":                               "is the kernel's (proc)",
		"/proc/self/fd":                       "there is a symbolic link in it",
		"/sys":                                "is the kernel's (sysfs)",
		"/dev":                                "is the kernel's",
		long:                                  "file name too long",
		"/" + strings.Repeat("x", 256):        "file name too long",
		in(odd + "/none"):                     `o\n\x1b[2J\xff\u202e/none": no such file`,
		in(odd + "/link"):                     `o\n\x1b[2J\xff\u202e/link": there is a symbolic link`,
		"/proc/" + fmt.Sprint(os.Getpid()):    "is the kernel's (proc)",
		filepath.Join("/proc/self/root", dir): "there is a symbolic link in it",
		"/proc/1/cwd/etc":                     "grant",
		"/dev/fd/0":                           "there is a symbolic link in it",
		"/dev/shm/none":                       "no such file",
	} {
		s := shell("true")
		s.Files = []Grant{{Path: path, At: "/granted"}}
		refuses(t, s, want)
		if path != "" {
			s.Files, s.Data = nil, path
			_, err := Start(t.Context(), s)
			require.Error(t, err, "%q", path)
			requireCalm(t, err)
		}
	}
}

// A grant with an odd name is a grant like any other; one that can't be read is there
// and can't be read.
func TestOddGrants(t *testing.T) {
	leavesNothing(t)
	dir := folder(t)
	odd := filepath.Join(dir, "o\n\x1b[2J\xff\u202e")
	deep := dir + strings.Repeat("/0123456789abcdef", 200)
	for _, d := range []string{odd, deep, filepath.Join(dir, "closed")} {
		require.NoError(t, os.MkdirAll(d, 0o755))
		write(t, filepath.Join(d, "f"), "there", 0o644)
	}
	require.NoError(t, os.Chmod(filepath.Join(dir, "closed"), 0))
	defer func() { require.NoError(t, os.Chmod(filepath.Join(dir, "closed"), 0o700)) }()
	for path, want := range map[string]string{odd: "there", deep: "there", odd + "/f": "there", filepath.Join(dir, "closed"): ""} {
		s := shell("cat /granted/f || cat /granted; true")
		s.Files = []Grant{{Path: path, At: "/granted"}}
		out, exit := output(t, s)
		require.Equal(t, want, out)
		require.Equal(t, Exit{}, exit)
	}
	s := shell("true")
	s.Files = []Grant{{Path: odd, At: strings.Repeat("/x", 401)}}
	refuses(t, s, "it takes too many folders to be there: the places of all grants are 400 at most")
	s.Files[0].At = strings.Repeat("/x", 400)
	_, exit := output(t, s)
	require.Equal(t, Exit{}, exit)
}

// A granted folder that is removed at any moment of a start is shown, or gone, or the start
// is refused by its path; nothing of that is left.
func TestGrantVanishesWhileItStarts(t *testing.T) {
	leavesNothing(t)
	granted := filepath.Join(folder(t), "granted")
	seen := map[string]int{}
	for i := range often(400) {
		require.NoError(t, os.Mkdir(granted, 0o755))
		write(t, filepath.Join(granted, "f"), "mine\n", 0o644)
		s := shell("cat /g/f")
		s.Files = []Grant{{Path: granted, At: "/g"}}
		gone := make(chan error, 1)
		after := time.Duration(i*997%startTakes) * time.Microsecond
		switch i {
		case 0: // before, and long after any start: both ends are always seen
			require.NoError(t, os.RemoveAll(granted))
			after = 0
		case 1:
			after = time.Minute
		}
		removal := time.AfterFunc(after, func() { gone <- os.RemoveAll(granted) })
		r, err := Start(t.Context(), s)
		if err != nil {
			requireCalm(t, err)
			require.ErrorContains(t, err, granted)
			require.NoError(t, <-gone)
			seen["refused"]++
			continue
		}
		out, _ := io.ReadAll(r.Out)
		require.NoError(t, r.Close())
		if removal.Stop() {
			gone <- os.RemoveAll(granted)
		}
		require.NoError(t, <-gone)
		require.Contains(t, []string{"mine\n", ""}, string(out))
		seen[string(out)]++
	}
	t.Logf("%v", seen)
	require.NotZero(t, seen["refused"])
	require.NotZero(t, seen["mine\n"])
}

// While a granted folder is swapped for a link to another tree, and back, no room ever
// sees the other tree.
func TestGrantIsSwappedWhileItStarts(t *testing.T) {
	leavesNothing(t)
	dir := folder(t)
	granted, link := filepath.Join(dir, "granted"), filepath.Join(dir, "link")
	secret := filepath.Join(dir, "secret")
	for path, text := range map[string]string{granted: "mine\n", secret: "secret\n"} {
		require.NoError(t, os.MkdirAll(filepath.Join(path, "sub"), 0o755))
		write(t, filepath.Join(path, "sub", "f"), text, 0o644)
	}
	require.NoError(t, os.Symlink(secret, link))
	stop, over := make(chan struct{}), make(chan struct{})
	swaps := 0
	go func() {
		defer close(over)
		for {
			select {
			case <-stop:
				return
			default:
			}
			_ = unix.Renameat2(unix.AT_FDCWD, granted, unix.AT_FDCWD, link, unix.RENAME_EXCHANGE)
			swaps++
		}
	}()
	seen := map[string]int{}
	began, long := time.Now(), time.Duration(often(5000))*time.Millisecond
	for time.Since(began) < long || seen["mine\n"] == 0 && time.Since(began) < 20*long { // few starts on a busy machine
		s := shell("cat /g/f")
		s.Files = []Grant{{Path: filepath.Join(granted, "sub"), At: "/g", Write: true}}
		r, err := Start(t.Context(), s)
		if err != nil {
			requireCalm(t, err)
			_, why, _ := strings.Cut(err.Error(), dir)
			seen[why]++
			continue
		}
		out, _ := io.ReadAll(r.Out)
		require.NoError(t, r.Close())
		seen[string(out)]++
	}
	close(stop)
	<-over
	t.Logf("%d swaps: %v", swaps, seen)
	require.NotZero(t, seen["mine\n"])
	require.Zero(t, seen["secret\n"])
}

func TestBadLimits(t *testing.T) {
	leavesNothing(t)
	for name, c := range map[string]struct {
		l    Limits
		line string
		err  string // of Start
		want string // else: part of what comes
	}{
		"one process":      {l: Limits{Procs: 1}, line: "echo up; (true); echo $?", want: "up\n"},
		"few files":        {l: Limits{Files: 32}, line: "echo up", want: "up\n"},
		"too few files":    {l: Limits{Files: 31}, line: "echo up", err: "31 open files are too few: a room takes 32 to be made"},
		"tiny memory":      {l: Limits{Memory: 4096}, line: "echo up", want: "any"},
		"one byte":         {l: Limits{Memory: 1, Tmp: 1, Size: 1, Total: 1, Data: 1}, line: "echo up", want: "any"},
		"tiny scratch":     {l: Limits{Tmp: 4096}, line: "echo x > /tmp/a && echo y > /tmp/b || echo full", want: "full\n"},
		"one byte of file": {l: Limits{Size: 1}, line: "trap '' XFSZ; echo xyz > f; echo $?", want: "1\n"},
		"huge":             {l: Limits{Memory: math.MaxInt64, Procs: math.MaxInt, Files: math.MaxInt, Tmp: math.MaxInt64, Size: math.MaxInt64, CPU: math.MaxInt64, Total: math.MaxInt64, Data: math.MaxInt64, Wall: math.MaxInt64, Output: math.MaxInt64}, line: "echo up", want: "up\n"},
		"much memory":      {l: Limits{Memory: math.MaxInt64/2 + 1}, line: "echo up", want: "up\n"},
		"no time":          {l: Limits{Wall: 1}, line: "sleep 1000", want: ""},
		"a nanosecond":     {l: Limits{CPU: 1}, line: "while :; do :; done", want: ""},
		"negative":         {l: Limits{Procs: -1}, line: "true", err: "a limit is negative"},
		"least":            {l: Limits{Wall: math.MinInt64}, line: "true", err: "a limit is negative"},
	} {
		t.Run(name, func(t *testing.T) {
			s := shell(c.line)
			s.Limits = c.l
			r, err := Start(t.Context(), s)
			if c.err != "" || err != nil && c.want == "any" {
				require.ErrorContains(t, err, c.err)
				requireCalm(t, err)
				return
			}
			require.NoError(t, err)
			out, _ := io.ReadAll(r.Out)
			exit := r.Wait()
			if c.want != "any" {
				require.Contains(t, string(out), c.want, "%+v %s", exit, r.Stderr())
			}
			require.NoError(t, r.Close())
		})
	}
}

func TestBadEnvironments(t *testing.T) {
	leavesNothing(t)
	with := func(env ...string) Spec {
		s := testSpec("/usr/bin/env")
		s.Env = env
		return s
	}
	refuses(t, with("A=\x00"), "has a zero byte in it")
	refuses(t, with(stage.RoleVar+"=stage"), stage.RoleVar+" is the room's own")
	refuses(t, with("A="+strings.Repeat("x", stage.ConfigMax)), "a room takes 1048576")
	refuses(t, with("A="+strings.Repeat("x", 200_000)), "exec /usr/bin/env: argument list too long") // the kernel's bound of one
	many := make([]string, 70_000)
	for i := range many {
		many[i] = "A"
	}
	refuses(t, with(many...), "70000 arguments or variables, a room takes 65528")
	for _, first := range []bool{false, true} {
		s := with("A=1", "A=2", "none", "=x", "", "B=\n\x1b\xff")
		s.Init = first
		out, exit := output(t, s)
		require.Equal(t, Exit{}, exit)
		require.Contains(t, out, "A=1\n")
		require.Contains(t, out, "B=\n\x1b\xff\n")
	}
}

func TestBadFoldersAndIDs(t *testing.T) {
	leavesNothing(t)
	dir := folder(t)
	write(t, filepath.Join(dir, "file"), "", 0o644)
	s := shell("true")
	for at, want := range map[string]string{"/none": "chdir /none: no such file", "/etc/passwd": "chdir /etc/passwd: not a directory",
		"relative": "a room needs absolute paths", long: "file name too long", "/\x1b\n": `chdir /\x1b\n: no such file`} {
		s.Dir = at
		refuses(t, s, want)
	}
	for name, hosts := range map[string][]Host{
		"expected a name such as":       {{Name: "A.example", Ports: []int{1}}},
		`host "a\nb": expected`:         {{Name: "a\nb", Ports: []int{1}}},
		"port 0 is none":                {{Name: "a", Ports: []int{0}}},
		"port 65536 is none":            {{Name: "a", Ports: []int{65536}}},
		"has no port":                   {{Name: "a"}},
		"is named twice":                {{Name: "a", Ports: []int{1}}, {Name: "a", Ports: []int{2}}},
		"named twice, or is the room's": {{Name: "localhost", Ports: []int{1}}},
		"65 hosts, a room takes 64":     make([]Host, 65),
	} {
		s := shell("true")
		s.Hosts = hosts
		refuses(t, s, name)
	}
	if os.Geteuid() != 0 {
		return
	}
	for _, id := range []int{0, -1, 1<<32 - 1, math.MaxInt, math.MinInt} {
		s := shell("true")
		s.HostID = id
		refuses(t, s, "as root a room needs an unowned one")
	}
}

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
