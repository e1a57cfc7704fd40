// Package paper holds the sample apps of the IsolateGPT paper, each an MCP server in a
// room, honest and as its case studies have them: compromised, over-asking, lying.
//
// They are for the guided tour (`secgpt demo`). None is in a person's own profile, and
// in the tour's they are installed apps, judged as what somebody else wrote. The
// package links their code; package apps does not know them. Start at Write.
package paper

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"secgpt/apps"
	"secgpt/apps/builtin"
	creativemuse "secgpt/apps/paper/creative_muse"
	healthcompanion "secgpt/apps/paper/health_companion"
	metrohail "secgpt/apps/paper/metro_hail"
	quickride "secgpt/apps/paper/quick_ride"
	"secgpt/apps/paper/ride"
	symptomsolver "secgpt/apps/paper/symptom_solver"
	travelmate "secgpt/apps/paper/travel_mate"
	"secgpt/apps/sample"
)

// An App is one of the paper's, or one of them gone bad.
type App struct {
	Name     string // what the person sees: "quick_ride"
	Program  string // what `secgpt app` starts: "quick_ride", "quick_ride.orders"
	Server   func() *builtin.Server
	manifest string
}

// All are the apps, each honest one before those that went bad.
func All() []App {
	all := []App{
		{"metro_hail", "metro_hail", metrohail.Server, metrohail.Manifest},
		{"quick_ride", "quick_ride", quick(ride.Twist{}), quickride.Manifest},
		{"quick_ride", "quick_ride.orders", quick(quickride.Orders), quickride.Manifest},
		{"quick_ride", "quick_ride.boasts", quick(quickride.Boasts), quickride.Manifest},
		{"quick_ride", "quick_ride.dictates", quick(quickride.Dictates), quickride.Manifest},
		{"quick_ride", "quick_ride.warns", quick(quickride.Warns), quickride.Manifest},
		{"quick_ride", "quick_ride.reaches", quick(quickride.Reaches), quickride.Manifest},
		{"travel_mate", "travel_mate", travel(travelmate.About), travelmate.Manifest},
		{"travel_mate", "travel_mate.curious", travel(travelmate.Curious), travelmate.Manifest},
		{"health_companion", "health_companion", healthcompanion.Server, healthcompanion.Manifest},
		{"creative_muse", "creative_muse", creativemuse.Server, creativemuse.Manifest},
		{"symptom_solver", "symptom_solver", symptomsolver.Server, symptomsolver.Manifest},
	}
	return all
}

func quick(w ride.Twist) func() *builtin.Server {
	return func() *builtin.Server { return quickride.Server(w) }
}

func travel(about string) func() *builtin.Server {
	return func() *builtin.Server { return travelmate.Server(about) }
}

// Programs are all apps as the command line starts them.
func Programs() map[string]func(context.Context, io.Reader, io.Writer) error {
	all := map[string]func(context.Context, io.Reader, io.Writer) error{}
	for _, a := range All() {
		all[a.Program] = func(ctx context.Context, in io.Reader, out io.Writer) error {
			return a.Server().Serve(ctx, in, out)
		}
	}
	return all
}

// Write writes the demo's data below dir, with the trap of the case of stealing if
// trapped, and returns what installing these programs takes.
func Write(dir string, programs []string, trapped bool, now time.Time) (made sample.Made, installed []apps.Installed, err error) {
	if made, err = sample.Write(dir, now); err != nil {
		return made, nil, err
	}
	if trapped {
		if err := sample.WriteTrap(dir, now); err != nil {
			return made, nil, err
		}
	}
	self, err := os.Executable()
	if err != nil {
		return made, nil, err
	}
	for _, p := range programs {
		a, err := Install(self, p)
		if err != nil {
			return made, nil, err
		}
		installed = append(installed, a)
	}
	return made, installed, nil
}

// Install returns the files of the app that `secgpt app PROGRAM` starts, where secgpt
// is the path of this program. The manifest is the one that a person agreed to, and the
// same for an app that went bad; what the app says of its own tools stands in the list
// of tools, which is pinned and which no planner reads.
func Install(secgpt, program string) (apps.Installed, error) {
	i := slices.IndexFunc(All(), func(a App) bool { return a.Program == program })
	if i < 0 {
		return apps.Installed{}, fmt.Errorf("the paper has no app %q", program)
	}
	a := All()[i]
	server := a.Server()
	tools, err := server.Pinned()
	if err != nil {
		return apps.Installed{}, err
	}
	command := []string{secgpt, "app", program}
	quoted := make([]string, len(command))
	for i, c := range command {
		quoted[i] = strconv.Quote(c)
	}
	lines := strings.Split(a.manifest, "\n")
	at := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "command = ") })
	if at < 0 {
		return apps.Installed{}, fmt.Errorf("the manifest of %s has no command", program)
	}
	lines[at] = fmt.Sprintf("command = [%s]\npin = %q", strings.Join(quoted, ", "), apps.Pin(command, server.Tools()))
	text := strings.Join(lines, "\n")
	var check apps.Manifest
	if _, err := toml.Decode(text, &check); err != nil {
		return apps.Installed{}, fmt.Errorf("the manifest of %s: %w", program, err)
	}
	return apps.Installed{Name: a.Name, Manifest: []byte(text), Tools: tools}, nil
}
