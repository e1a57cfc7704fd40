package main

import (
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// A Set is a folder of requests with the data they are about. README.md describes it.
type Set struct {
	Dir      string
	Now      time.Time
	Zone     *time.Location
	Sample   bool // the demo's data lies below the set's own
	Requests []Request
}

// A Request is a conversation of one turn or more.
type Request struct {
	ID   string
	Apps []string // what is installed
	Turn
	Then []Turn

	Group string `toml:"-"` // its file, without the ending
}

// A Turn is what the person says, what they answer when they are asked, and what must
// have come of it.
type Turn struct {
	Say    string
	Answer string // to a question of the hub's; "" gives none
	Kind   string // "", plain, ask or refuse
	Shows  []string
	Hides  []string
	Extra  *int // how many items that nobody asked for may be shown; see maxExtra
	Uses   []string
	Does   []Effect
	Right  string // a plan, or "say: " and words, that is right; the set's own test
}

// An Effect is one change that the person asked for.
type Effect map[string]any

// Tool is the tools that may make it.
func (e Effect) Tool() []string { return split(text(e["tool"])) }

// Is is "+", "-" or "~": added, gone or changed.
func (e Effect) Is() string {
	if s := text(e["is"]); s != "" {
		return s
	}
	return "+"
}

// The halves: requests to tune with, and requests to report.
const (
	Tune   = "tune"
	Report = "report"
)

// Half is the half that an id belongs to: the lowest bit of the FNV-1a hash of it.
func Half(id string) string {
	h := fnv.New32a()
	h.Write([]byte(id))
	if h.Sum32()&1 == 0 {
		return Tune
	}
	return Report
}

// Load reads a set and holds it to its rules.
func Load(dir string) (*Set, error) {
	var head struct {
		Now    time.Time
		Zone   string
		Sample bool
	}
	if err := decode(filepath.Join(dir, "set.toml"), &head); err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(head.Zone)
	if err != nil {
		return nil, fmt.Errorf("set.toml: zone: %w", err)
	}
	s := &Set{Dir: dir, Now: head.Now.In(zone), Zone: zone, Sample: head.Sample}
	files, err := filepath.Glob(filepath.Join(dir, "requests", "*.toml"))
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	seen := map[string]bool{}
	for _, f := range files {
		var group struct {
			Apps    []string
			Request []Request
		}
		if err := decode(f, &group); err != nil {
			return nil, err
		}
		for _, r := range group.Request {
			r.Group = strings.TrimSuffix(filepath.Base(f), ".toml")
			if r.Apps == nil {
				r.Apps = group.Apps
			}
			if err := r.check(seen); err != nil {
				return nil, fmt.Errorf("%s: %s: %w", filepath.Base(f), r.ID, err)
			}
			s.Requests = append(s.Requests, r)
		}
	}
	if len(s.Requests) == 0 {
		return nil, fmt.Errorf("%s holds no requests: expected requests/*.toml", dir)
	}
	return s, nil
}

// decode reads TOML in which every key means something.
func decode(path string, v any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	meta, err := toml.Decode(string(data), v)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, key := range meta.Undecoded() {
		if !slices.Contains(key, "was") { // the decoder does not count what lies in an Effect
			return fmt.Errorf("%s: nothing reads %s", path, key)
		}
	}
	return nil
}

func (r *Request) check(seen map[string]bool) error {
	if r.ID == "" || seen[r.ID] {
		return fmt.Errorf("an id is missing or comes twice")
	}
	seen[r.ID] = true
	for _, t := range r.turns() {
		switch {
		case t.Say == "":
			return fmt.Errorf("a turn says nothing")
		case !slices.Contains([]string{"", "plain", "ask", "refuse"}, t.Kind):
			return fmt.Errorf("there is no kind %q", t.Kind)
		case t.Kind == "" && len(t.Shows)+len(t.Does)+len(t.Uses) == 0:
			return fmt.Errorf("%q expects nothing", t.Say)
		case (t.Kind == "plain" || t.Kind == "refuse") && len(t.Does)+len(t.Uses) > 0:
			return fmt.Errorf("%q: kind %s does nothing", t.Say, t.Kind)
		}
		for _, e := range t.Does {
			if len(e.Tool()) == 0 || !strings.Contains("+-~", e.Is()) {
				return fmt.Errorf("%q: an effect needs a tool, and is +, - or ~", t.Say)
			}
		}
	}
	return nil
}

func (r *Request) turns() []Turn { return append([]Turn{r.Turn}, r.Then...) }

// Pick is the requests of one half, "" for both, whose id or group fits, n at most.
func (s *Set) Pick(half string, only *regexp.Regexp, n int) []Request {
	var picked []Request
	for _, r := range s.Requests {
		if (half == "" || Half(r.ID) == half) && only.MatchString(r.Group+"/"+r.ID) && (n == 0 || len(picked) < n) {
			picked = append(picked, r)
		}
	}
	return picked
}
