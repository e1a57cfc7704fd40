package audit

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"secgpt/mediator/label"
)

// As a child of a test this binary appends until it is killed or has done COUNT,
// and prints the number of each entry that is promised to be on disk.
func TestMain(m *testing.M) {
	if dir := os.Getenv("AUDIT_TEST_VERIFY"); dir != "" {
		verifyAndTellMemory(dir)
		return
	}
	if dir := os.Getenv("AUDIT_TEST_DISK"); dir != "" {
		if err := onASmallDisk(dir); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	dir := os.Getenv("AUDIT_TEST_APPEND")
	if dir == "" {
		goleak.VerifyTestMain(m)
		return
	}
	count, _ := strconv.Atoi(os.Getenv("AUDIT_TEST_COUNT"))
	l, err := Open(dir)
	if limit, bad := strconv.ParseInt(os.Getenv("AUDIT_TEST_FILE"), 10, 64); bad == nil && err == nil {
		l.limit = limit
	}
	if limit, bad := strconv.ParseUint(os.Getenv("AUDIT_TEST_LIMIT"), 10, 64); bad == nil && err == nil {
		err = syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: limit})
	}
	for i := 0; err == nil && (count == 0 || i < count); i++ {
		var n int64
		if n, err = l.Append(sample("child")); err == nil {
			fmt.Println(n)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func child(dir string, count int) *exec.Cmd {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "AUDIT_TEST_APPEND="+dir, fmt.Sprintf("AUDIT_TEST_COUNT=%d", count))
	return c
}

func sample(session string) Entry {
	return Entry{Kind: Decision, Session: session, Turn: 3, Asked: "model", App: "calendar", Tool: "create_event",
		Effect: "write", Decision: "allow", By: "rule 3", Rule: "allow mail -> calendar.create_event",
		Why: "A rule of yours names mail and this tool.", Reasons: []string{"foreign title: mail"},
		Chain: []string{"mail.search", "calendar.read_invitation"},
		Args:  []Arg{{Name: "title", From: []label.Source{"mail"}, Digest: "a digest"}, {Name: "end"}}}
}

// record makes a record with n entries and returns its folder.
func record(t *testing.T, n int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "state")
	l, err := Open(dir)
	require.NoError(t, err)
	for i := range n {
		got, err := l.Append(sample("s"))
		require.NoError(t, err)
		require.Equal(t, int64(i+1), got)
	}
	return dir
}

func intact(t *testing.T, dir string, last int64) {
	t.Helper()
	r, err := Verify(dir)
	require.NoError(t, err)
	require.Empty(t, r.Findings)
	require.True(t, r.OK())
	require.Equal(t, last, r.Last)
	require.Equal(t, last, r.Lines)
	require.Zero(t, r.Torn)
	require.Zero(t, r.Ahead)
}

func TestAppendedEntriesAreReadBack(t *testing.T) {
	dir := record(t, 5)
	intact(t, dir, 5)
	got, err := Read(dir, nil, 2)
	require.NoError(t, err)
	require.Len(t, got, 2)
	want := sample("s")
	want.N, want.Time = 5, got[1].Time
	require.Equal(t, want, got[1])
	require.Equal(t, int64(4), got[0].N)
	require.NotZero(t, want.Time)

	for _, name := range []string{logName, headName, keyName, lockName} {
		info, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), name)
	}
	info, err := os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
}

func TestNoRecordIsNoDamage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	r, err := Verify(dir)
	require.NoError(t, err)
	require.Equal(t, Report{}, r)
	got, err := Read(dir, nil, 10)
	require.NoError(t, err)
	require.Empty(t, got)
	require.NoDirExists(t, dir)
	_, err = Explain(dir, 1)
	require.ErrorIs(t, err, ErrNoEntry)
}

