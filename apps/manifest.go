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
// the person agreed; `pin` in the manifest is a digest of that and of the command, and
// `code` one of the files behind the command, which files.json lists (package code).
// Tools and parameters that are no identifiers are named by their aliases (alias.go).
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
	About   string                  `toml:"about,omitempty"`
	Command []string                `toml:"command"`
	Install string                  `toml:"install,omitempty"` // tells this install from others of the name
	Pin     string                  `toml:"pin"`
	Code    string                  `toml:"code,omitempty"` // digest of the files behind the command; "" compares none
	Grants  Grants                  `toml:"grants,omitempty"`
	Tools   map[string]ToolManifest `toml:"tools,omitempty"`
	Intents []Intent                `toml:"intents,omitempty"`

	BuiltIn bool `toml:"-"` // its code is ours
}

// Grants is what the app may touch beside its own data folder.
type Grants struct {
	Files []FileGrant `toml:"files,omitempty"`
	Hosts []string    `toml:"hosts,omitempty"`
}

// A FileGrant opens a folder or a file to an app.
type FileGrant struct {
	Path string `toml:"path"` // absolute, or below ~
	Mode string `toml:"mode"` // "ro" or "rw"
}

// A ToolManifest is what the person agreed a tool is.
type ToolManifest struct {
	About   string                   `toml:"about,omitempty"`
	Effect  mediator.Effect          `toml:"effect"`
	Undo    bool                     `toml:"undo,omitempty"`
	Open    bool                     `toml:"open,omitempty"` // what enters it leaves the computer, by whatever way
	Deletes bool                     `toml:"deletes,omitempty"`
	Access  bool                     `toml:"access,omitempty"`
	Hidden  bool                     `toml:"hidden,omitempty"` // never offered to a planner: `undo`
	People  bool                     `toml:"people,omitempty"` // a read that tells who a name is
	Roles   map[string]mediator.Role `toml:"roles,omitempty"`
	Mints   []string                 `toml:"mints,omitempty"`
}

// An Intent maps a phrase to one tool of its app.
type Intent struct {
	Say  string            `toml:"say"`
	Tool string            `toml:"tool"`
	Args map[string]string `toml:"args,omitempty"` // "{slot}" or a fixed text
}

// Installed is what installing an app writes into its folder, data/apps/NAME.
type Installed struct {
	Name     string
	Manifest []byte // app.toml
	Tools    []byte // tools.json
}
