//go:build linux && (amd64 || arm64)

package stage

import "syscall"

// Messages between a parent and its stage or launcher are a length of four bytes
// and a text; descriptors travel with its first part.

// descriptorsMax is what the kernel passes with one message.
const descriptorsMax = 253

// Send writes one message. It blocks while the other side does not read.
func Send(fd int, text []byte, fds []int) error {
	n := len(text)
	text = append([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, text...)
	var rights []byte
	if len(fds) > 0 {
		rights = syscall.UnixRights(fds...)
	}
	for len(text) > 0 {
		n, err := syscall.SendmsgN(fd, text, rights, nil, syscall.MSG_NOSIGNAL)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return err
		}
		text, rights = text[n:], nil
	}
	return nil
}

// Receive reads one message of at most most bytes, and the descriptors that came
// with it. At the end of the stream it returns nothing.
func Receive(fd, most int) (text []byte, fds []int, err error) {
	rights := make([]byte, syscall.CmsgSpace(4*descriptorsMax))
	var size [4]byte
	part, got := size[:], 0
	for {
		n, oob, _, _, err := syscall.Recvmsg(fd, part[got:], rights, syscall.MSG_CMSG_CLOEXEC)
		switch {
		case err == syscall.EINTR:
			continue
		case err != nil:
			return nil, fds, err
		case n == 0 && text == nil && got == 0:
			return nil, fds, nil
		case n == 0:
			return nil, fds, errGarbled
		}
		fds = append(fds, taken(rights[:oob])...)
		if got += n; got < len(part) {
			continue
		}
		if text != nil {
			return text, fds, nil
		}
		want := int(size[0])<<24 | int(size[1])<<16 | int(size[2])<<8 | int(size[3])
		if want > most || want == 0 {
			return nil, fds, errGarbled
		}
		text = make([]byte, want)
		part, got = text, 0
	}
}

func taken(rights []byte) (fds []int) {
	messages, err := syscall.ParseSocketControlMessage(rights)
	if err != nil {
		return nil
	}
	for i := range messages {
		if got, err := syscall.ParseUnixRights(&messages[i]); err == nil {
			fds = append(fds, got...)
		}
	}
	return fds
}
