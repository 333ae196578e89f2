package node

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"fmt"
	"io"
)

// program finds Node and checks that it is a program for the architecture.
func (w *wheel) program(o Options) (source, error) {
	f, err := w.find(programPath)
	if err != nil {
		return source{}, err
	}
	if f.UncompressedSize64 > uint64(o.MaxBytes) {
		return source{}, fmt.Errorf("%w: %q has %d bytes, want at most %d", ErrWheel, programPath, f.UncompressedSize64, o.MaxBytes)
	}
	s := source{f}
	r, err := s.Open()
	if err != nil {
		return source{}, fmt.Errorf("%w: %q: %w", ErrWheel, programPath, err)
	}
	defer r.Close()
	head := make([]byte, 64)
	if _, err := io.ReadFull(r, head); err != nil {
		return source{}, fmt.Errorf("%w: %q: %w", ErrWheel, programPath, err)
	}
	want, ok := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[o.Arch]
	if !ok {
		return source{}, fmt.Errorf("building Node for %q: want amd64 or arm64", o.Arch)
	}
	if got := machine(head); got != want {
		return source{}, fmt.Errorf("%w: %q is for %v, want %v", ErrWheel, programPath, got, want)
	}
	return s, nil
}

// machine reads the machine from the header of a 64-bit little-endian ELF file; EM_NONE is everything else.
func machine(head []byte) elf.Machine {
	if !bytes.HasPrefix(head, []byte(elf.ELFMAG)) || elf.Class(head[elf.EI_CLASS]) != elf.ELFCLASS64 || elf.Data(head[elf.EI_DATA]) != elf.ELFDATA2LSB {
		return elf.EM_NONE
	}
	return elf.Machine(head[18]) | elf.Machine(head[19])<<8
}

// source streams a member into a layer, so that Node's 126 MB need not be held in memory. The zip reader fails when the member is longer
// or shorter than its header says or its checksum differs.
type source struct{ f *zip.File }

func (s source) Open() (io.ReadCloser, error) { return s.f.Open() }
func (s source) Size() int64                  { return int64(s.f.UncompressedSize64) }
