package when

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Letters that name a time zone stand for the clock of a place: "3pm EST" in July is
// 3pm in New York, whose clocks are an hour ahead of EST then. Letters that
// several places have alike, as IST, are not here.
var zoneLetters = map[string]string{
	"utc": "UTC", "gmt": "UTC", "z": "UTC", "zulu": "UTC",
	"cet": "Europe/Berlin", "cest": "Europe/Berlin", "mez": "Europe/Berlin", "mesz": "Europe/Berlin",
	"bst": "Europe/London", "wet": "Europe/Lisbon", "west": "Europe/Lisbon", "eet": "Europe/Helsinki", "eest": "Europe/Helsinki", "msk": "Europe/Moscow",
	"et": "America/New_York", "est": "America/New_York", "edt": "America/New_York",
	"ct": "America/Chicago", "cst": "America/Chicago", "cdt": "America/Chicago",
	"mt": "America/Denver", "mst": "America/Denver", "mdt": "America/Denver",
	"pt": "America/Los_Angeles", "pst": "America/Los_Angeles", "pdt": "America/Los_Angeles",
	"jst": "Asia/Tokyo", "kst": "Asia/Seoul", "hkt": "Asia/Hong_Kong", "sgt": "Asia/Singapore",
	"aest": "Australia/Sydney", "aedt": "Australia/Sydney", "nzst": "Pacific/Auckland", "nzdt": "Pacific/Auckland",
}

// cities are the places whose time is read, by area. A city that has no zone of its
// own stands beside the one whose clock it has.
var cities = map[string]string{
	"Europe": "amsterdam andorra athens belgrade berlin bratislava brussels bucharest budapest copenhagen dublin helsinki istanbul kyiv " +
		"lisbon ljubljana london luxembourg madrid malta monaco moscow oslo paris prague riga rome sarajevo skopje sofia stockholm " +
		"tallinn tirane vaduz vienna vilnius warsaw zagreb zurich hamburg=berlin munich=berlin frankfurt=berlin cologne=berlin " +
		"geneva=zurich bern=zurich milan=rome barcelona=madrid edinburgh=london manchester=london porto=lisbon uk=london",
	"America": "bogota caracas chicago denver detroit edmonton guatemala halifax havana jamaica la_paz lima los_angeles managua mexico_city montevideo " +
		"new_york panama phoenix santiago sao_paulo tijuana toronto vancouver winnipeg boston=new_york washington=new_york miami=new_york atlanta=new_york " +
		"philadelphia=new_york houston=chicago dallas=chicago austin=chicago seattle=los_angeles san_francisco=los_angeles san_diego=los_angeles " +
		"las_vegas=los_angeles montreal=toronto ottawa=toronto calgary=edmonton eastern=new_york central=chicago mountain=denver pacific=los_angeles",
	"Asia": "almaty amman baghdad bahrain baku bangkok beirut colombo damascus dhaka dubai hong_kong jakarta jerusalem kabul karachi kathmandu kolkata " +
		"kuala_lumpur kuwait manila muscat qatar riyadh saigon seoul shanghai singapore taipei tashkent tbilisi tehran tokyo yerevan " +
		"beijing=shanghai delhi=kolkata mumbai=kolkata bangalore=kolkata india=kolkata doha=qatar hanoi=bangkok osaka=tokyo japan=tokyo china=shanghai",
	"Africa":    "abidjan accra addis_ababa algiers cairo casablanca dakar harare johannesburg khartoum kinshasa lagos luanda maputo nairobi tripoli tunis cape_town=johannesburg",
	"Australia": "adelaide brisbane darwin hobart melbourne perth sydney canberra=sydney",
	"Pacific":   "auckland fiji guam honolulu wellington=auckland hawaii=honolulu",
	"Atlantic":  "reykjavik azores bermuda",
}

// takeZone finds the time zone that stands behind a clock, "3pm CET", "9am New York time",
// and gives the tokens without it. Without one it is nil.
func takeZone(toks []string, here *time.Location) (rest []string, loc *time.Location, err error) {
	for i := 0; i < len(toks); i++ {
		if len(rest) > 0 && clockLike(rest[len(rest)-1]) {
			if l, n := zoneAt(toks[i:], here); n > 0 {
				if loc != nil && l.String() != loc.String() {
					return nil, nil, fmt.Errorf("two time zones are named here, %s and %s: write one", loc, l)
				}
				loc = l
				i += n - 1
				continue
			}
		}
		rest = append(rest, toks[i])
	}
	return rest, loc, nil
}

func clockLike(t string) bool {
	_, ok := readClock(t, true)
	return ok
}

// zoneAt reads a zone at the start of some tokens, and tells how many it is.
func zoneAt(toks []string, here *time.Location) (*time.Location, int) {
	t := toks[0]
	for _, base := range []string{"utc", "gmt"} {
		off, n := strings.TrimPrefix(t, base), 1
		if off == "" && len(toks) > 2 && toks[1] == "-" {
			off, n = "-"+toks[2], 3
		}
		if strings.HasPrefix(t, base) && off != "" {
			if l := offset(off); l != nil {
				return l, n
			}
		}
	}
	if name := zoneLetters[t]; name != "" {
		return load(name), 1
	}
	for n := min(3, len(toks)-1); n > 0; n-- {
		if toks[n] != "time" {
			continue
		}
		place := strings.Join(toks[:n], "_")
		if place == "local" || place == "my" || place == "our" {
			return here, n + 1
		}
		if name := city(place); name != "" {
			return load(name), n + 1
		}
	}
	return nil, 0
}

// Zone is the name of the zone whose clock a place has, "Asia/Tokyo" for Tokyo; "" if the
// place is not known.
func Zone(place string) string {
	return city(strings.Join(strings.Fields(strings.ToLower(place)), "_"))
}

// load gives a zone; without zone files only the ones that need none.
func load(name string) *time.Location {
	l, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return l
}

// offset reads "+2", "-5", "+5:30".
func offset(s string) *time.Location {
	h, m, _ := strings.Cut(s[1:], ":")
	hours, ok := digits(h, 2)
	minutes, okM := digits(m, 2)
	if (s[0] != '+' && s[0] != '-') || !ok || m != "" && !okM || hours > 14 || minutes > 59 {
		return nil
	}
	seconds := hours*3600 + minutes*60
	if s[0] == '-' {
		seconds = -seconds
	}
	return time.FixedZone("UTC"+s[:1]+strconv.Itoa(hours), seconds)
}

func city(place string) string {
	for area, list := range cities {
		for _, c := range strings.Fields(list) {
			name, of, _ := strings.Cut(c, "=")
			if name != place {
				continue
			}
			if of == "" {
				of = name
			}
			words := strings.Split(of, "_")
			for i, w := range words {
				words[i] = strings.ToUpper(w[:1]) + w[1:]
			}
			return area + "/" + strings.Join(words, "_")
		}
	}
	return ""
}
