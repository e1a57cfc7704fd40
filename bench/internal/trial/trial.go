// Package trial tries many things, some at once, and tells of them in order.
package trial

import (
	"context"
	"sync"
)

// Each tries all, at most together at once, and returns the results in the order of all.
// Each result is told as soon as those before it are. When ctx ends, no more is begun;
// what was not tried is a zero R, and is not told.
func Each[T, R any](ctx context.Context, all []T, together int, try func(context.Context, T) R, tell func(R)) []R {
	results := make([]R, len(all))
	done := make([]chan struct{}, len(all))
	for i := range done {
		done[i] = make(chan struct{})
	}
	next := make(chan int)
	var workers sync.WaitGroup
	for range together {
		workers.Go(func() {
			for i := range next {
				results[i] = try(ctx, all[i])
				close(done[i])
			}
		})
	}
	workers.Go(func() {
		for i := range done {
			select {
			case <-done[i]:
				tell(results[i])
			case <-ctx.Done():
				return
			}
		}
	})
	for i := range all {
		select {
		case next <- i:
		case <-ctx.Done():
		}
	}
	close(next)
	workers.Wait()
	return results
}
