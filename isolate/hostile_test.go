//go:build linux && (amd64 || arm64)

package isolate

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

//go:embed testdata/battery.py
var pythonApp string

//go:embed testdata/battery.js
var nodeApp []byte

// An appKind is a program that does rows.
type appKind struct {
	name string
	bare []string // how it is started in a room without grants, and without a room
	with []string // and where /kit is granted
}

// koffi lets Node make system calls. It brings its own binary; nothing is compiled.
const koffi = "koffi@3.3.4"

// addNode puts what Node needs into the kit.
func addNode(t *testing.T, kit string) {
	t.Helper()
	if os.Getenv("SECGPT_TEST_ALL") == "" {
		t.Logf("Go alone: SECGPT_TEST_ALL=1 adds CPython, and Node with %s from the registry", koffi)
		return
	}
	npm := exec.CommandContext(t.Context(), "npm", "install", "--prefix", kit, "--ignore-scripts", "--no-audit", "--no-fund", koffi)
	out, err := npm.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.NoError(t, os.WriteFile(filepath.Join(kit, "battery.js"), nodeApp, 0o644))
	require.NoError(t, exec.CommandContext(t.Context(), "chmod", "-R", "a+rX", kit).Run())
}

// appKinds lists what this machine can run in a room.
func appKinds(t *testing.T, kit string) []appKind {
	t.Helper()
	all := []appKind{{"go", []string{SelfPath, "hostile"}, []string{SelfPath, "hostile"}}}
	if os.Getenv("SECGPT_TEST_ALL") == "" {
		return all
	}
	if python := "/usr/bin/python3"; runnable(python) {
		argv := []string{python, "-c", pythonApp}
		all = append(all, appKind{"python", argv, argv})
	} else {
		missing(t, python)
	}
	if _, err := os.Stat(filepath.Join(kit, "battery.js")); err == nil {
		if node := "/usr/bin/node"; runnable(node) {
			all = append(all, appKind{"node", nil, []string{node, "/kit/battery.js"}})
		} else {
			missing(t, node)
		}
	}
	return all
}

func runnable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode()&0o111 != 0
}

func missing(t *testing.T, path string) {
	t.Helper()
	require.Empty(t, os.Getenv("SECGPT_TEST_ALL"), "%s is not here", path)
	t.Logf("without %s: it is not here", path)
}

// TestBattery does every row, as root, as an ordinary user, and in another user
// namespace; in a room without grants, and beside some. -v prints how many held.
func TestBattery(t *testing.T) {
	if situation := os.Getenv(situationEnv); situation != "" {
		if said, inside := inThrowaway(t, situation, os.Getenv(kitEnv)); inside {
			batteryInside(t, situation, os.Getenv(kitEnv))
		} else {
			fmt.Print(said)
		}
		return
	}
	if os.Geteuid() == nobody {
		t.Skip("the battery as root has its own ordinary user")
	}
	needRooms(t)
	kit := makeKit(t)
	addNode(t, kit)
	for _, s := range situations() {
		t.Run(s, func(t *testing.T) {
			t.Parallel()
			said, _ := inThrowaway(t, s, kit)
			for line := range strings.Lines(said) {
				if _, count, found := strings.Cut(line, summary); found {
					t.Log(strings.TrimSpace(count))
				}
			}
		})
	}
}

// summary marks the lines that the outermost test repeats.
const summary = "battery: "

func batteryInside(t *testing.T, situation, kit string) {
	env := plant(t, kit)
	t.Run("rooms", func(t *testing.T) {
		plantVictims(t)
		before := mounts(t)
		for _, kind := range appKinds(t, kit) {
			if kind.bare != nil {
				t.Run(kind.name, func(t *testing.T) { inRoom(t, situation, kind.name, "bare", bareSpec(), kind.bare) })
			}
			t.Run(kind.name+" beside grants", func(t *testing.T) {
				inRoom(t, situation, kind.name, "beside grants", grantedSpec(kit), kind.with)
			})
			t.Run(kind.name+", memory of the whole room", func(t *testing.T) { memoryOfRooms(t, situation, kit, kind) })
		}
		requireUntouched(t, before)
	})
	for _, kind := range appKinds(t, kit) {
		t.Run("without a room, "+kind.name, func(t *testing.T) {
			plantVictims(t)
			controls(t, situation, kind, kit, env)
		})
	}
}

