package hub

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"secgpt/hub/plan"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// missed is what a person is told of a call that gave nothing of what the plan then took.
func (t *turn) missed(call *plan.CallError) Failed {
	if name := t.unknown(call); name != "" {
		return Failed{Kind: "nothing", Message: fmt.Sprintf("%s has nobody called %s: say the name as it stands there, or an address", call.App, name)}
	}
	return Failed{Kind: "plan", Message: strings.TrimPrefix(call.App+"."+call.Tool, ".") + ": " + call.Err.Error()}
}

// unknown is the name, in the plan's own words, that a call looked for where people are listed,
// and of which it found none; "" if it was no such call.
func (t *turn) unknown(call *plan.CallError) string {
	app, _ := t.h.apps.Get(call.App)
	if tool, ok := app.Tool(call.Tool); !ok || !tool.People {
		return ""
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.IndexFunc(t.result.Calls, func(c CallResult) bool { return c.Call.N == call.Call })
	if i < 0 || len(t.result.Calls[i].Call.Args) != 1 {
		return ""
	}
	if v := t.result.Calls[i].Call.Args[0].Value; v.Kind() == label.Text && v.All().Empty() {
		return inOneLine(v.Str())
	}
	return ""
}

// sendsToNobody reports whether a plan failed over somebody who stands nowhere and all that it
// was to do is to send: a second plan, which sends nothing, has nothing left to do.
func (t *turn) sendsToNobody(prog *plan.Program, err error) bool {
	changes := prog.Changes()
	for _, full := range changes {
		name, tool, _ := strings.Cut(full, ".")
		app, _ := t.h.apps.Get(name)
		if known, _ := app.Tool(tool); known.Effect != mediator.Send {
			return false
		}
	}
	return len(changes) > 0 && slices.ContainsFunc(flatten(err), func(err error) bool {
		var call *plan.CallError
		return errors.As(err, &call) && t.unknown(call) != ""
	})
}
