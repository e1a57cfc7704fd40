package pick

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// listed are the tools of the built-in apps and of servers that people install, in our
// own words: app, tool(params), what it does. A star after the tool: it changes
// something; i: it needs an id; r: it reaches somebody; p: it knows people.
const listed = `
mail|Mail in a local Maildir
 search(query sender unread since limit) Find mails, newest first
 read(id) i Read one mail
 attachments(id) i Get what is attached to a mail
 send(to subject body attachments) *r Send a mail
calendar|Events in local .ics calendars
 list_events(start end) List the events on your calendar
 create_event(title start end location attendees) * Add an event to your calendar
 update_event(id title start end location) *i Change an event on your calendar
 delete_event(id series) *i Delete an event from your calendar
 read_invitation(ics) Read an invitation
contacts|People in local vCard files
 find(name) p Find people in your contacts
 add(name email phone organization birthday note) * Add a person to your contacts
notes|Notes in local Markdown files
 add(text title) * Write a note
 search(query) Search your notes
 delete(id) *i Delete a note
files|Files in a folder
 read_file(path) Read the whole of a file
 write_file(path content) * Create a file or overwrite it
 edit_file(path edits) * Change lines of a text file
 create_directory(path) * Create a folder
 list_directory(path) List the files and folders in a folder
 move_file(source destination) * Move or rename a file
 search_files(path pattern) Search files by name
 get_file_info(path) Size and dates of a file
github|Repositories and issues on GitHub
 search_repositories(query) Search for repositories
 create_repository(name private) * Create a new repository
 get_file_contents(owner repo path) Contents of a file in a repository
 create_issue(owner repo title body) * Open a new issue
 list_issues(owner repo state) List issues of a repository
 get_issue(owner repo number) One issue
 update_issue(owner repo number state) * Update an issue
 add_issue_comment(owner repo number body) * Comment on an issue
 create_pull_request(owner repo head base) * Open a pull request
 list_pull_requests(owner repo state) List pull requests of a repository
 merge_pull_request(owner repo number) * Merge a pull request
 list_commits(owner repo branch) List commits of a branch
 create_branch(owner repo branch) * Create a branch
 search_code(q) Search for code
slack|Channels of a Slack workspace
 list_channels(limit) List channels
 post_message(channel text) *r Post a message to a channel
 reply_to_thread(channel thread text) *ir Reply to a thread
 add_reaction(channel timestamp reaction) * React with an emoji
 get_channel_history(channel limit) Recent messages of a channel
 get_users() p List the users of the workspace
maps|Places and routes
 geocode(address) Coordinates of an address
 search_places(query) Search for places
 directions(origin destination mode) Directions between two places
 distance_matrix(origins destinations) Distances and travel times
 elevation(locations) Elevation of places
weather|Weather by city
 get_current_weather(city) Current weather in a city
 get_weather_by_date(city start end) Weather of a city over days
 get_air_quality(city) Air quality of a city
time|Clocks of the world
 get_current_time(timezone) Current time in a time zone
 convert_time(source time target) Convert a time between time zones
search|Web search
 web_search(query) Search the web
 local_search(query) Search for local businesses
fetch|Web pages
 fetch(url) Fetch a web page as text
browser|A browser that is driven
 navigate(url) Go to an address
 click(element) * Click on an element
 screenshot(name) Take a screenshot of the page
 fill_form(fields) * Fill in a form
sqlite|A SQLite database
 read_query(sql) Run a SELECT on the database
 write_query(sql) * Run INSERT, UPDATE or DELETE
 list_tables() List the tables of the database
 create_table(sql) * Create a table
memory|A graph of what is known
 create_entities(entities) * Add entities to the graph
 search_nodes(query) Search the graph
 read_graph() Read the whole graph
todoist|Tasks and projects
 add_task(content due priority) * Create a task
 get_tasks(filter) List the tasks
 complete_task(id) *i Mark a task as done
 delete_task(id) *i Delete a task
spotify|Music
 play(track) * Play a track, an album or a playlist
 pause() * Pause the playback
 search_tracks(query) Search for songs
 create_playlist(name) * Create a playlist
airbnb|Places to stay
 airbnb_search(location checkin checkout) Search for places to stay
 airbnb_listing_details(id) i Details of one listing
home|Lights and devices at home
 turn_on(entity) * Turn a light or device on
 turn_off(entity) * Turn a light or device off
 get_state(entity) State of a device or sensor
 set_temperature(entity degrees) * Set a thermostat
bank|Accounts at a bank
 get_balance(account) Balance of an account
 list_transactions(account since) Transactions of an account
 transfer(iban amount) *r Transfer money
quick_ride|Rides in the city
 quote_fare(from to) What a ride costs
 book_ride(from to time) *r Book a ride
`

