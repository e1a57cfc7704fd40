//go:build linux && (amd64 || arm64)

package isolate

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"secgpt/isolate/stage"
)

func TestRemedies(t *testing.T) {
	clone := func(no syscall.Errno) *LayerError { return &LayerError{Layer: "user namespace", Op: "clone", Err: no} }
	sysctl := func(name, value string) facts {
		return facts{exe: "/opt/secgpt", sysctl: map[string]string{name: value}}
	}
	rooted := func(f facts) facts { f.root = true; return f }
	for name, c := range map[string]struct {
		f         facts
		e         *LayerError
		means, do string
	}{
		"no namespaces":       {sysctl(countSwitch, "0"), clone(syscall.ENOSPC), "user.max_user_namespaces is 0", "sudo sysctl -w user.max_user_namespaces=15000"},
		"no namespaces, root": {rooted(sysctl(countSwitch, "0")), clone(syscall.ENOSPC), "is 0", "sysctl -w user.max_user_namespaces=15000"},
		"no nets":             {sysctl("user/max_net_namespaces", "0"), clone(syscall.ENOSPC), "user.max_net_namespaces is 0", "sudo sysctl -w user.max_net_namespaces=15000"},
		"too few":             {sysctl(countSwitch, "100"), clone(syscall.ENOSPC), "are in use", "user.max_mnt_namespaces=15000"},
		"nested or used up":   {sysctl(countSwitch, "96365"), clone(syscall.ENOSPC), "nested more than 32 deep", "start it outside"},
		"debian":              {sysctl(debianSwitch, "0"), clone(syscall.EPERM), "only root", "kernel.unprivileged_userns_clone=1"},
		"ubuntu, clone":       {sysctl(appArmorSwitch, "1"), clone(syscall.EACCES), "AppArmor", "/etc/apparmor.d/secgpt && sudo apparmor_parser -r"},
		"ubuntu, later":       {sysctl(appArmorSwitch, "1"), &LayerError{Layer: "mounts", Op: "mount", Err: syscall.EPERM}, "AppArmor", "apparmor_parser"},
		"ubuntu, root":        {rooted(sysctl(appArmorSwitch, "1")), clone(syscall.EPERM), "security module", "dmesg"},
		"ubuntu, allowed":     {sysctl(appArmorSwitch, "0"), clone(syscall.EPERM), "security module", "sudo dmesg"},
		"container":           {facts{container: true}, clone(syscall.EPERM), "container", "--security-opt seccomp=unconfined"},
		"container, filtered": {facts{container: true, filtered: true}, clone(syscall.ENOSYS), "container", "--security-opt seccomp=unconfined"},
		"systemd unit":        {facts{filtered: true}, clone(syscall.EPERM), "somebody else's sandbox", "RestrictNamespaces="},
		"filtered, but old":   {facts{filtered: true}, clone(syscall.EINVAL), "kernel does not have it", "5.13 or later"},
		"nested":              {facts{}, clone(syscall.EUSERS), "nested", "nested too deeply"},
		"old kernel":          {facts{}, clone(syscall.EINVAL), "kernel does not have it", "5.13 or later"},
		"no clone":            {facts{}, clone(syscall.ENOSYS), "kernel does not have it", "5.13 or later"},
		"no memory to run":    {sysctl(memorySwitch, "2"), &LayerError{Layer: "launcher", Op: "start it", Err: syscall.EACCES}, "vm.memfd_noexec is 2", "sudo sysctl -w vm.memfd_noexec=1"},
		"swapped":             {facts{}, clone(syscall.ESTALE), "swapped", "start it again"},
		"removed":             {facts{}, &LayerError{Layer: "mounts", Err: syscall.ENOENT}, "removed", "start it again"},
		"out of processes":    {facts{}, clone(syscall.EAGAIN), "have run out", "ulimit -a"},
		"landlock off":        {facts{}, &LayerError{Layer: "landlock", Err: syscall.EOPNOTSUPP}, "started without it", "add landlock to lsm="},
		"no landlock":         {facts{container: true}, &LayerError{Layer: "landlock", Err: syscall.ENOSYS}, "built without Landlock", "add landlock to lsm="},
		"not the count":       {sysctl(countSwitch, "0"), &LayerError{Layer: "user namespace", Op: "use host id 7", Err: errors.New("not mapped")}, "", ""},
		"unknown":             {facts{}, clone(syscall.EIO), "input/output error", ""},
		"no errno":            {facts{}, &LayerError{Layer: "start", Err: errors.New("odd")}, "", ""},
	} {
		got := causeOf(c.f, c.e)
		require.Contains(t, got.means, c.means, name)
		require.Contains(t, got.do, c.do, name)
		require.NotContains(t, got.means+got.do, "\n", name)
		require.Equal(t, c.means == "", got.means == "", name)
		require.Equal(t, c.do == "", got.do == "", name)
		require.False(t, c.f.root && strings.Contains(got.do, "sudo"), name)
	}
}

// What a machine has is read as it is: from a process that may make no namespaces.
func TestGatheredFacts(t *testing.T) {
	if os.Getenv(outerMark) == "" {
		inOuterNamespaces(t)
		return
	}
	prepareOuter(t)
	require.NoError(t, os.WriteFile("/proc/sys/"+countSwitch, []byte("0"), 0))
	f := gather()
	require.Equal(t, "0", f.sysctl[countSwitch])
	require.Equal(t, os.Geteuid() == 0, f.root)
	require.False(t, f.filtered)
	_, err := Try(t.Context())
	var le *LayerError
	require.ErrorAs(t, err, &le)
	require.Equal(t, "user namespace", le.Layer)
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.Contains(t, le.Means(), "user.max_user_namespaces is 0")
	require.Contains(t, le.Remedy, "sysctl -w user.max_user_namespaces=")
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
	require.ErrorIs(t, asError(&stage.Failure{Layer: "x", Op: "y", Errno: syscall.ENOSYS}), syscall.ENOSYS)
	require.EqualError(t, asError(&stage.Failure{Layer: "x", Op: "x", Text: "odd"}), "the x layer can't be had: x: odd")
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
