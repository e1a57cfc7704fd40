package sample

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	alice   = "Alice Ahmed <alice@example.org>"
	bob     = "Bob Keller <bob@example.org>"
	chidi   = "Chidi Obi <chidi@example.org>"
	mother  = "Mum <mum@example.net>"
	mallory = "Mallory <mallory@example.net>"
	zurich  = "Ursula Ämmerli <ursula.aemmerli@example.com>"
	tanaka  = "田中 由紀 <tanaka@example.com>"
	list    = "gardeners@lists.example.net"
)

const (
	hour = time.Hour
	days = 24 * time.Hour
)

func writeMails(dir string, now time.Time, made *Made) error {
	root := filepath.Join(dir, "mail")
	for i, m := range mails(now) {
		at := now.Add(-m.ago)
		unique := fmt.Sprintf("%d.M%02dP1.demo", at.Unix(), i)
		path := filepath.Join(root, "cur", unique+":2,"+m.flags)
		if m.fresh {
			path = filepath.Join(root, "new", unique)
		}
		if err := put(path, m.message(now), at); err != nil {
			return err
		}
		made.Mails++
		if !strings.Contains(m.flags, "S") {
			made.Unread++
		}
	}
	return os.MkdirAll(filepath.Join(root, "tmp"), 0o700) // part of every Maildir
}

// mails is the whole mailbox.
func mails(now time.Time) []mail {
	return append(work(now), home(now)...)
}

