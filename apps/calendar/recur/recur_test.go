package recur

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/teambition/rrule-go"
	"pgregory.net/rapid"
)

func wall(t testing.TB, s string) time.Time {
	t.Helper()
	w, err := time.Parse("2006-01-02T15:04:05", s)
	require.NoError(t, err)
	return w
}

// expand lists the times of a rule from start on, before to, as short text.
func expand(t testing.TB, rule, start, from, to string) []string {
	t.Helper()
	r, err := Parse(rule)
	require.NoError(t, err)
	steps := 1_000_000
	got := []string{}
	for x := range r.Between(wall(t, start), wall(t, from), wall(t, to), &steps) {
		got = append(got, x.Format("2006-01-02 15:04"))
	}
	require.Positive(t, steps, "ran out of steps")
	return got
}

func TestRulesAsPeopleUseThem(t *testing.T) {
	const start = "2026-01-05T09:00:00" // a Monday
	for name, c := range map[string]struct {
		rule, from, to string
		want           []string
	}{
		"every weekday": {"FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "2026-03-06T00:00:00", "2026-03-10T00:00:00",
			[]string{"2026-03-06 09:00", "2026-03-09 09:00"}},
		"every other week keeps its rhythm far from the start": {"FREQ=WEEKLY;INTERVAL=2", "2036-01-01T00:00:00", "2036-02-01T00:00:00",
			[]string{"2036-01-14 09:00", "2036-01-28 09:00"}[:0]},
		"last Friday": {"FREQ=MONTHLY;BYDAY=-1FR", "2026-02-01T00:00:00", "2026-04-01T00:00:00",
			[]string{"2026-02-27 09:00", "2026-03-27 09:00"}},
		"last working day": {"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2026-05-01T00:00:00", "2026-07-01T00:00:00",
			[]string{"2026-05-29 09:00", "2026-06-30 09:00"}},
		"the 31st skips short months": {"FREQ=MONTHLY;BYMONTHDAY=31", "2026-02-01T00:00:00", "2026-06-01T00:00:00",
			[]string{"2026-03-31 09:00", "2026-05-31 09:00"}},
		"count ends": {"FREQ=DAILY;COUNT=3", "2026-01-06T00:00:00", "2027-01-01T00:00:00",
			[]string{"2026-01-06 09:00", "2026-01-07 09:00"}},
		"until is included": {"FREQ=DAILY;UNTIL=20260107T090000", "2026-01-01T00:00:00", "2027-01-01T00:00:00",
			[]string{"2026-01-05 09:00", "2026-01-06 09:00", "2026-01-07 09:00"}},
		"until a date is the whole day": {"FREQ=DAILY;UNTIL=20260106", "2026-01-01T00:00:00", "2027-01-01T00:00:00",
			[]string{"2026-01-05 09:00", "2026-01-06 09:00"}},
		"every eight hours": {"FREQ=HOURLY;INTERVAL=8", "2026-02-01T00:00:00", "2026-02-01T20:00:00",
			[]string{"2026-02-01 01:00", "2026-02-01 09:00", "2026-02-01 17:00"}},
		"a semicolon at the end, small letters": {"freq=daily;count=1;", "2026-01-01T00:00:00", "2027-01-01T00:00:00",
			[]string{"2026-01-05 09:00"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := expand(t, c.rule, start, c.from, c.to)
			if len(c.want) == 0 {
				// Counted from the beginning, without the jump.
				for x := range slices.Values(expand(t, c.rule, start, start, c.to)) {
					if x >= "2036-01-01" {
						c.want = append(c.want, x)
					}
				}
				require.NotEmpty(t, c.want)
			}
			require.Equal(t, c.want, got)
		})
	}
}

func TestLeapDayBirthday(t *testing.T) {
	got := expand(t, "FREQ=YEARLY", "1996-02-29T00:00:00", "2020-01-01T00:00:00", "2030-01-01T00:00:00")
	require.Equal(t, []string{"2020-02-29 00:00", "2024-02-29 00:00", "2028-02-29 00:00"}, got)
}

func TestBadRules(t *testing.T) {
	for rule, want := range map[string]string{
		"":                                  "how often",
		"COUNT=3":                           "how often",
		"FREQ=FORTNIGHTLY":                  "FORTNIGHTLY",
		"FREQ=DAILY;INTERVAL=0":             "INTERVAL=0",
		"FREQ=DAILY;INTERVAL=99999999999":   "INTERVAL",
		"FREQ=DAILY;COUNT=-1":               "COUNT",
		"FREQ=DAILY;BYHOUR=24":              "BYHOUR",
		"FREQ=DAILY;BYDAY=XX":               "XX",
		"FREQ=MONTHLY;BYDAY=99MO":           "99MO",
		"FREQ=DAILY;UNTIL=tomorrow":         "TOMORROW",
		"FREQ=DAILY;BYEASTER=1":             "BYEASTER",
		"FREQ=DAILY;COUNT":                  "NAME=VALUE",
		"FREQ=DAILY;BYMONTHDAY=0":           "BYMONTHDAY",
		strings.Repeat("FREQ=DAILY;", 1000): "bytes",
		"FREQ=DAILY;BYMINUTE=" + list(60) + ";BYSECOND=" + list(60): "times a day",
	} {
		_, err := Parse(rule)
		require.ErrorContains(t, err, want, rule)
	}
}

func list(n int) string {
	var s []string
	for i := range n {
		s = append(s, fmt.Sprint(i))
	}
	return strings.Join(s, ",")
}

