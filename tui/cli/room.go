package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"secgpt/hub"
	"secgpt/hub/rooms"
	"secgpt/isolate"
	"secgpt/tui/safe"
)

// The exit codes of a command that did not start, as shells have them.
const (
	exitNoExec   = 126 // it is there, and can't be executed
	exitNotFound = 127
	exitSignal   = 128 // and the signal's number
)

// roomHost is the host id of a room that no app owns. Installs of apps count up
// from HostIDBase+1 (apps.Registry), so this lies above all of them.
const roomHost = isolate.HostIDBase + 200000

// lastWords is how long what the room still wrote may take to be shown once it was
// ended.
const lastWords = 200 * time.Millisecond

// roomOver carries the exit code of a room's command, whatever else happened.
type roomOver int

func (r roomOver) Error() string { return fmt.Sprintf("the room ended with code %d", int(r)) }

// roomFlags are what a room gets beside the read-only system.
type roomFlags struct {
	read, write, hosts []string
	memory             string
	wall               time.Duration
	explain            bool
}

func (c *command) roomCmd() *cobra.Command {
	var f roomFlags
	cmd := &cobra.Command{
		Use:   "room [flags] -- COMMAND…",
		Short: "Run any command in a locked room, as an app is run",
		Long: "Runs a command in a locked room: it sees the read-only system, a private and\n" +
			"empty home, and what the flags grant. It gets standard input line by line, never\n" +
			"the terminal. Its exit code is passed on; 128 and a signal's number if a signal\n" +
			"ended it, 127 if it was not found, 126 if it can't be executed, 5 if there can\n" +
			"be no room, 6 if a limit ended it.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("room: no command; for example `%s room -- python3 -i`", invoked())
			}
			return c.room(cmd.Context(), f, args)
		},
	}
	flags := cmd.Flags()
	flags.SetInterspersed(false) // what follows the command is the command's own
	f.grantFlags(flags)
	flags.StringVar(&f.memory, "memory", "", "memory of all its processes together: `SIZE`, such as 512M or 1G")
	flags.DurationVar(&f.wall, "time", 0, "end it after this `DURATION`, such as 30s")
	flags.BoolVar(&f.explain, "explain", false, "print what the room holds, and run nothing")
	return cmd
}

// grantFlags are the same for a room and for an app.
func (f *roomFlags) grantFlags(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.read, "read", nil, "show the file or folder `PATH`, read-only; can be repeated")
	flags.StringArrayVar(&f.write, "write", nil, "let it read and change `PATH`; can be repeated")
	flags.StringArrayVar(&f.hosts, "host", nil, "let it reach `NAME[:PORT]`; can be repeated")
}

// room runs a command in a room, or tells what the room would hold.
func (c *command) room(ctx context.Context, f roomFlags, argv []string) error {
	spec, err := c.roomSpec(f, argv)
	if err != nil {
		return err
	}
	hosts, err := f.egress()
	if err != nil {
		return err
	}
	spec.Hosts = rooms.HostsOf(hosts)
	if f.explain || c.dry {
		return c.explainRoom(ctx, spec, hosts)
	}
	gate, shut, err := c.newGateway(hosts)
	if err != nil {
		return err
	}
	defer shut()
	got := make(chan os.Signal, 1)
	signal.Notify(got, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	defer signal.Stop(got)
	if err := ctx.Err(); err != nil {
		return err // it came before we listened
	}
	t := openStreams()
	spec.Stderr = t.err
	// Not ctx itself: which signal it was decides the exit code.
	room, err := isolate.Start(context.WithoutCancel(ctx), spec)
	if err != nil {
		return noRoom(err)
	}
	defer end(room)
	if err := serve(gate, room); err != nil {
		return err
	}
	return t.carry(room, got)
}

// over ends a command that did not start with one line.
func over(code int, err error) error {
	fmt.Fprintf(os.Stderr, "secgpt: %s\n", safe.Line(err.Error()))
	return roomOver(code)
}

// noRoom tells a room that can't be had from a command that can't be executed and
// from a grant that is refused.
func noRoom(err error) error {
	var layer *isolate.LayerError
	switch {
	case errors.As(err, &layer):
		fmt.Fprintf(os.Stderr, "secgpt: %s\n", safe.Line(err.Error()))
		tell("it means", layer.Means())
		tell("to mend it", layer.Remedy)
		return roomOver(hub.ExitApp)
	case isolate.CannotExec(err) && errors.Is(err, fs.ErrNotExist):
		return over(exitNotFound, err)
	case isolate.CannotExec(err):
		return over(exitNoExec, err)
	}
	return usage{errors.New(safe.Line(err.Error()))}
}

// tell adds a line to an error, if there is something to say.
func tell(what, text string) {
	if text != "" {
		fmt.Fprintf(os.Stderr, "  %s: %s\n", what, safe.Line(text))
	}
}

// carry moves bytes until the command ends or a signal comes, and returns its end.
func (t *streams) carry(room *isolate.Room, got <-chan os.Signal) error {
	go func() {
		_, _ = io.Copy(room.In, os.Stdin)
		_ = room.In.Close()
	}()
	shown := make(chan error, 1)
	go func() {
		err := t.show(room.Out)
		if err != nil {
			_ = room.Close() // nobody reads on; the command may never try to write
		}
		shown <- err
	}()
	ended := make(chan isolate.Exit, 1)
	go func() { ended <- room.Wait() }()

	var exit isolate.Exit
	var failed error
	for waiting := 2; waiting > 0; waiting-- {
		select {
		case exit = <-ended:
		case failed = <-shown:
		case s := <-got:
			end(room)
			return roomOver(exitSignal + int(s.(syscall.Signal)))
		}
	}
	t.flush()
	if failed != nil {
		return fmt.Errorf("what the command wrote can't be passed on: %w", failed)
	}
	return passOn(exit)
}

// end kills the room. It waits for its last words, but not for a reader of ours that
// has stopped: the room is dead all the same.
func end(room *isolate.Room) {
	gone := make(chan struct{})
	go func() {
		_ = room.Close()
		close(gone)
	}()
	select {
	case <-gone:
	case <-time.After(lastWords):
	}
}

// passOn turns the end of a command into ours.
func passOn(exit isolate.Exit) error {
	switch {
	case exit.Limit != "":
		return over(hub.ExitLimit, fmt.Errorf("the room was ended: %s", exit.Limit))
	case exit.Signal != "":
		for s := syscall.Signal(1); s <= 64; s++ {
			if s.String() == exit.Signal {
				return roomOver(exitSignal + int(s))
			}
		}
		return roomOver(exitSignal)
	case exit.Code != 0:
		return roomOver(exit.Code)
	}
	return nil
}
