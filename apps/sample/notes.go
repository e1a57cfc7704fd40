package sample

import (
	"path/filepath"
	"time"
)

func writeNotes(dir string, now time.Time, made *Made) error {
	for i, n := range notes(now) {
		if err := put(filepath.Join(dir, "notes", n.file+".md"), "# "+n.title+"\n\n"+n.text, now.Add(-time.Duration(i+1)*20*hour)); err != nil {
			return err
		}
		made.Notes++
	}
	return nil
}

type note struct{ file, title, text string }

func notes(now time.Time) []note {
	return []note{
		{"poster-ideas", "Poster ideas", "- A teapot, seen from the left\n- The same teapot, seen from the right\n- \"Almost Useful, Almost Here\"\n- Ask Bob whether the cake could be on it\n"},
		{"loans", "List of loans", "| thing | from | state |\n|---|---|---|\n| self-stirring mug | Zürich | stirs left only |\n| umbrella for bicycles | Tokyo | open |\n| bad portraits | Boston | very |\n\nStill missing: the **left-handed screwdriver**. Nobody can tell which one it is.\n"},
		{"rice", "Mum's rice", "Two cups of rice, one of stock, one onion, patience.\n\n1. Fry the onion until it stops arguing.\n2. Add everything. Do not stir.\n3. Do not stir.\n4. She will know if you stirred.\n"},
		{"lisbon", "Lisbon", "Congress starts on " + workday(now, 12).Format("Monday, 2 January") + ".\n\n- [x] book the flight\n- [ ] find the talk I said I would give\n- [ ] custard tarts: how many is rude?\n"},
		{"cactus", "The cactus", "A teaspoon of water, once a month. In a different voice than last time.\n"},
		{"overdue", "Things to give back", "- \"Getting Things Done\" (library; do it first thing, see chapter 1)\n- Chidi's ladder\n- Alice's patience\n"},
	}
}
