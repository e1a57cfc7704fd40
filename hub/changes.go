package hub

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"secgpt/apps"
	"secgpt/hub/history"
	"secgpt/hub/rooms"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// goneItem stands for what an app no longer shows.
const goneItem = history.Gone

// remember records, before a call enters an app, what goes in: of a built-in app in the
// items that the call names and in the one that it may make, of any other as a whole; and
// in the places where the app may put it. settle tells the Change, if there is one, what
// came of it.
func (h *Hub) remember(app apps.App, call mediator.Call, args []mediator.Arg, sent label.Label) (*history.Change, error) {
	c, err := h.receive(app, call, args, sent)
	if err != nil {
		return nil, err
	}
	return c, h.put(app)
}

// receive is remember for the app's own history.
func (h *Hub) receive(app apps.App, call mediator.Call, args []mediator.Arg, sent label.Label) (*history.Change, error) {
	past := h.received(app.Name)
	if !app.BuiltIn { // which may keep what it finds in its places
		_, left, err := h.shared(app)
		if err != nil {
			return nil, err
		}
		sent = sent.Join(left)
	}
	sent = without(sent, label.Source(app.Name))
	if sent.Empty() || !app.BuiltIn {
		return nil, past.Add("", sent)
	}
	named := false
	for _, a := range args {
		if call.Tool.Roles[a.Name] == mediator.Ref && a.Value.Kind() == label.Text {
			named = true
			if err := past.Add(a.Value.Str(), sent); err != nil {
				return nil, err
			}
		}
	}
	if named {
		if err := past.Add(goneItem, sent); err != nil {
			return nil, err
		}
	}
	if call.Tool.Effect == mediator.Send {
		return nil, nil // what is sent makes no item of the app
	}
	return past.Begin(sent)
}

// settle records which item a change made, by the result v, or that it made none, since
// the app says that it failed. Of one that died, hung or babbled nobody knows.
func settle(c *history.Change, v label.Value, err error) error {
	var e *rooms.Error
	switch {
	case c == nil:
		return nil
	case err == nil:
		if !isItem(v) {
			return c.Made("")
		}
		id, _ := v.Get("id")
		return c.Made(id.Str())
	case errors.As(err, &e) && slices.Contains([]rooms.Kind{rooms.Failed, rooms.RoomError, rooms.Locked, rooms.Limit}, e.Kind):
		return c.Not()
	}
	return nil
}

// without drops a source: an app's own data that returns to it is nothing new.
func without(l label.Label, s label.Source) label.Label {
	left := label.Person()
	for _, x := range l.Sources() {
		if x != s {
			left = left.Join(label.Of(x))
		}
	}
	return left
}

// Undo takes back change n, or the last one that can be taken back if n is 0. It
// restores exactly what that call changed; if the object changed since, it shows
// that and asks.
func (h *Hub) Undo(ctx context.Context, n int, p Person) Result {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.turn++
	t := &turn{h: h, ctx: ctx, person: p, n: h.turn, began: h.opt.Now()}
	t.judge = h.monitor.NewTurn(h.turn, mediator.NewWords(nil, false))
	t.result.Session = h.session
	t.result.By, t.judge.By = "person", "person"
	t.tell(Began{Turn: t.n, Text: "undo", By: "person"})
	t.req.Words = []label.Span{{Text: "undo", Label: label.Person()}}
	t.keepRequest()
	t.takeBack(n)
	t.news()
	return t.end()
}

func (t *turn) takeBack(n int) {
	c, err := t.h.undo.find(n)
	if err != nil {
		t.fail(ExitUsage, Failed{Kind: "undo", Message: err.Error()})
		return
	}
	app, ok := t.h.apps.Get(c.App)
	if !ok {
		t.fail(ExitUsage, Failed{Kind: "undo", Message: fmt.Sprintf("%s is no longer installed, so it can't take that back", c.App)})
		return
	}
	if c.Fact > 0 {
		t.forget(app, c)
		return
	}
	if _, ok := app.Tool("undo"); !ok {
		t.fail(ExitUsage, Failed{Kind: "undo", Message: fmt.Sprintf("%s has no way to take a change back", c.App)})
		return
	}
	v, err := t.undoCall(app, c, false)
	if err == nil && changedSince(v) {
		if !t.allTheSame(c, v) {
			return
		}
		_, err = t.undoCall(app, c, true)
	}
	if err != nil {
		return // told already
	}
	t.takenBack(c)
}

// allTheSame asks whether a change is to be taken back though what it made was changed
// since, as v shows. If not, that was told.
func (t *turn) allTheSame(c change, v label.Value) bool {
	question := fmt.Sprintf("What %s.%s changed was changed again since. Take it back all the same?", c.App, c.Tool)
	t.Reply(v)
	said, answered := t.person.Need(t.ctx, Need{Question: question, Choices: []label.Value{
		label.TextOf("no", label.Person()), label.TextOf("yes", label.Person()),
	}})
	if !answered || said.Text != "yes" {
		t.fail(ExitDenied, Failed{Kind: "undo", Message: "nothing was taken back"})
		return false
	}
	return true
}

func (t *turn) takenBack(c change) {
	if err := t.h.undo.done(c); err != nil {
		t.tell(Noted{Text: fmt.Sprintf("the list of changes could not be written: %v", err)})
	}
	t.Reply(label.TextOf(fmt.Sprintf("Taken back: %s.%s.", c.App, c.Tool), label.Person()))
}

// Reply shows values in our own voice or an app's, by their labels.
func (t *turn) Reply(values ...label.Value) { (&runner{turn: t}).Reply(t.ctx, values) }

// undoCall asks the app to take a change back: a call like any other, by the
// person's own hand, with a token that the app minted.
func (t *turn) undoCall(app apps.App, c change, force bool) (label.Value, error) {
	tool, _ := app.Tool("undo")
	token := label.TextOf(c.Token, label.Of(label.Source(app.Name))).Made(label.Origin{
		How: label.Result, App: label.Source(app.Name), Tool: c.Tool, Minted: true,
	})
	call := mediator.Call{N: t.h.nextCall(), Tool: tool, Planned: true, Control: label.Person(), Args: []mediator.Arg{
		{Name: "token", Value: token},
	}}
	if force {
		call.Args = append(call.Args, mediator.Arg{Name: "force", Value: label.BoolOf(true, label.Person())})
	}
	return t.one(t.ctx, app, call)(t.ctx)
}

// changedSince reads the answer of an app's undo: nothing was restored, because
// the object is no longer as the call left it.
func changedSince(v label.Value) bool {
	if v.Kind() != label.Object {
		return false
	}
	f, ok := v.Get("changed")
	return ok && f.Kind() == label.Bool && f.IsTrue()
}
