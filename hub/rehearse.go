package hub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"secgpt/apps"
	"secgpt/hub/plan"
	"secgpt/hub/profile"
	"secgpt/hub/when"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// Rehearsing a call
//
// Whoever asks what would become of a call must be told of the call that would be made:
// with its arguments as a plan's are prepared, and with all that an app's data carries.

// Rehearse returns the call that a plan of one call comes to, and what was mended in it.
// Nothing is called. Parameters that the tool can't do without may be left out.
func Rehearse(ctx context.Context, installed *apps.Registry, source string, given *plan.Vars) (mediator.Call, []string, error) {
	prog, err := plan.Parse("call", source, partly{tools{installed}}, given.Names()...)
	if err != nil {
		return mediator.Call{}, nil, inWords(err)
	}
	var r rehearsal
	if err := prog.Run(ctx, &r, given); err != nil && r.call.App == "" {
		return mediator.Call{}, nil, inWords(err)
	}
	app, _ := installed.Get(r.call.App)
	tool, known := app.Tool(r.call.Tool)
	notes := prog.Notes()
	for i, n := range notes {
		_, notes[i], _ = strings.Cut(n, ": ") // it has one line
	}
	return mediator.Call{
		Tool: tool, Args: r.call.Args, Control: r.call.Control,
		Planned: known, Required: required(app, r.call.Tool),
	}, notes, nil
}

// inWords is an error of a plan that nobody wrote.
func inWords(err error) error {
	var bad *plan.Error
	if errors.As(err, &bad) {
		return errors.New(bad.Msg)
	}
	return err
}

// partly are tools of which a call may give as much as it likes.
type partly struct{ tools }

func (t partly) Tool(app, tool string) (plan.Sig, bool) {
	sig, ok := t.tools.Tool(app, tool)
	sig.Params = slices.Clone(sig.Params)
	for i := range sig.Params {
		sig.Params[i].Required = false
	}
	return sig, ok
}

// A rehearsal is a host that keeps the call and makes none.
type rehearsal struct{ call plan.Call }

var errRehearsed = errors.New("nothing was called")

func (r *rehearsal) Begin(_ context.Context, c plan.Call) (func(context.Context) (label.Value, error), bool) {
	r.call = c
	return func(context.Context) (label.Value, error) { return label.Value{}, errRehearsed }, false
}

func (r *rehearsal) Could(context.Context, string, string, label.Label, bool) {}
func (r *rehearsal) Reply(context.Context, []label.Value)                     {}

func (r *rehearsal) Ask(context.Context, string, []label.Value, label.Value, label.Label) (label.Value, error) {
	return label.Value{}, errRehearsed
}

func (r *rehearsal) Need(context.Context, string, []label.Value, label.Label) (label.Value, error) {
	return label.Value{}, errRehearsed
}

func (r *rehearsal) Reveal(context.Context, label.Value, string) error { return errRehearsed }

func (r *rehearsal) When(_ context.Context, text string) (label.Value, error) {
	span, err := when.Read(text, time.Now())
	if err != nil {
		return label.Value{}, err
	}
	return span.Value(), nil
}

// Carries is what data of a source carries in a real call: of an app, also what it
// received before and what other apps can write where it reads. Some of its items may
// carry more than others: all that any of them does is the second label.
func Carries(p profile.Profile, installed *apps.Registry, s label.Source) (every, some label.Label, err error) {
	app, ok := installed.Get(string(s))
	if !ok {
		return label.Of(s), label.Of(s), nil
	}
	h := still(p, installed)
	if every, err = h.own(app, label.Person()); err != nil {
		return every, every, fmt.Errorf("what %s received before can't be read: %w", s, err)
	}
	some, err = h.received(app.Name).All()
	return every, some.Join(every), err
}
