//go:build linux

package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// oddName can't be shown as it is.
const oddName = "o\n\x1b[2J\xff\u202ex"

// badHome is a person's home folder with what can't be granted in it.
func badHome(t *testing.T) string {
	t.Helper()
	home, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	for _, dir := range []string{".config/secgpt", ".local/state/secgpt", ".local/share/secgpt/apps/other/data", "Notes", oddName} {
		require.NoError(t, os.MkdirAll(filepath.Join(home, dir), 0o700))
	}
	write(t, "mine\n", home, "Notes", "list")
	require.NoError(t, unix.Mkfifo(filepath.Join(home, "fifo"), 0o600))
	s, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, unix.Close(s)) })
	t.Chdir(home) // a socket's path is short
	require.NoError(t, unix.Bind(s, &unix.SockaddrUnix{Name: "socket"}))
	for name, to := range map[string]string{"round": "round", "dangling": "none", "toState": ".local/state", "toNotes": "Notes", "toHome": "."} {
		require.NoError(t, os.Symlink(to, filepath.Join(home, name)))
	}
	return home
}

// withoutNotes leaves out the lines that a room says of itself before anything else.
func withoutNotes(r ran) ran {
	var kept []string
	for line := range strings.Lines(r.err) {
		if !strings.HasPrefix(line, "room: ") {
			kept = append(kept, line)
		}
	}
	r.err = strings.Join(kept, "")
	return r
}

// badRoom runs a command in a room, with a home folder, and sees that nothing is left.
func badRoom(t *testing.T, home string, args ...string) ran {
	t.Helper()
	gone := watchProcesses(t)
	cmd := command(t, []string{"HOME=" + home}, append([]string{"room"}, args...)...)
	cmd.Dir = home
	r := started(t, cmd, nil).ended()
	gone()
	return withoutNotes(r)
}

// What must not be granted is refused however it is named, in one line, with code 2.
func TestRoomRefusesGrants(t *testing.T) {
	home := badHome(t)
	const keeps = "it would show what secgpt keeps in "
	for path, want := range map[string]string{
		"/":                                     "the whole computer can't be granted; name a folder in it",
		"/..":                                   "the whole computer can't be granted",
		"~":                                     "your whole home folder can't be granted; name a folder in it",
		home:                                    "your whole home folder can't be granted",
		filepath.Dir(home):                      "your whole home folder can't be granted",
		"toHome":                                "your whole home folder can't be granted",
		"~/.config/secgpt":                      keeps,
		".local/share/secgpt":                   keeps,
		".local/state/secgpt":                   keeps,
		".local/share":                          keeps,
		"toState":                               keeps,
		".local/share/secgpt/apps/other/data":   keeps,
		"Notes/../.local/share/secgpt/apps":     keeps,
		"/proc/self/root" + home + "/.config":   "",
		"fifo":                                  "it is a link, pipe, socket or device; only folders and files can be granted",
		"socket":                                "it is a link, pipe, socket or device",
		"/dev/null":                             "/dev is the room's own",
		"/proc":                                 "/proc is the room's own",
		"/dev":                                  "/dev is the room's own",
		"/usr":                                  "/usr is the room's own",
		"/etc":                                  "/etc is the room's own",
		"none":                                  "it does not exist; make it first, or name another",
		"dangling":                              "it does not exist",
		"round":                                 "too many links",
		"fifo/x":                                "not a directory",
		"":                                      "--read names nothing: the variable in its place is empty",
		strings.Repeat("/0123456789abcde", 257): "/0123456789abcde",
	} {
		for _, flag := range []string{"--read", "--write"} {
			r := badRoom(t, home, flag, path, "--", "true")
			words := []string{}
			if want != "" && (flag == "--read" || path != "") {
				words = append(words, want)
			}
			r.requireLine(t, 2, words...)
		}
	}
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "data", "apps"), 0o700))
	r := badRoom(t, home, "--profile", dir, "--read", filepath.Join(dir, "data"), "--", "true")
	r.requireLine(t, 2, keeps)
}

// What can be granted is, also by an odd name, a link, or as one file.
func TestRoomTakesOddGrants(t *testing.T) {
	home := badHome(t)
	write(t, "odd\n", home, oddName, "f")
	for _, c := range []struct{ path, file, want string }{
		{"Notes", "Notes/list", "mine\n"}, {"Notes/list", "Notes/list", "mine\n"}, {"toNotes", "Notes/list", "mine\n"},
		{"./Notes/", "Notes/list", "mine\n"}, {oddName, oddName + "/f", "odd\n"},
	} {
		r := badRoom(t, home, "--read", c.path, "--", "cat", filepath.Join(home, c.file))
		require.Zero(t, r.code, r.err)
		require.Equal(t, c.want, r.out)
	}
}