// asked are requests and the tools that their plans need.
var asked = []struct{ words, tools string }{
	{"show me my unread mail", "mail.search"},
	{"any new emails from Bob?", "mail.search"},
	{"what did Alice write about the budget?", "mail.search mail.read"},
	{"summarize the last message from Carol", "mail.search mail.read"},
	{"send bob@example.org the text: I will be late", "mail.send"},
	{"tell Alice that dinner is at eight", "mail.send contacts.find"},
	{"forward Dave's last mail to Erin", "mail.search mail.send contacts.find"},
	{"save the attachment of the last mail from Frank as a note", "mail.search mail.attachments notes.add"},
	{"do I have anything from the bank in my inbox?", "mail.search"},
	{"reply to Grace that I agree", "mail.search mail.send"},
	{"what's on my calendar tomorrow", "calendar.list_events"},
	{"when is my next meeting?", "calendar.list_events"},
	{"am I free on Friday afternoon?", "calendar.list_events"},
	{"add dinner with Dave on Saturday at 8pm", "calendar.create_event"},
	{"schedule a call with Heidi next Monday at 10", "calendar.create_event"},
	{"move my dentist appointment to 4pm", "calendar.list_events calendar.update_event"},
	{"cancel the team meeting on Friday", "calendar.list_events calendar.delete_event"},
	{"put the workshop from Ivan's mail into my agenda", "mail.search calendar.create_event"},
	{"how many appointments do I have this week?", "calendar.list_events"},
	{"what is Carol's phone number?", "contacts.find"},
	{"save the contact Erin Doe, erin@example.org", "contacts.add"},
	{"who is Judy?", "contacts.find"},
	{"make a note: buy milk and bread", "notes.add"},
	{"find my note about the wifi password", "notes.search"},
	{"delete the note about the old car", "notes.search notes.delete"},
	{"write down that the code of the door is on the fridge", "notes.add"},
	{"which of my notes mention Paris?", "notes.search"},
	{"read the file todo.txt", "files.read_file"},
	{"what is in the folder projects?", "files.list_directory"},
	{"rename report.doc to report-old.doc", "files.move_file"},
	{"find all pdf files in my documents", "files.search_files"},
	{"save 'hello' into greeting.txt", "files.write_file"},
	{"how big is movie.mp4?", "files.get_file_info"},
	{"make a directory called photos", "files.create_directory"},
	{"list the open issues of golang/go", "github.list_issues"},
	{"open an issue in acme/web titled Broken login", "github.create_issue"},
	{"close issue 12 of acme/web", "github.update_issue"},
	{"comment on issue 7 in acme/web: fixed", "github.add_issue_comment"},
	{"what are the last commits of acme/web?", "github.list_commits"},
	{"are there open pull requests in acme/web?", "github.list_pull_requests"},
	{"merge pull request 3 of acme/web", "github.merge_pull_request"},
	{"find repositories about sandboxing", "github.search_repositories"},
	{"post 'standup in five' in #general on slack", "slack.post_message"},
	{"what was said in the channel random?", "slack.get_channel_history"},
	{"which slack channels are there?", "slack.list_channels"},
	{"how do I get from Berlin to Potsdam by train?", "maps.directions"},
	{"find an italian restaurant near the station", "maps.search_places"},
	{"how far is it from Lyon to Paris?", "maps.distance_matrix"},
	{"what's the weather in Rome?", "weather.get_current_weather"},
	{"will it rain in Oslo on Sunday?", "weather.get_weather_by_date"},
	{"how is the air in Delhi?", "weather.get_air_quality"},
	{"what time is it in Tokyo?", "time.get_current_time"},
	{"search the web for the best laptop of the year", "search.web_search"},
	{"fetch https://example.org and sum it up", "fetch.fetch"},
	{"take a screenshot of example.org", "browser.screenshot browser.navigate"},
	{"which tables are in the database?", "sqlite.list_tables"},
	{"how many rows does the table customers in the database have?", "sqlite.read_query"},
	{"remind me to call the plumber tomorrow", "todoist.add_task"},
	{"what are my tasks for today?", "todoist.get_tasks"},
	{"mark the task buy stamps as done", "todoist.get_tasks todoist.complete_task"},
	{"play some jazz", "spotify.play"},
	{"find songs by Nina Simone", "spotify.search_tracks"},
	{"find a place to stay in Lisbon for next weekend", "airbnb.airbnb_search"},
	{"turn off the lights in the kitchen", "home.turn_off"},
	{"set the thermostat to 20 degrees", "home.set_temperature"},
	{"how much money is on my account?", "bank.get_balance"},
	{"transfer 50 euros to DE02 1203 0000 0000 2020 51", "bank.transfer"},
	{"what have I spent since Monday?", "bank.list_transactions"},
	{"book a ride to the airport at 6", "quick_ride.book_ride"},
	{"mail Alice my calendar for tomorrow", "calendar.list_events mail.send contacts.find"},
	{"add the flight from my mail to my calendar", "mail.search calendar.create_event"},
	{"note the weather in Rome", "weather.get_current_weather notes.add"},
	{"zeige mir meine ungelesenen E-Mails", "mail.search"},
	{"welche Termine habe ich morgen?", "calendar.list_events"},
	{"lösche die Notiz über das Auto", "notes.search notes.delete"},
	{"schicke Anna eine Nachricht: ich komme später", "mail.send contacts.find"},
	{"quels rendez-vous ai-je demain ?", "calendar.list_events"},
	{"ajoute une note : acheter du pain", "notes.add"},
	{"cherche le numéro de téléphone de Paul", "contacts.find"},
	{"¿qué citas tengo mañana?", "calendar.list_events"},
	{"borra la nota sobre el coche", "notes.search notes.delete"},
	{"muestra mis correos sin leer", "mail.search"},
	{"mails", "mail.search"},
	{"agenda", "calendar.list_events"},
}

