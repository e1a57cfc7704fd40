package mediator

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What a model wants beyond the plan goes if nothing speaks against it or a rule answers;
// else it is refused, recorded, never a question, and no change of the plan that failed.
func TestWhatAModelWantsBeyondThePlan(t *testing.T) {
	d := newDesk(t)
	d.says(Once)
	turn := d.turn("")
	wanted := fromMail
	wanted.Unasked = true
	got := d.decide(wanted, turn)
	require.False(t, got.Allow)
	require.Equal(t, "default", got.By)
	require.NotEmpty(t, got.Reasons)
	require.NotZero(t, got.Entry)
	require.Empty(t, d.asked)
	require.False(t, turn.Stopped())
	_, settled := d.Settle(wanted, turn, false)
	require.True(t, settled, "held for a card")

	unplanned := wanted
	unplanned.Planned = false
	require.False(t, d.decide(unplanned, turn).Allow)
	require.False(t, turn.Stopped())

	d.rule("allow mail -> calendar.create_event")
	require.True(t, d.decide(wanted, turn).Allow)
	require.False(t, d.decide(unplanned, turn).Allow, "a rule plans nothing")
	require.Empty(t, d.asked)
}
