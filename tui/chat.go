// Package tui is what a person sees and types.
//
// The rules of the screen:
//   - The person's keys go to the draft. A question never takes them: Tab moves to
//     it, Esc moves back.
//   - No is what is selected. Enter never allows; allowing has letters of its own,
//     and they work only once the whole question has been seen (gate.go).
//   - Text of apps and models is drawn inside blocks whose bar and source are ours,
//     and is escaped (safe). It never reaches the title, the clipboard or a link.
//   - One status line above, one hint line below, nothing else that stays.
//   - Colour and glyphs add to words and never stand for them.
//
// Start with Chat. model.go is the root, the one model of the program; its parts
// are plain structs: draft, list, card, gate. turn.go follows a turn's events.
// Nothing waits inside Update: whatever may take time runs in a command or in the
// turn's own goroutine (person.go).
package tui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"

	"secgpt/hub"
	"secgpt/hub/memory"
)

// An Engine is the hub as the chat needs it. Turn and Undo block until all is
// done, end soon after ctx does, and never run at the same time.
type Engine interface {
	Turn(ctx context.Context, r hub.Request, p hub.Person) hub.Result
	// Undo takes back call n, or the last one that can be if n is 0.
	Undo(ctx context.Context, n int, p hub.Person) hub.Result
	// Why tells why call n was allowed or refused, or those of the last turn if n is 0.
	Why(n int) string
	// Transcript is what was said in ask n, or in the last one if n is 0; or why there is none.
	Transcript(n int) (memory.Ask, string)
	// Memory is what an app remembers, oldest first.
	Memory(app string) ([]memory.Fact, error)
	Status() hub.Status
	// Try starts one room and returns the status with what came of it.
	Try(ctx context.Context) hub.Status
}

// Options are where the chat is drawn. The zero value is the process's terminal.
type Options struct {
	In, Out *os.File
	Environ []string
}

// ErrInterrupted is returned when the person pressed Ctrl+C or a signal asked the
// program to end.
var ErrInterrupted = errors.New("interrupted")

// lastTurn is how long the end of the chat waits for a turn that was cancelled:
// rooms are killed in well under a second, and a hung one must not hold the shell.
const lastTurn = 5 * time.Second

// Chat runs until the person leaves. It returns nil for /quit and Ctrl+D,
// ErrInterrupted for Ctrl+C and signals, and ctx's error if ctx ends. Whatever
// happens, the terminal is as it was and no turn is left running.
func Chat(ctx context.Context, e Engine, o Options) error {
	// What the program itself waits for ends with the program, not with ctx, whose
	// end it has to live through.
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	if o.In == nil {
		o.In = os.Stdin
	}
	if o.Out == nil {
		o.Out = os.Stdout
	}
	if o.Environ == nil {
		o.Environ = os.Environ()
	}
	m := newModel(inner, e)
	if r, ok := e.(rememberer); ok {
		m.earlier(r.Earlier())
	}
	p := tea.NewProgram(m, tea.WithInput(o.In), tea.WithOutput(o.Out),
		tea.WithEnvironment(o.Environ), tea.WithoutSignalHandler())
	stop := watch(ctx, p)
	_, err := p.Run()
	stop()
	cancel()
	ended := m.finish(lastTurn)
	switch {
	case m.crash != nil:
		return m.crash
	case err != nil:
		return fmt.Errorf("the terminal failed: %w", err)
	case m.interrupted:
		return ErrInterrupted
	case ctx.Err() != nil:
		return ctx.Err()
	case !ended:
		return fmt.Errorf("the last request did not stop within %s", lastTurn)
	}
	return nil
}

// watch turns a signal, or the end of ctx, into a message. The program then leaves
// the way it does for /quit: killed from outside, it would not wait for its own
// reader of the terminal.
func watch(ctx context.Context, p *tea.Program) (stop func()) {
	sig, end, done := make(chan os.Signal, 1), make(chan struct{}), make(chan struct{})
	signal.Notify(sig, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		defer close(done)
		select {
		case <-sig:
			p.Send(leaveMsg{interrupted: true})
		case <-ctx.Done():
			p.Send(leaveMsg{})
		case <-end:
		}
	}()
	return func() {
		signal.Stop(sig)
		close(end)
		<-done
	}
}
