//go:build linux && (amd64 || arm64)

package isolate

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

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