// What a configuration grants is refused as what flags grant is, also where the profile is
// another than the person's own.
func TestConfiguredGrantsAreRefused(t *testing.T) {
	home, dir := badHome(t), t.TempDir()
	for path, want := range map[string]string{
		home: "your whole home folder can't be granted", filepath.Join(home, ".local/state"): "would show it what secgpt keeps in ",
		filepath.Join(home, ".local/share/secgpt/apps/other/data"): "would show it what secgpt keeps in ",
	} {
		write(t, fmt.Sprintf("[apps.mail]\nfolder = %q\n", path), dir, "config", "config.toml")
		cmd := command(t, []string{"HOME=" + home}, "apps", "call", "--profile", dir, "mail.search", "{}")
		r := started(t, cmd, nil).ended()
		require.NotZero(t, r.code, path)
		require.Contains(t, r.err, want, path)
	}
}

// A flag that says nothing sensible is a usage error.
func TestRoomFlags(t *testing.T) {
	home := badHome(t)
	for _, args := range [][]string{
		{}, {"--"}, {"--memory", "", "--"}, {"--memory", "0", "--", "true"}, {"--memory", "-1", "--", "true"},
		{"--memory", "15M", "--", "true"}, {"--memory", "99999999T", "--", "true"}, {"--memory", "9223372036854775807", "--", "true"},
		{"--memory", "1e9", "--", "true"}, {"--time", "-1s", "--", "true"}, {"--time", "soon", "--", "true"},
		{"--time", "99999999h", "--", "true"}, {"--host", "", "--", "true"}, {"--host", "a b", "--", "true"},
		{"--host", "a.example:0", "--", "true"}, {"--host", "a.example:99999", "--", "true"}, {"--host", oddName, "--", "true"},
		{"--host", strings.Repeat("a", 300), "--", "true"}, {"--none", "--", "true"}, {"--read"},
	} {
		r := badRoom(t, home, args...)
		r.requireLine(t, 2)
		require.NotContains(t, r.err, "\x1b")
	}
	many := []string{}
	for i := range 65 {
		dir := filepath.Join(home, "Notes", fmt.Sprint(i))
		require.NoError(t, os.Mkdir(dir, 0o700))
		many = append(many, "--read", dir)
	}
	badRoom(t, home, append(many, "--", "true")...).requireLine(t, 2, "65 grants, a room takes 64")
	r := badRoom(t, home, append(many[2:], "--", "true")...)
	require.Zero(t, r.code, r.err)
}

// A command that does not start is told from one that failed: 127 if it is not there,
// 126 if it can't be executed.
func TestRoomCommandsThatDoNotStart(t *testing.T) {
	home := badHome(t)
	for name, text := range map[string]string{
		"plain": "", "lost": "#!/no/such/interpreter\n", "crlf": "#!/bin/sh\r\necho\r\n", "empty": "", "text": "hello\n",
		"other": "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 9) + "\x02\x00\x16\x00\x01\x00\x00\x00" + strings.Repeat("\x00", 200),
		"cut":   "\x7fELF",
	} {
		path := write(t, text, home, "Notes", name)
		if name != "plain" {
			require.NoError(t, os.Chmod(path, 0o755))
		}
	}
	for name, c := range map[string]struct {
		code int
		want string
	}{
		"":                                      {127, "no command was named"},
		"none-such":                             {127, "there is no such command on PATH"},
		"/none":                                 {127, "there is no such file"},
		"./none":                                {127, "there is no such file"},
		"dangling":                              {127, ""},
		"./dangling":                            {127, "which is not there"},
		"/usr":                                  {126, "it is a folder: name a program in it"},
		"./Notes":                               {126, "it is a folder"},
		"./fifo":                                {126, "it is a pipe, socket or device"},
		"./round":                               {126, "its links go round in a circle"},
		"./Notes/plain":                         {126, "it is not executable"},
		"./Notes/lost":                          {126, "its interpreter can't be had"},
		"./Notes/crlf":                          {126, "its first line ends as on Windows"},
		"./Notes/empty":                         {126, "it is empty"},
		"./Notes/text":                          {126, "it is neither a program for this system nor a script"},
		"./Notes/other":                         {126, "made for another machine"},
		"./Notes/cut":                           {126, "broken program file"},
		oddName:                                 {127, "⏎"},
		"./" + oddName:                          {126, "it is a folder"},
		strings.Repeat("/0123456789abcde", 257): {126, ""},
	} {
		r := badRoom(t, home, "--", name)
		r.requireLine(t, c.code, c.want)
		require.NotContains(t, r.err, "\x1b")
	}
	r := badRoom(t, home, "--", "echo", "a\x1b", strings.Repeat("x", 100_000))
	require.Zero(t, r.code, r.err)
	r = badRoom(t, home, append([]string{"--", "true"}, slices.Repeat([]string{"x"}, 70_000)...)...)
	r.requireLine(t, 2, "a room takes")
}

