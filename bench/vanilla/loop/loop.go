// Package loop is an ordinary assistant, the kind that secgpt is compared with: one
// model, one context, all tools in it. What a tool returns goes back to the model as it
// is, and whatever the model asks for is called. There is no mediator and no room.
//
// The model is asked over Ollama's chat API with the server's own tool calling. Where
// the server says that a model has none, the tools stand in the prompt and a JSON object
// in the answer is read as a call, which is what such a model writes anyway.
//
// Everything is bounded: model calls, tokens, bytes of a result. Start at Run.
package loop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Tools are what the model may call. Call's error is told to the model, as the result.
type Tools interface {
	List() []Tool
	Call(ctx context.Context, name string, args json.RawMessage) (string, error)
}

// A Tool is one of them, as the model is told of it.
type Tool struct {
	Name, About string
	Input       json.RawMessage // a JSON schema of an object
}

// The bounds of a run that Options leave open.
const (
	defaultCalls   = 12
	defaultTokens  = 800
	defaultContext = 8192
	// maxResult is how much of one result the model is shown, in bytes: a long mail, and
	// a quarter of the default context.
	maxResult = 8 << 10
)

// Options say whom to ask, and how much.
type Options struct {
	Server  string // "http://127.0.0.1:11434"
	Model   string
	Calls   int    // calls of the model for one request; 0 is 12
	Tokens  int    // of one answer; 0 is 800
	Context int    // tokens that the model sees at once; 0 is 8192
	Written bool   // calls are written in the text, whatever the server can
	Today   string // the date as the model is told of it; "" tells it none
}

// An Outcome is what came of a conversation.
type Outcome struct {
	Answer  string        // of the last request
	First   time.Duration // until the model asked for its first call, or answered without one
	Calls   []Call
	Model   Use
	Written bool // the model has no tool calling of its own
	Stopped bool // a request was given up at the bound on calls
}

// A Call is one call of a tool that the model made.
type Call struct {
	Tool   string
	Args   json.RawMessage
	Result string
	Failed bool
}

// Use counts what was asked of the model.
type Use struct{ Calls, PromptTokens, OutputTokens int }

// system is what such assistants are told: no more than that there are tools.
const system = "You are a helpful assistant. Use the tools where the request needs them, then answer the user."

func (o Options) system() string {
	if o.Today == "" {
		return system
	}
	return system + " Today is " + o.Today + "."
}

// Run asks the requests one after the other in one context. An error is the server's or
// ctx's; what a tool says is no error.
func Run(ctx context.Context, o Options, t Tools, requests ...string) (Outcome, error) {
	talk := Begin(o, t)
	for _, words := range requests {
		if err := talk.Say(ctx, words); err != nil {
			return talk.Outcome(), err
		}
	}
	return talk.Outcome(), nil
}

// A Talk is a conversation whose requests come one by one.
type Talk struct{ runner }

// Begin is a conversation without a request yet.
func Begin(o Options, t Tools) *Talk {
	r := runner{o: o.filled(), tools: t}
	r.run.Written = o.Written
	r.begin()
	return &Talk{r}
}

// Say asks one request; its error is as Run's.
func (t *Talk) Say(ctx context.Context, words string) error {
	t.messages = append(t.messages, message{Role: "user", Content: words})
	t.run.Answer, t.run.First, t.began = "", 0, time.Now()
	return t.request(ctx)
}

// Outcome is what came of the conversation so far. Answer and First are of the last
// request.
func (t *Talk) Outcome() Outcome { return t.run }

func (o Options) filled() Options {
	for of, value := range map[*int]int{&o.Calls: defaultCalls, &o.Tokens: defaultTokens, &o.Context: defaultContext} {
		if *of == 0 {
			*of = value
		}
	}
	return o
}

type runner struct {
	o        Options
	tools    Tools
	messages []message
	began    time.Time // of the last request
	run      Outcome
}

// begin is the context before the first request.
func (r *runner) begin() {
	text := r.o.system()
	if r.run.Written {
		text += written(r.tools.List())
	}
	r.messages = []message{{Role: "system", Content: text}}
}

// request lets the model call tools until it answers.
func (r *runner) request(ctx context.Context) error {
	for range r.o.Calls {
		m, err := r.ask(ctx)
		if err != nil {
			return err
		}
		r.messages = append(r.messages, m)
		calls := m.Calls
		if len(calls) == 0 {
			calls = read(m.Content, r.tools.List())
		}
		if r.run.First == 0 {
			r.run.First = time.Since(r.began)
		}
		if len(calls) == 0 {
			r.run.Answer = m.Content
			return nil
		}
		for _, c := range calls {
			r.call(ctx, c)
		}
	}
	r.run.Stopped = true
	return nil
}

// ask asks the model once, and again without the server's tool calling if that is what
// it lacks.
func (r *runner) ask(ctx context.Context) (message, error) {
	m, use, err := chat(ctx, r.o, r.messages, r.native())
	if errors.Is(err, errNoTools) && !r.run.Written {
		r.run.Written = true
		r.messages[0].Content = r.o.system() + written(r.tools.List())
		m, use, err = chat(ctx, r.o, r.messages, nil)
	}
	r.run.Model.Calls++
	r.run.Model.PromptTokens += use.PromptTokens
	r.run.Model.OutputTokens += use.OutputTokens
	return m, err
}

func (r *runner) native() []Tool {
	if r.run.Written {
		return nil
	}
	return r.tools.List()
}

// call calls a tool and tells the model what it returned.
func (r *runner) call(ctx context.Context, c call) {
	result, err := r.tools.Call(ctx, c.Function.Name, c.Function.Arguments)
	if err != nil {
		result = "error: " + err.Error()
	}
	if len(result) > maxResult {
		result = fmt.Sprintf("%s… (%d bytes left out)", strings.ToValidUTF8(result[:maxResult], ""), len(result)-maxResult)
	}
	r.run.Calls = append(r.run.Calls, Call{c.Function.Name, c.Function.Arguments, result, err != nil})
	m := message{Role: "tool", Name: c.Function.Name, Content: result}
	if r.run.Written {
		m = message{Role: "user", Content: "Result of " + c.Function.Name + ": " + result}
	}
	r.messages = append(r.messages, m)
}
