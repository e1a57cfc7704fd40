//go:build linux

package cli_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/isolate/roomtest"
)

// What --json prints is one object of known keys; a script can count on it.
func TestDoctorJSON(t *testing.T) {
	roomtest.Need(t)
	r := run(t, "", "doctor", "--json")
	require.Zero(t, r.code, r.err)
	require.Empty(t, r.err)
	var got struct {
		Checks []map[string]string `json:"checks"`
	}
	in := json.NewDecoder(strings.NewReader(r.out))
	require.NoError(t, in.Decode(&got))
	require.False(t, in.More())
	require.Greater(t, len(got.Checks), 9)
	for _, c := range got.Checks {
		require.Len(t, c, 5, c)
		require.Contains(t, []string{"ok", "warn", "fail", "skip"}, c["status"])
		for _, key := range []string{"id", "tried", "means"} {
			require.NotEmpty(t, c[key], c)
		}
		require.Contains(t, c, "do")
	}
	require.Equal(t, "model.quarantine", got.Checks[len(got.Checks)-1]["id"])
	none := run(t, "", "doctor", "-o", "json", "--model", "none")
	require.Contains(t, none.out, `{"id":"model.planner","status":"skip","tried":"looked for no model",`)
	require.True(t, strings.HasPrefix(run(t, "", "doctor", "-o", "json").out, `{"checks":[{"id":"room.userns"`))
}

// spoilt is a shell line that makes a machine of its own on which a program may make
// no user namespaces, and runs the program there. What a fix changes is in folders
// of that machine alone.
const spoilt = `set -e
mount -t tmpfs none /etc/sysctl.d
echo 0 > /proc/sys/user/max_user_namespaces
set +e
`

// spoiltCommand is the program's command, to be run on such a machine by then.
func spoiltCommand(t *testing.T, then string) *exec.Cmd {
	t.Helper()
	roomtest.Need(t)
	if os.Geteuid() != 0 {
		t.Skip("only root is offered a fix")
	}
	if info, err := os.Stat("/etc/sysctl.d"); err != nil || !info.IsDir() {
		t.Skip("this machine has no /etc/sysctl.d")
	}
	cmd := command(t, []string{"LANG=C.UTF-8"})
	cmd.Path, cmd.Args = "/bin/sh", []string{"sh", "-c", spoilt + then, cmd.Path}
	one := []syscall.SysProcIDMap{{ContainerID: 0, HostID: 0, Size: 1}}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true,
		Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS, UidMappings: one, GidMappings: one}
	return cmd
}

// spoil starts such a machine on a terminal.
func spoil(t *testing.T, then string) *terminal {
	t.Helper()
	return onTerminal(t, 240, 60, spoiltCommand(t, then))
}

// A fix is made after a yes on the terminal, though standard input says yes all the
// time; and what it did, and how to take it back, is said.
func TestDoctorFixAsks(t *testing.T) {
	x := spoil(t, `yes | "$0" doctor --fix && exit 9; ls /etc/sysctl.d; cat /proc/sys/user/max_user_namespaces; echo over`)
	x.Sees("set user.max_user_namespaces from 0 to 15000", "[y/N]")
	x.Types("n\r")
	x.Sees("room.userns: left as it is", "over")
	require.NotContains(t, x.Text(), "60-user-namespaces.conf\n")
	require.Zero(t, x.ended())

	x = spoil(t, `"$0" doctor --fix; cat /etc/sysctl.d/*; cat /proc/sys/user/max_user_namespaces; echo over`)
	x.Sees("[y/N]")
	x.Types("y\r")
	s := x.Sees("room.userns: done; to take it back: rm /etc/sysctl.d/60-user-namespaces.conf && sysctl -w user.max_user_namespaces=0", "over")
	require.Contains(t, s, "user.max_user_namespaces = 15000\n15000\n")
	require.Contains(t, s, "ok    room.userns")
	require.Zero(t, x.ended())
}

// Without a terminal nothing is asked, and nothing is done.
func TestDoctorFixNeedsATerminal(t *testing.T) {
	out, err := spoiltCommand(t, `yes | "$0" doctor --fix; echo $?; ls /etc/sysctl.d`).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.True(t, strings.HasSuffix(string(out), "\n2\n"), "%s", out)
	require.Contains(t, string(out), "--fix asks on the terminal")
}
