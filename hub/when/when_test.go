package when

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"secgpt/mediator/label"
)

func zone(t testing.TB, name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Skipf("no time zone data for %s on this machine: %v", name, err)
	}
	return loc
}

// shown writes a span as its value has it: "start end", days as dates.
func shown(s Span) string {
	start, _ := s.Value().Get("start")
	end, _ := s.Value().Get("end")
	if s.AllDay {
		if start.Str() == end.Str() {
			return start.Str()
		}
		return start.Str() + " " + end.Str()
	}
	return s.Start.Format("2006-01-02T15:04") + " " + s.End.Format("2006-01-02T15:04")
}

// TestRead: what is meant on Thursday, 26 November 2026, at 10:20 in Berlin.
func TestRead(t *testing.T) {
	now := time.Date(2026, 11, 26, 10, 20, 30, 0, zone(t, "Europe/Berlin"))
	for words, want := range map[string]string{
		// days
		"today": "2026-11-26", "Tomorrow": "2026-11-27", "yesterday": "2026-11-25", "the day after tomorrow": "2026-11-28",
		"day before yesterday": "2026-11-24", "in two weeks": "2026-12-10", "in 3 days": "2026-11-29", "3 days ago": "2026-11-23",
		"a week ago": "2026-11-19", "two weeks from now": "2026-12-10", "in a month": "2026-12-26", "in one year": "2027-11-26",
		// weekdays
		"Thursday": "2026-11-26", "friday": "2026-11-27", "on Monday": "2026-11-30", "this friday": "2026-11-27", "next Friday": "2026-12-04",
		"next monday": "2026-11-30", "last friday": "2026-11-20", "last thursday": "2026-11-19", "this coming Sunday": "2026-11-29", "Wed": "2026-12-02", "coming wed.": "2026-12-02",
		// weeks, months, years
		"this week": "2026-11-23 2026-11-29", "next week": "2026-11-30 2026-12-06", "last week": "2026-11-16 2026-11-22",
		"weekend": "2026-11-28 2026-11-29", "the weekend": "2026-11-28 2026-11-29", "next weekend": "2026-12-05 2026-12-06",
		"this month": "2026-11-01 2026-11-30", "next month": "2026-12-01 2026-12-31", "last month": "2026-10-01 2026-10-31",
		"next year": "2027-01-01 2027-12-31", "2027": "2027-01-01 2027-12-31", "in March": "2027-03-01 2027-03-31", "November": "2026-11-01 2026-11-30", "Feb 2028": "2028-02-01 2028-02-29",
		// dates
		"2026-11-26": "2026-11-26", "Nov 26": "2026-11-26", "nov 25": "2027-11-25", "26 November": "2026-11-26", "26th of november 2027": "2027-11-26",
		"November 3rd, 2026": "2026-11-03", "26.11.": "2026-11-26", "26.11.2026": "2026-11-26", "1.2.27": "2027-02-01", "12/25/2026": "2026-12-25", "25/12": "2026-12-25",
		"3/3": "2027-03-03", "the 30th": "2026-11-30", "5th": "2026-12-05", "31st": "2026-12-31", "Feb 29": "2028-02-29", "Thu, 26 Nov 2026": "2026-11-26", "Friday 27.11.": "2026-11-27",
		// times
		"tomorrow at 3": "2026-11-27T15:00 2026-11-27T16:00", "next Friday at 3pm": "2026-12-04T15:00 2026-12-04T16:00", "tomorrow 15:30": "2026-11-27T15:30 2026-11-27T16:30",
		"at 8 tomorrow": "2026-11-27T08:00 2026-11-27T09:00", "3 pm tomorrow": "2026-11-27T15:00 2026-11-27T16:00", "tomorrow at 03:00": "2026-11-27T03:00 2026-11-27T04:00",
		"26 November 14:00-15:00": "2026-11-26T14:00 2026-11-26T15:00", "Nov 27 from 2 to 4pm": "2026-11-27T14:00 2026-11-27T16:00", "tomorrow 11-1pm": "2026-11-27T11:00 2026-11-27T13:00",
		"tomorrow between 10 and 12": "2026-11-27T10:00 2026-11-27T12:00", "monday 22:00 - 02:00": "2026-11-30T22:00 2026-12-01T02:00", "tomorrow at noon": "2026-11-27T12:00 2026-11-27T13:00",
		"tomorrow at 3 for two hours": "2026-11-27T15:00 2026-11-27T17:00", "tomorrow at 3 for half an hour": "2026-11-27T15:00 2026-11-27T15:30",
		"Thursday at 11 in the morning for an hour and a half": "2026-11-26T11:00 2026-11-26T12:30", "tmrw noon": "2026-11-27T12:00 2026-11-27T13:00", "wednesdays": "2026-12-02",
		"at 5 o'clock": "2026-11-26T17:00 2026-11-26T18:00", "9am": "2026-11-27T09:00 2026-11-27T10:00",
		"15:00": "2026-11-26T15:00 2026-11-26T16:00", "tonight": "2026-11-26T18:00 2026-11-27T00:00", "monday morning": "2026-11-30T06:00 2026-11-30T12:00", "this morning": "2026-11-26T06:00 2026-11-26T12:00",
		"tomorrow afternoon": "2026-11-27T12:00 2026-11-27T18:00", "friday evening": "2026-11-27T18:00 2026-11-27T22:00", "last night": "2026-11-25T18:00 2026-11-26T00:00",
		"tonight at 8": "2026-11-26T20:00 2026-11-26T21:00", "tomorrow at 3 in the morning": "2026-11-27T03:00 2026-11-27T04:00", "tomorrow at 8 in the evening": "2026-11-27T20:00 2026-11-27T21:00",
		"in two hours": "2026-11-26T12:20 2026-11-26T13:20", "30 minutes ago": "2026-11-26T09:50 2026-11-26T10:50", "now": "2026-11-26T10:20 2026-11-26T11:20",
		"2026-11-26 14:00": "2026-11-26T14:00 2026-11-26T15:00", "2026-11-26T14:00": "2026-11-26T14:00 2026-11-26T15:00", "2026-11-26T14:00:00Z": "2026-11-26T15:00 2026-11-26T16:00",
		"tomorrow, 3 p.m.": "2026-11-27T15:00 2026-11-27T16:00", "12am tomorrow": "2026-11-27T00:00 2026-11-27T01:00", "tomorrow at 12pm?": "2026-11-27T12:00 2026-11-27T13:00",
		"tomorrow from 9 to 5": "2026-11-27T09:00 2026-11-27T17:00",
		// several days
		"Monday to Wednesday": "2026-11-30 2026-12-02", "from Nov 30 to Dec 2": "2026-11-30 2026-12-02", "Nov 26-28": "2026-11-26 2026-11-28", "26.11. - 28.11.": "2026-11-26 2026-11-28",
		"2026-11-26 until 2026-11-28": "2026-11-26 2026-11-28", "today to tomorrow": "2026-11-26 2026-11-27", "3 to 5 December": "2026-12-03 2026-12-05", "from the 3rd to the 5th": "2026-12-03 2026-12-05", "the 3rd to the 5th of May": "2027-05-03 2027-05-05",
		"Monday to Wednesday next week": "2026-11-30 2026-12-02", "Thursday to Friday next week": "2026-12-03 2026-12-04", "Friday next week": "2026-12-04", "Monday of this week": "2026-11-23",
		// stretches and edges
		"the next 3 days": "2026-11-26 2026-11-29", "last 7 days": "2026-11-19 2026-11-26", "next two weeks": "2026-11-26 2026-12-10", "the past month": "2026-10-01 2026-10-31", "last 2 months": "2026-09-26 2026-11-26",
		"next 2 hours": "2026-11-26T10:20 2026-11-26T12:20", "last two hours": "2026-11-26T08:20 2026-11-26T10:20",
		"end of the month": "2026-11-30", "end of month": "2026-11-30", "by the end of the week": "2026-11-29", "end of next month": "2026-12-31", "beginning of next week": "2026-11-30", "end of the year": "2026-12-31", "end of January": "2027-01-31", "start of the month": "2026-11-01",
		// spoken times
		"half past three tomorrow": "2026-11-27T15:30 2026-11-27T16:30", "quarter to 5pm": "2026-11-26T16:45 2026-11-26T17:45", "tomorrow at three": "2026-11-27T15:00 2026-11-27T16:00", "next Friday at nine": "2026-12-04T09:00 2026-12-04T10:00",
		"in half an hour": "2026-11-26T10:50 2026-11-26T11:50", "in 45 mins": "2026-11-26T11:05 2026-11-26T12:05", "3 to 5pm tomorrow": "2026-11-27T15:00 2026-11-27T17:00",
		// zones
		"3pm CET": "2026-11-26T15:00 2026-11-26T16:00", "15:00 UTC": "2026-11-26T16:00 2026-11-26T17:00", "9am New York time": "2026-11-26T15:00 2026-11-26T16:00", "tomorrow at 9am Pacific time": "2026-11-27T18:00 2026-11-27T19:00",
		"tomorrow 3pm-4pm EST": "2026-11-27T21:00 2026-11-27T22:00", "noon Tokyo time tomorrow": "2026-11-27T04:00 2026-11-27T05:00", "15:00 UTC+2": "2026-11-26T14:00 2026-11-26T15:00", "15:00 GMT-5:30": "2026-11-26T21:30 2026-11-26T22:30", "3pm local time": "2026-11-26T15:00 2026-11-26T16:00",
		"Monday 9 to 11": "2026-11-30T09:00 2026-11-30T11:00", "tomorrow 2-4": "2026-11-27T14:00 2026-11-27T16:00",
		"tomorrow at 9:45+01:00": "2026-11-27T09:45 2026-11-27T10:45", "19:45+02:00": "2026-11-26T18:45 2026-11-26T19:45",
		"dec 30 – jan 2": "2026-12-30 2027-01-02",
	} {
		s, err := Read(words, now)
		require.NoError(t, err, words)
		require.Equal(t, want, shown(s), words)
		require.Equal(t, words, s.Text)
		require.Equal(t, !s.AllDay, s.HasTime)
	}
}

