package main

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestQuantile(t *testing.T) {
	for _, c := range []struct {
		all  []float64
		part float64
		want float64
	}{
		{[]float64{7}, 0.5, 7},
		{[]float64{7}, 1, 7},
		{[]float64{3, 1, 2}, 0.5, 2},
		{[]float64{4, 1, 3, 2}, 0.5, 2.5},
		{[]float64{4, 1, 3, 2}, 0, 1},
		{[]float64{4, 1, 3, 2}, 1, 4},
		{[]float64{10, 0}, 0.1, 1},
	} {
		before := slices.Clone(c.all)
		require.InDelta(t, c.want, quantile(c.all, c.part), 1e-9, "%v of %v", c.part, c.all)
		require.Equal(t, before, c.all, "what was measured is left in its order")
	}
}

func TestRatioOfTheSameIsOne(t *testing.T) {
	is, low, high := ratio([]float64{5, 6, 7}, []float64{5, 6, 7})
	require.Equal(t, []float64{1, 1, 1}, []float64{is, low, high})
}

// What slows whole rounds falls out; what was sat out does not count.
func TestRatioIsOfRounds(t *testing.T) {
	is, low, high := ratio([]float64{2, 4, 200, 4000, absent}, []float64{1, 2, 100, 2000, 7})
	require.Equal(t, []float64{2, 2, 2}, []float64{is, low, high})
	require.Equal(t, []float64{1, 3}, present([]float64{1, absent, 3}))
}

func TestRatioIsInItsInterval(t *testing.T) {
	round := rapid.Float64Range(1, 100)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 30).Draw(t, "rounds")
		over, under := rapid.SliceOfN(round, n, n).Draw(t, "over"), rapid.SliceOfN(round, n, n).Draw(t, "under")
		each := make([]float64, n)
		for i := range each {
			each[i] = over[i] / under[i]
		}
		is, low, high := ratio(over, under)
		require.InDelta(t, median(each), is, 1e-9)
		require.LessOrEqual(t, low, high)
		require.GreaterOrEqual(t, low, slices.Min(each))
		require.LessOrEqual(t, high, slices.Max(each))
	})
}

// More measurements of the same spread make the interval narrower, and it holds the
// ratio that they were drawn around.
func TestIntervalNarrows(t *testing.T) {
	draw := newDraw()
	sample := func(n int, around float64) []float64 {
		all := make([]float64, n)
		for i := range all {
			all[i] = around + draw.NormFloat64()
		}
		return all
	}
	_, low, high := ratio(sample(10, 30), sample(10, 20))
	_, lowMany, highMany := ratio(sample(1000, 30), sample(1000, 20))
	require.Less(t, highMany-lowMany, (high-low)/3)
	require.Less(t, lowMany, 1.5)
	require.Greater(t, highMany, 1.5)
}
