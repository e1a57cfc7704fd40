package rooms

import (
	"context"
	"fmt"
	"os"

	"secgpt/apps"
	"secgpt/apps/code"
	"secgpt/apps/link"
	"secgpt/isolate"
)

// inspectHost is the host id, under root, of a room whose app is not installed. It lies
// above those of installs and of `secgpt room`.
const inspectHost = isolate.HostIDBase + 200001

// Found is what an app is and offers, before anybody agreed to it. Tools are the app's
// words.
type Found struct {
	Tools []link.Tool
	Code  code.List // the files behind its command
	Argv  []string  // its command as it was found on this computer
	Hints []string
}

// Inspect starts a command once, in a room with no network, no home and an empty folder
// that is thrown away, and lists its tools. What the person wants to grant it is shown
// read-only, since many servers do not come up without. An error is an *Error if the app
// is to blame, or its room; any other is about the command or the grants.
func Inspect(ctx context.Context, app apps.App, o Options) (Found, error) {
	data, err := os.MkdirTemp("", "secgpt-inspect-")
	if err != nil {
		return Found{}, fmt.Errorf("no folder can be made for it: %w; let TMPDIR name another", err)
	}
	defer os.RemoveAll(data)
	app.Grants.Hosts, app.BuiltIn, app.Locked, app.Data = nil, false, nil, data+"/data"
	app.Files = append([]apps.FileAt(nil), app.Files...)
	for i := range app.Files {
		app.Files[i].Write = false
	}
	o.Warm = 0
	p := New(o)
	p.o.Registry = nil // it has no host id yet
	defer p.Close()
	stop := context.AfterFunc(ctx, p.stop)
	defer stop()
	var found Found
	made, err := p.spec(app, nil)
	if err != nil {
		return found, err
	}
	found.Argv, found.Hints = made.start.Command, made.hints
	if found.Code, err = code.Read(made.places); err != nil {
		return found, fmt.Errorf("the files behind its command can't be listed: %w", err)
	}
	_, found.Tools, err = p.begin(app, &slot{}, func(apps.App, []code.Place) error { return nil })
	if ctx.Err() != nil {
		return found, ctx.Err()
	}
	if err != nil {
		return found, asError(app.Name, err)
	}
	return found, nil
}

// hostID is the user id of the host as which an app's room runs under root.
func (p *Pool) hostID(app apps.App) (int, error) {
	if p.o.Registry == nil {
		return inspectHost, nil
	}
	return p.o.Registry.HostID(app.Name)
}
