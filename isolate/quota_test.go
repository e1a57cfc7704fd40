//go:build linux && (amd64 || arm64)

package isolate

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func never() bool { return false }

func fillFile(t *testing.T, path string, size int) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("x", size)), 0o600))
}

// emptyFolder is what a folder with nothing in it counts for itself, in the one above it.
func emptyFolder(t *testing.T, dir string) int64 {
	t.Helper()
	var st unix.Stat_t
	require.NoError(t, unix.Stat(dir, &st))
	return max(st.Blocks*512, entryLeast)
}

func TestDataIsCounted(t *testing.T) {
	dir := folder(t)
	count := func() int64 {
		sum, err := countData(dir, 1<<40, never)
		require.NoError(t, err)
		return sum
	}
	require.Zero(t, count())
	fillFile(t, filepath.Join(dir, "a"), 100<<10)
	require.Equal(t, int64(100<<10), count())

	// A file with holes takes what is in it; one with two names takes it once.
	f, err := os.Create(filepath.Join(dir, "sparse"))
	require.NoError(t, err)
	require.NoError(t, f.Truncate(1<<30))
	require.NoError(t, f.Close())
	require.NoError(t, os.Link(filepath.Join(dir, "a"), filepath.Join(dir, "b")))
	require.Equal(t, int64(100<<10+entryLeast+nameLeast), count())

	// A link counts itself, wherever it leads.
	require.NoError(t, os.Symlink("/usr", filepath.Join(dir, "usr")))
	require.NoError(t, os.Symlink("/proc/self/exe", filepath.Join(dir, "large")))
	require.NoError(t, unix.Mkfifo(filepath.Join(dir, "pipe"), 0o600))
	require.Equal(t, int64(100<<10+4*entryLeast+nameLeast), count())

	below := filepath.Join(dir, "d")
	require.NoError(t, os.Mkdir(below, 0o700))
	fillFile(t, filepath.Join(below, "empty"), 0)
	require.Equal(t, int64(100<<10+5*entryLeast+nameLeast)+emptyFolder(t, below), count())

	// Beyond what was asked for it is not counted on.
	sum, err := countData(dir, 1, never)
	require.NoError(t, err)
	require.Greater(t, sum, int64(1))
	require.Less(t, sum, count())
	_, err = countData(dir, 1<<40, func() bool { return true })
	require.ErrorIs(t, err, errStopped)
}

func TestDataThatCannotBeCounted(t *testing.T) {
	dir := folder(t)
	_, err := countData(filepath.Join(dir, "none"), 1, never)
	require.ErrorIs(t, err, unix.ENOENT)
	require.NoError(t, os.Symlink("/usr", filepath.Join(dir, "usr")))
	_, err = countData(filepath.Join(dir, "usr"), 1, never)
	require.ErrorIs(t, err, unix.ENOTDIR)

	// Deeper than any path can be long.
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	require.NoError(t, err)
	for range dataDepth + 2 {
		require.NoError(t, unix.Mkdirat(fd, strings.Repeat("n", 200), 0o700))
		next, err := unix.Openat(fd, strings.Repeat("n", 200), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		require.NoError(t, err)
		require.NoError(t, unix.Close(fd))
		fd = next
	}
	require.NoError(t, unix.Close(fd))
	require.ErrorContains(t, checkData(dir, 1<<30), "count "+dir+": folders are more than 128 deep")
	require.NoError(t, os.RemoveAll(filepath.Join(dir, strings.Repeat("n", 200))))

	if os.Geteuid() == 0 {
		return // who can read everything
	}
	closed := filepath.Join(dir, "\x1b[31mclosed")
	require.NoError(t, os.Mkdir(closed, 0o300))
	err = checkData(dir, 1<<30)
	require.ErrorContains(t, err, "open a folder in it: permission denied")
	require.NotContains(t, err.Error(), "\x1b")
	require.Contains(t, watchData(dir, 1<<30, make(chan struct{})), "data: count "+dir)
}

// While names are swapped for links to elsewhere, only what is in the folder counts.
func TestSwappedNamesLeadNowhere(t *testing.T) {
	dir := folder(t)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "a"), 0o700))
	require.NoError(t, os.Symlink("/usr", filepath.Join(dir, "b")))
	var over atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		for !over.Load() {
			_ = unix.Renameat2(unix.AT_FDCWD, filepath.Join(dir, "a"), unix.AT_FDCWD, filepath.Join(dir, "b"), unix.RENAME_EXCHANGE)
		}
	}()
	for range 2000 {
		sum, err := countData(dir, 1<<40, never)
		require.NoError(t, err)
		require.LessOrEqual(t, sum, int64(2*entryLeast))
	}
	over.Store(true)
	<-done
}

