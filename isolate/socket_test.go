//go:build linux && (amd64 || arm64)

package isolate

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// socketMode tries to reach the sockets "stream" and "datagram" in a folder, and to
// make one of its own there.
func socketMode(args []string) {
	at := func(name string) *unix.SockaddrUnix { return &unix.SockaddrUnix{Name: filepath.Join(args[0], name)} }
	tries := []struct {
		what string
		do   func() error
	}{
		{"connect", dials(at("stream"))},
		{"pair", func() error { return sendByPair(unix.SOCK_DGRAM, at("datagram")) }},
		{"raw pair", func() error { return sendByPair(unix.SOCK_RAW, at("datagram")) }}, // another name of the same
		{"stream pair", func() error { return sendByPair(unix.SOCK_STREAM, at("datagram")) }},
		{"bind", func() error {
			fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
			if err != nil {
				return err
			}
			return unix.Bind(fd, at("own"))
		}},
	}
	for _, t := range tries {
		no := unix.Errno(0)
		errors.As(t.do(), &no)
		say("%s: %s", t.what, unix.ErrnoName(no))
	}
}

func dials(to unix.Sockaddr) func() error {
	return func() error {
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		return unix.Connect(fd, to)
	}
}

// sendByPair uses one end of a connected pair to write to somebody else.
func sendByPair(kind int, to unix.Sockaddr) error {
	pair, err := unix.Socketpair(unix.AF_UNIX, kind|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	return unix.Sendto(pair[0], []byte("from inside"), 0, to)
}

// What listens in a granted folder is not granted with it.
func TestSocketsInAGrantAreOutOfReach(t *testing.T) {
	needRooms(t)
	dir := folder(t)
	stream, err := net.Listen("unix", filepath.Join(dir, "stream"))
	require.NoError(t, err)
	defer func() { require.NoError(t, stream.Close()) }()
	datagram, err := net.ListenPacket("unixgram", filepath.Join(dir, "datagram"))
	require.NoError(t, err)
	defer func() { require.NoError(t, datagram.Close()) }()

	free, err := exec.Command("/proc/self/exe", "socket", dir).Output()
	require.NoError(t, err)
	require.Equal(t, "connect: \npair: \nraw pair: \nstream pair: EISCONN\nbind: \n", string(free), "without a room they can be reached")
	require.NoError(t, os.Remove(filepath.Join(dir, "own")))

	const none = "EAFNOSUPPORT"
	for _, write := range []bool{false, true} {
		s := testSpec(Self, "socket", "/granted")
		s.Files = []Grant{{Path: dir, At: "/granted", Write: write}}
		out, exit := output(t, s)
		require.Equal(t, Exit{}, exit)
		require.Equal(t, fmt.Sprintf("connect: %s\npair: %[1]s\nraw pair: %[1]s\nstream pair: EISCONN\nbind: %[1]s\n", none), out)
	}
	// A room that sees nothing of the person's may have sockets of its own.
	out, _ := output(t, testSpec(Self, "socket", "/data"))
	require.True(t, strings.HasSuffix(out, "bind: \n"), out)
}

// A room's standard error that somebody else holds does not keep its end waiting.
func TestCloseDoesNotWaitForAnOutsider(t *testing.T) {
	needRooms(t)
	r := open(t, shell("echo up; sleep 1000"))
	_, err := bufio.NewReader(r.Out).ReadString('\n')
	require.NoError(t, err)
	outsider, err := os.OpenFile(fmt.Sprintf("/proc/%d/fd/2", r.process.Pid), os.O_WRONLY, 0)
	require.NoError(t, err)
	defer func() { require.NoError(t, outsider.Close()) }()
	_, err = outsider.WriteString("last words\n")
	require.NoError(t, err)
	closed := make(chan error)
	go func() { closed <- r.Close() }()
	select {
	case err := <-closed:
		require.NoError(t, err)
	case <-time.After(10 * lastWords):
		t.Fatal("Close waits for the outsider")
	}
	require.Equal(t, "last words\n", string(r.Stderr()))
}
