//go:build linux && (amd64 || arm64)

package isolate

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"secgpt/isolate/stage"
)

// listenersMax bounds the hosts and ports of a room: each is a descriptor on both
// sides, and the kernel passes 253 with one message.
const listenersMax = 64

// hostAddr is where the room's /etc/hosts sends the i-th name: loopback, and not the
// address that programs use among themselves.
func hostAddr(i int) [4]byte { return [4]byte{127, 83, 71, byte(i + 1)} }

// listens are the sockets of the hosts, in the order of Room.Listeners.
func listens(hosts []Host) ([]stage.Listen, error) {
	var out []stage.Listen
	seen := map[string]bool{"localhost": true, stage.RoomName: true}
	for i, h := range hosts {
		if len(hosts) > listenersMax {
			return nil, fmt.Errorf("%d hosts, a room takes %d", len(hosts), listenersMax)
		}
		if !isHostName(h.Name) {
			return nil, fmt.Errorf("host %.80q: expected a name such as api.example.com", h.Name)
		}
		if seen[h.Name] {
			return nil, fmt.Errorf("host %s is named twice, or is the room's own", h.Name)
		}
		seen[h.Name] = true
		ports := map[int]bool{}
		for _, port := range h.Ports {
			if port < 1 || port > 65535 || ports[port] {
				return nil, fmt.Errorf("host %s: port %d is none, or named twice", h.Name, port)
			}
			ports[port] = true
			out = append(out, stage.Listen{Addr: hostAddr(i), Port: port})
		}
		if len(ports) == 0 {
			return nil, fmt.Errorf("host %s has no port", h.Name)
		}
	}
	if len(out) > listenersMax {
		return nil, fmt.Errorf("%d ports of hosts, a room takes %d", len(out), listenersMax)
	}
	return out, nil
}

// isHostName tells whether name can stand in a file of hosts: nothing but labels.
func isHostName(name string) bool {
	if name == "" || len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}

func hostsFile(hosts []Host) string {
	var b strings.Builder
	b.WriteString("127.0.0.1 localhost " + stage.RoomName + "\n::1 localhost\n")
	for i, h := range hosts {
		fmt.Fprintf(&b, "%s %s\n", net.IP(addrSlice(i)), h.Name)
	}
	return b.String()
}

func addrSlice(i int) []byte {
	a := hostAddr(i)
	return a[:]
}

// listeners makes what the room sent into listeners that this process holds.
func listeners(hosts []Host, fds []int) ([]Listener, error) {
	var out []Listener
	var err error
	for _, h := range hosts {
		for _, port := range h.Ports {
			if len(fds) == 0 {
				return out, errors.New("the room sent too few sockets")
			}
			f := os.NewFile(uintptr(fds[0]), h.Name)
			fds = fds[1:]
			l, lerr := net.FileListener(f)
			err = errors.Join(err, lerr, f.Close())
			if lerr == nil {
				out = append(out, Listener{Listener: l, Host: h.Name, Port: port})
			}
		}
	}
	closeAll(fds)
	return out, err
}