func TestFullDataRefusesTheStart(t *testing.T) {
	dir := folder(t)
	fillFile(t, filepath.Join(dir, "a"), 3<<20)
	require.NoError(t, checkData(dir, 3<<20))
	require.EqualError(t, checkData(dir, 2<<20),
		dir+" holds 3 MiB, 2 MiB at most: delete what is not needed there, or allow more (Limits.Data)")
}

// watched starts a room that writes to its /data and says what it was ended for.
func watched(t *testing.T, line string) (string, *Room) {
	t.Helper()
	s := shell(line)
	s.Data = folder(t)
	require.NoError(t, os.Chmod(s.Data, 0o777))
	t.Cleanup(func() { _ = os.RemoveAll(s.Data) })
	r := open(t, s)
	_, err := bufio.NewReader(r.Out).ReadString('\n') // it is up, and has written what it writes at first
	require.NoError(t, err)
	k := newKeeper(func() { _ = r.process.Kill() })
	k.data(r.process.Pid, s.Data, 4<<20)
	late := time.AfterFunc(10*time.Second, func() { _ = r.process.Kill() })
	defer late.Stop()
	require.Equal(t, "killed", r.Wait().Signal)
	return strings.ReplaceAll(k.release(), s.Data, "DATA"), r
}

func TestDataIsWatched(t *testing.T) {
	needRooms(t)
	for name, c := range map[string]struct{ line, want string }{
		"one file":      {"echo up; head -c 9000000 /dev/zero > f; read x", "data: more than 4 MiB in DATA"},
		"many files":    {"mkdir d; for i in $(seq 1100); do : > d/$i; done; echo up; read x", "data: more than 4 MiB in DATA"},
		"later":         {"echo small > f; echo up; sleep 0.6; head -c 9000000 /dev/zero >> f; read x", "data: more than 4 MiB in DATA"},
		"deleted files": {"exec 5>f; rm f; head -c 9000000 /dev/zero >&5; echo up; read x", "data: more than 4 MiB in deleted files that are still open"},
	} {
		t.Run(name, func(t *testing.T) {
			why, r := watched(t, c.line)
			require.Equal(t, c.want, why, "%s", r.Stderr())
		})
	}
}

// A small disk of the test's own: what others write can't disturb, and it can be full.
func TestNearlyFullDisk(t *testing.T) {
	if os.Getenv(outerMark) == "" {
		inOuterNamespaces(t)
		return
	}
	prepareOuter(t)
	require.NoError(t, unix.Mount("tmpfs", "/mnt", "tmpfs", 0, "size=16m"))
	require.NoError(t, os.Mkdir("/mnt/data", 0o700))
	require.NoError(t, checkData("/mnt/data", 1<<30))

	// A quiet folder is not counted again, one that may have grown is.
	var m meter
	require.True(t, m.due("/mnt/data", 4<<20))
	m.begin("/mnt/data")
	m.counted(1 << 20)
	m.rested = time.Time{}
	require.False(t, m.due("/mnt/data", 4<<20))
	fillFile(t, "/mnt/data/a", 2<<20)
	require.False(t, m.due("/mnt/data", 4<<20))
	fillFile(t, "/mnt/data/b", 3<<20)
	require.True(t, m.due("/mnt/data", 4<<20))
	m.rested = time.Now().Add(time.Hour)
	require.False(t, m.due("/mnt/data", 4<<20), "it rests")
	m.rested, m.last = time.Time{}, time.Now().Add(-dataCount)
	require.True(t, m.due("/mnt/data", 1<<30), "it is time")
	// What others free may hide what the room takes.
	m.begin("/mnt/data")
	m.counted(1 << 20)
	m.rested = time.Time{}
	require.NoError(t, os.Remove("/mnt/data/b"))
	require.False(t, m.due("/mnt/data", 3<<20))
	fillFile(t, "/mnt/data/b", 3<<20)
	require.True(t, m.due("/mnt/data", 3<<20))

	fillFile(t, "/mnt/elsewhere", 10<<20+512<<10) // it is not the room alone that fills a disk
	require.EqualError(t, checkData("/mnt/data", 1<<30),
		"/mnt/data is on a disk that is full: 512 KiB are free, 1 MiB must stay so: free some space first")
	require.Equal(t, "disk: 512 KiB are free, 1 MiB must stay so", watchData("/mnt/data", 1<<30, make(chan struct{})))
}

