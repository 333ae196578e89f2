package elfcheck

import (
	"debug/elf"
	"fmt"
)

// machine is what a processor must be to run a file: e_machine, EI_CLASS and EI_DATA of its header (ELF gABI, "ELF Header").
type machine struct {
	id    elf.Machine
	class elf.Class
	data  elf.Data
}

// known maps machines to the names that paths give them, x86_64 under its other spelling x64 (see spelling). The first name is the one
// shown.
var known = map[machine][]string{
	{elf.EM_X86_64, elf.ELFCLASS64, elf.ELFDATA2LSB}:    {"amd64", "x64", "linux64"},
	{elf.EM_AARCH64, elf.ELFCLASS64, elf.ELFDATA2LSB}:   {"arm64", "aarch64", "armv8", "arm64e"},
	{elf.EM_386, elf.ELFCLASS32, elf.ELFDATA2LSB}:       {"386", "ia32", "x86", "i386", "i586", "i686", "linux32"},
	{elf.EM_ARM, elf.ELFCLASS32, elf.ELFDATA2LSB}:       {"arm", "arm32", "armv5", "armv6", "armv6l", "armv7", "armv7l", "armv7a", "armhf", "armel", "armeabi", "arm6", "arm7"},
	{elf.EM_S390, elf.ELFCLASS64, elf.ELFDATA2MSB}:      {"s390x"},
	{elf.EM_PPC64, elf.ELFCLASS64, elf.ELFDATA2LSB}:     {"ppc64le", "ppc64el", "powerpc64le", "ppc64"}, // Node says ppc64 for both byte orders
	{elf.EM_PPC64, elf.ELFCLASS64, elf.ELFDATA2MSB}:     {"ppc64", "powerpc64"},
	{elf.EM_PPC, elf.ELFCLASS32, elf.ELFDATA2MSB}:       {"ppc", "powerpc"},
	{elf.EM_RISCV, elf.ELFCLASS64, elf.ELFDATA2LSB}:     {"riscv64", "riscv64gc"},
	{elf.EM_RISCV, elf.ELFCLASS32, elf.ELFDATA2LSB}:     {"riscv32"},
	{elf.EM_MIPS, elf.ELFCLASS64, elf.ELFDATA2LSB}:      {"mips64le", "mips64el"},
	{elf.EM_MIPS, elf.ELFCLASS64, elf.ELFDATA2MSB}:      {"mips64"},
	{elf.EM_MIPS, elf.ELFCLASS32, elf.ELFDATA2LSB}:      {"mipsle", "mipsel"},
	{elf.EM_MIPS, elf.ELFCLASS32, elf.ELFDATA2MSB}:      {"mips"},
	{elf.EM_LOONGARCH, elf.ELFCLASS64, elf.ELFDATA2LSB}: {"loong64", "loongarch64"},
	{elf.EM_BPF, elf.ELFCLASS64, elf.ELFDATA2LSB}:       {"bpf", "ebpf", "bpfel"},
}

// String is the Go name of the machine where there is one, else the numbers of the header.
func (m machine) String() string {
	if names := known[m]; len(names) > 0 {
		return names[0]
	}
	return fmt.Sprintf("e_machine %d, class %d, data %d", m.id, m.class, m.data)
}
