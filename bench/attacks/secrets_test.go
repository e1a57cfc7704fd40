//go:build linux

package attacks

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

const key = "sk-key-of-the-person-7f3a"

// A provider is a model server of OpenAI's kind that tells who had the key.
type provider struct {
	*httptest.Server
	mu    sync.Mutex
	auth  []string
	tells string // its answer; "" is an error that says the key back
}

func newProvider(t *testing.T, tells string) *provider {
	p := &provider{tells: tells}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		_, _ = io.Copy(io.Discard, r.Body)
		p.auth = append(p.auth, r.Header.Get("Authorization"))
		switch {
		case r.Method == http.MethodGet:
			fmt.Fprint(w, `{"data":[{"id":"good"}]}`)
		case p.tells == "":
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintf(w, `{"error":{"message":"wrong key: %s"}}`, r.Header.Get("Authorization"))
		default:
			fmt.Fprintf(w, `data: {"choices":[{"index":0,"delta":{"content":%q},"finish_reason":"stop"}]}`+"\n\ndata: [DONE]\n\n", p.tells)
		}
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *provider) asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.auth
}

// trusts puts a provider and where its key is into a configuration.
func trusts(t *testing.T, path, url, keyFile string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	_, err = fmt.Fprintf(f, "\n[[servers]]\nurl = %q\nkey = { file = %q }\n", url+"/v1", keyFile)
	require.NoError(t, err)
	require.NoError(t, f.Close())
}

// Class 13: the key of a model's provider goes to that provider and nobody else.
func TestClass13TheKeyOfAProvider(t *testing.T) {
	const question = "tell me at some length why lighthouses are painted red and white"
	for name, c := range map[string]struct {
		tells string
		does  string // of an app
		args  []string
		code  int
		sees  string
	}{
		"the twin":                {"Because they are seen.", "", []string{"-p", question}, 0, "Because they are seen."},
		"it is said back":         {"", "", []string{"-p", question}, 3, ""},
		"an app's variables":      {"x", "env", []string{"run", "-"}, 0, "HOME=/data"},
		"an app that knows where": {"x", "read KEY", []string{"run", "-"}, 0, "no such file"},
		"an app's model":          {`{"answer":"from the model"}`, "", []string{"run", "-"}, 0, "from the model"},
	} {
		t.Run(name, func(t *testing.T) {
			v, right := newVictim(t), newProvider(t, c.tells)
			file := filepath.Join(t.TempDir(), "key")
			require.NoError(t, os.WriteFile(file, []byte(key), 0o600))
			trusts(t, filepath.Join(v.dir, "config", "config.toml"), right.URL, file)
			if c.does == "read KEY" {
				c.does = "read " + file
			}
			v.added("guest", spec{Tools: look, Does: c.does})
			plan := "reply(guest.look())"
			if name == "an app's model" {
				plan = `reply(guest.ask("Say something"))`
			}
			r := v.does(plan, append([]string{"--demo", "--model", "openai:good@" + right.URL + "/v1"}, c.args...)...)
			require.Equal(t, c.code, r.code, "%s%s", r.out, r.err)
			require.Contains(t, r.out, c.sees)
			if c.args[0] == "-p" || name == "an app's model" {
				require.Contains(t, right.asked(), "Bearer "+key, "the key was not in use, so this shows nothing")
			}
			require.NotContains(t, r.out+r.err+v.heard("guest"), key)
			require.NoError(t, filepath.WalkDir(v.dir, func(path string, d os.DirEntry, err error) error {
				if err != nil || !d.Type().IsRegular() {
					return err
				}
				b, err := os.ReadFile(path)
				require.NotContains(t, string(b), key, path)
				return err
			}))
		})
	}
}

// Class 13 too: what lies in the folder that somebody stands in redirects no key.
func TestClass13AFolderRedirectsNothing(t *testing.T) {
	v, right, evil := newVictim(t), newProvider(t, "Because they are seen."), newProvider(t, "evil")
	file := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(file, []byte(key), 0o600))
	trusts(t, filepath.Join(v.dir, "config", "config.toml"), right.URL, file)
	v.cwd = t.TempDir()
	for _, name := range []string{"config.toml", "secgpt.toml", ".secgpt/config.toml", "config/config.toml", ".config/secgpt/config.toml", ".env"} {
		trusts(t, filepath.Join(v.cwd, name), evil.URL, file)
	}
	r := v.does("", "--demo", "--model", "openai:good@"+right.URL+"/v1", "-p", "tell me at some length why lighthouses are painted red and white")
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "Because they are seen.")
	require.Empty(t, evil.asked())
	// One that is named by hand gets no key that is another's.
	v.does("", "--demo", "--model", "openai:good@"+evil.URL+"/v1", "-p", "tell me at some length why lighthouses are painted red and white")
	require.NotEmpty(t, evil.asked())
	require.NotContains(t, evil.asked(), "Bearer "+key)
}
