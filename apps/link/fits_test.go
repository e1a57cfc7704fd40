package link

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFits(t *testing.T) {
	const trip = `{"type":"object","properties":{"number":{"type":"string"},"seats":{"type":"array","items":{"type":"integer"}}},"required":["number","seats"]}`
	for _, c := range []struct{ schema, value, want string }{
		{`{"type":"string"}`, `"a"`, ""},
		{`{"type":"string"}`, `1`, "it is no string"},
		{`{"type":"number"}`, `1.5`, ""},
		{`{"type":"integer"}`, `1.5`, "it is no integer"},
		{`{"type":"integer"}`, `9007199254740993`, ""},
		{`{"type":"boolean"}`, `null`, "it is no boolean"},
		{trip, `{"number":"LH 1","seats":[1,2]}`, ""},
		{trip, `{"number":"LH 1","seats":[]}`, ""},
		{trip, `{"number":"LH 1","seats":[1,"2"]}`, "seats[1] is no integer"},
		{trip, `{"number":"LH 1"}`, `it lacks "seats"`},
		{trip, `{"number":"LH 1","seats":[],"to":"x"}`, "fields that nobody asked for"},
		{trip, `[]`, "it is no object"},
		{trip, `{`, "it is no JSON"},
		{`{"type":"array"}`, `[1]`, ""},
	} {
		err := Fits(json.RawMessage(c.schema), json.RawMessage(c.value))
		if c.want == "" {
			require.NoError(t, err, c.value)
		} else {
			require.ErrorContains(t, err, c.want)
		}
	}
	require.NoError(t, Fits(nil, json.RawMessage(`1`)))
}
