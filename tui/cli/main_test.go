//go:build linux

package cli_test

import (
	"context"
	"io"
	"maps"
	"os"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"secgpt/apps/calendar"
	"secgpt/apps/contacts"
	"secgpt/apps/mail"
	"secgpt/apps/notes"
	"secgpt/apps/paper"
	"secgpt/apps/sample"
	"secgpt/apps/spoke"
	"secgpt/hub/profile"
	"secgpt/isolate"
	"secgpt/tui/cli"
)

// TestMain makes the test binary be secgpt where a script, a room or a spoke
// starts it: rooms re-run the binary that started them.
func TestMain(m *testing.M) {
	isolate.Main()
	if len(os.Args) > 1 && (os.Args[1] == "spoke" || os.Args[1] == "app") {
		os.Exit(secgpt())
	}
	if len(os.Args) > 2 && os.Args[1] == misbehave {
		os.Exit(serve(os.Args[2]))
	}
	if len(os.Args) > 2 && os.Args[1] == rogue {
		os.Exit(newRogue(os.Args[2]).serve())
	}
	switch os.Getenv("SECGPT_TEST_RUN") {
	case "programnoroom":
		if err := os.WriteFile("/proc/sys/user/max_user_namespaces", []byte("0"), 0); err != nil {
			panic(err)
		}
		os.Exit(secgpt())
	case "programfulldisk":
		if err := smallDisk(os.Getenv("SECGPT_TEST_DISK")); err != nil {
			panic(err)
		}
		os.Exit(secgpt())
	case "program":
		os.Exit(secgpt())
	}
	testscript.Main(m, map[string]func(){"secgpt": func() { os.Exit(secgpt()) }})
}

// secgpt is the program, wired as main wires it.
func secgpt() int {
	if len(os.Args) > 1 && os.Args[1] == "spoke" {
		return spoke.Main()
	}
	apps := map[string]func(context.Context, io.Reader, io.Writer) error{
		"mail": mail.Run, "calendar": calendar.Run, "contacts": contacts.Run, "notes": notes.Run,
	}
	maps.Copy(apps, paper.Programs())
	return cli.Run(os.Args[1:], cli.Parts{
		Apps: apps,
		Sample: func(dir string) (profile.Sample, error) {
			made, err := sample.Write(dir, time.Now())
			return profile.Sample{Made: made.String(), Address: sample.Person}, err
		},
		Tour: func(dir string, programs []string, trapped bool) (profile.Sample, error) {
			made, installed, err := paper.Write(dir, programs, trapped, time.Now())
			return profile.Sample{Made: made.String(), Address: sample.Person, Apps: installed}, err
		},
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata", RequireExplicitExec: true, Setup: func(e *testscript.Env) error {
		e.Setenv("SMALL_MEMORY", smallMemory)
		return nil
	}})
}
