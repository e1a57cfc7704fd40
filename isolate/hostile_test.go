//go:build linux && (amd64 || arm64)

package isolate

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// The battery: each action is a process in a room that does one hostile thing and
// says what came of it: the name of an errno, "ok", or the signal that ended it.
// An action that is harmless without a room is also tried there, where it must
// come to something else, so that a test that can't fail is found.
//
// What would hurt the machine if a room leaked runs in namespaces that the test
// makes for it first; the rooms are inside of these.

// A hostile is one action of the battery.
type hostile struct {
	id   string
	do   func() error
	want string // alternatives are split by "|": the owner of a file may get another errno
	free bool   // harmless without a room, where it must answer something else
}

func find(id string) *hostile {
	list := actions()
	i := slices.IndexFunc(list, func(a hostile) bool { return a.id == id })
	if i < 0 {
		return nil
	}
	return &list[i]
}

// hostileMode does one action and says how it went.
func hostileMode(args []string) {
	a := find(args[0])
	if a == nil || !a.free && !Inside() {
		say("no such action here")
		return
	}
	err := a.do()
	no, isErrno := err.(unix.Errno)
	switch {
	case err == nil:
		say("ok")
	case isErrno:
		say("%s", unix.ErrnoName(no))
	default:
		say("%v", err)
	}
}

// battery is process 1 of a room: it runs every action as a child of its own and
// answers with a JSON object.
func battery([]string) {
	answers := map[string]string{}
	for _, a := range actions() {
		answers[a.id] = outcome(SelfPath, a.id)
	}
	_ = json.NewEncoder(os.Stdout).Encode(answers)
}

func outcome(binary, id string) string {
	cmd := exec.Command(binary, "hostile", id)
	cmd.Env = append(os.Environ(), quick)
	out, err := cmd.Output()
	if cmd.ProcessState != nil {
		if ws := cmd.ProcessState.Sys().(syscall.WaitStatus); ws.Signaled() {
			return ws.Signal().String()
		}
	}
	if err != nil {
		return fmt.Sprintf("%v %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestHostileActions(t *testing.T) {
	if os.Getenv(outerMark) == "" {
		inOuterNamespaces(t)
		return
	}
	prepareOuter(t)
	planted := filepath.Join(folder(t), "secret")
	require.NoError(t, os.WriteFile(planted, []byte("planted"), 0o644))
	before, err := os.ReadFile("/proc/self/mountinfo")
	require.NoError(t, err)

	s := testSpec(Self, "battery")
	s.Env = append(s.Env, "PLANTED="+planted)
	r := open(t, s)
	text, err := io.ReadAll(r.Out)
	require.NoError(t, err)
	require.Equal(t, Exit{}, r.Wait(), "%s", r.Stderr())
	var got map[string]string
	require.NoError(t, json.Unmarshal(text, &got), "%s", text)

	t.Setenv("PLANTED", planted)
	for _, a := range actions() {
		t.Run(a.id, func(t *testing.T) {
			require.Contains(t, strings.Split(a.want, "|"), got[a.id])
			if a.free {
				require.NotContains(t, strings.Split(a.want, "|"), outcome("/proc/self/exe", a.id), "it says the same without a room")
			}
		})
	}

	// What is around the room is as it was.
	after, err := os.ReadFile("/proc/self/mountinfo")
	require.NoError(t, err)
	require.Equal(t, string(before), string(after))
	name, err := os.Hostname()
	require.NoError(t, err)
	require.Equal(t, "outer", name)
	secret, err := os.ReadFile(planted)
	require.NoError(t, err)
	require.Equal(t, "planted", string(secret))
	t.Logf("%d actions", len(got))
}

// Every call that the policy names without a condition, and every number that it
// does not name, asked of the kernel with arguments of zero: the answer is the
// policy's. (Calls that are let through are not made, nor those that the kernel
// keeps from every filter.)
func sweep() error {
	p := policy()
	for nr := range uintptr(1024) {
		v, named := p[nr]
		if !named {
			v.otherwise = noCall
		}
		if slices.Contains(unfiltered, nr) || len(v.branches) > 0 || v.otherwise == allow || v.otherwise == kill {
			continue
		}
		_, _, got := unix.RawSyscall6(nr, 0, 0, 0, 0, 0, 0)
		if errno(got) != v.otherwise {
			return fmt.Errorf("call %d answers %s", nr, unix.ErrnoName(got))
		}
	}
	return nil
}

// leaked looks for descriptors beyond the first three and those of Go's own poller.
func leaked() error {
	for fd := uintptr(3); fd < 4096; fd++ {
		if _, err := unix.FcntlInt(fd, unix.F_GETFD, 0); err != nil {
			continue
		}
		is, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
		if err != nil || !strings.HasPrefix(is, "anon_inode:[event") {
			return fmt.Errorf("descriptor %d is %s (%v)", fd, is, err)
		}
	}
	return nil
}

// environment looks for what was not given.
func environment() error {
	for _, e := range os.Environ() {
		if name, _, _ := strings.Cut(e, "="); !slices.Contains([]string{"PATH", "HOME", "PLANTED", "GORACE"}, name) {
			return fmt.Errorf("%s is set", name)
		}
	}
	return nil
}
