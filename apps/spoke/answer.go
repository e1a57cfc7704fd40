//go:build linux

package spoke

import (
	"bytes"
	"encoding/json"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"secgpt/apps/link"
)

// answer rebuilds a server's answer so that the MCP library takes it: one version,
// a result or an error and not both. The library reads structured values and
// schemas into Go maps, in which the order of fields, large numbers and repeated
// keys are lost. So they travel through it as strings, and unpack gets them back.
func answer(m map[string]json.RawMessage) []byte {
	reply := map[string]any{"jsonrpc": "2.0", "id": m["id"]}
	var result map[string]json.RawMessage
	switch {
	case isSet(m["error"]):
		reply["error"] = wireError(m["error"])
	case json.Unmarshal(m["result"], &result) == nil && result != nil:
		reply["result"] = pack(result)
	default:
		reply["error"] = map[string]any{"code": -32603, "message": "the app answered with neither a result nor an error"}
	}
	b, err := json.Marshal(reply)
	if err != nil {
		return nil // raw parts were decoded from valid JSON: they encode
	}
	return append(b, '\n')
}

func isSet(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

func wireError(raw json.RawMessage) map[string]any {
	var e struct {
		Code    int64           `json:"code"`
		Message string          `json:"message"`
		Data    json.RawMessage `json:"data,omitempty"`
	}
	if json.Unmarshal(raw, &e) != nil || e.Message == "" {
		e.Code, e.Message, e.Data = -32603, cut(string(raw)), nil
	}
	m := map[string]any{"code": e.Code, "message": e.Message}
	if e.Data != nil {
		m["data"] = e.Data // names the versions that a server speaks
	}
	return m
}

// pack quotes the parts of a result that must come through untouched.
func pack(result map[string]json.RawMessage) map[string]json.RawMessage {
	quote(result, "structuredContent")
	var tools []map[string]json.RawMessage
	if isSet(result["tools"]) && json.Unmarshal(result["tools"], &tools) == nil {
		for _, t := range tools {
			quote(t, "inputSchema")
			quote(t, "outputSchema")
			aside(t)
		}
		if b, err := json.Marshal(tools); err == nil {
			result["tools"] = b
		}
	}
	return result
}

// aside puts what a tool says of its effect where the library only passes it on. It
// would not tell a hint that is false from one that is not there, and would refuse the
// whole list for one that is neither true nor false.
func aside(tool map[string]json.RawMessage) {
	said := tool[annotations]
	delete(tool, annotations)
	delete(tool, "_meta")
	if isSet(said) {
		if b, err := json.Marshal(map[string]string{annotations: string(said)}); err == nil {
			tool["_meta"] = b
		}
	}
}

const annotations = "annotations"

// hints reads what aside put away. Each is taken at its stricter meaning: what is
// neither true nor false counts as if it were the worse.
func hints(meta mcp.Meta) link.Hints {
	said, _ := meta[annotations].(string)
	var m map[string]any
	if said == "" {
		return link.Hints{}
	}
	if json.Unmarshal([]byte(said), &m) != nil {
		return link.Hints{Changes: true, Destroys: true, Leaves: true}
	}
	unless := func(hint string, harmless bool) bool { return m[hint] != nil && m[hint] != harmless }
	return link.Hints{
		Changes:  unless("readOnlyHint", true),
		Destroys: unless("destructiveHint", false),
		Leaves:   unless("openWorldHint", false),
	}
}

func quote(m map[string]json.RawMessage, key string) {
	if !isSet(m[key]) {
		delete(m, key)
		return
	}
	if b, err := json.Marshal(string(m[key])); err == nil {
		m[key] = b
	}
}

// unpack returns what was quoted, without spaces; nil if there was nothing.
func unpack(v any) json.RawMessage {
	s, ok := v.(string)
	if !ok {
		return nil
	}
	var b bytes.Buffer
	if json.Compact(&b, []byte(s)) != nil {
		return nil
	}
	return b.Bytes()
}