func TestReadRefuses(t *testing.T) {
	now := time.Date(2026, 11, 26, 10, 20, 0, 0, time.UTC)
	const accepted = "is no time that I can read: write it like"
	for words, want := range map[string]string{
		"": accepted, "  ": accepted, "soon": accepted, "tomorrow or so": accepted, "at": accepted, "7": accepted, "2 days": accepted, "on": accepted,
		"tomorrow CET": accepted, "3pm Atlantis time": accepted, "15:00 UTC+99": accepted, "3pm CET to 4pm EST": "two time zones are named here", "end of": accepted, "next 0 days": accepted,
		"3/4":                    "this date can be read in two ways: write 2026-11-26 or 26 Nov",
		"30 Feb 2026":            "there is no 30 February 2026",
		"2026-02-30":             "there is no 30 February 2026",
		"2026-13-01":             "there is no 1",
		"Feb 30":                 "there is no 30 February",
		"Friday 26 Nov 2026":     "26 November 2026 is a Thursday, not a Friday: leave one of them out",
		"tomorrow yesterday":     "two dates are named here",
		"this week at 3pm":       "a time needs one day, and this names several: write the day",
		"in 9999 years":          "the year 12025 is out of reach: 1900 to 2200",
		"0001-01-01":             "out of reach",
		"in two hours at 3pm":    "two times are named here",
		"tomorrow for 2 hours":   "this says how long, but not when",
		"25:00 tomorrow":         accepted,
		"13pm":                   accepted,
		"tomorrow 3:7":           accepted,
		"2026-11-28 to today":    "this time ends before it begins",
		strings.Repeat("a", 101): "a time has 100 bytes at most",
	} {
		_, err := Read(words, now)
		require.ErrorContains(t, err, want, words)
	}
}

