// Package model is who thinks: it finds a language model, asks it, and builds what
// the planner is asked.
//
// It promises: a model is looked for but never loaded before it is asked; looking
// reaches no other computer, and a model that runs on one says so (Elsewhere), so
// that what it is asked is judged before it leaves; an answer that was cut, a prompt
// that does not fit and a server that fails are errors that say what to do, never a
// shorter answer that looks whole.
//
// The planner's prompt holds the person's words, their earlier words and the plans
// made for them, and what apps say of their tools, which is cut to a bound. No
// value that an app returned has a way into Prompt.
//
// Start with Model and Find; talk.go is one request to any server, ollama.go and
// openai.go speak to two kinds of them; prompt.go has what the planner is told.
package model

import (
	"context"
	"encoding/json"
	"time"

	"secgpt/mediator/label"
)

// A Model answers. It is safe for use by many goroutines.
type Model interface {
	// Name is the model's name as its server has it: "qwen2.5-coder:7b".
	Name() string
	// Chat asks once. onText, if not nil, sees the answer's text as it comes, in
	// order, from the calling goroutine. If ctx ends, its error is returned; every
	// other error is an *Error.
	Chat(ctx context.Context, r Request, onText func(string)) (Answer, error)
}

// Elsewhere returns the host of a model that does not run on this computer. What it
// is asked leaves: who asks it has it judged first.
func Elsewhere(m Model) (host string, is bool) {
	if far, ok := m.(interface{ elsewhere() string }); ok {
		host = far.elsewhere()
	}
	return host, host != ""
}

// Role is who said a message.
type Role string

// The roles.
const (
	System    Role = "system"
	User      Role = "user"
	Assistant Role = "assistant"
)

// A Message is one piece of a Request.
type Message struct {
	Role Role
	Text string
}

// A Request is what a model is asked.
type Request struct {
	Messages []Message
	Schema   json.RawMessage // the answer is JSON that fits it; nil for free text
	Tokens   int             // of the answer at most; 0 is DefaultTokens
	// Vary asks for another answer than the likeliest: that one was given, and was wrong.
	Vary bool
	// Left is what Prompt left out because it did not fit, a short phrase each, for
	// the person to be told.
	Left []string
	// From is whose data is in Messages, for the judgement of what leaves. The zero
	// Label is unknown, which no rule lets go.
	From label.Label
	// Note, if not nil, hears what the person should know while they wait, such as
	// that the model is being loaded. It is called from any goroutine.
	Note func(string)

	examples int       // how many messages of Prompt are rules and examples
	nearest  []Message // examples that are like the request, for a second try
}

// An Answer is what a model said.
type Answer struct {
	Text                       string
	PromptTokens, OutputTokens int
	Cut                        bool          // it ended at the bound on tokens, not by itself
	Loading                    time.Duration // the model was loaded first, for so long
}

// DefaultTokens bounds an answer: a plan has under a hundred, a page of text five
// hundred.
const DefaultTokens = 1500
