//go:build linux && (amd64 || arm64)

package isolate

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// memoryRows take more than a whole room may have, in ways that no limit of a single
// process counts. They have no answer: the room is ended from outside.
func memoryRows() []row {
	wait := run("/bin/sleep", "60")
	const much = 512 << 20
	const hold = "x=$(head -c 60000000 /dev/zero | tr '\\0' x); sleep 1000; echo $x"
	return []row{
		{ID: "R02 memory that is shared", Alone: true, Do: []step{
			sys(unix.SYS_MMAP, 0, much, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_ANON, -1, 0),
			sys(unix.SYS_MADVISE, res(1), much, unix.MADV_POPULATE_WRITE), wait}},
		{ID: "R03 memory of many", Alone: true, Do: []step{
			{Kind: "spawn", Argv: []string{"/bin/sh", "-c", hold}, Repeat: 8}, wait}},
	}
}

// wholeRoom is less than memoryRows take and more than any of the apps does.
const wholeRoom = 300 << 20

func memoryOfRooms(t *testing.T, situation, kit string, kind appKind) {
	held := 0
	var longest time.Duration
	for _, r := range memoryRows() {
		s := grantedSpec(kit)
		s.Argv, s.Limits.Total = []string{Self, "battery"}, wholeRoom
		began := time.Now()
		room, err := Start(t.Context(), s)
		require.NoError(t, err)
		go func() {
			_ = json.NewEncoder(room.In).Encode(newJob(kind.with, []row{r}))
			_ = room.In.Close()
		}()
		said, _ := io.ReadAll(room.Out)
		exit := room.Wait()
		require.NoError(t, room.Close())
		longest = max(longest, time.Since(began))
		if strings.HasPrefix(exit.Limit, "memory: ") && exit.Signal == "killed" {
			held++
		} else {
			t.Errorf("%s: %+v, not ended for its memory; it said %s %s", r.ID, exit, said, room.Stderr())
		}
	}
	fmt.Printf("%s%-6s %-6s %-13s %d rows, %d held, in %v at most\n", summary, situation, kind.name, "whole room", len(memoryRows()), held, longest.Round(time.Millisecond))
}
