package tui

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/mediator"
)

// question starts a chat and brings it to its first question.
func question(t *testing.T, width, height int, f *fake) *terminal {
	x := newTerminal(t, width, height)
	x.chat(f)
	x.types("add the invitation from Bob to my calendar", keyEnter)
	x.sees("╭ mail → calendar ")
	return x
}

func TestTypeAheadGoesToTheDraft(t *testing.T) {
	f := newFake()
	x := newTerminal(t, 80, 24)
	x.chat(f)
	x.types("add the invitation", keyEnter, "a", "\r", "a", " yes", " always") // before and after it comes up
	x.sees("╭ mail → calendar ", unfocused, "› aa yes always")
	_, answered := f.last()
	require.False(t, answered)
	require.Len(t, f.asked(), 1)
}

func TestPasteNeverAllows(t *testing.T) {
	f := newFake()
	x := question(t, 80, 24, f)
	x.types(keyTab)
	x.sees(armed)
	x.pastes("a")
	x.pastes("\ta\r")
	x.pastes("w")
	x.types("?") // the paste was taken in before this
	x.sees("→ this")
	_, answered := f.last()
	require.False(t, answered)
}

func TestClickNeverAllows(t *testing.T) {
	f := newFake()
	x := question(t, 80, 24, f)
	x.types(keyTab)
	s := x.sees(armed)
	for row, line := range strings.Split(s, "\n") {
		if at := strings.Index(line, "a once"); at >= 0 {
			col := len([]rune(line[:at])) + 1
			x.types(fmt.Sprintf("\x1b[<0;%d;%dM\x1b[<0;%d;%dm", col, row+1, col, row+1))
		}
	}
	x.types("?")
	x.sees("→ this")
	_, answered := f.last()
	require.False(t, answered)
}

// A held key comes as repeats where the terminal tells them apart.
func TestKeyRepeatNeverAllows(t *testing.T) {
	f := newFake()
	x := question(t, 80, 24, f)
	x.types(keyTab)
	x.sees(armed)
	x.types("\x1b[97;1:2u", "\x1b[97;1:2u", "\x1b[97;1:3u") // repeat, repeat, release
	x.types("?")
	x.sees("→ this")
	_, answered := f.last()
	require.False(t, answered)
	x.sees(armed)
	x.types("\x1b[97;1:1u")
	x.sees("4 steps")
}

// On a slow link the terminal's answers come late, and so do they for every key
// that was typed before the person could see the question.
func TestKeysBeforeTheTerminalAnsweredDoNothing(t *testing.T) {
	f := newFake()
	x := newTerminal(t, 80, 24)
	x.chat(f)
	x.hold()
	x.types("add the invitation", keyEnter)
	x.sees(unfocused)
	x.types(keyTab, "a", "t", "s", "w", "N")
	x.sees("wait: this has only just come up")
	x.types("?")
	x.sees("→ this", "wait")
	_, answered := f.last()
	require.False(t, answered)
	x.release()
	x.sees(armed)
	_, answered = f.last()
	require.False(t, answered, "keys from before are not kept for later")
	x.types("a")
	x.sees("4 steps")
}

// On terminals that don't report repeats, a letter that is held until the gate
// opens is known by its rhythm.
func TestHeldLetter(t *testing.T) {
	var h held
	now := time.Unix(1_000_000, 0)
	press := func(after time.Duration, ready bool) bool {
		now = now.Add(after)
		return h.again("a", now, ready)
	}
	require.False(t, press(0, false))
	require.True(t, press(500*time.Millisecond, true), "the keyboard begins to repeat")
	for range 20 {
		require.True(t, press(40*time.Millisecond, true))
	}
	require.False(t, press(300*time.Millisecond, true), "let go and pressed")
	require.False(t, h.again("t", now, true), "another letter")
}

func TestNoNeverWaits(t *testing.T) {
	f := newFake()
	x := newTerminal(t, 80, 24)
	x.chat(f)
	x.hold()
	x.types("add the invitation", keyEnter)
	x.sees(unfocused)
	x.types(keyTab, "n")
	x.sees("You said no")
}

func TestTerminalThatNeverAnswers(t *testing.T) {
	f := newFake()
	x := newTerminal(t, 80, 24)
	x.silent = true
	x.chat(f)
	x.types("add the invitation", keyEnter)
	x.sees(unfocused)
	since := time.Now()
	x.types(keyTab, "a")
	x.sees("wait")
	x.sees(armed)
	require.GreaterOrEqual(t, time.Since(since), time.Second)
	_, answered := f.last()
	require.False(t, answered)
	x.types("a")
	x.sees("4 steps")
}

