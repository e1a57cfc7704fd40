//go:build linux && (amd64 || arm64)

package isolate

import (
	"fmt"
	"maps"
	"math/bits"
	"reflect"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// seccompMutants are one for each rule of the two filters. A rule that both have is
// off in both.
func seccompMutants() (all []mutant) {
	bare, granted := policyFor(false), policyFor(true)
	for _, d := range bare {
		in := [2]bool{true, slices.ContainsFunc(granted, func(o decision) bool { return reflect.DeepEqual(d, o) })}
		all = append(all, weakerCalls(d, in)...)
	}
	for _, d := range granted {
		if !slices.ContainsFunc(bare, func(o decision) bool { return reflect.DeepEqual(d, o) }) {
			all = append(all, weakerCalls(d, [2]bool{false, true})...)
		}
	}
	for call, nr := range unnamed {
		all = append(all, mutant{Name: "seccomp: " + call + " is let through", hub: func() {
			useFilters(func(_ bool, policy []decision, on *machine) []decision {
				named := on.number
				on.number = func(name string) (uint32, bool) {
					if name == call {
						return uint32(nr), true
					}
					return named(name)
				}
				return append(policy, decision{call, verdict{otherwise: allow}})
			}, nil)
		}})
	}
	return append(all, foreignMutants()...)
}

// weakerCalls are what is left of a decision with one rule of it switched off, in
// the filter without a grant, beside one, or both.
func weakerCalls(d decision, in [2]bool) (all []mutant) {
	if _, known := native().number(d.call); !known {
		return nil
	}
	where := map[[2]bool]string{{true, true}: "", {true, false}: ", without a grant", {false, true}: ", beside a grant"}[in]
	weak := weaker(d.verdict)
	if d.otherwise == allow && len(d.branches) == 0 {
		return nil
	}
	maps.Copy(weak, weakerBits(d.verdict))
	for _, what := range slices.Sorted(maps.Keys(weak)) {
		all = append(all, mutant{Name: fmt.Sprintf("seccomp: %s%s: %s", d.call, where, what), hub: func() {
			useFilters(func(granted bool, policy []decision, _ *machine) []decision {
				for i := range policy {
					if policy[i].call == d.call && (granted && in[1] || !granted && in[0]) {
						policy[i].verdict = weak[what]
					}
				}
				return policy
			}, nil)
		}})
	}
	return all
}

// fewBits is how many bits a mask may refuse for each to count as a rule of its own.
// Longer ones are the rest of a list of what is allowed: one rule.
const fewBits = 12

// weakerBits lets one bit through that a test of bits refuses.
func weakerBits(v verdict) map[string]verdict {
	out := map[string]verdict{}
	for i, b := range v.branches {
		for j, t := range b.when {
			if b.then != allow || !slices.Equal(t.in, []uint32{0}) || bits.OnesCount32(t.mask) > fewBits || bits.OnesCount32(t.mask) < 2 {
				continue
			}
			for bit := uint32(1); bit != 0; bit <<= 1 {
				if t.mask&bit == 0 {
					continue
				}
				branches := slices.Clone(v.branches)
				branches[i].when = slices.Clone(b.when)
				branches[i].when[j].mask &^= bit
				out[fmt.Sprintf("no bit %#x of test %d in branch %d", bit, j, i)] = verdict{branches, v.otherwise}
			}
		}
	}
	return out
}

// foreignMutants let the calls of other machines through: the first answers of the
// filter, before it looks for a number.
func foreignMutants() (all []mutant) {
	names := []string{"seccomp: 32-bit calls are let through", "seccomp: x32 calls are let through"}
	if native().foreign == 0 {
		names = names[:1]
	}
	for nth, name := range names {
		all = append(all, mutant{Name: name, hub: func() {
			useFilters(nil, func(program []unix.SockFilter) {
				seen := 0
				for i := range program {
					if program[i].Code == unix.BPF_RET|unix.BPF_K && program[i].K == uint32(kill) {
						if seen == nth {
							program[i].K = uint32(allow)
							return
						}
						seen++
					}
				}
			})
		}})
	}
	return all
}

// useFilters has rooms get other filters than those of the policy. Several changes
// of the policy add up.
func useFilters(change func(granted bool, policy []decision, on *machine) []decision, patch func([]unix.SockFilter)) {
	if change != nil {
		filterChanges = append(filterChanges, change)
	}
	make := func(granted bool) func() ([]byte, error) {
		return func() ([]byte, error) {
			policy, on := policyFor(granted), native()
			for _, change := range filterChanges {
				policy = change(granted, policy, &on)
			}
			program, err := compile(policy, on)
			if err == nil && patch != nil {
				patch(program)
			}
			return packed(program), err
		}
	}
	bareFilter, grantedFilter = make(false), make(true)
}

var filterChanges []func(bool, []decision, *machine) []decision

func packed(program []unix.SockFilter) (out []byte) {
	for _, in := range program {
		out = append(out, byte(in.Code), byte(in.Code>>8), in.Jt, in.Jf, byte(in.K), byte(in.K>>8), byte(in.K>>16), byte(in.K>>24))
	}
	return out
}

// unnamed are calls that the policy does not name, and should not: what they do is
// behind a pointer, was a way into the kernel, or has no use here.
var unnamed = map[string]int{
	"clone3": unix.SYS_CLONE3, "openat2": unix.SYS_OPENAT2, "seccomp": unix.SYS_SECCOMP, "execveat": unix.SYS_EXECVEAT,
	"memfd_create": unix.SYS_MEMFD_CREATE, "memfd_secret": unix.SYS_MEMFD_SECRET, "userfaultfd": unix.SYS_USERFAULTFD,
	"io_uring_setup": unix.SYS_IO_URING_SETUP, "io_uring_enter": unix.SYS_IO_URING_ENTER, "io_uring_register": unix.SYS_IO_URING_REGISTER,
	"io_setup": unix.SYS_IO_SETUP, "io_submit": unix.SYS_IO_SUBMIT, "io_destroy": unix.SYS_IO_DESTROY,
	"add_key": unix.SYS_ADD_KEY, "request_key": unix.SYS_REQUEST_KEY, "keyctl": unix.SYS_KEYCTL,
	"vmsplice": unix.SYS_VMSPLICE, "tee": unix.SYS_TEE, "mq_open": unix.SYS_MQ_OPEN, "mq_unlink": unix.SYS_MQ_UNLINK,
	"shmget": unix.SYS_SHMGET, "shmat": unix.SYS_SHMAT, "shmctl": unix.SYS_SHMCTL, "msgget": unix.SYS_MSGGET, "msgsnd": unix.SYS_MSGSND,
	"msgctl": unix.SYS_MSGCTL, "semget": unix.SYS_SEMGET, "semctl": unix.SYS_SEMCTL, "semop": unix.SYS_SEMOP,
	"mbind": unix.SYS_MBIND, "set_mempolicy": unix.SYS_SET_MEMPOLICY, "migrate_pages": unix.SYS_MIGRATE_PAGES, "move_pages": unix.SYS_MOVE_PAGES,
	"process_madvise": unix.SYS_PROCESS_MADVISE, "process_mrelease": unix.SYS_PROCESS_MRELEASE,
	"landlock_create_ruleset": unix.SYS_LANDLOCK_CREATE_RULESET, "landlock_add_rule": unix.SYS_LANDLOCK_ADD_RULE,
	"landlock_restrict_self": unix.SYS_LANDLOCK_RESTRICT_SELF,
	"open_tree":              unix.SYS_OPEN_TREE, "move_mount": unix.SYS_MOVE_MOUNT, "fsopen": unix.SYS_FSOPEN, "fsconfig": unix.SYS_FSCONFIG,
	"fsmount": unix.SYS_FSMOUNT, "fspick": unix.SYS_FSPICK, "mount_setattr": unix.SYS_MOUNT_SETATTR,
	"statmount": unix.SYS_STATMOUNT, "listmount": unix.SYS_LISTMOUNT,
	"timer_create": unix.SYS_TIMER_CREATE, "timerfd_create": unix.SYS_TIMERFD_CREATE, "signalfd4": unix.SYS_SIGNALFD4,
	"pkey_alloc": unix.SYS_PKEY_ALLOC, "membarrier": unix.SYS_MEMBARRIER, "mincore": unix.SYS_MINCORE,
	"get_robust_list": unix.SYS_GET_ROBUST_LIST, "rt_sigqueueinfo": unix.SYS_RT_SIGQUEUEINFO, "rt_tgsigqueueinfo": unix.SYS_RT_TGSIGQUEUEINFO,
	"futex_waitv": unix.SYS_FUTEX_WAITV, "futex_requeue": unix.SYS_FUTEX_REQUEUE, "remap_file_pages": unix.SYS_REMAP_FILE_PAGES,
	"map_shadow_stack": unix.SYS_MAP_SHADOW_STACK, "setrlimit": unix.SYS_SETRLIMIT, "sync": unix.SYS_SYNC, "syncfs": unix.SYS_SYNCFS,
	"mlock": unix.SYS_MLOCK, "mlockall": unix.SYS_MLOCKALL, "cachestat": unix.SYS_CACHESTAT, "mseal": unix.SYS_MSEAL,
	"lsm_set_self_attr": unix.SYS_LSM_SET_SELF_ATTR, "setxattrat": unix.SYS_SETXATTRAT,
}

// letThrough names the mutant of an unnamed call or of a refused one, for pairs.
func letThrough(call string) string {
	if _, ok := unnamed[call]; ok {
		return "seccomp: " + call + " is let through"
	}
	where := ""
	for _, word := range []string{", without a grant", ", beside a grant"} {
		if strings.HasSuffix(call, word) {
			call, where = strings.TrimSuffix(call, word), word
		}
	}
	return "seccomp: " + call + where + ": no rule"
}
