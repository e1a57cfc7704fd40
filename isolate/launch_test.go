//go:build linux && (amd64 || arm64)

package isolate

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"secgpt/isolate/stage"
)

// A process that is a part of a room does its part before the rest of the program is
// initialised, whatever the program imports.
func TestPartsOfARoomComeFirst(t *testing.T) {
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = []string{stage.Name(stage.RoleStage)}
	cmd.Env = []string{"GODEBUG=inittrace=1", stage.RoleVar + "=" + stage.RoleStage}
	cmd.ExtraFiles = []*os.File{os.Stdin} // as its control: /dev/null, an empty stream
	out, _ := cmd.CombinedOutput()
	require.Contains(t, string(out), "init errors ")
	for _, late := range []string{"init fmt ", "init os ", "init golang.org/x/sys/unix ", "init github.com/stretchr/", "init net "} {
		require.NotContains(t, string(out), late, "package run is no longer among the first")
	}
}

// What runs in rooms can't be changed, not even by writing to the file it came from.
func TestTheCopyIsSealed(t *testing.T) {
	fd, err := sealed()
	require.NoError(t, err)
	seals, err := unix.FcntlInt(uintptr(fd), unix.F_GET_SEALS, 0)
	require.NoError(t, err)
	require.Equal(t, unix.F_SEAL_SEAL|unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_WRITE, seals&^0x20) // F_SEAL_EXEC may come with MFD_EXEC
	_, err = unix.Write(fd, []byte("x"))
	require.ErrorIs(t, err, syscall.EPERM)
	copied, err := os.ReadFile("/proc/self/fd/" + fmt.Sprint(fd))
	require.NoError(t, err)
	own, err := os.ReadFile("/proc/self/exe")
	require.NoError(t, err)
	require.Less(t, len(own)/4, len(copied))
	require.Equal(t, own[:len(copied)], copied)
}

// Where nothing can be run from memory there is no such copy, and so no room: the file
// itself could be written to.
func TestNoRoomWithoutTheCopy(t *testing.T) {
	if os.Getenv(outerMark) == "" {
		inOuterNamespaces(t)
		return
	}
	prepareOuter(t)
	const never = "2"
	err := os.WriteFile("/proc/sys/"+memorySwitch, []byte(never), 0)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) && os.Geteuid() != 0 {
		return // the kernel has no such switch, or one for root alone
	}
	require.NoError(t, err)
	_, err = Try(t.Context())
	var le *LayerError
	require.ErrorAs(t, err, &le)
	require.Equal(t, "launcher", le.Layer)
	require.ErrorContains(t, err, "memfd_create: ")
	require.Contains(t, le.Means(), "vm.memfd_noexec is 2")
	require.Contains(t, le.Remedy, "sysctl -w vm.memfd_noexec=1")
	require.Equal(t, CheckFail, byID(t, Diagnose(t.Context(), ""))["room.start"].Status)
	requireNobody(t)
}

// The launcher knows nothing of its parent: no environment, no descriptor.
func TestTheLauncherHoldsNoSecret(t *testing.T) {
	needRooms(t)
	t.Setenv("SECRET_TOKEN", "hunter2")
	require.NoError(t, open(t, shell("true")).Close())
	proc := "/proc/" + fmt.Sprint(launcher.process.Pid)
	env, err := os.ReadFile(proc + "/environ")
	require.NoError(t, err)
	require.Equal(t, strings.Join(stage.Env(stage.RoleLauncher), "\x00")+"\x00", string(env))
	links, err := os.ReadDir(proc + "/fd")
	require.NoError(t, err)
	for _, l := range links {
		to, err := os.Readlink(proc + "/fd/" + l.Name())
		require.NoError(t, err)
		require.True(t, to == os.DevNull || strings.HasPrefix(to, "socket:") || strings.HasPrefix(to, "anon_inode:"), l.Name()+" "+to)
	}
}

// Rooms live on without their launcher, and the next start makes another.
func TestTheLauncherMayDie(t *testing.T) {
	needRooms(t)
	r := open(t, shell("read x; echo $x"))
	dead := launcher.process.Pid
	require.NoError(t, launcher.process.Kill())
	out, exit := output(t, shell("echo next"))
	require.Equal(t, "next\n", out)
	require.Equal(t, Exit{}, exit)
	require.NotEqual(t, dead, launcher.process.Pid)
	_, err := r.In.Write([]byte("alive\n"))
	require.NoError(t, err)
	line := make([]byte, 6)
	_, err = r.Out.Read(line)
	require.NoError(t, err)
	require.Equal(t, "alive\n", string(line))
}

