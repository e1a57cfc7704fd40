//go:build linux

package egress

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/cgi"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/isolate/roomtest"
)

const (
	roomAt   = "127.71.0.2" // what the room's /etc/hosts says
	smallAt  = "127.71.0.3"
	mailAt   = "127.71.0.4"
	serverAt = "127.72.0.2" // where the servers really are

	venvVar = "EGRESS_VENV"
	bigSize = 64 << 20
)

// Real programs, unchanged and without a word about a proxy: beside the gateway, and each
// in a real room.
func TestRealClients(t *testing.T) {
	if os.Getenv(outerMark) == "" {
		inNamespaces(t, venvVar+"="+venv(t))
		return
	}
	prepareOuter(t, "127.0.0.1 localhost\n"+roomAt+" api.example\n"+smallAt+" small.example\n"+mailAt+" mail.example\n")
	webServers(t)
	mails := mailServers(t)
	room := placed(t, roomAt, Limits{}, "api.example:443@"+serverAt, "http://api.example@"+serverAt)
	small := placed(t, smallAt, Limits{Up: 1 << 20}, "small.example@"+serverAt)
	mail := placed(t, mailAt, Limits{}, "mail.example:587@"+serverAt, "mail.example:143@"+serverAt, "mail.example:110@"+serverAt)

	lodger := newLodger(t, room, small, mail)
	for where, run := range map[string]runner{"beside": command, "in a room": lodger.run} {
		for _, row := range clientRows {
			t.Run(where+"/"+row.name, func(t *testing.T) {
				before := [3]int{len(room.since(0)), len(small.since(0)), len(mail.since(0))}
				out, err := row.run(t, run)
				if row.fails {
					require.Error(t, err, "%s", out)
				} else {
					require.NoError(t, err, "%s", out)
				}
				require.Contains(t, out, row.says)
				if row.why == "" {
					for _, e := range append(append(room.since(before[0]), small.since(before[1])...), mail.since(before[2])...) {
						require.NotEqual(t, Refused, e.Kind, e)
					}
					return
				}
				require.Eventually(t, func() bool {
					for _, e := range append(room.since(before[0]), small.since(before[1])...) {
						if strings.Contains(e.Why, row.why) {
							return true
						}
					}
					return false
				}, 5*time.Second, 5*time.Millisecond, row.why)
			})
		}
		for kind, m := range mails {
			require.NotEmpty(t, m.clear, "%s, %s", kind, where)
			for len(m.clear) > 0 {
				require.NotContains(t, <-m.clear, "secret", kind)
			}
		}
		require.Contains(t, <-mails[SMTP].message, "the mail")
	}
	t.Run("between calls", func(t *testing.T) {
		room.Shut()
		defer room.Open()
		out, err := command(t, "curl", "-sS", "-m", "1", "https://api.example/")
		require.Error(t, err, out)
		require.NotContains(t, out, "Host=")
	})
	t.Run("revoked", func(t *testing.T) {
		room.Revoke("api.example")
		out, err := command(t, "curl", "-sS", "https://api.example/")
		require.Error(t, err, out)
	})
}

// A clientRow is one program, what it prints, and if it fails, why.
type clientRow struct {
	name  string
	args  []string
	fails bool
	says  string
	why   string // of an event
}

const (
	pyGet  = "import urllib.request as u; print(u.urlopen('%s').read().decode())"
	jsGet  = "fetch('%s').then(r => r.text()).then(console.log, e => { console.log(e.cause?.syscall); process.exit(1) })"
	jsMany = "Promise.all([...Array(40).keys()].map(i => fetch('%s?' + i).then(r => r.text()))).then(a => console.log('all', new Set(a).size))"
	pyMail = `
import smtplib, imaplib, poplib, ssl
c = ssl.create_default_context()
s = smtplib.SMTP("mail.example", 587); s.starttls(context=c); s.sendmail("a@example.com", ["b@example.com"], "the mail"); s.quit()
i = imaplib.IMAP4("mail.example"); i.starttls(c); i.login("me", "secret"); i.logout()
p = poplib.POP3("mail.example"); p.stls(c); p.user("me"); p.pass_("secret"); print("box", p.stat()); p.quit()
`
	pyRequests = "import requests; s = requests.Session(); print([s.get('https://api.example/%d' % i).text for i in range(3)], s.get('http://api.example/').text)"
	pyHTTPX    = "import httpx; c = httpx.Client(http2=True); print(c.get('https://api.example/').text, c.get('http://api.example/').text)"
)

