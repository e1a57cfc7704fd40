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
	"secgpt/tui/termtest"
)

// question starts a chat and brings it to its first question.
func question(t *testing.T, width, height int, f *fake) *terminal {
	x := newTerminal(t, width, height)
	x.chat(f)
	x.Types("add the invitation from Bob to my calendar", termtest.Enter)
	x.Sees("╭ mail → calendar ")
	return x
}

func TestTypeAheadGoesToTheDraft(t *testing.T) {
	f := newFake()
	x := newTerminal(t, 80, 24)
	x.chat(f)
	x.Types("add the invitation", termtest.Enter, "a", "\r", "a", " yes", " always") // before and after it comes up
	x.Sees("╭ mail → calendar ", unfocused, "› aa yes always")
	_, answered := f.last()
	require.False(t, answered)
	require.Len(t, f.asked(), 1)
}

func TestPasteNeverAllows(t *testing.T) {
	f := newFake()
	x := question(t, 80, 24, f)
	x.Types(termtest.Tab)
	x.Sees(armed)
	x.Pastes("a")
	x.Pastes("\ta\r")
	x.Pastes("w")
	x.Types("?") // the paste was taken in before this
	x.Sees("→ this")
	_, answered := f.last()
	require.False(t, answered)
}

func TestClickNeverAllows(t *testing.T) {
	f := newFake()
	x := question(t, 80, 24, f)
	x.Types(termtest.Tab)
	s := x.Sees(armed)
	for row, line := range strings.Split(s, "\n") {
		if at := strings.Index(line, "a once"); at >= 0 {
			col := len([]rune(line[:at])) + 1
			x.Types(fmt.Sprintf("\x1b[<0;%d;%dM\x1b[<0;%d;%dm", col, row+1, col, row+1))
		}
	}
	x.Types("?")
	x.Sees("→ this")
	_, answered := f.last()
	require.False(t, answered)
}

// A held key comes as repeats where the terminal tells them apart.
func TestKeyRepeatNeverAllows(t *testing.T) {
	f := newFake()
	x := question(t, 80, 24, f)
	x.Types(termtest.Tab)
	x.Sees(armed)
	x.Types("\x1b[97;1:2u", "\x1b[97;1:2u", "\x1b[97;1:3u") // repeat, repeat, release
	x.Types("?")
	x.Sees("→ this")
	_, answered := f.last()
	require.False(t, answered)
	x.Sees(armed)
	x.Types("\x1b[97;1:1u")
	x.Sees("4 steps")
}

// On a slow link the terminal's answers come late, and so do they for every key
// that was typed before the person could see the question.
func TestKeysBeforeTheTerminalAnsweredDoNothing(t *testing.T) {
	f := newFake()
	x := newTerminal(t, 80, 24)
	x.chat(f)
	x.Hold()
	x.Types("add the invitation", termtest.Enter)
	x.Sees(unfocused)
	x.Types(termtest.Tab, "a", "t", "s", "w", "N")
	x.Sees("wait: this has only just come up")
	x.Types("?")
	x.Sees("→ this", "wait")
	_, answered := f.last()
	require.False(t, answered)
	x.Release()
	x.Sees(armed)
	_, answered = f.last()
	require.False(t, answered, "keys from before are not kept for later")
	x.Types("a")
	x.Sees("4 steps")
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
	x.Hold()
	x.Types("add the invitation", termtest.Enter)
	x.Sees(unfocused)
	x.Types(termtest.Tab, "n")
	x.Sees("You said no")
}

func TestTerminalThatNeverAnswers(t *testing.T) {
	f := newFake()
	x := newTerminal(t, 80, 24)
	x.Mute()
	x.chat(f)
	x.Types("add the invitation", termtest.Enter)
	x.Sees(unfocused)
	since := time.Now()
	x.Types(termtest.Tab, "a")
	x.Sees("wait")
	x.Sees(armed)
	require.GreaterOrEqual(t, time.Since(since), time.Second)
	_, answered := f.last()
	require.False(t, answered)
	x.Types("a")
	x.Sees("4 steps")
}

