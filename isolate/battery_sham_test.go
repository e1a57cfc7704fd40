//go:build linux && (amd64 || arm64)

package isolate

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"
)

// The sham machine: what an app would like to find, in the throwaway's own mounts
// and network. Rows name these paths, ports and numbers.
const (
	victim  = 30001 // the number of a process outside, higher than a room's ever get
	victims = 4     // of them, one after the other
)

// shamFiles are planted, readable and writable by everybody.
var shamFiles = []string{
	"/etc/shadow", "/etc/passwd", "/etc/machine-id", "/etc/sudoers", "/etc/cron.d/job",
	"/root/.aws/credentials", "/root/.bashrc", "/root/.ssh/id_ed25519", "/root/.local/state/secgpt/audit.jsonl",
	"/home/person/.config/gcloud/credentials.db", "/home/person/.kube/config", "/home/person/.netrc", "/home/person/.npmrc",
	"/home/person/.profile", "/home/person/.zshenv", "/home/person/.config/secgpt/config.toml",
	"/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/release_agent", "/sys/kernel/uevent_helper", "/sys/class/dmi/id/product_uuid",
	"/dev/mem", "/dev/kmem", "/dev/vda", "/dev/sda", "/dev/loop0", "/dev/kvm", "/dev/fuse", "/dev/userfaultfd", "/dev/tty",
	"/dev/net/tun", "/dev/shm/marker", "/dev/ptmx", "/dev/pts/0", "/dev/mapper/control", "/dev/vhost-net", "/dev/dri/card0",
	"/tmp/marker", "/run/sudo/ts/person", "/run/secrets/token", "/var/lib/docker/key", "/opt/tool/key", "/mnt/secret", "/mnt/group-only",
	"/usr/local/var/secret", "/mnt/granted/file", "/mnt/granted/.git/hooks/pre-commit", "/mnt/shared/file",
}

// shamSockets are listened on; the names of abstract ones begin with "@".
var shamSockets = []string{"/run/docker.sock", "/run/dbus/system_bus_socket", "/run/user/1000/bus", "/run/user/1000/wayland-0",
	"/run/user/1000/gnupg/S.gpg-agent", "/run/nscd/socket", "/run/systemd/private", "/home/person/agent.sock",
	"/usr/local/var/daemon.sock", "/mnt/granted/agent.sock", "@/tmp/.X11-unix/X0"}

// shamAddresses are the throwaway's own: who reaches them got out.
var shamAddresses = []string{"1.1.1.1", "10.0.0.1", "169.254.169.254", "100.100.100.200", "168.63.129.16", "198.18.1.200",
	"fd00:ec2::254"}

const planted = "planted"

// plant covers the machine with shams and returns the environment of a process
// that has secrets in it.
func plant(t *testing.T, kit string) []string {
	t.Helper()
	coverFolders(t, kit)
	plantLocal(t)
	for _, path := range shamFiles {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
		require.NoError(t, os.WriteFile(path, []byte(planted), 0o666))
		require.NoError(t, os.Chmod(path, 0o666))
	}
	require.NoError(t, os.Chmod("/mnt/group-only", 0o660))
	require.NoError(t, os.WriteFile("/etc/resolv.conf", []byte("nameserver 127.0.0.1\n"), 0o644))
	plantPrograms(t)
	plantOwnFolder(t)
	require.NoError(t, os.Mkdir("/mnt/granted/below", 0o777))
	require.NoError(t, unix.Mount("tmpfs", "/mnt/granted/below", "tmpfs", 0, "mode=0777"))
	require.NoError(t, unix.Setdomainname([]byte("outer.test")))
	listen(t)
	return append(os.Environ(), quick, "HUB_TOKEN=x", "SSH_AUTH_SOCK=/home/person/agent.sock")
}

