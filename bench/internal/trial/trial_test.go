package trial

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// The first takes longest: the others are tried meanwhile, two at once, and told after it.
func TestEachTellsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		now, most := 0, 0
		try := func(_ context.Context, n int) int {
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			time.Sleep(time.Duration(10-n) * time.Second)
			mu.Lock()
			now--
			mu.Unlock()
			return n * n
		}
		var told []int
		got := Each(t.Context(), []int{1, 2, 3, 4, 5}, 2, try, func(r int) { told = append(told, r) })
		require.Equal(t, []int{1, 4, 9, 16, 25}, got)
		require.Equal(t, got, told)
		require.Equal(t, 2, most)
	})
}

func TestEachEndsWithItsContext(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	tried := 0
	Each(ctx, make([]int, 1000), 1, func(context.Context, int) int {
		if tried++; tried == 3 {
			stop()
		}
		return 0
	}, func(int) {})
	require.Less(t, tried, 1000)
}