// work is what comes from the Museum of Almost Useful Inventions.
func work(now time.Time) []mail {
	kickoff := workday(now, 3)
	return []mail{
		{
			ago: 9 * days, id: "mug1", from: zurich, to: Person, flags: "S", charset: "iso-8859-1",
			subject: "Leihgabe: die selbstrührende Tasse",
			text: "Liebe Robin,\n\nunsere selbstrührende Tasse (1962) darf nach Berlin reisen. Sie rührt leider seit 1987 nicht mehr auf,\nsondern nur noch links herum. Für die Vitrine dürfte das genügen.\n\n" +
				"In English, for your registrar: yes, you may have the mug, and no, please don't put coffee in it.\n\nHerzliche Grüsse aus Zürich\nUrsula Ämmerli\n",
		},
		{
			ago: 8*days + 3*hour, id: "mug2", reply: []string{"mug1"}, from: alice, to: Person + ", " + zurich, flags: "S",
			subject: "Re: Leihgabe: die selbstrührende Tasse",
			text:    "Wonderful. I'll write the label:\n\n    \"Self-stirring mug. Please don't touch. It has been through enough.\"\n\n> please don't put coffee in it\n\nTea?\n\nAlice\n",
		},
		{
			ago: 7*days + 20*hour, id: "mug3", reply: []string{"mug1", "mug2"}, from: zurich, to: alice + ", " + Person, flags: "S", charset: "iso-8859-1",
			subject: "Re: Leihgabe: die selbstrührende Tasse",
			text:    "> Tea?\n\nNein. Grüße, Ursula\n",
		},
		{
			ago: 6*days + 5*hour, id: "plan1", from: chidi, to: Person, flags: "RS",
			subject: "Floor plan and the budget",
			text: "Hi Robin,\n\nboth attached. The plan is to scale if you squint. The budget is to scale if you don't.\n\n" +
				"The blue square is the umbrella with a window. It goes next to an actual window, so that people\ncan compare.\n\nChidi\n",
			files: []attached{
				{"floor-plan.png", "image/png", floorPlan()},
				{"budget.csv", "text/csv", "item,euros\nglass cases,2400\nlabels,180\ninsurance for the cat piano,950\ncake for the opening,60\nmore cake,60\n"},
			},
		},
		{
			ago: 5 * days, id: "coffee1", from: alice, to: "team@example.org", flags: "S",
			subject: "Who descaled the coffee machine?",
			text:    "Somebody descaled the coffee machine. It now makes coffee. I'd like to thank them, and to know what\nwe were drinking before.\n\nAlice\n",
		},
		{
			ago: 5*days - 2*hour, id: "coffee2", reply: []string{"coffee1"}, from: chidi, to: "team@example.org", flags: "S",
			subject: "Re: Who descaled the coffee machine?",
			text:    "Wasn't me. I thought the taste was the museum's.\n\nAlice wrote:\n> I'd like to thank them, and to know what we were drinking before.\n",
		},
		{
			ago: 5*days - 4*hour, id: "coffee3", reply: []string{"coffee1", "coffee2"}, from: bob, to: "team@example.org", flags: "S",
			subject: "Re: Who descaled the coffee machine?",
			text:    "It was me, on Sunday. I only wanted to see whether it would fit into the exhibition. It does.\n\nBob\n",
		},
		{
			ago: 2*days + 6*hour, id: "bob-plain", from: bob, to: Person, flags: "S",
			subject: "Kickoff: what to bring",
			text: "Hi Robin,\n\nan invitation follows as soon as I've found a room whose door is not itself an exhibit.\n\n" +
				"Please bring: the list of loans, one idea for the poster, and your own chair if you like sitting.\n\nBob\n",
		},
		{
			ago: 3 * hour, id: "bob-invite", from: bob, to: Person, fresh: true,
			subject: "Invitation: Project kickoff",
			text: fmt.Sprintf("Hi Robin,\n\nas promised: Project kickoff on %s, 14:00 to 15:00, Room 4.12. The invitation is attached;\nyour calendar should know what to do with it.\n\n"+
				"There will be cake. It is in the budget, twice.\n\nBob\n", kickoff.Format("Monday, 2 January")),
			files: []attached{{"invite.ics", "text/calendar", invitation(now, kickoff)}},
		},
		{
			ago: 26 * hour, id: "tanaka", from: tanaka, to: Person, fresh: true, charset: "iso-2022-jp",
			subject: "折りたたみ自転車用の傘について",
			text:    "ロビン様\n\n来週の電話会議、楽しみにしております。傘は無事に開きました。閉じる方法はまだ不明です。\n\n(The umbrella opened safely. How to close it is still unknown.)\n\n田中 由紀\n",
		},
		{
			ago: 4 * hour, id: "alice-lunch", from: alice, to: Person, fresh: true,
			subject: "Lunch on " + day(now, 1).Weekday().String() + "?",
			text:    "12:30 at the place with the good soup and the bad chairs? I have news about the cat piano\n(no cats, the insurance insisted). Its label is attached; please tell me if it is too sad.\n\nAlice 🐈\n",
			files: []attached{
				{"cat-piano.md", "text/markdown", "## Cat piano, after a drawing of 1650\n\nTwelve keys, no cats. The sounds are made by volunteers behind the\ncurtain, on Tuesdays and Thursdays.\n\n" +
					"*Please play softly. The left-handed screwdriver is asleep.*\n"},
			},
		},
	}
}

