// Package pick finds the tools that a request may need, among all that are installed,
// so that the planner reads a few lines and not ten thousand.
//
// It promises: no model and no network, one pass over short lists in memory; the same
// tools for the same request; with a tool that changes things those that find what it
// changes, and with one that reaches people those that know people. What is not picked
// can be listed by whoever holds the index.
//
// A text is found by its words (BM25), by words that people use for one another
// (synonyms.go), and by the apps that the request names. Start with New and Index.Pick.
package pick

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// The bounds of what is read. An app's words are hostile: however many it says, they
// count as few.
const (
	maxTerms   = 400 // of one text
	maxPhrases = 20  // of one tool
)

// A Doc is a tool, as far as it helps to find it. All but the flags may be an app's
// words.
type Doc struct {
	App, Tool string
	About     string   // what the app says of the tool
	AppAbout  string   // what it says of itself
	Params    []string // their names
	Phrases   []string // by which the manifest says people ask for it

	Changes bool // it changes something
	ByID    bool // it needs what another of its tools finds: an id
	Reaches bool // it goes to a person or an address
	People  bool // it knows people's addresses
	Usual   bool // it is what everyday words mean first: of a built-in app
}

// finds reports whether a tool can find what the others of its app need.
func (d Doc) finds() bool { return !d.Changes && !d.ByID }

// How much a word counts by where it stands. A tool's own name says most; what an app
// says of itself is shared by all its tools.
const (
	inTool    = 3.0
	inApp     = 3.0
	inAbout   = 1.5
	inPhrase  = 1.5
	inParam   = 0.5
	inAppText = 1.5
	asAlike   = 0.45 // a word of the same line of synonyms, beside the word itself
	usual     = 1.5  // times, for a tool that everyday words mean first
	changing  = 0.8  // times, for a tool that changes things where the request is a question
	reading   = 1.05 // times, for one that does not: most plans begin with one
)

// tail is how much of the best tool's score another must have to be picked for itself:
// what is far behind costs the model time and leads it astray.
const tail = 0.1

// The constants of BM25: how soon a word said again counts less, and how much a long
// text is held against a tool.
const k1, b = 1.2, 0.3

type posting struct {
	doc    int32
	weight float32
}

// An Index holds the tools of one set of apps. It is immutable and safe for many
// goroutines; build it anew when apps change.
type Index struct {
	docs     []Doc
	postings map[string][]posting
	byApp    map[string][]int
	spread   map[string]int // in how many apps a term is
	people   []int
	usual    []int // finders
	terms    func(string) []string
}

// New reads the tools once. The order of docs settles what is alike.
func New(docs []Doc) *Index { return index(docs, terms) }

// NewPhrases reads documents that are phrases, of which every word counts: how many, if,
// all.
func NewPhrases(docs []Doc) *Index { return index(docs, everyTerm) }

func index(docs []Doc, terms func(string) []string) *Index {
	x := &Index{docs: docs, postings: map[string][]posting{}, byApp: map[string][]int{}, spread: map[string]int{}, terms: terms}
	last := map[string]string{} // the app in which a term was met last: an app's tools stand together
	weights := make([]map[string]float64, len(docs))
	lengths, total := make([]float64, len(docs)), 0.0
	apps := map[string][]string{} // the terms of an app's own words, read once
	for i, d := range docs {
		if _, ok := apps[d.App]; !ok {
			apps[d.App] = terms(d.AppAbout)
		}
		weights[i] = map[string]float64{}
		add := func(ts []string, weight float64) { lengths[i] += addTo(weights[i], ts, weight) }
		add(terms(d.Tool), inTool)
		add(terms(d.App), inApp)
		add(terms(d.About), inAbout)
		add(apps[d.App], inAppText)
		add(terms(strings.Join(d.Params, " ")), inParam)
		add(terms(strings.Join(d.Phrases[:min(len(d.Phrases), maxPhrases)], " ")), inPhrase)
		total += lengths[i]
		x.byApp[d.App] = append(x.byApp[d.App], i)
		if d.People && d.finds() {
			x.people = append(x.people, i)
		}
		if d.Usual && d.finds() {
			x.usual = append(x.usual, i)
		}
	}
	mean := total / float64(max(1, len(docs)))
	for i, w := range weights {
		norm := k1 * (1 - b + b*lengths[i]/mean)
		for t, v := range w {
			if app := docs[i].App; last[t] != app {
				last[t] = app
				x.spread[t]++
			}
			x.postings[t] = append(x.postings[t], posting{int32(i), float32(v * (k1 + 1) / (v + norm))})
		}
	}
	return x
}

