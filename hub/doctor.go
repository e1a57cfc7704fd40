package hub

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"secgpt/hub/model"
	"secgpt/hub/profile"
	"secgpt/isolate"
)

// lookLimit bounds how long all models may take to be found, so that a server that hangs
// is a line of `secgpt doctor` and not its end.
const lookLimit = 5 * time.Second

// CheckModels looks whether the models of each role are there, and where they run: the
// one that spec names for all roles, else those of the config. It asks no model anything
// and no other computer. No room needs a model, so nothing here is a failure: a model that
// was named and can't be asked is a warning, none at all is not.
func CheckModels(ctx context.Context, c profile.Config, spec string) []isolate.Check {
	ctx, stop := context.WithTimeout(ctx, lookLimit)
	defer stop()
	found := map[string]looked{}
	var checks []isolate.Check
	for _, role := range []profile.Role{profile.Planner, profile.Spokes, profile.Quarantine} {
		specs := c.ModelsFor(role)
		if spec != "" {
			specs = []string{spec}
		}
		for _, s := range specs {
			if _, ok := found[s]; !ok {
				m, err := model.Find(ctx, s, c.ModelServers()...)
				found[s] = looked{m, err}
			}
		}
		checks = append(checks, checkOf(role, specs, found))
	}
	return checks
}

// looked is what came of looking for a model.
type looked struct {
	m   model.Model
	err error
}

// checkOf is what was found for one role: the first of its models that is there is asked.
func checkOf(role profile.Role, specs []string, found map[string]looked) isolate.Check {
	check := isolate.Check{ID: "model." + string(role), Status: isolate.CheckOK}
	var names, means []string
	asked := false
	for i, s := range specs {
		names = append(names, named(s))
		switch l := found[s]; {
		case l.err != nil:
			what, do := whyNot(l.err)
			means, check.Do, check.Status = append(means, what), cmp.Or(check.Do, do), isolate.CheckWarn
		case !asked && i > 0:
			asked, means = true, append(means, where(l.m)+", and is asked instead")
		case !asked:
			asked, means = true, append(means, where(l.m))
		}
	}
	if !asked {
		means = append(means, needs[role])
		if specs[0] == "" || specs[0] == "none" { // nobody named one
			check.Status = isolate.CheckSkip
		}
	}
	check.Tried, check.Means = "looked for "+strings.Join(names, ", then "), strings.Join(means, "; ")
	return check
}

// needs say what a role's model is for.
var needs = map[profile.Role]string{
	profile.Planner:    "without a model only phrases are understood",
	profile.Spokes:     "APP.ask in a plan needs a model",
	profile.Quarantine: "ask in a plan needs a model",
}

// named is a model's spec in words.
func named(spec string) string {
	switch spec {
	case "":
		return "the best model of a local Ollama"
	case "none":
		return "no model"
	}
	return spec
}

// where says where a model runs.
func where(m model.Model) string {
	if host, far := model.Elsewhere(m); far {
		return fmt.Sprintf("%s runs on %s, which was not asked: it hears only what you or a rule let leave this computer", m.Name(), host)
	}
	return m.Name() + " is there, and runs on this computer"
}

func whyNot(err error) (what, do string) {
	var e *model.Error
	if errors.As(err, &e) {
		return e.What, e.Do
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Sprintf("no answer within %s", lookLimit), "start the model's server anew"
	}
	return err.Error(), ""
}
