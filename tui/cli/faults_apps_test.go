//go:build linux

package cli_test

import (
	"encoding/json"
	"io"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// beside is a plan of three reads, the middle one of the app under test.
func beside(app string) string {
	return "a = contacts.find(name = \"Alice\")\nb = " + app + ".look(text = \"x\")\nreply(a)\nreply(notes.search(query = \"\"))\nreply(b)"
}

// profileWith is a demo with apps in it.
func profileWith(t *testing.T, names ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "p")
	require.Zero(t, try(t, "--demo", "--profile", dir, "apps", "list").code)
	for _, n := range names {
		install(t, dir, n)
	}
	return dir
}

// on is the command line for a plan on standard input, in a demo without a model.
func on(dir string, more ...string) []string {
	return append([]string{"--demo", "--profile", dir, "--model", "none", "run", "-"}, more...)
}

func TestAnInstalledAppIsServed(t *testing.T) {
	dir := profileWith(t, "decent")
	r := tryWith(t, strings.NewReader(beside("decent")), nil, on(dir)...)
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "all is well")
}

// Whatever an app does when it is called, it is ended and named on one line, and
// the other apps of the same plan answer.
func TestABadAppFailsAlone(t *testing.T) {
	for app, words := range map[string]string{
		"mortal":    `mortal ended by itself (it said: exit status 7 ⏎ out of luck⟨U+001B⟩[2J)`,
		"killed":    `killed ended by itself (it said: killed by signal killed)`,
		"flooding":  `flooding wrote too much and was ended (it said: it wrote a line of more than 4194304 bytes)`,
		"babbling":  `not JSON`,
		"chatting":  `more than 2048 messages that were no answer`,
		"guessing":  `more than 2048 messages that were no answer`,
		"stillborn": `exit status 3`,
	} {
		t.Run(app, func(t *testing.T) {
			dir := profileWith(t, app)
			r := tryWith(t, strings.NewReader(beside(app)), nil, on(dir)...)
			r.requireLine(t, 5, words, app)
			require.Contains(t, r.out, "Alice", "a read that was there before")
			require.Contains(t, r.out, "Mum's rice", "a read that came after")
			intact(t, dir)
		})
	}
}

// An app that does not answer takes as long as the person gave the request.
func TestAHangingAppTakesNoLongerThanTheTimeout(t *testing.T) {
	for _, app := range []string{"hanging", "deaf", "dripping"} {
		t.Run(app, func(t *testing.T) {
			t.Parallel()
			dir := profileWith(t, app)
			began := time.Now()
			r := tryWith(t, strings.NewReader(beside(app)), nil, on(dir, "--timeout", "3s")...)
			r.requireLine(t, 6, "the time for this request is over (--timeout)")
			require.Less(t, time.Since(began), 10*time.Second)
			require.Contains(t, r.out, "Alice")
			intact(t, dir)
		})
	}
}

// The memory of the program stays what it was, whatever and however much it is sent.
func TestAFloodTakesLittleMemory(t *testing.T) {
	peak := func(t *testing.T, stdin io.Reader, args ...string) int64 {
		cmd := command(t, nil, args...)
		cmd.Stdin = stdin
		_ = cmd.Run() // most of these apps fail
		nothingLeft(t)
		return cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
	}
	app := func(t *testing.T, name string) int64 {
		return peak(t, strings.NewReader(beside(name)), on(profileWith(t, name))...)
	}
	calm := app(t, "decent")
	for _, name := range []string{"flooding", "babbling", "chatting", "guessing", "moaning"} {
		t.Run(name, func(t *testing.T) { require.Less(t, app(t, name), calm+floodMemory) })
	}
	t.Run("a command", func(t *testing.T) {
		calm := peak(t, nil, "room", "--", "true")
		require.Less(t, peak(t, nil, "room", "--", "sh", "-c", "head -c 1G /dev/zero | tee /dev/stderr"), calm+floodMemory)
	})
}

