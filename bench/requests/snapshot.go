package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"secgpt/apps/builtin"
	"secgpt/apps/mail"
)

// An Item is one thing in the world: its app, its collection ("in"), its fields.
type Item map[string]any

// A Snapshot is all things of the installed apps.
type Snapshot []Item

// Snapshot reads the world, past the apps where their files are plain.
func (w *World) Snapshot(ctx context.Context) (Snapshot, error) {
	var all Snapshot
	for _, read := range []func(context.Context) (Snapshot, error){w.sent, w.events, w.cards, w.notes, w.files, w.states} {
		items, err := read(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, items...)
	}
	return all, nil
}

// call calls a tool of a built-in app and reads its result into v.
func call(ctx context.Context, s server, tool string, args map[string]any, v any) error {
	body, err := json.Marshal(args)
	if err != nil {
		return err
	}
	raw, err := s.Call(ctx, tool, body)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, &struct{ Result any }{v})
}

// sent are the mails in the outbox: to, subject, text, attachments.
func (w *World) sent(ctx context.Context) (Snapshot, error) {
	outbox := filepath.Join(w.profile.Data, "apps", "mail", "data", "outbox")
	if _, err := os.Stat(outbox); err != nil {
		return nil, nil
	}
	s := builtin.New("mail")
	s.Folder = outbox
	app, err := serve(ctx, mail.Server(s))
	if err != nil {
		return nil, err
	}
	defer app.Close()
	var list []struct{ ID string }
	if err := call(ctx, app, "search", map[string]any{"limit": 200}, &list); err != nil {
		return nil, err
	}
	var all Snapshot
	for _, m := range list {
		var x struct {
			To, Subject, Text string
			Attachments       []struct{ Name string }
		}
		if err := call(ctx, app, "read", map[string]any{"id": m.ID}, &x); err != nil {
			return nil, err
		}
		var names []string
		for _, a := range x.Attachments {
			names = append(names, a.Name)
		}
		all = append(all, Item{"app": "mail", "in": "sent", "to": x.To, "subject": x.Subject, "body": x.Text, "attachments": strings.Join(names, ", "), "nonce": m.ID})
	}
	return all, nil
}

// How far events are looked at, in days from now: what a request may touch lies inside.
const daysBack, daysOn = 40, 200

func (w *World) events(ctx context.Context) (Snapshot, error) {
	var list []map[string]any
	err := call(ctx, w.running["calendar"], "list_events", map[string]any{
		"start": w.set.Now.AddDate(0, 0, -daysBack).Format("2006-01-02"),
		"end":   w.set.Now.AddDate(0, 0, daysOn).Format("2006-01-02")}, &list)
	var all Snapshot
	for _, e := range list {
		all = append(all, Item{"app": "calendar", "in": "events", "title": e["title"], "start": e["start"], "end": e["end"],
			"location": e["location"], "attendees": joined(e["attendees"]), "repeats": e["repeats"]})
	}
	return all, err
}

func joined(v any) string {
	list, _ := v.([]any)
	var all []string
	for _, x := range list {
		all = append(all, text(x))
	}
	return strings.Join(all, ", ")
}

// fieldOf are the properties of a card that count.
var fieldOf = map[string]string{"FN": "name", "EMAIL": "email", "TEL": "phone", "ORG": "organization", "BDAY": "birthday", "NOTE": "note"}

func (w *World) cards(context.Context) (Snapshot, error) {
	var all Snapshot
	err := each(w.data("contacts"), ".vcf", func(_, data string) {
		data = strings.ReplaceAll(strings.ReplaceAll(data, "\r\n", "\n"), "\n ", "")
		for _, card := range strings.Split(data, "BEGIN:VCARD")[1:] {
			item := Item{"app": "contacts", "in": "people"}
			for line := range strings.SplitSeq(card, "\n") {
				key, value, _ := strings.Cut(line, ":")
				key, _, _ = strings.Cut(key, ";")
				if f := fieldOf[strings.ToUpper(key)]; f != "" && item[f] == nil {
					item[f] = strings.TrimPrefix(strings.NewReplacer(`\,`, ",", `\n`, "\n", `\;`, ";").Replace(value), "tel:")
				}
			}
			all = append(all, item)
		}
	})
	return all, err
}

func (w *World) notes(context.Context) (Snapshot, error) {
	var all Snapshot
	err := each(w.data("notes"), ".md", func(_, data string) {
		title, _, _ := strings.Cut(strings.TrimSpace(data), "\n")
		all = append(all, Item{"app": "notes", "in": "notes", "title": strings.TrimSpace(strings.TrimLeft(title, "# ")), "text": data})
	})
	return all, err
}

func (w *World) files(context.Context) (Snapshot, error) {
	if !slices.ContainsFunc(w.names, func(n string) bool { s, ok := w.running[n].(*standIn); return ok && s.spec.Go == "files" }) {
		return nil, nil
	}
	root := w.data("files")
	var all Snapshot
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil || p == root {
			return err
		}
		rel, _ := filepath.Rel(root, p)
		item := Item{"app": "filesystem", "in": "files", "path": rel, "title": d.Name()}
		if d.IsDir() {
			item["in"] = "folders"
		} else {
			data, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			item["content"] = string(data)
		}
		all = append(all, item)
		return nil
	})
	return all, err
}

func (w *World) states(context.Context) (Snapshot, error) {
	var all Snapshot
	for _, name := range w.names {
		s, ok := w.running[name].(*standIn)
		if !ok {
			continue
		}
		s.mu.Lock()
		for in, items := range s.state {
			for _, x := range items {
				item := Item{"app": name, "in": in}
				for k, v := range x {
					item[k] = v
				}
				all = append(all, item)
			}
		}
		s.mu.Unlock()
	}
	return all, nil
}

func each(dir, ending string, f func(name, data string)) error {
	paths, err := filepath.Glob(filepath.Join(dir, "*"+ending))
	if err != nil {
		return err
	}
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		f(filepath.Base(p), string(data))
	}
	return nil
}

// Diff is what was added and what is gone.
func Diff(before, after Snapshot) (added, gone Snapshot) {
	count := map[string]int{}
	for _, x := range before {
		count[key(x)]++
	}
	for _, x := range after {
		if count[key(x)]--; count[key(x)] < 0 {
			added = append(added, x)
		}
	}
	count = map[string]int{}
	for _, x := range after {
		count[key(x)]++
	}
	for _, x := range before {
		if count[key(x)]--; count[key(x)] < 0 {
			gone = append(gone, x)
		}
	}
	return added, gone
}

func key(x Item) string {
	b, _ := json.Marshal(x) // maps are written with sorted keys
	return string(b)
}

// name is what an item is known by where it is shown.
func (x Item) name() string {
	for _, f := range []string{"title", "subject", "name"} {
		if s := text(x[f]); s != "" {
			return s
		}
	}
	return ""
}

// text is a value as one text.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64, bool, int64:
		return fmt.Sprint(v)
	}
	b, _ := json.Marshal(v)
	return string(b)
}
