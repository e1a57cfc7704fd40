//go:build linux

package cli_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Clients that know nothing of rooms reach a granted host from a real one, by its name.
func TestRoomServesRealClients(t *testing.T) {
	site := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(site, "page"), []byte("from the host\n"), 0o644))
	repo := filepath.Join(site, "repo.git")
	for _, args := range [][]string{{"init", "-q", "--bare", repo}, {"-C", repo, "update-server-info"}} {
		out, err := exec.Command("git", args...).CombinedOutput()
		if err != nil {
			t.Skipf("no git here: %s", out)
		}
	}
	const commit = "0123456789012345678901234567890123456789"
	require.NoError(t, os.WriteFile(filepath.Join(repo, "info", "refs"), []byte(commit+"\trefs/heads/there\n"), 0o644))
	s := httptest.NewServer(http.FileServer(http.Dir(site)))
	t.Cleanup(s.Close)
	at := fmt.Sprintf("http://site.example:%d", s.Listener.Addr().(*net.TCPAddr).Port)
	for _, c := range []struct {
		argv []string
		want string
	}{
		{[]string{"curl", "-sS", at + "/page"}, "from the host\n"},
		{[]string{"python3", "-c", "import sys,urllib.request as u; sys.stdout.write(u.urlopen(sys.argv[1]).read().decode())", at + "/page"}, "from the host\n"},
		{[]string{"node", "-e", "fetch(process.argv[1]).then(r => r.text()).then(x => process.stdout.write(x))", at + "/page"}, "from the host\n"},
		{[]string{"git", "ls-remote", at + "/repo.git"}, commit + "\trefs/heads/there\n"},
	} {
		t.Run(c.argv[0], func(t *testing.T) {
			if _, err := exec.LookPath(c.argv[0]); err != nil {
				t.Skip("it is not here")
			}
			granted := append([]string{"--profile", t.TempDir(), "--host", at + "@127.0.0.1", "--"}, c.argv...)
			r := roomRun(t, nil, granted...)
			require.Equal(t, c.want, r.out, r.err)
			require.Zero(t, r.code)
			r = roomRun(t, nil, append([]string{"--"}, c.argv...)...) // without the grant
			require.NotZero(t, r.code)
			require.Empty(t, r.out)
		})
	}
}
