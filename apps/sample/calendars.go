package sample

import (
	"path/filepath"
	"time"
)

const (
	berlin  = "Europe/Berlin"
	newYork = "America/New_York"
	tokyo   = "Asia/Tokyo"
)

func writeCalendars(dir string, now time.Time, made *Made) error {
	for _, c := range []struct {
		file, name string
		events     []event
	}{
		{"work.ics", "Museum", workEvents(now)},
		{"personal.ics", "Personal", personalEvents(now)},
	} {
		if err := put(filepath.Join(dir, "calendars", c.file), calendar(c.name, "", now, c.events), now); err != nil {
			return err
		}
		made.Calendars++
		made.Events += len(c.events)
	}
	return nil
}

func workEvents(now time.Time) []event {
	lastMonday := day(now, -7-(int(now.Weekday())+6)%7)
	return []event{
		{
			uid: "standup", title: "Stand-up (please sit)", place: "Hall 2, by the cat piano",
			day: lastMonday, from: "09:30", to: "09:45", zone: berlin,
			rule: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", except: []time.Time{workday(now, 7)},
		},
		{
			uid: "umbrella", title: "Design review: the umbrella with a window", place: "Workshop",
			about: "Does it need a curtain?", day: day(now, 1), from: "10:00", to: "11:00", zone: berlin,
		},
		{
			uid: "boston", title: "Call with Boston: lending the bad portraits", about: "They are proud of them. Be kind.",
			day: day(now, 1), from: "09:00", to: "09:45", zone: newYork,
		},
		{
			uid: "tokyo", title: "Call with Ms Tanaka: closing the umbrella",
			day: workday(now, 5), from: "17:00", to: "17:30", zone: tokyo,
		},
		{
			uid: "tour", title: "Guided tour, with shrugs", place: "Front desk",
			day: lastMonday.AddDate(0, 0, 3), from: "15:00", to: "16:00", zone: berlin, rule: "FREQ=WEEKLY;BYDAY=TH",
		},
		{
			uid: "budget", title: "Budget, with biscuits", place: "Room 2.01",
			day: firstMonday(day(now, -60)), from: "11:00", to: "12:00", zone: berlin, rule: "FREQ=MONTHLY;BYDAY=1MO",
		},
		{
			uid: "lisbon", title: "Congress of Small Museums", place: "Lisbon",
			about: "Three days of other people's teapots.", day: workday(now, 12), days: 3,
		},
	}
}

func personalEvents(now time.Time) []event {
	lastTuesday := day(now, -7-(int(now.Weekday())+5)%7)
	return []event{
		// The first three have no time zone: they are tomorrow, wherever the reader is.
		{uid: "paper", title: "Paper bins out", about: "Before seven. They come early when you forget.", day: day(now, 1)},
		{uid: "lunch", title: "Lunch with Alice?", place: "The place with the good soup", day: day(now, 1), from: "12:30", to: "13:30"},
		{uid: "dinner", title: "Dinner at Mum's", about: "Bring nothing. (Bring dessert.)", day: day(now, 1), from: "19:00", to: "21:30"},
		{
			uid: "dentist", title: "Dr. Chen, check-up", place: "Linden Street 4", about: "Floss.",
			day: workday(now, 4), from: "08:15", to: "08:45", zone: berlin,
		},
		{
			uid: "choir", title: "Choir (the basses are late)", place: "Church hall",
			day: lastTuesday, from: "19:30", to: "21:00", zone: berlin, rule: "FREQ=WEEKLY;BYDAY=TU",
		},
		{
			uid: "cactus", title: "Water the cactus", about: "A teaspoon. It remembers last time.",
			day: day(now, -now.Day()-14), rule: "FREQ=MONTHLY;BYMONTHDAY=" + day(now, -now.Day()-14).Format("2"),
		},
		{
			uid: "alice-birthday", title: "Alice's birthday", day: day(now, 9).AddDate(-3, 0, 0), rule: "FREQ=YEARLY",
		},
		{
			uid: "meteors", title: "Meteor shower, if the clouds agree", place: "The roof",
			day: day(now, 6), from: "21:00", to: "23:00", zone: "UTC",
		},
		{
			uid: "holiday", title: "Off: the sea", about: "Phone stays in the drawer.", day: day(now, 20), days: 8,
		},
	}
}

// firstMonday is the first Monday of d's month.
func firstMonday(d time.Time) time.Time {
	d = d.AddDate(0, 0, 1-d.Day())
	return d.AddDate(0, 0, (8-int(d.Weekday()))%7)
}

// invitation is what Bob attaches: an iTIP request, as calendars send it.
func invitation(now, on time.Time) string {
	return calendar("", "REQUEST", now, []event{{
		uid: "kickoff-2291", title: "Project kickoff", place: "Room 4.12",
		about: "The new exhibition: Almost Useful, Almost Here.\nThere will be cake.",
		day:   on, from: "14:00", to: "15:00", zone: berlin,
		people: []string{bob, Person, alice},
	}})
}
