package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"secgpt/apps"
	"secgpt/apps/link"
)

// appName is the name under which a suite's app is installed. The ending keeps it
// apart from our built-in apps and from words of the rules.
func appName(app string) string { return strings.ToLower(app) + "_x" }

// command is what the manifests of played apps name; it never runs.
var command = []string{"played"}

// install writes the part's apps into a data folder, as `apps add` would.
func (p *Part) install(dataDir, labels string) error {
	byApp := map[string][]*Tool{}
	for i := range p.Tools {
		t := &p.Tools[i]
		byApp[t.App] = append(byApp[t.App], t)
	}
	for app, tools := range byApp {
		dir := filepath.Join(dataDir, "apps", appName(app))
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		list := signatures(tools)
		body, err := json.Marshal(list)
		if err != nil {
			return err
		}
		manifest := fmt.Sprintf("name = %q\ncommand = [%q]\npin = %q\n", appName(app), command[0], apps.Pin(command, list))
		if labels == "hand" {
			manifest += hand(app, tools, list)
		} else {
			manifest += byDefault(app, tools, list)
		}
		if err := os.WriteFile(filepath.Join(dir, "tools.json"), body, 0o600); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, "app.toml"), []byte(manifest), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// signatures are the tools as an MCP server would list them.
func signatures(tools []*Tool) []link.Tool {
	list := make([]link.Tool, len(tools))
	for i, t := range tools {
		var props []string
		required := []string{}
		for _, q := range t.Params {
			props = append(props, quote(q.Name)+":"+string(q.Schema))
			if q.Required {
				required = append(required, q.Name)
			}
		}
		need, _ := json.Marshal(required)
		list[i] = link.Tool{
			Name: t.Name, About: t.Description,
			Input: json.RawMessage(`{"type":"object","properties":{` + strings.Join(props, ",") + `},"required":` + string(need) + `}`),
		}
	}
	return list
}

// hand writes the hand labels as a manifest has them: pay, delete and admin are
// `send`, any egress is `open`, a write can be undone.
//
// An app whose lookups all go to its own service has that one host, which makes all
// its tools open. Where a URL is among what its tools take, it may ask anybody.
func hand(app string, tools []*Tool, list []link.Tool) string {
	var b strings.Builder
	lookup, url := false, false
	for _, t := range tools {
		lookup = lookup || t.Labels.Egress == "lookup"
		url = url || takesURL(t)
	}
	if lookup && !url {
		b.WriteString(hosts(app, ""))
	}
	for i, t := range tools {
		fmt.Fprintf(&b, "[tools.%s]\npeople = %t\n", t.Name, apps.Defaults(app, list[i]).People)
		switch e := t.Labels.Effect; e {
		case "read":
			b.WriteString("effect = \"read\"\n")
		case "write":
			b.WriteString("effect = \"write\"\nundo = true\n")
		default:
			fmt.Fprintf(&b, "effect = \"send\"\ndeletes = %t\naccess = %t\n", e == "delete", e == "admin")
		}
		if e := t.Labels.Egress; e != "none" && e != "" {
			b.WriteString("open = true\n")
		}
		if len(t.Labels.Roles) > 0 {
			var roles []string
			for _, name := range sorted(t.Labels.Roles) {
				roles = append(roles, fmt.Sprintf("%s = %q", quote(name), t.Labels.Roles[name]))
			}
			fmt.Fprintf(&b, "roles = { %s }\n", strings.Join(roles, ", "))
		}
	}
	return b.String()
}

// hosts are grants of an app's own service: two apps with one host would be one source.
func hosts(app string, parts ...string) string {
	var list []string
	for _, part := range parts {
		list = append(list, quote(part+strings.ToLower(strings.ReplaceAll(app, "_", "-"))+".example"))
	}
	return "[grants]\nhosts = [" + strings.Join(list, ", ") + "]\n"
}

// byDefault writes what the product makes of tools that bring no manifest, as for an
// imported app. Whether an app has a host the person decides when it is added; that
// an app of the suites has one is taken from the hand labels, as is whether it can
// ask anybody.
func byDefault(app string, tools []*Tool, list []link.Tool) string {
	var b strings.Builder
	leads, url := false, false
	for _, t := range tools {
		leads = leads || t.Labels.Egress != "none"
		url = url || takesURL(t)
	}
	switch {
	case url:
		b.WriteString(hosts(app, "", "other."))
	case leads:
		b.WriteString(hosts(app, ""))
	}
	for _, t := range list {
		m := apps.Defaults(app, t)
		fmt.Fprintf(&b, "[tools.%s]\neffect = %q\ndeletes = %t\naccess = %t\npeople = %t\n", t.Name, m.Effect, m.Deletes, m.Access, m.People)
		var roles []string
		for _, name := range sorted(m.Roles) {
			roles = append(roles, fmt.Sprintf("%s = %q", quote(name), m.Roles[name]))
		}
		if len(roles) > 0 {
			fmt.Fprintf(&b, "roles = { %s }\n", strings.Join(roles, ", "))
		}
	}
	return b.String()
}

// takesURL reports whether a tool asks whatever host its arguments name.
func takesURL(t *Tool) bool {
	return slices.ContainsFunc(t.Params, func(q Param) bool { return strings.Contains(strings.ToLower(q.Name), "url") })
}
