package hub

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"secgpt/hub/when"
)

// hints are what the hub read in a request, for the planner beside it: the times and the
// addresses that it names. A time of day is on day, if that is not "".
func hints(text, day string, now time.Time) []string {
	var list []string
	for _, s := range onDay(when.Find(inEnglish(text), now), day, now) {
		list = append(list, fmt.Sprintf("%s = %s", s.Text, s.Hint()))
	}
	for _, w := range strings.Fields(text) {
		w = strings.Trim(w, ".,:;!?()<>\"'")
		if name, host, ok := strings.Cut(w, "@"); ok && name != "" && strings.Contains(host, ".") {
			list = append(list, w+" is an address: it needs no lookup")
		}
	}
	return list
}

// onDay puts times of day on a day.
func onDay(found []when.Span, day string, now time.Time) []when.Span {
	at, err := when.Read(day, now)
	if err != nil {
		return found
	}
	found = slices.Clone(found)
	for i, s := range found {
		if there, err := when.Read(s.Text, at.Start); err == nil && s.TimeOfDay() {
			found[i] = there
		}
	}
	return found
}

// dayBefore is the one day that the turn before named, where this one changes what came of
// it, "make it 7 instead"; "" elsewhere.
func (t *turn) dayBefore() string {
	if !instead.MatchString(t.req.Text()) {
		return ""
	}
	found := when.Find(inEnglish(t.before()), t.began)
	if len(found) != 1 || found[0].TimeOfDay() || found[0].AllDay && found[0].End.Sub(found[0].Start) > 25*time.Hour {
		return ""
	}
	return found[0].Start.Format(time.DateOnly)
}

// clocks are times of day as German, French and Spanish write them, and what is English
// for them.
var clocks = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(?:um\s+(\d{1,2})(?:[:.](\d\d))?(?:\s*uhr(?:\s+(\d\d)\b)?)?|(\d{1,2})(?:[:.](\d\d))?\s*uhr(?:\s+(\d\d)\b)?|a\s+las?\s+(\d{1,2})(?:[:.](\d\d))?)|à\s+(\d{1,2})\s*(?:h|heures?)\s*(\d\d)?\b`)
})

// dayOfMonth is "3. Dezember", "3 de diciembre".
var dayOfMonth = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(\d{1,2})(?:\.|\s+de)?\s+(` + strings.Join(monthNames(), "|") + `)(?:$|[\s,.;!?])`)
})

func monthNames() (names []string) {
	for n := range months {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// inEnglish writes the commonest words for a time in English, which the hub reads.
func inEnglish(text string) string {
	text = dayOfMonth().ReplaceAllStringFunc(text, func(s string) string {
		m := dayOfMonth().FindStringSubmatch(s)
		return m[1] + " " + months[strings.ToLower(m[2])] + " "
	})
	text = clocks().ReplaceAllStringFunc(text, func(s string) string {
		var parts []string
		for _, p := range clocks().FindStringSubmatch(s)[1:] {
			if p != "" {
				parts = append(parts, p)
			}
		}
		if len(parts) == 1 {
			parts = append(parts, "00")
		}
		return "at " + strings.Join(parts[:2], ":")
	})
	words := strings.Fields(text)
	for i, w := range words { // "um halb neun"
		bare := strings.Trim(strings.ToLower(w), ".,:;!?¿¡")
		if h, ok := halves[bare]; ok && i > 0 && strings.EqualFold(words[i-1], "halb") {
			if words[i-1], words[i] = "at", h; i > 1 && words[i-2] == "um" {
				words[i-2] = ""
			}
		}
		if e, ok := dayWords[bare]; ok {
			words[i] = e
		}
	}
	return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
}

// halves are "halb neun", which is half past eight.
var halves = map[string]string{
	"eins": "12:30", "zwei": "1:30", "drei": "2:30", "vier": "3:30", "fünf": "4:30", "sechs": "5:30", "sieben": "6:30", "acht": "7:30",
	"neun": "8:30", "zehn": "9:30", "elf": "10:30", "zwölf": "11:30",
}

// months are the names of months that are not English too.
var months = map[string]string{
	"januar": "January", "jänner": "January", "februar": "February", "märz": "March", "mai": "May", "juni": "June", "juli": "July", "oktober": "October", "dezember": "December",
	"janvier": "January", "février": "February", "avril": "April", "juin": "June", "juillet": "July", "août": "August", "septembre": "September", "octobre": "October",
	"novembre": "November", "décembre": "December",
	"enero": "January", "febrero": "February", "marzo": "March", "abril": "April", "mayo": "May", "junio": "June", "julio": "July", "agosto": "August",
	"septiembre": "September", "octubre": "October", "noviembre": "November", "diciembre": "December",
	"august": "August", "april": "April", "september": "September", "november": "November",
}

// dayWords are German, French and Spanish. Words that mean something else in English are
// not among them.
var dayWords = map[string]string{
	"heute": "today", "morgen": "tomorrow", "übermorgen": "in two days", "gestern": "yesterday",
	"montag": "Monday", "dienstag": "Tuesday", "mittwoch": "Wednesday", "donnerstag": "Thursday", "freitag": "Friday", "samstag": "Saturday", "sonntag": "Sunday",
	"woche": "week", "monat": "month", "diese": "this", "dieser": "this", "nächste": "next", "nächsten": "next", "nächster": "next", "letzte": "last", "letzten": "last",
	"aujourd'hui": "today", "demain": "tomorrow", "hier": "yesterday",
	"lundi": "Monday", "mardi": "Tuesday", "mercredi": "Wednesday", "jeudi": "Thursday", "vendredi": "Friday", "samedi": "Saturday", "dimanche": "Sunday",
	"hoy": "today", "mañana": "tomorrow", "ayer": "yesterday",
	"lunes": "Monday", "martes": "Tuesday", "miércoles": "Wednesday", "jueves": "Thursday", "viernes": "Friday", "sábado": "Saturday", "domingo": "Sunday",
}
