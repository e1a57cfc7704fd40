package ask

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// The sizes of the work: each takes a tenth of a second or more, so that the start
// of a room is not what is seen.
const (
	hashed    = 256 << 20 // bytes
	smallFile = 200       // bytes, as a note or a contact has
	forks     = 200
	loops     = 20000 // of each system call, five times
)

// Work does the named work in the working folder and writes its own time in
// nanoseconds, as a JSON number a line, or an object of numbers for calls.
//
//	cpu         sha256 over memory
//	files N     N small files are written, read and deleted, for each line of in
//	forks       a shell runs /bin/true 200 times
//	calls       getppid, stat, open and close
//	touch N     N MiB of shared memory, with other lines: see touch
func Work(args []string, in io.Reader, out io.Writer) error {
	began := time.Now()
	var err error
	switch {
	case len(args) == 1 && args[0] == "cpu":
		err = hash()
	case len(args) == 2 && args[0] == "files":
		n, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		return parts(n, in, out)
	case len(args) == 1 && args[0] == "forks":
		script := fmt.Sprintf("i=0; while [ $i -lt %d ]; do /bin/true; i=$((i+1)); done", forks)
		err = exec.Command("/bin/sh", "-c", script).Run()
	case len(args) == 1 && args[0] == "calls":
		took, err := calls()
		if err != nil {
			return err
		}
		return json.NewEncoder(out).Encode(took)
	case len(args) == 2 && args[0] == "touch":
		n, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		return touch(n, out)
	default:
		err = fmt.Errorf("%q is no work", args)
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(time.Since(began).Nanoseconds())
}

func hash() error {
	block := make([]byte, 1<<20)
	h := sha256.New()
	for range hashed / len(block) {
		h.Write(block)
	}
	if h.Size() != sha256.Size {
		return fmt.Errorf("a sum of %d bytes", h.Size())
	}
	return nil
}

func files(n int) error {
	text := make([]byte, smallFile)
	name := func(i int) string { return "small-" + strconv.Itoa(i) }
	for i := range n {
		if err := os.WriteFile(name(i), text, 0o600); err != nil {
			return err
		}
	}
	for i := range n {
		got, err := os.ReadFile(name(i))
		if err != nil {
			return err
		}
		if len(got) != smallFile {
			return fmt.Errorf("%s has %d bytes", name(i), len(got))
		}
	}
	for i := range n {
		if err := os.Remove(name(i)); err != nil {
			return err
		}
	}
	return nil
}

// calls measures single system calls, in nanoseconds: the best of five batches, as
// only noise can make one slower.
func calls() (map[string]float64, error) {
	runtime.LockOSThread()
	const path = "/usr/bin/true"
	took := map[string]float64{}
	for name, call := range map[string]func() error{
		"getppid": func() error { _, _, _ = unix.RawSyscall(unix.SYS_GETPPID, 0, 0, 0); return nil },
		"stat":    func() error { return unix.Stat(path, new(unix.Stat_t)) },
		"open+close": func() error {
			fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
			if err != nil {
				return err
			}
			return unix.Close(fd)
		},
	} {
		for range 5 {
			began := time.Now()
			for range loops {
				if err := call(); err != nil {
					return nil, fmt.Errorf("%s of %s: %w", name, path, err)
				}
			}
			ns := float64(time.Since(began).Nanoseconds()) / loops
			if best, ok := took[name]; !ok || ns < best {
				took[name] = ns
			}
		}
	}
	return took, nil
}
