package profile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"secgpt/hub/model"
)

// Role is what a model is asked for.
type Role string

// The roles.
const (
	Planner    Role = "planner"    // the plan, and plain questions
	Spokes     Role = "spokes"     // an app's own model, in APP.ask
	Quarantine Role = "quarantine" // ask(…), which has no tools
)

// ModelsConfig names the models of each role, the one to ask first. A role without any
// has the model of the whole config.
type ModelsConfig struct {
	Planner    Specs `toml:"planner"`
	Spokes     Specs `toml:"spokes"`
	Quarantine Specs `toml:"quarantine"`
}

// Specs are models as --model names them: one text, or a list of which the first that
// answers is asked.
type Specs []string

// maxSpecs bounds a list of fallbacks: each costs a look.
const maxSpecs = 8

// UnmarshalTOML reads a text or a list of texts.
func (s *Specs) UnmarshalTOML(v any) error {
	switch v := v.(type) {
	case string:
		*s = Specs{v}
	case []any:
		for _, x := range v {
			one, ok := x.(string)
			if !ok {
				return errors.New("expected a model's name or a list of them")
			}
			*s = append(*s, one)
		}
	default:
		return errors.New("expected a model's name or a list of them")
	}
	return nil
}

// ServerConfig is a server of OpenAI's kind.
type ServerConfig struct {
	URL       string    `toml:"url"`
	Key       KeyConfig `toml:"key"`
	Context   int       `toml:"context"`
	Private   bool      `toml:"private"`
	Elsewhere bool      `toml:"elsewhere"`
}

// KeyConfig says where a server's key is kept. The key itself has no place in a config.
type KeyConfig struct {
	File    string   `toml:"file"`
	Command []string `toml:"command"`
	Keyring bool     `toml:"keyring"`
}

// ModelsFor names the models of a role, in the order in which they are asked. There is
// always one; "" is the best that a local Ollama has.
func (c Config) ModelsFor(r Role) []string {
	specs := map[Role]Specs{Planner: c.Models.Planner, Spokes: c.Models.Spokes, Quarantine: c.Models.Quarantine}[r]
	if len(specs) == 0 {
		return []string{c.Model}
	}
	return slices.Clone(specs)
}

// ModelServers is what was configured for servers of OpenAI's kind.
func (c Config) ModelServers() []model.Server {
	var all []model.Server
	for _, s := range c.Servers {
		all = append(all, model.Server{
			URL: s.URL, Context: s.Context, Private: s.Private, Elsewhere: s.Elsewhere,
			Key: model.Secret{File: s.Key.File, Command: s.Key.Command, Keyring: s.Key.Keyring},
		})
	}
	return all
}

// checkModels checks what a config says of models and their servers, and makes paths
// absolute.
func (c *Config) checkModels() error {
	for role, specs := range map[Role]Specs{Planner: c.Models.Planner, Spokes: c.Models.Spokes, Quarantine: c.Models.Quarantine} {
		if len(specs) > maxSpecs {
			return fmt.Errorf("[models] %s names %d models; at most %d", role, len(specs), maxSpecs)
		}
		for _, s := range specs {
			if s == "" || s == "none" && len(specs) > 1 {
				return fmt.Errorf("[models] %s: %q is no model in a list; write ollama:NAME or openai:NAME@URL", role, s)
			}
		}
	}
	seen := map[string]bool{}
	for i := range c.Servers {
		s := &c.Servers[i]
		url, err := model.ServerURL(s.URL)
		if err != nil {
			return fmt.Errorf("[[servers]] url: %w", err)
		}
		where := fmt.Sprintf("[[servers]] %s", url)
		ways := 0
		for _, way := range []bool{s.Key.File != "", len(s.Key.Command) > 0, s.Key.Keyring} {
			if way {
				ways++
			}
		}
		switch {
		case seen[url]:
			return fmt.Errorf("%s stands twice", where)
		case ways > 1:
			return fmt.Errorf("%s: key names more than one of file, command and keyring", where)
		case s.Context < 0:
			return fmt.Errorf("%s: context = %d; expected tokens, or nothing", where, s.Context)
		case s.Private && !strings.HasPrefix(url, "http://"):
			return fmt.Errorf("%s: private = true is for http:// alone; https:// needs no leave", where)
		}
		seen[url] = true
		s.URL = url
		if s.Key.File != "" {
			if s.Key.File, err = expand(s.Key.File); err != nil {
				return fmt.Errorf("%s: key file: %w", where, err)
			}
		}
	}
	return nil
}
