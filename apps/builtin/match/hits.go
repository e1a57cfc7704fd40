package match

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"secgpt/apps/builtin"
)

// MaxNear bounds the items that are given where none has all of the words.
const MaxNear = 5

const (
	nearTie = 80  // percent of the best one's weight: what is worth as much to a person
	atLeast = 50  // percent of the weight of all words: less is no answer to what was asked
	maxSaid = 200 // bytes of the words in a sentence
)

// Hits collects what a search looks at. The zero value but for Query is ready.
type Hits[T any] struct {
	Query Query

	strict []T
	others []near[T]
}

type near[T any] struct {
	item  T
	has   Has
	score int
}

// Add tells of an item, and of the words that it has. One that can't be in the answer is
// counted and not kept.
func (h *Hits[T]) Add(item T, has Has) {
	switch {
	case h.Query.All(has):
		h.strict, h.others = append(h.strict, item), nil
	case h.strict != nil:
	case has == 0 && !h.Query.idle:
		h.others = append(h.others, near[T]{})
	default:
		h.others = append(h.others, near[T]{item: item, has: has})
	}
}

// Take gives the items that have all words, in order. If there are none, it gives those
// that have the most, best first, MaxNear at most, with a sentence about that for the
// person; an answer with a sentence is a guess, and nothing to change things by.
//
// A word counts once, and weighs the more, the fewer items have it. One that no item has is
// most often a word too many, and weighs half of one that a single item has: more than a
// word that is in many.
// A query of nothing but function words and nouns ("my notes") then means everything.
func (h *Hits[T]) Take(order func(a, b T) int) (found []T, guess string) {
	if h.strict != nil {
		slices.SortStableFunc(h.strict, order)
		return h.strict, ""
	}
	if !h.Query.MayGuess() {
		return nil, ""
	}
	if h.Query.idle && len(h.others) > 0 {
		for _, o := range h.others {
			found = append(found, o.item)
		}
		slices.SortStableFunc(found, order)
		return found, fmt.Sprintf("nothing has %s; this is what there is", h.Query.said())
	}
	best := h.nearest(order)
	for _, o := range best {
		found = append(found, o.item)
	}
	if found != nil {
		guess = fmt.Sprintf("nothing has all of the words %s; these have the most", h.Query.said())
	}
	return found, guess
}

// nearest are the items with the most weight, best first.
func (h *Hits[T]) nearest(order func(a, b T) int) []near[T] {
	weights, sum := h.weights()
	some := slices.DeleteFunc(h.others, func(o near[T]) bool { return o.has == 0 })
	best := 0
	for i := range some {
		for w, weight := range weights {
			if some[i].has&(1<<w) != 0 {
				some[i].score += weight
			}
		}
		best = max(best, some[i].score)
	}
	some = slices.DeleteFunc(some, func(o near[T]) bool {
		return o.score*100 < best*nearTie || o.score*100 < sum*atLeast
	})
	slices.SortStableFunc(some, func(a, b near[T]) int {
		return cmp.Or(cmp.Compare(b.score, a.score), order(a.item, b.item))
	})
	return some[:min(len(some), MaxNear)]
}

// weights are the rarity of each word, as whole numbers: sums of them are exact, so that
// half is half.
func (h *Hits[T]) weights() (weights []int, sum int) {
	for w := range h.Query.words {
		holders := 0
		for _, o := range h.others {
			if o.has&(1<<w) != 0 {
				holders++
			}
		}
		weight := int(1e6 * math.Log1p(float64(len(h.others))/float64(max(1, holders))))
		if holders == 0 {
			weight /= 2
		}
		weights, sum = append(weights, weight), sum+weight
	}
	return weights, sum
}

// said are the words that were looked for.
func (q Query) said() string {
	all := make([]string, len(q.words))
	for i, w := range q.words {
		all[i] = fmt.Sprintf("%q", w.said)
	}
	return builtin.Cut(strings.Join(all, ", "), maxSaid)
}