// addTo adds the weight of terms, and of what they are alike to. A word that is said
// again counts no more: an app can't come first by repeating itself. It returns how much
// was added.
func addTo(w map[string]float64, ts []string, weight float64) (sum float64) {
	seen := map[string]bool{}
	add := func(t string) {
		if !seen[t] {
			seen[t] = true
			w[t] += weight
			sum += weight
		}
	}
	for _, t := range ts {
		add(t)
		for _, kind := range alike()[t] {
			add(kind)
		}
	}
	return sum
}

// Len is how many tools there are.
func (x *Index) Len() int { return len(x.docs) }

// Doc is tool number i, in the order that New was given.
func (x *Index) Doc(i int) Doc { return x.docs[i] }

// A Hit is a tool that was picked.
type Hit struct {
	Doc   int     // its number
	Score float64 // 0 if it was brought along by another
}

// Pick returns n tools at most that the request may need, the likeliest first.
func (x *Index) Pick(request string, n int) []Hit {
	scores := x.score(request)
	ranked := rank(scores)
	if len(ranked) > 0 {
		far := ranked[0].Score * tail
		ranked = slices.DeleteFunc(ranked, func(h Hit) bool { return h.Score < far })
		ranked = x.shared(ranked, max(1, n/4))
	}
	var named []string
	for _, h := range ranked[:min(len(ranked), n)] {
		if app := x.docs[h.Doc].App; !slices.Contains(named, app) && Named(app, request) {
			named = append(named, app)
		}
	}
	return x.complete(ranked, scores, named, n)
}

// shared lets an app that is not built in stand before others with so many tools at most;
// the rest of its tools come after the others'. However many an app has, and whatever it
// says of them, they push no other app's out.
func (x *Index) shared(ranked []Hit, most int) []Hit {
	first, after, of := make([]Hit, 0, len(ranked)), []Hit(nil), map[string]int{}
	for _, h := range ranked {
		d := x.docs[h.Doc]
		if of[d.App]++; d.Usual || of[d.App] <= most {
			first = append(first, h)
		} else {
			after = append(after, h)
		}
	}
	return append(first, after...)
}

// Like returns the n documents whose words are most like those of a request, the most
// like first, and nothing besides.
func (x *Index) Like(request string, n int) []Hit {
	ranked := rank(x.score(request))
	return ranked[:min(n, len(ranked))]
}

// Has reports whether a word of the request, or one that people use for it, is one of some
// tool's own. How far, how long, who said and who wrote ask for what any book may hold; but
// not how far it is from one place to another.
func (x *Index) Has(request string) bool {
	_, way, _ := strings.Cut(strings.ToLower(request), " from ")
	between := strings.Contains(way, " to ")
	return slices.ContainsFunc(x.wanted(request), func(t string) bool {
		return (!everywhere[t] || between && t == stem("far")) && (len(x.postings[t]) > 0 || slices.ContainsFunc(alike()[t], func(kind string) bool { return len(x.postings[kind]) > 0 }))
	})
}

// everywhere are stems of words that ask for facts of any kind.
var everywhere = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields("far long high low near old tall big deep say said says tell told write wrote written call called name number many much who whom whose") {
		m[stem(w)] = true
	}
	return m
}()

func rank(scores map[int]float64) []Hit {
	ranked := make([]Hit, 0, len(scores))
	for d, s := range scores {
		ranked = append(ranked, Hit{d, s})
	}
	slices.SortFunc(ranked, func(a, b Hit) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Doc, b.Doc)) })
	return ranked
}

// score adds up what each word of the request counts.
func (x *Index) score(request string) map[int]float64 {
	question := asks(request)
	weights := map[string]float64{}
	for _, t := range x.wanted(request) {
		if question && t == stem("write") {
			t = stem("wrote") // asked what somebody did write, one wants to read it
		}
		weights[t] = 1
		for _, kind := range alike()[t] {
			weights[kind] = asAlike
		}
	}
	keys := make([]string, 0, len(weights))
	for t := range weights {
		keys = append(keys, t)
	}
	slices.Sort(keys) // so that sums do not depend on the order of a map
	scores := map[int]float64{}
	for _, t := range keys {
		list := x.postings[t]
		if len(list) == 0 {
			continue
		}
		// How rare a word is, is counted by tools and by apps: "file" is no common word
		// because one app has twenty tools for files.
		idf := (rarity(len(x.docs), len(list)) + rarity(len(x.byApp), x.spread[t])) / 2
		for _, p := range list {
			scores[int(p.doc)] += weights[t] * idf * float64(p.weight)
		}
	}
	for d := range scores {
		if x.docs[d].Usual {
			scores[d] *= usual
		}
		switch {
		case !x.docs[d].Changes:
			scores[d] *= reading
		case question:
			scores[d] *= changing
		}
	}
	return scores
}

