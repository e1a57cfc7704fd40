//go:build linux && (amd64 || arm64)

package program

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseShebang(t *testing.T) {
	for text, want := range map[string]shebang{
		"#!/bin/sh\necho":                          {interp: "/bin/sh"},
		"#! /bin/sh -e \t\nx":                      {interp: "/bin/sh", arg: "-e"},
		"#!/bin/sh":                                {interp: "/bin/sh"},
		"#!/usr/bin/awk -f -v x\n":                 {interp: "/usr/bin/awk", arg: "-f -v x"},
		"#!/usr/bin/env node\n":                    {interp: "/usr/bin/env", arg: "node", name: "node"},
		"#!/usr/bin/env -S node --x  --y\n":        {interp: "/usr/bin/env", arg: "-S node --x  --y", name: "node", words: []string{"--x", "--y"}},
		"#!/usr/bin/env -Snode --x\n":              {interp: "/usr/bin/env", arg: "-Snode --x", name: "node", words: []string{"--x"}},
		"#!/usr/bin/env -S A=1 -u B python3 -u\n":  {interp: "/usr/bin/env", arg: "-S A=1 -u B python3 -u", name: "python3", words: []string{"-u"}, set: true},
		"#!/usr/bin/env -S /opt/x/bin/deno run -A": {interp: "/usr/bin/env", arg: "-S /opt/x/bin/deno run -A", name: "/opt/x/bin/deno", words: []string{"run", "-A"}},
	} {
		got, err := parseShebang(text)
		require.NoError(t, err, text)
		if len(got.words) == 0 {
			got.words = nil
		}
		require.Equal(t, want, got, text)
	}
}

func FuzzShebang(f *testing.F) {
	for _, s := range []string{"#!/bin/sh\n", "#!/usr/bin/env -S a=b node --x\n", "#!/bin/sh\r\n", "#!", "#!/usr/bin/env -u\n", "#! \t /x y\n", "#!/usr/bin/env -S -u x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = text[:min(len(text), shebangMax)]
		s, err := parseShebang(text)
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		require.True(t, filepath.IsAbs(s.interp))
		require.NotContains(t, s.interp+s.arg, "\x00")
		require.NotContains(t, s.interp+s.arg, "\n")
		require.Contains(t, text, s.interp)
		require.Equal(t, filepath.Base(s.interp) == "env", s.name != "")
		require.False(t, strings.ContainsAny(s.name, " \t="), s.name)
	})
}

func FuzzVenv(f *testing.F) {
	for _, s := range []string{"home = /usr/bin\n", "HOME=/x\r\n", "home=\n", "version = 3\nhome = /a = b\n", "home = ../x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		home, err := parseVenv(text)
		if err != nil {
			require.Empty(t, home)
			require.NotContains(t, err.Error(), "\n")
			return
		}
		require.True(t, filepath.IsAbs(home))
		require.False(t, strings.ContainsAny(home, "\x00\n"))
		require.Contains(t, text, home)
	})
}

// tinyELF is a program for this machine with an interpreter and a dynamic section,
// and no section headers.
func tinyELF(interp string, tags []elf.DynTag, values []string) string {
	const headers, dynamic, strings = 64, 64 + 3*56, 1024
	table := []byte{0}
	var entries []elf.Dyn64
	for i, v := range values {
		entries = append(entries, elf.Dyn64{Tag: int64(tags[i]), Val: uint64(len(table))})
		table = append(append(table, v...), 0)
	}
	entries = append(entries, elf.Dyn64{Tag: int64(elf.DT_STRTAB), Val: 0x1000 + strings}, elf.Dyn64{})
	at := uint64(strings + len(table))
	h := elf.Header64{Type: uint16(elf.ET_DYN), Machine: hostMachine(), Phoff: headers, Phentsize: 56, Phnum: 3}
	copy(h.Ident[:], "\x7fELF\x02\x01\x01")
	size := at + uint64(len(interp)) + 1
	b := new(bytes.Buffer)
	for _, part := range []any{h, []elf.Prog64{
		{Type: uint32(elf.PT_LOAD), Vaddr: 0x1000, Filesz: size}, {Type: uint32(elf.PT_INTERP), Off: at, Filesz: uint64(len(interp)) + 1},
		{Type: uint32(elf.PT_DYNAMIC), Off: dynamic, Filesz: uint64(16 * len(entries))}}, entries} {
		if err := binary.Write(b, binary.LittleEndian, part); err != nil {
			panic(err)
		}
	}
	b.Write(make([]byte, strings-b.Len()))
	b.Write(table)
	b.WriteString(interp + "\x00")
	return b.String()
}

func TestParseELF(t *testing.T) {
	text := tinyELF("/lib64/ld.so", []elf.DynTag{elf.DT_NEEDED, elf.DT_NEEDED, elf.DT_RPATH, elf.DT_RUNPATH},
		[]string{"liba.so", "libb.so.1", "/r", "$ORIGIN/../lib:/x"})
	o, err := parseELF(strings.NewReader(text))
	require.NoError(t, err)
	require.Equal(t, object{dynamic: true, interp: "/lib64/ld.so", needed: []string{"liba.so", "libb.so.1"},
		rpath: []string{"/r"}, runpath: []string{"$ORIGIN/../lib", "/x"}}, o)
	for cut := range len(text) - 1 { // no prefix of it is a program, and none of them is fatal
		_, err := parseELF(strings.NewReader(text[:cut]))
		require.ErrorIs(t, err, errBroken, cut)
	}
}

func FuzzELF(f *testing.F) {
	f.Add([]byte(tinyELF("/lib64/ld.so", []elf.DynTag{elf.DT_NEEDED, elf.DT_RUNPATH}, []string{"libx.so.1", "$ORIGIN/../lib:/x"})))
	f.Add([]byte(elfOf(2, hostMachine())))
	f.Fuzz(func(t *testing.T, text []byte) {
		o, err := parseELF(bytes.NewReader(text))
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		require.LessOrEqual(t, len(o.needed), dynamicMax)
		require.LessOrEqual(t, len(o.interp), stringMax)
		for _, s := range o.needed {
			require.LessOrEqual(t, len(s), stringMax)
		}
	})
}

func FuzzVersions(f *testing.F) {
	f.Add("v20.1.0 v9.9 20", "20")
	f.Add("3.12.1 3.12.0rc1 3.12", "3.12")
	f.Fuzz(func(t *testing.T, list, want string) {
		got := newest(strings.Fields(list), want)
		if got != "" {
			require.Contains(t, strings.Fields(list), got)
		}
	})
}

func TestNewest(t *testing.T) {
	for _, c := range []struct{ list, want, got string }{
		{"v9.9.9 v20.1.0 v18.20.4", "", "v20.1.0"},
		{"v18.2.0 v18.20.4 v20.1.0", "18", "v18.20.4"},
		{"v18.2.0 v18.20.4", "v18.2", "v18.2.0"},
		{"3.12.0 3.120.0", "3.12", "3.12.0"},
		{"3.13.0rc1 3.13.0 3.12.9", "", "3.13.0"},
		{"system latest .x", "", ""},
		{"3.12.0", "3.11", ""},
	} {
		require.Equal(t, c.got, newest(strings.Fields(c.list), c.want), c)
	}
}
