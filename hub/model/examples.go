package model

// What the planner is told before it hears of any app. Each line is there because
// small models got it wrong without.
const rules = `You turn a request into a short plan, written in a small language like Python. Answer with the plan between ` + "```" + ` lines and nothing else. If a request needs no tool, answer it in plain words.

- APP.TOOL(name = value) calls a tool. Use only the tools listed with the request.
- Leave out every argument that the request says nothing about.
- A tool's result is a list (x[0], len(x)) or an object (x.field). Use the fields that stand after ->.
- An id always comes from a result: search first, then x[0].id.
- when("words for a time") gives a time: when("next week").start, when("next week").end. Put the hour into the words. There is no timedelta.
- ask("question", x) reads x and answers in text: to sum up, or to find something in it. ask("question", x, schema = {"title": "string"}) answers with an object.
- need("question") asks the person for what is missing.
- reply(...) shows something to the person. Every plan ends with it.
- Give no variable the name of an app. There is no def, import, while or try.
- Do what was asked and nothing more.`

const reminder = "(Plan. Ids only from results. Only the arguments that the request needs. End with reply.)"

// An example is a request with its tools and a right answer. The apps are none
// that anybody has; they have more tools and arguments than the answer needs,
// since a small model fills in whatever it sees unless shown otherwise.
type example struct{ tools, words, answer string }

const letterbox = `letterbox.find(writer, topic, after, limit, opened) -> list of {id, writer, topic}
letterbox.open(id) -> {writer, topic, text}
letterbox.post(to, text, topic) -> {posted}
`

const planner = `planner.jobs(start, end) -> list of {id, name, start, end}
planner.add(name, start, end, room, people) -> {id}
planner.change(id, name, start, end, room) -> {id}
`

var examples = []example{
	{letterbox, "which letters did Ada write since last month?", "```" + `
letters = letterbox.find(writer = "Ada", after = when("last month").start)
reply("Letters from Ada:", letters)
` + "```"},
	{planner, "plan a walk with Jo on Friday at 7pm", "```" + `
planner.add(name = "Walk with Jo", start = when("Friday at 7pm").start)
reply("Planned the walk with Jo.")
` + "```"},
	{letterbox + planner, "put the workshop from Ada's letter on my planner", "```" + `
letters = letterbox.find(writer = "Ada", topic = "workshop", limit = 1)
letter = letterbox.open(id = letters[0].id)
shop = ask("What is the workshop called, and when is it?", letter, schema = {"name": "string", "start": "datetime", "end": "datetime"})
planner.add(name = shop.name, start = shop.start, end = shop.end)
reply("Added:", shop)
` + "```"},
	{"cookbook.search(text, limit) -> list of {id, name, steps}\ncookbook.remove(id) -> {id}\n", "throw away the recipe for onion soup", "```" + `
recipes = cookbook.search(text = "onion soup")
cookbook.remove(id = recipes[0].id)
reply("Removed:", recipes[0].name)
` + "```"},
	{planner + "people.lookup(name) -> list of {id, name, street}\n" + letterbox, "write Bo a letter with my jobs for Sunday", "```" + `
jobs = planner.jobs(start = when("Sunday").start, end = when("Sunday").end)
bo = people.lookup(name = "Bo")
letterbox.post(to = bo[0].street, text = "My jobs for Sunday: %s" % jobs)
reply("Written to Bo.")
` + "```"},
	{planner, "who wrote Hamlet?", "William Shakespeare wrote Hamlet."},
}
