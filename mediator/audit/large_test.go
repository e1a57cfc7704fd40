package audit

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A record of 1 GB:
//
//	go test ./mediator/audit -run TestLongRecordsNeedNoMoreMemory -v -args -record 1024
var recordMB = flag.Int("record", 40, "how long the long record of the memory test is, in MB")

// verifyAndTellMemory is what a child of the test does.
func verifyAndTellMemory(dir string) {
	began := time.Now()
	r, err := Verify(dir)
	if err != nil || !r.OK() {
		fmt.Println(err, r.Findings)
		os.Exit(1)
	}
	took := time.Since(began)
	status, _ := os.ReadFile("/proc/self/status")
	_, peak, _ := strings.Cut(string(status), "VmHWM:")
	peak, _, _ = strings.Cut(strings.TrimSpace(peak), " ")
	fmt.Println(peak, took.Milliseconds(), r.Lines, r.Files)
}

// written makes a record of so many bytes without waiting for the disk at each line.
func written(t *testing.T, size int) string {
	t.Helper()
	dir := record(t, 0)
	key, err := readKey(dir)
	require.NoError(t, err)
	hash, n := noHash, int64(0)
	for size > 0 {
		f, err := os.OpenFile(filepath.Join(dir, logName), os.O_WRONLY|os.O_CREATE, 0o600)
		require.NoError(t, err)
		w, here := bufio.NewWriter(f), 0
		for here < min(size, maxFile-1000) {
			e := sample("s")
			n++
			e.N, e.Time = n, time.Now().UTC()
			var text []byte
			text, hash, err = seal(e, n-1, hash, key)
			require.NoError(t, err)
			w.Write(text) // Flush tells
			here += len(text)
		}
		require.NoError(t, w.Flush())
		require.NoError(t, f.Close())
		if size -= here; size > 0 {
			require.NoError(t, os.Rename(filepath.Join(dir, logName), filepath.Join(dir, closedName(n))))
		}
	}
	require.NoError(t, writeHead(dir, n, hash, key))
	return dir
}

func TestLongRecordsNeedNoMoreMemory(t *testing.T) {
	var peaks []int
	for _, mb := range []int{2, *recordMB} {
		c := exec.Command(os.Args[0])
		// GOGC: what is measured is what Verify holds, and not what waits to be collected.
		c.Env = append(os.Environ(), "GOGC=10", "AUDIT_TEST_VERIFY="+written(t, mb<<20))
		out, err := c.CombinedOutput()
		require.NoError(t, err, string(out))
		var peak, took, lines, files int
		_, err = fmt.Sscan(string(out), &peak, &took, &lines, &files)
		require.NoError(t, err)
		t.Logf("%d MB, %d entries in %d files: peak %.1f MB, %.2f s", mb, lines, files, float64(peak)/1024, float64(took)/1000)
		peaks = append(peaks, peak)
	}
	require.Less(t, peaks[1], peaks[0]+8<<10, "kB; less than one file")
}
