package pick

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// many is how many tools are installed at most, and few how many of them a prompt takes.
const many, few = 10_000, 16

// missed lists the requests of which a needed tool was not picked.
func missed(x *Index) (lines []string, mean int) {
	for _, a := range asked {
		var got []string
		picked := x.Pick(a.words, few)
		mean += len(picked)
		for _, h := range picked {
			d := x.Doc(h.Doc)
			got = append(got, d.App+"."+d.Tool)
		}
		for _, want := range strings.Fields(a.tools) {
			if !slices.Contains(got, want) {
				lines = append(lines, fmt.Sprintf("%s: no %s in %s", a.words, want, strings.Join(got, " ")))
				break
			}
		}
	}
	return lines, mean / len(asked)
}

func TestTheRightToolIsPicked(t *testing.T) {
	lines, mean := missed(New(known()))
	t.Log(mean, "tools a request")
	require.LessOrEqual(t, len(lines), len(asked)*2/100, strings.Join(lines, "\n"))
}

func TestTheRightToolIsPickedAmongTenThousand(t *testing.T) {
	lines, mean := missed(New(append(others(many), known()...)))
	t.Log(mean, "tools a request")
	require.LessOrEqual(t, len(lines), len(asked)*2/100, strings.Join(lines, "\n"))
}

func TestPickingIsFastAndTheSameAgain(t *testing.T) {
	x := New(append(others(many), known()...))
	require.Equal(t, x.Pick(asked[3].words, few), New(append(others(many), known()...)).Pick(asked[3].words, few))
	var took []time.Duration
	for _, a := range asked {
		began := time.Now()
		x.Pick(a.words, few)
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	require.Less(t, took[len(took)/2], 20*time.Millisecond)
}

func BenchmarkPick(b *testing.B) {
	x := New(append(others(many), known()...))
	b.ResetTimer()
	for i := range b.N {
		x.Pick(asked[i%len(asked)].words, few)
	}
}

func BenchmarkNew(b *testing.B) {
	docs := append(others(many), known()...)
	b.ResetTimer()
	for range b.N {
		New(docs)
	}
}
