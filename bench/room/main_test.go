package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/isolate/roomtest"
)

// The whole command, shortly: it builds both programs, starts rooms with them and
// judges what it measured.
func TestStart(t *testing.T) {
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
	defer stop()
	dir := t.TempDir()
	file := filepath.Join(dir, "rows.json")
	var out bytes.Buffer
	err := command(ctx, []string{"-n", "2", "-only", "start,many,files,calls,memory", "-json", file, "-dir", dir}, &out, io.Discard)
	if errors.Is(err, errNoRooms) && os.Getenv("SECGPT_TEST_ALL") == "" {
		t.Skip(err)
	}
	require.NoError(t, err)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var rows []row
	require.NoError(t, json.Unmarshal(text, &rows))
	require.Greater(t, len(rows), 8)
	for _, r := range rows {
		require.Positive(t, r.Median, r.Name)
		require.LessOrEqual(t, r.P10, r.Median, r.Name)
		require.LessOrEqual(t, r.Median, r.P90, r.Name)
		require.Contains(t, out.String(), r.Name)
	}
	require.Contains(t, out.String(), "secgpt of 1 GB")
	left, err := filepath.Glob(filepath.Join(dir, "secgpt-bench-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// A key in the chat while its rooms misbehave, and rooms that nobody closes, shortly.
func TestEchoAndEnds(t *testing.T) {
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
	defer stop()
	dir := t.TempDir()
	file := filepath.Join(dir, "rows.json")
	var out bytes.Buffer
	err := command(ctx, []string{"-n", "2", "-only", "echo,ends", "-json", file, "-dir", dir}, &out, io.Discard)
	if errors.Is(err, errNoRooms) {
		roomtest.Missing(t, "%v", err)
	}
	require.NoError(t, err)
	if strings.Contains(out.String(), errNoTerminal.Error()) {
		roomtest.Missing(t, "%s", errNoTerminal)
	}
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var rows []row
	require.NoError(t, json.Unmarshal(text, &rows))
	for _, r := range rows {
		if r.P99 > 0 {
			require.LessOrEqual(t, r.P90, r.P99, r.Name)
		}
		require.Equal(t, r.Asked == "", r.Verdict == "", r.Name)
	}
	for _, name := range []string{"nothing else", " busy loops", "a session of its own", "a fork bomb", "a flood", "shared memory", "is killed"} {
		require.Contains(t, out.String(), name) // in a row, or in a note that says why not
	}
	left, err := filepath.Glob(filepath.Join(dir, "secgpt-bench-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestFlags(t *testing.T) {
	for _, args := range [][]string{{"-n", "1"}, {"-only", "nothing"}, {"more"}, {"-dir", "/nowhere/at/all"}} {
		require.Error(t, command(t.Context(), args, io.Discard, io.Discard), "%q", args)
	}
}

func TestBusy(t *testing.T) {
	require.Empty(t, busy("0.24 0.12 0.72 1/200 4242\n", 2))
	require.Contains(t, busy("11.43 10.96 8.21 9/300 4242\n", 2)[0], "a load of 11.4 on 2 processors")
	require.Empty(t, busy("", 2))
}

// Each variant has its turn once a round, the slow ones less often, and one round
// is not counted.
func TestTakeTurns(t *testing.T) {
	var order []string
	one := func(name string, every int) *variant {
		return &variant{name: name, every: every, do: func() (float64, error) {
			order = append(order, name)
			return float64(len(order)), nil
		}}
	}
	a, b, slow := one("a", 0), one("b", 0), one("slow", 4)
	require.NoError(t, takeTurns(t.Context(), 8, 0, []*variant{a, b, slow}))
	require.Len(t, a.took, 8)
	require.Len(t, b.took, 8)
	require.Len(t, slow.took, 8)
	require.Len(t, present(slow.took), 2)
	firsts := map[string]bool{}
	var fast []string
	for _, name := range order {
		if name != "slow" {
			fast = append(fast, name)
		}
	}
	require.Len(t, fast, 18)
	for i := 0; i < len(fast); i += 2 {
		require.NotEqual(t, fast[i], fast[i+1], "both in each round: %v", fast)
		firsts[fast[i]] = true
	}
	require.Len(t, firsts, 2, "the order is drawn anew: %v", fast)

	broken := &variant{name: "broken", do: func() (float64, error) { return 0, io.ErrUnexpectedEOF }}
	err := takeTurns(t.Context(), 2, 0, []*variant{broken})
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.ErrorContains(t, err, "broken")
}
