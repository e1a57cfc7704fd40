//go:build linux && (amd64 || arm64)

package isolate

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// landlockRows use each right of Landlock at a place of each kind of rule. Mostly a
// mount or the filter refuses first: that Landlock would, too, is seen where these are
// off, which bench/roommutants does. So the rows have no control of their own.
func landlockRows() (all []row) {
	for _, p := range []struct{ at, folder, granted string }{
		{at: "", folder: "/etc"}, {at: "/etc", folder: "/etc/ssl"}, {at: "/dev", folder: "/dev/shm"},
		{at: "/mnt/granted", folder: "/mnt/granted/.git", granted: "only"}, {at: "/mnt/shared", granted: "only"}, {at: "/tmp"},
	} {
		for _, r := range rightsAt(p.at, p.folder) {
			r.Alike = "a second lock: see bench/roommutants"
			if r.Want == "" {
				r.Want = "EROFS|EACCES|ENOENT"
			}
			if at := " at /mnt/granted/"; r.ID == "L01 read"+at || r.ID == "L01 run"+at {
				r.Want = "ok"
			}
			if p.granted != "" {
				r.Want, r.Granted = "", r.Want
			}
			all = append(all, r)
		}
	}
	return all
}

// rightsAt are the rows about one place. A file called program is there in some rooms.
// Where nothing is read-only, only what is refused everywhere is asked for.
func rightsAt(at, folder string) []row {
	use := func(right string, do ...step) row {
		return row{ID: "L01 " + right + " at " + at + "/", Do: do}
	}
	node := func(right string, kind int) row {
		return use(right, sys(unix.SYS_MKNODAT, here, at+"/"+strings.ReplaceAll(right, " ", "-"), kind|0o600, 0))
	}
	program, fresh := at+"/program", at+"/fresh"
	device, disk, socket, pipe := node("make a device", unix.S_IFCHR), node("make a disk", unix.S_IFBLK),
		node("make a socket", unix.S_IFSOCK), node("make a pipe", unix.S_IFIFO)
	device.Want, disk.Want, socket.Want = "EPERM", "EPERM", "EPERM"
	if at == "/tmp" {
		return []row{device, disk}
	}
	if at == "/mnt/shared" {
		pipe.Want = "EACCES"
		return []row{device, disk, socket, pipe}
	}
	open := sys(unix.SYS_FCHMODAT, here, program, 0o755).may() // as the owner, who is not kept from that
	return []row{
		device, disk, socket, pipe,
		use("read", open, opens(program, unix.O_RDONLY)),
		use("write", open, opens(program, unix.O_WRONLY)),
		use("truncate", open, sys(unix.SYS_TRUNCATE, program, 3)),
		use("run", open, run(program)),
		use("make a folder", sys(unix.SYS_MKDIRAT, here, at+"/new-folder", 0o700)),
		use("make a link", sys(unix.SYS_SYMLINKAT, "x", here, at+"/new-link")),
		// What is made may still not be opened.
		use("make a file", opens(fresh, unix.O_CREAT|unix.O_RDONLY).may(), sys(unix.SYS_FACCESSAT, here, fresh, 0)),
		use("remove a folder", sys(unix.SYS_UNLINKAT, here, folder, unix.AT_REMOVEDIR)),
		use("remove a file", sys(unix.SYS_UNLINKAT, here, program, 0)),
	}
}

// privateRows ask how much each private file system holds and whom it is open to.
func privateRows() (all []row) {
	for _, p := range []struct {
		at, names, size string
		mode            int
	}{
		{"/", "512", "1048576", 0o755}, {"/tmp", "16384", "67108864", 0o700}, {"/dev/shm", "16384", "67108864", 0o700}, {"/data", "16384", "67108864", 0o700},
	} {
		asked := sys(unix.SYS_STATFS, p.at, zeros(120))
		all = append(all,
			row{ID: "M02 names in " + p.at, Do: []step{asked, figures(1, 2, 40, 8, 1)}, Want: p.names},
			row{ID: "M02 size of " + p.at, Do: []step{asked, figures(1, 2, 8, 8, 2)}, Want: p.size, Judge: product},
			row{ID: "M03 mode of " + p.at, Do: []step{sys(unix.SYS_STATX, here, p.at, 0, unix.STATX_MODE, zeros(256)), figures(1, 5, 28, 2, 1)},
				Want: strconv.Itoa(unix.S_IFDIR | p.mode)})
		if p.at == "/" {
			all[len(all)-1].Alike = "most machines have the same"
		}
	}
	for _, at := range []string{"/etc", "/dev", "/proc", "/.room"} {
		all = append(all, row{ID: "M03 mode of " + at, Do: []step{sys(unix.SYS_STATX, here, at, 0, unix.STATX_MODE, zeros(256)), figures(1, 5, 28, 2, 1)},
			Want: strconv.Itoa(unix.S_IFDIR | 0o755), Alike: "most machines have the same"})
	}
	return all
}

