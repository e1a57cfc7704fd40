package model

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ollama/ollama/api"
	"github.com/stretchr/testify/require"
)

// A model that Ollama passes on to another computer says so, by its name or by
// Ollama's list, and is never the one that is taken by itself.
func TestCloudModelsSayThatTheyAreElsewhere(t *testing.T) {
	serve(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, `{"remote_host":"https://ollama.com","message":{"content":"hi"}}`)
		done(w, "stop")
	})
	for _, spec := range []string{"ollama:far:cloud", "ollama:alias:1b"} {
		m, err := find(t, spec)
		require.NoError(t, err)
		host, far := Elsewhere(m)
		require.True(t, far, spec)
		require.Equal(t, "ollama.com", host)
		a, err := m.Chat(t.Context(), hello, nil)
		require.NoError(t, err)
		require.Equal(t, "hi", a.Text)
	}
	m, err := find(t, "ollama:good:7b")
	require.NoError(t, err)
	_, far := Elsewhere(m)
	require.False(t, far)
}

// A request that is larger than usual makes the model see more at once, in steps and
// never less again; what can't fit is not sent.
func TestTheContextGrowsInStepsAndNothingIsCut(t *testing.T) {
	t.Setenv("OLLAMA_HOST", "")
	var sizes []int
	refuse := false
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/tags" {
			io.WriteString(w, `{"models":[{"name":"wide:7b","size":4700000000,"details":{"context_length":20000}}]}`)
			return
		}
		var q api.ChatRequest
		json.NewDecoder(r.Body).Decode(&q)
		size := int(q.Options["num_ctx"].(float64))
		sizes = append(sizes, size)
		if refuse && size < 20000 {
			w.WriteHeader(400)
			io.WriteString(w, `{"error":"the input length exceeds the context length"}`)
			return
		}
		done(w, "stop")
	}))
	t.Cleanup(s.Close)
	t.Setenv("OLLAMA_HOST", s.URL)
	m, err := find(t, "ollama:wide:7b")
	require.NoError(t, err)
	ask := func(words int) error {
		_, err := m.Chat(t.Context(), Request{Messages: []Message{{System, "rules"}, {User, strings.Repeat("many words ", words/2)}}}, nil)
		return err
	}
	require.NoError(t, ask(10))
	require.NoError(t, ask(8000))
	require.NoError(t, ask(10))
	require.Equal(t, []int{8192, 16384, 16384}, sizes)

	sizes, refuse = nil, true
	require.NoError(t, ask(10), "what the server counts higher gets the next step")
	require.Equal(t, []int{16384, 20000}, sizes)

	sizes = nil
	err = ask(100_000)
	require.True(t, Is(err, Small), "%v", err)
	require.ErrorContains(t, err, "does not fit the 20000 that wide:7b sees at once; the largest part is what you ask with its data")
	require.Empty(t, sizes)
}

// What the server counted corrects the next guess, at once upwards.
func TestGuessesLearn(t *testing.T) {
	var c counter
	text := []Message{{User, strings.Repeat("many words ", 1000)}}
	first, _ := c.of(text)
	c.learn(text, first*3/2)
	more, _ := c.of(text)
	require.InDelta(t, first*3/2, more, float64(first)/50)
	c.learn(text, first)
	less, least := c.of(text)
	require.Less(t, less, more)
	require.Greater(t, less, first)
	require.Less(t, least, less)
	c.learn(text, 3) // what was kept from before is no count
	same, _ := c.of(text)
	require.Equal(t, less, same)
}

// Loading is said where it takes long, and how long it took.
func TestLoadingIsSaid(t *testing.T) {
	loaded := false
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/tags":
			io.WriteString(w, `{"models":[{"name":"slow:7b","size":4700000000}]}`)
		case "/api/ps":
			if loaded {
				io.WriteString(w, `{"models":[{"name":"slow:7b","context_length":8192}]}`)
				return
			}
			io.WriteString(w, `{"models":[]}`)
		default:
			if !loaded {
				time.Sleep(loadingLimit + 200*time.Millisecond)
			}
			loaded = true
			io.WriteString(w, `{"message":{"content":"hi"},"done":true,"done_reason":"stop","load_duration":1200000000}`+"\n")
		}
	}))
	t.Cleanup(s.Close)
	t.Setenv("OLLAMA_HOST", s.URL)
	m, err := find(t, "ollama:slow:7b")
	require.NoError(t, err)
	var mu sync.Mutex
	var notes []string
	r := hello
	r.Note = func(s string) { mu.Lock(); notes = append(notes, s); mu.Unlock() }
	a, err := m.Chat(t.Context(), r, nil)
	require.NoError(t, err)
	require.Equal(t, 1200*time.Millisecond, a.Loading)
	require.Equal(t, []string{"slow:7b (4.7 GB) is being loaded; the first answer takes longer", "slow:7b was loaded in 1.2 s"}, notes)
}

