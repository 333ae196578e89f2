package elfcheck

import (
	"debug/elf"
	"path"
	"strings"
)

// system is the operating system or C library that a file is made for.
type system struct {
	evidence string   // what tells that it is not Linux with glibc; "" when nothing does
	names    []string // what paths call it
}

// Names that paths give to systems. Alpine stands for its C library.
var (
	muslNames    = []string{"musl", "linuxmusl", "alpine", "musleabi", "musleabihf"}
	androidNames = []string{"android", "androideabi"}
	freebsdNames = []string{"freebsd"}
	openbsdNames = []string{"openbsd"}
	netbsdNames  = []string{"netbsd"}
	sunosNames   = []string{"sunos", "solaris", "illumos"}
	otherSystems = join(muslNames, androidNames, freebsdNames, openbsdNames, netbsdNames, sunosNames)
	// ownSystem are words that stand beside a machine and name the system of the base.
	ownSystem = []string{"linux", "linuxglibc", "glibc", "gnu", "gnueabi", "gnueabihf"}
)

func join(lists ...[]string) []string {
	var all []string
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// systemOf tells the system by EI_OSABI, then by the interpreter, then by the C library among the needs. Linux files say "none" or
// "GNU" in EI_OSABI; so do most files of Android and OpenBSD.
func systemOf(abi elf.OSABI, n needs) system {
	if abi != elf.ELFOSABI_NONE && abi != elf.ELFOSABI_LINUX {
		return system{"ABI " + abi.String(), abiNames(abi)}
	}
	if n.interpreter != "" {
		if names, foreign := interpreterNames(n.interpreter); foreign {
			return system{"interpreter " + n.interpreter, names}
		}
	}
	for _, lib := range n.libraries {
		if names, foreign := libraryNames(lib); foreign {
			return system{"library " + lib, names}
		}
	}
	return system{}
}

func abiNames(abi elf.OSABI) []string {
	switch abi {
	case elf.ELFOSABI_FREEBSD:
		return freebsdNames
	case elf.ELFOSABI_OPENBSD:
		return openbsdNames
	case elf.ELFOSABI_NETBSD:
		return netbsdNames
	case elf.ELFOSABI_SOLARIS:
		return sunosNames
	}
	return otherSystems
}

// interpreterNames knows interpreters by their file names, which systems do not share, and OpenBSD's by its folder.
func interpreterNames(interpreter string) (names []string, foreign bool) {
	base := path.Base(interpreter)
	switch {
	case strings.HasPrefix(base, "ld-linux"):
		return nil, false
	case strings.HasPrefix(base, "ld-musl-"):
		return muslNames, true
	case base == "linker" || base == "linker64":
		return androidNames, true
	case base == "ld-elf.so.1":
		return freebsdNames, true
	case base == "ld.elf_so":
		return netbsdNames, true
	case interpreter == "/usr/libexec/ld.so":
		return openbsdNames, true
	case base == "ld.so.1":
		return sunosNames, true
	}
	return otherSystems, true
}

// libraryNames knows C libraries by their file names; that of glibc is libc.so.6 on both platforms. A plain libc.so is Android's or that
// of musl built without a distribution.
func libraryNames(lib string) (names []string, foreign bool) {
	switch {
	case strings.HasPrefix(lib, "libc.musl-"), strings.HasPrefix(lib, "ld-musl-"):
		return muslNames, true
	case lib == "libc.so":
		return join(muslNames, androidNames), true
	case lib == "libc.so.6", !strings.HasPrefix(lib, "libc.so."):
		return nil, false
	}
	return otherSystems, true
}
