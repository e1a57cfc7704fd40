package audit

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// inFiles makes a record of n entries in files of three each, and returns its folder.
func inFiles(t *testing.T, n int) string {
	t.Helper()
	dir := record(t, 0)
	l, err := Open(dir)
	require.NoError(t, err)
	for range n {
		_, err := l.Append(sample("s"))
		require.NoError(t, err)
		if l.limit == maxFile {
			info, err := os.Stat(filepath.Join(dir, logName))
			require.NoError(t, err)
			l.limit = 3*info.Size() + info.Size()/2
		}
	}
	return dir
}

func files(t *testing.T, dir string) []string {
	found, err := filepath.Glob(filepath.Join(dir, "audit.*jsonl"))
	require.NoError(t, err)
	for i := range found {
		found[i] = filepath.Base(found[i])
	}
	return found
}

func TestALongRecordGoesOnInANewFile(t *testing.T) {
	dir := inFiles(t, 11)
	require.Equal(t, []string{"audit.0000000003.jsonl", "audit.0000000006.jsonl", "audit.0000000009.jsonl", "audit.jsonl"}, files(t, dir))
	r, err := Verify(dir)
	require.NoError(t, err)
	require.Equal(t, 4, r.Files)
	intact(t, dir, 11)

	// The first line of a file starts from the hash of the last line of the one before.
	var last, first line
	old, err := os.ReadFile(filepath.Join(dir, "audit.0000000009.jsonl"))
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(old)), "\n")
	require.NoError(t, json.Unmarshal([]byte(lines[len(lines)-1]), &last))
	require.NoError(t, json.Unmarshal([]byte(readLines(t, dir)[0]), &first))
	require.Equal(t, last.Hash, first.Prev)

	for limit, want := range map[int]int64{1: 11, 2: 10, 3: 9, 5: 7, 100: 1} {
		got, err := Read(dir, nil, limit)
		require.NoError(t, err)
		require.Len(t, got, min(limit, 11))
		for i, e := range got {
			require.Equal(t, want+int64(i), e.N)
		}
	}
	l, err := Open(dir)
	require.NoError(t, err)
	_, err = l.Append(Entry{Kind: Undo, App: "calendar", Tool: "create_event", Of: 2, Note: "the event is gone"})
	require.NoError(t, err)
	text, err := Explain(dir, 2)
	require.NoError(t, err)
	require.Contains(t, text, "Entry 2, ")
	require.Contains(t, text, "Entry 12: a call was taken back: calendar.create_event: the event is gone.")
	for n := range int64(12) {
		text, err := Explain(dir, n+1)
		require.NoError(t, err)
		require.Contains(t, text, fmt.Sprintf("Entry %d, ", n+1))
	}
	_, err = Explain(dir, 13)
	require.ErrorIs(t, err, ErrNoEntry)
}

