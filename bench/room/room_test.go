// Package room measures what a locked room costs beside bubblewrap, which has
// fewer layers: no seccomp filter, no Landlock, no limits, no proof.
package room

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"secgpt/isolate"
)

func TestMain(m *testing.M) {
	isolate.Main()
	os.Exit(m.Run())
}

// BenchmarkStart runs /bin/true from start to exit, in a room, in bubblewrap and
// plainly, taking turns, so that noise hits all alike. It reports medians and
// their ratios.
func BenchmarkStart(b *testing.B) {
	bwrap, err := exec.LookPath("bwrap")
	if err != nil {
		b.Skip("bwrap is not installed (Debian: apt-get install bubblewrap)")
	}
	ctx := context.Background()
	if _, err := isolate.Try(ctx); err != nil {
		var le *isolate.LayerError
		if errors.As(err, &le) {
			b.Skipf("no rooms on this machine: %v; %s", err, le.Remedy)
		}
		b.Fatal(err)
	}
	run := func(argv ...string) {
		if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
			b.Fatalf("%v: %v: %s", argv, err, out)
		}
	}
	kinds := []struct {
		name string
		do   func()
		took []time.Duration
	}{
		{name: "plain", do: func() { run("/bin/true") }},
		{name: "bwrap", do: func() {
			run(bwrap, "--unshare-all", "--die-with-parent", "--new-session", "--clearenv", "--ro-bind", "/usr", "/usr",
				"--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64",
				"--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "/bin/true")
		}},
		{name: "room", do: func() {
			r, err := isolate.Start(ctx, isolate.Spec{Argv: []string{"/bin/true"}, HostID: isolate.HostIDBase + 1})
			if err != nil {
				b.Fatal(err)
			}
			if exit := r.Wait(); exit.Code != 0 {
				b.Fatalf("exit %+v: %s", exit, r.Stderr())
			}
			_ = r.Close()
		}},
	}
	for b.Loop() {
		for i := range kinds {
			began := time.Now()
			kinds[i].do()
			kinds[i].took = append(kinds[i].took, time.Since(began))
		}
	}
	median := func(d []time.Duration) float64 {
		slices.Sort(d)
		return float64(d[len(d)/2])
	}
	for _, k := range kinds {
		b.ReportMetric(median(k.took)/1e6, k.name+"-ms")
	}
	b.ReportMetric(median(kinds[2].took)/median(kinds[1].took), "room/bwrap")
	b.ReportMetric(median(kinds[2].took)/median(kinds[0].took), "room/plain")
}
