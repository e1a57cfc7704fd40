package hub

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"secgpt/hub/asked"
	"secgpt/hub/model"
	"secgpt/hub/when"
	"secgpt/mediator/label"
)

// What needs no app
//
// "Capital of Portugal" becomes, with a small model, a search of the notes. A question no
// word of which any tool has for its own, and that names no time, is first put to the model
// without any tools. It answers, or says that only the person's own things can.

// maxQuestion bounds such a question, in bytes.
const maxQuestion = 200

// needsNone reports whether a request may be a question that no app is needed for.
func (t *turn) needsNone() bool {
	text := t.req.Text()
	if n := len(t.h.past); n > 0 && t.h.past[n-1].Plan != "" || len(text) > maxQuestion || !t.h.revealed.Empty() || !besides(t.req.Words, nil).Empty() {
		return false // it may go on from what was planned before, or speak of what is with it
	}
	if ownMatter(text) {
		return false
	}
	if smallTalk().MatchString(text) {
		return true
	}
	x, _ := t.h.index()
	return !asked.Wishes(text) && !x.Has(text) && len(when.Find(inEnglish(text), t.began)) == 0
}

// smallTalk is what is said before anything is asked.
var smallTalk = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^(\W*(hi|hello|hey|good (morning|afternoon|evening|day|night)|how are you( doing)?( today)?|how's it going|thanks( a lot| so much)?|thank you( very much| so much)?|` +
		`hallo|guten (morgen|tag|abend)|wie geht('s| es dir)( heute)?|danke|bonjour|bonsoir|salut|ça va|merci|hola|buenos días|buenas tardes|qué tal|gracias)\b)+\W*$`)
})

// ownMatter reports whether a question is of what has no name, "where was the fuse box", of
// which everybody has another, or of whether somebody wrote or called.
func ownMatter(text string) bool {
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' })
	if len(words) < 2 {
		return false
	}
	rest := strings.Join(words[1:], " ")
	return strings.EqualFold(words[0], "where") && strings.ToLower(rest) == rest ||
		slices.Contains([]string{"write", "wrote", "call", "called", "answer", "answered", "reply", "replied", "say", "said", "want", "wanted",
			"geschrieben", "angerufen", "geantwortet", "gesagt", "gemeint", "geschickt", "gewollt"}, strings.ToLower(words[len(words)-1]))
}

// known asks the model what everybody can know. It reports whether the turn is over.
func (t *turn) known(m model.Model) bool {
	req := model.Known(t.req.Text())
	req.From = label.Person()
	a, err := m.Chat(t.ctx, req, nil)
	t.used(m, a)
	if err != nil {
		t.modelFailed(err)
		return true
	}
	if !model.IsKnown(a.Text) || a.Cut {
		return false
	}
	text := strings.TrimSpace(a.Text)
	t.result.Text = text
	t.tell(Said{text})
	// A small model says so too how heavy an umbrella is that only a note tells of.
	t.tell(Noted{Text: "from what " + m.Name() + " knows by itself: no app was looked into"})
	t.h.past = append(t.h.past, model.Turn{Words: spoken(t.req)})
	return true
}
