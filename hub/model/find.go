package model

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ollama/ollama/api"
	"github.com/ollama/ollama/envconfig"
)

// Suggested is the model to get where there is none: small enough for a laptop
// without a graphics card, good enough for plans.
const Suggested = "qwen2.5-coder:7b"

// How long the list of models may take. A program that only looks must open at
// once; a person who named a model is willing to wait.
const (
	lookLimit  = 300 * time.Millisecond
	namedLimit = 3 * time.Second
)

// maxListed is how many names an error lists.
const maxListed = 5

// Find returns the model that spec names:
//
//	""               the best that a local Ollama has; see best
//	none             no model: an error of kind None
//	ollama:NAME      this model of the local Ollama
//	openai:NAME@URL  this model of a server of OpenAI's kind; see server
//
// Ollama is at OLLAMA_HOST or 127.0.0.1:11434, and must be on this computer. Find asks
// servers on this computer what they have and loads nothing; no other computer hears
// of it. Servers say what the person configured for a URL. Errors are of type *Error.
func Find(ctx context.Context, spec string, servers ...Server) (Model, error) {
	return finder{patience: usual, look: lookLimit, named: namedLimit, servers: servers}.find(ctx, spec)
}

// A finder is Find with its limits, which tests shorten.
type finder struct {
	patience
	look, named time.Duration
	servers     []Server
	http        *http.Client // nil but in tests: what is dialled
}

func (f finder) find(ctx context.Context, spec string) (Model, error) {
	name, named := strings.CutPrefix(spec, "ollama:")
	switch {
	case spec == "none":
		return nil, fail(None, "", "no model is used, as --model or the config says")
	case strings.HasPrefix(spec, "openai:"):
		return f.openai(ctx, strings.TrimPrefix(spec, "openai:"))
	case spec != "" && (!named || !goodName(name)):
		return nil, fail(Spec, "write none, ollama:NAME or openai:NAME@URL", "--model %q names no model", said(spec))
	}
	limit := f.look
	if named {
		limit = f.named
	}
	client := f.ollama()
	have, err := list(ctx, client, limit)
	if err != nil {
		return nil, err
	}
	m, err := pick(have, name)
	if err != nil {
		return nil, err
	}
	found := &ollama{patience: f.patience, client: client, name: m.Name, most: contextSteps[len(contextSteps)-1], bytes: m.Size, params: stated(m)}
	if !local(m) {
		found.far = farHost(m)
	}
	if n := m.Details.ContextLength; n > 0 {
		found.most = min(found.most, n)
	}
	found.size = min(contextTokens, found.most)
	if can(m, "thinking") {
		found.think = &api.ThinkValue{Value: false}
		if strings.Contains(m.Name, "gpt-oss") { // it can only think less
			found.think = &api.ThinkValue{Value: "low"}
		}
	}
	return found, nil
}

func (f finder) ollama() *api.Client {
	if f.http == nil {
		f.http = thisComputer.client()
	}
	return api.NewClient(envconfig.ConnectableHost(), f.http)
}

// farHost is where Ollama passes a request on to.
func farHost(m api.ListModelResponse) string {
	if u, err := url.Parse(m.RemoteHost); err == nil && u.Hostname() != "" {
		return said(u.Hostname())
	}
	return "ollama.com"
}

func pick(have []api.ListModelResponse, name string) (api.ListModelResponse, error) {
	var none api.ListModelResponse
	if name == "" {
		m, ok := best(have)
		if !ok {
			return none, fail(Missing, "`ollama pull "+Suggested+"`", "no model: Ollama has none that runs on this computer")
		}
		return m, nil
	}
	if !strings.Contains(name[strings.LastIndexByte(name, '/')+1:], ":") {
		name += ":latest"
	}
	var others []string
	for _, m := range have {
		switch {
		case !strings.EqualFold(m.Name, name):
			if local(m) && len(others) < maxListed {
				others = append(others, said(m.Name))
			}
		case !goodName(m.Name):
			return none, missing(said(name), nil)
		default:
			return m, nil
		}
	}
	return none, missing(strings.TrimSuffix(name, ":latest"), others)
}

func list(ctx context.Context, client *api.Client, limit time.Duration) ([]api.ListModelResponse, error) {
	short, stop := context.WithTimeout(ctx, limit)
	defer stop()
	res, err := client.List(short)
	if err == nil {
		return res.Models, nil
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	e := (&ollama{name: "Ollama"}).explain(&talk{}, err)
	if errors.Is(err, context.DeadlineExceeded) {
		e = fail(Slow, "wait until it is less busy, or start it anew", "no model: Ollama at %s did not list its models within %s", host(), limit)
	}
	if e.Kind == Remote {
		e = fail(Remote, "unset OLLAMA_HOST, or name it with its TLS address: --model openai:NAME@https://HOST/v1", "no model: OLLAMA_HOST names %s, which is not on this computer", host())
	}
	return nil, e
}

func host() string { return said(envconfig.ConnectableHost().Host) }

// goodName takes what Ollama takes: an optional host and owner, a name, a tag.
func goodName(s string) bool {
	return s != "" && len(s) <= 200 && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-:/", r))
	})
}

// cloud reports whether a name says that the model runs elsewhere.
func cloud(name string) bool {
	return strings.HasSuffix(name, ":cloud") || strings.HasSuffix(name, "-cloud")
}

func local(m api.ListModelResponse) bool {
	return m.RemoteHost == "" && m.RemoteModel == "" && !cloud(m.Name) && goodName(m.Name)
}

func can(m api.ListModelResponse, what string) bool {
	return slices.ContainsFunc(m.Capabilities, func(c capability) bool { return string(c) == what })
}
