package ask

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"secgpt/apps/link"
	"secgpt/isolate"
)

// initMemory measures process 1 as an init, above a shell that waits.
func initMemory(ctx context.Context, q Request) (Reply, error) {
	q.Argv = []string{"/bin/sh", "-c", "echo up; read x"}
	spec := q.spec()
	spec.Init = true
	r, err := isolate.Start(ctx, spec)
	if err != nil {
		return Reply{}, err
	}
	defer func() { _ = r.Close() }()
	if _, err := bufio.NewReader(r.Out).ReadString('\n'); err != nil {
		return Reply{}, fmt.Errorf("%w: %s", err, r.Stderr())
	}
	n, err := firstProcess()
	return Reply{Bytes: n}, err
}

// invitation is what the calendar reads once before it is looked at: a call that
// depends on no folder.
const invitation = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261126T130000Z\r\nSUMMARY:Kickoff\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

// spokeMemory measures process 1 as a spoke above the calendar, after one call. It
// works in the whole program only.
func spokeMemory(ctx context.Context, q Request) (Reply, error) {
	q.Argv = []string{isolate.Self, "spoke"}
	r, err := isolate.Start(ctx, q.spec())
	if err != nil {
		return Reply{}, err
	}
	defer func() { _ = r.Close() }()
	conn := link.New(r.Out, r.In)
	say := func(f link.Frame, until link.Kind) error {
		if err := conn.Write(f); err != nil {
			return err
		}
		got, err := conn.Read()
		switch {
		case err != nil:
			return fmt.Errorf("the spoke: %w: %s", err, r.Stderr())
		case got.Kind != until:
			text, _ := json.Marshal(got)
			return fmt.Errorf("the spoke said %s, not a %s", text, until)
		case got.Result != nil && got.Result.Error != "":
			return errors.New("the calendar: " + got.Result.Error)
		}
		return nil
	}
	start := &link.Start{Command: []string{isolate.SelfPath, "app", "calendar"}, Env: env}
	if err := say(link.Frame{Kind: link.KindStart, Start: start}, link.KindHello); err != nil {
		return Reply{}, err
	}
	args, err := json.Marshal(map[string]string{"ics": invitation})
	if err != nil {
		return Reply{}, err
	}
	call := &link.Call{Tool: "read_invitation", Args: args}
	if err := say(link.Frame{Kind: link.KindCall, ID: 1, Call: call}, link.KindResult); err != nil {
		return Reply{}, err
	}
	n, err := firstProcess()
	return Reply{Bytes: n}, err
}

// firstProcess is the private dirty memory, in bytes, of the one process 1 below
// this process that has a child: what is kept warm has none yet.
func firstProcess() (int64, error) {
	var found []int
	var walk func(pid int)
	walk = func(pid int) {
		below := children(pid)
		if len(below) > 0 && isFirst(pid) {
			found = append(found, pid)
		}
		for _, c := range below {
			walk(c)
		}
	}
	walk(os.Getpid())
	if len(found) != 1 {
		return 0, fmt.Errorf("%d processes are the first of a room and have a child, not one", len(found))
	}
	return privateDirty(found[0])
}

func children(pid int) (all []int) {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, f := range files {
		text, _ := os.ReadFile(f) // a thread that has ended has none
		for _, word := range strings.Fields(string(text)) {
			if n, err := strconv.Atoi(word); err == nil {
				all = append(all, n)
			}
		}
	}
	return all
}

// isFirst tells whether a process is process 1 of a pid namespace below ours.
func isFirst(pid int) bool {
	ids := strings.Fields(field(fmt.Sprintf("/proc/%d/status", pid), "NSpid:"))
	return len(ids) > 1 && ids[len(ids)-1] == "1"
}

func privateDirty(pid int) (int64, error) {
	path := fmt.Sprintf("/proc/%d/smaps_rollup", pid)
	kb, _, _ := strings.Cut(field(path, "Private_Dirty:"), " ")
	n, err := strconv.ParseInt(kb, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s can't be read: only root may look into a room", path)
	}
	return n << 10, nil
}

// field is what stands behind a name in a file of lines; "" if there is nothing.
func field(path, name string) string {
	text, _ := os.ReadFile(path)
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, name); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
