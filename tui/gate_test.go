package tui

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// clock is a time that moves by hand.
type clock struct{ t time.Time }

func (c *clock) after(d time.Duration) time.Time { c.t = c.t.Add(d); return c.t }

func start() (*gate, *clock) { return &gate{}, &clock{time.Unix(1_000_000, 0)} }

func TestGateArmsAfterTwoAnswers(t *testing.T) {
	g, c := start()
	e := g.show(c.t, true)
	require.False(t, g.drawn(e.view-1).query, "another view's frame")
	require.True(t, g.drawn(e.view).query)
	require.False(t, g.allows(c.after(minShown)))
	require.True(t, g.reply(c.t).query, "the first answer does not prove the frame")
	require.False(t, g.allows(c.t))
	g.reply(c.after(time.Millisecond))
	require.True(t, g.allows(c.t))
}

func TestGateNeedsTheQuestionToStand(t *testing.T) {
	g, c := start()
	g.drawn(g.show(c.t, true).view)
	g.reply(c.t)
	e := g.reply(c.after(10 * time.Millisecond))
	require.False(t, g.allows(c.t))
	require.Equal(t, minShown-10*time.Millisecond, e.wake)
	require.True(t, g.allows(c.after(e.wake)))
}

func TestGateStartsOverForEachView(t *testing.T) {
	g, c := start()
	first := g.show(c.t, true).view
	g.drawn(first)
	g.reply(c.t)
	second := g.show(c.after(time.Second), true).view // its predecessor's second query is still open
	g.drawn(second)
	g.reply(c.t)
	g.reply(c.after(time.Second))
	require.False(t, g.allows(c.t), "one of these answers belongs to the first view")
	g.reply(c.t)
	require.True(t, g.allows(c.t))
}

func TestGateWithoutAnswersWaitsForQuiet(t *testing.T) {
	g, c := start()
	v := g.show(c.t, true).view
	require.Equal(t, quiet, g.drawn(v).wake)
	g.pressed(c.after(time.Second))
	e := g.woke(v, c.after(500*time.Millisecond))
	require.False(t, g.allows(c.t), "a key came half a second ago")
	require.Equal(t, time.Second, e.wake)
	g.woke(v, c.after(e.wake))
	require.True(t, g.allows(c.t))
}

func TestGateNeverGuessesOnATerminalThatAnswers(t *testing.T) {
	g, c := start()
	g.ask(1)
	g.reply(c.t)
	v := g.show(c.t, true).view
	g.drawn(v)
	e := g.woke(v, c.after(time.Minute))
	require.True(t, e.query, "it asks again")
	require.False(t, g.allows(c.after(time.Minute)))
}

func TestGateClosed(t *testing.T) {
	g, c := start()
	v := g.show(c.t, true).view
	g.drawn(v)
	g.reply(c.t)
	g.reply(c.after(time.Second))
	require.True(t, g.allows(c.t))
	g.close()
	require.False(t, g.allows(c.t))
	require.Equal(t, errand{}, g.woke(v, c.after(time.Minute)))
	require.Equal(t, errand{}, g.drawn(v))
}
