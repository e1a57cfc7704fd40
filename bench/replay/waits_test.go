package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// A day that stands in the request is the person's, however it is written there.
func TestADayOfTheRequest(t *testing.T) {
	request := "Book the inn from January 11th to January 15th 2025, please."
	require.Equal(t, "January 11th", dayIn(request, "2025-01-11"))
	require.Equal(t, "January 15th", dayIn(request, "2025-01-15"))
	require.Empty(t, dayIn(request, "2025-01-13"), "between them, and not said")
	require.Empty(t, dayIn(request, "January 11th"), "no day as tools take it")
	require.Empty(t, dayIn(request, json.Number("11")))
}

func shopPart(start string) *Part {
	read := Labels{Effect: "read", Egress: "none"}
	return &Part{
		Start: start,
		Tools: []Tool{
			{Name: "buy", App: "shop", Labels: Labels{Effect: "pay", Egress: "recipient", Roles: map[string]string{"what": "destination"}}},
			{Name: "confirm", App: "shop", Labels: Labels{Effect: "pay", Roles: map[string]string{"code": "option"}}},
			{Name: "mails", App: "post", Labels: read},
			{Name: "mail", App: "post", Labels: Labels{Effect: "read", Roles: map[string]string{"from": "query"}}},
		},
		Tasks: []Task{{ID: "buy", Prompt: "Buy tea; the code comes from shop.example.", Calls: []Call{
			{Tool: "buy", Args: map[string]json.RawMessage{"what": json.RawMessage(`"tea"`)}, Sources: map[string][]any{"what": {"prompt"}}},
			{Tool: "mail", Args: map[string]json.RawMessage{"from": json.RawMessage(`"shop.example"`)}, Sources: map[string][]any{"from": {"prompt"}}, Result: json.RawMessage(`["your code is CODE-7731"]`)},
			{Tool: "confirm", Args: map[string]json.RawMessage{"code": json.RawMessage(`"CODE-7731"`)}, Sources: map[string][]any{"code": {float64(1)}}},
		}}},
	}
}

// A read waits for the change whose effect it brings, and for no other.
func TestWhatAReadWaitsFor(t *testing.T) {
	lines := func(p *Part) string { return newPlan(p, &p.Tasks[0]).lines[1] }
	require.Contains(t, lines(shopPart("Nothing yet")), "r0 == None\n", "the code was not there before")
	require.NotContains(t, lines(shopPart("An old mail: CODE-7731, keep it.")), "r0 == None\n")
	require.Contains(t, lines(shopPart("An old mail: CODE-77312")), "r0 == None\n", "another code")

	p := shopPart("An old mail: CODE-7731")
	p.Tasks[0].Calls[1] = Call{Tool: "mails", Args: map[string]json.RawMessage{}, Result: p.Tasks[0].Calls[1].Result}
	require.Contains(t, lines(p), "r0 == None\n", "a read without a question of the person's own may bring anything new")
}

// Two reads that are alike to the last argument come one after the other, others side by
// side.
func TestReadsThatAreAlike(t *testing.T) {
	p := shopPart("")
	mail := p.Tasks[0].Calls[1]
	p.Tasks[0].Calls = []Call{mail, mail, {Tool: "mails", Args: map[string]json.RawMessage{}, Result: mail.Result}}
	pl := newPlan(p, &p.Tasks[0])
	require.Contains(t, pl.lines[1], "r0 == None\n")
	require.NotContains(t, pl.lines[2], "== None")
}

// A card after the first says what it waited for.
func TestWhatACardWaitedFor(t *testing.T) {
	p := shopPart("")
	pl := newPlan(p, &p.Tasks[0])
	require.Equal(t, forEffect, pl.waitedFor(2, []Asked{{Card: 1, Step: 0}, {Card: 2, Step: 2}}))
	require.Equal(t, forResult, pl.waitedFor(2, []Asked{{Card: 1, Step: 1}, {Card: 2, Step: 2}}))
	require.Equal(t, forOrder, pl.waitedFor(2, []Asked{{Card: 1, Step: 1}, {Card: 2, Step: 0}}))
}