// requireUntouched looks at what is around the rooms.
func requireUntouched(t *testing.T, before string) {
	t.Helper()
	require.Equal(t, before, mounts(t))
	name, err := os.Hostname()
	require.NoError(t, err)
	require.Equal(t, "outer", name)
	for _, path := range shamFiles {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, planted, string(text), path)
	}
	for n := range victims {
		require.NoError(t, unix.Kill(victim+n, 0), "the hub is gone")
	}
}

func mounts(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("/proc/self/mountinfo")
	require.NoError(t, err)
	return string(text)
}

// bareSpec is a room that reaches one host, at which nobody answers here. Process 1
// is the driver.
func bareSpec() Spec {
	s := testSpec()
	s.Hosts = []Host{{Name: "allowed.test", Ports: []int{443, 8443}}}
	return s
}

// grantedSpec is a room that sees folders of the host besides. Process 1 is the
// package's own.
func grantedSpec(kit string) Spec {
	s := bareSpec()
	s.Init = true
	s.Files = []Grant{{Path: kit, At: "/kit"}, {Path: "/mnt/granted"}, {Path: "/mnt/shared", Write: true}}
	return s
}

// rowsFor picks the rows of a kind of app and of room, with what each must come to.
func rowsFor(situation, kind string, granted bool) (picked []row) {
	for _, r := range rows() {
		if granted && r.Granted != "" {
			r.Want = r.Granted
		}
		if situation != asRoot && r.User != "" {
			r.Want = r.User
		}
		if r.Want != "" && r.Not != kind {
			picked = append(picked, r)
		}
	}
	return picked
}

func (r row) holds(got string) bool { return slices.Contains(strings.Split(r.Want, "|"), got) }

func inRoom(t *testing.T, situation, kind, room string, s Spec, app []string) {
	picked := rowsFor(situation, kind, len(s.Files) > 0)
	began := time.Now()
	got := runBattery(t, s, app, picked)
	took := time.Since(began)
	held := 0
	for _, r := range picked {
		if r.holds(got[r.ID]) {
			held++
		} else {
			t.Errorf("%s: %q, not %q", r.ID, got[r.ID], r.Want)
		}
	}
	fmt.Printf("%s%-6s %-6s %-13s %d rows, %d held, in %v\n", summary, situation, kind, room, len(picked), held, took.Round(time.Millisecond))
}

// controls does the rows without a room: each must come to something else.
func controls(t *testing.T, situation string, kind appKind, kit string, env []string) {
	app := slices.Clone(kind.with)
	for i := range app {
		app[i] = strings.Replace(strings.Replace(app[i], SelfPath, "/proc/self/exe", 1), "/kit/", kit+"/", 1)
	}
	var picked []row
	for _, r := range rowsFor(situation, kind.name, true) {
		if r.Alike == "" && !(r.OneID && situation != asRoot) {
			for i := range r.Do {
				r.Do[i] = r.Do[i].bare()
			}
			picked = append(picked, r)
		}
	}
	got := runBare(t, env, app, picked)
	for _, r := range picked {
		if r.holds(got[r.ID]) {
			t.Errorf("%s: %q, also without a room", r.ID, got[r.ID])
		}
	}
	fmt.Printf("%s%-6s %-6s %-13s %d rows, of which each comes to something else\n", summary, situation, kind.name, "without", len(picked))
}

// bare is a step with the paths that it has without a room.
func (s step) bare() step {
	for i, a := range s.Args {
		if a.B != nil {
			s.Args[i].B = []byte(bareProc(string(a.B)))
		}
	}
	return s
}
