//go:build linux && (amd64 || arm64)

package isolate

import (
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// D03 where process 1 is this package's own: no signal of the app does anything to
// it. The shell's kill is its own, so what sends them is what it says.
func TestProcess1TakesNoSignals(t *testing.T) {
	needRooms(t)
	for signal := 1; signal <= 64; signal++ {
		if signal == 32 || signal == 33 { // the C library keeps them to itself
			continue
		}
		t.Run(strconv.Itoa(signal), func(t *testing.T) {
			s := shell("kill -" + strconv.Itoa(signal) + " 1; for i in 1 2 3; do /bin/true; done; echo alive; exit 7")
			s.Init = true
			r := open(t, s)
			out, err := io.ReadAll(r.Out)
			require.NoError(t, err)
			require.Equal(t, Exit{Code: 7}, r.Wait(), "%s", r.Stderr())
			require.Equal(t, "alive", strings.TrimSpace(string(out)))
		})
	}
}
