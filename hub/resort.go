package hub

import (
	"fmt"
	"slices"
	"strings"

	"secgpt/hub/asked"
	"secgpt/hub/model"
	"secgpt/hub/pick"
	"secgpt/hub/plan"
	"secgpt/hub/when"
	"secgpt/mediator"
	"secgpt/mediator/label"
)

// maxResort is how many things are shown where no plan came about: who asked one thing
// wants few.
const maxResort = 2

// maxTimed is how far down among the likely tools one that lists what is at a time comes
// before one that looks for words, where the request names a time.
const maxTimed = 2

// lookAnyway answers a question for which no plan came about, or whose plan found nothing,
// which why says, as a person would who knows only the words: it looks for them with the
// likeliest built-in tool, and shows what holds most of them of the first that it finds,
// whole. A guess that holds none is worse than nothing. It is a plan like any other, and says
// what it is. read is what whoever made no plan had read; the tools in not have found nothing.
// It reports whether there is such a tool.
func (t *turn) lookAnyway(read label.Label, why string, not ...string) bool {
	text := strings.Join(strings.Fields(t.req.Text()), " ")
	if asked.Wishes(text) && !asked.Asks(text) && !wonders(text) || len(text) > maxQuestion || !t.h.revealed.Empty() || !besides(t.req.Words, nil).Empty() {
		return false
	}
	if source := t.readNamed(not); source != "" {
		return t.resort(source, read, why+", so this is what your words name")
	}
	if t.namesOther(text) {
		return false
	}
	times := when.Find(inEnglish(text), t.began)
	if (len(not) > 0 || len(times) == 0) && !pick.New(t.builtInDocs()).Has(text) && t.lookEverywhere(text, read, why, not) {
		return true
	}
	likely := slices.DeleteFunc(t.likely(""), func(full string) bool { return slices.Contains(not, full) })
	if len(times) > 0 {
		timed := likely[:min(maxTimed, len(likely))]
		if !asked.English(text) || !plan.SpeaksOfThings(text) { // whose words find no tool, or name no kind of thing
			timed = append(likely, t.builtInReads(not)...)
		}
		for _, full := range timed {
			app, tool, _ := strings.Cut(full, ".")
			if sig, _ := (tools{t.h.apps}).Tool(app, tool); sig.List && takesTimes(sig) {
				return t.lookAt(full, times[0].Text, telling(text), read, why)
			}
		}
	}
	for _, full := range likely {
		app, tool, _ := strings.Cut(full, ".")
		sig, _ := tools{t.h.apps}.Tool(app, tool)
		if !searches(sig) {
			continue
		}
		shows := "found"
		if read := t.wholeOf(app, sig); read != "" {
			shows = fmt.Sprintf("[%s.%s(id = x.id) for x in found]", app, read)
		}
		if words := telling(text); words != "" || len(not) > 0 {
			shows = fmt.Sprintf("mostly(%s, %q)", shows, text)
		}
		source := fmt.Sprintf("found = %s(query = %q)[:%d]\nreply(%s)", full, text, maxResort, shows)
		before := len(t.result.Blocks)
		if !t.resort(source, read, why+", so your words were looked for with "+full) {
			return false
		}
		if empty, by := t.foundNothing(nil, t.result.Blocks[before:]); empty && len(not) == 0 && t.vague() && t.ctx.Err() == nil {
			t.lookEverywhere(text, read.Join(by), "nothing was found", []string{full})
		}
		return true
	}
	return false
}

// wonders reports whether a request is a question of a few words that tell no language: "standup?"
func wonders(text string) bool {
	return asked.Strange(text) && (strings.HasSuffix(text, "?") || strings.HasSuffix(text, "？")) && len(strings.Fields(text)) <= shortRequest
}

// lookEverywhere looks for words that no built-in tool speaks of with all of them that take words
// to look for (contacts take a name), but for those in not, and shows what holds most of the words,
// or once that there is nothing. A search that fails hides no other.
func (t *turn) lookEverywhere(text string, read label.Label, why string, not []string) bool {
	var in, names []string
	find, show := "", ""
	for _, full := range t.searches(not) {
		app, _, _ := strings.Cut(full, ".")
		name := fmt.Sprintf("found_%d", len(in)+1)
		find += fmt.Sprintf("%s = mostly(%s(query = %q)[:%d], %q)\n", name, full, text, maxResort, text)
		show += fmt.Sprintf("if %s:\n    reply(%s)\n", name, name)
		in, names = append(in, app), append(names, name)
	}
	source := fmt.Sprintf("%s%sif not (%s):\n    reply([])", find, show, strings.Join(names, " or "))
	return len(in) > 0 && t.resort(source, read, why+", so your words were looked for in "+strings.Join(in, ", "))
}

// telling is an English question that names one thing of a kind; else "": "Chor" may be
// called choir, and "what is on?" means all of it.
func telling(text string) string {
	if !asked.English(text) || !plan.Names(text) {
		return ""
	}
	return text
}

// lookInstead is lookAnyway where no plan came about. That its words are nowhere is said:
// an empty answer would look like one.
func (t *turn) lookInstead(m model.Model, read label.Label) bool {
	before := len(t.result.Blocks)
	if !t.lookAnyway(read, "no plan came about") {
		return false
	}
	t.stillNothing(before, m.Name()+" made no plan that can run, and nothing here holds your words; say it in other words")
	return true
}

