package contacts

import (
	"flag"
	"testing"

	"secgpt/apps/builtin"
	"secgpt/apps/builtin/apptest"
)

var update = flag.Bool("update", false, "write tools.json")

func TestManifestFitsTheTools(t *testing.T) {
	apptest.Described(t, Server(builtin.New("contacts")), *update)
}