// Whatever surroundings it is started from, a room comes up, or one line says why not.
func TestRoomFromOddSurroundings(t *testing.T) {
	home := badHome(t)
	for name, c := range map[string]struct {
		line string // $0 is the program
		code int
		want string // on standard output, or in the line
	}{
		"no input":       {`exec "$0" room -- echo up <&-`, 0, "up\n"},
		"no output":      {`exec "$0" room -- sh -c 'echo up >&2' >&- 2>/dev/null`, 0, ""},
		"no streams":     {`exec "$0" room -- true <&- >&- 2>&-`, 0, ""},
		"no home":        {`unset HOME; exec "$0" room -- echo up`, 0, "up\n"},
		"relative home":  {`HOME=x exec "$0" room -- echo up`, 0, "up\n"},
		"no PATH":        {`PATH= exec "$0" room -- /bin/echo up`, 0, "up\n"},
		"no PATH at all": {`unset PATH; exec "$0" room -- /bin/echo up`, 0, "up\n"},
		"found nowhere":  {`PATH= exec "$0" room -- echo up`, 127, "there is no such command on PATH"},
		"no folder":      {`mkdir gone && cd gone && rmdir ../gone && exec "$0" room -- echo up`, 2, "the working folder is gone"},
		"no TMPDIR":      {`TMPDIR=/none exec "$0" room -- echo up`, 0, "up\n"},
		"TERM and LANG":  {`TERM= LANG=xx_XX.none LC_ALL=none exec "$0" room -- echo up`, 0, "up\n"},
		"umask 0":        {`umask 0; exec "$0" room -- sh -c umask`, 0, "0077\n"},
		"umask 777":      {`umask 777; exec "$0" room -- sh -c umask`, 0, "0077\n"},
		"few files":      {`ulimit -n 32; exec "$0" room -- echo up`, 0, "up\n"},
		"hardly any":     {`ulimit -n 14; exec "$0" room -- echo up`, 5, "too many open files"},
		"small files":    {`ulimit -f 8; exec "$0" room -- echo up`, 5, "ulimit -f"},
		"ignored":        {`trap '' PIPE CHLD HUP INT TERM USR1; exec "$0" room -- sh -c 'kill -TERM $$'`, 143, ""},
		"time zone":      {`TZ=:/etc/shadow exec "$0" room -- sh -c 'echo $TZ'`, 0, "UTC\n"},
	} {
		t.Run(name, func(t *testing.T) {
			gone := watchProcesses(t)
			cmd := command(t, []string{"HOME=" + home})
			cmd.Path, cmd.Args, cmd.Dir = "/bin/sh", []string{"/bin/sh", "-c", c.line, self(t)}, home
			r := withoutNotes(started(t, cmd, nil).ended())
			gone()
			require.Equal(t, c.code, r.code, "%s%s", r.out, r.err)
			r.requireCalm(t)
			switch {
			case c.code == 0:
				require.Equal(t, c.want, r.out)
			case c.code == 5:
				require.Contains(t, r.err, c.want)
				require.Contains(t, r.err, "\n  to mend it: ")
			case c.want != "":
				r.requireLine(t, c.code, c.want)
			}
		})
	}
}

// The hub refuses for an app what `secgpt room` refuses for a command, before it starts.
func TestAppsAreRefusedWhatSecgptKeeps(t *testing.T) {
	for name, in := range map[string]func(dir string) string{
		"all apps":      func(dir string) string { return filepath.Join(dir, "data", "apps") },
		"another app's": func(dir string) string { return filepath.Join(dir, "data", "apps", "other", "data") },
		"the state":     func(dir string) string { return filepath.Join(dir, "state") },
		"the profile":   func(dir string) string { return dir },
		"a pipe":        func(dir string) string { return filepath.Join(dir, "..", "pipe") },
		"nothing":       func(dir string) string { return filepath.Join(dir, "..", "none") },
		"a link":        func(dir string) string { return filepath.Join(dir, "..", "link") },
	} {
		t.Run(name, func(t *testing.T) {
			dir, err := filepath.EvalSymlinks(profileWith(t))
			require.NoError(t, err)
			base := filepath.Dir(dir)
			require.NoError(t, unix.Mkfifo(filepath.Join(base, "pipe"), 0o600))
			require.NoError(t, os.Symlink("/opt", filepath.Join(base, "link")))
			require.NoError(t, os.MkdirAll(filepath.Join(dir, "data", "apps", "other", "data"), 0o700))
			path := filepath.Clean(in(dir))
			install(t, dir, "decent", `files = [`, fmt.Sprintf(`files = [{ path = %q, mode = "ro" }, `, path))
			r := tryWith(t, strings.NewReader(beside("decent")), nil, on(dir)...)
			r.requireLine(t, 5, "decent", filepath.Base(path))
		})
	}
}
