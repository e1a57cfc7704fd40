//go:build linux

package spoke

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// A result waits for each word that came before it, and for no other.
func TestResultsWaitForNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNews()
		n.wait(t.Context()) // nothing came

		n.came()
		gone := make(chan struct{})
		go func() { n.wait(t.Context()); close(gone) }()
		<-n.next // it is being looked into
		n.came() // and there is more
		n.came() // which is the same
		n.looked()
		synctest.Wait()
		select {
		case <-gone:
			require.Fail(t, "a result left before all was looked into")
		default:
		}
		<-n.next
		n.looked()
		synctest.Wait()
		<-gone
		require.Empty(t, n.next)
		n.wait(t.Context())
	})
}
