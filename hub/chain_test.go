package hub

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"secgpt/hub/profile"
)

// chains are those of the calls of some tool, in a session of the plans.
func chains(t *testing.T, h *Hub, tool string, plans ...string) []string {
	t.Helper()
	var all []string
	for _, plan := range plans {
		r := h.Turn(t.Context(), Request{Plan: plan}, &agrees{})
		for _, c := range r.Calls {
			if c.Call.Tool.String() == tool {
				all = append(all, strings.Join(c.Call.Chain, " → "))
			}
		}
	}
	return all
}

// The calls that data came by are known of what was made of it, too.
func TestTheWayOfComputedValues(t *testing.T) {
	const found = "m = mail.search()[0]\n"
	for name, c := range map[string]struct {
		plans []string
		want  []string
	}{
		"untouched":              {[]string{found + "notes.add(title = m.id, text = m.subject)"}, []string{"mail.search"}},
		"put together":           {[]string{found + `notes.add(title = "t", text = "Re: " + m.subject)`}, []string{"mail.search"}},
		"in capitals":            {[]string{found + `notes.add(title = "t", text = m.subject.upper())`}, []string{"mail.search"}},
		"in a loop":              {[]string{found + `for w in m.subject.split(): notes.add(title = "t", text = "%s" % w)`}, []string{"mail.search"}},
		"a branch":               {[]string{found + `if m.subject: notes.add(title = "t", text = "x")`}, []string{"mail.search"}},
		"in an earlier turn":     {[]string{found, `notes.add(title = "t", text = "Re: " + m.subject)`}, []string{"mail.search"}},
		"the person's own":       {[]string{found + `notes.add(title = "t", text = "x")`}, []string{""}},
		"of another app":         {[]string{found + "ns = notes.search(query = \"\")\n" + `calendar.create_event(title = "Re: " + m.subject, start = when("tomorrow at 3pm"), end = when("tomorrow at 4pm"))`}, []string{"mail.search"}},
		"by way of another":      {[]string{found + "n = notes.add(title = \"t\", text = m.subject)\n" + `calendar.create_event(title = "x" + n.id, start = when("tomorrow at 3pm"), end = when("tomorrow at 4pm"))`}, []string{"mail.search → notes.add"}},
		"both untouched and not": {[]string{found + "n = notes.search(query = \"\")\n" + `calendar.create_event(title = m.subject, location = str(len(n)), start = when("tomorrow at 3pm"), end = when("tomorrow at 4pm"))`}, []string{"mail.search → notes.search"}},
		"chosen by another":      {[]string{"n = notes.search(query = \"\")\nm = mail.search()[len(n)]\n" + `calendar.create_event(title = m.subject, start = when("tomorrow at 3pm"), end = when("tomorrow at 4pm"))`}, []string{"notes.search → mail.search"}},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := profile.At(t.TempDir())
			require.NoError(t, err)
			h, err := Open(Options{Profile: p, Rooms: &shelf{}, Model: "none"})
			require.NoError(t, err)
			defer h.Close()
			tool := "notes.add"
			if strings.Contains(c.plans[0], "calendar.") {
				tool = "calendar.create_event"
			}
			require.Equal(t, c.want, chains(t, h, tool, c.plans...))
		})
	}
}
