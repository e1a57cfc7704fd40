package profile

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/hub/model"
)

// configured reads a config file with this text.
func configured(t *testing.T, text string) (Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return read(path)
}

func TestModelsByRole(t *testing.T) {
	t.Setenv("HOME", "/home/me")
	c, err := configured(t, `
model = "ollama:small"
[models]
planner = ["openai:gpt@https://gateway.example.com/v1", "ollama:large"]
spokes = "ollama:spoke"
[[servers]]
url = "https://Gateway.example.com/v1/"
context = 32768
key = { file = "~/gateway.key" }
[[servers]]
url = "http://192.168.1.5:8080"
private = true
key = { command = ["pass", "show", "lab"] }
[[servers]]
url = "http://127.0.0.1:4000/v1"
elsewhere = true
key = { keyring = true }
`)
	require.NoError(t, err)
	require.Equal(t, []string{"openai:gpt@https://gateway.example.com/v1", "ollama:large"}, c.ModelsFor(Planner))
	require.Equal(t, []string{"ollama:spoke"}, c.ModelsFor(Spokes))
	require.Equal(t, []string{"ollama:small"}, c.ModelsFor(Quarantine))
	require.Equal(t, []string{""}, Config{}.ModelsFor(Planner))
	require.Equal(t, []model.Server{
		{URL: "https://gateway.example.com/v1", Context: 32768, Key: model.Secret{File: "/home/me/gateway.key"}},
		{URL: "http://192.168.1.5:8080/v1", Private: true, Key: model.Secret{Command: []string{"pass", "show", "lab"}}},
		{URL: "http://127.0.0.1:4000/v1", Elsewhere: true, Key: model.Secret{Keyring: true}},
	}, c.ModelServers())
}

func TestWhatIsWrongAboutModelsIsSaid(t *testing.T) {
	for text, says := range map[string]string{
		"[models]\nplaner = \"ollama:x\"":                                         `:2: unknown key "models.planer"`,
		"[models]\nplanner = 7":                                                   "expected a model's name or a list of them",
		"[models]\nplanner = [7]":                                                 "expected a model's name or a list of them",
		"[models]\nplanner = [\"ollama:a\", \"\"]":                                "\"\" is no model in a list",
		"[models]\nplanner = [\"none\", \"ollama:a\"]":                            "\"none\" is no model in a list",
		"[[servers]]\nurl = \"ftp://x\"":                                          "no address of a model server",
		"[[servers]]\nurl = \"https://x\"\nport = 7":                              `unknown key "servers.port"`,
		"[[servers]]\nurl = \"https://x\"\nkey = {env = \"K\"}":                   `unknown key "servers.key.env"`,
		"[[servers]]\nurl = \"https://x\"\nprivate = true":                        "private = true is for http:// alone",
		"[[servers]]\nurl = \"https://x\"\ncontext = -1":                          "context = -1; expected tokens",
		"[[servers]]\nurl = \"https://x\"\nkey = {file = \"k\"}":                  "expected an absolute path",
		"[[servers]]\nurl = \"https://x\"\n[[servers]]\nurl = \"https://X/v1\"":   "[[servers]] https://x/v1 stands twice",
		"[[servers]]\nurl = \"https://x\"\nkey = {file = \"/k\", keyring = true}": "more than one of file, command and keyring",
		"[models]\nplanner = [\"ollama:1\",\"ollama:2\",\"ollama:3\",\"ollama:4\",\"ollama:5\",\"ollama:6\",\"ollama:7\",\"ollama:8\",\"ollama:9\"]": "names 9 models; at most 8",
	} {
		_, err := configured(t, text)
		require.ErrorContains(t, err, says, text)
	}
	// A key has no place in a config; one that was written there is not repeated.
	_, err := configured(t, "[[servers]]\nurl = \"https://x\"\nkey = \"sk-secret\"")
	require.Error(t, err)
	require.NotContains(t, err.Error(), "sk-secret")
	t.Log(err)
}
