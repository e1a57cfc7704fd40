// Package model is who thinks: it finds a language model on this computer, asks
// it, and builds what the planner is asked.
//
// It promises: a model is looked for but never loaded before it is asked; nothing
// is sent to another computer; an answer that was cut, a prompt that does not fit
// and a server that fails are errors that say what to do, never a shorter answer
// that looks whole.
//
// The planner's prompt holds the person's words, their earlier words and the plans
// made for them, and what apps say of their tools, which is cut to a bound. No
// value that an app returned has a way into Prompt.
//
// Start with Model and Find; prompt.go has what the planner is told.
package model

import (
	"context"
	"encoding/json"
)

// A Model answers. It is safe for use by many goroutines.
type Model interface {
	// Name is the model's name as the person would write it: "qwen2.5-coder:7b".
	Name() string
	// Chat asks once. onText, if not nil, sees the answer's text as it comes, in
	// order, from the calling goroutine. If ctx ends, its error is returned; every
	// other error is an *Error.
	Chat(ctx context.Context, r Request, onText func(string)) (Answer, error)
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
	// Left is what Prompt left out because it did not fit, a short phrase each, for
	// the person to be told.
	Left []string
}

// An Answer is what a model said.
type Answer struct {
	Text                       string
	PromptTokens, OutputTokens int
	Cut                        bool // it ended at the bound on tokens, not by itself
}

// DefaultTokens bounds an answer: a plan has under a hundred, a page of text five
// hundred.
const DefaultTokens = 1500