// Eleven entries: files that end with 3, 6 and 9, and two lines.
func TestDamageOfAClosedFileIsFoundAndNamed(t *testing.T) {
	const a, b, c = "audit.0000000003.jsonl", "audit.0000000006.jsonl", "audit.0000000009.jsonl"
	edit := func(name string, f func([]string) []string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, name)
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			lines := strings.SplitAfter(string(data), "\n")
			require.NoError(t, os.WriteFile(path, []byte(strings.Join(f(lines[:len(lines)-1]), "")), 0o600))
		}
	}
	gone := func(names ...string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			for _, n := range names {
				require.NoError(t, os.Remove(filepath.Join(dir, n)))
			}
		}
	}
	move := func(names ...string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			for i := range len(names) - 1 {
				require.NoError(t, os.Rename(filepath.Join(dir, names[i]), filepath.Join(dir, names[i+1])))
			}
		}
	}
	for name, x := range map[string]struct {
		do   func(t *testing.T, dir string)
		says []string
	}{
		"the oldest is gone":         {gone(a), []string{"Entries 1 to 3 are missing before line 1 of " + b + "."}},
		"one between is gone":        {gone(b), []string{"Entries 4 to 6 are missing before line 1 of " + c + "."}},
		"the newest is gone":         {gone(c), []string{"Entries 7 to 9 are missing before line 1."}},
		"all are gone":               {gone(a, b, c), []string{"Entries 1 to 9 are missing before line 1."}},
		"what is not closed is gone": {gone("audit.jsonl"), []string{"Entries 10 to 11 are missing at the end."}},
		"the newest two are gone":    {gone(c, "audit.jsonl"), []string{"Entries 7 to 11 are missing at the end."}},
		"two changed places":         {move(a, "x", b, a), nil},
		"a name is wrong":            {move(a, "audit.0000000002.jsonl"), []string{"audit.0000000002.jsonl ends with entry 3, not with the one in its name."}},
		"a name is none":             {move(a, "audit.3.jsonl"), []string{"Entries 1 to 3 are missing before line 1 of " + b + "."}},
		"a last line is gone": {edit(b, func(l []string) []string { return l[:2] }), []string{
			b + " ends with entry 5, not with the one in its name.", "Entry 6 is missing before line 1 of " + c + "."}},
		"a last line is cut":   {edit(b, func(l []string) []string { return append(l[:2], l[2][:50]) }), []string{"Line 3 of " + b + " was not ended."}},
		"a newline is cut":     {edit(b, func(l []string) []string { return append(l[:2], strings.TrimSpace(l[2])) }), []string{"Line 3 of " + b + " was not ended."}},
		"a first line is gone": {edit(b, func(l []string) []string { return l[1:] }), []string{"Entry 4 is missing before line 1 of " + b + "."}},
		"emptied":              {edit(b, func([]string) []string { return nil }), []string{b + " is empty.", "Entries 4 to 6 are missing before line 1 of " + c + "."}},
		"edited": {edit(a, func(l []string) []string {
			l[1] = strings.Replace(l[1], "calendar", "calender", 1)
			return l
		}), []string{"Line 2 of " + a + " (entry 2) was edited."}},
		"a line more": {edit(a, func(l []string) []string { return append(l, l[0]) }), []string{"Line 4 of " + a + " (entry 1) stands there again."}},
		"lines changed places": {edit(a, func(l []string) []string {
			l[0], l[1] = l[1], l[0]
			return l
		}), []string{"Line 2 of " + a + " (entry 1) stands in the wrong place."}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := inFiles(t, 11)
			x.do(t, dir)
			r, err := Verify(dir)
			require.NoError(t, err)
			require.False(t, r.OK())
			said := []string{}
			for _, f := range r.Findings {
				said = append(said, f.What)
			}
			if x.says != nil {
				require.Equal(t, x.says, said)
			}
		})
	}
}

