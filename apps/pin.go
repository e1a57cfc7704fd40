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
	type tool struct{ name, about, input, output string }
	set := make([]tool, len(tools))
	for i, t := range tools {
		set[i] = tool{t.Name, t.About, canonical(t.Input), canonical(t.Output)}
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

// maxChanges bounds a difference: after ten lines nobody reads on.
const maxChanges = 10

// Diff says how the tools that an app offers now differ from those that were agreed,
// a sentence a change; nil if they don't. Names and descriptions in it are the app's
// words, quoted and cut.
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
			was, is := around(o.About, t.About)
			all = append(all, fmt.Sprintf("%s described itself as %q and now as %q", t.Name, was, is))
		}
		if canonical(o.Input) != canonical(t.Input) {
			all = append(all, t.Name+" takes other parameters")
		}
		if canonical(o.Output) != canonical(t.Output) {
			all = append(all, t.Name+" returns something else")
		}
	}
	for _, t := range agreed {
		if _, ok := old[t.Name]; ok {
			all = append(all, fmt.Sprintf("the tool %.80q is gone", t.Name))
		}
	}
	if n := len(all); n > maxChanges {
		all = append(all[:maxChanges], fmt.Sprintf("… and %d more changes", n-maxChanges))
	}
	return all
}

func joined(changes []string) string { return strings.Join(changes, "; ") }

// around cuts two texts to the place where they begin to differ.
func around(a, b string) (string, string) {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	i = max(i-20, 0)
	return clip(strings.ToValidUTF8(a[i:], ""), 80), clip(strings.ToValidUTF8(b[i:], ""), 80)
}
