//go:build linux

package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/tui/termtest"
)

// These start the whole program on a terminal, as a person does.

const (
	invite  = "add the invitation from Bob to my calendar"
	kickoff = "Project kickoff"
	// What a card says while the keys are in the draft, and when its letters count.
	unfocused = "Tab to answer"
	armed     = "Enter says no"
)

// demo opens the chat on a demo of its own.
func demo(t *testing.T) (x *terminal, dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "p")
	return chat(t, 80, 24, "--demo", "--profile", dir, "--model", "none"), dir
}

// ask types a request and waits for the question that it raises.
func (x *terminal) ask(request string) string {
	x.t.Helper()
	x.Types(request)
	x.Sees("› " + request)
	x.Types(termtest.Enter)
	return x.Sees("╭ mail → calendar ", unfocused, "waits for you", "Tab to the question")
}

// focus moves to the card and waits until its letters count.
func (x *terminal) focus() {
	x.t.Helper()
	x.Types(termtest.Tab)
	x.Sees(armed)
}

// leaves presses a key that ends the chat, and checks what is left of it.
func (x *terminal) leaves(key string, code int) {
	x.t.Helper()
	x.Types(key)
	require.Equal(x.t, code, x.ended())
	x.requireRestored()
	nothingLeft(x.t)
}

func TestChatFromTheFirstScreenToTheShell(t *testing.T) {
	x, dir := demo(t)
	s := x.Sees("secgpt demo", "no model · 4 apps", "made for this demo",
		"▸ what's on my calendar tomorrow", "  add the invitation from Bob", "  read the last mail from Mallory")
	require.Regexp(t, `\d+ mails, 2 calendars`, s)
	require.Contains(t, strings.Join(strings.Fields(s), " "), "Nothing of yours is read.")

	x.Types(termtest.Up)
	x.Sees("▸ read the last mail")
	x.Types(termtest.Up, termtest.Up)
	x.Sees("▸ what's on my calendar")
	x.Types(termtest.Enter)
	x.Sees("› what's on my calendar tomorrow", "1 step · /why")

	ics := filepath.Join(dir, "sample", "calendars", "personal.ics")
	before, err := os.ReadFile(ics)
	require.NoError(t, err)
	require.Contains(t, x.ask(invite), kickoff)
	x.focus()
	x.Types("n")
	x.Sees("You said no")
	x.Gone("╭ mail → calendar ")
	after, err := os.ReadFile(ics)
	require.NoError(t, err)
	require.Equal(t, string(before), string(after))

	x.ask(invite)
	x.focus()
	x.Types("a")
	x.Sees("allowed once by you", "/undo")
	require.Equal(t, 1, events(t, dir, kickoff))
	x.Types("/undo", termtest.Enter)
	x.Sees("Taken back")
	require.Zero(t, events(t, dir, kickoff))

	require.NotEmpty(t, below(x.cmd.Process.Pid), "no room was there to be ended")
	x.leaves(termtest.CtrlD, 0)
	intact(t, dir)
}

// Letters that were typed before the card had the keys are words for the draft.
func TestChatTypeAheadDoesNotApprove(t *testing.T) {
	x, dir := demo(t)
	x.Types(invite, termtest.Enter, "aaa")
	x.Sees("╭ mail → calendar ", unfocused, "› aaa")
	x.Types("w", "a")
	x.Sees("› aaawa", unfocused)
	x.Types(termtest.Tab, "n")
	x.Sees("You said no", "› aaawa")
	require.Zero(t, events(t, dir, kickoff))
	x.leaves(termtest.CtrlC, 130)
	require.Contains(t, try(t, "policy", "list", "--profile", dir).err, "no rules yet")
}

func TestChatResizedInTheMiddleOfAQuestion(t *testing.T) {
	x, dir := demo(t)
	whole := x.ask(invite)
	for _, size := range [][2]int{{40, 12}, {120, 40}, {24, 6}, {80, 24}} {
		x.Resize(size[0], size[1])
		x.Until(func(s string) bool { return wholeCard(s, size[0], size[1]) }, "a whole card")
	}
	x.Until(func(s string) bool { return s == whole }, "the same as before")
	x.focus()
	x.Types("a")
	x.Sees("allowed once by you")
	require.Equal(t, 1, events(t, dir, kickoff))
	x.leaves(termtest.CtrlD, 0)
}

