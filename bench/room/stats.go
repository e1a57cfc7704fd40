package main

import (
	"math"
	"math/rand/v2"
	"slices"
)

// absent stands for a round that was sat out.
var absent = math.NaN()

// present is what was measured.
func present(all []float64) []float64 {
	return slices.DeleteFunc(slices.Clone(all), math.IsNaN)
}

// newDraw is a source of random order, the same in each run.
func newDraw() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

// quantile is the value below which a part of all lies, 0 ≤ part ≤ 1, of at least
// one value; between two values it is their weighted mean.
func quantile(all []float64, part float64) float64 {
	sorted := slices.Sorted(slices.Values(all))
	at := part * float64(len(sorted)-1)
	low := int(at)
	if low+1 == len(sorted) {
		return sorted[low]
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}

func median(all []float64) float64 { return quantile(all, 0.5) }

// resamples is how many times a number is drawn again for its interval: the ends of
// 95 % are then the 25th from either side.
const resamples = 1000

// interval holds 95 % of a number of values drawn from these with replacement (Efron
// 1979, percentile bootstrap).
func interval(all []float64, number func([]float64) float64) (low, high float64) {
	draw := newDraw()
	again, drawn := make([]float64, len(all)), make([]float64, resamples)
	for i := range drawn {
		for j := range again {
			again[j] = all[draw.IntN(len(all))]
		}
		drawn[i] = number(again)
	}
	return quantile(drawn, 0.025), quantile(drawn, 0.975)
}

// ratio is the median of the ratios of each round, and its interval. A load that lasts
// for seconds slows both sides of a round, so it falls out; in the ratio of two medians
// it would stay.
func ratio(over, under []float64) (is, low, high float64) {
	var rounds []float64
	for i := range min(len(over), len(under)) {
		if r := over[i] / under[i]; !math.IsNaN(r) {
			rounds = append(rounds, r)
		}
	}
	low, high = interval(rounds, median)
	return median(rounds), low, high
}

// almost is what 99 of 100 are not above.
func almost(all []float64) float64 { return quantile(all, 0.99) }
