package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"secgpt/isolate"
	"secgpt/isolate/egress"
	"secgpt/tui/safe"
)

// explainRoom prints what the room would hold. The command is not run.
func (c *command) explainRoom(ctx context.Context, spec isolate.Spec, hosts []egress.Grant) error {
	e, err := isolate.Explain(ctx, spec)
	if err != nil {
		return noRoom(err)
	}
	if c.output == "json" {
		return json.NewEncoder(os.Stdout).Encode(struct {
			isolate.Explanation
			Connections []connections `json:"connections"`
			Caps        egress.Limits `json:"connection_limits"`
		}{e, waysOut(hosts), egress.Defaults()})
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	writeExplanation(w, e)
	writeWays(w, waysOut(hosts), egress.Defaults())
	return w.Flush()
}

// connections are what one --host lets out.
type connections struct {
	Grant   string   `json:"grant"`
	Checked string   `json:"checked"`
	At      []string `json:"at"` // addresses that were granted; with none, any that is public
}

func waysOut(hosts []egress.Grant) []connections {
	all := []connections{}
	for _, g := range hosts {
		way := connections{Grant: g.String(), At: []string{}}
		switch g.Protocol {
		case egress.TLS:
			way.Checked = "TLS to that name"
		case egress.HTTP:
			way.Checked = "HTTP to that name"
		case egress.StartTLS:
			way.Checked = "STARTTLS, then TLS to that name"
		default:
			way.Checked = "raw: any bytes, nothing is checked but the place"
		}
		if g.NoSNI {
			way.Checked += ", or to none"
		}
		if g.ECH {
			way.Checked += ", or to a hidden one"
		}
		for _, a := range g.Addresses {
			way.At = append(way.At, a.String())
		}
		all = append(all, way)
	}
	return all
}

func writeWays(w *tabwriter.Writer, ways []connections, caps egress.Limits) {
	if len(ways) == 0 {
		return
	}
	fmt.Fprintln(w, "\nconnections: through us, each on the record")
	for _, way := range ways {
		at := "any public address of it"
		if len(way.At) > 0 {
			at = "at " + words(way.At) + " alone"
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\n", safe.Line(way.Grant), way.Checked, at)
	}
	size := func(n int64) string { return amount(isolate.HeldLimit{Most: uint64(n), Unit: "bytes"}) }
	fmt.Fprintf(w, "  at once\t%d, %d new in a minute\n", caps.Conns, caps.PerMinute)
	fmt.Fprintf(w, "  each\t%s up, %s down\n", size(caps.Up), size(caps.Down))
	fmt.Fprintf(w, "  together\t%s up, %s down, %s in a second\n", size(caps.RoomUp), size(caps.RoomDown), size(caps.Rate))
}

func writeExplanation(w *tabwriter.Writer, e isolate.Explanation) {
	line := func(format string, a ...any) { fmt.Fprintf(w, format+"\n", a...) }
	line("command\t%s", words(e.Command))
	line("starts in\t%s", safe.Line(e.Dir))
	line("environment\t%s", words(e.Env))
	for _, id := range e.IDs {
		line("%s\t%d inside, %d outside", id.Kind, id.Inside, id.Outside)
	}
	line("namespaces\t%s", words(e.Namespaces))
	line("network\t%s", network(e.Hosts))
	line("own files\t%s", words(e.Files))

	line("\nmounts")
	for _, m := range e.Mounts {
		mode := "ro"
		if m.Write {
			mode = "rw"
		}
		from := safe.Line(m.From)
		if m.Size != "" {
			from += ": " + m.Size
		}
		line("  %s\t%s\t%s", safe.Line(m.At), strings.Join(append([]string{mode}, m.Flags...), ","), from)
	}
	line("\nlandlock: at a path and below, and nowhere else")
	for _, r := range e.Rights {
		line("  %s\t%s", safe.Line(r.At), strings.Join(r.Allows, " "))
	}
	line("\nseccomp: system calls by number and argument")
	line("  %d\tallowed", e.Filter.Allowed)
	line("  %d\tby their arguments", e.Filter.Tested)
	line("  %d\trefused", e.Filter.Refused)
	line("  %d\tend the process, as do those of other machines", e.Filter.Killing)
	line("  all others\tare answered as if this kernel did not have them")
	line("\nlimits")
	for _, l := range e.Limits {
		line("  %s\t%s\tof each %s", l.Name, amount(l), l.Of)
	}
	line("\nproof: a room of this kind was entered, and this was found from inside")
	for _, p := range e.Proof {
		line("  %s\t%s", p.Name, safe.Line(p.How))
	}
}

func network(hosts []string) string {
	if len(hosts) == 0 {
		return "none but its own loopback"
	}
	return words(hosts)
}

// amount is a limit as people read it.
func amount(l isolate.HeldLimit) string {
	n := strings.TrimSpace(fmt.Sprintf("%d %s", l.Most, l.Unit))
	if l.Unit != "bytes" {
		return n
	}
	for i, size := 0, l.Most; size >= 1<<10 && size%(1<<10) == 0 && i < len(sizes); i++ {
		size >>= 10
		n = fmt.Sprintf("%d %ciB", size, sizes[i])
	}
	return n
}

func words(list []string) string { return safe.Line(strings.Join(list, " ")) }
