// Package roomtest says for tests what this machine can't do. What can't be had is
// skipped, and with SECGPT_TEST_ALL in the environment it fails, so that no run that
// is meant to be whole passes by leaving out.
package roomtest

import (
	"context"
	"os"
	"sync"
	"testing"

	"secgpt/isolate"
)

// All tells whether every test must run.
func All() bool { return os.Getenv("SECGPT_TEST_ALL") != "" }

// Missing ends a test of something that this machine lacks.
func Missing(t testing.TB, what string, args ...any) {
	t.Helper()
	if All() {
		t.Fatalf(what, args...)
	}
	t.Skipf(what, args...)
}

// tried asks the machine once.
var tried = sync.OnceValue(func() error {
	_, err := isolate.Try(context.Background())
	return err
})

// Need is the first line of a test that starts a room.
func Need(t testing.TB) {
	t.Helper()
	if err := tried(); err != nil {
		Missing(t, "no rooms on this machine: %v", err)
	}
}
