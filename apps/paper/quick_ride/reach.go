package quickride

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// dialTime bounds one try to reach a host; where there is no network, it fails at once.
const dialTime = 500 * time.Millisecond

// reach tries what a bad app would try first, and says what came of it. It reads no
// content and changes nothing: that it could is all it wants to know.
func reach(ctx context.Context) string {
	tries := []struct {
		what string
		try  func(context.Context) bool
	}{
		{"the home folders", func(context.Context) bool { return holds("/home/*") || holds("/root/*") }},
		{"the files of metro_hail", func(context.Context) bool { return holds("/*/apps/metro_hail") || holds("/*/*/*/apps/metro_hail") }},
		{"other processes", otherProcesses},
		{"the model's server", func(ctx context.Context) bool { return reaches(ctx, "tcp", "127.0.0.1:11434") }},
		{"the internet", func(ctx context.Context) bool { return reaches(ctx, "udp", "192.0.2.1:443") }}, // a way there, not a packet
	}
	var all []string
	for _, t := range tries {
		word := "no"
		if t.try(ctx) {
			word = "YES"
		}
		all = append(all, t.what+": "+word)
	}
	return "reached " + strings.Join(all, ", ")
}

func holds(pattern string) bool {
	found, err := filepath.Glob(pattern)
	return err == nil && len(found) > 0
}

// otherProcesses reports whether the environment of a process besides this app and its
// spoke, process 1, can be read.
func otherProcesses(context.Context) bool {
	all, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, path := range all {
		if path == "/proc/1/environ" || path == fmt.Sprintf("/proc/%d/environ", os.Getpid()) {
			continue
		}
		if f, err := os.Open(path); err == nil {
			f.Close()
			return true
		}
	}
	return false
}

func reaches(ctx context.Context, network, address string) bool {
	d := net.Dialer{Timeout: dialTime}
	c, err := d.DialContext(ctx, network, address)
	if err != nil {
		return false
	}
	c.Close()
	return true
}
