package elfcheck

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"io/fs"
	"path"
	"testing"

	"dagger/dockyard/pipeline/stage/layer"
)

// sample describes an ELF file for a test. The zero value is a 64-bit little-endian shared library for amd64 without needs.
type sample struct {
	kind     elf.Type    // 0: ET_DYN
	id       elf.Machine // 0: EM_X86_64
	class    elf.Class   // 0: 64-bit
	data     elf.Data    // 0: little-endian
	abi      elf.OSABI
	interp   string
	libs     []string
	versions []string
	phdrs    int // 0: as many as there are
}

func or[T comparable](v, other T) T {
	var zero T
	if v == zero {
		return other
	}
	return v
}

const (
	headerEnd = 64 + 3*56
	loadAddr  = 0x10000 // unlike the file offset, so that a confusion of the two shows
)

// bytes lays out: header, three program headers (load, dynamic, interpreter), strings, version needs, dynamic section.
func (s sample) bytes() []byte {
	var order interface {
		binary.ByteOrder
		binary.AppendByteOrder
	} = binary.LittleEndian
	if s.data == elf.ELFDATA2MSB {
		order = binary.BigEndian
	}
	strtab := []byte{0}
	add := func(v string) uint64 {
		off := len(strtab)
		strtab = append(append(strtab, v...), 0)
		return uint64(off)
	}
	interp := add(s.interp)
	var dyn []uint64
	for _, l := range s.libs {
		dyn = append(dyn, uint64(elf.DT_NEEDED), add(l))
	}
	needs := order.AppendUint16(nil, 1)
	needs = order.AppendUint16(needs, uint16(len(s.versions)))
	needs = order.AppendUint32(order.AppendUint32(order.AppendUint32(needs, uint32(add("libc.so.6"))), 16), 0)
	for i, v := range s.versions {
		next := uint32(16)
		if i == len(s.versions)-1 {
			next = 0
		}
		needs = order.AppendUint32(order.AppendUint32(needs, 0), 0)
		needs = order.AppendUint32(order.AppendUint32(needs, uint32(add(v))), next)
	}
	needsAt := headerEnd + uint64(len(strtab))
	dynAt := needsAt + uint64(len(needs))
	dyn = append(dyn, uint64(elf.DT_STRTAB), loadAddr+headerEnd)
	if len(s.versions) > 0 {
		dyn = append(dyn, uint64(elf.DT_VERNEED), loadAddr+needsAt, uint64(elf.DT_VERNEEDNUM), 0) // loaders ignore the count
	}
	dyn = append(dyn, 0, 0)
	end := dynAt + uint64(8*len(dyn))

	var b bytes.Buffer
	h := elf.Header64{
		Type: uint16(or(s.kind, elf.ET_DYN)), Machine: uint16(or(s.id, elf.EM_X86_64)), Version: 1, Phoff: 64, Phentsize: 56, Phnum: uint16(or(s.phdrs, 3)),
	}
	copy(h.Ident[:], elf.ELFMAG)
	h.Ident[elf.EI_CLASS], h.Ident[elf.EI_DATA] = byte(or(s.class, elf.ELFCLASS64)), byte(or(s.data, elf.ELFDATA2LSB))
	h.Ident[elf.EI_VERSION], h.Ident[elf.EI_OSABI] = 1, byte(s.abi)
	binary.Write(&b, order, h)
	third := elf.Prog64{Type: uint32(elf.PT_INTERP), Off: headerEnd + interp, Filesz: uint64(len(s.interp)) + 1}
	if s.interp == "" {
		third = elf.Prog64{}
	}
	binary.Write(&b, order, []elf.Prog64{
		{Type: uint32(elf.PT_LOAD), Vaddr: loadAddr, Filesz: end, Memsz: end},
		{Type: uint32(elf.PT_DYNAMIC), Off: dynAt, Vaddr: loadAddr + dynAt, Filesz: end - dynAt},
		third,
	})
	b.Write(strtab)
	b.Write(needs)
	binary.Write(&b, order, dyn)
	return b.Bytes()
}

// header32 is a 32-bit file that consists of its header.
func header32(id elf.Machine, kind elf.Type) []byte {
	h := elf.Header32{Type: uint16(kind), Machine: uint16(id), Version: 1}
	copy(h.Ident[:], elf.ELFMAG)
	h.Ident[elf.EI_CLASS], h.Ident[elf.EI_DATA], h.Ident[elf.EI_VERSION] = byte(elf.ELFCLASS32), byte(elf.ELFDATA2LSB), 1
	var b bytes.Buffer
	binary.Write(&b, binary.LittleEndian, h)
	return b.Bytes()
}

type testTree map[string][]byte

func (files testTree) layer(t testing.TB) *layer.Tree {
	t.Helper()
	tree := &layer.Tree{}
	var addDir func(string)
	addDir = func(d string) {
		if _, ok := tree.Lookup(d); d == "." || ok {
			return
		}
		addDir(path.Dir(d))
		if err := tree.Add(layer.Entry{Path: d, Mode: fs.ModeDir | 0o755}); err != nil {
			t.Fatal(err)
		}
	}
	for p, b := range files {
		addDir(path.Dir(p))
		if err := tree.Add(layer.Entry{Path: p, Mode: 0o644, Data: layer.Bytes(b)}); err != nil {
			t.Fatal(err)
		}
	}
	return tree
}
