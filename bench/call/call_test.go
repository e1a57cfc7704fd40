// Package call measures what one tool call costs through plan, mediator, record
// and room, beside the same app as a bare MCP child.
package call

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"secgpt/apps/calendar"
	"secgpt/apps/sample"
	"secgpt/apps/spoke"
	"secgpt/hub"
	"secgpt/hub/profile"
	"secgpt/isolate"
	"secgpt/isolate/roomtest"
	"secgpt/mediator"
)

func TestMain(m *testing.M) {
	isolate.Main()
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "spoke":
			os.Exit(spoke.Main())
		case "app", "bare":
			if err := calendar.Run(context.Background(), os.Stdin, os.Stdout); err != nil {
				os.Exit(1)
			}
			os.Exit(0)
		}
	}
	os.Exit(m.Run())
}

// nobody answers no question and looks at nothing.
type nobody struct{}

func (nobody) Tell(hub.Event)                                             {}
func (nobody) Ask(context.Context, []mediator.Question) []mediator.Answer { return nil }
func (nobody) Need(context.Context, hub.Need) (hub.Given, bool)           { return hub.Given{}, false }

// invitation is what both read: a call that depends on no folder.
const invitation = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261126T130000Z\r\nSUMMARY:Kickoff\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

// BenchmarkCall reads an invitation through everything, and in a bare child of the
// go-sdk's client, taking turns so that noise hits both alike. It reports medians
// and their ratio, for a warm app and for the first call of a cold one.
func BenchmarkCall(b *testing.B) {
	roomtest.Need(b)
	dir := b.TempDir()
	p, err := profile.Demo(dir, func(dir string) (profile.Sample, error) {
		made, err := sample.Write(dir, time.Now())
		return profile.Sample{Made: made.String(), Address: sample.Person}, err
	})
	if err != nil {
		b.Fatal(err)
	}
	open := func() *hub.Hub {
		h, err := hub.Open(hub.Options{Profile: p, Model: "none"})
		if err != nil {
			b.Fatal(err)
		}
		return h
	}
	ours := func(h *hub.Hub) {
		if r := h.Turn(b.Context(), hub.Request{Plan: fmt.Sprintf("reply(calendar.read_invitation(ics = %q))", invitation)}, nobody{}); r.Exit != 0 {
			b.Fatalf("%+v", r.Errors)
		}
	}
	bare := func(s *mcp.ClientSession) {
		r, err := s.CallTool(b.Context(), &mcp.CallToolParams{Name: "read_invitation", Arguments: map[string]any{"ics": invitation}})
		if err != nil || r.IsError {
			b.Fatal(err, r)
		}
	}
	connect := func() *mcp.ClientSession {
		self, err := os.Executable()
		if err != nil {
			b.Fatal(err)
		}
		cmd := exec.Command(self, "bare")
		c := mcp.NewClient(&mcp.Implementation{Name: "bench"}, nil)
		s, err := c.Connect(b.Context(), &mcp.CommandTransport{Command: cmd}, nil)
		if err != nil {
			b.Fatal(err)
		}
		return s
	}
	warm, child := open(), connect()
	defer warm.Close()
	defer child.Close()
	ours(warm)
	bare(child)
	var took [4][]time.Duration
	measure := func(i int, f func()) {
		began := time.Now()
		f()
		took[i] = append(took[i], time.Since(began))
	}
	for b.Loop() {
		measure(0, func() { ours(warm) })
		measure(1, func() { bare(child) })
		h := open()
		measure(2, func() { ours(h) })
		h.Close()
		measure(3, func() {
			s := connect()
			bare(s)
			s.Close()
		})
	}
	median := func(i int) float64 {
		slices.Sort(took[i])
		return float64(took[i][len(took[i])/2])
	}
	for i, name := range []string{"call-ms", "bare-call-ms", "first-ms", "bare-first-ms"} {
		b.ReportMetric(median(i)/1e6, name)
	}
	b.ReportMetric(median(0)/median(1), "call/bare")
	b.ReportMetric(median(2)/median(3), "first/bare")
}
