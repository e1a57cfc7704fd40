package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// same is a measurement without any noise.
func same(v float64) []float64 { return []float64{v, v, v} }

func TestVerdicts(t *testing.T) {
	base := same(10)
	for _, c := range []struct {
		name      string
		measured  []float64
		low, high float64
		want      string
	}{
		{"below", same(14), 0, 1.5, "met"},
		{"at the bound", same(15), 0, 1.5, "met"},
		{"above", same(15.1), 0, 1.5, "MISSED"},
		{"between two", same(10.9), 0.9, 1.1, "met"},
		{"under the lower", same(8), 0.9, 1.1, "MISSED"},
		{"over the upper", same(12), 0.9, 1.1, "MISSED"},
		{"met, but noise could turn it", []float64{9, 14, 19}, 0, 1.5, "met?"},
		{"missed, but noise could turn it", []float64{9, 16, 19}, 0, 1.5, "MISSED?"},
	} {
		r := newRow("g", c.name, "ms", c.measured).beside("base", c.measured, base).askRatio(c.low, c.high)
		require.Equal(t, c.want, r.Verdict, c.name)
	}
	require.Equal(t, "unknown", newRow("g", "n", "ms", same(4)).askRatio(0, 1.5).Verdict, "bwrap is not installed")
	require.Equal(t, "met", newRow("g", "n", "MB", same(4)).askMost(4).Verdict)
	almost := func(all []float64, most float64) row { return newRow("g", "n", "ms", all).askAlmost(all, most) }
	require.Equal(t, "met", almost(same(50), 50).Verdict)
	require.Equal(t, "MISSED", almost(same(50.1), 50).Verdict)
	require.Equal(t, "MISSED?", almost(append(make([]float64, 98), 60, 60), 50).Verdict, "a median of 0 is not what is asked for")
	require.Equal(t, "met?", almost(append(make([]float64, 200), 60), 50).Verdict, "one in 201")
	require.Empty(t, almost(same(50), 0).Verdict)
	require.Equal(t, "MISSED", newRow("g", "n", "MB", same(4.1)).askMost(4).Verdict)
	require.Equal(t, "met?", newRow("g", "n", "MB", []float64{3, 3, 9}).askMost(4).Verdict)
	require.Equal(t, "MISSED?", newRow("g", "n", "MB", []float64{3, 5, 5}).askMost(4).Verdict)
}

func TestTable(t *testing.T) {
	rows := []row{
		newRow("starts", "plain", "ms", same(1.234)),
		newRow("starts", "room", "ms", same(20)).beside("plain", same(20), same(10)).askRatio(0, 1.5),
		newRow("memory", "process 1", "MB", same(123.4)).askMost(12),
		newRow("keys", "while it is quiet", "ms", same(12)).askAlmost(same(12), 50),
	}
	var out strings.Builder
	printTable(&out, rows, []string{"nsjail: not installed"})
	require.Equal(t, `
starts
         median   10 to 90 %  99 %  ratio   95 %       to     asked            n
  plain  1.23 ms  1.23–1.23                                                    3
  room   20.0 ms  20.0–20.0         2.000x  2.00–2.00  plain  ≤ 1.50x  MISSED  3

memory
             median  10 to 90 %  99 %  ratio  95 %  to  asked            n
  process 1  123 MB  123–123                            ≤ 12 MB  MISSED  3

keys
                     median   10 to 90 %  99 %  ratio  95 %  to  asked              n
  while it is quiet  12.0 ms  12.0–12.0   12.0                   99 % ≤ 50 ms  met  3

nsjail: not installed
`, out.String())
}
