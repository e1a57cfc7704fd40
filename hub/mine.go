package hub

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"secgpt/hub/pick"
	"secgpt/hub/plan"
)

// "What will the weather be like during my congress in Lisbon?" needs the congress, which only
// the person's own data knows. A small model asks for the weather of now.

// ofMine fits what a request counts time by that is the person's own: "during my congress".
var ofMine = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(?:(?:during|before|after|until) my|during the) ((?:[\pL'-]+ ?){1,4})`)
})

// goOn are words with which a request goes on behind what it names.
var goOn = strings.Fields("in on at to for from with by of about as is are was were be will would can could should has have had do does did and or but if so then that which who when where how please now today tomorrow tonight next this last " +
	"monday tuesday wednesday thursday friday saturday sunday")

// everybodys is what is looked up nowhere.
var everybodys = strings.Fields("day days morning afternoon evening night week weekend month year time stay visit life break")

// ownThing is what of the person's own a request counts time by, without what goes on behind it:
// "congress". "" if it is nothing.
func ownThing(text string) string {
	m := ofMine().FindStringSubmatch(text[:min(len(text), maxNamedText)])
	if m == nil {
		return ""
	}
	words := strings.Fields(strings.ToLower(m[1]))
	if i := slices.IndexFunc(words, func(w string) bool { return slices.Contains(goOn, w) }); i >= 0 {
		words = words[:i]
	}
	if len(words) == 0 || slices.Contains(everybodys, words[len(words)-1]) {
		return ""
	}
	return strings.Join(words, " ")
}

// pastOwn is what is wrong with a plan that only looks, in installed apps alone, and does nothing
// with what of the person's own the request counts time by; nil if nothing is.
func (t *turn) pastOwn(prog *plan.Program, source string) error {
	thing := ownThing(t.req.Text())
	builtIn := func(full string) bool { return t.askable(full).BuiltIn }
	if thing == "" || len(prog.Tools()) == 0 || len(prog.Changes()) > 0 || slices.ContainsFunc(prog.Tools(), builtIn) {
		return nil
	}
	for word := range strings.FieldsSeq(thing) {
		if pick.Has(word, source) {
			return nil
		}
	}
	var finds []string
	for _, full := range t.searches(nil) {
		finds = append(finds, fmt.Sprintf("%s(query = %q)", full, thing))
	}
	if len(finds) == 0 {
		return nil
	}
	return wrongly("the request names the person's %s, and this does nothing with it: find it first with the right one of %s", thing, strings.Join(finds, ", "))
}
