package isolate

// An Explanation is what a room of a Spec holds, taken from the very plan by which
// the room is built.
type Explanation struct {
	Command    []string      `json:"command"`
	Dir        string        `json:"dir"`
	Env        []string      `json:"environment"`
	IDs        []IDs         `json:"ids"`
	Namespaces []string      `json:"namespaces"`
	Mounts     []Mount       `json:"mounts"`
	Rights     []Right       `json:"landlock"`
	Filter     Filter        `json:"seccomp"`
	Limits     []HeldLimit   `json:"limits"`
	Files      []string      `json:"files"` // small ones that are made for the room
	Hosts      []string      `json:"hosts"` // "name:port"
	Proof      []ProvedLayer `json:"proof"` // of a real room of this kind, which was entered and left
}

// IDs says who a room's only user, or group, is outside.
type IDs struct {
	Kind    string `json:"kind"` // "user", "group"
	Inside  int    `json:"inside"`
	Outside int    `json:"outside"`
}

// A Mount is a place of the room that is a file system of its own.
type Mount struct {
	At    string   `json:"at"`
	From  string   `json:"from"` // a path of the host, or what was made for the room
	Write bool     `json:"write"`
	Flags []string `json:"flags"` // of what is taken away: nosuid, nodev, noexec
	Size  string   `json:"size"`  // bounds of a private file system, as tmpfs has them
}

// A Right is what Landlock allows at a path and below.
type Right struct {
	At     string   `json:"at"`
	Allows []string `json:"allows"`
}

// A Filter counts what the seccomp filter does with the calls that it knows by
// number. All others are answered ENOSYS, and those of other machines kill.
type Filter struct {
	Allowed int `json:"allowed"`
	Tested  int `json:"tested"`  // decided by their arguments
	Refused int `json:"refused"` // with an errno
	Killing int `json:"killing"`
}

// A HeldLimit is one number that a room can't go beyond.
type HeldLimit struct {
	Name string `json:"name"` // as getrlimit knows it, or in words
	Most uint64 `json:"most"`
	Unit string `json:"unit"` // "bytes", "seconds", or ""
	Of   string `json:"of"`   // "process", "user", "room"
}

// A ProvedLayer is a Layer, for JSON.
type ProvedLayer struct {
	Name string `json:"name"`
	How  string `json:"how"`
}
