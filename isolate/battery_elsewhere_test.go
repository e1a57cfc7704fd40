//go:build linux && (amd64 || arm64)

package isolate

import (
	"embed"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// elsewhere are the actions that no app can do by itself in a room, or that show at
// the hub: the tests of this package that hold them.
var elsewhere = map[string]string{
	"A14 a grant that becomes a link":         "TestSwappedGrantIsRefused",
	"A26 a core of a crash":                   "TestACrashLeavesNoCore",
	"C15 two rooms at one folder":             "TestSocketsInAGrantAreOutOfReach",
	"C18 the hub's listeners":                 "TestHostsCantBeTaken",
	"D03 process 1 of a room":                 "TestProcess1TakesNoSignals",
	"D11 the hub is killed":                   "TestRoomDiesWithItsParent",
	"D12 the thread that started it ends":     "TestRoomOutlivesItsThread",
	"D16 what a program leaves behind":        "TestInitReaps",
	"D18 the hub after many programs":         "TestAStormOfProgramsLeavesNothing",
	"P09 never the host's root":               "TestRootIsNobodyOutside",
	"R14 an app that takes too long":          "TestLimitsOfTheWholeRoom",
	"R10 a flood of output":                   "TestOutputOfARoomIsBounded",
	"R11 a flood of errors":                   "TestStderrFloodKeepsTheEnd",
	"R17 rooms come and go":                   "TestManyRoomsLeaveNothing",
	"Z02 a layer is left out":                 "TestSkippedStepIsFound",
	"Z04 a container that masks its /proc":    "TestBatteryInAMaskedContainer",
	"Z05 an odd hub":                          "TestBatteryOfAnOddHub",
	"Z06 nothing outlives the hub":            "TestRoomDiesWithItsParent",
	"Z07 a grant that is swapped":             "TestSwappedGrantIsRefused",
	"a step of the start fails":               "TestFailedStepStartsNothing",
	"a namespace is left out":                 "TestMissingNamespaceIsFound",
	"the launcher is killed":                  "TestTheLauncherMayDie",
	"the root of a container that has one id": "TestRootWithOneIDIsRefused",
}

//go:embed *_test.go
var tests embed.FS

func TestActionsThatAreHeldElsewhere(t *testing.T) {
	files, err := tests.ReadDir(".")
	require.NoError(t, err)
	var all strings.Builder
	for _, f := range files {
		text, err := tests.ReadFile(f.Name())
		require.NoError(t, err)
		all.Write(text)
	}
	for action, test := range elsewhere {
		require.Contains(t, all.String(), "\nfunc "+test+"(", action)
	}
}