func TestClocksAndMonthEnds(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	for _, c := range []struct {
		now         time.Time
		words, want string
		hours       float64
	}{
		{time.Date(2026, 3, 28, 12, 0, 0, 0, berlin), "tomorrow", "2026-03-29", 23}, // the clocks go forward
		{time.Date(2026, 10, 24, 12, 0, 0, 0, berlin), "tomorrow", "2026-10-25", 25},
		{time.Date(2026, 10, 24, 12, 0, 0, 0, berlin), "tomorrow at 02:30", "2026-10-25T02:30 2026-10-25T02:30", 1}, // twice
		{time.Date(2026, 3, 28, 12, 0, 0, 0, berlin), "tomorrow at 03:00", "2026-03-29T03:00 2026-03-29T04:00", 1},
		{time.Date(2026, 3, 29, 1, 30, 0, 0, berlin), "in 1 hour", "2026-03-29T03:30 2026-03-29T04:30", 1},
		{time.Date(2026, 1, 31, 12, 0, 0, 0, berlin), "in a month", "2026-02-28", 24},
		{time.Date(2026, 1, 31, 12, 0, 0, 0, berlin), "next month", "2026-02-01 2026-02-28", 28 * 24},
		{time.Date(2026, 1, 31, 23, 59, 0, 0, berlin), "tomorrow", "2026-02-01", 24},
		{time.Date(2027, 12, 31, 12, 0, 0, 0, berlin), "next week", "2028-01-03 2028-01-09", 7 * 24},
		{time.Date(2028, 2, 29, 12, 0, 0, 0, berlin), "in 1 year", "2029-02-28", 24},
		{time.Date(2026, 11, 29, 12, 0, 0, 0, berlin), "this weekend", "2026-11-28 2026-11-29", 48}, // on its Sunday
		{time.Date(2026, 11, 29, 12, 0, 0, 0, berlin), "next monday", "2026-11-30", 24},
		{time.Date(2026, 1, 31, 12, 0, 0, 0, berlin), "the 30th", "2026-03-30", 24},
	} {
		s, err := Read(c.words, c.now)
		require.NoError(t, err, c.words)
		require.Equal(t, c.want, shown(s), c.words)
		require.Equal(t, c.hours, s.End.Sub(s.Start).Hours(), c.words)
	}
	_, err := Read("tomorrow at 02:30", time.Date(2026, 3, 28, 12, 0, 0, 0, berlin))
	require.EqualError(t, err, "there is no 02:30 on 29 March 2026: the clocks go forward")

	// A day whose midnight is skipped begins at its first moment.
	s, err := Read("tomorrow", time.Date(2018, 11, 3, 12, 0, 0, 0, zone(t, "America/Sao_Paulo")))
	require.NoError(t, err)
	require.Equal(t, "2018-11-04T01:00", s.Start.Format("2006-01-02T15:04"))
}

