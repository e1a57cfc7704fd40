// Package link holds the frames that the hub and a spoke exchange, and nothing
// more.
//
// A frame is four bytes of length, big endian, and that many bytes of JSON: an
// object with a "kind", an "id" where a call is meant, and the field that the kind
// names.
//
//	hub → spoke   {"kind":"start","start":{"command":["secgpt","app","mail"],"env":[],"dir":""}}
//	spoke → hub   {"kind":"hello","hello":{"tools":[{"name":"search","about":"…","input":{…}}]}}
//	hub → spoke   {"kind":"call","id":7,"call":{"tool":"search","args":{"query":"flight"}}}
//	spoke → hub   {"kind":"changed","changed":{"tools":[…]}}
//	spoke → hub   {"kind":"note","note":{"text":"3 lines were not JSON"}}
//	spoke → hub   {"kind":"result","id":7,"result":{"value":[…]}}
//	hub → spoke   {"kind":"cancel","id":8}
//	spoke → hub   {"kind":"end","end":{"why":"died","text":"exit status 1"}}
//
// An ask of the app's model is a call whose answer takes some turns. The spoke asks, one
// thing at a time, for a word of the model (think) and for a call of a tool (may), its
// own app's too; the hub answers each (thought, got). Both carry the id of the ask:
//
//	hub → spoke   {"kind":"ask","id":9,"ask":{"args":{"instruction":"…"},"schema":{…},"tools":[…]}}
//	spoke → hub   {"kind":"think","id":9,"think":{"messages":[{"role":"user","text":"…"}],"schema":{…}}}
//	hub → spoke   {"kind":"thought","id":9,"thought":{"value":"…"}}
//	spoke → hub   {"kind":"may","id":9,"may":{"tool":"search","args":{"query":"flight"}}}
//	hub → spoke   {"kind":"got","id":9,"got":{"value":[…]}}
//	spoke → hub   {"kind":"result","id":9,"result":{"value":{…}}} or {"needs":"calendar"}
//
// Every call gets exactly one result, a cancelled one too, unless an end comes
// first. Who speaks is known by the pipe, never by a field. Both ends take the
// other for hostile: a frame over MaxFrame, an unknown kind or field, a repeated
// key or an answer to nothing ends the link.
//
// Start reading at Frame; Conn moves frames, Decode judges them.
package link

import (
	"encoding/json"
	"errors"
)

// The bounds of a link. Both ends hold each other to them.
const (
	// MaxFrame bounds one frame, in bytes of JSON. A mail with an attachment's text
	// fits; a result that is larger becomes an error that says so.
	MaxFrame = 1 << 20
	// MaxResult bounds the JSON of one result's value. The rest of the frame's room
	// is for its own fields.
	MaxResult = MaxFrame - 4<<10
	// MaxDepth bounds the nesting of arguments, values and schemas. Real ones are
	// under ten deep; more only serves somebody who wants our stack.
	MaxDepth = 64
	// MaxCalls is how many calls of one app may be under way.
	MaxCalls = 8
	// MaxTools is how many tools an app may have. The largest servers that people
	// use have about a hundred.
	MaxTools = 128
	// MaxAbout bounds a tool's description, in bytes. Long ones run to 5 KB.
	MaxAbout = 16 << 10
	// MaxSchema bounds one schema of a tool, in bytes.
	MaxSchema = 64 << 10
	// MaxSaid bounds the app's words in an error, and a note, in bytes: what a
	// person may be shown in one go.
	MaxSaid = 4 << 10
)

// ErrBroken is wrapped by every error that means that the peer broke the rules.
var ErrBroken = errors.New("broke the link's rules")

// A Frame is one message. Exactly the field that Kind names is set.
type Frame struct {
	Kind   Kind    `json:"kind"`
	ID     int64   `json:"id,omitempty"` // of a call: 1 and up; 0 in all other frames
	Start  *Start  `json:"start,omitempty"`
	Hello  *Hello  `json:"hello,omitempty"`
	Call   *Call   `json:"call,omitempty"`
	Result *Result `json:"result,omitempty"`
	Note   *Note   `json:"note,omitempty"`
	End    *End    `json:"end,omitempty"`

	Changed *Hello `json:"changed,omitempty"`

	Ask     *Ask    `json:"ask,omitempty"`
	Think   *Think  `json:"think,omitempty"`
	Thought *Result `json:"thought,omitempty"`
	May     *Call   `json:"may,omitempty"`
	Got     *Result `json:"got,omitempty"`
}

