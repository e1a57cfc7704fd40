package program

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
)

// Of a binary only what the kernel and the loader look at is read: the header, the
// program headers, and the dynamic section. The section headers, which debug/elf
// starts from, may be missing or say something else.

// Limits of a binary's tables. Real ones have under 20 headers, 60 entries, and paths
// of a few hundred bytes (those of Nix a few thousand).
const (
	headersMax = 128
	dynamicMax = 1024
	stringMax  = 16 << 10
)

// An object is an ELF program or library.
type object struct {
	dynamic bool     // it has a dynamic section
	interp  string   // its loader; "" for a static one and for libraries
	needed  []string // libraries, by name
	rpath   []string // where they are, before the rest; also for what they need in turn
	runpath []string // where they are
}

var errBroken = errors.New("it is a broken program file: install it again")

// machines are the two that rooms know.
func machines() map[string]elf.Machine {
	return map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}
}

// parseELF reads an object. One of another machine than this is an error.
func parseELF(in io.ReaderAt) (object, error) {
	var o object
	start := make([]byte, 64)
	if _, err := in.ReadAt(start, 0); err != nil || !bytes.HasPrefix(start, []byte(elf.ELFMAG)) {
		return o, errBroken
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if start[elf.EI_DATA] == byte(elf.ELFDATA2MSB) {
		order = binary.BigEndian
	}
	machine := elf.Machine(order.Uint16(start[18:]))
	if want, ok := machines()[runtime.GOARCH]; !ok || machine != want || start[elf.EI_CLASS] != byte(elf.ELFCLASS64) {
		bits := map[byte]string{byte(elf.ELFCLASS32): "32-bit ", byte(elf.ELFCLASS64): "64-bit "}[start[elf.EI_CLASS]]
		return o, fmt.Errorf("it is made for another machine (%s%s), and this one is 64-bit %s: install the one for this machine",
			bits, machineName(machine), runtime.GOARCH)
	}
	var h elf.Header64
	if binary.Read(bytes.NewReader(start), order, &h) != nil || h.Phnum == 0 || h.Phnum > headersMax ||
		h.Phentsize != uint16(binary.Size(elf.Prog64{})) {
		return o, errBroken
	}
	headers := make([]elf.Prog64, h.Phnum)
	if err := table(in, h.Phoff, order, headers); err != nil {
		return o, err
	}
	for _, p := range headers {
		if elf.ProgType(p.Type) == elf.PT_INTERP {
			var err error
			if o.interp, err = text(in, p.Off); err != nil || !strings.HasPrefix(o.interp, "/") {
				return o, errBroken
			}
		}
	}
	for _, p := range headers {
		if elf.ProgType(p.Type) == elf.PT_DYNAMIC {
			o.dynamic = true
			return o, o.libraries(in, order, headers, p)
		}
	}
	return o, nil
}

func machineName(m elf.Machine) string { return strings.ToLower(strings.TrimPrefix(m.String(), "EM_")) }

// libraries reads the dynamic section.
func (o *object) libraries(in io.ReaderAt, order binary.ByteOrder, headers []elf.Prog64, p elf.Prog64) error {
	entries := make([]elf.Dyn64, min(p.Filesz/uint64(binary.Size(elf.Dyn64{})), dynamicMax))
	if err := table(in, p.Off, order, entries); err != nil {
		return err
	}
	var strtab uint64
	for i, e := range entries {
		switch elf.DynTag(e.Tag) {
		case elf.DT_NULL:
			entries = entries[:i]
		case elf.DT_STRTAB:
			strtab = e.Val
			continue
		default:
			continue
		}
		break
	}
	// The table is named by its address in memory.
	base, found := uint64(0), false
	for _, p := range headers {
		if elf.ProgType(p.Type) == elf.PT_LOAD && strtab >= p.Vaddr && strtab-p.Vaddr < p.Filesz {
			base, found = p.Off+(strtab-p.Vaddr), true
		}
	}
	for _, e := range entries {
		into := map[elf.DynTag]*[]string{elf.DT_NEEDED: &o.needed, elf.DT_RPATH: &o.rpath, elf.DT_RUNPATH: &o.runpath}[elf.DynTag(e.Tag)]
		if into == nil {
			continue
		}
		value, err := text(in, base+e.Val)
		if err != nil || !found {
			return errBroken
		}
		if into == &o.needed {
			*into = append(*into, value)
		} else {
			*into = append(*into, strings.Split(value, ":")...)
		}
	}
	return nil
}

// table reads entries of a fixed size.
func table(in io.ReaderAt, off uint64, order binary.ByteOrder, into any) error {
	if off > 1<<62 {
		return errBroken
	}
	if binary.Read(io.NewSectionReader(in, int64(off), int64(binary.Size(into))), order, into) != nil {
		return errBroken
	}
	return nil
}

// text reads a string that ends in a zero byte.
func text(in io.ReaderAt, off uint64) (string, error) {
	if off > 1<<62 {
		return "", errBroken
	}
	buf := make([]byte, 256)
	for {
		n, err := in.ReadAt(buf, int64(off))
		if end := bytes.IndexByte(buf[:n], 0); end >= 0 {
			return string(buf[:end]), nil
		}
		if err != nil || len(buf) >= stringMax {
			return "", errBroken
		}
		buf = make([]byte, stringMax)
	}
}
