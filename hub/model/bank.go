package model

// bank are requests with right plans, one for each shape that plans have. Their apps are
// none that anybody has, and not like any either: a model that has seen `letterbox`
// makes `mailbox` of mail. Words beside a request are those by which people ask for the
// same shape of other things; they help to choose and enter no prompt.
//
// A test reads each plan against the tools that stand in bank_test.go.
var bank = []example{
	// Look and show.
	{"show me the unopened parcels", "unread new list see display", `
found = parcels.search(opened = False)
reply("Unopened parcels:", found)`},
	{"any parcels from Ada this week?", "did write send from is there anything new got since", `
found = parcels.search(carrier = "Ada", since = when("this week").start)
reply("Parcels from Ada this week:", found)`},
	{"the last three parcels about seeds", "latest newest recent about on topic subject", `
found = parcels.search(query = "seeds", limit = 3)
reply("Parcels about seeds:", found)`},
	{"what are my shifts on Thursday?", "what is on today tomorrow week day plan schedule have", `
day = when("Thursday")
shifts = rota.list_shifts(start = day.start, end = day.end)
reply("On Thursday:", shifts)`},
	{"when is the next bakery shift?", "next upcoming when is appointment", `
shifts = rota.list_shifts(query = "bakery", start = when("today").start)
reply("The next bakery shift:", shifts[0])`},
	{"am I free on Friday at 3pm?", "free busy available time have anything", `
slot = when("Friday at 3pm")
shifts = rota.list_shifts(start = slot.start, end = slot.end)
if shifts:
    reply("No, there is:", shifts)
else:
    reply("Yes, you are free.")`},
	{"what is Ada's number?", "number phone address email birthday of who is contact", `
ada = crew.find(name = "Ada")
reply("Ada's number:", ada[0].phones[0])`},
	{"find the recipe with saffron", "search look for where is which my mention", `
recipes = cookbook.search(query = "saffron")
reply("Recipes with saffron:", recipes)`},
	{"parcels", "one word only", `
reply(parcels.search())`},
	{"how warm is it in bed 4?", "temperature state status weather current reading", `
now = greenhouse.get_reading(bed = 4)
reply("Bed 4:", now)`},
	{"list what lies in the crate acme/red", "list open items of in repository folder directory project issues", `
found = jobs.list_jobs(crate = "acme/red", state = "open")
reply("Open jobs:", found)`},

	// Count, add up, compare.
	{"how many unopened parcels are there?", "how many count number of", `
found = parcels.search(opened = False, limit = 200)
reply("%d unopened parcels." % len(found))`},
	{"how many shifts do I have next week?", "how many count number of appointments meetings", `
week = when("next week")
shifts = rota.list_shifts(start = week.start, end = week.end)
reply("%d shifts next week." % len(shifts))`},
	{"what do the sailings to Elba on Friday cost together?", "total sum altogether spend spent price", `
sailings = ferry.list_sailings(harbour = "Elba", day = when("Friday").date)
reply("Together:", sum([s.price for s in sailings]))`},
	{"which sailing to Elba is the cheapest tomorrow?", "cheapest earliest latest biggest smallest most longest", `
sailings = ferry.list_sailings(harbour = "Elba", day = when("tomorrow").date)
reply("The cheapest:", min(sailings, key = lambda s: s.price))`},
	{"which parcels weigh more than 5 kilos?", "only those that more less than over under between filter with without", `
found = parcels.search(limit = 200)
reply("Over 5 kilos:", [p for p in found if p.weight > 5])`},

	// Read and think.
	{"sum up Ada's last two leaflets about bees", "summarize summary summarise gist overview main points recap from", `
found = leaflets.search(author = "Ada", query = "bees", limit = 2)
texts = [leaflets.read(id = l.id) for l in found]
reply(ask("Sum up these leaflets.", texts))`},
	{"what does Ada's leaflet about the harbour say on dogs?", "did say said write wrote mention about read tell in which when from", `
found = leaflets.search(author = "Ada", query = "harbour", limit = 1)
text = leaflets.read(id = found[0].id)
reply(ask("What does it say about dogs?", text))`},
	{"read me Ada's last parcel", "read open show whole full text content body latest", `
found = parcels.search(carrier = "Ada", limit = 1)
reply(parcels.read(id = found[0].id))`},
	{"which ferry did Ada book, and when does it leave?", "which booked number when leave arrive find out detail in my from", `
found = parcels.search(query = "ferry", carrier = "Ada", limit = 1)
text = parcels.read(id = found[0].id)
reply(ask("Which ferry is booked, and when does it leave?", text))`},
	{"what does rules.txt say about visitors?", "file document page read say explain", `
text = depot.read_file(path = "rules.txt")
reply(ask("What does it say about visitors?", text))`},
	{"is there anything urgent among my parcels?", "important urgent worth answer need reply attention", `
found = parcels.search(opened = False)
reply(ask("Which of these are urgent, and why?", found))`},

	// Make.
	{"book a table for 4 on Friday at 7pm", "book reserve ride order at", `
restaurant.book_table(people = 4, start = when("Friday at 7pm").start)
reply("Booked a table for 4.")`},
	{"add a bakery shift on Tuesday from 9 to 11 in hall B", "add create put schedule plan meeting appointment event dinner lunch call at with", `
slot = when("Tuesday from 9 to 11")
rota.create_shift(title = "Bakery shift", start = slot.start, end = slot.end, place = "hall B")
reply("Added the bakery shift.")`},
	{"write a recipe: fry two onions in butter", "note write down make a memo remember save that text", `
cookbook.add(text = "fry two onions in butter")
reply("Written down.")`},
	{"enroll Kim Berg with callsign K9", "save add contact person new register", `
crew.add(name = "Kim Berg", callsign = "K9")
reply("Enrolled Kim Berg.")`},
	{"open a job in crate acme/red: the lid is loose", "create open new issue ticket task titled comment", `
jobs.create_job(crate = "acme/red", title = "the lid is loose")
reply("Opened the job.")`},
	{"store 'water the beds' in plan.txt", "save write put into file create document", `
depot.write_file(path = "plan.txt", content = "water the beds")
reply("Stored in plan.txt.")`},
	{"turn the lamp of bed 4 on", "turn switch set on off start stop play", `
greenhouse.set_lamp(bed = 4, on = True)
reply("The lamp of bed 4 is on.")`},

	// Change and delete.
	{"throw away the recipe for onion soup", "delete remove erase get rid discard note", `
recipes = cookbook.search(query = "onion soup")
cookbook.delete(id = recipes[0].id)
reply("Removed:", recipes[0].name)`},
	{"drop my shift with Bo on Friday", "cancel delete meeting appointment event call off", `
day = when("Friday")
shifts = rota.list_shifts(query = "Bo", start = day.start, end = day.end)
rota.delete_shift(id = shifts[0].id)
reply("Dropped:", shifts[0].title)`},
	{"move the bakery shift on Monday to 5pm", "move reschedule postpone shift change push later earlier to", `
day = when("Monday")
bakery = rota.list_shifts(query = "bakery", start = day.start, end = day.end)
rota.update_shift(id = bakery[0].id, start = when("Monday at 5pm").start)
reply("Moved:", bakery[0].title)`},
	{"rename the shift tomorrow to Deep clean", "rename change title update edit place location", `
day = when("tomorrow")
shifts = rota.list_shifts(start = day.start, end = day.end)
rota.update_shift(id = shifts[0].id, title = "Deep clean")
reply("Renamed to Deep clean.")`},
	{"drop all shifts on Saturday", "all every each delete cancel clear", `
day = when("Saturday")
shifts = rota.list_shifts(start = day.start, end = day.end)
for s in shifts:
    rota.delete_shift(id = s.id)
reply("Dropped %d shifts." % len(shifts))`},
	{"close job 12 of crate acme/red", "close complete done mark finish merge issue number task", `
jobs.close_job(crate = "acme/red", number = 12)
reply("Closed job 12.")`},

	// Send.
	{"radio K7 the words: all clear", "send to text message saying email address write", `
radio.send(to = "K7", text = "all clear")
reply("Sent to K7.")`},
	{"tell Ada over the radio that the boat is late", "tell send write message mail let know that to person", `
ada = crew.find(name = "Ada")
radio.send(to = ada[0].emails[0], text = "The boat is late.")
reply("Told Ada.")`},
	{"answer Bo's last parcel: thanks, it arrived", "reply answer respond respond to", `
found = parcels.search(carrier = "Bo", limit = 1)
parcels.send(to = found[0].carrier, content = "Thanks, it arrived.")
reply("Answered Bo.")`},
	{"pass Ada's last parcel on to Bo", "forward pass on share send what wrote", `
found = parcels.search(carrier = "Ada", limit = 1)
parcel = parcels.read(id = found[0].id)
bo = crew.find(name = "Bo")
parcels.send(to = bo[0].emails[0], content = parcel.content, label = parcel.label)
reply("Passed on to Bo.")`},

	// Chains.
	{"put the workshop from the newest leaflet on the wall", "add the flight invitation from to calendar into", `
found = leaflets.search(query = "workshop", limit = 1)
leaflet = leaflets.read(id = found[0].id)
workshop = ask("What is the workshop called, and when is it?", leaflet, schema = {"name": "string", "start": "datetime", "end": "datetime"})
wall.add(title = workshop.name, start = workshop.start, end = workshop.end)
reply("Pinned:", workshop)`},
	{"write a recipe with the ingredients in Ada's last parcel", "make a note of with from last mail write down save agenda", `
found = parcels.search(carrier = "Ada", limit = 1)
parcel = parcels.read(id = found[0].id)
cookbook.add(text = ask("List the ingredients.", parcel), name = "Ingredients")
reply("Written down.")`},
	{"tell Bo over the radio who works on Sunday", "send mail my calendar agenda schedule to person", `
day = when("Sunday")
shifts = rota.list_shifts(start = day.start, end = day.end)
bo = crew.find(name = "Bo")
radio.send(to = bo[0].emails[0], text = "\n".join(["%s %s" % (s.start, s.title) for s in shifts]))
reply("Told Bo.")`},
	{"store a summary of the leaflet about bees in bees.txt", "summarize and save write file note", `
found = leaflets.search(query = "bees", limit = 1)
text = leaflets.read(id = found[0].id)
depot.write_file(path = "bees.txt", content = ask("Sum this up.", text))
reply("Stored in bees.txt.")`},
	{"find the leaflet about bees, pin its talk on the wall and radio Ada when it is", "then and also afterwards three steps", `
found = leaflets.search(query = "bees", limit = 1)
leaflet = leaflets.read(id = found[0].id)
talk = ask("What is the talk called, and when is it?", leaflet, schema = {"name": "string", "start": "datetime"})
wall.add(title = talk.name, start = talk.start)
ada = crew.find(name = "Ada")
radio.send(to = ada[0].emails[0], text = "%s is at %s." % (talk.name, talk.start))
reply("Pinned and told Ada:", talk)`},
	{"drop the bakery shift tomorrow and write a recipe: use up the flour", "and also then both", `
day = when("tomorrow")
shifts = rota.list_shifts(start = day.start, end = day.end)
bakery = [s for s in shifts if "bakery" in s.title.lower()]
rota.delete_shift(id = bakery[0].id)
cookbook.add(text = "use up the flour")
reply("Dropped the shift and wrote it down.")`},
	{"if bed 4 is warmer than 30 degrees, radio K7 that it is hot", "if when in case unless otherwise", `
now = greenhouse.get_reading(bed = 4)
if now.warmth > 30:
    radio.send(to = "K7", text = "Bed 4 is hot.")
    reply("Told K7:", now.warmth)
else:
    reply("It is not that warm:", now.warmth)`},
	{"plan a shift with Ada tomorrow at 9", "meeting with invite attendees appointment person", `
ada = crew.find(name = "Ada")
slot = when("tomorrow at 9")
rota.create_shift(title = "Shift with Ada", start = slot.start, end = slot.end, crew = [ada[0].emails[0]])
reply("Planned the shift with Ada.")`},

	// What goes on from what was asked before.
	{"and the ones from Bo?", "and what about the one from also those instead only same again more", `
found = parcels.search(carrier = "Bo", opened = False)
reply("Unopened parcels from Bo:", found)`},
	{"pin the first one on the wall", "add that it this put save into to my calendar note first last second one", `
wall.add(title = found[0].label)
reply("Pinned:", found[0].label)`},
	{"radio K7 what that says", "send that it forward tell mail this to summarize them it", `
parcel = parcels.read(id = found[0].id)
radio.send(to = "K7", text = parcel.content)
reply("Sent to K7.")`},
	{"move it to Saturday at 10", "make it change that one instead later earlier no to at delete it cancel it", `
rota.update_shift(id = shifts[0].id, start = when("Saturday at 10").start)
reply("Moved:", shifts[0].title)`},

	// What is missing, and what needs no tool.
	{"throw away the recipe", "delete remove the it which one unclear", `
name = need("Which recipe?")
recipes = cookbook.search(query = name)
cookbook.delete(id = recipes[0].id)
reply("Removed:", recipes[0].name)`},
	{"radio Ada", "send a message mail write to nothing said text missing", `
text = need("What shall I say to Ada?")
ada = crew.find(name = "Ada")
radio.send(to = ada[0].emails[0], text = text)
reply("Told Ada.")`},
	{"add a shift", "add create meeting appointment event missing when", `
title = need("What is the shift called?")
start = need("When does it start?")
rota.create_shift(title = title, start = when(start).start)
reply("Added:", title)`},
	{"who wrote Hamlet?", "who wrote painted invented was capital of what is why does explain fact history", "William Shakespeare wrote Hamlet."},
	{"what is 12 times 9?", "calculate plus minus times percent of convert", "12 times 9 is 108."},
	{"make up a name for a grey cat", "write poem joke story idea suggest slogan invent draft", "How about Ash?"},
	{"thanks!", "thank hello hi good morning bye ok great", "You're welcome."},
	{"launch the balloon over the harbour", "order buy call phone print drive cannot no tool", "I have no tool that can launch a balloon."},

	// Other languages.
	{"zeig mir die Schichten von morgen", "welche termine habe ich heute morgen woche was steht an", `
day = when("tomorrow")
shifts = rota.list_shifts(start = day.start, end = day.end)
reply("Morgen:", shifts)`},
	{"wirf das Rezept für Zwiebelsuppe weg", "losche entferne notiz uber die den das schreibe", `
recipes = cookbook.search(query = "Zwiebelsuppe")
cookbook.delete(id = recipes[0].id)
reply("Weg ist:", recipes[0].name)`},
	{"quels colis de Ada sont arrivés ?", "montre mes mails rendez vous quels ai je demain cherche", `
found = parcels.search(carrier = "Ada")
reply("Colis de Ada :", found)`},
	{"escribe una receta: dos cebollas", "anota nota muestra mis correos citas manana que tengo", `
cookbook.add(text = "dos cebollas")
reply("Anotado.")`},
}
