package base

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"dagger/dockyard/pipeline/stage/layer"
)

// machines maps Debian architectures to the machine of their programs (ELF header, e_machine).
var machines = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}

// checkELF reports every program or library that is not for arch.
func checkELF(arch string, t *layer.Tree) error {
	var foreign []error
	for _, e := range t.Entries() {
		if !e.Mode.IsRegular() || e.Data == nil {
			continue
		}
		m, ok, err := machineOf(e.Data)
		if err != nil {
			return fmt.Errorf("reading %q: %w", e.Path, err)
		}
		if ok && m != machines[arch] {
			foreign = append(foreign, fmt.Errorf("%w: %q is for %v, want %v", ErrPackage, e.Path, m, machines[arch]))
		}
	}
	return errors.Join(foreign...)
}

// machineOf reads e_machine from an ELF header: 64-bit little-endian files, as both architectures use, have it at offset 18. Other
// files of either kind count as EM_NONE.
func machineOf(s layer.Source) (m elf.Machine, isELF bool, err error) {
	r, err := s.Open()
	if err != nil {
		return 0, false, err
	}
	defer r.Close()
	var h [20]byte
	if _, err := io.ReadFull(r, h[:]); err != nil || !bytes.HasPrefix(h[:], []byte(elf.ELFMAG)) {
		return 0, false, nil
	}
	if elf.Class(h[elf.EI_CLASS]) != elf.ELFCLASS64 || elf.Data(h[elf.EI_DATA]) != elf.ELFDATA2LSB {
		return elf.EM_NONE, true, nil
	}
	return elf.Machine(binary.LittleEndian.Uint16(h[18:])), true, nil
}
