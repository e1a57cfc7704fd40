package model

import "strings"

// private is what a model says of what nobody but the person can know.
const private = "PRIVATE"

// maxKnown bounds an answer to what everybody can know, in tokens: some sentences.
const maxKnown = 200

// known are questions and their answers. What is whose is not told by rules that a small
// model could follow.
var known = []Message{
	{System, "Answer what everybody can know (geography, history, cooking, words, numbers) in one short sentence. " +
		"What only this person's notes, mails, calendar, contacts or files can say, and what is to be done, answer with the one word " + private + "."},
	{User, "how many legs has a spider?"}, {Assistant, "A spider has eight legs."},
	{User, "when does the recital start?"}, {Assistant, private},
	{User, "is 91 a prime number"}, {Assistant, "No, 91 is 7 times 13."},
	{User, "bob's number?"}, {Assistant, private},
	{User, "feed the cat"}, {Assistant, private},
	{User, "who painted the Night Watch?"}, {Assistant, "Rembrandt painted the Night Watch."},
	{User, "how often do I water the ferns in hall 3?"}, {Assistant, private},
	{User, "hello, how are you?"}, {Assistant, "Hello! I am fine, thank you."},
	{User, "any name ideas for a goldfish"}, {Assistant, "Bubbles, Finn or Captain."},
	{User, "what is 12 times 9?"}, {Assistant, "12 times 9 is 108."},
	{User, "which colour did we choose for the door?"}, {Assistant, private},
}

// Known is a question that no app may be needed for. The prompt is short and always the
// same up to the question, so that it costs little beside a plan's.
func Known(question string) Request {
	return Request{Tokens: maxKnown, Messages: append(known[:len(known):len(known)], Message{User, question})}
}

// IsKnown reports whether an answer to Known answers it, in words.
func IsKnown(answer string) bool {
	_, plan := Split(answer, nil)
	return strings.TrimSpace(answer) != "" && !strings.Contains(strings.ToUpper(answer), private) && plan == "" && !strings.Contains(answer, "```")
}