func product(text string) string {
	var a, b int
	if n, _ := fmt.Sscan(text, &a, &b); n != 2 {
		return text
	}
	return strconv.Itoa(a * b)
}

// shownIfThere are the trees of the system that not every machine has.
func shownIfThere() (there []string) {
	for _, at := range []string{"/usr/local/var", "/etc/alternatives", "/etc/ld.so.cache", "/etc/ssl/openssl.cnf", "/bin", "/sbin", "/lib", "/lib64"} {
		if info, err := os.Lstat(at); err == nil && info.Mode()&os.ModeSymlink == 0 {
			there = append(there, at)
		}
	}
	return there
}

// secondRows are what the filter refuses, and what something else would, too.
func secondRows() []row {
	return []row{
		{ID: "K07 key of the hub", Do: []step{sys(unix.SYS_KEYCTL, unix.KEYCTL_SEARCH, unix.KEY_SPEC_SESSION_KEYRING, "user", "person", 0)}, Want: "ENOSYS"},
		{ID: "K08 user namespace of a child", Do: []step{run("/usr/bin/unshare", "--user", "echo", "made")}, Want: "ok"},
		{ID: "K16 secure bits, asked for", Do: []step{sys(unix.SYS_PRCTL, unix.PR_GET_SECUREBITS, 0, 0, 0, 0)}, Want: "EPERM"},
		{ID: "A23 ioctl of a device", Do: []step{opens("/dev/null", unix.O_RDONLY), sys(unix.SYS_IOCTL, res(1), unix.TCGETS, zeros(64))}, Want: "EACCES"},
		// By the signals that end a Go program, unless it has been told not to take them.
		{ID: "D03 end process 1", Do: []step{sys(unix.SYS_KILL, 1, int(unix.SIGTERM)), sys(unix.SYS_KILL, 1, int(unix.SIGQUIT)),
			sys(unix.SYS_KILL, 1, int(unix.SIGHUP)), opens("/dev/null", unix.O_RDONLY)}, Want: "ok", Alike: "process 1 of the throwaway is the test"},
		{ID: "D17 signals that the hub ignores", Do: []step{run("/bin/sh", "-c", "kill -HUP $$; echo alive")}, Want: "ok", Alike: "only an odd hub ignores one"},
		// Where a buffer of a stream begins, of the three numbers that the room has for it.
		{ID: "R09 buffer to receive", Do: buffer(unix.SO_RCVBUF), Want: "65536"},
		{ID: "R09 buffer to send", Do: buffer(unix.SO_SNDBUF), Want: "65536"},
		{ID: "R08 watches", Alone: true, Want: "ENOSPC", Do: []step{sys(unix.SYS_INOTIFY_INIT1, 0),
			{Kind: "call", Nr: unix.SYS_SYMLINKAT, Repeat: manyWatches, Args: []arg{{B: []byte("x\x00")}, {I: here}, formatted("/tmp/watched%d", 0)}},
			{Kind: "call", Nr: unix.SYS_INOTIFY_ADD_WATCH, Repeat: manyWatches, Args: []arg{{R: 1}, formatted("/tmp/watched%d", 0),
				{I: unix.IN_MODIFY | unix.IN_DONT_FOLLOW}}}}},
	}
}

func buffer(option int) []step {
	return []step{sys(unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0),
		sys(unix.SYS_GETSOCKOPT, res(1), unix.SOL_SOCKET, option, zeros(8), []byte{4, 0, 0, 0}), figures(2, 4, 0, 4, 1)}
}

// manyWatches is a little more than a room may watch.
const manyWatches = 8200
