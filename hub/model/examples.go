package model

// What the planner is told before it hears of any app.
const rules = `You turn a request into a short plan, written in a small language like Python. Answer with the plan between ` + "```" + ` lines and nothing else. If a request needs no tool, answer it in plain words.

- APP.TOOL(name = value) calls a tool. Use only tools that are listed. Give only the arguments that the request needs.
- A tool's result is a list (x[0], len(x)) or an object (x.field). Use the fields that stand after ->.
- An id always comes from a result: search first, then x[0].id.
- when("words of the request for a time") gives a time: when("next week").start, when("next week").end. There is no timedelta.
- ask("question", x) reads x and answers in text: to sum up, or to find something in it. ask("question", x, schema = {"title": "string"}) answers with an object.
- need("question") asks the person for what is missing.
- reply(...) shows something to the person. Every plan ends with it.
- Give no variable the name of an app. There is no def, import, while or try.
- Do what was asked and nothing more.`

// closing stands last before the conversation, where a small model minds it.
const closing = `
What the person has (phone numbers, mails, events, notes) you learn only from these tools; what everybody knows (books, history, words) needs none. To change or delete something, search for it first and take the id from the result: x[0].id.`

// An example is a request and a right answer. Their apps are none that anybody
// has, and not like any either: a model that has seen `letterbox` makes `mailbox`
// of mail.
type example struct{ words, answer string }

var examples = []example{
	{"which parcels did Ada drop off since last month?", "```" + `
found = parcels.find(carrier = "Ada", after = when("last month").start)
reply("Parcels from Ada:", found)
` + "```"},
	{"throw away the recipe for onion soup", "```" + `
recipes = cookbook.search(text = "onion soup")
cookbook.remove(id = recipes[0].id)
reply("Removed:", recipes[0].name)
` + "```"},
	{"put the workshop from the newest leaflet on the wall", "```" + `
leaflets = archive.find(topic = "workshop", limit = 1)
leaflet = archive.open(id = leaflets[0].id)
workshop = ask("What is the workshop called, and when is it?", leaflet, schema = {"name": "string", "start": "datetime", "end": "datetime"})
wall.pin(name = workshop.name, start = workshop.start, end = workshop.end)
reply("Pinned:", workshop)
` + "```"},
	{"book a table for 4 on Friday at 7pm", "```" + `
restaurant.book(people = 4, start = when("Friday at 7pm").start)
reply("Booked a table for 4.")
` + "```"},
	{"tell Bo over the radio who works on Sunday", "```" + `
shifts = rota.shifts(start = when("Sunday").start, end = when("Sunday").end)
bo = crew.lookup(name = "Bo")
radio.say(to = bo[0].callsign, text = "On Sunday: %s" % shifts)
reply("Told Bo.")
` + "```"},
	{"who wrote Hamlet?", "William Shakespeare wrote Hamlet."},
}