func rarity(all, has int) float64 {
	return math.Log(1 + (float64(all-has)+0.5)/(float64(has)+0.5))
}

// How many tools are brought along with one that was found.
const (
	ofNamed = 10 // of an app that the request names
	finders = 2  // of its own app, for one that needs an id
	readers = 1  // that read what was found
	whole   = 6  // an app that is meant first comes whole, if it has no more tools

	// always is how many finders of such apps come whatever was asked: "my booking with
	// Kestrel" names no app, and is in a mail.
	always = 4
)

// complete takes the likeliest tools, and what they can't do without: to delete a note
// one must find it, and to write to Bob know his address. What is left of n goes to the
// next likely.
func (x *Index) complete(ranked []Hit, scores map[int]float64, named []string, n int) []Hit {
	var picked []Hit
	taken := map[int]bool{}
	take := func(d int, score float64) {
		if !taken[d] && len(picked) < n {
			taken[d] = true
			picked = append(picked, Hit{d, score})
		}
	}
	bring := func(from []int, many int, fits func(Doc) bool) {
		from = slices.DeleteFunc(slices.Clone(from), func(d int) bool { return !fits(x.docs[d]) })
		slices.SortStableFunc(from, func(a, b int) int {
			return cmp.Or(cmp.Compare(scores[b], scores[a]), cmp.Compare(looks(x.docs[b]), looks(x.docs[a])))
		})
		for _, d := range from[:min(many, len(from))] {
			take(d, 0)
		}
	}
	first := ranked[:min(len(ranked), (n+1)/2)]
	core := func(d Doc) bool { return about(d) >= 0 }
	for _, app := range named { // before what others say of themselves
		news := slices.DeleteFunc(slices.Clone(x.byApp[app]), func(d int) bool { return !core(x.docs[d]) || !adds(x.docs[d]) })
		if len(news) > 0 {
			take(slices.MinFunc(news, func(a, b int) int { return cmp.Compare(about(x.docs[a]), about(x.docs[b])) }), 0)
		}
		own := slices.DeleteFunc(slices.Clone(ranked), func(h Hit) bool { return x.docs[h.Doc].App != app })
		for _, h := range own[:min(ofNamed/2, len(own))] {
			take(h.Doc, h.Score)
		}
	}
	for _, h := range first {
		take(h.Doc, h.Score)
	}
	for _, app := range named {
		bring(x.byApp[app], 2, func(d Doc) bool { return core(d) && adds(d) })
		bring(x.byApp[app], ofNamed, core)
		bring(x.byApp[app], ofNamed, func(Doc) bool { return true })
	}
	byUse := slices.Clone(first)
	slices.SortStableFunc(byUse, func(a, b Hit) int {
		return cmp.Compare(btoi(x.docs[b.Doc].Usual), btoi(x.docs[a.Doc].Usual))
	})
	for _, h := range byUse {
		d := x.docs[h.Doc]
		switch {
		case d.Usual && len(x.byApp[d.App]) <= whole:
			bring(x.byApp[d.App], whole, func(Doc) bool { return true })
		case d.ByID:
			bring(x.byApp[d.App], finders, Doc.finds)
		case d.Changes:
			bring(x.byApp[d.App], finders, Doc.finds)
		default:
			bring(x.byApp[d.App], readers, func(o Doc) bool { return o.ByID && !o.Changes })
		}
		if d.Reaches {
			bring(x.people, 1, func(Doc) bool { return true })
		}
	}
	bring(x.usual, always, func(Doc) bool { return true })
	for _, h := range slices.Clone(picked) {
		if d := x.docs[h.Doc]; d.Usual && d.finds() {
			bring(x.byApp[d.App], readers, func(o Doc) bool { return o.ByID && !o.Changes })
		}
	}
	for _, h := range ranked[len(first):] {
		take(h.Doc, h.Score)
	}
	return picked
}

// about is where in an app's word on itself the thing stands that a tool is for, tasks in
// "Tasks and projects", or -1: what comes first there is mostly meant.
func about(d Doc) int {
	tool := terms(d.Tool)
	return slices.IndexFunc(terms(d.AppAbout), func(t string) bool { return slices.Contains(tool, t) })
}

// adds reports whether a tool makes something new: what is wanted of an app that is named
// and told a text, as in "todoist: buy stamps".
func adds(d Doc) bool {
	return slices.ContainsFunc(terms(d.Tool), func(t string) bool { return t == stem("add") || t == stem("create") })
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// looks is how much the name of a tool says that it finds things.
func looks(d Doc) int {
	for i, w := range []string{"search", "find", "list", "query", "get", "read", "add", "create"} {
		if strings.Contains(strings.ToLower(d.Tool), w) {
			return 8 - i
		}
	}
	return 0
}