// wholeCard reports whether the screen shows one card with all four sides, as wide
// as this window has it, and the draft below it.
func wholeCard(s string, width, height int) bool {
	wide := min(width-2, 100)
	lines := strings.Split(s, "\n")
	top := -1
	for i, l := range lines {
		r := []rune(l)
		if len(r) > width {
			return false
		}
		framed := len(r) == wide+1 && strings.ContainsRune("╭│╰", r[1])
		switch {
		case top < 0 && strings.Contains(l, "╭"):
			if !framed || r[wide] != '╮' {
				return false
			}
			top = i
		case top >= 0 && strings.Contains(l, "╰"):
			return framed && r[wide] == '╯' && len(lines) <= height && strings.HasPrefix(lines[i+1], " ›")
		case top >= 0 && (!framed || r[wide] != '│'):
			return false
		}
	}
	return false
}

// What "always" makes is a rule, for the next process too.
func TestChatAlwaysMakesARule(t *testing.T) {
	x, dir := demo(t)
	x.ask(invite)
	x.focus()
	x.Types("w")
	x.Sees("Added Project kickoff", "by you")
	list := begin(t, nil, nil, "policy", "list", "--profile", dir).ended()
	require.Zero(t, list.code)
	require.Regexp(t, `^  1  allow mail -> calendar\.create_event`, list.out)
	require.Equal(t, 1, strings.Count(list.out, "\n"), list.out)
	x.leaves(termtest.CtrlD, 0)
	require.Equal(t, 1, events(t, dir, kickoff))
	r := try(t, "--demo", "--profile", dir, "--model", "none", "-v", "-p", invite)
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.err, "rule 1")
}

// Ctrl+C in the middle of a question is no, and leaves nothing: no process, no half
// of a file, no changed terminal.
func TestChatCtrlCInAQuestion(t *testing.T) {
	x, dir := demo(t)
	x.ask(invite)
	x.focus()
	require.True(t, runsBelow(x.cmd.Process.Pid, "app calendar"))
	x.leaves(termtest.CtrlC, 130)
	require.Zero(t, events(t, dir, kickoff))
	intact(t, dir)
	r := try(t, "--demo", "--profile", dir, "--model", "none", "-p", "what's on my calendar tomorrow")
	require.Zero(t, r.code, r.err)
}

// An app that hangs is given up with Esc, one that dies is named, and the chat goes
// on with both.
func TestChatLivesOnWhenAnAppDoesNot(t *testing.T) {
	dir := profileWith(t, "hanging", "mortal")
	x := chat(t, 80, 24, "--demo", "--profile", dir, "--model", "none")
	x.Types("/run reply(hanging.look())", termtest.Enter)
	x.Sees("hanging.look", "Esc cancels")
	eventually(t, "the app runs", func() bool { return runsBelow(x.cmd.Process.Pid, misbehave+" hanging") })
	x.Types(termtest.Esc)
	x.Sees("Cancelled.", "Enter asks")
	x.Types("/run reply(mortal.look())", termtest.Enter)
	x.Sees("mortal ended by itself", "out of luck⟨U+001B⟩[2J", "Enter asks")
	x.Types("who is Alice", termtest.Enter)
	x.Sees("alice@example.org")
	x.leaves(termtest.CtrlD, 0)
	intact(t, dir)
}

// Line by line the terminal itself makes Ctrl+C a signal.
func TestPlainChatCtrlCInAQuestion(t *testing.T) {
	dir := profileWith(t)
	x := open(t, 80, 24, "--demo", "--profile", dir, "--model", "none", "--plain")
	x.Sees("secgpt demo")
	x.Types(invite + "\r")
	x.Sees("Question 1 of 1", "Number, then Enter")
	x.Types(termtest.CtrlC)
	require.Equal(t, 130, x.ended())
	require.Equal(t, x.before, x.Modes(), "the terminal's settings")
	nothingLeft(t)
	require.Zero(t, events(t, dir, kickoff))
	intact(t, dir)
}
