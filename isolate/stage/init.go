//go:build linux && (amd64 || arm64)

package stage

import "syscall"

// Init is process 1 of a room in which somebody else's program runs: it is under
// all of the program's own locks, starts it, takes in what that leaves behind, and
// ends as it ends; the kernel then ends everything else in the room. A signal is
// told as 128 and its number, as shells do. It never returns.
//
// The program is the process's arguments after the first.
func Init(argv, env []string) {
	if err := VerifyThread(); err != nil {
		complain("not locked: " + err.Error())
		exit(ExitUnlocked)
	}
	// An exec forgets that the process was not to be looked into.
	if _, err := prctl(prSetDumpable, 0, 0); err != nil {
		exit(ExitUnlocked)
	}
	DefaultSignals()
	pid, err := syscall.ForkExec(argv[0], argv, &syscall.ProcAttr{
		Env: env, Files: []uintptr{0, 1, 2}, Sys: &syscall.SysProcAttr{Setsid: true}})
	if err != nil {
		complain("can't run " + argv[0] + ": " + reason(err))
		exit(CannotRun)
	}
	for fd := range 3 {
		_ = syscall.Close(fd) // their ends are the program's to close
	}
	for {
		var ws syscall.WaitStatus
		got, err := syscall.Wait4(-1, &ws, 0, nil)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			exit(ExitUnlocked)
		case got != pid:
		case ws.Signaled():
			exit(128 + int(ws.Signal()))
		default:
			exit(ws.ExitStatus())
		}
	}
}

// CannotRun is the exit code of an Init whose program can't be run, as in shells.
const CannotRun = 126

func reason(err error) string {
	if err == syscall.ENOEXEC {
		return "it is no program for this machine, nor a script that begins with #!"
	}
	return err.Error()
}

func complain(text string) { _, _ = syscall.Write(2, []byte(text+"\n")) }

// Called tells whether this process was started for a role, and not only with the
// variable that names it. In a room without a /proc to read, it believes that.
func Called(role string) bool {
	argv, err := commandLine()
	return err != nil || argv[0] == Name(role)
}

// Name is argument 0 of a process for a role.
func Name(role string) string { return "isolate:" + role }

// RunInit is Init for this very process, by its command line. Where the room has no
// /proc to read it from, it returns, and isolate.Main does the same a little later.
func RunInit() {
	if argv, err := commandLine(); err == nil && len(argv) > 1 {
		Init(argv[1:], OwnEnv())
	}
}

// OwnEnv is this process's environment without what was meant for process 1.
func OwnEnv() []string {
	env := syscall.Environ()
	own := env[:0]
	for _, e := range env {
		if len(e) <= len(RoleVar) || e[:len(RoleVar)+1] != RoleVar+"=" {
			own = append(own, e)
		}
	}
	return own
}

func commandLine() ([]string, error) {
	fd, err := syscall.Open("/proc/self/cmdline", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = syscall.Close(fd) }()
	var text []byte
	buf := make([]byte, 16<<10)
	for {
		n, err := syscall.Read(fd, buf)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			break
		}
		text = append(text, buf[:n]...)
	}
	var argv []string
	from := 0
	for i, c := range text {
		if c == 0 {
			argv, from = append(argv, string(text[from:i])), i+1
		}
	}
	if len(argv) == 0 {
		return nil, wrong("no command line")
	}
	return argv, nil
}