// An app that fails is in the document of a script, by its name and in its kind,
// also where the plan looks at nothing that it gave.
func TestAFailureIsInTheDocument(t *testing.T) {
	dir := profileWith(t, "mortal")
	for _, plan := range []string{
		"mortal.look(text = \"x\")\nreply(contacts.find(name = \"Alice\"))",
		"b = mortal.look(text = \"x\")\nb = contacts.find(name = \"Alice\")\nreply(b)",
	} {
		r := tryWith(t, strings.NewReader(plan), nil, on(dir, "-o", "jsonl")...)
		require.Equal(t, 5, r.code, r.err)
		lines := strings.Split(strings.TrimSpace(r.out), "\n")
		var done struct {
			Type   string
			Exit   int
			Errors []struct{ App, Kind, Message string }
		}
		require.NoError(t, json.Unmarshal([]byte(lines[len(lines)-1]), &done))
		require.Equal(t, "done", done.Type, "something came after the last line")
		require.Equal(t, 5, done.Exit)
		require.Len(t, done.Errors, 1)
		require.Equal(t, "mortal", done.Errors[0].App)
		require.Equal(t, "died", done.Errors[0].Kind)
		require.Contains(t, r.out, "alice@example.org")
	}
}

// When several codes fit, the first of CLI.md's order is the request's.
func TestTheWorstCodeIsTheRequests(t *testing.T) {
	dir := profileWith(t, "mortal")
	denied := "m = mail.search(sender = \"Mallory\")[0]\nnotes.add(text = m.subject)\n"
	for plan, code := range map[string]int{
		denied:                       4,
		denied + "b = mortal.look()": 5,
		"b = mortal.look()\nreply(b)\nreply([1][2])":                                    2,
		denied + "n = 0\nfor a in range(9999):\n  for b in range(9999):\n    n = n + 1": 6,
	} {
		r := tryWith(t, strings.NewReader(plan), nil, on(dir)...)
		require.Equal(t, code, r.code, "%s\n%s", plan, r.err)
	}
}

// After three deaths an app has to wait, and the person is told how long.
func TestAnAppThatKeepsDyingHasToWait(t *testing.T) {
	dir := profileWith(t, "mortal")
	r := tryWith(t, strings.NewReader(strings.Repeat("a = mortal.look()\nreply(a)\n", 4)), nil, on(dir)...)
	require.Equal(t, 5, r.code)
	require.Equal(t, 3, strings.Count(r.err, "out of luck"))
	require.Contains(t, r.err, "mortal has ended 3 times in this session; it can be tried again in 5s")
}

// A change of an app that dies in it ends the changes of its plan.
func TestAFailedChangeStopsTheChangesAfterIt(t *testing.T) {
	dir := profileWith(t, "mortal")
	require.Zero(t, try(t, "policy", "add", "--profile", dir, "allow person -> mortal.change").code)
	r := tryWith(t, strings.NewReader("mortal.change()\nnotes.add(text = \"after it\", title = \"full\")\nreply(contacts.find(name = \"Alice\"))"), nil, on(dir)...)
	require.Equal(t, 5, r.code, r.err)
	require.Zero(t, changed(t, dir))
	require.Contains(t, r.out, "Alice")
}

// What a plan takes from an empty result is missing, and that is said; what does not need
// it is shown.
func TestAnEmptyResultIsNamed(t *testing.T) {
	for _, c := range []struct{ plan, shows, says string }{
		{"y = notes.search(query = \"zzzz\")\nreply(y[0].title)", "", "notes.search: it found nothing"},
		{"y = notes.search(query = \"zzzz\")\nreply(calendar.list_events(query = \"lunch\")[0].title)\nreply(y[0].title)", "Lunch with Alice?", "notes.search: it found nothing"},
	} {
		r := tryWith(t, strings.NewReader(c.plan), nil, "--demo", "--model", "none", "run", "-")
		r.requireLine(t, 2, c.says)
		require.Contains(t, r.out, c.shows)
	}
}

// A plan by hand is told what was taken for something else in it, like a model's.
func TestWhatIsMendedIsSaid(t *testing.T) {
	r := tryWith(t, strings.NewReader("reply(calendar.find(query = \"lunch\")[0].title)"), nil, "--demo", "--model", "none", "run", "-")
	r.requireLine(t, 0, "mended in the plan, line 1: calendar.find is calendar.list_events")
	require.Contains(t, r.out, "Lunch with Alice?")
}
