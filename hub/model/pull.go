package model

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/ollama/ollama/api"
)

// pullPath is where Ollama tells how a download goes; maxPull bounds what it tells: a
// line every tenth of a second for some hours.
const (
	pullPath = "/api/pull"
	maxPull  = 256 << 20
	// pullIdle is how long a download may say nothing: Ollama tries stalled parts again
	// by itself, and checks a file of many gigabytes at the end without a word.
	pullIdle = 5 * time.Minute
)

// Listed is a model that the local Ollama has.
type Listed struct {
	Name       string
	Bytes      int64  // on the disk; 0 of one that runs elsewhere
	Parameters string // "7.6B", as its maker says
	Elsewhere  string // the host that answers, "" if it runs here
	Loaded     bool   // it is in memory
}

// List returns what the local Ollama has, in its order: newest first. It loads nothing.
func List(ctx context.Context) ([]Listed, error) {
	f := finder{patience: usual, named: namedLimit}
	client := f.ollama()
	have, err := list(ctx, client, f.named)
	if err != nil {
		return nil, err
	}
	loaded := map[string]bool{}
	if running, err := client.ListRunning(ctx); err == nil {
		for _, p := range running.Models {
			loaded[p.Name] = true
		}
	}
	var all []Listed
	for _, m := range have {
		if !goodName(m.Name) {
			continue
		}
		l := Listed{Name: m.Name, Bytes: m.Size, Parameters: said(m.Details.ParameterSize), Loaded: loaded[m.Name]}
		if !local(m) {
			l.Elsewhere, l.Bytes = farHost(m), 0
		}
		all = append(all, l)
	}
	return all, nil
}

// Progress is how far a download is.
type Progress struct {
	Doing       string // in Ollama's words: "pulling manifest"
	Done, Total int64  // bytes of the part that is coming; 0 if it does not say
}

// Pull has the local Ollama download a model, which needs no model here before. If ctx
// ends, the download ends; what came of it is kept by Ollama for the next try. Errors
// are of type *Error.
func Pull(ctx context.Context, name string, progress func(Progress)) error {
	return finder{patience: usual}.pull(ctx, name, pullIdle, progress)
}

func (f finder) pull(ctx context.Context, name string, idle time.Duration, progress func(Progress)) error {
	if name = strings.TrimPrefix(name, "ollama:"); !goodName(name) {
		return fail(Spec, "write a name as Ollama has it, such as "+Suggested, "%q is no name of a model", said(name))
	}
	run, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	watch := time.AfterFunc(idle, func() { stop(errSlow) })
	defer watch.Stop()
	over := false
	err := f.ollama().Pull(run, &api.PullRequest{Model: name}, func(p api.ProgressResponse) error {
		watch.Reset(idle)
		over = p.Status == "success"
		progress(Progress{said(p.Status), max(0, p.Completed), max(0, p.Total)})
		return nil
	})
	var status api.StatusError
	const again = "`secgpt model pull` goes on where it stopped"
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case context.Cause(run) == errSlow:
		return fail(Slow, again, "the download of %s said nothing for %s", name, idle)
	case err == nil && over:
		return nil
	case err == nil, network(err) && !unreached(err), halfLine(err):
		return fail(Cut, again, "the download of %s broke off", name)
	case unreached(err), errors.Is(err, errNotLocal), errors.Is(err, errForm):
		return (&ollama{name: name}).explain(&talk{}, err)
	case errors.As(err, &status):
		return fail(Failed, "look whether the name is right, and whether this computer is online", "Ollama could not get %s (%d): %s", name, status.StatusCode, said(status.ErrorMessage))
	}
	return fail(Failed, "look whether the name is right, and whether this computer is online", "Ollama could not get %s: %s", name, said(err.Error()))
}
