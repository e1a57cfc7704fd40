package rooms

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/apps/link"
)

// A clerk is a desk that answers all alike, and counts.
type clerk struct {
	thinks, mays int
	err          error
	wait         bool // until the ask ends
}

func (k *clerk) Think(ctx context.Context, _ link.Think) (string, error) {
	k.thinks++
	if k.wait {
		<-ctx.Done()
	}
	return "word", k.err
}

func (k *clerk) May(context.Context, link.Call) (link.Result, error) {
	k.mays++
	return link.Result{Value: json.RawMessage(`1`)}, k.err
}

var (
	think = link.Think{Messages: []link.Message{{Role: "user", Text: "x"}}}
	yes   = link.Result{Value: json.RawMessage(`"yes"`)}
)

// asked greets, takes an ask and does what the test says with its id.
func asked(do func(c *link.Conn, id int64)) Starter {
	return inside(func(c *link.Conn, _ io.Writer) {
		_, _ = c.Read()
		greet(c)
		f, err := c.Read()
		if err == nil && f.Kind == link.KindAsk {
			do(c, f.ID)
		}
	})
}

func (p *Pool) ask(t *testing.T, d Desk, schema string) (json.RawMessage, error) {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), 30*time.Second)
	defer stop()
	a := Asking{Args: json.RawMessage(`{"instruction":"x"}`)}
	if schema != "" {
		a.Schema = json.RawMessage(schema)
	}
	v, _, err := p.Ask(ctx, p.app(t, "precise"), a, d)
	return v, err
}

func TestAnAskIsAnsweredInTurns(t *testing.T) {
	k := &clerk{}
	p := newPool(t, Options{Starter: asked(func(c *link.Conn, id int64) {
		for range 3 {
			_ = c.Write(link.Frame{Kind: link.KindThink, ID: id, Think: &think})
			if f, err := c.Read(); err != nil || f.Kind != link.KindThought || string(f.Thought.Value) != `"word"` {
				return
			}
		}
		_ = c.Write(link.Frame{Kind: link.KindMay, ID: id, May: &link.Call{Tool: "echo", Args: json.RawMessage(`{}`)}})
		if f, err := c.Read(); err != nil || f.Kind != link.KindGot {
			return
		}
		_ = c.Write(link.Frame{Kind: link.KindResult, ID: id, Result: &yes})
		_, _ = c.Read()
	})}, "precise")
	v, err := p.ask(t, k, `{"type":"string"}`)
	require.NoError(t, err)
	require.Equal(t, `"yes"`, string(v))
	require.Equal(t, []int{3, 1}, []int{k.thinks, k.mays})
}

func TestAsksThatBreakTheRules(t *testing.T) {
	for name, c := range map[string]struct {
		kind  Kind
		words string
		do    func(c *link.Conn, id int64)
	}{
		"asks about nothing": {Garbage, "asked about call 99, which is no open ask", func(c *link.Conn, _ int64) {
			_ = c.Write(link.Frame{Kind: link.KindThink, ID: 99, Think: &think})
		}},
		"asks twice at once": {Garbage, "asked twice at once", func(c *link.Conn, id int64) {
			_ = c.Write(link.Frame{Kind: link.KindThink, ID: id, Think: &think})
			_ = c.Write(link.Frame{Kind: link.KindThink, ID: id, Think: &think})
		}},
		"thinks without end": {Flood, "used its model more than 12 times in one ask", func(c *link.Conn, id int64) {
			for c.Write(link.Frame{Kind: link.KindThink, ID: id, Think: &think}) == nil {
				if _, err := c.Read(); err != nil {
					return
				}
			}
		}},
		"wants without end": {Flood, "wanted a tool more than 8 times in one ask", func(c *link.Conn, id int64) {
			for c.Write(link.Frame{Kind: link.KindMay, ID: id, May: &link.Call{Tool: "echo", Args: json.RawMessage(`{}`)}}) == nil {
				if _, err := c.Read(); err != nil {
					return
				}
			}
		}},
		"answers in another form": {Garbage, "in another form than it was asked for: it is no string", func(c *link.Conn, id int64) {
			_ = c.Write(link.Frame{Kind: link.KindResult, ID: id, Result: &link.Result{Value: json.RawMessage(`{"to":"x"}`)}})
		}},
		"thinks for the hub": {Garbage, "a frame of kind thought, which is for the hub to send", func(c *link.Conn, id int64) {
			_ = c.Write(link.Frame{Kind: link.KindThought, ID: id, Thought: &yes})
		}},
		"says nothing": {Hung, "said nothing for 300ms while it was asked", func(*link.Conn, int64) {
			<-t.Context().Done()
		}},
		"ends": {Died, "without saying why", func(*link.Conn, int64) {}},
		"needs in its own words": {Garbage, "broke the rules", func(c *link.Conn, id int64) {
			_ = c.Write(link.Frame{Kind: link.KindResult, ID: id, Result: &link.Result{Needs: "money"}})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPool(t, Options{CallLimit: 300 * time.Millisecond, Starter: asked(func(conn *link.Conn, id int64) {
				c.do(conn, id)
				if name != "ends" {
					_, _ = conn.Read()
				}
			})}, "precise")
			_, err := p.ask(t, &clerk{wait: name == "asks twice at once"}, `{"type":"string"}`)
			requireKind(t, err, c.kind, c.words)
		})
	}
}

