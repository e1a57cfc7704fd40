//go:build linux && (amd64 || arm64)

package isolate

import "golang.org/x/sys/unix"

// sockType tests the kind of a socket, which is in the lowest bits of its type.
func sockType(arg uint32, of ...uint32) test { return test{arg, 0xf, of} }

// alone is for a room that sees nothing of the host's but its programs: it may have
// sockets with names of its own.
func alone() []decision {
	return []decision{
		{"socket", verdict{append([]branch{{[]test{is(0, unix.AF_UNIX)}, allow}}, internet()...), noFamily}},
		{"socketpair", only(noFamily, is(0, unix.AF_UNIX))},
	}
}

// besideGrants is stricter, for a room that sees a folder of the host. A socket in
// there leads out of the room, to an agent or a daemon of the person, even where
// the grant is read-only; and two rooms that meet at one can hand each other their
// descriptors. A filter can't read the address, so there are only connected pairs,
// of the kinds that can't be turned to another address.
func besideGrants() []decision {
	return []decision{
		{"socket", verdict{internet(), noFamily}},
		{"socketpair", only(noFamily, is(0, unix.AF_UNIX), sockType(1, unix.SOCK_STREAM, unix.SOCK_SEQPACKET))},
	}
}

// internet decides on the families that have only the room's loopback to talk to.
func internet() []branch {
	return []branch{
		{[]test{is(0, unix.AF_INET, unix.AF_INET6), sockType(1, unix.SOCK_STREAM, unix.SOCK_DGRAM),
			is(2, 0, unix.IPPROTO_TCP, unix.IPPROTO_UDP)}, allow},
		// Go asks for it first, and takes this for an answer.
		{[]test{is(0, unix.AF_INET, unix.AF_INET6), is(2, unix.IPPROTO_MPTCP)}, noKind},
		{[]test{is(0, unix.AF_INET, unix.AF_INET6)}, noPerm},
	}
}

// Flags of sending and receiving that programs use. Not: MSG_OOB, by which a renderer
// of Chrome became the kernel (CVE-2025-38236); MSG_ZEROCOPY, which hands on pages of
// files as splice does; MSG_ERRQUEUE, MSG_FASTOPEN, MSG_CONFIRM and the rest.
const msgFlags = unix.MSG_PEEK | unix.MSG_TRUNC | unix.MSG_DONTWAIT | unix.MSG_EOR | unix.MSG_WAITALL |
	unix.MSG_NOSIGNAL | unix.MSG_MORE | unix.MSG_WAITFORONE | unix.MSG_CMSG_CLOEXEC

// Options of sockets that programs set: times, sizes and reuse. Everything that is
// not here is a parser, a table or a mode of the kernel that no app has a use for:
// packet filters, kernel TLS and ESP (TCP_ULP, UDP_ENCAP), keys of TCP-AO and MD5,
// flow labels, extension headers, multicast sources, netfilter.
var (
	socketOptions = []uint32{unix.SO_REUSEADDR, unix.SO_REUSEPORT, unix.SO_BROADCAST,
		unix.SO_KEEPALIVE, unix.SO_LINGER, unix.SO_RCVTIMEO, unix.SO_SNDTIMEO}
	tcpOptions = []uint32{unix.TCP_NODELAY, unix.TCP_CORK, unix.TCP_KEEPIDLE, unix.TCP_KEEPINTVL, unix.TCP_KEEPCNT,
		unix.TCP_DEFER_ACCEPT, unix.TCP_QUICKACK, unix.TCP_USER_TIMEOUT, unix.TCP_NOTSENT_LOWAT}
	ip4Options = []uint32{unix.IP_TOS, unix.IP_TTL, unix.IP_PKTINFO, unix.IP_MTU_DISCOVER, unix.IP_RECVERR,
		unix.IP_MULTICAST_TTL, unix.IP_MULTICAST_LOOP, unix.IP_MULTICAST_ALL, unix.IP_BIND_ADDRESS_NO_PORT}
	ip6Options = []uint32{unix.IPV6_V6ONLY, unix.IPV6_UNICAST_HOPS, unix.IPV6_RECVPKTINFO, unix.IPV6_MTU_DISCOVER,
		unix.IPV6_RECVERR, unix.IPV6_TCLASS, unix.IPV6_MULTICAST_HOPS, unix.IPV6_MULTICAST_LOOP, unix.IPV6_MULTICAST_ALL}

	// What can only be asked for.
	tcpReports = []uint32{unix.TCP_INFO, unix.TCP_MAXSEG}
)

func onSockets() []decision {
	flags := func(arg uint32) verdict { return only(noFlag, noBits(arg, ^uint32(msgFlags))) }
	levels := []branch{
		{[]test{is(1, unix.SOL_TCP), is(2, tcpOptions...)}, allow},
		{[]test{is(1, unix.SOL_IP), is(2, ip4Options...)}, allow},
		{[]test{is(1, unix.SOL_IPV6), is(2, ip6Options...)}, allow},
	}
	return []decision{
		{"sendto", flags(3)}, {"recvfrom", flags(3)}, {"sendmsg", flags(2)}, {"recvmsg", flags(2)},
		{"sendmmsg", flags(3)}, {"recvmmsg", flags(3)},
		{"setsockopt", verdict{append([]branch{
			{[]test{is(1, unix.SOL_SOCKET), is(2, socketOptions...)}, allow},
			// Larger buffers are the kernel's memory, which is the whole machine's. Programs
			// take a refusal for a fault: it is answered as done, and not done.
			{[]test{is(1, unix.SOL_SOCKET), is(2, unix.SO_SNDBUF, unix.SO_RCVBUF)}, errno(0)},
			{[]test{is(1, unix.SOL_SOCKET), is(2, unix.SO_ATTACH_FILTER, unix.SO_ATTACH_BPF,
				unix.SO_ATTACH_REUSEPORT_CBPF, unix.SO_ATTACH_REUSEPORT_EBPF)}, noPerm},
		}, levels...), noOption}},
		// Not: TCP_ZEROCOPY_RECEIVE, which maps pages.
		{"getsockopt", verdict{append([]branch{
			{[]test{is(1, unix.SOL_SOCKET)}, allow},
			{[]test{is(1, unix.SOL_TCP), is(2, tcpReports...)}, allow},
		}, levels...), noOption}},
	}
}