// A warm room is taken by a start, and another takes its place.
func TestWarmRooms(t *testing.T) {
	needRooms(t)
	ready := func(n int) func() bool {
		return func() bool {
			warm.Lock()
			defer warm.Unlock()
			return len(warm.ready) == n && !warm.filling
		}
	}
	Warm(2)
	defer func() {
		Warm(0)
		requireNobody(t)
	}()
	eventually(t, ready(2), "two rooms wait")
	warm.Lock()
	waiting := warm.ready[1].process.Pid
	warm.Unlock()
	s := testSpec("/bin/sh", "-c", "cat /data/own; id -u")
	s.Data = folder(t)
	require.NoError(t, os.WriteFile(s.Data+"/own", []byte("mine "), 0o644))
	if os.Geteuid() == 0 {
		require.NoError(t, os.Chown(s.Data, s.HostID, s.HostID))
	}
	r := open(t, s)
	require.Equal(t, waiting, r.process.Pid, "it was not taken")
	out, err := io.ReadAll(r.Out)
	require.NoError(t, err)
	require.Equal(t, "mine 1000\n", string(out))
	eventually(t, ready(2), "another waits")
}

// One that died while it waited is not given out.
func TestWarmRoomThatDied(t *testing.T) {
	needRooms(t)
	Warm(1)
	defer Warm(0)
	eventually(t, func() bool { warm.Lock(); defer warm.Unlock(); return len(warm.ready) == 1 }, "it waits")
	require.NoError(t, unix.Kill(warm.ready[0].process.Pid, unix.SIGKILL))
	eventually(t, func() bool { return !warm.ready[0].waits() }, "it is gone")
	out, exit := output(t, shell("echo up"))
	require.Equal(t, "up\n", out)
	require.Equal(t, Exit{}, exit)
}

// One that is being begun is gone too when Warm(0) returns, whenever that comes.
func TestWarmRoomsEndWhileTheyBegin(t *testing.T) {
	needRooms(t)
	Warm(0)
	_, err := Try(t.Context())
	require.NoError(t, err)
	before := fdKinds("/proc/self")
	for range 50 {
		Warm(2)
		_, _ = unix.Poll(nil, rand.IntN(4))
		Warm(0)
		require.Equal(t, before, fdKinds("/proc/self"))
		requireNobody(t)
	}
}

// Warm rooms and the launcher end with a parent that is killed, also if they are
// stopped and can do nothing for it.
func TestWarmRoomsDieWithTheirParent(t *testing.T) {
	needRooms(t)
	parent := exec.CommandContext(t.Context(), "/proc/self/exe", "warm")
	out, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	var launcher, stage int
	_, err = fmt.Fscan(out, &launcher, &stage)
	require.NoError(t, err)
	for _, pid := range []int{launcher, stage} {
		require.NoError(t, unix.Kill(pid, unix.SIGSTOP))
		t.Cleanup(func() { // a stopped process would stay for good where this goes red, as under a mutant
			if t.Failed() && !ended(pid) {
				_ = unix.Kill(pid, unix.SIGKILL)
			}
		})
	}
	require.NoError(t, parent.Process.Kill())
	_ = parent.Wait()
	for _, pid := range []int{launcher, stage} {
		eventually(t, func() bool { return ended(pid) }, "%d lives on", pid)
	}
}

// ended is true of a process that nobody has waited for yet, too.
func ended(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(state, "Z") || strings.HasPrefix(state, "X")
}

// warmMode is a program that keeps a room warm, says which processes that takes, and
// is then killed.
func warmMode([]string) {
	Warm(1)
	for {
		warm.Lock()
		if len(warm.ready) == 1 {
			say("%d %d", launcher.process.Pid, warm.ready[0].process.Pid)
			warm.Unlock()
			_ = unix.Pause()
		}
		warm.Unlock()
		_, _ = unix.Poll(nil, 1)
	}
}

// A person's environment starts no part of a room.
func TestTheEnvironmentAloneIsNoRole(t *testing.T) {
	for _, role := range []string{stage.RoleLauncher, stage.RoleStage, stage.RoleHolder, stage.RoleInit} {
		cmd := exec.Command("/proc/self/exe", "say")
		cmd.Env = append(os.Environ(), stage.RoleVar+"="+role)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, role)
		require.Equal(t, "said\n", string(out), role)
	}
}
