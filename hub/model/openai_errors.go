package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// A statusError is what a server said instead of an answer: with a status, or in the
// middle of one (code 0).
type statusError struct {
	code  int
	text  string
	param string // the part of the request that it is about, its type and code
	size  int    // tokens that the model sees at once, where the server told
}

func (e *statusError) Error() string { return fmt.Sprintf("%d: %s", e.code, e.text) }

// maxErrorBody bounds what is read of an error's page.
const maxErrorBody = 64 << 10

// statusOf reads an error's page.
func statusOf(res *http.Response) error {
	b, _ := io.ReadAll(io.LimitReader(res.Body, maxErrorBody))
	e := &statusError{code: res.StatusCode, text: string(b)}
	var w wireError
	if json.Unmarshal(b, &w) == nil {
		if text := w.text(); text != "" {
			e.text = text
		}
		e.param = w.about()
		e.size = w.size()
	}
	return e
}

// wireError is an error in the shapes that servers give it: {"error": {"message": …}}
// of OpenAI and llama-server, {"error": "…"} of LM Studio, {"message": …} of an older
// vLLM, {"detail": …} of those that are made with FastAPI.
type wireError struct {
	Err     json.RawMessage `json:"error"`
	Object  string          `json:"object"`
	Message wireText        `json:"message"`
	Detail  json.RawMessage `json:"detail"`
}

type wireErrorBody struct {
	Message wireText        `json:"message"`
	Type    string          `json:"type"`
	Param   string          `json:"param"`
	Code    json.RawMessage `json:"code"` // a text or a number
	Context int             `json:"n_ctx"`
}

func (w wireError) body() (b wireErrorBody) {
	if json.Unmarshal(w.Err, &b) != nil {
		b = wireErrorBody{}
	}
	return b
}

// text is the message; "" if there is no error.
func (w wireError) text() string {
	var s string
	if json.Unmarshal(w.Err, &s) == nil && s != "" {
		return s
	}
	if b := w.body(); b.Message != "" {
		return string(b.Message)
	}
	switch {
	case len(w.Err) > 0 && string(w.Err) != "null":
		return string(w.Err)
	case w.Message != "":
		return string(w.Message)
	case len(w.Detail) == 0 || string(w.Detail) == "null":
		return ""
	}
	if json.Unmarshal(w.Detail, &s) == nil {
		return s
	}
	return string(w.Detail)
}

func (w wireError) about() string {
	b := w.body()
	return strings.Join([]string{b.Param, b.Type, string(b.Code)}, " ")
}

func (w wireError) size() int { return max(0, w.body().Context) }

// explain turns what went wrong into a line that ends with what to do. No key stands
// in it, though a server may say one back.
func (m *openai) explain(t *talk, err error) *Error {
	if status := (*statusError)(nil); errors.As(err, &status) {
		status.text = m.Key.hidden(status.text) // before it is cut
	}
	e := m.sort(t, err)
	if e.Err == nil {
		e.Err = err
	}
	e.What = m.Key.hidden(e.What)
	if e.Kind == Key {
		m.Key.forget()
	}
	return e
}

func (m *openai) sort(t *talk, err error) *Error {
	if e := t.common(m.name, err); e != nil {
		return e
	}
	var known *Error
	var status *statusError
	where := said(m.base.Host)
	look := "look what listens at " + said(m.base.String())
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &status):
		return m.status(t, status)
	case errors.Is(err, errFilter):
		return fail(Failed, "ask in other words, or take another model with --model", "a filter of the server stopped what %s said", m.name)
	case errors.Is(err, errTool):
		return fail(Garbage, "take another model with --model", "%s called a tool of its own making instead of answering", m.name)
	case errors.Is(err, errSilent):
		return fail(Small, tooLargeDo, "%s at %s read less than it was sent: it sees too little at once, and cut the request without a word", m.name, where)
	case errors.Is(err, errForm):
		return fail(Garbage, look+": most servers want /v1 at the end", "the model server does not speak OpenAI's language")
	case errors.Is(err, errNotLocal), errors.Is(err, errNotPrivate):
		return unspent(fail(Remote, "write its address with https://", "%s is not where its name says: %s", where, said(reason(err))))
	case unreached(err):
		return unspent(fail(Away, "start the server, or "+look, "no model: nothing answers at %s", where))
	case secure(err):
		return unspent(fail(Failed, "mend the server's certificate, or write its name as the certificate has it", "%s could not show that it is what its name says: %s", where, said(reason(err))))
	case network(err):
		return broke(m.name)
	}
	return fail(Failed, "ask again, or look into the server's log", "the model server failed: %s", said(reason(err)))
}

// secure reports whether TLS could not be had.
func secure(err error) bool {
	text := err.Error()
	return strings.Contains(text, "tls: ") || strings.Contains(text, "x509: ") || strings.Contains(text, "server gave HTTP response to HTTPS client")
}

// reason is the innermost error: what is around it repeats the address.
func reason(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}

func (m *openai) status(t *talk, s *statusError) *Error {
	text := strings.ToLower(s.text + " " + s.param)
	has := func(words ...string) bool {
		for _, w := range words {
			if !strings.Contains(text, w) {
				return false
			}
		}
		return true
	}
	do := "ask again, or look into the server's log"
	switch {
	case has("insufficient_quota"):
		return fail(Busy, "look into your account there, or take another model with --model", "%s has no quota left for you: %s", said(m.base.Host), said(s.text))
	case s.code == 401, s.code == 403:
		return fail(Key, "name the key for "+said(m.base.String())+" under [[servers]] in config.toml", "%s did not take the key (%d): %s", said(m.base.Host), s.code, said(s.text))
	case (s.code == 400 || s.code == 413 || s.code == 422 || s.code == 500) && (has("context", "length") || has("context", "exceed") || has("context", "size") || has("context", "window")):
		m.mu.Lock()
		defer m.mu.Unlock()
		if s.size > 0 {
			m.size = s.size // counted against from now on
		}
		return tooSmall(m.name, m.size)
	case s.code == 404 && has("model"):
		return unspent(fail(Missing, "look which models the server has, and write --model openai:NAME@URL", "%s has no model %s", said(m.base.Host), m.name))
	case s.code == 404, s.code == 405:
		return unspent(fail(Garbage, "write the address with the path that it documents; most want /v1 at the end", "there are no chat completions at %s", said(m.base.String())))
	case s.code == 503 && has("loading"):
		e := unspent(fail(Busy, "ask again in a while", "%s is still being loaded", m.name))
		e.loading = true
		return e
	case s.code == 429, s.code == 503:
		return unspent(fail(Busy, "ask again in a while", "%s has too much to do (%d): %s", said(m.base.Host), s.code, said(s.text)))
	case s.code == 0 && t.began:
		return fail(Failed, do, "the model server failed in the middle of an answer: %s", said(s.text))
	}
	return fail(Failed, do, "the model server failed (%d): %s", s.code, said(s.text))
}
