//go:build linux && (amd64 || arm64)

package works

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
)

// rows is what was tried, for the table at the end.
var rows struct {
	sync.Mutex
	list []string
}

// note adds a row.
func note(ok bool, what, version, tried string) {
	result := "ok"
	if !ok {
		result = "FAILED"
	}
	rows.Lock()
	defer rows.Unlock()
	rows.list = append(rows.list, strings.Join([]string{result, what, version, strings.ReplaceAll(tried, "_", " ")}, "\t"))
}

// printRows shows the table, under -v.
func printRows() {
	if len(rows.list) == 0 || !testing.Verbose() {
		return
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	defer func() { _ = w.Flush() }()
	for _, row := range slices.Insert(rows.list, 0, "result\twhat\tversion\ttried") {
		_, _ = fmt.Fprintln(w, row)
	}
}
