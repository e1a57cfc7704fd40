package tui

import (
	"context"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"secgpt/hub"
	"secgpt/mediator/label"
	"secgpt/tui/draft"
	"secgpt/tui/render"
)

// edits are the keys that only change the draft, as shells have them.
var edits = map[string]func(*draft.Draft){
	"backspace": (*draft.Draft).Backspace, "ctrl+h": (*draft.Draft).Backspace,
	"delete": (*draft.Draft).Delete,
	"left":   (*draft.Draft).Left, "ctrl+b": (*draft.Draft).Left,
	"right": (*draft.Draft).Right, "ctrl+f": (*draft.Draft).Right,
	"alt+left": (*draft.Draft).WordLeft, "ctrl+left": (*draft.Draft).WordLeft, "alt+b": (*draft.Draft).WordLeft,
	"alt+right": (*draft.Draft).WordRight, "ctrl+right": (*draft.Draft).WordRight, "alt+f": (*draft.Draft).WordRight,
	"home": (*draft.Draft).Home, "ctrl+a": (*draft.Draft).Home,
	"end": (*draft.Draft).End, "ctrl+e": (*draft.Draft).End,
	"ctrl+w": (*draft.Draft).KillWord, "alt+backspace": (*draft.Draft).KillWord,
	"ctrl+u": (*draft.Draft).KillStart, "ctrl+k": (*draft.Draft).KillEnd,
}

// help is what /help shows; the second column says it in words.
var help = [][2]string{
	{"Enter", "asks; Alt+Enter or Ctrl+J begins a new line"},
	{"↑ ↓", "earlier requests; Ctrl+R finds one"},
	{"Tab", "goes to a question and back; nothing you type can answer it before"},
	{"Esc", "cancels what runs"},
	{"PgUp PgDn", "scroll; so does the wheel, and Shift with the mouse selects text"},
	{"Ctrl+D", "leaves when the draft is empty; Ctrl+C leaves at once"},
	{"", ""},
	{"/why [n]", "why call n was allowed or refused; the last request's without n"},
	{"/transcript [n]", "what an app's model was told and said in call n; in the last one without n"},
	{"/memory APP", "what that app remembers"},
	{"/undo [n]", "takes back call n; the last change without n"},
	{"/cost", "what the last request took, and all of them: model calls, tokens, tools it was told of, seconds"},
	{"/run PLAN", "runs a plan that you wrote or pasted"},
	{"/quit", "leaves"},
}

// commands are the words after a slash, for the hint line.
const commands = "/help · /why [n] · /transcript [n] · /memory APP · /undo [n] · /cost · /run PLAN · /quit"

// enter does what the draft says: a command, a suggestion or a request.
func (m *model) enter() tea.Cmd {
	switch {
	case m.picking():
		m.draft.Insert(m.status.Suggestions[m.pick])
	case m.guided():
		m.draft.Insert(m.status.Next)
	}
	text := strings.TrimSpace(m.draft.Text())
	if text == "" {
		return nil
	}
	if strings.HasPrefix(text, "/") {
		return m.command(text)
	}
	return m.start(hub.Request{Endorses: true}, nil)
}

// guided reports whether Enter alone asks what a guide asks next.
func (m *model) guided() bool { return m.draft.Empty() && m.turn == nil && m.status.Next != "" }

// command runs a word that begins with a slash. What it can't do stays in the
// draft, to be put right.
func (m *model) command(text string) tea.Cmd {
	word, rest := text, ""
	if i := strings.IndexAny(text, " \n\t"); i >= 0 {
		word, rest = text[:i], strings.TrimSpace(text[i:])
	}
	n, err := 0, error(nil)
	if rest != "" && (word == "/undo" || word == "/why" || word == "/transcript") {
		n, err = strconv.Atoi(rest)
	}
	switch {
	case err != nil || n < 0:
		m.hint = word + " takes the number of a call, or nothing"
		return nil
	case word == "/quit" || word == "/exit":
		return m.leave()
	case word == "/help":
		m.draft.Take()
		m.list.Add(newHelp(m))
		m.list.Follow()
		return nil
	case word == "/why":
		m.echo(m.draft.Take())
		return m.safely(func() tea.Msg { return whyMsg{m.engine.Why(n)} })
	case word == "/transcript":
		m.echo(m.draft.Take())
		a, why := m.engine.Transcript(n)
		if why != "" {
			m.say(why)
			return nil
		}
		m.list.Add(newLines(m, func(o render.Options) []render.Line { return render.Transcript(a, o) }))
		m.list.Follow()
		return nil
	case word == "/cost":
		m.echo(m.draft.Take())
		m.say(m.tally.String())
		return nil
	case word == "/memory":
		m.echo(m.draft.Take())
		facts, err := m.engine.Memory(rest)
		if err != nil {
			m.say(err.Error() + ".")
			return nil
		}
		m.list.Add(newLines(m, func(o render.Options) []render.Line { return render.Memory(rest, facts, o) }))
		m.list.Follow()
		return nil
	case word == "/undo":
		return m.start(hub.Request{}, func(ctx context.Context, p hub.Person) hub.Result {
			return m.engine.Undo(ctx, n, p)
		})
	case word == "/run" && rest == "":
		m.hint = "write or paste the plan after /run"
		return nil
	case word == "/run":
		return m.start(hub.Request{Plan: rest}, nil)
	}
	m.hint = "there is no such command: " + commands
	return nil
}

// start sends the draft off as one turn. Only one runs at a time; the draft keeps
// what is typed meanwhile.
func (m *model) start(r hub.Request, do func(context.Context, hub.Person) hub.Result) tea.Cmd {
	if m.turn != nil {
		m.hint = "one request at a time: this one stays in the draft"
		return nil
	}
	words := m.draft.Take()
	m.echo(words)
	if r.Plan == "" {
		r.Words = words
	}
	if do == nil {
		do = func(ctx context.Context, p hub.Person) hub.Result { return m.engine.Turn(ctx, r, p) }
	}
	ctx, cancel := context.WithCancel(m.ctx)
	m.turn = newTurn(m, cancel)
	m.run(ctx, do)
	return m.beat(m.turn)
}

// echo puts what the person asked into the transcript.
func (m *model) echo(words []label.Span) {
	m.list.Add(newAsked(m, words))
	m.list.Follow()
}
