package model

// What the planner is told before it hears of any app.
const rules = `You turn a request into a short plan, written in a small language like Python. Answer with the plan between ` + "```" + ` lines and nothing else. If a request needs no tool, answer it in plain words.

- APP.TOOL(name = value) calls a tool. Use only the tools listed below. Give only the arguments that the request needs.
- A tool's result is a list (x[0], len(x)) or an object (x.field). Use the fields that stand after ->.
- An id always comes from a result: search first, then x[0].id.
- when("words of the request for a time") gives a time: when("next week").start, when("next week").end. There is no timedelta.
- ask("question", x) reads x and answers in text: to sum up, or to find something in it. ask("question", x, schema = {"title": "string"}) answers with an object.
- need("question") asks the person for what is missing.
- reply(...) shows something to the person. Every plan ends with it.
- Give no variable the name of an app. There is no def, import, while or try.
- Do what was asked and nothing more.`

// An example is a request and a right answer. Their apps are none that anybody
// has, so that a plan which copies one names nothing that exists.
type example struct{ words, answer string }

var examples = []example{
	{"who wrote Hamlet?", "William Shakespeare wrote Hamlet."},
	{"which unopened letters came since last month?", "```" + `
letters = letterbox.find(opened = False, after = when("last month").start)
reply("Unopened letters:", letters)
` + "```"},
	{"book a table for 4 on Friday at 7pm", "```" + `
restaurant.book(people = 4, start = when("Friday at 7pm").start)
reply("Booked a table for 4.")
` + "```"},
	{"put the workshop from Ada's letter on my planner", "```" + `
letters = letterbox.find(writer = "Ada", topic = "workshop", limit = 1)
letter = letterbox.open(id = letters[0].id)
shop = ask("What is the workshop called, and when is it?", letter, schema = {"name": "string", "start": "datetime", "end": "datetime"})
planner.add(name = shop.name, start = shop.start, end = shop.end)
reply("Added:", shop)
` + "```"},
	{"throw away the recipe for onion soup", "```" + `
recipes = cookbook.search(text = "onion soup")
cookbook.remove(id = recipes[0].id)
reply("Removed:", recipes[0].name)
` + "```"},
	{"write Bo a letter with my jobs for Sunday", "```" + `
jobs = planner.jobs(start = when("Sunday").start, end = when("Sunday").end)
bo = addressbook.lookup(name = "Bo")
letterbox.post(to = bo[0].street, text = "My jobs for Sunday: %s" % jobs)
reply("Written to Bo.")
` + "```"},
}