func TestWatchingDataEnds(t *testing.T) {
	stop := make(chan struct{})
	close(stop)
	require.Empty(t, watchData(folder(t), 1<<30, stop))
	require.Empty(t, watchUnnamed(os.Getpid(), folder(t), 1<<30, stop))
}

func TestFirstReasonStays(t *testing.T) {
	killed := 0
	k := newKeeper(func() { killed++ })
	k.end("")
	require.Zero(t, killed)
	k.end("one")
	k.end("two")
	require.Equal(t, 1, killed)
	require.Equal(t, "one", k.release())
	k = newKeeper(func() { killed++ })
	require.Empty(t, k.release())
	k.end("too late")
	require.Equal(t, 1, killed)
}

func TestWall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		killed := make(chan time.Duration, 1)
		began := time.Now()
		k := newKeeper(func() { killed <- time.Since(began) })
		k.wall(90 * time.Second)
		require.Equal(t, 90*time.Second, <-killed)
		require.Equal(t, "time: 1m30s at most", k.release())

		for _, d := range []time.Duration{0, time.Second} {
			k = newKeeper(func() { t.Error("killed") })
			k.wall(d)
			require.Empty(t, k.release())
		}
		time.Sleep(time.Hour)
	})
}

func TestOutputIsBounded(t *testing.T) {
	for _, c := range []struct {
		text string
		most int64
		want string
		why  string
	}{
		{"0123456789", 10, "0123456789", ""},
		{"0123456789", 9, "012345678", "output: more than 9 bytes"},
		{"0123456789", 0, "0123456789", ""},
		{"", 1, "", ""},
	} {
		for _, size := range []int{1, 3, 100} {
			killed := false
			k := newKeeper(func() { killed = true })
			out := k.output(io.NopCloser(strings.NewReader(c.text)), c.most)
			var got strings.Builder
			_, err := io.CopyBuffer(struct{ io.Writer }{&got}, struct{ io.Reader }{out}, make([]byte, size))
			require.Equal(t, c.want, got.String())
			require.Equal(t, c.why != "", killed)
			if c.why != "" {
				require.EqualError(t, err, c.why)
				_, again := out.Read(make([]byte, 1))
				require.Equal(t, err, again)
			} else {
				require.NoError(t, err)
			}
			require.Equal(t, c.why, k.release())
		}
	}
}

func TestOutputOfARoomIsBounded(t *testing.T) {
	needRooms(t)
	r := open(t, shell("echo first; exec yes"))
	k := newKeeper(func() { _ = r.process.Kill() })
	out := bufio.NewReader(k.output(r.Out, 1<<20))
	n, err := io.Copy(io.Discard, out)
	require.EqualError(t, err, "output: more than 1 MiB")
	require.Equal(t, int64(1<<20), n)
	require.Equal(t, "killed", r.Wait().Signal)
	require.Equal(t, "output: more than 1 MiB", k.release())
}

func BenchmarkCountData(b *testing.B) {
	dir := b.TempDir()
	for i := range 100 {
		below := filepath.Join(dir, fmt.Sprint(i))
		err := os.Mkdir(below, 0o700)
		for j := 0; j < 100 && err == nil; j++ {
			err = os.WriteFile(filepath.Join(below, fmt.Sprint(j)), nil, 0o600)
		}
		require.NoError(b, err)
	}
	for b.Loop() {
		if _, err := countData(dir, 1<<40, never); err != nil {
			b.Fatal(errors.Unwrap(err))
		}
	}
}