func TestAPrivateEntryKeepsNoNamesOfObjects(t *testing.T) {
	dir := record(t, 0)
	l, err := Open(dir)
	require.NoError(t, err)
	e := sample("s")
	e.Private, e.Note = true, "secret note"
	_, err = l.Append(e)
	require.NoError(t, err)
	data, err := os.ReadFile(filepath.Join(dir, logName))
	require.NoError(t, err)
	for _, kept := range []string{"a digest", "allow mail", "names mail", "secret", "read_invitation"} {
		require.NotContains(t, string(data), kept)
	}
	require.Contains(t, string(data), `"title"`)
	require.Equal(t, "a digest", e.Args[0].Digest, "the caller's entry is not changed")
}

func TestDigestsTellEqualValuesWithinOneLogOnly(t *testing.T) {
	dir := record(t, 0)
	a, err := Open(dir)
	require.NoError(t, err)
	b, err := Open(dir)
	require.NoError(t, err)
	require.Equal(t, a.Digest([]byte(`"x"`)), a.Digest([]byte(`"x"`)))
	require.NotEqual(t, a.Digest([]byte(`"x"`)), a.Digest([]byte(`"y"`)))
	require.NotEqual(t, a.Digest([]byte(`"x"`)), b.Digest([]byte(`"x"`)))
}

func TestAnEntryIsBounded(t *testing.T) {
	dir := record(t, 1)
	l, err := Open(dir)
	require.NoError(t, err)
	e := sample("s")
	e.Why = strings.Repeat("x", maxLine)
	n, err := l.Append(e)
	require.ErrorContains(t, err, "65536 at most")
	require.Zero(t, n)
	_, err = l.Append(Entry{})
	require.ErrorContains(t, err, `an entry of kind ""`)
	_, err = l.Append(Entry{Kind: Mended})
	require.Error(t, err)

	e.Why = strings.Repeat("x", maxLine-1200)
	_, err = l.Append(e)
	require.NoError(t, err)
	_, err = l.Append(sample("s"))
	require.NoError(t, err, "the line before can be as long as a line may be")
	intact(t, dir, 3)
}