// These are the states in which a process can die between two files.
func TestARecordLeftBetweenTwoFilesIsMendedAndSaid(t *testing.T) {
	for name, leave := range map[string]func(t *testing.T, dir string){
		"no new file": func(t *testing.T, dir string) {
			require.NoError(t, os.Rename(filepath.Join(dir, logName), filepath.Join(dir, closedName(5))))
		},
		"an empty new file": func(t *testing.T, dir string) {
			require.NoError(t, os.Rename(filepath.Join(dir, logName), filepath.Join(dir, closedName(5))))
			require.NoError(t, os.WriteFile(filepath.Join(dir, logName), nil, 0o600))
		},
		"a piece of a line": func(t *testing.T, dir string) {
			require.NoError(t, os.Rename(filepath.Join(dir, logName), filepath.Join(dir, closedName(5))))
			require.NoError(t, os.WriteFile(filepath.Join(dir, logName), []byte(`{"n":6,`), 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := inFiles(t, 5)
			leave(t, dir)
			r, err := Verify(dir)
			require.NoError(t, err)
			require.Empty(t, r.Findings)
			require.True(t, r.Between)
			require.Equal(t, int64(5), r.Last)

			l, err := Open(dir)
			require.NoError(t, err)
			require.Len(t, l.News(), 1)
			require.Empty(t, l.News(), "it is said once")
			intact(t, dir, 6)
			got, err := Read(dir, nil, 1)
			require.NoError(t, err)
			require.Equal(t, Mended, got[0].Kind)
			n, err := l.Append(sample("s"))
			require.NoError(t, err)
			require.Equal(t, int64(7), n)
			intact(t, dir, 7)
		})
	}
}

func TestWhatNoCrashLeavesBetweenTwoFilesIsDamage(t *testing.T) {
	for name, do := range map[string]func(t *testing.T, dir string){
		"no new file, and the old one cut": func(t *testing.T, dir string) {
			writeLines(t, dir, readLines(t, dir)[:1])
			require.NoError(t, os.Rename(filepath.Join(dir, logName), filepath.Join(dir, closedName(4))))
		},
		"its lines are gone": func(t *testing.T, dir string) { writeLines(t, dir, nil) },
		"an older head beside it": func(t *testing.T, dir string) {
			head, err := os.ReadFile(filepath.Join(dir, headName))
			require.NoError(t, err)
			l, err := Open(dir)
			require.NoError(t, err)
			_, err = l.Append(sample("s"))
			require.NoError(t, err)
			require.NoError(t, os.Rename(filepath.Join(dir, logName), filepath.Join(dir, closedName(6))))
			require.NoError(t, os.WriteFile(filepath.Join(dir, headName), head, 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := inFiles(t, 5)
			do(t, dir)
			r, err := Verify(dir)
			require.NoError(t, err)
			require.NotEmpty(t, r.Findings)
			_, err = Open(dir)
			require.ErrorIs(t, err, ErrDamaged)
		})
	}
}

func TestAClosedFileIsNeverWrittenOver(t *testing.T) {
	dir := inFiles(t, 3)
	there := filepath.Join(dir, closedName(3))
	require.NoError(t, os.WriteFile(there, []byte("mine"), 0o600))
	l, err := Open(dir)
	require.NoError(t, err)
	l.limit = 1
	_, err = l.Append(sample("s"))
	require.ErrorIs(t, err, ErrDamaged)
	require.ErrorContains(t, err, closedName(3))
	data, err := os.ReadFile(there)
	require.NoError(t, err)
	require.Equal(t, "mine", string(data))
}

func TestProcessesCloseFilesByTurns(t *testing.T) {
	dir := record(t, 0)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			c := child(dir, 25)
			c.Env = append(c.Env, "AUDIT_TEST_FILE=3000")
			if out, err := c.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	wg.Wait()
	intact(t, dir, 100)
	require.Greater(t, len(files(t, dir)), 10)
}

// Every append closes a file, so most of these kills hit the middle of that.
func TestAKilledWriterLosesNothingBetweenTwoFiles(t *testing.T) {
	dir := record(t, 0)
	mended := 0
	for round := range 40 {
		c := child(dir, 0)
		c.Env = append(c.Env, "AUDIT_TEST_FILE=1")
		out, err := c.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, c.Start())
		lines := bufio.NewScanner(out)
		var last int64
		for i := 0; lines.Scan(); i++ {
			last, err = strconv.ParseInt(lines.Text(), 10, 64)
			require.NoError(t, err)
			if i == round%7 {
				// At another moment of the next append each time.
				for at := time.Now().Add(time.Duration(37*round) * time.Microsecond); time.Now().Before(at); {
				}
				require.NoError(t, c.Process.Signal(syscall.SIGKILL))
			}
		}
		require.Error(t, c.Wait())
		before, err := Verify(dir)
		require.NoError(t, err)
		require.Empty(t, before.Findings)
		l, err := Open(dir)
		require.NoError(t, err)
		after, err := Verify(dir)
		require.NoError(t, err)
		require.Empty(t, after.Findings)
		require.GreaterOrEqual(t, after.Last, last)
		if before.Between || before.Ahead > 0 || before.Torn > 0 {
			mended++
			require.Len(t, l.News(), 1)
			got, err := Read(dir, nil, 1)
			require.NoError(t, err)
			require.Equal(t, Mended, got[0].Kind)
		}
	}
	t.Logf("%d of 40 kills left something to mend", mended)
	all, err := Read(dir, nil, 1000)
	require.NoError(t, err)
	require.True(t, slices.IsSortedFunc(all, func(a, b Entry) int { return int(a.N - b.N) }))
}
