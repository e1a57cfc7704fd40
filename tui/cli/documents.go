package cli

import (
	"io"

	"secgpt/apps"
	"secgpt/hub/model"
	"secgpt/tui/pipe"
)

// documents prints a list for programs: one object with it, or each on a line.
func documents[T any](c *command, out io.Writer, name string, docs []T) error {
	if c.output == "jsonl" {
		for _, d := range docs {
			if _, err := io.WriteString(out, pipe.Encode(d)); err != nil {
				return err
			}
		}
		return nil
	}
	_, err := io.WriteString(out, pipe.Encode(map[string]any{name: docs}))
	return err
}

// modelDoc is a model of `model list -o json`.
type modelDoc struct {
	Name       string `json:"name"`
	Bytes      int64  `json:"bytes"`               // on the disk; 0 of one that runs elsewhere
	Parameters string `json:"parameters"`          // "7.6B"; "" if nobody said
	Elsewhere  string `json:"elsewhere,omitempty"` // the host that answers
	Loaded     bool   `json:"loaded"`
}

func modelDocs(all []model.Listed) []modelDoc {
	docs := make([]modelDoc, len(all))
	for i, m := range all {
		docs[i] = modelDoc(m)
	}
	return docs
}

// appDoc is an app of `apps list -o json`.
type appDoc struct {
	Name    string    `json:"name"`
	About   string    `json:"about"`
	BuiltIn bool      `json:"built_in"`
	Locked  string    `json:"locked,omitempty"` // why it must not run
	Command []string  `json:"command,omitempty"`
	Files   []fileDoc `json:"files"` // granted beside its own folder
	Hosts   []string  `json:"hosts"`
	Tools   []toolDoc `json:"tools"`
}

type fileDoc struct {
	Path string `json:"path"`
	Mode string `json:"mode"` // ro or rw
}

type toolDoc struct {
	Name    string   `json:"name"`
	About   string   `json:"about"`
	Effect  string   `json:"effect"` // read, write or send
	Undo    bool     `json:"undo"`
	Leaves  bool     `json:"leaves"` // what enters it can leave the computer
	Params  []string `json:"params"`
	Decides []string `json:"decides"` // parameters that decide what a call does
}

func appDocOf(a apps.App) appDoc {
	d := appDoc{Name: a.Name, About: a.About, BuiltIn: a.BuiltIn, Files: []fileDoc{}, Hosts: append([]string{}, a.Grants.Hosts...), Tools: []toolDoc{}}
	if a.Locked != nil {
		d.Locked = a.Locked.Error()
	}
	if !a.BuiltIn {
		d.Command = a.Command
	}
	for _, f := range a.Files {
		d.Files = append(d.Files, fileDoc{f.Path, map[bool]string{true: "rw", false: "ro"}[f.Write]})
	}
	for _, t := range a.Tools {
		if a.Manifest.Tools[t.Name].Hidden {
			continue
		}
		tool, _ := a.Tool(t.Name)
		td := toolDoc{Name: t.Name, About: tool.About, Effect: tool.Effect.String(), Undo: tool.Undo, Leaves: tool.Open, Params: []string{}, Decides: []string{}}
		for _, p := range a.Params(t.Name) {
			td.Params = append(td.Params, p.Name)
			if tool.Deciding(p.Name) {
				td.Decides = append(td.Decides, p.Name)
			}
		}
		d.Tools = append(d.Tools, td)
	}
	return d
}
