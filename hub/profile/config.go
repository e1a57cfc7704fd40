package profile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/BurntSushi/toml"

	"secgpt/apps"
	"secgpt/hub/intent"
	"secgpt/mediator"
)

// Config is config.toml:
//
//	model = "ollama:qwen2.5-coder:7b"
//	[models]
//	planner = ["openai:qwen3-32b@https://gateway.example.com/v1", "ollama:qwen2.5-coder:7b"]
//	[[servers]]
//	url = "https://gateway.example.com/v1"
//	key = { file = "~/.config/secgpt/gateway.key" }
//	[consent]
//	send = "words"
//	[apps.mail]
//	folder = "~/Mail"
//	[[intents]]
//	say = ["what is new"]
//	plan = "reply(mail.search(unread = True))"
//
// An unknown key is an error.
type Config struct {
	Model   string               `toml:"model"`
	Models  ModelsConfig         `toml:"models"`
	Servers []ServerConfig       `toml:"servers"`
	Consent ConsentConfig        `toml:"consent"`
	Apps    map[string]AppConfig `toml:"apps"`
	Intents []intent.Raw         `toml:"intents"`
}

// ConsentConfig says when sending asks.
type ConsentConfig struct {
	Send string `toml:"send"` // words, always or provenance
}

// AppConfig points a built-in app at a folder.
type AppConfig struct {
	Folder string `toml:"folder"`
}

// maxConfig bounds config.toml; a person's own is a page or two.
const maxConfig = 1 << 20

// Send is the consent setting; words if none was given.
func (c Config) Send() mediator.Consent {
	switch c.Consent.Send {
	case "always":
		return mediator.BySend
	case "provenance":
		return mediator.ByProvenance
	}
	return mediator.ByWords
}

// read reads a config file. A missing one is an empty one.
func read(path string) (Config, error) {
	var c Config
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	if info.Mode().IsRegular() && info.Mode().Perm()&0o022 != 0 {
		return c, fmt.Errorf("%s can be written by others; `chmod 600 %s`, and look at what is in it", path, path)
	}
	if info.Size() > maxConfig {
		return c, fmt.Errorf("%s has %d bytes; at most %d", path, info.Size(), maxConfig)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return c, err
	}
	meta, err := toml.NewDecoder(bytes.NewReader(data)).Decode(&c)
	if err != nil {
		return c, fmt.Errorf("%s:%s", path, apps.TOMLError(err))
	}
	if keys := meta.Undecoded(); len(keys) > 0 {
		return c, fmt.Errorf("%s:%d: unknown key %q; expected model, models, servers, consent, apps or intents", path, line(data, keys[0]), keys[0].String())
	}
	switch c.Consent.Send {
	case "", "words", "always", "provenance":
	default:
		return c, fmt.Errorf("%s:%d: send = %q; expected words, always or provenance", path, line(data, toml.Key{"send"}), c.Consent.Send)
	}
	if err := c.checkModels(); err != nil {
		return c, fmt.Errorf("%s: %w", path, err)
	}
	for name, a := range c.Apps {
		if a.Folder, err = expand(a.Folder); err != nil {
			return c, fmt.Errorf("%s: [apps.%s] %w", path, name, err)
		}
		c.Apps[name] = a
	}
	return c, nil
}

// line finds the line on which a key stands, for keys that the decoder did not place.
func line(data []byte, key toml.Key) int {
	last := key[len(key)-1]
	for i, l := range strings.Split(string(data), "\n") {
		if l = strings.TrimLeft(l, " \t[\""); strings.HasPrefix(l, last) || strings.Contains(l, "."+last) {
			return i + 1
		}
	}
	return 1
}

// expand makes a folder absolute; ~ is the home folder.
func expand(path string) (string, error) {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		home, err := os.UserHomeDir()
		return filepath.Join(home, rest), err
	}
	if path != "" && !filepath.IsAbs(path) {
		return "", fmt.Errorf("folder = %q: expected an absolute path or one that begins with ~/", path)
	}
	return path, nil
}