// stillNothing says why, where a search for the words of a request has found nothing. Blocks of
// the turn before it, so many, do not count. Of a time it is the answer to "am I free then?".
func (t *turn) stillNothing(before int, why string) {
	byWords := strings.Contains(t.result.Plan, "query = ") || strings.Contains(t.result.Plan, "mostly(")
	if strings.HasPrefix(t.result.Plan, "at = when(") && !whQuestion.MatchString(t.req.Text()) {
		return
	}
	if empty, _ := t.foundNothing(nil, t.result.Blocks[before:]); empty && byWords {
		t.fail(ExitModel, Failed{Kind: "nothing", Message: "nothing was found: " + why})
	}
}

// lookAt shows what there is at a time that the request names: of what has words, if there
// are any, what holds most of them.
func (t *turn) lookAt(full, at, words string, read label.Label, why string) bool {
	shows := "found"
	if words != "" {
		shows = fmt.Sprintf("mostly(found, %q)", words)
	}
	source := fmt.Sprintf("at = when(%q)\nfound = %s(start = at.start, end = at.end)\nreply(%s)", at, full, shows)
	return t.resort(source, read, fmt.Sprintf("%s, so this is what %s has for %s", why, full, at))
}

// builtInReads are all tools of built-in apps that only read and are not in not.
func (t *turn) builtInReads(not []string) (names []string) {
	_, all := t.h.index()
	for _, at := range all {
		full := at.app.Name + "." + at.name
		if known, _ := at.app.Tool(at.name); at.app.BuiltIn && known.Effect == mediator.Read && !slices.Contains(not, full) {
			names = append(names, full)
		}
	}
	return names
}

// searches are those of them that list what has some words.
func (t *turn) searches(not []string) []string {
	return slices.DeleteFunc(t.builtInReads(not), func(full string) bool {
		app, tool, _ := strings.Cut(full, ".")
		sig, _ := tools{t.h.apps}.Tool(app, tool)
		return !searches(sig)
	})
}

// searches reports whether a tool lists what has the words that it is given as its query.
func searches(sig plan.Sig) bool {
	return sig.List && slices.ContainsFunc(sig.Params, func(p plan.Param) bool { return p.Name == "query" })
}

// namesOther reports whether a request names an app that is not built in, or a channel, "#cake",
// where such an app has channels: what it asks for stands nowhere else.
func (t *turn) namesOther(text string) bool {
	_, all := t.h.index()
	return slices.ContainsFunc(all, func(at toolAt) bool {
		return !at.app.BuiltIn && pick.Named(at.app.Name, text) || at.hasChannel(text)
	})
}

// widened shows all that there is at the one time that the request names, where a plan looked
// for words there and found nothing: "Chor" tomorrow, which is called choir.
func (t *turn) widened(prog *plan.Program, read label.Label) bool {
	times := when.Find(inEnglish(t.req.Text()), t.began)
	if len(times) != 1 {
		return false
	}
	for _, full := range prog.Tools() {
		app, tool, _ := strings.Cut(full, ".")
		sig, _ := tools{t.h.apps}.Tool(app, tool)
		byWords := slices.ContainsFunc(t.result.Calls, func(c CallResult) bool {
			return c.Call.Tool.String() == full && slices.ContainsFunc(c.Call.Args, func(a mediator.Arg) bool { return a.Name == "query" })
		})
		if byWords && sig.List && takesTimes(sig) {
			return t.lookAt(full, times[0].Text, "", read, "nothing was found by those words")
		}
	}
	return false
}

// takesTimes reports whether a tool lists what is between two times.
func takesTimes(sig plan.Sig) bool {
	has := func(name string) bool {
		return slices.ContainsFunc(sig.Params, func(p plan.Param) bool { return p.Name == name && (p.Type == "datetime" || p.Type == "date") })
	}
	return has("start") && has("end") && !slices.ContainsFunc(sig.Params, func(p plan.Param) bool { return p.Required })
}

// resort runs a plan of ours, and says so. The next request may go on from it, if
// no app's answer led to it.
func (t *turn) resort(source string, read label.Label, says string) bool {
	prog, err := plan.ParseChecked("plan", source, tools{t.h.apps}, plan.Check{})
	if err != nil {
		return false // the person's words are no text of a plan
	}
	t.tell(Noted{Text: says})
	_ = t.runParsed(prog.Under(read), source) // told
	if read.Empty() {
		t.h.past = append(t.h.past, model.Turn{Words: spoken(t.req), Plan: source})
	}
	return true
}

// wholeOf is the one tool of an app that only reads and takes nothing but an id that a list
// gives; "" if there is none, or more than one.
func (t *turn) wholeOf(app string, list plan.Sig) (found string) {
	if !slices.Contains(list.Fields, "id") {
		return ""
	}
	for _, name := range (tools{t.h.apps}).ToolsOf(app) {
		sig, _ := tools{t.h.apps}.Tool(app, name)
		if sig.Effect == mediator.Read && !sig.List && len(sig.Params) == 1 && sig.Params[0].Name == "id" {
			if found != "" {
				return ""
			}
			found = name
		}
	}
	return found
}
