package model

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/ollama/ollama/api"
	"github.com/ollama/ollama/types/model"
)

type capability = model.Capability

// best picks the model that is asked if the person named none. Only models that
// run here and can answer count. In this order:
//
//  1. one with 3 to 15 billion parameters: smaller ones write too many wrong plans,
//     larger ones take minutes on a computer without a large graphics card; then
//     1 to 3 billion, then over 15, then under 1;
//  2. one that was made for code, since a plan is a small program;
//  3. the one with more parameters;
//  4. the first by name, so that it is the same one tomorrow.
func best(have []api.ListModelResponse) (api.ListModelResponse, bool) {
	have = slices.DeleteFunc(slices.Clone(have), func(m api.ListModelResponse) bool { return !local(m) || !answers(m) })
	if len(have) == 0 {
		return api.ListModelResponse{}, false
	}
	return slices.MinFunc(have, func(a, b api.ListModelResponse) int {
		return cmp.Or(
			cmp.Compare(class(a), class(b)),
			-cmp.Compare(code(a), code(b)),
			-cmp.Compare(billions(a), billions(b)),
			strings.Compare(a.Name, b.Name))
	}), true
}

// answers is false for models that only make vectors or pictures. An old server
// names no capabilities.
func answers(m api.ListModelResponse) bool {
	if len(m.Capabilities) > 0 {
		return can(m, "completion")
	}
	return !strings.Contains(m.Details.Family, "bert") && !strings.Contains(m.Name, "embed")
}

func class(m api.ListModelResponse) int {
	switch b := billions(m); {
	case b >= 3 && b <= 15:
		return 0
	case b >= 1 && b < 3:
		return 1
	case b > 15:
		return 2
	}
	return 3
}

func code(m api.ListModelResponse) int {
	if strings.Contains(m.Name, "code") {
		return 1
	}
	return 0
}

// billions is what a model says of itself; without it, it is guessed from the size on
// disk, about 0.6 bytes a parameter as models are packed today.
func billions(m api.ListModelResponse) float64 {
	if n := stated(m); n > 0 {
		return n
	}
	return float64(m.Size) / 0.6e9
}

// stated reads "1.8B" or "630.17M"; 0 is anything else.
func stated(m api.ListModelResponse) float64 {
	s := strings.ToUpper(m.Details.ParameterSize)
	n, err := strconv.ParseFloat(strings.TrimRight(s, "BM"), 64)
	if err != nil {
		return 0
	}
	if strings.HasSuffix(s, "M") {
		n /= 1000
	}
	return n
}
