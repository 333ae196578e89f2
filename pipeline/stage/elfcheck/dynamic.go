package elfcheck

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"strings"
)

// Bounds of what is read of one file. Real libraries stay far below.
const (
	maxDynamic  = 1 << 20 // bytes of the dynamic section
	maxNeeded   = 1024    // libraries needed
	maxVersions = 4096    // version needs
	maxString   = 4096    // bytes of a name
)

// image is a file as the loader sees it: by its segments.
type image struct {
	*elf.File
	size int64
}

// needs is what a file asks of its surroundings.
type needs struct {
	interpreter string
	libraries   []string // DT_NEEDED
	glibc       version  // newest GLIBC_x.y of the version needs; nil: none
}

// checkSegments refuses files that end before their segments do.
func (m image) checkSegments() error {
	for _, p := range m.Progs {
		if p.Type == elf.PT_LOAD && (p.Off > uint64(m.size) || p.Filesz > uint64(m.size)-p.Off) {
			return fmt.Errorf("segment: got bytes %d to %d, want them within the %d of the file", p.Off, p.Off+p.Filesz, m.size)
		}
	}
	return nil
}

// needs reads interpreter, libraries and versions. Files without a dynamic section need none of them.
func (m image) needs() (needs, error) {
	var n needs
	for _, p := range m.Progs {
		var err error
		switch {
		case p.Type == elf.PT_INTERP:
			n.interpreter, err = segmentString(p)
		case p.Type == elf.PT_DYNAMIC && p.Filesz > 0:
			err = m.readDynamic(p, &n)
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

func segmentString(p *elf.Prog) (string, error) {
	if p.Filesz > maxString {
		return "", fmt.Errorf("interpreter: got %d bytes, want at most %d", p.Filesz, maxString)
	}
	b := make([]byte, p.Filesz)
	if _, err := p.ReadAt(b, 0); err != nil {
		return "", fmt.Errorf("interpreter: %w", err)
	}
	s, _, _ := bytes.Cut(b, []byte{0})
	return string(s), nil
}

// readDynamic follows the dynamic section (ELF gABI, "Dynamic Section") to the names of libraries and versions.
func (m image) readDynamic(p *elf.Prog, n *needs) error {
	if p.Filesz > maxDynamic {
		return fmt.Errorf("dynamic section: got %d bytes, want at most %d", p.Filesz, maxDynamic)
	}
	b := make([]byte, p.Filesz)
	if _, err := p.ReadAt(b, 0); err != nil {
		return fmt.Errorf("dynamic section: %w", err)
	}
	one := map[elf.DynTag]uint64{}
	var needed []uint64
	for _, e := range m.entries(b) {
		if e.tag == elf.DT_NEEDED {
			needed = append(needed, e.value)
		}
		one[e.tag] = e.value
	}
	if len(needed) > maxNeeded {
		return fmt.Errorf("libraries needed: got %d, want at most %d", len(needed), maxNeeded)
	}
	for _, off := range needed {
		s, err := m.stringAt(one[elf.DT_STRTAB] + off)
		if err != nil {
			return fmt.Errorf("library needed: %w", err)
		}
		n.libraries = append(n.libraries, s)
	}
	if one[elf.DT_VERNEED] == 0 {
		return nil
	}
	return m.readVersions(one[elf.DT_VERNEED], one[elf.DT_STRTAB], n)
}

type dynamicEntry struct {
	tag   elf.DynTag
	value uint64
}

// entries splits a dynamic section at the word size of the file, up to DT_NULL.
func (m image) entries(b []byte) []dynamicEntry {
	var out []dynamicEntry
	word, read := 8, m.ByteOrder.Uint64
	if m.Class == elf.ELFCLASS32 {
		word, read = 4, func(b []byte) uint64 { return uint64(m.ByteOrder.Uint32(b)) }
	}
	for ; len(b) >= 2*word; b = b[2*word:] {
		tag := elf.DynTag(read(b))
		if tag == elf.DT_NULL {
			break
		}
		out = append(out, dynamicEntry{tag, read(b[word:])})
	}
	return out
}

// readVersions walks the version needs (LSB Core, "Version Requirements"): a chain of libraries, each with a chain of versions. Like
// glibc's loader it follows the chains and not their counts.
func (m image) readVersions(addr, strings uint64, n *needs) error {
	total := 0
	for {
		var record [16]byte // Elf_Verneed
		if err := m.readAt(record[:], addr); err != nil {
			return fmt.Errorf("version needs: %w", err)
		}
		for aux := addr + uint64(m.ByteOrder.Uint32(record[8:])); ; {
			if total++; total > maxVersions {
				return fmt.Errorf("version needs: got more than %d, want at most that", maxVersions)
			}
			next, err := m.readVersion(aux, strings, n)
			if err != nil {
				return fmt.Errorf("version needs: %w", err)
			}
			if next == 0 {
				break
			}
			aux += next
		}
		next := uint64(m.ByteOrder.Uint32(record[12:]))
		if next == 0 {
			return nil
		}
		addr += next
	}
}

// readVersion takes in one Elf_Vernaux and returns the distance to the next, 0 at the last.
func (m image) readVersion(addr, strings uint64, n *needs) (next uint64, err error) {
	var aux [16]byte
	if err := m.readAt(aux[:], addr); err != nil {
		return 0, err
	}
	name, err := m.stringAt(strings + uint64(m.ByteOrder.Uint32(aux[8:])))
	if err != nil {
		return 0, err
	}
	return uint64(m.ByteOrder.Uint32(aux[12:])), n.addVersion(name)
}

// addVersion keeps the newest GLIBC_x.y. Of the names without a number, GLIBC_ABI_DT_RELR came with 2.36; GLIBC_PRIVATE and the others
// tell no version.
func (n *needs) addVersion(name string) error {
	number, ok := strings.CutPrefix(name, "GLIBC_")
	if !ok {
		return nil
	}
	if number == "ABI_DT_RELR" {
		number = "2.36"
	}
	if number == "" || number[0] < '0' || number[0] > '9' {
		return nil
	}
	v, ok := parseVersion(number)
	if !ok {
		return fmt.Errorf("got %q, want one such as GLIBC_2.41", name)
	}
	if n.glibc.less(v) {
		n.glibc = v
	}
	return nil
}

var errAddress = errors.New("address outside the segments of the file")

// segment finds the part of the file that is loaded at an address, and the offset in it.
func (m image) segment(addr uint64) (*elf.Prog, uint64, error) {
	for _, p := range m.Progs {
		if p.Type == elf.PT_LOAD && addr >= p.Vaddr && addr-p.Vaddr < p.Filesz {
			return p, addr - p.Vaddr, nil
		}
	}
	return nil, 0, fmt.Errorf("%w: %#x", errAddress, addr)
}

func (m image) readAt(b []byte, addr uint64) error {
	p, off, err := m.segment(addr)
	if err != nil {
		return err
	}
	_, err = p.ReadAt(b, int64(off))
	return err
}

func (m image) stringAt(addr uint64) (string, error) {
	p, off, err := m.segment(addr)
	if err != nil {
		return "", err
	}
	b := make([]byte, min(maxString, p.Filesz-off))
	if _, err := p.ReadAt(b, int64(off)); err != nil {
		return "", err
	}
	s, _, ok := bytes.Cut(b, []byte{0})
	if !ok {
		return "", fmt.Errorf("name at %#x: got more than %d bytes, want at most that", addr, len(b))
	}
	return string(s), nil
}
