package main

import (
	"context"
	"os/exec"
	"path/filepath"

	"secgpt/bench/room/ask"
)

// askedWork bounds whatever is done inside beside the same outside.
const askedWork = 1.03

// mcp measures a Node MCP server in a room, cold and warm, from its start to its first reply, and to its list
// of tools, over pipes.
func mcp(ctx context.Context, b *bench) error {
	title := "first reply of " + mcpPackage + ", and its list of tools"
	node, err := exec.LookPath("node")
	if err != nil {
		b.note("the MCP server: not installed: apt-get install nodejs npm")
		return nil
	}
	modules, err := b.npm(ctx, mcpPackage)
	if err != nil {
		b.note("the MCP server: not installed: %v", err)
		return nil
	}
	a, err := b.asker(ctx, "secgpt", b.programs.whole)
	if err != nil {
		return err
	}
	data, err := b.folder("mcp")
	if err != nil {
		return err
	}
	server := filepath.Join(modules, "@modelcontextprotocol/server-filesystem/dist/index.js")
	outside := ask.Request{Do: "mcp", Argv: []string{node, server, data}, Dir: data}
	inside := ask.Request{Do: "mcp", Argv: []string{node, server, "/data"}, Dir: data, Room: true, Read: []string{modules}}
	kept := inside
	kept.Warm = true
	warm, err := b.asker(ctx, "secgpt with a warm room", b.programs.whole)
	if err != nil {
		return err
	}
	requests := []ask.Request{outside, inside, kept}
	names := []string{"bare", "room", "room, warm"}
	if bwrap, err := exec.LookPath("bwrap"); err == nil {
		argv := append([]string{bwrap}, bwrapFlags...)
		argv = append(argv, "--ro-bind", modules, modules, "--bind", data, "/data", "--chdir", "/data")
		requests = append(requests, ask.Request{Do: "mcp", Argv: append(argv, node, server, "/data")})
		names = append(names, bwrapName)
	}
	all := make([]*variant, len(requests))
	more := make([]samples, len(requests))
	for i, q := range requests {
		all[i] = &variant{name: names[i], do: func() (float64, error) {
			by := a
			if q.Warm {
				by = warm
			}
			r, err := by.ask(q)
			more[i].add(ms(r.Then), r.CPU)
			return ms(r.Took), err
		}}
	}
	if err := takeTurns(ctx, b.fewer(5), b.pause, all); err != nil {
		return err
	}
	for i, v := range all {
		first, list := newRow(title, v.name+": first reply", "ms", v.took), newRow(title, v.name+": list of tools", "ms", more[i].other)
		cpu := newRow(title, v.name+": processor time", "ms", more[i].cpu)
		if i > 0 {
			first, list = first.beside("bare", v.took, all[0].took), list.beside("bare", more[i].other, more[0].other)
			cpu = cpu.beside("bare", more[i].cpu, more[0].cpu)
		}
		if requests[i].Room {
			first = first.askRatio(0, askedWork)
		}
		b.rows = append(b.rows, first, list)
		if v.name != bwrapName { // which does not wait for what it ran when it is killed
			b.rows = append(b.rows, cpu)
		}
	}
	return nil
}
