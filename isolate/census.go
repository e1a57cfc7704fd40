//go:build linux && (amd64 || arm64)

package isolate

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// shared is what the watches of all rooms read once for all of them.
var shared census

// fresh is how long a reading serves: the watches that wake at the same tick.
const fresh = 20 * time.Millisecond

type census struct {
	mu      sync.Mutex
	used    int64
	usedAt  time.Time
	rooms   map[int]*roomSpace // by their first process
	spaces  map[string][]int   // pid namespaces, and who is in them
	spaceAt time.Time
}

// A roomSpace is the pid namespace of a room that is watched, by so many.
type roomSpace struct {
	ns       string
	watchers int
}

// enter finds the pid namespace of a room by its first process, which may later
// keep this process from asking. Each call is followed by one of leave.
func (c *census) enter(pid int) (ns string, err error) {
	ns, err = seen(func() (string, error) { return os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", pid)) })
	if err != nil {
		return "", err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.rooms[pid]; r != nil { // of another watch; or of a room before, whose watch has yet to see its end
		r.watchers++
		r.ns = ns
		return ns, nil
	}
	if own, err := os.Readlink("/proc/self/ns/pid"); err != nil || ns == own {
		return "", errors.New("it is in this process's own pid namespace")
	}
	if c.rooms == nil {
		c.rooms = map[int]*roomSpace{}
	}
	c.rooms[pid] = &roomSpace{ns, 1}
	return ns, nil
}

// execTries is how often, a millisecond apart, a process that can't be looked into is looked at.
const execTries = 100

// seen is what read gives of a process. In the middle of its exec it is still what the stage
// made it, one that lets no ordinary user look into it, although the stage has ended.
func seen(read func() (string, error)) (text string, err error) {
	for range execTries {
		if text, err = read(); !errors.Is(err, os.ErrPermission) {
			break
		}
		time.Sleep(time.Millisecond)
	}
	return text, err
}

func (c *census) leave(pid int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.rooms[pid]; r != nil {
		if r.watchers--; r.watchers == 0 {
			delete(c.rooms, pid)
		}
	}
}

// machine is how much memory of the kinds that a room is charged for the whole
// machine has in use.
func (c *census) machine(now time.Time) (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.usedAt) < fresh {
		return c.used, nil
	}
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, err
	}
	c.used = kibs(text, "AnonPages", "Shmem", "PageTables", "Hugetlb", "SwapTotal") - kibs(text, "SwapFree")
	c.usedAt = now
	return c.used, nil
}

// members are the processes of a pid namespace. All of /proc is read for it: a walk
// from parent to child can be escaped by a process that is adopted meanwhile.
func (c *census) members(ns string, now time.Time) ([]int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.spaceAt) < fresh {
		return c.spaces[ns], nil
	}
	all, err := names("/proc")
	if err != nil {
		return nil, err
	}
	c.spaces, c.spaceAt = map[string][]int{}, now
	known := make(map[int]string, len(all))
	var refused []int
	for _, name := range all {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		space, err := os.Readlink(filepath.Join("/proc", name, "ns/pid"))
		switch {
		case err == nil:
			known[pid] = space
		case c.rooms[pid] != nil:
			known[pid] = c.rooms[pid].ns
		case errors.Is(err, unix.EACCES) && isOwn(pid):
			refused = append(refused, pid)
		}
	}
	for _, pid := range refused {
		if r := c.roomOf(pid, known); r != "" {
			known[pid] = r
		}
	}
	for pid, space := range known {
		c.spaces[space] = append(c.spaces[space], pid)
	}
	return c.spaces[ns], nil
}

// isOwn tells whether a process is of the user that this one is of.
func isOwn(pid int) bool {
	var st unix.Stat_t
	return unix.Stat(fmt.Sprintf("/proc/%d", pid), &st) == nil && int(st.Uid) == os.Geteuid()
}

// roomOf finds the room of a process that an ordinary user may not ask for its
// namespace, by its ancestors: one whose first thread has ended, or that runs a
// program which its user may not read. In a room all descend from the first process.
func (c *census) roomOf(pid int, known map[int]string) string {
	const generations = 64 // a chain of more that all refuse is not looked through
	for range generations {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			return ""
		}
		pid = int(kibs(status, "PPid") >> 10)
		space, ok := known[pid]
		if !ok {
			continue
		}
		for _, r := range c.rooms {
			if r.ns == space {
				return space
			}
		}
		return ""
	}
	return ""
}
