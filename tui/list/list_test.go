package list

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

type text struct {
	s     string
	ver   int
	drawn int
}

func (t *text) Version() int { return t.ver }
func (t *text) Lines(width int) []string {
	t.drawn++
	var out []string
	for s := t.s; s != ""; {
		n := min(width, len(s))
		out, s = append(out, s[:n]), s[n:]
	}
	return out
}

func filled(n int) (*List, []*text) {
	l, items := &List{}, make([]*text, n)
	for i := range items {
		items[i] = &text{s: fmt.Sprint("line ", i)}
		l.Add(items[i])
	}
	l.Size(20, 3)
	return l, items
}

func TestFollowsTheNewest(t *testing.T) {
	l, _ := filled(10)
	require.Equal(t, []string{"line 7", "line 8", "line 9"}, l.View())
	l.Add(&text{s: "new"})
	require.Equal(t, []string{"line 8", "line 9", "new"}, l.View())
	require.True(t, l.Following())
}

func TestStaysWhereThePersonScrolled(t *testing.T) {
	l, _ := filled(10)
	l.Scroll(-4)
	require.Equal(t, []string{"line 3", "line 4", "line 5"}, l.View())
	l.Add(&text{s: "new"})
	require.Equal(t, []string{"line 3", "line 4", "line 5"}, l.View())
	require.False(t, l.Following())
	l.Scroll(99)
	require.True(t, l.Following())
	require.Equal(t, "new", l.View()[2])
	l.Scroll(-99)
	require.Equal(t, "line 0", l.View()[0])
	require.False(t, l.Above())
}

func TestDrawsOnlyWhatIsSeenAndOnce(t *testing.T) {
	l, items := filled(1000)
	l.View()
	l.View()
	require.Equal(t, 1, items[999].drawn)
	require.Zero(t, items[0].drawn)
	items[999].ver++
	l.View()
	require.Equal(t, 2, items[999].drawn)
	l.Size(10, 3)
	l.View()
	require.Equal(t, 3, items[999].drawn)
	require.Zero(t, items[0].drawn)
}

func TestResizeWhileScrolledBack(t *testing.T) {
	l := &List{}
	l.Add(&text{s: strings.Repeat("abcdefghij", 10)})
	l.Add(&text{s: "end"})
	l.Size(10, 4)
	l.Scroll(-2)
	l.Size(100, 4)
	require.Equal(t, []string{strings.Repeat("abcdefghij", 10), "end"}, l.View())
	l.Size(1, 4)
	require.Len(t, l.View(), 4)
}

func TestOldestItemsGo(t *testing.T) {
	l, _ := filled(maxItems + 1)
	require.Equal(t, dropItems, l.Dropped)
	l.Scroll(-2 * maxItems)
	require.Equal(t, fmt.Sprint("line ", dropItems), l.View()[0])
}

func TestRemove(t *testing.T) {
	l, items := filled(5)
	l.Remove(items[3])
	require.Equal(t, []string{"line 1", "line 2", "line 4"}, l.View())
}
