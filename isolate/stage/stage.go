//go:build linux && (amd64 || arm64)

// Package stage is what a process of ours does before it becomes somebody else's: it
// builds a room around itself, drops every right, proves that they are gone, and
// execs. It does so blindly, by a Config from its parent, in which everything has
// been thought out; and on one locked thread, the first of its process. The other
// threads of the Go runtime keep their rights until the exec ends them.
//
// It imports syscall, strconv and errors, nothing else. Go initialises a package as
// soon as those that it imports are ready, so that package run, beside this one, is
// reached before any other package of the program has done its own start-up work: a
// stage, a launcher or an init costs the same however large the program is, in time
// and in memory. (If the order ever changes, all of this still works, more slowly;
// a test watches it.)
//
// Start reading at Run. config.go is what the parent says, build.go the mounts,
// lock.go the rights, landlock.go, attest.go the proof, exec.go the end. launcher.go
// and init.go are the two other things that a process of ours can be.
package stage

import "errors"

// The descriptors of a stage besides 0, 1 and 2.
const controlFD = 3 // a stream to the parent: the config and its descriptors in, one proof out

// ExitUnlocked is the exit code of a process that found itself in a room without
// one of the locks, or could not build one. It has then done nothing else.
const ExitUnlocked = 98

// A Stage is the child between its clone and its exec.
type Stage struct {
	*Config
	fds     []int   // what came with the config: detached mounts
	trees   []int   // the detached mounts of Trees, as far as they are open
	left    bool    // the host's root is gone, and the own one has in it what all have
	procfs  int     // the detached mount of /proc
	noProc  error   // why there is none
	offsets int     // /proc/self/timens_offsets, opened before the host's /proc was left; or -1
	born    []Pair  // namespaces that it was made in and has left since
	session uintptr // the keyring that it joined
	doing   string  // the layer at hand, for errors
	layers  []Layer
	rules   []Rule    // for Landlock, gathered while mounting, and not in the set yet
	set     int       // of Landlock's rules; 0 is none yet
	handled uint64    // the rights that the set is about
	tables  []mapping // of this binary, that can be let go
	sends   []int     // listening sockets, for the parent
}

// A Step is one thing that a stage does. Tests break them.
type Step struct {
	Layer string
	Do    func(*Stage) error
}

// Early steps are done in this order, as soon as the process is made. A room that is
// kept warm has them behind it. Nothing in them depends on whose it will be.
var Early = []Step{
	{"namespaces", (*Stage).namespaces},
	{"keyring", (*Stage).keyring},
	{"host name", (*Stage).hostname},
	{"loopback", (*Stage).loopback},
	{"system", (*Stage).system},
	{"root", (*Stage).root},
	{"rules", (*Stage).firstRules},
}

// Steps follow once the stage knows what is asked for. The first of all that fails
// ends the process.
var Steps = []Step{
	{"ids", (*Stage).ids},
	{"cgroup", (*Stage).cgroup},
	{"clock", (*Stage).clock},
	{"mounts", (*Stage).mounts},
	{"network", (*Stage).network},
	{"limits", (*Stage).limits},
	{"dumpable", (*Stage).undumpable},
	{"capabilities", (*Stage).capabilities},
	{"no_new_privs", (*Stage).noNewPrivs},
	{"landlock", (*Stage).landlock},
	{"seccomp", (*Stage).filter},
	{"proof", (*Stage).attest},
	{ExecStep, (*Stage).exec},
}

// ExecStep is the step in which everything that fails is the program's fault.
const ExecStep = "exec"

// Run waits for a config, makes the room, and never returns. It must be called on
// the first thread of the process, locked, as it is while packages are initialised.
func Run() {
	s := &Stage{Config: &Config{}, doing: "config"}
	nameMe(RoleStage)
	err := closeInherited()
	for _, next := range []func() error{s.configure, s.all(Early), s.configure, awaitGo, s.all(Steps)} {
		if err == nil {
			s.doing = "config"
			err = next()
		}
	}
	if err == nil {
		err = errors.New("the last step came back")
	}
	s.report(Status{Fail: newFailure(s.doing, err)})
	exit(ExitUnlocked)
}

// all does steps up to the first that fails.
func (s *Stage) all(steps []Step) func() error {
	return func() (err error) {
		for i := 0; err == nil && i < len(steps); i++ {
			s.doing = steps[i].Layer
			err = steps[i].Do(s)
		}
		return err
	}
}

// wake is a message in front of a config. After a long wait the first thing that Go's
// scheduler does to a thread is to take it off its processor for a moment: that is over
// when the config comes.
const wake = "wake"

// Wake tells a stage that waits that the next part of its config is about to come.
func Wake(fd int) error { return Send(fd, []byte(wake), nil) }

// began is a message behind the second part of a config.
const began = "go"

// Go tells a stage that has its whole config that what its parent does for the room is
// done: its ids, its control group, its root. Both do their part at once.
func Go(fd int) error { return Send(fd, []byte(began), nil) }

func awaitGo() error {
	text, _, err := Receive(controlFD, len(began))
	switch {
	case err != nil:
		return op(err, "read")
	case len(text) == 0:
		exit(0) // never needed
	case string(text) != began:
		return errGarbled
	}
	return nil
}

// configure reads a part of the config. A stage that is kept warm waits here; if its
// parent ends, so does it.
func (s *Stage) configure() error {
	s.shed()
	text, fds, err := Receive(controlFD, ConfigMax)
	if err == nil && string(text) == wake {
		text, fds, err = Receive(controlFD, ConfigMax)
	}
	if err != nil {
		return op(err, "read")
	}
	if len(text) == 0 {
		exit(0) // never needed
	}
	part, err := ParseConfig(text)
	if err == nil {
		s.fds = append(s.fds, fds...)
		s.Config.Add(part)
		if len(s.Namespaces) == 0 {
			s.Namespaces, s.Leave = part.Namespaces, part.Leave
		}
	}
	return err
}

// report ends the process if nobody listens: the parent is gone.
func (s *Stage) report(st Status) {
	if Send(controlFD, st.Encode(), s.sends) != nil {
		exit(ExitUnlocked)
	}
}

func (s *Stage) proved(layer, how string) {
	s.layers = append(s.layers, Layer{layer, how})
}

func (s *Stage) said(layer string) bool {
	for _, l := range s.layers {
		if l.Name == layer {
			return true
		}
	}
	return false
}
