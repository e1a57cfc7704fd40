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
		`closest([{"title": "Lunch (Alice)"}, None, "b", 3, {"a": 1}], "title", "lunch with Alice")`:                                      "Lunch (Alice)",
		`closest([{"title": "Lunch, Alice"}, {"title": "Alice's lunch"}], "title", "lunch with Alice")`:                                   "lunch with Alice", // either
		`closest([{"title": "standup"}, {"title": "Standup"}], "title", "Standup")`:                                                       "Standup",
		`closest([{"title": "STANDUP"}, {"title": "standup"}], "title", "Standup")`:                                                       "Standup",
		`closest([{"title": "Lunch"}, {"title": "Lunch with Bob"}], "title", "lunch")`:                                                    "Lunch",
		`closest([{"title": "a thing"}] * 201, "title", "thing")`:                                                                         "thing", // too many
		`str(mostly([{"text": "Kestrel, no. 12"}, {"text": "Kestrel, no. 11"}, {"text": "12 parrots"}], "the kestrel booking 12", True))`: "[{\"text\": \"Kestrel, no. 12\"}]",
		`str(mostly([{"text": "a booking"}, {"text": "parrots"}], "the booking", True))`:                                                  "[{\"text\": \"a booking\"}]",
		`str(mostly([{"title": "Stand-up", "zone": "Europe/Berlin"}], "will it snow in Berlin?"))`:                                        "[]",
		`str(mostly([{"text": "parrots"}], "my", True))`:                                                                                  "[]",
		`str(mostly([{"text": "from the library"}], "anything from the library lately?"))`:                                                "[{\"text\": \"from the library\"}]",
		`str(mostly([{"text": "the coffee machine"}, None, 7, "no tea"], "who cleaned the coffee machine"))`:                              "[{\"text\": \"the coffee machine\"}]",
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

// What comes out has the labels of all that was looked at, and of what was looked for.
func TestClosestIsLabelled(t *testing.T) {
	for src, want := range map[string]string{
		`closest(x, "subject", "lunch")`:                                  `"Lunch"<mail>`,
		`closest(x, "subject", "nothing like it")`:                        `"nothing like it"<mail>`,
		`closest([{"Slugs": "a thing"}], x[0].subject, "thing")`:          `"a thing"<mail>`,
		`closest([{"title": "Slugs eat"}], "title", x[0].subject)`:        `"Slugs eat"<mail>`,
		`len(mostly(x, "lunch"))`:                                         `1<mail>`,
		`len(mostly([{"text": "lunch"}, {"text": "tea"}], x[1].subject))`: `1<mail>`,
		`len(mostly([{"text": "lunch"}], "lunch", x[1].subject))`:         `1<mail>`,
	} {
		lines, _, err := asked(t, "", "x = mail.search(query = \"a\")\nreply("+src+")", false)
		require.NoError(t, err, src)
		require.Contains(t, lines, "reply("+want+")", src)
	}
}
