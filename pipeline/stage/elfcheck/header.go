package elfcheck

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"

	"dagger/dockyard/pipeline/stage/layer"
)

const (
	// identBytes reach from the start of an ELF header to the end of e_machine, at the same places in all classes.
	identBytes = 20
	// headerBytes is the size of the longer, 64-bit header.
	headerBytes = 64
	// maxTable bounds the program header table, as Linux does (fs/binfmt_elf.c, load_elf_phdrs).
	maxTable = 64 << 10
)

// file is what the check knows of one ELF file.
type file struct {
	path    string
	kind    elf.Type
	machine machine
	system  system
	glibc   version // newest that it needs; nil: none
	broken  error   // why it could not be read
}

// inspect reads one entry; ok is false for files that are not ELF. Defects of an ELF file go to file.broken.
func (want target) inspect(e layer.Entry) (f file, ok bool, err error) {
	src, err := e.Data.Open()
	if err != nil {
		return file{}, false, err
	}
	defer src.Close()
	head := make([]byte, headerBytes)
	n, err := io.ReadFull(src, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return file{}, false, err
	}
	head = head[:n]
	if !IsELF(head) {
		return file{}, false, nil
	}
	f = file{path: e.Path}
	f.readIdent(head)
	r, err := readerAt(e.Data, src, head, want.maxBytes)
	if err != nil {
		return file{}, false, err
	}
	if r == nil {
		f.broken = fmt.Errorf("size: got more than %d bytes, want at most that", want.maxBytes)
		return f, true, nil
	}
	f.broken = f.parse(r, head, want)
	return f, true, nil
}

// readerAt gives access to a source of which head has been read. A source without random access is read into memory. The reader is nil
// when there are more than limit bytes.
func readerAt(data layer.Source, src io.Reader, head []byte, limit int64) (*io.SectionReader, error) {
	if data.Size() > limit {
		return nil, nil
	}
	if b, ok := data.(layer.Bytes); ok {
		return io.NewSectionReader(bytes.NewReader(b), 0, int64(len(b))), nil
	}
	if at, ok := src.(io.ReaderAt); ok {
		return io.NewSectionReader(at, 0, data.Size()), nil
	}
	rest, err := io.ReadAll(io.LimitReader(src, limit-int64(len(head))+1))
	if err != nil {
		return nil, err
	}
	all := append(bytes.Clone(head), rest...)
	if int64(len(all)) > limit {
		return nil, nil
	}
	return io.NewSectionReader(bytes.NewReader(all), 0, int64(len(all))), nil
}

// readIdent takes type and machine from the header, also where the rest is not fit to be parsed.
func (f *file) readIdent(head []byte) {
	if len(head) < identBytes {
		return
	}
	f.machine.class, f.machine.data = elf.Class(head[elf.EI_CLASS]), elf.Data(head[elf.EI_DATA])
	order := byteOrder(f.machine.data)
	f.kind = elf.Type(order.Uint16(head[16:]))
	f.machine.id = elf.Machine(order.Uint16(head[18:]))
}

func byteOrder(d elf.Data) binary.ByteOrder {
	if d == elf.ELFDATA2MSB {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// loadable tells whether the header calls the file a program or a shared library.
func (f file) loadable() bool { return f.kind == elf.ET_EXEC || f.kind == elf.ET_DYN }

// parse fills in what lies behind the header. The parser of the standard library is not made for hostile input, so it sees a bounded
// table, and a panic counts as a defect of the file.
func (f *file) parse(r *io.SectionReader, head []byte, want target) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("parser gave up: %v", p)
		}
	}()
	plain, err := f.withoutSections(head)
	if err != nil {
		return err
	}
	parsed, err := elf.NewFile(overlay{plain, r})
	if err != nil {
		return err
	}
	if !f.loadable() || f.machine != want.machine && namesAny(f.path, known[f.machine]) {
		return nil // nothing behind the header can change the verdict
	}
	img := image{File: parsed, size: r.Size()}
	if err := img.checkSegments(); err != nil {
		return err
	}
	needs, err := img.needs()
	if err != nil {
		return err
	}
	f.system, f.glibc = systemOf(parsed.OSABI, needs), needs.glibc
	return nil
}

// withoutSections returns the header with an empty section table. Loaders do not read that table, and its counts, string table and
// compressed sections could make the parser allocate without bound.
func (f *file) withoutSections(head []byte) ([]byte, error) {
	order := byteOrder(f.machine.data)
	var h []byte
	var sections, table, phentsize int // offsets of e_shoff and e_phentsize; wanted size of a program header
	switch f.machine.class {
	case elf.ELFCLASS32:
		h, sections, table, phentsize = clip(head, 52), 32, 42, 32
	case elf.ELFCLASS64:
		h, sections, table, phentsize = clip(head, 64), 40, 54, 56
	default:
		return nil, fmt.Errorf("class: got %d, want 1 (32-bit) or 2 (64-bit)", f.machine.class)
	}
	if h == nil {
		return nil, fmt.Errorf("header: got %d bytes, want %d", len(head), table+10)
	}
	size, count := int(order.Uint16(h[table:])), int(order.Uint16(h[table+2:]))
	if count > 0 && size != phentsize {
		return nil, fmt.Errorf("program header: got %d bytes, want %d", size, phentsize)
	}
	if size*count > maxTable {
		return nil, fmt.Errorf("program header table: got %d bytes, want at most %d", size*count, maxTable)
	}
	clear(h[sections : table-6]) // e_shoff; e_flags and e_ehsize lie between it and e_phentsize
	clear(h[table+4:])           // e_shentsize, e_shnum, e_shstrndx
	return h, nil
}

// clip returns a copy of the first n bytes, nil if there are fewer.
func clip(head []byte, n int) []byte {
	if len(head) < n {
		return nil
	}
	return bytes.Clone(head[:n])
}

// overlay reads from the header first and from the file behind it.
type overlay struct {
	header []byte
	file   io.ReaderAt
}

func (o overlay) ReadAt(p []byte, off int64) (int, error) {
	n, err := o.file.ReadAt(p, off)
	if off < int64(len(o.header)) {
		copy(p[:n], o.header[off:])
	}
	return n, err
}
