// Package apps knows what can be put in a room: manifests, the list of tools that
// the person agreed to, and the folder in which installed apps live.
//
// A manifest is TOML:
//
//	name = "calendar"
//	about = "Events in local .ics calendars"
//	command = ["secgpt", "app", "calendar"]
//	[grants]
//	files = [{ path = "~/calendars", mode = "rw" }]
//	hosts = []
//	[tools.create_event]
//	about = "Add an event to your calendar"
//	effect = "write"
//	undo = true
//	roles = { title = "content", start = "content" }
//	[[intents]]
//	say = "what's on my calendar {when:date}"
//	tool = "list_events"
//	args = { start = "{when.start}", end = "{when.end}" }
//
// Beside it lies tools.json, the app's own description of its tools as it was when
// the person agreed; `pin` in the manifest is a digest of that and of the command.
// What neither says is taken at its strictest: an unknown effect is `send`, an
// unknown role `target`.
//
// It promises that an app with a manifest it can't fully read is locked, alone, with
// the reason. Start reading at Open; tool.go is what the mediator gets to see.
package apps

import (
	"secgpt/mediator"
)

// A Manifest says what an app is, what it may touch and what its tools do.
type Manifest struct {
	Name    string                  `toml:"name"`
	About   string                  `toml:"about"`
	Command []string                `toml:"command"`
	Pin     string                  `toml:"pin"`
	Grants  Grants                  `toml:"grants"`
	Tools   map[string]ToolManifest `toml:"tools"`
	Intents []Intent                `toml:"intents"`

	BuiltIn bool `toml:"-"` // its code is ours
}

// Grants is what the app may touch beside its own data folder.
type Grants struct {
	Files []FileGrant `toml:"files"`
	Hosts []string    `toml:"hosts"`
}

// A FileGrant opens a folder or a file to an app.
type FileGrant struct {
	Path string `toml:"path"` // absolute, or below ~
	Mode string `toml:"mode"` // "ro" or "rw"
}

// A ToolManifest is what the person agreed a tool is.
type ToolManifest struct {
	About   string                   `toml:"about"`
	Effect  mediator.Effect          `toml:"effect"`
	Undo    bool                     `toml:"undo"`
	Open    bool                     `toml:"open"` // what enters it leaves the computer, by whatever way
	Deletes bool                     `toml:"deletes"`
	Access  bool                     `toml:"access"`
	Hidden  bool                     `toml:"hidden"` // never offered to a planner: `undo`
	People  bool                     `toml:"people"` // a read that tells who a name is
	Roles   map[string]mediator.Role `toml:"roles"`
	Mints   []string                 `toml:"mints"`
}

// An Intent maps a phrase to one tool of its app.
type Intent struct {
	Say  string            `toml:"say"`
	Tool string            `toml:"tool"`
	Args map[string]string `toml:"args"` // "{slot}" or a fixed text
}

// Installed is what installing an app writes into its folder, data/apps/NAME.
type Installed struct {
	Name     string
	Manifest []byte // app.toml
	Tools    []byte // tools.json
}
