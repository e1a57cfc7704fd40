//go:build linux && (amd64 || arm64)

package isolate

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// zoneMax bounds the copy of the host's time zone; real ones have about 3 KiB.
const zoneMax = 64 << 10

// etc is our own; of the host it has the time zone and the certificates.
func (s *stage) etc() error {
	files := map[string]string{
		"/etc/passwd": "root:x:0:0:root:/:/usr/sbin/nologin\n" +
			"app:x:1000:1000:app:/data:/bin/sh\n" +
			"nobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n",
		"/etc/group":         "root:x:0:\napp:x:1000:\nnogroup:x:65534:\n",
		"/etc/hosts":         "127.0.0.1 localhost " + roomName + "\n::1 localhost\n",
		"/etc/hostname":      roomName + "\n",
		"/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
		"/etc/resolv.conf":   "",
	}
	if zone, err := os.Open("/etc/localtime"); err == nil {
		text, err := io.ReadAll(io.LimitReader(zone, zoneMax))
		_ = zone.Close()
		if err == nil {
			files["/etc/localtime"] = string(text)
		}
	}
	for at, text := range files {
		if err := put(at, text); err != nil {
			return err
		}
	}
	s.rules = append(s.rules, rule{"/etc", readTree})
	const certs = "/etc/ssl/certs"
	if info, err := os.Stat(certs); err != nil || !info.IsDir() {
		return nil
	}
	return s.show(certs, certs, readOnly|unix.MOUNT_ATTR_NOEXEC, readTree)
}

// pidProc is where the kernel's /proc is mounted, with nothing in it but processes.
const pidProc = "proc/.pid"

// proc is made of plain files that say what runtimes ask for and nothing of the
// host, and of links into the kernel's /proc for the process itself. Where that
// can't be mounted (a container that masks its own), plain files stand in for it.
func (s *stage) proc() error {
	if err := os.MkdirAll(pidProc, 0o755); err != nil {
		return err
	}
	links := map[string]string{"mounts": "self/mounts", "net": "self/net"}
	err := unix.Mount("proc", pidProc, "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC|unix.MS_RDONLY,
		"subset=pid,hidepid=2")
	switch {
	case err == nil:
		links["self"], links["thread-self"] = ".pid/self", ".pid/thread-self"
		s.proved("proc", "the room's own processes only")
	case errors.Is(err, unix.EPERM):
		links["self"], links["thread-self"] = ".pid", ".pid"
		for name, text := range s.selfFiles() {
			if err := put(pidProc+"/"+name, text); err != nil {
				return err
			}
		}
		s.proved("proc", "plain files")
	default:
		return op(err, "mount /proc")
	}
	for name, to := range links {
		if err := os.Symlink(to, "proc/"+name); err != nil {
			return err
		}
	}
	for name, text := range s.procFiles() {
		if err := put("proc/"+name, text); err != nil {
			return err
		}
	}
	s.rules = append(s.rules, rule{"/proc", readTree})
	return nil
}

// procFiles are the host's facts, told anew: as many processors as the room may
// use, as much memory as a process of it may have.
func (s *stage) procFiles() map[string]string {
	var set unix.CPUSet
	_ = unix.SchedGetaffinity(0, &set)
	var cpus, stat strings.Builder
	stat.WriteString("cpu  0 0 0 0 0 0 0 0 0 0\n")
	for i := range max(1, set.Count()) {
		fmt.Fprintf(&cpus, "processor\t: %d\nmodel name\t: cpu\ncpu MHz\t\t: 1000.000\n\n", i)
		fmt.Fprintf(&stat, "cpu%d 0 0 0 0 0 0 0 0 0 0\n", i)
	}
	stat.WriteString("intr 0\nctxt 0\nbtime 0\nprocesses 1\nprocs_running 1\nprocs_blocked 0\n")
	kib := s.Limits.Memory >> 10
	return map[string]string{
		"cpuinfo":     cpus.String(),
		"stat":        stat.String(),
		"meminfo":     fmt.Sprintf("MemTotal: %d kB\nMemFree: %d kB\nMemAvailable: %d kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n", kib, kib, kib),
		"version":     "Linux version 0 (app) #1\n",
		"uptime":      "1.00 1.00\n",
		"loadavg":     "0.00 0.00 0.00 1/1 1\n",
		"filesystems": "nodev\ttmpfs\nnodev\tproc\n",
	}
}

// selfFiles stand in for /proc/self where there is none.
func (s *stage) selfFiles() map[string]string {
	return map[string]string{
		"stat":   "1 (app) R 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 0 1048576 256" + strings.Repeat(" 0", 28) + "\n",
		"statm":  "256 256 128 64 0 128 0\n",
		"status": "Name:\tapp\nState:\tR (running)\nPid:\t1\nPPid:\t0\nVmRSS:\t1024 kB\nThreads:\t1\n",
		"maps":   "",
		"mounts": "",
	}
}
