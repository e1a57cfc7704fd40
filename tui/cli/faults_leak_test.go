//go:build linux

package cli_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"secgpt/hub"
	"secgpt/mediator"
)

// ours are goroutines that live as long as the process: the one that starts rooms.
var ours = []goleak.Option{goleak.IgnoreAnyFunction("secgpt/isolate.serveStarts")}

// Thirty turns of all kinds on one hub leave nothing behind when it is closed: no
// goroutine, no process, no file that is open.
func TestAConversationLeavesNothingBehind(t *testing.T) {
	newOracle(t, "Well, that is nice.")
	d := newDesk(t, withModel)
	d.says(mediator.Once)
	require.Zero(t, d.types("who is Alice").Exit) // what is made once is there
	require.NoError(t, d.Close())
	adopt(t)
	nothingLeft(t)
	had, before := files(t), goleak.IgnoreCurrent()

	install(t, d.dir, "mortal")
	install(t, d.dir, "hanging")
	d.open(withModel)
	turns := []struct {
		exit int
		do   func() int
	}{
		{0, func() int { return d.types("what's on my calendar tomorrow").Exit }},
		{0, func() int { return d.types(invite).Exit }},
		{0, func() int { return d.Undo(t.Context(), 0, d).Exit }},
		{0, func() int { return d.types("read the last mail from Mallory").Exit }},
		{0, func() int { return d.types(free).Exit }},
		{2, func() int { return d.plan("reply(nosuch)").Exit }},
		{5, func() int { return d.plan(beside("mortal")).Exit }},
		{6, func() int { return d.plan("n = 0\nfor a in range(9999):\n  for b in range(9999):\n    n = n + 1").Exit }},
		{0, func() int { return d.types("find note rice").Exit }},
		{130, func() int { return d.cancelled(beside("hanging")) }},
	}
	for i := range 3 * len(turns) {
		x := turns[i%len(turns)]
		require.Equal(t, x.exit, x.do(), "turn %d", i)
	}
	require.NotEmpty(t, below(os.Getpid()))
	require.NoError(t, d.Close())
	nothingLeft(t)
	require.NoError(t, goleak.Find(append(ours, before)...))
	has := files(t)
	const tables = "user" // whose files a room's user passes for: kept for each app, see isolate/idmap.go
	require.LessOrEqual(t, has[tables]-had[tables], 5, "more than one for each app that had no room before")
	delete(had, tables)
	delete(has, tables)
	require.Equal(t, had, has)
}

// cancelled runs a plan of the person's until its hanging app runs, and gives it up.
func (d *desk) cancelled(source string) int {
	ctx, cancel := context.WithCancel(d.t.Context())
	d.onTell = func(e hub.Event) {
		if r, ok := e.(hub.Replied); ok && strings.Contains(fmt.Sprint(r.Blocks[0].Value.All()), "notes") {
			cancel()
		}
	}
	defer func() { d.onTell = nil; cancel() }()
	return d.Turn(ctx, hub.Request{Plan: source}, d).Exit
}

// files counts what this process has open, by kind or by name.
func files(t *testing.T) map[string]int {
	t.Helper()
	all := map[string]int{}
	for _, name := range list(t, "/proc/self/fd") {
		if to, err := os.Readlink(filepath.Join("/proc/self/fd", name)); err == nil {
			kind, _, _ := strings.Cut(to, ":[")
			all[kind]++
		}
	}
	return all
}
