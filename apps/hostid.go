package apps

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"secgpt/apps/osfile"
)

const (
	// firstHostID lies above what distributions give to users and their containers.
	firstHostID = 4200001
	// maxHostIDs bounds the installs of one profile: far more than anybody makes, and
	// the range stays where nobody else's is.
	maxHostIDs = 100000
	// hostIDs lists the installs, one a line; the line's number is the id's offset.
	hostIDs = "hostids"
)

// HostID returns the user id of the host as which an app's room runs under root. It
// belongs to one install for good: it lies in the install's own folder, goes with
// it, and is given to no other app of this profile again, since files may still
// carry it.
func (r *Registry) HostID(name string) (int, error) {
	a, ok := r.Get(name)
	if !ok {
		return 0, fmt.Errorf("there is no app %q", name)
	}
	// The list is the lock as well: it is never replaced, only added to.
	list, err := osfile.Open(filepath.Join(r.dir, hostIDs), os.O_RDWR|os.O_CREATE|os.O_APPEND)
	if err != nil {
		return 0, err
	}
	defer list.Close()
	if err := osfile.Lock(list); err != nil {
		return 0, fmt.Errorf("lock %s: %w", list.Name(), err)
	}
	own := filepath.Join(a.Dir, "hostid")
	b, err := readOwn(own, 16)
	if err == nil {
		id, err := strconv.Atoi(strings.TrimSpace(string(b)))
		if err != nil || id < firstHostID || id >= firstHostID+maxHostIDs {
			return 0, fmt.Errorf("%s: expected a number from %d to %d", own, firstHostID, firstHostID+maxHostIDs-1)
		}
		return id, nil
	}
	if _, gone := os.Lstat(own); !errors.Is(gone, fs.ErrNotExist) {
		return 0, err
	}
	id, err := nextHostID(list, name)
	if err != nil {
		return 0, err
	}
	if err := os.MkdirAll(a.Dir, 0o700); err != nil {
		return 0, err
	}
	return id, os.WriteFile(own, fmt.Appendln(nil, id), 0o600)
}

// nextHostID adds a line to the list. It is on disk before the id is used, so a crash
// can waste an id but never give it twice.
func nextHostID(list *os.File, name string) (int, error) {
	b, err := readOwn(list.Name(), maxHostIDs*(maxName+1))
	if err != nil {
		return 0, err
	}
	line := name + "\n"
	if len(b) > 0 && b[len(b)-1] != '\n' {
		b, line = append(b, '\n'), "\n"+line // a crash cut it short: it counts
	}
	n := bytes.Count(b, []byte("\n"))
	if n >= maxHostIDs {
		return 0, fmt.Errorf("%s: all %d ids were used", list.Name(), maxHostIDs)
	}
	if _, err := list.WriteString(line); err != nil {
		return 0, err
	}
	return firstHostID + n, list.Sync()
}