var clientRows = []clientRow{
	{"curl", []string{"curl", "-sS", "https://api.example/x"}, false, "Host=api.example Path=/x", ""},
	{"curl, HTTP/2", []string{"curl", "-sS", "--http2", "-w", "version %{http_version}", "https://api.example/"}, false, "version 2", ""},
	{"curl, kept alive", []string{"curl", "-sS", "--http1.1", "-w", "connects %{num_connects};", "https://api.example/1", "https://api.example/2"}, false, "connects 0;", ""},
	{"curl, parallel", []string{"curl", "-sS", "--no-progress-meter", "-Z", "--http1.1", "https://api.example/[1-30]"}, false, "Path=/30", ""},
	{"curl, HTTP", []string{"curl", "-sS", "http://api.example/1", "http://api.example/2"}, false, "Host=api.example Path=/2", ""},
	{"curl, upload by HTTP", []string{"curl", "-sS", "-T", "BIG", "http://api.example/upload"}, false, "uploaded 4194304", ""},
	{"curl, big", []string{"curl", "-sS", "-o", "/dev/null", "-w", "got %{size_download}", "https://api.example/big"}, false, fmt.Sprint("got ", bigSize), ""},
	{"curl, another name", []string{"curl", "-sS", "--connect-to", "other.example:443:api.example:443", "https://other.example/"}, true, "", `names "other.example"`},
	{"curl, an address", []string{"curl", "-sSk", "https://" + roomAt + "/"}, true, "", "no SNI"},
	{"curl, another Host", []string{"curl", "-sSf", "-H", "Host: other.example", "http://api.example/"}, true, "403", `the host "other.example"`},
	{"curl, h2c", []string{"curl", "-sSf", "--http2", "http://api.example/"}, true, "400", "Connection: "},
	{"curl, redirected away", []string{"curl", "-sSL", "https://api.example/away"}, true, "Could not resolve host: other.example", ""},
	{"curl, redirected to metadata", []string{"curl", "-sSL", "-m", "5", "http://api.example/metadata"}, true, "curl: (7)", ""},
	{"curl, upload cap", []string{"curl", "-sS", "-T", "BIG", "https://small.example/upload"}, true, "", "cut: it would have sent more than 1 MiB"},
	{"Node fetch", []string{"node", "-e", fmt.Sprintf(jsGet, "https://api.example/n")}, false, "Host=api.example Path=/n", ""},
	{"Node fetch, parallel", []string{"node", "-e", fmt.Sprintf(jsMany, "https://api.example/")}, false, "all 40", ""},
	{"Node fetch, HTTP, parallel", []string{"node", "-e", fmt.Sprintf(jsMany, "http://api.example/")}, false, "all 40", ""},
	{"Node fetch, another name", []string{"node", "-e", fmt.Sprintf(jsGet, "https://other.example/")}, true, "getaddrinfo", ""},
	{"Python urllib", []string{"python3", "-c", fmt.Sprintf(pyGet, "https://api.example/p")}, false, "Host=api.example Path=/p", ""},
	{"Python urllib, HTTP", []string{"python3", "-c", fmt.Sprintf(pyGet, "http://api.example/p")}, false, "Host=api.example Path=/p", ""},
	{"Python mail", []string{"python3", "-c", pyMail}, false, "box (0, 0)", ""},
	{"Python requests", []string{"venv", "-c", pyRequests}, false, "Path=/2", ""},
	{"Python httpx", []string{"venv", "-c", pyHTTPX}, false, "HTTP/2.0", ""},
	{"Go", []string{itself, goGets, "https://api.example/g"}, false, "Path=/g Query= HTTP/2.0", ""},
	{"Go, another name", []string{itself, goGets, "https://other.example/"}, true, "lookup other.example", ""},
	{"curl, IMAP", []string{"curl", "-sS", "--ssl-reqd", "-u", "me:secret", "imap://mail.example/"}, false, "INBOX", ""},
	{"curl, POP3", []string{"curl", "-sS", "--ssl-reqd", "-u", "me:secret", "pop3://mail.example/"}, false, "", ""},
	{"git", []string{"git", "clone", "-q", "https://api.example/git/repo", "CLONE"}, false, "", ""},
	{"git, cloned", []string{"git", "-C", "CLONE", "log", "--format=%s"}, false, "first words", ""},
}

// A runner runs a program to its end, and gives both of its streams.
type runner func(t *testing.T, args ...string) (string, error)

