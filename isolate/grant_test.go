//go:build linux && (amd64 || arm64)

package isolate

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(text), mode))
	require.NoError(t, os.Chmod(path, mode))
}

func owner(t *testing.T, path string) (uid, gid uint32) {
	t.Helper()
	var st unix.Stat_t
	require.NoError(t, unix.Lstat(path, &st))
	return st.Uid, st.Gid
}

func TestGrants(t *testing.T) {
	needRooms(t)
	dir := folder(t)
	for _, name := range []string{"ro", "rw", "data"} {
		require.NoError(t, os.Mkdir(filepath.Join(dir, name), 0o700))
		write(t, filepath.Join(dir, name, "f"), name+"\n", 0o600)
	}
	write(t, filepath.Join(dir, "file"), "file\n", 0o600)
	s := shell("")
	s.Data = filepath.Join(dir, "data")
	s.Files = []Grant{
		{Path: filepath.Join(dir, "ro")}, // at the same path, below the room's /tmp
		{Path: filepath.Join(dir, "rw"), At: "/home/app/notes", Write: true},
		{Path: filepath.Join(dir, "file"), At: "/file"},
	}
	ro := filepath.Join(dir, "ro")
	for name, c := range map[string]struct{ line, want string }{
		"read":                {"cat " + ro + "/f /home/app/notes/f /data/f /file", "ro\nrw\ndata\nfile\n"},
		"write read-only":     {"echo x > " + ro + "/f; echo x > " + ro + "/new; rm -f " + ro + "/f; echo x > /file; chmod 777 /file", ""},
		"write":               {"echo x > /home/app/notes/new && mv /home/app/notes/new /home/app/notes/moved && ls /home/app/notes", "f\nmoved\n"},
		"data":                {"echo x > new; mkdir d; cat new; ls", "x\nd\nf\nnew\n"},
		"nothing else beside": {"ls -A " + dir, "ro\n"},
		"owner":               {"stat -c %u:%g f /home/app/notes/f " + ro + "/f /file | sort -u", "1000:1000\n"},
	} {
		t.Run(name, func(t *testing.T) {
			s.Argv[2] = c.line + "; true"
			out, exit := output(t, s)
			require.Equal(t, c.want, out)
			require.Equal(t, Exit{}, exit)
		})
	}
	for path, want := range map[string]string{"ro/f": "ro\n", "file": "file\n", "rw/moved": "x\n", "data/new": "x\n"} {
		got, err := os.ReadFile(filepath.Join(dir, path))
		require.NoError(t, err)
		require.Equal(t, want, string(got))
	}
	info, err := os.Stat(filepath.Join(dir, "file"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

// Whatever a room makes in a folder belongs on disk to the folder's owner, and
// what others put there stays theirs.
func TestOwnersAreKept(t *testing.T) {
	needRooms(t)
	if os.Geteuid() != 0 {
		t.Skip("an ordinary user has files of one owner only")
	}
	for name, id := range map[string]int{"root's": 0, "somebody's": 12345, "the room's own": HostIDBase + 1} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(folder(t), "d")
			require.NoError(t, os.Mkdir(dir, 0o700))
			write(t, filepath.Join(dir, "mine"), "mine\n", 0o600)
			write(t, filepath.Join(dir, "other"), "other\n", 0o600)
			for _, p := range []string{dir, filepath.Join(dir, "mine")} {
				require.NoError(t, os.Chown(p, id, id))
			}
			require.NoError(t, os.Chown(filepath.Join(dir, "other"), 777, 777))
			for _, data := range []bool{true, false} {
				s := shell("cd $D; cat mine; cat other; echo x >> mine; echo x > new; mkdir sub; touch sub/f; true")
				s.Env = append(s.Env, "D=/data")
				s.Data = dir
				if !data {
					s.Env, s.Data, s.Files = append(s.Env, "D=/granted"), "", []Grant{{Path: dir, At: "/granted", Write: true}}
				}
				out, exit := output(t, s)
				require.Equal(t, "mine\n", out[:5])
				require.NotContains(t, out, "other")
				require.Equal(t, Exit{}, exit)
				for _, made := range []string{".", "mine", "new", "sub", "sub/f"} {
					uid, gid := owner(t, filepath.Join(dir, made))
					require.Equal(t, []int{id, id}, []int{int(uid), int(gid)}, made)
				}
				uid, _ := owner(t, filepath.Join(dir, "other"))
				require.Equal(t, uint32(777), uid)
			}
		})
	}
}