// Kind names what a frame carries.
type Kind string

// The kinds.
const (
	KindStart  Kind = "start"  // hub → spoke, once, first
	KindHello  Kind = "hello"  // spoke → hub, once, when the app has answered
	KindCall   Kind = "call"   // hub → spoke
	KindCancel Kind = "cancel" // hub → spoke: the call ID is no longer wanted
	KindResult Kind = "result" // spoke → hub
	KindNote   Kind = "note"   // spoke → hub: something of the app's that the record should hold
	KindEnd    Kind = "end"    // spoke → hub, last: the app is no more

	KindAsk     Kind = "ask"     // hub → spoke: a call that the app's model answers
	KindThink   Kind = "think"   // spoke → hub, in an ask
	KindThought Kind = "thought" // hub → spoke, the answer to a think: a text, or an error
	KindMay     Kind = "may"     // spoke → hub, in an ask
	KindGot     Kind = "got"     // hub → spoke, the answer to a may
	KindChanged Kind = "changed" // spoke → hub, after hello: the app now offers other tools
)

// Start tells the spoke which app to run.
type Start struct {
	Command []string `json:"command"`
	Env     []string `json:"env"`
	Dir     string   `json:"dir"`
}

// Hello is what the app says it can do. All of it is the app's words.
type Hello struct {
	Tools []Tool `json:"tools"`
}

// A Tool as the app describes it.
type Tool struct {
	Name   string          `json:"name"`
	About  string          `json:"about"`
	Input  json.RawMessage `json:"input"`
	Output json.RawMessage `json:"output,omitempty"`
	Hints
}

// Hints are what an app can say of a tool's effect, as far as it makes the tool
// stricter. Their opposites are not passed on: nobody would believe them.
type Hints struct {
	Changes  bool `json:"changes,omitempty"`  // it is not read-only
	Destroys bool `json:"destroys,omitempty"` // something is gone afterwards
	Leaves   bool `json:"leaves,omitempty"`   // it deals with the world outside
}

// A Call of a tool; Args is a JSON object.
type Call struct {
	Tool string          `json:"tool"`
	Args json.RawMessage `json:"args"`
}

// A Result is a value or an error in the app's words, never both; of an ask it can be
// what the app lacks instead, one of Needs.
type Result struct {
	Value json.RawMessage `json:"value,omitempty"`
	Error string          `json:"error,omitempty"`
	Needs string          `json:"needs,omitempty"`
}

// An Ask is what an app's model is to do. Args is a JSON object: the instruction and the
// values, as they were let in. Tools are what the model may call; those of other apps
// are named "app.tool". Schema is that of the answer, if it has to fit one.
type Ask struct {
	Args   json.RawMessage `json:"args"`
	Schema json.RawMessage `json:"schema,omitempty"`
	Tools  []Tool          `json:"tools"`
}

// A Think is what the model is asked: Schema is that of its answer, if there is one.
type Think struct {
	Messages []Message       `json:"messages"`
	Schema   json.RawMessage `json:"schema,omitempty"`
}

// A Message is one piece of a Think. Role is "system", "user" or "assistant".
type Message struct {
	Role string `json:"role"`
	Text string `json:"text"`
}

// The bounds of an ask. Models that people run at home lose the thread long before.
const (
	// MaxThinks is how often one ask may use the model.
	MaxThinks = 12
	// MaxMays is how many calls its model may want, refused ones counted.
	MaxMays = 8
	// MaxMessages is how many pieces one think may have.
	MaxMessages = 64
)

// Needs are what an app can say that it lacks: fixed words, so that no app speaks to the
// person through them.
var Needs = []string{
	"another tool of its own", "calendar", "contacts", "files", "mail", "maps", "messages", "notes",
	"payment", "shopping", "tasks", "travel", "weather", "web", "more data", "a clearer task",
}

// A Note is a complaint about the app's behaviour: "3 lines were not JSON".
type Note struct {
	Text string `json:"text"`
}

// An End says why the app is no more. Nothing follows it.
type End struct {
	Why  Why    `json:"why"`
	Text string `json:"text"`           // what happened: "exit status 1"
	Said string `json:"said,omitempty"` // the last of the app's standard error
}

// Why is the way in which an app ended.
type Why string

// The ways.
const (
	Died    Why = "died"    // it ended by itself, or never began
	Hung    Why = "hung"    // it did not answer at all
	Garbage Why = "garbage" // what it wrote was no protocol, or not its turn
	Flood   Why = "flood"   // it wrote more than anybody needs
)
