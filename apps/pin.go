package apps

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"secgpt/apps/link"
)

// Pin is the digest of what the person agreed to: the command, and the whole set of
// tools with their names, descriptions and schemas. The order of tools and of keys
// does not count; everything else does.
func Pin(command []string, tools []link.Tool) string {
	type tool struct {
		name, about, input, output string
		hints                      link.Hints
	}
	set := make([]tool, len(tools))
	for i, t := range tools {
		set[i] = tool{t.Name, t.About, canonical(t.Input), canonical(t.Output), t.Hints}
	}
	slices.SortFunc(set, func(a, b tool) int { return strings.Compare(a.name, b.name) })
	h := sha256.New()
	put := func(s string) { fmt.Fprintf(h, "%d:%s", len(s), s) } // lengths keep neighbours apart
	fmt.Fprintf(h, "%d commands ", len(command))
	for _, c := range command {
		put(c)
	}
	for _, t := range set {
		put(t.name)
		put(t.about)
		put(t.input)
		put(t.output)
		if t.hints != (link.Hints{}) {
			fmt.Fprintf(h, "hints %+v", t.hints) // no digit: it can't be taken for a text
		}
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// canonical is raw with its keys sorted and no spaces.
func canonical(raw json.RawMessage) string {
	if len(raw) == 0 {
		return ""
	}
	var v any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return string(raw)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return string(raw)
	}
	return string(b)
}

// Diff says how the tools that an app offers now differ from those that were agreed,
// a sentence a change; nil if they don't. It is what a person agrees to, and so leaves
// none out. Names and descriptions in it are the app's words, quoted and cut.
func Diff(agreed, now []link.Tool) []string {
	var all []string
	old := map[string]link.Tool{}
	for _, t := range agreed {
		old[t.Name] = t
	}
	for _, t := range now {
		o, ok := old[t.Name]
		delete(old, t.Name)
		if !ok {
			all = append(all, fmt.Sprintf("the tool %.80q is new", t.Name))
			continue
		}
		if o.About != t.About {
			was, is := differing(o.About, t.About)
			all = append(all, fmt.Sprintf("%.80q described itself as %q and now as %q", t.Name, was, is))
		}
		if canonical(o.Input) != canonical(t.Input) {
			all = append(all, fmt.Sprintf("%.80q takes other parameters%s", t.Name, otherParams(o.Input, t.Input)))
		}
		if canonical(o.Output) != canonical(t.Output) {
			all = append(all, fmt.Sprintf("%.80q returns something else", t.Name))
		}
		if o.Hints != t.Hints {
			all = append(all, fmt.Sprintf("%.80q says something else of what it changes", t.Name))
		}
	}
	for _, t := range agreed {
		if _, ok := old[t.Name]; ok {
			all = append(all, fmt.Sprintf("the tool %.80q is gone", t.Name))
		}
	}
	return all
}

// otherParams names the parameters that are not as they were.
func otherParams(agreed, now json.RawMessage) string {
	old, is := parseObject(parseObject(agreed).raw["properties"]), parseObject(parseObject(now).raw["properties"])
	var all []string
	for _, k := range is.keys {
		switch was, ok := old.raw[k]; {
		case !ok:
			all = append(all, fmt.Sprintf("%.80q is new", k))
		case canonical(was) != canonical(is.raw[k]):
			all = append(all, fmt.Sprintf("%.80q is another", k))
		}
	}
	for _, k := range old.keys {
		if _, ok := is.raw[k]; !ok {
			all = append(all, fmt.Sprintf("%.80q is gone", k))
		}
	}
	if len(all) == 0 {
		return ""
	}
	return ": " + strings.Join(all, ", ")
}

// The bounds of a difference in one line.
const (
	maxChanges = 10
	maxChange  = 240 // bytes of one
)

// Brief is a difference in one line, for where it is why an app is locked: who agrees to
// it sees all of it, by `secgpt apps accept`.
func Brief(changes []string) string {
	some := slices.Clone(changes[:min(len(changes), maxChanges)])
	for i, c := range some {
		some[i] = clip(c, maxChange)
	}
	if n := len(changes) - len(some); n > 0 {
		some = append(some, fmt.Sprintf("… and %d more changes", n))
	}
	return strings.Join(some, "; ")
}

// maxDiffering bounds each side of a description that changed, in bytes. No model is
// given more of a description (hub: maxToolAbout), so nothing that reaches one is cut.
const maxDiffering = 300

// differing cuts two texts to where they differ, from the first place to the last.
func differing(a, b string) (string, string) {
	i, j := 0, 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	for j < len(a)-i && j < len(b)-i && a[len(a)-1-j] == b[len(b)-1-j] {
		j++
	}
	const around = 20
	i, j = max(i-around, 0), max(j-around, 0)
	return clip(strings.ToValidUTF8(a[i:len(a)-j], ""), maxDiffering), clip(strings.ToValidUTF8(b[i:len(b)-j], ""), maxDiffering)
}