func (row clientRow) run(t *testing.T, run runner) (string, error) {
	args := append([]string{}, row.args...)
	if args[0] == "venv" {
		if os.Getenv(venvVar) == "" {
			t.Skip("not installed; " + testAll + "=1 does that")
		}
		args[0] = filepath.Join(os.Getenv(venvVar), "bin", "python")
	}
	if _, err := exec.LookPath(args[0]); err != nil && args[0] != itself {
		roomtest.Missing(t, "not installed: %v", err)
	}
	return run(t, args...)
}

// scratch is the folder of the programs.
var scratch = sync.OnceValue(func() string {
	dir, err := os.MkdirTemp("", "egress")
	must(err)
	return dir
})

// clientEnv is what a program has in a room: no proxy variables. Only the authorities are
// the test's.
func clientEnv(home, authorities string) []string {
	return []string{"HOME=" + home, "LC_ALL=C", "SSL_CERT_FILE=" + authorities, "CURL_CA_BUNDLE=" + authorities,
		"REQUESTS_CA_BUNDLE=" + authorities, "NODE_EXTRA_CA_CERTS=" + authorities, "GIT_SSL_CAINFO=" + authorities, "GIT_TERMINAL_PROMPT=0"}
}

// command runs a program beside the gateway.
func command(t *testing.T, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if args[0] == itself {
		args[0] = "/proc/self/exe"
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = scratch()
	cmd.Env = append(clientEnv(scratch(), caFile), "PATH="+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// The test binary is a client of its own, with Go's resolver and its system's authorities.
const itself = "the test binary"

// webServers run on 443 and 80.
func webServers(t *testing.T) {
	t.Helper()
	repo := filepath.Join(scratch(), "repo")
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(scratch())) })
	require.NoError(t, os.WriteFile(filepath.Join(scratch(), "BIG"), make([]byte, 4<<20), 0o600))
	backend, err := exec.Command("git", "--exec-path").Output()
	if err == nil {
		for _, args := range [][]string{{"init", "-q", repo}, {"-C", repo, "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "--allow-empty", "-m", "first words"}} {
			out, err := command(t, append([]string{"git"}, args...)...)
			require.NoError(t, err, out)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "Host=%s Path=%s Query=%s %s\n", r.Host, r.URL.Path, r.URL.RawQuery, r.Proto)
	})
	mux.HandleFunc("/big", func(w http.ResponseWriter, r *http.Request) { _, _ = io.CopyN(w, zeros{}, bigSize) })
	mux.HandleFunc("/upload", func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		_, _ = fmt.Fprintln(w, "uploaded", n)
	})
	mux.Handle("/away", http.RedirectHandler("https://other.example/", http.StatusFound))
	mux.Handle("/metadata", http.RedirectHandler("http://169.254.169.254/latest/meta-data/", http.StatusFound))
	mux.Handle("/git/", &cgi.Handler{
		Path: filepath.Join(string(bytes.TrimSpace(backend)), "git-http-backend"), Root: "/git/", Stderr: io.Discard,
		Env: []string{"GIT_PROJECT_ROOT=" + scratch(), "GIT_HTTP_EXPORT_ALL=1", "HOME=" + scratch()},
	})
	for _, port := range []string{"443", "80"} {
		l, err := net.Listen("tcp", serverAt+":"+port)
		require.NoError(t, err)
		server := &http.Server{Handler: mux, ErrorLog: log.New(io.Discard, "", 0)}
		server.TLSConfig = newAuthority().server("api.example", "small.example", "other.example")
		var work sync.WaitGroup
		work.Go(func() {
			if port == "443" {
				_ = server.ServeTLS(l, "", "")
			} else {
				_ = server.Serve(l)
			}
		})
		t.Cleanup(func() { _ = server.Close(); work.Wait() })
	}
}

// mailServers run on 587, 143 and 110.
func mailServers(t *testing.T) map[Dialogue]*mailServer {
	t.Helper()
	all := map[Dialogue]*mailServer{}
	for kind, port := range map[Dialogue]string{SMTP: "587", IMAP: "143", POP3: "110"} {
		m := newMailServer(kind, "mail.example")
		all[kind] = m
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", serverAt+":"+port)
		require.NoError(t, err)
		serveOn(t, l, m.serve)
	}
	return all
}

// venv installs what Python's own library lacks.
func venv(t *testing.T) string {
	t.Helper()
	if os.Getenv(testAll) == "" {
		return ""
	}
	dir := filepath.Join(t.TempDir(), "venv")
	for _, args := range [][]string{{"python3", "-m", "venv", dir}, {filepath.Join(dir, "bin", "pip"), "install", "-q", "requests", "httpx[http2]"}} {
		out, err := exec.CommandContext(t.Context(), args[0], args[1:]...).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	return dir
}
