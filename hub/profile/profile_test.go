package profile

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/mediator"
)

func write(dir string) (Sample, error) {
	return Sample{Made: "1 mail", Address: "me@example.org"}, os.WriteFile(filepath.Join(dir, "x"), nil, 0o600)
}

func TestADemoIsMadeOnceAndUsedAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	p, err := Demo(dir, write)
	require.NoError(t, err)
	require.True(t, p.Demo)
	require.Equal(t, "1 mail", p.Made)
	require.Equal(t, filepath.Join(dir, "sample", "mail"), p.Settings().Apps["mail"].Folder)
	again, err := Demo(dir, func(string) (Sample, error) { t.Fatal("made twice"); return Sample{}, nil })
	require.NoError(t, err)
	require.Equal(t, p, again)
	info, err := os.Stat(p.State)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
}

func TestADemoIsNeverMixedWithSomethingElse(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "mine"), nil, 0o600))
	_, err := Demo(dir, write)
	require.ErrorContains(t, err, "holds something else")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

func TestXDG(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	p, err := XDG(func(name string) string {
		return map[string]string{"XDG_STATE_HOME": filepath.Join(home, "s"), "XDG_DATA_HOME": "relative"}[name]
	})
	require.NoError(t, err)
	require.Equal(t, filepath.Join(home, ".config/secgpt"), p.Config)
	require.Equal(t, filepath.Join(home, ".local/share/secgpt"), p.Data, "a relative XDG folder is not one")
	require.Equal(t, filepath.Join(home, "s/secgpt"), p.State)
}

// While another profile is used, that of the person is kept from apps, too.
func TestKept(t *testing.T) {
	home, dir := t.TempDir(), t.TempDir()
	t.Setenv("HOME", home)
	for _, name := range []string{"XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"} {
		t.Setenv(name, "")
	}
	usual := []string{filepath.Join(home, ".config/secgpt"), filepath.Join(home, ".local/share/secgpt"), filepath.Join(home, ".local/state/secgpt")}
	p, err := XDG(os.Getenv)
	require.NoError(t, err)
	require.Equal(t, usual, p.Kept())
	p, err = At(dir)
	require.NoError(t, err)
	require.Equal(t, append([]string{p.Config, p.Data, p.State}, usual...), p.Kept())
}

func TestConfig(t *testing.T) {
	t.Setenv("HOME", "/home/robin")
	for text, want := range map[string]string{
		"model = \"none\"\ncolour = 1":            `config.toml:2: unknown key "colour"`,
		"model = 3":                               "config.toml",
		"[consent]\nsend = \"never\"":             `config.toml:2: send = "never"; expected words, always or provenance`,
		"[apps.mail]\nfolder = \"Mail\"":          "expected an absolute path",
		"[apps.mail]\npath = \"/x\"":              `unknown key "apps.mail.path"`,
		"model = ":                                "config.toml:1",
		"[[intents]]\nsay = \"x\"":                "config.toml",
		"[[intents]]\nsay = [\"x\"]\nrun = \"y\"": `config.toml:3: unknown key "intents.run"`,
	} {
		_, err := at(t, text, 0o600)
		require.ErrorContains(t, err, want, text)
		var bad *Error
		require.ErrorAs(t, err, &bad, "exit code 2")
	}
	p, err := at(t, "[consent]\nsend = \"always\"\n[apps.mail]\nfolder = \"~/Post\"", 0o600)
	require.NoError(t, err)
	require.Equal(t, mediator.BySend, p.Settings().Send())
	require.Equal(t, "/home/robin/Post", p.Settings().Apps["mail"].Folder)
	_, err = at(t, "", 0o666)
	require.ErrorContains(t, err, "can be written by others")
}

// TestTheExampleIsRight reads the example that people copy.
func TestTheExampleIsRight(t *testing.T) {
	text, err := os.ReadFile("../../config.example.toml")
	require.NoError(t, err)
	p, err := at(t, string(text), 0o600)
	require.NoError(t, err)
	require.Equal(t, "ollama:qwen2.5-coder:7b", p.Settings().Model)
	require.Len(t, p.Settings().Intents, 1)
}

// at opens a profile with a config.toml.
func at(t *testing.T, config string, mode os.FileMode) (Profile, error) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "config"), 0o700))
	path := filepath.Join(dir, "config", "config.toml")
	require.NoError(t, os.WriteFile(path, []byte(config), 0o600))
	require.NoError(t, os.Chmod(path, mode))
	return At(dir)
}