func TestReadTime(t *testing.T) {
	for words, want := range map[string]string{
		"3pm": "15:00", "3 pm": "15:00", "15:30": "15:30", "noon": "12:00", "midnight": "00:00", "12am": "00:00", "at 9": "09:00", "3": "15:00", "03:15": "03:15", "7:05 a.m.": "07:05", "5 o'clock": "17:00", "23": "23:00",
	} {
		got, err := ReadTime(words)
		require.NoError(t, err, words)
		require.Equal(t, want, got, words)
	}
	for _, words := range []string{"", "at", "24:00", "13pm", "0pm", "3:60", "3:5", "tomorrow", "3pm 4pm", "123", "morning", strings.Repeat("9", 200)} {
		_, err := ReadTime(words)
		require.ErrorContains(t, err, "is no time of day: write it like \"3pm\", \"15:30\" or \"noon\"", words)
	}
}

func TestValue(t *testing.T) {
	now := time.Date(2026, 11, 26, 10, 20, 0, 0, zone(t, "Europe/Berlin"))
	for words, want := range map[string]string{
		"tomorrow":      `{"start":"2026-11-27","end":"2026-11-27","date":"2026-11-27","time":"","all_day":true,"text":"tomorrow"}`,
		"this week":     `{"start":"2026-11-23","end":"2026-11-29","date":"2026-11-23","time":"","all_day":true,"text":"this week"}`,
		"tomorrow at 3": `{"start":"2026-11-27T15:00:00+01:00","end":"2026-11-27T16:00:00+01:00","date":"2026-11-27","time":"15:00","all_day":false,"text":"tomorrow at 3"}`,
	} {
		s, err := Read(words, now)
		require.NoError(t, err)
		v := s.Value()
		b, err := v.JSON()
		require.NoError(t, err)
		require.Equal(t, want, string(b))
		require.True(t, v.All().Empty())
		made := label.Origin{How: label.When, Read: words}
		require.Equal(t, made, v.Origin())
		for _, f := range v.Fields() {
			require.Equal(t, made, f.Value.Origin(), f.Name)
		}
	}
}

