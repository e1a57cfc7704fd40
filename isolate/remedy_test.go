//go:build linux && (amd64 || arm64)

package isolate

import (
	"bytes"
	"errors"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestRemedies(t *testing.T) {
	clone := func(no syscall.Errno) *LayerError { return &LayerError{Layer: "user namespace", Op: "clone", Err: no} }
	sysctl := func(name, value string) facts {
		return facts{exe: "/opt/secgpt", sysctl: map[string]string{name: value}}
	}
	for name, c := range map[string]struct {
		f    facts
		e    *LayerError
		want string
	}{
		"no namespaces":   {sysctl(countSwitch, "0"), clone(syscall.ENOSPC), "sudo sysctl -w user.max_user_namespaces=15000"},
		"too few":         {sysctl(countSwitch, "100"), clone(syscall.ENOSPC), "user.max_mnt_namespaces=15000"},
		"debian":          {sysctl(debianSwitch, "0"), clone(syscall.EPERM), "kernel.unprivileged_userns_clone=1"},
		"ubuntu, clone":   {sysctl(appArmorSwitch, "1"), clone(syscall.EACCES), "/etc/apparmor.d/secgpt && sudo apparmor_parser -r"},
		"ubuntu, later":   {sysctl(appArmorSwitch, "1"), &LayerError{Layer: "mounts", Op: "mount", Err: syscall.EPERM}, "apparmor_parser"},
		"ubuntu, root":    {facts{root: true, sysctl: map[string]string{appArmorSwitch: "1"}}, clone(syscall.EPERM), ""},
		"ubuntu, allowed": {sysctl(appArmorSwitch, "0"), clone(syscall.EPERM), ""},
		"container":       {facts{container: true}, clone(syscall.EPERM), "--security-opt seccomp=unconfined"},
		"filtered":        {facts{container: true}, clone(syscall.ENOSYS), "--security-opt seccomp=unconfined"},
		"nested":          {facts{}, clone(syscall.EUSERS), "nested too deeply"},
		"old kernel":      {facts{}, clone(syscall.EINVAL), "5.13 or later"},
		"no landlock":     {facts{}, &LayerError{Layer: "landlock", Err: syscall.EOPNOTSUPP}, "add landlock to lsm="},
		"unknown":         {facts{}, clone(syscall.EIO), ""},
	} {
		got := remedy(c.f, c.e)
		require.Contains(t, got, c.want, name)
		require.NotContains(t, got, "\n", name)
		if c.want == "" {
			require.Empty(t, got, name)
		}
	}
}

// The remedy for AppArmor is a line for a shell; what it would install is a
// profile for the very path of the binary.
func TestAppArmorProfile(t *testing.T) {
	for exe, path := range map[string]string{
		"/opt/secgpt":                      "/opt/secgpt",
		"/home/o'hara/my apps/100%/secgpt": "/home/o'hara/my apps/100%/secgpt",
		"/tmp/go-build12/b001/exe/secgpt":  "/usr/local/bin/secgpt",
	} {
		line := appArmorRemedy(exe)
		require.Equal(t, strings.Contains(exe, "go-build"), strings.HasPrefix(line, "go build -o secgpt . && sudo install secgpt /usr/local/bin/secgpt && "))
		line = line[strings.Index(line, "printf"):]
		printed := exec.Command("/bin/bash", "-c", line[:strings.Index(line, " | sudo")])
		out, err := printed.Output()
		require.NoError(t, err)
		require.Equal(t, "abi <abi/4.0>,\ninclude <tunables/global>\nprofile secgpt \""+path+"\" flags=(unconfined) {\n  userns,\n}\n", string(out))
	}
}

func TestLayerErrorNamesWhatIsMissing(t *testing.T) {
	var e error = &LayerError{Layer: "landlock", Op: "landlock_create_ruleset", Err: syscall.ENOSYS}
	require.EqualError(t, e, "the landlock layer can't be had: landlock_create_ruleset: function not implemented")
	require.ErrorIs(t, e, syscall.ENOSYS)
	require.ErrorIs(t, newFailure("x", op(e, "y")).asError(), syscall.ENOSYS)
	require.EqualError(t, newFailure("x", errors.New("odd")).asError(), "the x layer can't be had: x: odd")
}

func TestMappedIDs(t *testing.T) {
	const table = "         0          0       1\n      1000  100000   65536\n"
	for id, want := range map[int]bool{0: true, 1: false, 999: false, 1000: true, 66535: true, 66536: false, 4200000: false} {
		require.Equal(t, want, mapped(table, id), id)
	}
	require.True(t, mapped("0 0 4294967295", 4200000))
	require.False(t, mapped("junk", 0))
}

func TestTailKeepsTheEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var whole []byte
		kept := &tail{}
		for _, n := range rapid.SliceOfN(rapid.IntRange(0, 3*stderrKept/2), 0, 6).Draw(t, "writes") {
			part := make([]byte, n)
			for i := range part {
				part[i] = byte(len(whole) + i*7)
			}
			whole = append(whole, part...)
			wrote, err := kept.Write(part)
			require.NoError(t, err)
			require.Equal(t, n, wrote)
		}
		require.True(t, bytes.Equal(whole[max(0, len(whole)-stderrKept):], kept.bytes()))
	})
}
