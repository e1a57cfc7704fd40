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
	buf := make([]byte, 64<<10)
	want := -1
	for want < 0 || len(text) < want {
		part := buf
		if want >= 0 {
			part = buf[:min(len(buf), want-len(text))]
		} else {
			part = buf[:4-len(text)]
		}
		n, oob, _, _, err := syscall.Recvmsg(fd, part, rights, syscall.MSG_CMSG_CLOEXEC)
		switch {
		case err == syscall.EINTR:
			continue
		case err != nil:
			return nil, fds, err
		case n == 0 && want < 0 && len(text) == 0:
			return nil, fds, nil
		case n == 0:
			return nil, fds, errGarbled
		}
		fds = append(fds, taken(rights[:oob])...)
		text = append(text, part[:n]...)
		if want < 0 && len(text) == 4 {
			want = int(text[0])<<24 | int(text[1])<<16 | int(text[2])<<8 | int(text[3])
			if text = nil; want > most || want == 0 {
				return nil, fds, errGarbled
			}
			text = make([]byte, 0, want)
		}
	}
	return text, fds, nil
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
