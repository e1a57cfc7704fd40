package model

import (
	"fmt"
	"sync"
	"unicode"
)

// A counter guesses how many tokens a server will count, before anything is sent.
// What the server then counted corrects the next guess. It is safe for use by many
// goroutines.
type counter struct {
	mu     sync.Mutex
	factor float64 // counted for each guessed; 0 until something was counted
}

// The guess is never far below what a tokenizer makes of a text. These are tokens for
// one character, as the models that people run have them: words of a few letters,
// digits on their own, other alphabets in pieces of a letter or two.
const (
	letterTokens  = 0.27
	spaceTokens   = 0.12
	lineTokens    = 0.5
	signTokens    = 0.55
	foreignTokens = 0.75
	wideTokens    = 1.3
	messageTokens = 6 // of a message's frame
)

// guess is the tokens of the text alone, uncorrected.
func guess(messages []Message) float64 {
	n := 4.0
	for _, m := range messages {
		n += messageTokens
		for _, r := range m.Text {
			switch {
			case r == '\n':
				n += lineTokens
			case r == ' ' || r == '\t':
				n += spaceTokens
			case r < 0x80 && unicode.IsLetter(r):
				n += letterTokens
			case r >= '0' && r <= '9':
				n++
			case r < 0x80:
				n += signTokens
			case r < 0x2e80:
				n += foreignTokens
			default:
				n += wideTokens
			}
		}
	}
	return n
}

// The bounds of what one count may teach: a server that counts only what it had not
// kept from before, or counts nonsense, teaches nothing.
const leastFactor, mostFactor = 0.5, 2.0

// of guesses the tokens of a request, and the least that it can have.
func (c *counter) of(messages []Message) (likely, least int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := guess(messages)
	if c.factor == 0 {
		return int(n) + 1, int(n * leastFactor)
	}
	return int(n*c.factor) + 1, int(n * c.factor * 0.8)
}

// learn takes in what the server counted.
func (c *counter) learn(messages []Message, counted int) {
	f := float64(counted) / guess(messages)
	if f < leastFactor || f > mostFactor {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if f > c.factor { // up at once, down slowly: a guess too small costs an answer
		c.factor = f
	} else {
		c.factor += (f - c.factor) / 4
	}
}

// contextSteps are how much a model is made to see at once, in tokens: a server loads
// a model anew when that changes, so it changes seldom, and only upwards. The last is
// what a laptop's memory still holds.
var contextSteps = []int{contextTokens, 16384, 32768}

const (
	// contextTokens holds the planner's prompt, which is bounded to fit, and an answer.
	contextTokens = 8192
	// minAnswer is the room without which asking is no use, in tokens.
	minAnswer = 64
)

// room is what a request gets of a context of size tokens: the tokens of its answer
// at most, fewer if it would not fit. ok is false where the request surely leaves no
// room for an answer.
func (c *counter) room(r Request, size int) (tokens int, ok bool) {
	likely, least := c.of(r.Messages)
	if least+minAnswer > size {
		return 0, false
	}
	return max(min(r.tokens(), size-likely), minAnswer), true
}

// tokens is the bound on the answer.
func (r Request) tokens() int {
	if r.Tokens <= 0 {
		return DefaultTokens
	}
	return r.Tokens
}

// tooLarge says what does not fit: the request, and the largest part of it.
func tooLarge(name string, r Request, likely, size int) *Error {
	big, what := 0, ""
	for i, m := range r.Messages {
		if len(m.Text) > big {
			big = len(m.Text)
			what = map[Role]string{System: "the rules and tools", User: "an earlier request", Assistant: "an earlier answer"}[m.Role]
			if i == len(r.Messages)-1 {
				what = "what you ask with its data"
			}
		}
	}
	return fail(Small, tooLargeDo, "the request has about %d tokens, and does not fit the %d that %s sees at once; the largest part is %s, %d bytes; nothing was sent",
		likely, size, name, what, big)
}

const tooLargeDo = "ask for less at once, begin a new conversation, or take a model with a larger context"

// tooSmall is what a server itself refuses to read.
func tooSmall(name string, size int) *Error {
	seen := "what"
	if size > 0 {
		seen = fmt.Sprintf("the %d tokens that", size)
	}
	return fail(Small, tooLargeDo, "the request does not fit %s %s sees at once", seen, name)
}