func TestGrantsThatAreRefused(t *testing.T) {
	dir := folder(t)
	write(t, filepath.Join(dir, "file"), "", 0o644)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "sub"), 0o755))
	require.NoError(t, os.Symlink("sub", filepath.Join(dir, "link")))
	require.NoError(t, unix.Mkfifo(filepath.Join(dir, "pipe"), 0o600))
	in := func(name string) Grant { return Grant{Path: filepath.Join(dir, name), At: "/granted"} }
	for name, c := range map[string]struct {
		grants []Grant
		data   string
		want   string
	}{
		"link":             {grants: []Grant{in("link")}, want: "there is a symbolic link in it"},
		"below a link":     {grants: []Grant{{Path: dir + "/link/../file", At: "/x"}}, want: "clean absolute path"},
		"pipe":             {grants: []Grant{in("pipe")}, want: "only folders and files can be granted"},
		"device":           {grants: []Grant{{Path: "/dev/null", At: "/x"}}, want: "only folders and files can be granted"},
		"missing":          {grants: []Grant{in("none")}, want: "/none\": no such file or directory"},
		"root":             {grants: []Grant{{Path: "/", At: "/x"}}, want: `grant "/": it must be a clean absolute path below /`},
		"relative":         {grants: []Grant{{Path: "sub", At: "/x"}}, want: `grant "sub": it must be a clean absolute path`},
		"kernel":           {grants: []Grant{{Path: "/proc/sys", At: "/x"}}, want: "is the kernel's (proc)"},
		"holds kernel's":   {grants: []Grant{{Path: "/dev", At: "/x"}}, want: `grant "/dev": /dev`},
		"at root":          {grants: []Grant{{Path: dir, At: "/"}}, want: "it can't be at"},
		"at tmp":           {grants: []Grant{{Path: dir, At: "/tmp"}}, want: "it can't be at"},
		"at dots":          {grants: []Grant{{Path: dir, At: "/a/../etc"}}, want: "it can't be at"},
		"over the system":  {grants: []Grant{{Path: dir, At: "/usr/lib"}}, want: "/usr is the room's own"},
		"over the locks":   {grants: []Grant{{Path: dir, At: "/.room/canary"}}, want: "/.room is the room's own"},
		"in data":          {grants: []Grant{{Path: dir, At: "/data/x"}}, want: "/data is the room's own"},
		"twice":            {grants: []Grant{in("sub"), in("file")}, want: "it would be in the way"},
		"one in another":   {grants: []Grant{in("sub"), {Path: dir, At: "/granted/x"}}, want: "it would be in the way"},
		"too many":         {grants: make([]Grant, grantsMax+1), want: "65 grants, a room takes 64"},
		"data is a file":   {data: filepath.Join(dir, "file"), want: "it is not a folder"},
		"data is a link":   {data: filepath.Join(dir, "link"), want: "there is a symbolic link in it"},
		"data is the root": {data: "/", want: "it must be a clean absolute path below /"},
	} {
		t.Run(name, func(t *testing.T) {
			s := shell("true")
			s.Files, s.Data = c.grants, c.data
			_, err := Start(t.Context(), s)
			require.ErrorContains(t, err, c.want)
			var le *LayerError
			require.False(t, errors.As(err, &le))
		})
	}
}

// What was vetted is what is mounted: a folder that is swapped in between is not.
// Root has its mount by then, everybody else finds another folder and refuses.
func TestSwappedGrantIsRefused(t *testing.T) {
	needRooms(t)
	dir := folder(t)
	granted := filepath.Join(dir, "d")
	require.NoError(t, os.Mkdir(granted, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(granted, "name"), []byte("vetted"), 0o644))
	s := shell("cat /x/name")
	s.Files = []Grant{{Path: granted, At: "/x"}}
	p, err := special(s)
	require.NoError(t, err)
	defer p.close()
	require.NoError(t, os.Rename(granted, granted+"2"))
	require.NoError(t, os.Mkdir(granted, 0o755))
	b, err := begin()
	require.NoError(t, err)
	r := b.room(s)
	defer func() { require.NoError(t, r.Close()) }()
	err = r.lock(p, b, nil)
	require.NoError(t, b.control.Close())
	if !p.Root {
		require.ErrorIs(t, err, unix.ESTALE)
		return
	}
	require.NoError(t, err)
	out, err := io.ReadAll(r.Out)
	require.NoError(t, err)
	require.Equal(t, "vetted", string(out))
}

func TestWithin(t *testing.T) {
	require.True(t, within("/a/b", "/a"))
	require.True(t, within("/a", "/a"))
	require.True(t, within("/a", "/"))
	require.False(t, within("/ab", "/a"))
	require.False(t, within("/a", "/a/b"))
}