// TestFind: what a request names, on Thursday, 26 November 2026.
func TestFind(t *testing.T) {
	now := time.Date(2026, 11, 26, 10, 20, 30, 0, zone(t, "Europe/Berlin"))
	for text, want := range map[string]string{
		"Book lunch with Ann on Friday at noon.":                      "Friday at noon = 2026-11-27T12:00+01:00",
		"what's on this week, and on Dec 24?":                         "this week = 2026-11-23 to 2026-11-29; Dec 24 = 2026-12-24",
		"move it from 3pm to 4pm tomorrow":                            "3pm to 4pm tomorrow = 2026-11-27T15:00+01:00",
		"Remind me in two weeks to call mom":                          "in two weeks = 2026-12-10",
		"holiday from Monday to Wednesday, please":                    "Monday to Wednesday = 2026-11-30 to 2026-12-02",
		"block 26.11. and 28.11.2026":                                 "26.11. = 2026-11-26; 28.11.2026 = 2026-11-28",
		"call at 9am New York time tomorrow":                          "9am New York time tomorrow = 2026-11-27T15:00+01:00",
		"show mails since last month (not today's)":                   "last month = 2026-10-01 to 2026-10-31; today = 2026-11-26",
		"meet Bo on the 3rd at 5":                                     "3rd at 5 = 2026-12-03T17:00+01:00",
		"pay it by the end of the month":                              "end of the month = 2026-11-30",
		"delete the 3rd mail":                                         "",
		"is there anything on the 3rd?":                               "3rd = 2026-12-03",
		"May I see the sun? Good morning! I sat in room 2042. Now go": "",
		"trips in May":                                                "May = 2027-05-01 to 2027-05-31",
		"what did I do in 2024":                                       "2024 = 2024-01-01 to 2024-12-31",
		"set 192.168.1.1 and v1.2.3, 3-5 eggs, 1/2 cup":               "",
		"Dentist: tomorrow, 14:00-15:00":                              "tomorrow, 14:00-15:00 = 2026-11-27T14:00+01:00",
		"Who wrote Faust?":                                            "",
		"":                                                            "",
		"move our lunch tomorrow to 1":                                "tomorrow = 2026-11-27; at 1 = 2026-11-27T13:00+01:00",
		"push wednesdays stand-up to 10, same length":                 "wednesdays = 2026-12-02; at 10 = 2026-12-02T10:00+01:00",
		"reply to 2":                                                  "",
		"make it 7 instead":                                           "at 7 = 2026-11-27T07:00+01:00",
		"set the priority of task Buy milk to 2":                      "",
		"move it to 7 folders":                                        "",
		"tomorrows stand-up is at 9:45":                               "tomorrow = 2026-11-27; 9:45 = 2026-11-27T09:45+01:00",
		"whats on tmrw at lunchtime":                                  "tmrw at lunchtime = 2026-11-27T12:00+01:00",
		"call her in the morning":                                     "morning = 2026-11-26T06:00+01:00",
		strings.Repeat("today ", 40):                                  strings.TrimSuffix(strings.Repeat("today = 2026-11-26; ", maxSpans), "; "),
	} {
		var got []string
		for _, s := range Find(text, now) {
			got = append(got, s.Text+" = "+s.Hint())
			require.Contains(t, text, strings.TrimPrefix(s.Text, "at "))
		}
		require.Equal(t, want, strings.Join(got, "; "), text)
	}
	// A long hostile text ends soon.
	began := time.Now()
	Find(strings.Repeat("at three in the new york time half of the ", 1000), now)
	require.Less(t, time.Since(began), 5*time.Second)
}

func TestLengths(t *testing.T) {
	for text, want := range map[string][]time.Duration{
		"block half an hour for it on Thursday at 11":       {30 * time.Minute},
		"yoga at 6, 90 minutes, or an hour and a half":      {90 * time.Minute, 90 * time.Minute},
		"call Bob in two hours, or 30 minutes before noon":  nil,
		"lunch for 2 hours":                                 {2 * time.Hour},
		"in two weeks, half of it, an hourglass, 0 minutes": nil,
	} {
		require.Equal(t, want, Lengths(text), text)
	}
}

// FuzzRead: whatever is read is a span that has a length, within reach, and is read
// alike twice.
func FuzzRead(f *testing.F) {
	for _, s := range []string{"tomorrow at 3", "next Friday at 3pm", "26.11. - 28.11.", "Nov 26 from 2 to 4pm", "in two weeks", "2026-11-26T14:00:00Z", "at 8 in the evening", "12/25/2026", "last night", "Feb 29"} {
		f.Add(s, int64(1795688400), 0)
	}
	zones := []*time.Location{time.UTC, zone(f, "Europe/Berlin"), zone(f, "America/Sao_Paulo"), zone(f, "Pacific/Apia")}
	f.Fuzz(func(t *testing.T, text string, at int64, z int) {
		now := time.Unix(at%(200*365*86400), 0).In(zones[uint(z)%uint(len(zones))])
		s, err := Read(text, now)
		again, err2 := Read(text, now)
		require.Equal(t, err, err2)
		require.Equal(t, s, again)
		if err != nil {
			require.Less(t, len(err.Error()), 1000)
			return
		}
		require.True(t, s.End.After(s.Start), "%q at %s: %s to %s", text, now, s.Start, s.End)
		require.InDelta(t, 2050, s.Start.Year(), 151)
		_, err = s.Value().JSON()
		require.NoError(t, err)
		_, _ = ReadTime(text)
		require.LessOrEqual(t, len(Find(text, now)), maxSpans)
	})
}

// A request can be made to look like a thousand times and be none.
func TestFindComesToAnEnd(t *testing.T) {
	now := time.Date(2026, 11, 26, 10, 20, 30, 0, time.UTC)
	require.Empty(t, Find(strings.Repeat("in 1 ", 700)+"tomorrow", now), "it went on trying")
	prose := strings.Repeat("We could take the two boxes in the hall, or at least one of them, to Ann on the way. ", 46)
	require.Len(t, Find(prose+"Tell her tomorrow.", now), 1, "a long letter is read to its end")
}
