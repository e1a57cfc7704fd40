package hub

import (
	"fmt"
	"slices"
	"strings"

	"secgpt/hub/pick"
	"secgpt/hub/plan"
	"secgpt/mediator/label"
)

// When the words fit two apps
//
// Of two mail apps a model takes one, and does not say so. Where a plan names a tool that
// another app has too, the one that the request names is meant; else, where it says what
// the things of a built-in app are called ("my e-mails"), that one; else the person is
// asked once, and the answer holds for the conversation.

// chosen are apps among which the person chose one.
type chosen struct {
	among []string // sorted
	app   string
}

// unwanted are the apps that a request does not mean, by what the person chose before.
func (h *Hub) unwanted(request string) []string {
	var not []string
	for _, c := range h.chosen {
		for _, app := range c.among {
			if app != c.app && !pick.Named(app, request) {
				not = append(not, app)
			}
		}
	}
	return not
}

// which asks the person where a plan's tool is also another app's. It returns the apps
// that they do not mean; ok is false if nobody answered, which was told.
func (t *turn) whichApp(prog *plan.Program) (not []string, ok bool) {
	text := t.req.Text()
	x, all := t.h.index()
	uses := func(app string) bool { // a plan that takes both has chosen nothing
		return slices.ContainsFunc(prog.Tools(), func(full string) bool { return strings.HasPrefix(full, app+".") })
	}
	for _, full := range prog.Tools() {
		app, tool, _ := strings.Cut(full, ".")
		at := slices.IndexFunc(all, func(o toolAt) bool { return o.app.Name == app && o.name == tool })
		if at < 0 || pick.Named(app, text) || slices.Contains(not, app) {
			continue
		}
		among := []string{app}
		for _, j := range x.Twins(at) {
			if other := all[j].app.Name; !slices.Contains(among, other) && !uses(other) {
				among = append(among, other)
			}
		}
		slices.Sort(among)
		if len(among) == 1 || t.h.settled(among) {
			continue
		}
		said := t.meant(among)
		if said == "" {
			if said, ok = t.askWhich(among); !ok {
				return nil, false
			}
			t.h.chosen = append(t.h.chosen, chosen{among, said})
		}
		if said != app {
			not = append(not, slices.DeleteFunc(slices.Clone(among), func(a string) bool { return a == said })...)
		}
	}
	return not, true
}

// meant is the one of some apps that the request itself means, or "".
func (t *turn) meant(among []string) string {
	text := t.req.Text()
	left := func(keep func(app string) bool) []string {
		return slices.DeleteFunc(slices.Clone(among), func(app string) bool { return !keep(app) })
	}
	if named := left(func(app string) bool { return pick.Named(app, text) }); len(named) > 0 {
		if len(named) > 1 {
			return ""
		}
		return named[0]
	}
	ours := left(func(app string) bool { return t.builtIn(app) && pick.Called(app, text) })
	theirs := left(func(app string) bool { return !t.builtIn(app) && pick.Has(app, text) })
	if len(ours) != 1 || len(theirs) > 0 {
		return ""
	}
	return ours[0]
}

func (t *turn) builtIn(name string) bool {
	_, all := t.h.index()
	return slices.ContainsFunc(all, func(o toolAt) bool { return o.app.Name == name && o.app.BuiltIn })
}

func (h *Hub) settled(among []string) bool {
	return slices.ContainsFunc(h.chosen, func(c chosen) bool { return slices.Equal(c.among, among) })
}

// askWhich asks which of some apps is meant.
func (t *turn) askWhich(among []string) (string, bool) {
	choices := make([]label.Value, len(among))
	for i, a := range among {
		choices[i] = label.TextOf(a, label.Person())
	}
	said, ok := t.person.Need(t.ctx, Need{Question: "More than one app can do that. Which do you mean?", Choices: choices})
	if ok && slices.Contains(among, said.Text) {
		return said.Text, true
	}
	t.fail(ExitUsage, Failed{Kind: "unclear", Message: fmt.Sprintf("that can mean %s; name one of them, as in \"with %s\"", strings.Join(among, " or "), among[0])})
	return "", false
}
