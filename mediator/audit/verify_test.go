package audit

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func readLines(t require.TestingT, dir string) []string {
	data, err := os.ReadFile(filepath.Join(dir, logName))
	require.NoError(t, err)
	lines := strings.SplitAfter(string(data), "\n")
	return lines[:len(lines)-1]
}

func writeLines(t require.TestingT, dir string, lines []string) {
	require.NoError(t, os.WriteFile(filepath.Join(dir, logName), []byte(strings.Join(lines, "")), 0o600))
}

// forge makes a line right again as far as one can without the key.
func forge(t require.TestingT, text string, change func(*line)) string {
	var l line
	require.NoError(t, json.Unmarshal([]byte(text), &l))
	change(&l)
	out, _, err := seal(l.Entry, l.Base, l.Prev, []byte("another key"))
	require.NoError(t, err)
	return string(out)
}

func TestEveryTamperingIsFoundAndNamed(t *testing.T) {
	cases := map[string]struct {
		do   func(l []string) []string
		says []string
	}{
		"an edit": {func(l []string) []string {
			l[3] = strings.Replace(l[3], "calendar", "calender", 1)
			return l
		}, []string{"Line 4 (entry 4) was edited."}},
		"an edit of the last line": {func(l []string) []string {
			l[7] = strings.Replace(l[7], "allow", "deny_", 1)
			return l
		}, []string{"Line 8 (entry 8) was edited."}},
		"an edit with a new hash": {func(l []string) []string {
			l[3] = forge(t, l[3], func(l *line) { l.Decision = "deny" })
			return l
		}, []string{"Line 4 (entry 4) was not written by secgpt."}},
		"an edit of a mac": {func(l []string) []string {
			i := len(l[3]) - 10
			l[3] = l[3][:i] + string("01"[btoi(l[3][i] == '0')]) + l[3][i+1:]
			return l
		}, []string{"Line 4 (entry 4) was not written by secgpt."}},
		"a space": {func(l []string) []string {
			l[3] = "{ " + l[3][1:]
			return l
		}, []string{"Line 4 (entry 4) was edited."}},
		"no JSON": {func(l []string) []string {
			l[3] = "hello\n"
			return l
		}, []string{"Line 4 can't be read."}},
		"an empty line": {func(l []string) []string {
			return slices.Insert(l, 3, "\n")
		}, []string{"Line 4 can't be read."}},
		"a line of 200 KB": {func(l []string) []string {
			return slices.Insert(l, 3, strings.Repeat("x", 200<<10)+"\n")
		}, []string{"Line 4 can't be read."}},
		"a missing line": {func(l []string) []string {
			return slices.Delete(l, 3, 4)
		}, []string{"Entry 4 is missing before line 4."}},
		"missing lines": {func(l []string) []string {
			return slices.Delete(slices.Delete(l, 6, 7), 1, 3)
		}, []string{"Entries 2 to 3 are missing before line 2.", "Entry 7 is missing before line 5."}},
		"a missing first line": {func(l []string) []string {
			return l[1:]
		}, []string{"Entry 1 is missing before line 1."}},
		"swapped lines": {func(l []string) []string {
			l[3], l[4] = l[4], l[3]
			return l
		}, []string{"Line 5 (entry 4) stands in the wrong place."}},
		"a moved line": {func(l []string) []string {
			return append(slices.Delete(slices.Clone(l), 1, 2), l[1])
		}, []string{"Line 8 (entry 2) stands in the wrong place."}},
		"a doubled line": {func(l []string) []string {
			return slices.Insert(l, 4, l[3])
		}, []string{"Line 5 (entry 4) stands there again."}},
		"a doubled last line": {func(l []string) []string {
			return append(l, l[7])
		}, []string{"Line 9 (entry 8) stands there again."}},
		"a cut tail": {func(l []string) []string {
			return l[:6]
		}, []string{"Entries 7 to 8 are missing at the end."}},
		"a tail cut in the middle of a line": {func(l []string) []string {
			l[7] = l[7][:40]
			return l
		}, []string{"Entry 8 is missing at the end."}},
		"a newline cut": {func(l []string) []string {
			l[7] = strings.TrimSuffix(l[7], "\n")
			return l
		}, []string{"Entry 8 is missing at the end."}},
		"an empty file": {func([]string) []string {
			return nil
		}, []string{"Entries 1 to 8 are missing at the end."}},
		"a forged line more": {func(l []string) []string {
			return append(l, forge(t, l[7], func(l *line) { l.N, l.Base, l.Prev = 9, 8, l.Hash }))
		}, []string{"Line 9 (entry 9) was not written by secgpt."}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			dir := record(t, 8)
			writeLines(t, dir, c.do(readLines(t, dir)))
			r, err := Verify(dir)
			require.NoError(t, err)
			said := []string{}
			for _, f := range r.Findings {
				said = append(said, f.What)
			}
			require.Equal(t, c.says, said)
		})
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestDamageAtTheEndStopsEveryCall(t *testing.T) {
	cases := map[string]struct {
		do   func(t *testing.T, dir string)
		says string // by Verify
	}{
		"a cut tail": {func(t *testing.T, dir string) { writeLines(t, dir, readLines(t, dir)[:6]) }, "Entries 7 to 8 are missing at the end."},
		"no log":     {func(t *testing.T, dir string) { require.NoError(t, os.Remove(filepath.Join(dir, logName))) }, "audit.jsonl is missing"},
		"no head":    {func(t *testing.T, dir string) { require.NoError(t, os.Remove(filepath.Join(dir, headName))) }, "The head is missing or changed"},
		"no key":     {func(t *testing.T, dir string) { require.NoError(t, os.Remove(filepath.Join(dir, keyName))) }, "The key is missing or changed"},
		"no JSON in the head": {func(t *testing.T, dir string) {
			require.NoError(t, os.WriteFile(filepath.Join(dir, headName), []byte("8"), 0o600))
		}, "The head is missing or changed: the head was not written by secgpt."},
		"a head of another record": {func(t *testing.T, dir string) {
			copyFile(t, filepath.Join(record(t, 8), headName), filepath.Join(dir, headName))
		}, "The head is missing or changed"},
		"a head by somebody without the key": {func(t *testing.T, dir string) {
			writeLines(t, dir, readLines(t, dir)[:6])
			var l line
			require.NoError(t, json.Unmarshal([]byte(readLines(t, dir)[5]), &l))
			require.NoError(t, writeHead(dir, 6, l.Hash, []byte("another key")))
		}, "The head is missing or changed"},
		"another key": {func(t *testing.T, dir string) {
			copyFile(t, filepath.Join(record(t, 1), keyName), filepath.Join(dir, keyName))
		}, "was not written by secgpt"},
		"an edit of the last line": {func(t *testing.T, dir string) {
			l := readLines(t, dir)
			l[7] = strings.Replace(l[7], "calendar", "calender", 1)
			writeLines(t, dir, l)
		}, "Line 8 (entry 8) was edited."},
		"a doubled line": {func(t *testing.T, dir string) {
			l := readLines(t, dir)
			writeLines(t, dir, append(l, l[3]))
		}, "Line 9 (entry 4) stands there again."},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			dir := record(t, 8)
			l, err := Open(dir)
			require.NoError(t, err)
			c.do(t, dir)
			r, err := Verify(dir)
			require.NoError(t, err)
			require.False(t, r.OK())
			all, _ := json.Marshal(r.Findings)
			require.Contains(t, string(all), c.says)

			before := readAll(dir)
			n, err := l.Append(sample("s"))
			require.ErrorIs(t, err, ErrDamaged)
			require.ErrorContains(t, err, "`secgpt audit verify`")
			require.Zero(t, n)
			_, err = Open(dir)
			require.ErrorIs(t, err, ErrDamaged)
			require.Equal(t, before, readAll(dir), "damage is left for the person to look at")
		})
	}
}