// A call of a tool is none of an ask's: no question may come under its id.
func TestACallHasNoQuestions(t *testing.T) {
	p := newPool(t, Options{Starter: inside(func(c *link.Conn, _ io.Writer) {
		_, _ = c.Read()
		greet(c)
		f, _ := c.Read()
		_ = c.Write(link.Frame{Kind: link.KindThink, ID: f.ID, Think: &think})
		_, _ = c.Read()
	})}, "precise")
	_, err := p.try(t, "precise", "echo", `{}`)
	requireKind(t, err, Garbage, "which is no open ask")
}

// And it ends with a value or an error: what an app lacks is the answer to an ask.
func TestACallHasNoNeeds(t *testing.T) {
	p := newPool(t, Options{Starter: inside(func(c *link.Conn, _ io.Writer) {
		_, _ = c.Read()
		greet(c)
		f, _ := c.Read()
		_ = c.Write(link.Frame{Kind: link.KindResult, ID: f.ID, Result: &link.Result{Needs: link.Needs[0]}})
		_, _ = c.Read()
	})}, "precise")
	_, err := p.try(t, "precise", "echo", `{}`)
	requireKind(t, err, Garbage, "answered call 1 as if it were an ask")
}

// What the desk fails with ends the ask, and the room stays.
func TestADeskThatFailsEndsTheAsk(t *testing.T) {
	sorry := errors.New("no model")
	p := newPool(t, Options{Starter: asked(func(c *link.Conn, id int64) {
		_ = c.Write(link.Frame{Kind: link.KindThink, ID: id, Think: &think})
		f, err := c.Read()
		if err != nil || f.Kind != link.KindCancel || f.ID != id {
			return
		}
		_ = c.Write(link.Frame{Kind: link.KindResult, ID: id, Result: &link.Result{Error: "given up"}})
		f, err = c.Read()
		if err == nil {
			_ = c.Write(link.Frame{Kind: link.KindResult, ID: f.ID, Result: &link.Result{Value: json.RawMessage(`{"text":"hello"}`)}})
		}
		_, _ = c.Read()
	})}, "precise")
	_, err := p.ask(t, &clerk{err: sorry}, "")
	require.ErrorIs(t, err, sorry)
	p.echo(t, "precise")
}

// While the hub thinks, the room's death ends the thinking.
func TestADeadRoomIsNotThoughtFor(t *testing.T) {
	p := newPool(t, Options{Starter: asked(func(c *link.Conn, id int64) {
		_ = c.Write(link.Frame{Kind: link.KindThink, ID: id, Think: &think})
	})}, "precise")
	_, err := p.ask(t, &clerk{wait: true}, "")
	requireKind(t, err, Died, "without saying why")
}
