package model

import (
	"context"
	"net/netip"
	"net/url"
	"strings"
)

// A Server is what the person configured for a server of OpenAI's kind: llama-server,
// vLLM, LM Studio, a company's gateway.
type Server struct {
	URL     string // as in openai:NAME@URL
	Key     Secret
	Context int // tokens that its models see at once; 0 is what the server says of itself
	// Private: it is reached without TLS, and only at an address of a private network.
	Private bool
	// Elsewhere: it is on this computer and passes on what it is asked to another.
	Elsewhere bool
}

// An endpoint is a server's address, taken apart.
type endpoint struct {
	Server
	base  *url.URL
	reach reach
}

// local reports whether what the server is asked stays on this computer.
func (e endpoint) local() bool { return e.reach == thisComputer && !e.Elsewhere }

const specForm = "write openai:NAME@URL, such as openai:qwen3-8b@http://127.0.0.1:8080/v1"

// ServerURL checks the address of a server and gives it its one spelling. The errors
// say what to write instead.
func ServerURL(s string) (string, error) {
	u, err := serverURL(s)
	if err != nil {
		return "", err
	}
	return u.String(), nil
}

func serverURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Opaque != "":
		return nil, fail(Spec, specForm, "%q is no address of a model server", said(s))
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, fail(Spec, "name the key under [[servers]] in config.toml", "an address of a model server has no password, ? or # in it")
	}
	u.Host = strings.ToLower(u.Host)
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), ""
	if u.Path == "" {
		u.Path = "/v1"
	}
	return u, nil
}

// endpoint finds how far away a server is, and what was configured for it.
func (f finder) endpoint(address string) (endpoint, error) {
	u, err := serverURL(address)
	if err != nil {
		return endpoint{}, err
	}
	e := endpoint{base: u, reach: anywhere}
	for _, s := range f.servers {
		if known, err := ServerURL(s.URL); err == nil && known == u.String() {
			e.Server = s
		}
	}
	switch {
	case loopback(u.Hostname()):
		e.reach = thisComputer
	case u.Scheme == "http" && e.Private:
		e.reach = privateNet
	case u.Scheme == "http":
		return e, fail(Spec, "write https://, or for a server in your own network set private = true for it under [[servers]] in config.toml",
			"%s would be asked without TLS, so that others on the way could read it", said(u.Host))
	}
	return e, nil
}

// loopback reports whether a name can only mean this computer.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}

// openai finds a model of NAME@URL. A server on this computer is asked what it has; any
// other hears of it only once something may be sent to it.
func (f finder) openai(ctx context.Context, spec string) (Model, error) {
	name, address, ok := strings.Cut(spec, "@")
	if !ok || !goodName(name) {
		return nil, fail(Spec, specForm, "--model %q names no model and server", "openai:"+said(spec))
	}
	e, err := f.endpoint(address)
	if err != nil {
		return nil, err
	}
	e.Key.kept = &kept{}
	m := &openai{patience: f.patience, endpoint: e, name: name, http: f.http, size: e.Context}
	if m.http == nil {
		m.http = e.reach.client()
	}
	if !e.local() || cloud(name) {
		m.far = said(e.base.Hostname())
		if e.reach == thisComputer {
			m.far = "a server behind " + said(e.base.Host)
		}
		return m, nil
	}
	return m, m.look(ctx, f.named)
}
