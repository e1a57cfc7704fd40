package apps

import "embed"

// compiledIn holds what the built-in apps are: their manifests, and the tools that
// each app's own test holds it to. Their code is not linked here.
//
//go:embed */manifest.toml */tools.json
var compiledIn embed.FS
