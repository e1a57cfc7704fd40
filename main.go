// Command secgpt is a terminal assistant for apps nobody vouches for. This file
// only wires: which apps are built in, and what this process is.
package main

import (
	"context"
	"io"
	"maps"
	"os"
	"time"

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

func main() {
	isolate.Main()
	if len(os.Args) > 1 && os.Args[1] == "spoke" {
		os.Exit(spoke.Main())
	}
	apps := map[string]func(context.Context, io.Reader, io.Writer) error{
		"mail":     mail.Run,
		"calendar": calendar.Run,
		"contacts": contacts.Run,
		"notes":    notes.Run,
	}
	maps.Copy(apps, paper.Programs())
	os.Exit(cli.Run(os.Args[1:], cli.Parts{
		Apps: apps,
		Sample: func(dir string) (profile.Sample, error) {
			made, err := sample.Write(dir, time.Now())
			return profile.Sample{Made: made.String(), Address: sample.Person}, err
		},
		Tour: func(dir string, programs []string, trapped bool) (profile.Sample, error) {
			made, installed, err := paper.Write(dir, programs, trapped, time.Now())
			return profile.Sample{Made: made.String(), Address: sample.Person, Apps: installed}, err
		},
	}))
}