func known() []Doc {
	var docs []Doc
	app, about := "", ""
	for _, line := range strings.Split(strings.TrimSpace(listed), "\n") {
		if !strings.HasPrefix(line, " ") {
			app, about, _ = strings.Cut(line, "|")
			continue
		}
		tool, rest, _ := strings.Cut(strings.TrimSpace(line), "(")
		params, rest, _ := strings.Cut(rest, ") ")
		d := Doc{App: app, Tool: tool, About: rest, AppAbout: about, Params: strings.Fields(params)}
		if flags, text, _ := strings.Cut(rest, " "); strings.Trim(flags, "*irp") == "" {
			d.About = text
			d.Changes, d.ByID = strings.Contains(flags, "*"), strings.Contains(flags, "i")
			d.Reaches, d.People = strings.Contains(flags, "r"), strings.Contains(flags, "p")
		}
		d.Usual = strings.Contains(" mail calendar contacts notes ", " "+app+" ")
		docs = append(docs, d)
	}
	return docs
}

// others makes n tools of apps that nobody asked for.
func others(n int) []Doc {
	r := rand.New(rand.NewPCG(1, 2))
	of := func(words string) string {
		all := strings.Fields(words)
		return all[r.IntN(len(all))]
	}
	const verbs = "get list create update delete search export import archive sync merge assign approve publish validate run stop start count describe enable disable restore compare upload download send fetch add remove"
	const nouns = "campaign invoice lead deal pipeline cluster node pod bucket queue topic shard metric dashboard alert incident deployment build artifact release tenant policy role user group license ticket asset shipment order warehouse supplier contract employee payroll shift course student grade lesson sensor firmware device zone camera recipe workout invoice patient claim ledger voucher coupon survey form template segment audience domain certificate record webhook token secret message event note file page task comment image video channel"
	const kinds = "acme nova pilot orbit lumen delta vertex atlas quark pixel harbor cedar falcon ember tidal"
	var docs []Doc
	for len(docs) < n {
		app := fmt.Sprintf("%s_%s%d", of(kinds), of(nouns), len(docs)/20)
		about := "Work with " + of(nouns) + "s and " + of(nouns) + "s"
		for range 20 {
			verb, noun, with := of(verbs), of(nouns), of(nouns)
			docs = append(docs, Doc{
				App: app, Tool: verb + "_" + noun, AppAbout: about,
				About:   fmt.Sprintf("%s the %s of a %s by its %s", verb, noun, with, of(nouns)),
				Params:  []string{noun + "_id", with, "limit"},
				Changes: !strings.Contains("get list search export count describe compare fetch download", verb),
				ByID:    r.IntN(2) == 0,
			})
		}
	}
	return docs[:n]
}