// Asking again waits longer each time, as long as the server says, and not for ever.
func TestAgainWaits(t *testing.T) {
	busy := func(after time.Duration) error { return &Error{Kind: Busy, Unspent: true, After: after} }
	for name, c := range map[string]struct {
		errs  []error
		tries int
		took  time.Duration
	}{
		"fine":                {nil, 1, 0},
		"away for a moment":   {[]error{&Error{Kind: Away, Unspent: true}}, 2, firstWait},
		"busy":                {[]error{busy(0), busy(0), busy(0)}, 3, firstWait + 4*firstWait},
		"says when":           {[]error{busy(7 * time.Second)}, 2, 7 * time.Second},
		"says too late":       {[]error{busy(time.Hour)}, 1, 0},
		"something was spent": {[]error{&Error{Kind: Cut}}, 1, 0},
		"missing":             {[]error{&Error{Kind: Missing, Unspent: true}}, 1, 0},
		"loading":             {[]error{loading(), loading(), loading(), loading(), loading()}, 6, 5 * loadWait},
		"loads for ever":      {slicesOf(loading(), 100), 6, 5 * loadWait},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tries, began := 0, time.Now()
				_, err := again(t.Context(), 9*time.Second, func() (Answer, error) {
					tries++
					if tries <= len(c.errs) {
						return Answer{}, c.errs[tries-1]
					}
					return Answer{}, nil
				})
				require.Equal(t, c.tries, tries)
				require.Equal(t, c.took, time.Since(began))
				if tries <= len(c.errs) {
					require.Equal(t, c.errs[tries-1], err)
				} else {
					require.NoError(t, err)
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		_, err := again(ctx, time.Hour, func() (Answer, error) { return Answer{}, busy(10 * time.Second) })
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func loading() error { return &Error{Kind: Busy, Unspent: true, loading: true} }

func slicesOf(err error, n int) (all []error) {
	for range n {
		all = append(all, err)
	}
	return all
}

// The deadlines, with the times that hold for people.
func TestDeadlinesOfATalk(t *testing.T) {
	drip := func(every time.Duration, n int) func(context.Context, *talk) error {
		return func(ctx context.Context, t *talk) error {
			for i := range n {
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-time.After(every):
				}
				t.came()
				if err := t.say(fmt.Sprint(i)); err != nil {
					return err
				}
			}
			t.done = true
			return nil
		}
	}
	for name, c := range map[string]struct {
		say  func(context.Context, *talk) error
		err  error
		took time.Duration
	}{
		"late but there": {drip(59*time.Second, 3), nil, 177 * time.Second},
		"never":          {drip(time.Hour, 1), errSlow, usual.first},
		"drips":          {drip(50*time.Second, 1000), errEndless, usual.whole},
		"stops":          {func(ctx context.Context, t *talk) error { t.came(); <-ctx.Done(); return ctx.Err() }, errSlow, usual.idle},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				_, err := converse(t.Context(), usual, DefaultTokens, nil, c.say)
				require.ErrorIs(t, errors.Join(err, nil), c.err)
				require.Equal(t, c.took, time.Since(began))
			})
		})
	}
}

func TestThoughtsAreNoAnswer(t *testing.T) {
	for in, want := range map[string]string{
		"<think>a</think>b":                     "b",
		" \n<think>a <b> </thin </think>\n\n b": "b",
		"<think>never ends":                     "",
		"<thin":                                 "<thin",
		"  x":                                   "  x",
		"x <think>a</think>":                    "x <think>a</think>",
		"<think></think><think>no</think>":      "<think>no</think>",
		"":                                      "",
		"<b>":                                   "<b>",
	} {
		for size := 1; size <= max(1, len(in)); size++ {
			a := answer{bound: 100}
			for i := 0; i < len(in); i += size {
				require.NoError(t, a.say(in[i:min(len(in), i+size)]))
			}
			a.finish()
			require.Equal(t, want, a.Text, "%q in pieces of %d", in, size)
		}
	}
}

func TestRepeats(t *testing.T) {
	require.True(t, repeats("Well. "+strings.Repeat("0123456789012345678901234567890123456789", maxTimes)))
	require.True(t, repeats(strings.Repeat("ha ", 150)))
	require.True(t, repeats(strings.Repeat(" ", minBlock*maxTimes)))
	require.True(t, repeats(strings.Repeat(counted(maxBlock), maxTimes)))
	require.False(t, repeats(strings.Repeat(counted(maxBlock), maxTimes-1)))
	require.False(t, repeats(counted(10_000)))
	require.False(t, repeats(strings.Repeat("-", minBlock*maxTimes-1)))
}

func TestARealModelIsCountedAndCancelled(t *testing.T) {
	m := real(t).(*ollama)
	text := strings.Repeat("The meeting with Grace Müller is on 2026-11-27 at 15:00 in room 4.12; bring the 3 offers. ", 40)
	a, err := m.Chat(t.Context(), Request{Tokens: 10, Messages: []Message{{System, "Answer in a word."}, {User, text + "\nWho?"}}}, nil)
	require.NoError(t, err)
	likely, _ := m.count.of([]Message{{System, "Answer in a word."}, {User, text + "\nWho?"}})
	require.InEpsilon(t, a.PromptTokens, likely, 0.02, "the guess has learned")
	t.Logf("%s counts %d tokens in %d bytes; the first guess was %.0f", m.Name(), a.PromptTokens, len(text), guess([]Message{{System, "Answer in a word."}, {User, text + "\nWho?"}}))

	ctx, stop := context.WithCancel(t.Context())
	began := time.Now()
	_, err = m.Chat(ctx, Request{Messages: []Message{{User, "Count to a thousand, in words."}}}, func(string) { stop() })
	require.ErrorIs(t, err, context.Canceled)
	require.Less(t, time.Since(began), 2*time.Minute)
}
