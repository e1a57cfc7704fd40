//go:build linux && (amd64 || arm64)

package isolate

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/unix"
)

func raw(nr uintptr, args ...uintptr) error {
	var a [6]uintptr
	copy(a[:], args)
	if _, _, no := unix.RawSyscall6(nr, a[0], a[1], a[2], a[3], a[4], a[5]); no != 0 {
		return no
	}
	return nil
}

func try(nr uintptr, args ...uintptr) func() error {
	return func() error { return raw(nr, args...) }
}

func reads(path string) func() error { return opens(path, unix.O_RDONLY) }

func opens(path string, flags int) func() error {
	return func() error {
		fd, err := unix.Open(path, flags|unix.O_CLOEXEC, 0o600)
		if err == nil {
			_ = unix.Close(fd)
		}
		return err
	}
}

func makes(domain, kind, proto int) func() error {
	return func() error {
		_, err := unix.Socket(domain, kind|unix.SOCK_CLOEXEC, proto)
		return err
	}
}

func dials(to unix.Sockaddr) func() error {
	return func() error {
		domain := unix.AF_INET
		switch to.(type) {
		case *unix.SockaddrInet6:
			domain = unix.AF_INET6
		case *unix.SockaddrUnix:
			domain = unix.AF_UNIX
		}
		fd, err := unix.Socket(domain, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		return unix.Connect(fd, to)
	}
}

// pathArg keeps its text alive for the life of the process.
func pathArg(path string) uintptr {
	p, _ := unix.BytePtrFromString(path)
	kept = append(kept, p)
	return uintptr(unsafe.Pointer(p))
}

var kept []*byte

// fill writes until there is no more room; much more than a room has.
func fill(path string) func() error {
	return func() error {
		chunk := make([]byte, 1<<20)
		fd, err := unix.Open(path, unix.O_CREAT|unix.O_WRONLY, 0o600)
		for range 4096 {
			if err == nil {
				_, err = unix.Write(fd, chunk)
			}
		}
		_ = unix.Unlink(path)
		return err
	}
}

func manyNames() error {
	dir := "/tmp/names"
	defer func() { _ = os.RemoveAll(dir) }()
	if err := unix.Mkdir(dir, 0o700); err != nil {
		return err
	}
	for i := range 1 << 20 {
		if err := unix.Mknod(filepath.Join(dir, "x"), 0, 0); err == nil {
			return fmt.Errorf("mknod worked")
		}
		fd, err := unix.Open(fmt.Sprintf("%s/%d", dir, i), unix.O_CREAT|unix.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		_ = unix.Close(fd)
	}
	return nil
}

func manyFiles() error {
	for range 1 << 16 {
		if _, err := unix.Dup(0); err != nil {
			return err
		}
	}
	return nil
}

func manyProcesses() error {
	var all []*exec.Cmd
	defer func() {
		for _, c := range all {
			_ = c.Process.Kill()
			_ = c.Wait()
		}
	}()
	for range 1000 {
		c := exec.Command("/bin/sleep", "1000")
		if err := c.Start(); err != nil {
			if pe, ok := err.(*os.PathError); ok {
				return pe.Err.(unix.Errno)
			}
			return err
		}
		all = append(all, c)
	}
	return nil
}

func memoryBomb() error {
	_, err := unix.Mmap(-1, 0, 4<<30, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	return err
}

func bigFile() error {
	signal.Ignore(unix.SIGXFSZ)
	fd, err := unix.Open("/data/big", unix.O_CREAT|unix.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return unix.Fallocate(fd, 0, 0, 1<<40)
}

func linkOut() error {
	link := "/tmp/link"
	_ = unix.Unlink(link)
	if err := unix.Symlink(os.Getenv("PLANTED"), link); err != nil {
		return err
	}
	return reads(link)()
}

func hostNameOf() error {
	var u unix.Utsname
	_ = unix.Uname(&u)
	return fmt.Errorf("%s", unix.ByteSliceToString(u.Nodename[:]))
}

func modeOf(call func(path string) error) func() error {
	return func() error {
		path := filepath.Join(os.TempDir(), fmt.Sprintf("mode%d", os.Getpid()))
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			return err
		}
		defer func() { _ = os.Remove(path) }()
		return call(path)
	}
}

// onFile makes a call of fcntl on a file that is only read.
func onFile(command, arg uintptr) error {
	fd, err := unix.Open("/proc/self/exe", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	return raw(unix.SYS_FCNTL, uintptr(fd), command, arg)
}

func oomScore() error {
	text, _ := os.ReadFile("/proc/self/oom_score_adj")
	return fmt.Errorf("%s", text)
}

func manyWatchers() error {
	for n := range 1 << 16 {
		if _, err := unix.InotifyInit1(unix.IN_CLOEXEC); err != nil {
			return fmt.Errorf("%s after %d", unix.ErrnoName(err.(unix.Errno)), n)
		}
	}
	return nil
}

func coreLimit() error {
	var now [2]uint64
	if err := raw(unix.SYS_GETRLIMIT, unix.RLIMIT_CORE, uintptr(unsafe.Pointer(&now))); err != nil {
		return err
	}
	return fmt.Errorf("%d of %d", now[0], now[1])
}
