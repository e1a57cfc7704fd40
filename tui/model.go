package tui

import (
	"context"
	"fmt"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"

	"secgpt/hub"
	"secgpt/tui/draft"
	"secgpt/tui/list"
	"secgpt/tui/render"
	"secgpt/tui/safe"
)

// model is the root: the only tea.Model, and the only one that changes anything.
type model struct {
	ctx    context.Context
	engine Engine
	feed   feed
	turns  sync.WaitGroup
	now    func() time.Time

	width, height int
	look          look
	shade         int // counts changes of look
	status        hub.Status
	tried         bool // a room was tried

	list  list.List
	draft draft.Draft
	pick  int // the suggestion that Enter would ask

	turn  *turn // the one that runs, nil if none
	tally render.Tally
	cards []*card
	gate  gate
	focus bool // keys go to the first card
	held  held
	away  bool // the terminal's window lost the focus

	hint string // a word on the last key, until the next

	crash       error // why the chat has to end
	interrupted bool  // Ctrl+C, or a signal
	leaving     bool
}

// Messages of our own.
type (
	drawnMsg  struct{ view int } // the frame of that view was handed over
	wokeMsg   struct{ view int }
	triedMsg  struct{ status hub.Status }
	whyMsg    struct{ text string }
	beatMsg   struct{ turn *turn } // something that runs moves on
	brokenMsg struct{ err error }
	leaveMsg  struct{ interrupted bool }
	leftMsg   struct{}
)

// beat is how often a running step's mark moves: seen as motion, cheap to draw.
const beat = 120 * time.Millisecond

func newModel(ctx context.Context, e Engine) *model {
	return &model{
		ctx: ctx, engine: e, now: time.Now, status: e.Status(), look: newLook(true),
		feed: feed{make(chan any, maxFeed), ctx.Done()},
	}
}

// finish waits for the last turn, so that nothing is left half done behind a shell
// prompt. It reports false if that took too long.
func (m *model) finish(within time.Duration) bool {
	done := make(chan struct{})
	go func() { m.turns.Wait(); close(done) }()
	select {
	case <-done:
		return true
	case <-time.After(within):
		return false
	}
}

// Init asks the terminal for its background and whether it answers at all; one
// room is tried once the first frame is out.
func (m *model) Init() tea.Cmd {
	m.gate.view, m.gate.closed = 0, true
	return tea.Batch(m.feed.next, tea.RequestBackgroundColor, m.errand(m.gate.ask(1)))
}

// Update never lets a panic reach the terminal: the program ends with an error.
func (m *model) Update(msg tea.Msg) (_ tea.Model, cmd tea.Cmd) {
	defer func() {
		if r := recover(); r != nil {
			m.crash, cmd = fmt.Errorf("the screen failed: %v", r), tea.Quit
		}
	}()
	cmd = m.update(msg)
	return m, tea.Batch(cmd, m.settle())
}

func (m *model) update(msg tea.Msg) tea.Cmd {
	now := m.now()
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		return m.resize(msg.Width, msg.Height)
	case tea.BackgroundColorMsg:
		m.redraw(msg.IsDark())
	case uv.PrimaryDeviceAttributesEvent:
		e := m.gate.reply(now)
		if m.leaving && len(m.gate.open) == 0 {
			return tea.Quit
		}
		return m.errand(e)
	case drawnMsg:
		return m.errand(m.gate.drawn(msg.view))
	case wokeMsg:
		return m.errand(m.gate.woke(msg.view, now))
	case tea.BlurMsg:
		m.away = true
		m.gate.close()
	case tea.FocusMsg:
		m.away = false
		return m.show(true)
	case tea.KeyPressMsg:
		m.gate.pressed(now)
		return m.press(msg)
	case tea.PasteMsg:
		m.paste(msg.Content)
	case tea.MouseWheelMsg:
		m.wheel(msg.Button)
	case feedMsg:
		cmd := m.told(msg)
		if m.crash != nil {
			return tea.Quit
		}
		return tea.Batch(m.feed.next, cmd)
	case triedMsg:
		m.status, m.tried = msg.status, true
		if s := msg.status; s.RoomHint != "" && !m.list.Empty() { // the first screen is gone
			m.list.Add(newNote(m, safe.Line(s.Rooms)+"\n"+safe.Line(s.RoomHint), true))
		}
	case whyMsg:
		m.say(msg.text)
	case beatMsg:
		return m.beat(msg.turn)
	case leaveMsg:
		m.interrupted = msg.interrupted
		return m.leave()
	case leftMsg:
		return tea.Quit
	case brokenMsg:
		m.crash = msg.err
		return tea.Quit
	}
	return nil
}

// lateAnswer is how long the end waits for what the terminal still has to answer:
// an answer that comes later would be typed into the person's shell.
const lateAnswer = 300 * time.Millisecond

// leave ends the chat; asked twice, at once.
func (m *model) leave() tea.Cmd {
	if m.leaving || len(m.gate.open) == 0 || !m.gate.answered {
		return tea.Quit
	}
	m.leaving = true
	m.gate.close()
	m.cancel()
	return m.after(lateAnswer, leftMsg{})
}

// settle notes which lines of the first card the next frame shows. Lines that were
// never on the screen before have to be seen before anything is allowed.
func (m *model) settle() tea.Cmd {
	if c := m.first(); c != nil && m.width > 0 && !m.leaving && c.look(m.cardWidth(), m.frame().card) {
		return m.show(false)
	}
	return nil
}

// resize fits everything to the window. The first one is the first frame.
func (m *model) resize(width, height int) tea.Cmd {
	first := m.width == 0
	m.width, m.height = width, height
	if !first {
		return m.show(false)
	}
	return m.safely(func() tea.Msg { return triedMsg{m.engine.Try(m.ctx)} })
}

// show starts the gate over for what the first card shows now.
func (m *model) show(fresh bool) tea.Cmd {
	if len(m.cards) == 0 || m.away || m.leaving {
		m.gate.close()
		return nil
	}
	view := m.gate.show(m.now(), fresh).view
	return func() tea.Msg { return drawnMsg{view} }
}

// errand does what the gate wants.
func (m *model) errand(e errand) tea.Cmd {
	var cmds []tea.Cmd
	if e.query {
		cmds = append(cmds, tea.Raw(ansi.RequestPrimaryDeviceAttributes))
	}
	if e.wake > 0 {
		cmds = append(cmds, m.after(e.wake, wokeMsg{e.view}))
	}
	return tea.Batch(cmds...)
}

// after sends a message later, unless the chat has ended by then.
func (m *model) after(d time.Duration, msg tea.Msg) tea.Cmd {
	return func() tea.Msg {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-t.C:
			return msg
		case <-m.feed.end:
			return nil
		}
	}
}

// safely runs a command whose panic ends the chat with an error and no stack.
func (m *model) safely(cmd tea.Cmd) tea.Cmd {
	return func() (msg tea.Msg) {
		defer func() {
			if r := recover(); r != nil {
				msg = brokenMsg{fmt.Errorf("the hub failed: %v", r)}
			}
		}()
		return cmd()
	}
}