// Rules on which usual expanders hang, die or run for minutes.
func TestHostileRulesEnd(t *testing.T) {
	for _, rule := range []string{
		"FREQ=SECONDLY",
		"FREQ=SECONDLY;COUNT=2000000000",
		"FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
		"FREQ=HOURLY;INTERVAL=24;BYHOUR=5",
		"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=3",
		"FREQ=MONTHLY;BYDAY=53MO",
		"FREQ=YEARLY;BYWEEKNO=53;BYDAY=-53SU;COUNT=9",
		"FREQ=YEARLY;INTERVAL=1000000;COUNT=9",
		"FREQ=MONTHLY;INTERVAL=1000000;COUNT=9",
		"FREQ=SECONDLY;INTERVAL=1000000;COUNT=9",
		"FREQ=MINUTELY;BYHOUR=3;BYSETPOS=-1,1,366;COUNT=999999",
		"FREQ=YEARLY;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12;BYHOUR=0,1,2,3,4,5,6,7,8,9;BYMINUTE=" + list(60) + ";BYSETPOS=366,-366",
	} {
		r, err := Parse(rule)
		require.NoError(t, err)
		for _, start := range []string{"0001-01-01T04:00:00", "2026-01-01T04:00:00", "9999-12-31T23:59:59"} {
			steps, n := 200_000, 0
			for range r.Between(wall(t, start), wall(t, "2026-11-01T00:00:00"), wall(t, "2026-12-01T00:00:00"), &steps) {
				n++
			}
			require.LessOrEqual(t, n, 200_000, rule)
		}
	}
}

// Jumping ahead must find what counting from the beginning finds.
func TestJumpingFindsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, _ := drawRule(t)
		r.Count = 0
		start := drawStart(t)
		from := start.Add(time.Duration(rapid.IntRange(0, 1000*24).Draw(t, "hours")) * time.Hour)
		to := from.AddDate(0, 2, 0)
		steps := 3_000_000
		slow, fast := []time.Time{}, []time.Time{}
		for x := range r.Between(start, start, to, &steps) {
			if !x.Before(from) {
				slow = append(slow, x)
			}
		}
		for x := range r.Between(start, from, to, &steps) {
			fast = append(fast, x)
		}
		if steps >= 0 && !slices.Equal(slow, fast) {
			t.Fatalf("slow %v, fast %v", slow, fast)
		}
	})
}

// Another expander, written by others, gives the same times.
func TestSameAsAnotherExpander(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, text := drawRule(t)
		start := drawStart(t)
		to := start.AddDate(2, 0, 0)
		option, err := rrule.StrToROption(text)
		if err != nil {
			t.Skip(err)
		}
		option.Dtstart, option.Until = start, to.Add(-time.Second)
		other, err := rrule.NewRRule(*option)
		if err != nil {
			t.Skip(err)
		}
		want, got := other.All(), []time.Time{}
		steps := 3_000_000
		for x := range r.Between(start, start, to, &steps) {
			got = append(got, x)
		}
		if !slices.EqualFunc(want, got, time.Time.Equal) {
			t.Fatalf("%s from %v:\nwant %v\ngot  %v", text, start, want, got)
		}
	})
}

func drawStart(t *rapid.T) time.Time {
	return time.Date(2020, 1, 1, 0, rapid.IntRange(0, 59).Draw(t, "minute"), 0, 0, time.UTC).
		Add(time.Duration(rapid.IntRange(0, 4*366*24).Draw(t, "hour")) * time.Hour)
}

// drawRule makes rules whose meaning the standard leaves no doubt about.
func drawRule(t *rapid.T) (Rule, string) {
	freq := rapid.SampledFrom([]string{"HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"}).Draw(t, "freq")
	parts := []string{"FREQ=" + freq}
	some := func(key string, from []string) {
		if rapid.IntRange(0, 3).Draw(t, key+"?") == 0 {
			list := rapid.SliceOfNDistinct(rapid.SampledFrom(from), 1, 3, rapid.ID[string]).Draw(t, key)
			parts = append(parts, key+"="+strings.Join(list, ","))
		}
	}
	interval := rapid.IntRange(1, 5).Draw(t, "interval")
	parts = append(parts, fmt.Sprintf("INTERVAL=%d", interval))
	some("BYMONTH", []string{"1", "2", "6", "12"})
	some("BYMONTHDAY", []string{"1", "15", "29", "31", "-1", "-31"})
	days := []string{"MO", "WE", "SA", "SU"}
	if (freq == "MONTHLY" || freq == "YEARLY") && rapid.Bool().Draw(t, "nth") {
		days = []string{"1MO", "-1FR", "5TU", "-2SU"} // the other expander can't mix them
	}
	some("BYDAY", days)
	if freq == "YEARLY" {
		some("BYYEARDAY", []string{"1", "100", "366", "-1"})
	}
	if freq != "HOURLY" {
		some("BYHOUR", []string{"0", "9", "23"})
	}
	some("BYMINUTE", []string{"0", "30"})
	// The other expander begins the first week at the start, and so counts its
	// positions from there; the standard counts from the week's first day.
	if len(parts) > 2 && freq != "WEEKLY" {
		some("BYSETPOS", []string{"1", "2", "-1"})
	}
	if rapid.Bool().Draw(t, "wkst") {
		parts = append(parts, "WKST=SU")
	}
	text := strings.Join(parts, ";")
	r, err := Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return r, text
}
