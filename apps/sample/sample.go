// Package sample writes the data that the demo plays with: a Maildir, calendars,
// contacts and notes of a person who does not exist, with dates around today.
//
// It is made to be read by people first, and to hold what real data holds besides:
// several charsets, HTML, threads, an invitation, time zones, and one mail that gives
// orders to whoever reads it. All addresses are of the domains kept for examples
// (RFC 2606), so nothing can ever reach anybody.
//
// The same now gives the same bytes.
package sample

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Person is whose data it is.
const Person = "Robin Okafor <robin@example.org>"

// Made counts what was written.
type Made struct {
	Mails, Unread, Calendars, Events, Contacts, Notes int
}

// String is "18 mails, 2 calendars, 10 contacts, 6 notes".
func (m Made) String() string {
	return fmt.Sprintf("%d mails, %d calendars, %d contacts, %d notes", m.Mails, m.Calendars, m.Contacts, m.Notes)
}

// Write makes dir/mail, dir/calendars, dir/contacts and dir/notes. "Today" is now's
// date in now's time zone. Folders get the mode 0700, files 0600.
func Write(dir string, now time.Time) (Made, error) {
	var made Made
	for _, write := range []func(string, time.Time, *Made) error{writeMails, writeCalendars, writeContacts, writeNotes} {
		if err := write(dir, now, &made); err != nil {
			return Made{}, fmt.Errorf("writing the sample data: %w", err)
		}
	}
	return made, nil
}

// put writes one file that looks as old as at.
func put(path string, data string, at time.Time) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		return err
	}
	return os.Chtimes(path, at, at)
}

// day is the start of the day n days from now's, in now's time zone.
func day(now time.Time, n int) time.Time {
	y, m, d := now.Date()
	return time.Date(y, m, d+n, 0, 0, 0, 0, now.Location())
}

// workday is the first day from the one n days ahead that is no weekend.
func workday(now time.Time, n int) time.Time {
	d := day(now, n)
	for d.Weekday() == time.Saturday || d.Weekday() == time.Sunday {
		d = d.AddDate(0, 0, 1)
	}
	return d
}
