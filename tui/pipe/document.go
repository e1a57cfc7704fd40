package pipe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"secgpt/hub"
	"secgpt/mediator"
	"secgpt/mediator/label"
	"secgpt/tui/render"
	"secgpt/tui/safe"
)

// maxText is how much of one text of an argument is printed, in bytes. Arguments
// can hold whole files, which the answer does not need; the answer itself is
// never cut.
const maxText = 64 << 10

// A document is what --output json prints. Its names are a contract with scripts:
//
//	{"answer": "…", "blocks": [{"text": "…", "sources": ["mail"]}],
//	 "plan": "…", "by": "intent|model|person",
//	 "calls": [{"n": 1, "app": "calendar", "tool": "create_event",
//	   "args": {"title": {"value": "…", "sources": ["mail"]}}, "foreign": ["mail"],
//	   "decision": "allow|deny|withhold", "decided_by": "person|rule 3|default|nobody",
//	   "reason": "…", "ms": 4.1}],
//	 "questions": 1, "decisions": 1, "model": {"name": "…", "calls": 1, "prompt_tokens": 812, "output_tokens": 40,
//	   "ms": 2931.5, "plan_ms": 3012.7, "told": 16, "tools": 340},
//	 "errors": [{"app": "mail", "kind": "died", "message": "…"}], "session": "…", "exit": 0}
//
// Texts are exact. Texts of arguments that are cut for length say how many bytes
// were left out.
type document struct {
	Answer    string    `json:"answer"`
	Blocks    []block   `json:"blocks"`
	Plan      string    `json:"plan"`
	By        string    `json:"by"`
	Calls     []call    `json:"calls"`
	Questions int       `json:"questions"` // cards
	Decisions int       `json:"decisions"` // questions on them
	Model     model     `json:"model"`
	Errors    []failure `json:"errors"`
	Session   string    `json:"session"`
	Exit      int       `json:"exit"`
}

type block struct {
	Text    string         `json:"text"`
	Sources []label.Source `json:"sources"`
}

type call struct {
	N         int                 `json:"n"`
	App       string              `json:"app"`
	Tool      string              `json:"tool"`
	Args      map[string]argument `json:"args"`
	Foreign   []label.Source      `json:"foreign"`
	Decision  string              `json:"decision"`
	DecidedBy string              `json:"decided_by"`
	Reason    string              `json:"reason"`
	MS        float64             `json:"ms"`
}

type argument struct {
	Value   json.RawMessage `json:"value"`
	Sources []label.Source  `json:"sources"`
}

type model struct {
	Name         string  `json:"name"`
	Calls        int     `json:"calls"`
	PromptTokens int     `json:"prompt_tokens"`
	OutputTokens int     `json:"output_tokens"`
	MS           float64 `json:"ms"`      // in the model
	PlanMS       float64 `json:"plan_ms"` // from the request to the plan; 0 if none was made
	Told         int     `json:"told"`    // of how many tools the planner was told
	Tools        int     `json:"tools"`   // of how many
}

type failure struct {
	App     string `json:"app"`
	Kind    string `json:"kind"`
	Message string `json:"message"`
}

// result is a turn as a document. Lists are empty and never null, so that a
// script can go through them without looking.
func result(r hub.Result, o render.Options) document {
	d := document{
		Answer: answer(r, o, render.Exact, func(s string) string { return s }),
		Blocks: []block{}, Plan: r.Plan, By: r.By, Calls: []call{}, Questions: r.Questions, Decisions: r.Decisions,
		Model:  model{r.Model.Name, r.Model.Calls, r.Model.PromptTokens, r.Model.OutputTokens, ms(r.Model.Took), ms(r.Model.Plan), r.Model.Told, r.Model.Tools},
		Errors: []failure{}, Session: r.Session, Exit: r.Exit,
	}
	for _, b := range r.Blocks {
		d.Blocks = append(d.Blocks, blockOf(b, o))
	}
	for _, c := range r.Calls {
		d.Calls = append(d.Calls, callOf(c))
	}
	for _, f := range r.Errors {
		d.Errors = append(d.Errors, failureOf(f))
	}
	return d
}

// Document is what --output json prints of a turn, one line without its end.
func Document(r hub.Result) string {
	return strings.TrimSuffix(encode(result(r, Options{}.layout(0))), "\n")
}

// answer is all of the answer: what the planner said, and what the plan shows.
func answer(r hub.Result, o render.Options, lay func([]hub.Block, render.Options) string, text func(string) string) string {
	switch {
	case len(r.Blocks) == 0:
		return text(r.Text)
	case r.Text == "":
		return lay(r.Blocks, o)
	}
	return strings.TrimRight(text(r.Text), "\n") + "\n\n" + lay(r.Blocks, o)
}

func blockOf(b hub.Block, o render.Options) block {
	return block{render.Exact([]hub.Block{b}, o), names(b.Value.All())}
}

func failureOf(f hub.Failed) failure {
	message := f.Message
	if f.Said != "" {
		message += " (it said: " + f.Said + ")"
	}
	return failure{f.App, f.Kind, message}
}

// names are the sources of a label, [] if there are none.
func names(l label.Label) []label.Source {
	if s := l.Sources(); s != nil {
		return s
	}
	return []label.Source{}
}

// callOf shows the arguments that left, or of a refused call those it wanted.
func callOf(c hub.CallResult) call {
	d := c.Decision
	args := c.Call.Args
	decision := "deny"
	if d.Allow {
		decision = "allow"
		if d.Args != nil {
			args = d.Args
		}
		if len(d.Withheld) > 0 {
			decision = "withhold"
		}
	}
	foreign := render.Foreign(c)
	if foreign == nil {
		foreign = []label.Source{}
	}
	return call{
		N: c.Call.N, App: string(c.Call.Tool.App), Tool: c.Call.Tool.Name, Args: arguments(args), Foreign: foreign,
		Decision: decision, DecidedBy: d.By, Reason: d.Why, MS: ms(c.Took),
	}
}

// ms is a time in milliseconds, to a tenth.
func ms(d time.Duration) float64 {
	return math.Round(float64(d)/float64(time.Millisecond)*10) / 10
}

func arguments(args []mediator.Arg) map[string]argument {
	out := make(map[string]argument, len(args))
	for _, a := range args {
		value, err := short(a.Value).JSON()
		if err != nil {
			value = []byte("null") // a number that JSON can't carry; such a call never leaves
		}
		out[a.Name] = argument{value, names(a.Value.All())}
	}
	return out
}

// short cuts the long texts of a value.
func short(v label.Value) label.Value {
	return v.Map(func(_ string, x label.Value) label.Value {
		if x.Kind() != label.Text || len(x.Str()) <= maxText {
			return x
		}
		s := x.Str()
		cut := strings.ToValidUTF8(s[:maxText], "")
		return label.TextOf(fmt.Sprintf("%s…(%d bytes left out)", cut, len(s)-len(cut)), x.Own())
	})
}

// encode writes one document on one line, for a pipe as for a terminal.
func encode(doc any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(doc); err != nil {
		// Every field is a text, a number or JSON that we made.
		panic("pipe: a document can't be written: " + err.Error())
	}
	return string(safe.JSON(b.Bytes()))
}
