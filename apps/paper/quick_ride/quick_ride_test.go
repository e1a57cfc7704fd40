package quickride

import (
	"flag"
	"testing"

	"secgpt/apps/builtin/apptest"
	"secgpt/apps/paper/ride"
)

var update = flag.Bool("update", false, "write tools.json")

func TestManifestFitsTheTools(t *testing.T) {
	apptest.Described(t, Server(ride.Twist{}), *update)
}