func TestEachQuestionIsArmedAnew(t *testing.T) {
	f := newFake()
	second := invitation()
	second.Rule = "allow mail -> calendar.create_event # second"
	f.also = []mediator.Question{sealed(second)}
	x := question(t, 80, 24, f)
	x.Types(termtest.Tab)
	x.Sees(armed)
	x.Hold()
	x.Types("a")
	x.Sees(unfocused)
	x.Types(termtest.Tab, "a")
	x.Sees("wait")
	x.Types("?")
	x.Sees("# second")
	require.Len(t, f.got().answers, 1)
	x.Release()
	x.Sees(armed)
	x.Types("t")
	x.Sees("5 steps")
	require.NotEqual(t, f.got().answers[0].Digest, f.got().answers[1].Digest)
}

func TestLosingTheWindowDisarms(t *testing.T) {
	f := newFake()
	x := question(t, 80, 24, f)
	x.Types(termtest.Tab)
	x.Sees(armed)
	x.Types("\x1b[O", "a")
	x.Sees("wait")
	x.Hold()
	x.Types("\x1b[I", "a", "?")
	x.Sees("→ this", "wait")
	_, answered := f.last()
	require.False(t, answered)
	x.Release()
	x.Sees(armed)
}

func TestAllowWaitsForTheLastLine(t *testing.T) {
	f := newFake()
	f.question = longQuestion
	x := question(t, 80, 24, f)
	x.Types(termtest.Tab)
	x.Sees("more lines to read before you can allow")
	x.Types("a", "t", "?")
	x.Sees("more lines to read")
	for range 40 {
		x.Types(termtest.PgDn)
	}
	x.Sees("THE END", armed)
	_, answered := f.last()
	require.False(t, answered)
	x.Types("a")
	x.Sees("4 steps")
}

func TestResizeWhileAsking(t *testing.T) {
	f := newFake()
	x := question(t, 80, 24, f)
	x.Types(termtest.Tab)
	x.Sees(armed)
	for _, size := range [][2]int{{40, 10}, {400, 60}, {60, 15}, {41, 11}, {120, 40}, {80, 24}} {
		x.resize(size[0], size[1])
		s := x.Until(func(s string) bool {
			top, bottom := strings.Count(s, "╭ mail → calendar "), strings.Count(s, "╰ ")
			width := 0
			for _, l := range strings.Split(s, "\n") {
				width = max(width, len([]rune(l)))
			}
			return top == 1 && bottom == 1 && width <= size[0] && strings.Contains(s, "n no")
		}, fmt.Sprint("a whole card at ", size))
		require.LessOrEqual(t, len(strings.Split(s, "\n")), size[1])
	}
	x.Sees(armed)
	x.Types("a")
	x.Sees("Added Project kickoff")
}

func TestResizeHidesWhatWasSeen(t *testing.T) {
	f := newFake()
	x := question(t, 80, 24, f)
	x.Types(termtest.Tab)
	x.Sees(armed)
	x.resize(40, 10)
	x.Sees("more lines to read")
	x.Types("a", "?")
	x.Sees("n no")
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
	x.Hold()
	x.Types("add the invitation", termtest.Enter)
	x.Sees(unfocused)
	r := rand.New(rand.NewPCG(1, 2))
	keys := []string{"a", "t", "s", "w", "y", "N", termtest.Tab, termtest.PgDn, termtest.End, termtest.Down, "?", "x", " ", "e", termtest.Up}
	for range 2000 {
		x.Types(keys[r.IntN(len(keys))])
	}
	x.Types("Z")
	x.resize(90, 24) // a frame after all of them
	x.Until(func(s string) bool { return strings.Contains(s, strings.Repeat("─", 60)) }, "the wider card")
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
				x.Types(termtest.Tab)
				if *update {
					got := x.Until(func(s string) bool {
						return strings.Contains(s, "▸ n no") && (size[1] < smallHeight || strings.Contains(s, "Esc twice")) && !strings.Contains(s, "╰ wait")
					}, "the card")
					require.NoError(t, os.MkdirAll("testdata", 0o755))
					require.NoError(t, os.WriteFile(path, []byte(got+"\n"), 0o644))
					return
				}
				x.Until(func(s string) bool { return s+"\n" == string(want) }, path+":\n"+string(want))
			})
		}
	}
}
