package main

import "strings"

// reasons are why nothing can notice some rules, by how their names begin.
var reasons = []struct{ name, why string }{
	{"capabilities: ambient set", "to give up the own sets takes the ambient one along; without that the start is refused"},
	{"landlock: execute is allowed to devices", "no device is a program, whatever is allowed"},
	{"landlock: execute is allowed to folders of the system", "to run a file takes the right to read it, too, which nothing there has"},
	{"landlock: ioctl is allowed to", "there is no device anywhere but in /dev, nor can one be made or used"},
	{"landlock: refer is", "to link across folders takes the right to make files as well, which is asked for first; folders that have it are mounts of their own, between which there are no links"},
	{"landlock: no scope for signals", "the room's own pid namespace has nobody to signal but the room; without it a stage ends itself before it is one"},
	{"step: system is skipped", "what it opens early is opened later then; the rest of it is: mounts: not private"},
	{"parent: not when ids change", "the same is done at the exec, a few milliseconds later; without both it is noticed"},
	{"parent: not at the exec", "the same was done when ids changed; without both it is noticed"},
	{"mount: the root before all is in it without", "all of the root's flags are set once it is full, before the proof; until then nothing runs in it but the stage"},
	{"mounts: not private", "a namespace of an unprivileged user has copies that never pass a mount on"},
	{"grants: another one in the hub", "it could be swapped only between two looks of one function, where no test gets in"},
	{"grants: over a link in the stage", "what a link leads to has another number or device, which is refused by itself"},
	{"limit: niceness", "the hub's own is 0, too, unless it may raise it"},
	{"limit: real-time priority", "the hub's own is 0, too, unless it may raise it"},
}

func reason(name string) string {
	for _, r := range reasons {
		if strings.HasPrefix(name, r.name) {
			return r.why
		}
	}
	return ""
}
