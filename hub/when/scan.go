package when

import (
	"strconv"
	"strings"
	"time"
)

// scan splits words into lower-case tokens. A dash between two numbers stands alone,
// but in 2026-11-26; am and pm belong to the number before them.
func scan(text string) []string {
	s := strings.NewReplacer("–", "-", "—", "-", ",", " ", "a.m.", "am", "p.m.", "pm", "o'clock", " oclock ", "o’clock", " oclock ").Replace(strings.ToLower(text))
	var toks []string
	add := func(t string) {
		last := len(toks) - 1
		switch {
		case t == "":
		case (t == "am" || t == "pm") && last >= 0 && isDigit(toks[last][0]) && !strings.HasSuffix(toks[last], "m"):
			toks[last] += t
		case t == "oclock" && last >= 0 && isDigit(toks[last][0]) && !strings.Contains(toks[last], ":"):
			toks[last] += ":00"
		default:
			toks = append(toks, t)
		}
	}
	for _, f := range strings.Fields(s) {
		f = strings.TrimRight(f, "?!;")
		if len(f) >= 10 && isISO(f[:10]) {
			add(f[:10])
			f = strings.TrimPrefix(f[10:], "t")
		}
		if clock, off, ok := strings.Cut(f, "+"); ok && strings.Contains(clock, ":") && off != "" { // 9:45+01:00
			add(clock)
			f = "utc+" + off
		}
		for i, part := range strings.Split(f, "-") {
			if i > 0 {
				add("-")
			}
			add(part)
		}
	}
	for i, t := range toks {
		if long := short[t]; long != "" {
			toks[i] = long
		}
	}
	for i, t := range toks { // a full stop ends a sentence, but in 26.11.
		if n := strings.Count(t, "."); n == 1 || n == 3 {
			toks[i] = strings.TrimRight(t, ".")
		}
	}
	return spoken(toks)
}

// short are words of messages, and what they are short for.
var short = map[string]string{
	"tmrw": "tomorrow", "tmr": "tomorrow", "tmw": "tomorrow", "tomorow": "tomorrow", "tommorow": "tomorrow", "tommorrow": "tomorrow",
	"2day": "today", "2morrow": "tomorrow", "lunchtime": "noon",
}

// spoken writes "half past three" and "quarter to 5pm" with a colon.
func spoken(toks []string) []string {
	var out []string
	for i := 0; i < len(toks); i++ {
		if i+2 < len(toks) && (toks[i] == "half" || toks[i] == "quarter") && (toks[i+1] == "past" || toks[i+1] == "to" && toks[i] == "quarter") {
			num := strings.TrimSuffix(strings.TrimSuffix(toks[i+2], "am"), "pm")
			if h, ok := amount(num); ok && h >= 1 && h <= 12 {
				minutes := map[string]string{"half past": "30", "quarter past": "15", "quarter to": "45"}[toks[i]+" "+toks[i+1]]
				if toks[i+1] == "to" {
					h = (h+10)%12 + 1
				}
				out = append(out, strconv.Itoa(h)+":"+minutes+toks[i+2][len(num):])
				i += 2
				continue
			}
		}
		out = append(out, toks[i])
	}
	return out
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isISO(s string) bool {
	for i := range 10 {
		if dash := i == 4 || i == 7; dash != (s[i] == '-') || !dash && !isDigit(s[i]) {
			return false
		}
	}
	return true
}

// A clock is a time of day.
type clock struct {
	h, m   int
	bare   bool // no am, pm or leading zero: 1 to 6 is in the afternoon
	suffix string
}

// readClock reads "3pm", "15:30", "noon"; a number alone only where one is expected.
func readClock(t string, expected bool) (clock, bool) {
	switch t {
	case "noon", "midday":
		return clock{h: 12}, true
	case "midnight":
		return clock{}, true
	}
	c := clock{}
	num := t
	if n, ok := amount(t); ok && expected && len(t) > 2 && !isDigit(t[0]) && n <= 12 { // "at three"
		num = strconv.Itoa(n)
	}
	for _, s := range []string{"am", "pm"} {
		if strings.HasSuffix(num, s) {
			c.suffix, num = s, strings.TrimSuffix(num, s)
			break
		}
	}
	parts := strings.Split(num, ":")
	if len(parts) > 3 || len(parts) == 1 && c.suffix == "" && !expected {
		return c, false
	}
	for i, p := range parts {
		n, ok := digits(p, 2)
		if !ok || i > 0 && (len(p) != 2 || n > 59) {
			return c, false
		}
		switch i {
		case 0:
			c.h = n
		case 1:
			c.m = n
		}
	}
	c.bare = c.suffix == "" && parts[0][0] != '0'
	if c.suffix != "" && (c.h < 1 || c.h > 12) || c.h > 23 {
		return c, false
	}
	c.settle()
	return c, true
}

// settle turns 12-hour times into 24-hour ones.
func (c *clock) settle() {
	switch {
	case c.suffix == "pm" && c.h < 12, c.bare && c.h >= 1 && c.h <= 6:
		c.h += 12
	case c.suffix == "am" && c.h == 12:
		c.h = 0
	}
}

// digits reads a number of at most n digits and nothing else.
func digits(s string, n int) (int, bool) {
	if s == "" || len(s) > n || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	i, err := strconv.Atoi(s)
	return i, err == nil
}

// dayNumber reads "26" and "26th".
func dayNumber(s string) (int, bool) {
	for _, suffix := range []string{"st", "nd", "rd", "th"} {
		s = strings.TrimSuffix(s, suffix)
	}
	n, ok := digits(strings.TrimSuffix(s, "."), 2)
	return n, ok && n >= 1 && n <= 31
}

// amount reads a number of things: "2", "two", "a".
func amount(s string) (int, bool) {
	words := []string{"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"}
	for i, w := range words {
		if s == w && i > 0 {
			return i, true
		}
	}
	if s == "a" || s == "an" {
		return 1, true
	}
	return digits(s, 4)
}

// prefixed finds the name that s is, or abbreviates in three letters or more.
func prefixed(s string, names func(int) string, n int) (int, bool) {
	s = strings.TrimSuffix(s, ".")
	for i := range n {
		if name := strings.ToLower(names(i)); len(s) >= 3 && strings.HasPrefix(name, s) {
			return i, true
		}
	}
	return 0, false
}

func month(s string) (time.Month, bool) {
	if s == "sept" {
		return time.September, true
	}
	i, ok := prefixed(s, func(i int) string { return time.Month(i + 1).String() }, 12)
	return time.Month(i + 1), ok
}

func weekday(s string) (time.Weekday, bool) {
	i, ok := prefixed(strings.TrimSuffix(s, "s"), func(i int) string { return time.Weekday(i).String() }, 7) // "wednesdays stand-up"
	return time.Weekday(i), ok
}