func TestAnOlderHeadIsFound(t *testing.T) {
	dir := record(t, 4)
	old, err := os.ReadFile(filepath.Join(dir, headName))
	require.NoError(t, err)
	l, err := Open(dir)
	require.NoError(t, err)
	for range 2 {
		_, err = l.Append(sample("s"))
		require.NoError(t, err)
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, headName), old, 0o600))
	r, err := Verify(dir)
	require.NoError(t, err)
	require.Len(t, r.Findings, 1)
	require.Equal(t, "The head was put back: it names entry 4, and was newer when entry 6 was written.", r.Findings[0].What)
	_, err = l.Append(sample("s"))
	require.ErrorIs(t, err, ErrDamaged)
}

func TestWithoutTheKeyTheChainIsStillChecked(t *testing.T) {
	dir := record(t, 8)
	require.NoError(t, os.Remove(filepath.Join(dir, keyName)))
	writeLines(t, dir, slices.Delete(readLines(t, dir), 3, 4))
	r, err := Verify(dir)
	require.NoError(t, err)
	require.Len(t, r.Findings, 2)
	require.Contains(t, r.Findings[1].What, "Entry 4 is missing")
}

func TestFindingsAreBounded(t *testing.T) {
	dir := record(t, 1)
	l := readLines(t, dir)
	writeLines(t, dir, append(l, slices.Repeat([]string{"x\n"}, 500)...))
	r, err := Verify(dir)
	require.NoError(t, err)
	require.Len(t, r.Findings, maxFindings)
	require.Equal(t, 400, r.More)
}

