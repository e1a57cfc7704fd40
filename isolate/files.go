//go:build linux && (amd64 || arm64)

package isolate

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"secgpt/isolate/stage"
)

// zoneMax bounds the copy of the host's time zone; real ones have about 3 KiB.
const zoneMax = 64 << 10

// files are the small files that all rooms have. Of the host, /etc has the time zone.
func (p *plan) files() {
	p.put("/etc/passwd", "root:x:0:0:root:/:/usr/sbin/nologin\n"+
		"app:x:1000:1000:app:/data:/bin/sh\n"+
		"nobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n")
	p.put("/etc/group", "root:x:0:\napp:x:1000:\nnogroup:x:65534:\n")
	p.put("/etc/hostname", stage.RoomName+"\n")
	p.put("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n")
	p.put("/etc/resolv.conf", "options timeout:1 attempts:1\n") // nobody answers: say so soon
	if text := zoneFile(); text != "" {
		p.put("/etc/localtime", text)
	}
	p.put(stage.Canary, "closed\n")
	for name, text := range procFiles() {
		p.put("/proc/"+name, text)
	}
	for name, text := range selfFiles() {
		p.Proc = append(p.Proc, stage.Pair{Name: name, Text: text})
	}
	p.Rules = append(p.Rules, stage.Rule{At: "/etc", Access: stage.ReadTree}, stage.Rule{At: "/proc", Access: stage.ReadTree})
}

// ownFiles are those that depend on what was asked for.
func (p *plan) ownFiles(hosts []Host, l Limits) {
	p.put("/etc/hosts", hostsFile(hosts))
	p.put("/proc/meminfo", meminfo(l))
}

func (p *plan) put(at, text string) { p.Files = append(p.Files, stage.Pair{Name: at, Text: text}) }

func zoneFile() string {
	zone, err := os.Open("/etc/localtime")
	if err != nil {
		return ""
	}
	defer func() { _ = zone.Close() }()
	text, err := io.ReadAll(io.LimitReader(zone, zoneMax))
	if err != nil {
		return ""
	}
	return string(text)
}

// v8Quick is the least memory of a machine on which V8 copies the code of its builtins
// beside the code that calls them. On a smaller one Node computes a tenth longer.
const v8Quick = 4 << 30

// meminfo tells of as much free memory as a process of the room may have. The whole
// memory is only a size by which programs choose how they work; what they may take is
// held elsewhere.
func meminfo(l Limits) string {
	free, whole := l.Memory>>10, max(l.Memory, v8Quick)>>10
	return fmt.Sprintf("MemTotal: %d kB\nMemFree: %d kB\nMemAvailable: %d kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n", whole, free, free)
}

// procFiles are the host's facts, told anew: as many processors as a room may use.
func procFiles() map[string]string {
	var set unix.CPUSet
	_ = unix.SchedGetaffinity(0, &set)
	var cpus, stat strings.Builder
	stat.WriteString("cpu  0 0 0 0 0 0 0 0 0 0\n")
	for i := range max(1, set.Count()) {
		fmt.Fprintf(&cpus, "processor\t: %d\nmodel name\t: cpu\ncpu MHz\t\t: 1000.000\n\n", i)
		fmt.Fprintf(&stat, "cpu%d 0 0 0 0 0 0 0 0 0 0\n", i)
	}
	stat.WriteString("intr 0\nctxt 0\nbtime 0\nprocesses 1\nprocs_running 1\nprocs_blocked 0\n")
	return map[string]string{
		"cpuinfo":     cpus.String(),
		"stat":        stat.String(),
		"version":     "Linux version 0 (app) #1\n",
		"uptime":      "1.00 1.00\n",
		"loadavg":     "0.00 0.00 0.00 1/1 1\n",
		"filesystems": "nodev\ttmpfs\nnodev\tproc\n",
	}
}

// selfFiles stand in for /proc/self where there is none.
func selfFiles() map[string]string {
	return map[string]string{
		"stat":   "1 (app) R 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 0 1048576 256 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
		"statm":  "256 256 128 64 0 128 0\n",
		"status": "Name:\tapp\nState:\tR (running)\nPid:\t1\nPPid:\t0\nVmRSS:\t1024 kB\nThreads:\t1\n",
		"maps":   "",
		"mounts": "",
	}
}