// coverFolders puts a small file system of our own over every folder of the machine
// that is not /usr, with the few things in it that a room is made of.
func coverFolders(t *testing.T, kit string) {
	t.Helper()
	coverTmp(t, kit)
	keep := map[string][]string{
		"/dev": {"null", "zero", "full", "random", "urandom"},
		"/etc": {"localtime", "ssl", "alternatives", "ld.so.cache"},
	}
	for _, at := range []string{"/mnt", "/etc", "/dev", "/root", "/home", "/run", "/var", "/opt", "/srv", "/boot", "/sys"} {
		if _, err := os.Stat(at); err != nil {
			continue
		}
		build := at
		if keep[at] != nil {
			build = "/mnt"
		}
		require.NoError(t, unix.Mount("tmpfs", build, "tmpfs", 0, "mode=0777"), at)
		for _, name := range keep[at] {
			from, to := filepath.Join(at, name), filepath.Join(build, name)
			info, err := os.Stat(from)
			if err != nil {
				continue
			}
			if info.IsDir() {
				require.NoError(t, os.Mkdir(to, 0o755))
			} else {
				require.NoError(t, os.WriteFile(to, nil, 0o644))
			}
			require.NoError(t, unix.Mount(from, to, "", unix.MS_BIND|unix.MS_REC, ""), from)
		}
		if build != at {
			require.NoError(t, unix.Mount(build, at, "", unix.MS_MOVE, ""), at)
		}
	}
	require.NoError(t, os.Symlink("/run", "/var/run"))
}

// coverTmp does the same with /tmp, but for the kit, if that is there.
func coverTmp(t *testing.T, kit string) {
	t.Helper()
	require.NoError(t, unix.Mount("tmpfs", "/mnt", "tmpfs", 0, "mode=0777"))
	if within(kit, "/tmp") {
		held := filepath.Join("/mnt", strings.TrimPrefix(kit, "/tmp"))
		require.NoError(t, os.MkdirAll(held, 0o755))
		require.NoError(t, unix.Mount(kit, held, "", unix.MS_BIND|unix.MS_REC, ""))
	}
	require.NoError(t, unix.Mount("/mnt", "/tmp", "", unix.MS_MOVE, ""))
}

// plantLocal makes /usr/local one that can be written, with a folder in it as programs
// that were built here have.
func plantLocal(t *testing.T) {
	t.Helper()
	for _, dir := range []string{"/mnt/upper", "/mnt/work"} {
		require.NoError(t, os.Mkdir(dir, 0o755))
	}
	require.NoError(t, unix.Mount("overlay", "/usr/local", "overlay", 0, "lowerdir=/usr/local,upperdir=/mnt/upper,workdir=/mnt/work"))
	require.NoError(t, os.MkdirAll("/usr/local/var", 0o755))
}

// plantPrograms makes one that runs as its owner, and one that has a capability.
func plantPrograms(t *testing.T) {
	t.Helper()
	for name, from := range map[string]string{"setid": "/usr/bin/id", "capable": "/bin/cat"} {
		program, err := os.ReadFile(from)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile("/mnt/granted/"+name, program, 0o755))
	}
	if os.Geteuid() == 0 {
		require.NoError(t, os.Chown("/mnt/granted/setid", HostIDBase+5, HostIDBase+5))
		// The second version of the attribute: CAP_NET_RAW, permitted and effective.
		capable := binary.LittleEndian.AppendUint32(nil, 0x02000001)
		capable = append(binary.LittleEndian.AppendUint32(capable, 1<<unix.CAP_NET_RAW), make([]byte, 12)...)
		require.NoError(t, unix.Setxattr("/mnt/granted/capable", "security.capability", capable, 0))
	}
	require.NoError(t, os.Chmod("/mnt/granted/setid", 0o6755))
	require.NoError(t, os.WriteFile("/mnt/granted/program", []byte("#!/usr/bin/true\n"), 0o777))
	require.NoError(t, os.Chmod("/mnt/granted/program", 0o777))
}

