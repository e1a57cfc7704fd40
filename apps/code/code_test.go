package code

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func put(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
}

// tree is a program of a few files, with all that may be among them.
func tree(t *testing.T) (dir string, places []Place) {
	dir = t.TempDir()
	put(t, filepath.Join(dir, "server.js"), "serve()")
	put(t, filepath.Join(dir, "lib", "site-packages", "x.py"), "x = 1")
	require.NoError(t, os.Symlink("server.js", filepath.Join(dir, "latest")))
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600))
	return dir, []Place{{Path: dir}}
}

func read(t *testing.T, places []Place) List {
	t.Helper()
	l, err := Read(places)
	require.NoError(t, err)
	return l
}

func TestEveryChangeMakesAnotherDigest(t *testing.T) {
	for name, change := range map[string]func(dir string) error{
		"a byte":             func(d string) error { return os.WriteFile(d+"/server.js", []byte("servE()"), 0o644) },
		"a new file":         func(d string) error { return os.WriteFile(d+"/new", nil, 0o644) },
		"a file gone":        func(d string) error { return os.Remove(d + "/lib/site-packages/x.py") },
		"a link elsewhere":   func(d string) error { os.Remove(d + "/latest"); return os.Symlink("/etc/passwd", d+"/latest") },
		"a link for a file":  func(d string) error { os.Remove(d + "/server.js"); return os.Symlink("latest", d+"/server.js") },
		"a program":          func(d string) error { return os.Chmod(d+"/server.js", 0o755) },
		"an empty folder":    func(d string) error { return os.Mkdir(d+"/lib/more", 0o755) },
		"a renamed file":     func(d string) error { return os.Rename(d+"/server.js", d+"/other.js") },
		"a file in packages": func(d string) error { return os.WriteFile(d+"/lib/site-packages/x.py", []byte("x = 2"), 0o644) },
	} {
		dir, places := tree(t)
		was := read(t, places)
		require.Equal(t, was.Digest(), read(t, places).Digest())
		require.NoError(t, change(dir), name)
		now := read(t, places)
		require.NotEqual(t, was.Digest(), now.Digest(), name)
		require.NotEmpty(t, Diff(was, now), name)
	}
	dir, places := tree(t)
	places[0].Bare = true
	was := read(t, places)
	require.NoError(t, os.WriteFile(dir+"/lib/site-packages/x.py", []byte("x = 2"), 0o644))
	require.Equal(t, was.Digest(), read(t, places).Digest(), "behind a venv nobody loads them")
}

func TestDiffIsBounded(t *testing.T) {
	var now List
	for i := range 300 {
		now = append(now, File{Path: string(rune('a' + i)), Sum: "x"})
	}
	d := Diff(nil, now)
	require.Len(t, d, maxChanges+1)
	require.Equal(t, "… and 100 more files", d[maxChanges])
}

func TestAListTravels(t *testing.T) {
	_, places := tree(t)
	l := read(t, places)
	b, err := l.Encode()
	require.NoError(t, err)
	again, err := Decode(b)
	require.NoError(t, err)
	require.Equal(t, l, again)
}

// Files that the kernel says are as they were are not read again; a write in place that
// leaves size and time of writing as they were is seen all the same.
func TestCheckSparesTheReading(t *testing.T) {
	dir, places := tree(t)
	old := time.Now().Add(-time.Hour)
	agreed := read(t, places).Digest()
	app := t.TempDir()
	check := func() bool {
		t.Helper()
		same, now, err := Check(app, agreed, places)
		require.NoError(t, err)
		require.Equal(t, !same, now != nil && now.Digest() != agreed)
		return same
	}
	require.True(t, check())
	require.NoFileExists(t, filepath.Join(app, seenFile), "the files are too new to trust their times")

	stamp, _, err := stampOf(places)
	require.NoError(t, err)
	put(t, filepath.Join(app, seenFile), `{"code":"`+agreed+`","stamp":"`+stamp+`"}`)
	require.NoError(t, os.WriteFile(dir+"/server.js", []byte("stealX("), 0o644))
	require.NoError(t, os.Chtimes(dir+"/server.js", old, old))
	require.False(t, check())
	require.NoError(t, os.WriteFile(dir+"/server.js", []byte("serve()"), 0o644))
	require.True(t, check(), "as it was agreed again")

	put(t, filepath.Join(app, seenFile), `{"code":"sha256:other","stamp":"`+stamp+`"}`)
	require.NoError(t, os.WriteFile(dir+"/server.js", []byte("steal()"), 0o644))
	require.False(t, check(), "what was seen for another agreement says nothing")
	_, _, err = Check(app, agreed, []Place{{Path: dir + "/none"}})
	require.Error(t, err)
}
