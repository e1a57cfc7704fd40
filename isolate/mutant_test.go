//go:build linux && (amd64 || arm64)

package isolate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"secgpt/isolate/stage"
	"secgpt/isolate/stage/fault"
)

// A mutant is a room with one rule switched off. bench/roommutants asks for the list
// of them, then for each in a throwaway of its own, and reads which rows of the
// battery noticed. Rules that are data are here, and found in what production code
// makes of a Spec, so that a new rule is a new mutant; those that are code are in
// bench/roommutants.
type mutant struct {
	Name   string   `json:"name"`
	Behind []string `json:"behind,omitempty"` // locks that hide it: off in both runs of a pair
	Helper bool     `json:"helper,omitempty"` // no rule: for pairs alone

	lines []string // for the stage: see package fault
	hub   func()   // to this process
}

// What bench/roommutants says in the environment.
const (
	mutantEnv    = "ISOLATE_MUTANT"    // names, one a line, or mutantList
	mutantAsEnv  = "ISOLATE_MUTANT_AS" // the situation
	mutantList   = "list"
	mutantMark   = "mutant: " // in front of what bench/roommutants reads
	mutantRoom   = time.Minute
	outsideTouch = "outside of the room"
)

// A finding is what one room says of a mutant.
type finding struct {
	Refused string            `json:"refused,omitempty"` // the start was: by which layer
	Wrong   map[string]string `json:"wrong,omitempty"`   // rows and what they came to
}

// TestMutant is a part of bench/roommutants.
func TestMutant(t *testing.T) {
	names, asked := os.LookupEnv(mutantEnv)
	if !asked {
		t.Skip("bench/roommutants runs it")
	}
	situation, kit := os.Getenv(mutantAsEnv), os.Getenv(kitEnv)
	if kit == "" {
		kit = makeKit(t)
		moreThanUsual()
	}
	said, inside := inThrowaway(t, situation, kit)
	if !inside {
		fmt.Print(said)
		return
	}
	plant(t, kit)
	var all []mutant
	if names != "" { // code that is changed may not even plan a room
		all = mutants(t, kit)
	}
	if names == mutantList {
		printMutants(t, all)
		return
	}
	plantVictims(t)
	plantKey(t)
	before := mounts(t)
	specs := roomSpecs(kit)
	for name := range strings.Lines(names) {
		name = strings.TrimSpace(name)
		i := slices.IndexFunc(all, func(m mutant) bool { return m.Name == name })
		require.GreaterOrEqual(t, i, 0, "no mutant is called %q", name)
		all[i].apply(specs)
	}
	found := map[string]finding{}
	for name, s := range specs {
		s.Env = append(s.Env, commonEnv...)
		found[name] = tryRows(t, s.Spec, kit, s.rows(situation))
	}
	found["filter"] = finding{Wrong: wrongAnswers(t, false)}
	maps.Copy(found["filter"].Wrong, wrongAnswers(t, true))
	found[outsideTouch] = finding{Wrong: touched(before)}
	printMutants(t, found)
}

// moreThanUsual raises limits of whoever makes rooms that mostly are what a room's
// are: who has no more can't show that a room has less. It takes a capability, which
// not every root has.
func moreThanUsual() {
	for _, which := range []int{unix.RLIMIT_NICE, unix.RLIMIT_RTPRIO} {
		_ = unix.Setrlimit(which, &unix.Rlimit{Cur: 20, Max: 20})
	}
}

func printMutants(t *testing.T, what any) {
	t.Helper()
	text, err := json.Marshal(what)
	require.NoError(t, err)
	fmt.Printf("%s%s\n", mutantMark, text)
}

// A kind of room, and the rows that are done in it.
type roomSpec struct {
	Spec
	rows func(situation string) []row
}

func roomSpecs(kit string) map[string]*roomSpec {
	return map[string]*roomSpec{
		"bare":          {bareSpec(), func(as string) []row { return rowsFor(as, "go", false) }},
		"beside grants": {grantedSpec(kit), func(as string) []row { return rowsFor(as, "go", true) }},
		"own folder":    {ownFolderSpec(), func(string) []row { return ownFolderRows() }},
	}
}

func (m mutant) apply(specs map[string]*roomSpec) {
	commonEnv = append(commonEnv, m.lines...)
	if m.hub != nil {
		m.hub()
	}
	if slices.Contains(m.lines, withoutHosts) {
		for _, s := range specs {
			s.Hosts = nil
		}
	}
}

// tryRows is runBattery for a room that may not be one.
func tryRows(t *testing.T, s Spec, kit string, rows []row) (f finding) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), mutantRoom)
	defer cancel()
	app := []string{SelfPath, "hostile"}
	s.Argv = []string{Self, "battery"}
	r, err := Start(ctx, s)
	if err != nil {
		var le *LayerError
		if f.Refused = err.Error(); errors.As(err, &le) {
			f.Refused = le.Layer + ": " + le.Op + ": " + le.Err.Error()
		}
		return f
	}
	defer func() { _ = r.Close() }()
	go func() {
		_ = json.NewEncoder(r.In).Encode(newJob(app, rows))
		_ = r.In.Close()
	}()
	text, _ := io.ReadAll(r.Out)
	if exit := r.Wait(); exit != (Exit{}) {
		f.Refused = strings.TrimSpace(fmt.Sprintf("second look: exit %d %s %s", exit.Code, exit.Signal, r.Stderr()))
		return f
	}
	got := answersOf(t, text, rows)
	f.Wrong = map[string]string{}
	for _, r := range rows {
		if !r.holds(got[r.ID]) {
			f.Wrong[r.ID] = got[r.ID]
		}
	}
	return f
}

// touched says what of the throwaway is not as it was.
func touched(before string) map[string]string {
	wrong := map[string]string{}
	if now, err := os.ReadFile("/proc/self/mountinfo"); err != nil || string(now) != before {
		wrong["mounts"] = "changed"
	}
	if name, err := os.Hostname(); err != nil || name != "outer" {
		wrong["host name"] = name
	}
	for _, path := range shamFiles {
		if text, err := os.ReadFile(path); err != nil || string(text) != planted {
			wrong[path] = "changed"
		}
	}
	for n := range victims {
		if unix.Kill(victim+n, 0) != nil {
			wrong["the hub"] = "gone"
		}
	}
	return wrong
}

// withoutHosts is for a room in the network of its maker, where it may not listen.
const withoutHosts = "WITHOUT_HOSTS=1"

// planOf is all that a kind of room will be, as production code says it.
func planOf(t *testing.T, s Spec) stage.Config {
	t.Helper()
	s.Argv = []string{Self, "battery"}
	p, err := newPlan(s)
	require.NoError(t, err)
	p.close()
	return p.Config
}

// A change that nobody makes would be a mutant that is no mutant.
func TestUnknownChangeStartsNothing(t *testing.T) {
	needRooms(t)
	s := shell("true")
	s.Env = append(s.Env, fault.Changed("nonsense", "/"))
	_, err := Start(t.Context(), s)
	require.ErrorContains(t, err, "no such change")
}