func TestReadLeavesOutWhatCantBeTrusted(t *testing.T) {
	dir := record(t, 8)
	l := readLines(t, dir)
	l[3] = strings.Replace(l[3], "calendar", "calender", 1)
	writeLines(t, dir, l)
	got, err := Read(dir, nil, 100)
	require.ErrorIs(t, err, ErrDamaged)
	require.ErrorContains(t, err, "line 4 was edited")
	require.Len(t, got, 7)
	for _, e := range got {
		require.NotEqual(t, int64(4), e.N)
	}
	_, err = Explain(dir, 4)
	require.ErrorIs(t, err, ErrNoEntry)
	require.ErrorIs(t, err, ErrDamaged)
}

// Whatever is done to the bytes of the log, it is found, or nothing was lost.
func TestNoChangeOfBytesGoesUnseen(t *testing.T) {
	dir := record(t, 4)
	whole, err := os.ReadFile(filepath.Join(dir, logName))
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		data := slices.Clone(whole)
		for range rapid.IntRange(1, 3).Draw(t, "edits") {
			at := rapid.IntRange(0, len(data)-1).Draw(t, "at")
			switch rapid.IntRange(0, 2).Draw(t, "how") {
			case 0:
				data[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "bits"))
			case 1:
				to := rapid.IntRange(at, len(data)).Draw(t, "to")
				data = slices.Delete(data, at, to)
			case 2:
				data = slices.Insert(data, at, []byte(rapid.SampledFrom([]string{"\n", " ", "x", string(whole)}).Draw(t, "text"))...)
			}
			if len(data) == 0 {
				break
			}
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, logName), data, 0o600))
		r, err := Verify(dir)
		require.NoError(t, err)
		if r.OK() {
			require.True(t, bytes.HasPrefix(data, whole), "a change went unseen")
		}
	})
}

func FuzzOpenLine(f *testing.F) {
	good, _, err := seal(sample("f"), 0, noHash, nil)
	require.NoError(f, err)
	f.Add(good[:len(good)-1])
	f.Add([]byte(`{"n":1,"prev":"","hash":"","mac":""}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := open(data, nil)
		if err != nil {
			return
		}
		require.Positive(t, l.N)
		require.Less(t, len(data), maxLine)
		// What can be trusted is read back the same from its own spelling.
		again, _, err := seal(l.Entry, l.Base, l.Prev, nil)
		require.NoError(t, err)
		_, err = open(again[:len(again)-1], nil)
		require.NoError(t, err)
	})
}

func FuzzVerify(f *testing.F) {
	f.Add([]byte("{}\n\n"), []byte("{}"))
	f.Fuzz(func(t *testing.T, log, head []byte) {
		dir := filepath.Join(t.TempDir(), "state")
		_, err := Open(dir)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, logName), log, 0o600))
		_, err = Verify(dir)
		require.NoError(t, err)
		_, _ = Read(dir, nil, 10)
		require.NoError(t, os.WriteFile(filepath.Join(dir, headName), head, 0o600))
		r, err := Verify(dir)
		require.NoError(t, err)
		require.False(t, r.OK())
	})
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(to, data, 0o600))
}

func readAll(dir string) string {
	s := ""
	for _, name := range []string{logName, headName, keyName} {
		data, _ := os.ReadFile(filepath.Join(dir, name))
		s += name + "\n" + string(data)
	}
	return s
}