func TestEachQuestionIsArmedAnew(t *testing.T) {
	f := newFake()
	second := invitation()
	second.Rule = "allow mail -> calendar.create_event # second"
	f.also = []mediator.Question{sealed(second)}
	x := question(t, 80, 24, f)
	x.types(keyTab)
	x.sees(armed)
	x.hold()
	x.types("a")
	x.sees(unfocused)
	x.types(keyTab, "a")
	x.sees("wait")
	x.types("?")
	x.sees("# second")
	require.Len(t, f.got().answers, 1)
	x.release()
	x.sees(armed)
	x.types("t")
	x.sees("5 steps")
	require.NotEqual(t, f.got().answers[0].Digest, f.got().answers[1].Digest)
}

func TestLosingTheWindowDisarms(t *testing.T) {
	f := newFake()
	x := question(t, 80, 24, f)
	x.types(keyTab)
	x.sees(armed)
	x.types("\x1b[O", "a")
	x.sees("wait")
	x.hold()
	x.types("\x1b[I", "a", "?")
	x.sees("→ this", "wait")
	_, answered := f.last()
	require.False(t, answered)
	x.release()
	x.sees(armed)
}

func TestAllowWaitsForTheLastLine(t *testing.T) {
	f := newFake()
	f.question = longQuestion
	x := question(t, 80, 24, f)
	x.types(keyTab)
	x.sees("more lines to read before you can allow")
	x.types("a", "t", "?")
	x.sees("more lines to read")
	for range 40 {
		x.types(keyPgDn)
	}
	x.sees("THE END", armed)
	_, answered := f.last()
	require.False(t, answered)
	x.types("a")
	x.sees("4 steps")
}

func TestResizeWhileAsking(t *testing.T) {
	f := newFake()
	x := question(t, 80, 24, f)
	x.types(keyTab)
	x.sees(armed)
	for _, size := range [][2]int{{40, 10}, {400, 60}, {60, 15}, {41, 11}, {120, 40}, {80, 24}} {
		x.resize(size[0], size[1])
		s := x.until(func(s string) bool {
			top, bottom := strings.Count(s, "╭ mail → calendar "), strings.Count(s, "╰ ")
			width := 0
			for _, l := range strings.Split(s, "\n") {
				width = max(width, len([]rune(l)))
			}
			return top == 1 && bottom == 1 && width <= size[0] && strings.Contains(s, "n no")
		}, fmt.Sprint("a whole card at ", size))
		require.LessOrEqual(t, len(strings.Split(s, "\n")), size[1])
	}
	x.sees(armed)
	x.types("a")
	x.sees("Added Project kickoff")
}

func TestResizeHidesWhatWasSeen(t *testing.T) {
	f := newFake()
	x := question(t, 80, 24, f)
	x.types(keyTab)
	x.sees(armed)
	x.resize(40, 10)
	x.sees("more lines to read")
	x.types("a", "?")
	x.sees("n no")
	_, answered := f.last()
	require.False(t, answered)
}

// Whoever types at random, on a link that is slower than they are, allows nothing:
// there is no order of keys that answers a question before it could be seen.
func TestRandomTypingAllowsNothing(t *testing.T) {
	f := newFake()
	for range 20 {
		f.also = append(f.also, invitation())
	}
	x := newTerminal(t, 80, 24)
	x.chat(f)
	x.hold()
	x.types("add the invitation", keyEnter)
	x.sees(unfocused)
	r := rand.New(rand.NewPCG(1, 2))
	keys := []string{"a", "t", "s", "w", "y", "N", keyTab, keyPgDn, keyEnd, keyDown, "?", "x", " ", "e", keyUp}
	for range 2000 {
		x.types(keys[r.IntN(len(keys))])
	}
	x.types("Z")
	x.resize(90, 24) // a frame after all of them
	x.until(func(s string) bool { return strings.Contains(s, strings.Repeat("─", 60)) }, "the wider card")
	for _, a := range f.got().answers {
		require.Equal(t, mediator.No, a.Scope)
	}
}

var update = flag.Bool("update", false, "write the golden screens")

// The card as it looks, for eyes and against accidents.
func TestGoldenCards(t *testing.T) {
	for _, size := range [][2]int{{40, 10}, {80, 24}, {120, 40}} {
		for name, ask := range map[string]func() mediator.Question{"invitation": invitation, "long": longQuestion} {
			name := fmt.Sprintf("%s-%dx%d", name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				f := newFake()
				f.question = ask
				x := question(t, size[0], size[1], f)
				path := filepath.Join("testdata", name+".txt")
				want, _ := os.ReadFile(path)
				x.types(keyTab)
				if *update {
					got := x.until(func(s string) bool {
						return strings.Contains(s, "▸ n no") && (size[1] < smallHeight || strings.Contains(s, "Esc twice")) && !strings.Contains(s, "╰ wait")
					}, "the card")
					require.NoError(t, os.MkdirAll("testdata", 0o755))
					require.NoError(t, os.WriteFile(path, []byte(got+"\n"), 0o644))
					return
				}
				x.until(func(s string) bool { return s+"\n" == string(want) }, path+":\n"+string(want))
			})
		}
	}
}