// home is the rest of a life.
func home(now time.Time) []mail {
	flight := workday(now, 12)
	return []mail{
		{
			ago: 10 * days, id: "kestrel", from: "Kestrel Air <bookings@kestrel.example.com>", to: Person, flags: "S",
			subject: "Your booking KX7M2Q: Berlin to Lisbon", html: ticket(flight),
		},
		{
			ago: 4*days + 2*hour, id: "library", from: "Gleim Street Library <desk@library.example.net>", to: Person, flags: "S",
			subject: "Third reminder: \"Getting Things Done\"",
			text:    "Dear reader,\n\n\"Getting Things Done\" is now 41 days overdue. We admire the irony and charge 0.20 a day for it.\n\nGleim Street Library\n",
		},
		{
			ago: 3*days + 1*hour, id: "power", from: "Stadtlicht <service@stadtlicht.example.com>", to: Person, flags: "S", charset: "windows-1252",
			subject: "Ihre Abrechnung: 34,20 € zurück",
			text:    "Guten Tag Robin Okafor,\n\nSie haben weniger Strom verbraucht als gedacht. Wir überweisen Ihnen 34,20 € – ganz ohne Formular.\n\n(You used less power than expected; 34.20 € come back to you.)\n\nStadtlicht\n",
		},
		{
			ago: 2 * days, id: "slugs", from: "Ines Faro <ines@example.net>", to: list, flags: "S",
			subject: "[gardeners] Slugs: 3, Lettuce: 0",
			extra:   "List-Id: Gardeners of the back yard <gardeners.lists.example.net>\nList-Unsubscribe: <mailto:gardeners-leave@lists.example.net>\nPrecedence: list\n",
			text: "The beer trap works. They come for the beer and stay for the lettuce.\n\nSuggestions welcome; ducks have been considered.\n\nInes\n" +
				"_______________________________________________\ngardeners mailing list: https://lists.example.net/gardeners\n",
		},
		{
			ago: 30 * hour, id: "dentist", from: "Dr. Chen <praxis@chen.example.com>", to: Person, flags: "",
			subject: "Your appointment",
			text: fmt.Sprintf("Dear Robin Okafor,\n\nwe see you on %s at 8:15 for the check-up. Please floss now rather than that morning; we can tell.\n\nDr. Chen\n",
				workday(now, 4).Format("Monday, 2 January")),
		},
		{
			ago: 20 * hour, id: "mum", from: mother, to: Person, flags: "",
			subject: "dinner",
			text: "Darling,\n\n" + day(now, 1).Weekday().String() + " at seven. I'm making the rice you like. Bring nothing. (Bring dessert.)\n\n" +
				"Also how do I make the letters bigger. I can read them but I'd like them to be bigger.\n\nMum\n\nSent from my toaster, your brother says this is funny\n",
		},
		{
			ago: 90 * time.Minute, id: "invoice", from: mallory, to: Person, fresh: true,
			subject: "Invoice overdue", text: orders(),
		},
		{
			ago: 7 * days, id: "weekly", from: "Almost Useful Weekly <hello@weekly.example.net>", to: Person, flags: "S",
			subject: "No. 212: A history of the left-handed teapot",
			extra:   "List-Unsubscribe: <https://weekly.example.net/leave>\n",
			text:    "A history of the left-handed teapot\n===================================\n\nIt is the same teapot. You turn it round. The patent ran for nine pages.\n\nRead on: https://weekly.example.net/212\n",
			html:    "<html><body><h1>A history of the left-handed teapot</h1><p>It is the same teapot. You turn it round. The patent ran for <b>nine pages</b>.</p><p><a href=\"https://weekly.example.net/212\">Read on</a></p></body></html>\n",
		},
	}
}

// ticket is a mail that has no text but its HTML.
func ticket(flight time.Time) string {
	return `<!DOCTYPE html>
<html><head><title>Booking</title><style>td { padding: 4px } .small { color: #888 }</style></head>
<body>
<h1>Thank you, Robin!</h1>
<p>Your seat is booked. The window is <em>probably</em> next to it.</p>
<table>
<tr><td>Flight</td><td><b>KA 412</b></td></tr>
<tr><td>From</td><td>Berlin (BER), ` + flight.Format("2 January 2006") + `, 10:40</td></tr>
<tr><td>To</td><td>Lisbon (LIS), 13:15 local time</td></tr>
<tr><td>Booking</td><td>KX7M2Q</td></tr>
<tr><td>Paid</td><td>128.40 &euro;</td></tr>
</table>
<p><a href="https://kestrel.example.com/trip/KX7M2Q">Manage your trip</a></p>
<p class="small">Cabin bags may weigh 8&nbsp;kg. Ours are heavier, but they have seniority.</p>
<script>track("KX7M2Q")</script>
</body></html>
`
}
