package pipe

import (
	"context"
	"errors"

	"secgpt/mediator"
	"secgpt/tui/render"
)

// Rules of a card with several decisions in plain lines: all of it is printed, then it
// is answered for all together, or one by one. One by one, what comes after a no, or
// after a yes to less, is not asked here: it comes again, as it then stands.

// card asks card n of a turn.
func (k asking) card(ctx context.Context, card []mediator.Question, n int) []mediator.Answer {
	if len(card) == 1 {
		return []mediator.Answer{k.question(ctx, card[0], render.Heads(card, n)[0])}
	}
	for _, l := range render.PlainCard(card, n, k.o.layout(k.t.width()-1)) {
		k.t.printf("%s\n", render.PlainLine(l))
	}
	all := forAll(card)
	for misses := 0; misses < 2; {
		line, err := k.ask(ctx, numbered(all)+" Number, then Enter [1]: ")
		if line == "" && err == nil {
			line = "1"
		}
		i, ok := number(line, len(all))
		switch {
		case errors.Is(err, errNobody):
			return nil
		case !ok:
			misses++
			k.t.printf("That is none of the numbers.\n")
			continue
		}
		switch c := all[i]; c.do {
		case answers:
			return toAll(card, c.scope)
		case explains:
			for i, q := range card {
				k.t.printf("Decision %d:\n", i+1)
				k.why(q)
			}
		case oneByOne:
			return k.oneByOne(ctx, card)
		}
	}
	k.t.printf("That counts as no to all.\n")
	return toAll(card, mediator.No)
}

// forAll are the answers to all decisions of a card: what each of them offers.
func forAll(card []mediator.Question) []choice {
	out := []choice{{name: "no to all"}}
	for _, c := range scopes {
		offered := true
		for _, q := range card {
			offered = offered && q.Offers(c.scope)
		}
		if offered && c.scope != mediator.Never {
			out = append(out, choice{name: "all " + c.name, scope: c.scope})
		}
	}
	return append(out, choice{name: "one by one", do: oneByOne}, choice{name: "why", do: explains})
}

func toAll(card []mediator.Question, s mediator.Scope) []mediator.Answer {
	out := make([]mediator.Answer, len(card))
	for i, q := range card {
		out[i] = mediator.Answer{Scope: s, Digest: q.Digest, By: "person"}
	}
	return out
}

// oneByOne asks for each decision, up to the first that changes what comes after it.
func (k asking) oneByOne(ctx context.Context, card []mediator.Question) []mediator.Answer {
	var out []mediator.Answer
	for i, head := range render.Heads(card, 0) {
		a := k.question(ctx, card[i], head)
		if a.By == "nobody" {
			return nil
		}
		out = append(out, a)
		if a.Scope == mediator.No || a.Scope == mediator.Never || len(a.Withhold) > 0 || len(a.Edit) > 0 {
			break
		}
	}
	return out
}