// listen stands in for the machine's daemons and for what its network leads to.
func listen(t *testing.T) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	defer func() { _ = unix.Close(fd) }()
	lo, err := unix.NewIfreq("lo")
	require.NoError(t, err)
	lo.SetUint16(unix.IFF_UP)
	require.NoError(t, unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo))
	for n, text := range shamAddresses {
		addAddress(t, n, netip.MustParseAddr(text))
	}
	for _, port := range []int{22, 53, 80, 443} {
		l, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
		require.NoError(t, err)
		t.Cleanup(func() { _ = l.Close() })
	}
	for _, path := range shamSockets {
		if !strings.HasPrefix(path, "@") {
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
		}
		l, err := net.Listen("unix", path)
		require.NoError(t, err)
		t.Cleanup(func() { _ = l.Close() })
		go hangUp(l) // who asks there, as the C library does, must not wait
		if !strings.HasPrefix(path, "@") {
			require.NoError(t, os.Chmod(path, 0o666))
		}
	}
	udp, err := net.ListenPacket("udp", ":53")
	require.NoError(t, err)
	t.Cleanup(func() { _ = udp.Close() })
	go answerNames(udp)
}

func hangUp(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		_ = c.Close()
	}
}

// addAddress gives lo one more.
func addAddress(t *testing.T, n int, addr netip.Addr) {
	t.Helper()
	family, request := unix.AF_INET, make([]byte, 40)
	if addr.Is4() {
		copy(request, fmt.Sprintf("lo:%d", n+1))
		copy(request[16:], in4(addr.As4()[0], addr.As4()[1], addr.As4()[2], addr.As4()[3], 0))
	} else { // struct in6_ifreq: address, length of the prefix, number of the interface
		family = unix.AF_INET6
		bytes := addr.As16()
		copy(request, bytes[:])
		binary.NativeEndian.PutUint32(request[16:], 128)
		binary.NativeEndian.PutUint32(request[20:], 1)
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	defer func() { _ = unix.Close(fd) }()
	_, _, no := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCSIFADDR, uintptr(unsafe.Pointer(&request[0])))
	require.Zero(t, no, "%v: %v", addr, no)
}

// answerNames gives every name the address 10.0.0.1: who hears it got out.
func answerNames(udp net.PacketConn) {
	query := make([]byte, 1500)
	for {
		n, from, err := udp.ReadFrom(query)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(query[:n]) != nil || len(m.Questions) == 0 {
			continue
		}
		q := m.Questions[0]
		m.Response, m.Additionals = true, nil
		if q.Type == dnsmessage.TypeA {
			m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 1},
				Body: &dnsmessage.AResource{A: [4]byte{10, 0, 0, 1}}}}
		}
		if answer, err := m.Pack(); err == nil {
			_, _ = udp.WriteTo(answer, from)
		}
	}
}

// plantVictims starts processes that rows send signals to, until the test ends. A
// shell does, which has one thread and so gets one number after the other.
func plantVictims(t *testing.T) {
	t.Helper()
	line := fmt.Sprintf("echo %d > /proc/sys/kernel/ns_last_pid; for i in $(seq %d); do sleep 1000 & echo $!; all=\"$all $!\"; done; "+
		"read end; kill -9 $all; wait 2>&-", victim-2, victims) // the first number goes to seq
	cmd := exec.Command("/bin/sh", "-c", line)
	end, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = end.Close(); _ = cmd.Wait() })
	var want strings.Builder
	for n := range victims {
		fmt.Fprintln(&want, victim+n)
	}
	numbers := make([]byte, want.Len())
	_, err = io.ReadFull(out, numbers)
	require.NoError(t, err)
	require.Equal(t, want.String(), string(numbers))
}

// plantKey puts a key into the session of whoever makes rooms, which a room inherits
// unless it leaves it. It is the thread's, and only one makes rooms.
func plantKey(t *testing.T) {
	t.Helper()
	var err error
	onStarter(func() {
		if _, err = unix.KeyctlJoinSessionKeyring("hub"); err == nil {
			_, err = unix.AddKey("user", "person", []byte(planted), unix.KEY_SPEC_SESSION_KEYRING)
		}
	})
	require.NoError(t, err)
}
