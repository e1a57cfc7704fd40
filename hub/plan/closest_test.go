package plan

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/mediator/label"
)

// What a name in a list means, whatever else is in that list.
func TestClosest(t *testing.T) {
	for src, want := range map[string]string{
		`closest([{"title": "Lunch (Alice)"}, None, "b", 3, {"a": 1}], "title", "lunch with Alice")`:         "Lunch (Alice)",
		`closest([{"title": "Lunch, Alice"}, {"title": "Alice's lunch"}], "title", "lunch with Alice")`:      "lunch with Alice", // either
		`closest([{"title": "standup"}, {"title": "Standup"}], "title", "Standup")`:                          "Standup",
		`closest([{"title": "STANDUP"}, {"title": "standup"}], "title", "Standup")`:                          "Standup",
		`closest([{"title": "Lunch"}, {"title": "Lunch with Bob"}], "title", "lunch")`:                       "Lunch",
		`closest([{"title": "a thing"}] * 201, "title", "thing")`:                                            "thing", // too many
		`str(mostly([{"text": "the coffee machine"}, None, 7, "no tea"], "who cleaned the coffee machine"))`: "[{\"text\": \"the coffee machine\"}]",
	} {
		h := &fake{}
		p, err := Parse("", "reply("+src+")", office)
		require.NoError(t, err, src)
		require.NoError(t, p.Run(context.Background(), h, &Vars{}), src)
		b, err := label.TextOf(want, label.Person()).JSON()
		require.NoError(t, err)
		require.Equal(t, "reply("+string(b)+")\n", h.lines(), src)
	}
}
