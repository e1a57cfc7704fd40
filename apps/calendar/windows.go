package calendar

import (
	"strings"
	"sync"
)

// windowsZone is the IANA name of a Windows time zone, or "".
func windowsZone(name string) string { return windowsZones()[strings.ToLower(name)] }

// windowsZones is read from the table at first need: most runs need none of it.
var windowsZones = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(windowsTable) {
		if iana, names, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			for n := range strings.SplitSeq(names, ",") {
				m[strings.ToLower(strings.TrimSpace(n))] = iana
			}
		}
	}
	return m
})

// windowsTable holds the Windows names that Outlook and Exchange write, as Unicode's
// CLDR maps them to the zone of the territory they are named for.
const windowsTable = `
Etc/GMT+12 Dateline Standard Time
Etc/GMT+11 UTC-11
Pacific/Honolulu Hawaiian Standard Time
America/Anchorage Alaskan Standard Time
America/Los_Angeles Pacific Standard Time, Pacific Time (US & Canada)
America/Tijuana Pacific Standard Time (Mexico)
America/Phoenix US Mountain Standard Time
America/Denver Mountain Standard Time, Mountain Time (US & Canada)
America/Mazatlan Mountain Standard Time (Mexico)
America/Chicago Central Standard Time, Central Time (US & Canada)
America/Mexico_City Central Standard Time (Mexico)
America/Guatemala Central America Standard Time
America/Regina Canada Central Standard Time
America/New_York Eastern Standard Time, Eastern Time (US & Canada)
America/Cancun Eastern Standard Time (Mexico)
America/Indianapolis US Eastern Standard Time
America/Bogota SA Pacific Standard Time
America/Havana Cuba Standard Time
America/Port-au-Prince Haiti Standard Time
America/Caracas Venezuela Standard Time
America/Halifax Atlantic Standard Time
America/Santiago Pacific SA Standard Time
America/La_Paz SA Western Standard Time
America/Cuiaba Central Brazilian Standard Time
America/Asuncion Paraguay Standard Time
America/St_Johns Newfoundland Standard Time
America/Sao_Paulo E. South America Standard Time
America/Buenos_Aires Argentina Standard Time
America/Montevideo Montevideo Standard Time
America/Cayenne SA Eastern Standard Time
America/Bahia Bahia Standard Time
America/Godthab Greenland Standard Time
Etc/GMT+2 UTC-02, Mid-Atlantic Standard Time
Atlantic/Azores Azores Standard Time
Atlantic/Cape_Verde Cape Verde Standard Time
Europe/London GMT Standard Time
Atlantic/Reykjavik Greenwich Standard Time
Africa/Casablanca Morocco Standard Time
Europe/Berlin W. Europe Standard Time
Europe/Budapest Central Europe Standard Time
Europe/Warsaw Central European Standard Time
Europe/Paris Romance Standard Time
Africa/Lagos W. Central Africa Standard Time
Africa/Windhoek Namibia Standard Time
Europe/Bucharest GTB Standard Time
Europe/Chisinau E. Europe Standard Time
Europe/Kiev FLE Standard Time
Europe/Istanbul Turkey Standard Time
Europe/Kaliningrad Kaliningrad Standard Time
Africa/Cairo Egypt Standard Time
Africa/Johannesburg South Africa Standard Time
Africa/Tripoli Libya Standard Time
Africa/Khartoum Sudan Standard Time
Asia/Amman Jordan Standard Time
Asia/Beirut Middle East Standard Time
Asia/Damascus Syria Standard Time
Asia/Jerusalem Israel Standard Time
Asia/Baghdad Arabic Standard Time
Asia/Riyadh Arab Standard Time
Africa/Nairobi E. Africa Standard Time
Europe/Minsk Belarus Standard Time
Europe/Moscow Russian Standard Time
Asia/Tehran Iran Standard Time
Asia/Dubai Arabian Standard Time
Asia/Baku Azerbaijan Standard Time
Asia/Tbilisi Georgian Standard Time
Asia/Yerevan Caucasus Standard Time
Europe/Samara Russia Time Zone 3
Indian/Mauritius Mauritius Standard Time
Asia/Kabul Afghanistan Standard Time
Asia/Karachi Pakistan Standard Time
Asia/Tashkent West Asia Standard Time
Asia/Yekaterinburg Ekaterinburg Standard Time
Asia/Calcutta India Standard Time
Asia/Colombo Sri Lanka Standard Time
Asia/Katmandu Nepal Standard Time
Asia/Almaty Central Asia Standard Time
Asia/Dhaka Bangladesh Standard Time
Asia/Novosibirsk N. Central Asia Standard Time
Asia/Rangoon Myanmar Standard Time
Asia/Bangkok SE Asia Standard Time
Asia/Krasnoyarsk North Asia Standard Time
Asia/Shanghai China Standard Time
Asia/Hong_Kong Hong Kong Standard Time
Asia/Irkutsk North Asia East Standard Time
Asia/Singapore Singapore Standard Time
Asia/Taipei Taipei Standard Time
Asia/Ulaanbaatar Ulaanbaatar Standard Time
Australia/Perth W. Australia Standard Time
Asia/Seoul Korea Standard Time
Asia/Tokyo Tokyo Standard Time
Asia/Yakutsk Yakutsk Standard Time
Australia/Adelaide Cen. Australia Standard Time
Australia/Darwin AUS Central Standard Time
Australia/Brisbane E. Australia Standard Time
Australia/Sydney AUS Eastern Standard Time
Australia/Hobart Tasmania Standard Time
Pacific/Port_Moresby West Pacific Standard Time
Asia/Vladivostok Vladivostok Standard Time
Pacific/Guadalcanal Central Pacific Standard Time
Asia/Magadan Magadan Standard Time
Pacific/Auckland New Zealand Standard Time
Pacific/Fiji Fiji Standard Time
Asia/Kamchatka Kamchatka Standard Time
Etc/GMT-12 UTC+12
Pacific/Tongatapu Tonga Standard Time
Pacific/Apia Samoa Standard Time
Pacific/Kiritimati Line Islands Standard Time
Europe/London Greenwich Mean Time, GMT Daylight Time
`
