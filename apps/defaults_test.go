package apps

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/stretchr/testify/require"

	"secgpt/apps/link"
	"secgpt/mediator"
)

// A manifest made by default reads back as it was made, and the tool that the
// mediator gets from it is the one that mediator.Defaults describes.
func TestAManifestMadeByDefault(t *testing.T) {
	send := link.Tool{Name: "send_message", About: "Send a message", Input: json.RawMessage(
		`{"type":"object","properties":{"to":{"type":"string"},"text":{"type":"string"},"at":{"type":"string","format":"date-time"},"x":{}}}`)}
	find := link.Tool{Name: "find", Input: json.RawMessage(`{"type":"object","properties":{"query":{"type":"string"}}}`)}
	m := Manifest{Name: "chat", Command: []string{"chat"}, Tools: map[string]ToolManifest{
		"send_message": Defaults("chat", send), "find": Defaults("chat", find),
	}}
	var text strings.Builder
	require.NoError(t, toml.NewEncoder(&text).Encode(m))
	again, err := parseManifest("app.toml", []byte(text.String()))
	require.NoError(t, err, text.String())
	app := App{Manifest: again, Tools: []link.Tool{send, find}}
	tool, ok := app.Tool("send_message")
	require.True(t, ok)
	require.Equal(t, mediator.Send, tool.Effect)
	require.Equal(t, map[string]mediator.Role{
		"to": mediator.Destination, "text": mediator.Content, "at": mediator.Option, "x": mediator.Target}, tool.Roles)
	tool, _ = app.Tool("find")
	require.Equal(t, mediator.Read, tool.Effect)
	require.Equal(t, mediator.Read, Defaults("chat", find).Effect)
	// What it says of its effect can only make it stricter.
	find.Leaves = true
	require.True(t, Defaults("chat", find).Open)
	find.Changes = true
	require.Equal(t, mediator.Send, Defaults("chat", find).Effect)
	find.Hints = link.Hints{Destroys: true}
	require.Equal(t, mediator.Send, Defaults("chat", find).Effect)
	require.True(t, Defaults("chat", find).Deletes)
}

// A manifest can't make less of a parameter that says what it is.
func TestAParameterThatDecidesByItsName(t *testing.T) {
	app := App{Manifest: Manifest{Tools: map[string]ToolManifest{"do": {Effect: mediator.Read, Roles: map[string]mediator.Role{
		"user_email": mediator.Content, "accessToken": mediator.Option, "channel_id": mediator.Ref, "to": mediator.Ref, "note": mediator.Content,
	}}}}, Tools: []link.Tool{{Name: "do", Input: json.RawMessage(
		`{"properties":{"user_email":{},"accessToken":{},"channel_id":{},"to":{},"note":{}}}`)}}}
	tool, _ := app.Tool("do")
	require.Equal(t, map[string]mediator.Role{
		"user_email": mediator.Destination, "accessToken": mediator.Credential, "channel_id": mediator.Ref,
		"to": mediator.Destination, "note": mediator.Content}, tool.Roles)
}