func TestGoroutinesAndProcessesShareOneRecord(t *testing.T) {
	dir := record(t, 0)
	l, err := Open(dir)
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if out, err := child(dir, 25).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	var mu sync.Mutex
	numbers := map[int64]bool{}
	for range 10 {
		wg.Go(func() {
			for range 5 {
				n, err := l.Append(sample("here"))
				mu.Lock()
				if err != nil || numbers[n] {
					t.Errorf("entry %d: %v", n, err)
				}
				numbers[n] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	intact(t, dir, 100)
	mine, err := Read(dir, func(e Entry) bool { return e.Session == "here" }, 100)
	require.NoError(t, err)
	require.Len(t, mine, 50)
	for _, e := range mine {
		require.True(t, numbers[e.N])
	}
}

func TestAKilledWriterLosesNothingThatItPromised(t *testing.T) {
	dir := record(t, 0)
	var last int64
	for round := range 8 {
		c := child(dir, 0)
		out, err := c.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, c.Start())
		lines := bufio.NewScanner(out)
		for i := 0; lines.Scan(); i++ {
			last, err = strconv.ParseInt(lines.Text(), 10, 64)
			require.NoError(t, err)
			if i == 3+5*round {
				require.NoError(t, c.Process.Signal(syscall.SIGKILL))
			}
		}
		require.Error(t, c.Wait())
		_, err = Open(dir)
		require.NoError(t, err)
		r, err := Verify(dir)
		require.NoError(t, err)
		require.Empty(t, r.Findings)
		require.GreaterOrEqual(t, r.Last, last)
	}
	promised, err := Read(dir, func(e Entry) bool { return e.N == last }, 1)
	require.NoError(t, err)
	require.Len(t, promised, 1)
}

func TestATornLineIsMendedAndSaid(t *testing.T) {
	for torn, left := range map[string]string{
		`{"n":4,"ti`:                   "10 bytes of an unfinished line, which were removed",
		strings.Repeat("x", maxLine-2): fmt.Sprintf("%d bytes of an unfinished line, which were removed", maxLine-2),
		"{":                            "1 byte of an unfinished line, which was removed",
	} {
		name := left
		dir := record(t, 3)
		appendTo(t, filepath.Join(dir, logName), torn)
		r, err := Verify(dir)
		require.NoError(t, err)
		require.True(t, r.OK(), name)
		require.Equal(t, int64(len(torn)), r.Torn)

		_, err = Open(dir)
		require.NoError(t, err, name)
		intact(t, dir, 4)
		got, err := Read(dir, nil, 1)
		require.NoError(t, err)
		require.Equal(t, Mended, got[0].Kind)
		require.Equal(t, "a process ended while it wrote the record; it left "+left, got[0].Note)
	}
}

func TestLinesWithoutAHeadAreKeptAndSaid(t *testing.T) {
	dir := record(t, 3)
	before, err := os.ReadFile(filepath.Join(dir, headName))
	require.NoError(t, err)
	l, err := Open(dir)
	require.NoError(t, err)
	_, err = l.Append(sample("s"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, headName), before, 0o600))
	appendTo(t, filepath.Join(dir, logName), "{")
	r, err := Verify(dir)
	require.NoError(t, err)
	require.True(t, r.OK())
	require.Equal(t, int64(1), r.Ahead)

	n, err := l.Append(sample("s"))
	require.NoError(t, err)
	require.Equal(t, int64(6), n, "the mending has an entry of its own")
	intact(t, dir, 6)
	got, err := Read(dir, func(e Entry) bool { return e.Kind == Mended }, 1)
	require.NoError(t, err)
	require.Equal(t, "a process ended while it wrote the record; it left 1 whole line without a head, which is kept, and 1 byte of an unfinished line, which was removed", got[0].Note)
}

func TestLinesThatAreMissingAreCounted(t *testing.T) {
	for kept, want := range map[int]string{7: "line 8 is missing at the end", 6: "lines 7 to 8 are missing at the end"} {
		dir := record(t, 8)
		writeLines(t, dir, readLines(t, dir)[:kept])
		_, err := Open(dir)
		require.ErrorContains(t, err, want)
	}
}

func TestAppendFailsWhereNothingCanBeWritten(t *testing.T) {
	dir := record(t, 2)
	l, err := Open(dir)
	require.NoError(t, err)

	require.NoError(t, os.Chmod(filepath.Join(dir, logName), 0o666))
	_, err = l.Append(sample("s"))
	require.ErrorContains(t, err, "can be written by others")
	require.NoError(t, os.Chmod(filepath.Join(dir, logName), 0o600))

	require.NoError(t, os.Chmod(filepath.Join(dir, keyName), 0o644))
	_, err = l.Append(sample("s"))
	require.ErrorContains(t, err, "can be read by others: chmod 600")
	require.NoError(t, os.Chmod(filepath.Join(dir, keyName), 0o600))

	require.NoError(t, os.Rename(dir, dir+".away"))
	n, err := l.Append(sample("s"))
	require.Error(t, err)
	require.Zero(t, n)
	require.NoError(t, os.Rename(dir+".away", dir))
	_, err = l.Append(sample("s"))
	require.NoError(t, err, "it goes on when it can")
	intact(t, dir, 3)
}

// A limit on the size of files stands in for a full disk: a write goes in half. It
// holds for a whole process, so a child has it.
func TestAFullDiskStopsTheCallAndHarmsNothing(t *testing.T) {
	dir := record(t, 2)
	info, err := os.Stat(filepath.Join(dir, logName))
	require.NoError(t, err)
	c := child(dir, 1)
	c.Env = append(c.Env, fmt.Sprintf("AUDIT_TEST_LIMIT=%d", info.Size()+100))
	out, err := c.CombinedOutput()
	require.Error(t, err, "an entry was promised that did not fit")
	require.Contains(t, string(out), syscall.EFBIG.Error())
	intact(t, dir, 2)

	l, err := Open(dir)
	require.NoError(t, err)
	_, err = l.Append(sample("s"))
	require.NoError(t, err)
	intact(t, dir, 3)
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	require.NoError(t, err)
	_, err = f.WriteString(text)
	require.NoError(t, err)
	require.NoError(t, f.Close())
}

func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 16} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			l, err := Open(filepath.Join(b.TempDir(), "state"))
			require.NoError(b, err)
			b.SetParallelism(writers)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := l.Append(sample("b")); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}
