package model

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"
)

// A Frame is what a request wants done with one thing that is there, in words of the request.
type Frame struct {
	Do    string // ForwardIt, WriteIt, MoveIt or another word
	Kind  string // where the thing is, one of frameKinds
	Thing string // what it is called, "" if that can't be told
	To    string // who gets it, ""
}

// What a request can want done with a thing that is there.
const (
	ForwardIt = "forward"
	WriteIt   = "write"
	MoveIt    = "move"
	OtherThan = "other"
)

// frameKinds are what a thing can be, as a model says it.
var frameKinds = []string{"mail", "note", "event", "file", "task", OtherThan}

// maxFrame bounds an answer to Framed, in tokens: four short texts.
const maxFrame = 120

// frameSchema holds a server to the form. Its fields stand as servers order them, by their names:
// what is read first must be written first.
var frameSchema = func() json.RawMessage {
	text := map[string]any{"type": "string"}
	b, err := json.Marshal(map[string]any{
		"type": "object", "required": []string{"do", "kind", "thing", "to"},
		"properties": map[string]any{
			"do": map[string]any{"enum": []string{ForwardIt, WriteIt, MoveIt, "delete", "add", OtherThan}}, "kind": map[string]any{"enum": frameKinds},
			"thing": text, "to": text,
		},
	})
	if err != nil {
		panic(err)
	}
	return b
}()

// framed are requests and what they want, over things that nobody's apps have.
var framed = []Message{
	{System, "Say what a request wants done, and with what, as JSON. do: forward (a mail, note, recipe or file that is there goes to a person), write (new words go to a person), " +
		"move (something gets another time), delete, add, other. Take thing and to word for word from the request, or leave them \"\"."},
	{User, "fwd the harbour ticket to Ada so she has it"}, {Assistant, `{"do": "forward", "kind": "mail", "thing": "harbour ticket", "to": "Ada"}`},
	{User, "push the bakery shift on Monday to 5pm"}, {Assistant, `{"do": "move", "kind": "event", "thing": "bakery shift", "to": ""}`},
	{User, "tell Bo by mail that the boat is late"}, {Assistant, `{"do": "write", "kind": "mail", "thing": "the boat is late", "to": "Bo"}`},
	{User, "Kim Berg soll meine Notiz 'Three ropes' bekommen"}, {Assistant, `{"do": "forward", "kind": "note", "thing": "Three ropes", "to": "Kim Berg"}`},
	{User, "buy two lamps"}, {Assistant, `{"do": "other", "kind": "other", "thing": "two lamps", "to": ""}`},
	{User, "can you send Bo what Ada wrote about the bees"}, {Assistant, `{"do": "forward", "kind": "mail", "thing": "bees", "to": "Bo"}`},
}

// Framed asks what a request wants done. The prompt is short and always the same up to the request.
func Framed(request string) Request {
	return Request{Tokens: maxFrame, Schema: frameSchema, Messages: append(framed[:len(framed):len(framed)], Message{User, request})}
}

// ReadFrame reads an answer to Framed. What it does not take from the request word for word is
// left out: a small model fills in what its examples had.
func ReadFrame(answer, request string) (f Frame, ok bool) {
	var said struct{ Do, Kind, Thing, To string }
	if json.Unmarshal([]byte(answer), &said) != nil || !slices.Contains(frameKinds, said.Kind) {
		return Frame{}, false
	}
	there := frameWords(request)
	const around = " '\"„“”‘’.,;:!?"
	said.Thing, said.To = strings.Trim(said.Thing, around), strings.Trim(said.To, around)
	for _, text := range []*string{&said.Thing, &said.To} {
		if said := frameWords(*text); len(said) == 0 || !within(said, there) {
			*text = ""
		}
	}
	return Frame{said.Do, said.Kind, said.Thing, said.To}, true
}

// frameWords are the words of a text in small letters, an address as one.
func frameWords(s string) []string {
	words := strings.FieldsFunc(strings.ToLower(strings.ReplaceAll(s, "'s", "")), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("@.-_+", r)
	})
	for i, w := range words {
		words[i] = strings.Trim(w, ".-")
	}
	return words
}

// within reports whether some words stand in others, one behind the other.
func within(words, all []string) bool {
	for i := 0; i+len(words) <= len(all); i++ {
		if slices.Equal(words, all[i:i+len(words)]) {
			return true
		}
	}
	return false
}
