package base

import (
	"path"
	"strings"
)

// trimmed are the parts of packages that no server needs. What they cost in the base for Node is beside them (Debian 13, amd64); together
// they bring it from 17.9 to about 9 MB.
var trimmed = []string{
	"usr/lib/*/gconv",                 // 8.1 MB: conversions for iconv(3); Node has ICU, Python its own codecs, UTF-8 is built into libc
	"usr/share/gcc",                   // 0.2 MB: pretty printers for gdb
	"usr/share/gdb",                   // the same
	"usr/share/base-files",            // templates that base-files' postinst copies
	"usr/share/bash-completion",       // for shells
	"usr/share/fish",                  //
	"usr/share/zsh",                   //
	"usr/share/bug",                   // for reportbug
	"usr/share/doc-base",              // for doc-base
	"usr/share/info",                  // manuals
	"usr/share/man",                   //
	"usr/share/lintian",               // for the archive's checks
	"usr/share/linda",                 //
	"usr/share/locale",                // translated messages: what servers say is not translated
	"usr/share/menu",                  // for desktops
	"usr/share/pixmaps",               //
	"usr/share/applications",          //
	"usr/share/zoneinfo/posix",        // copies of the zones beside them, in packages that still have them
	"usr/share/zoneinfo/right",        // zones that count leap seconds
	"usr/lib/debug",                   // debugging symbols
	"usr/include",                     // for compilers
	"usr/lib/*/*.a",                   //
	"usr/lib/*/*.o",                   //
	"usr/share/initramfs-tools",       // for machines
	"usr/lib/systemd",                 //
	"etc/init.d",                      //
	"etc/update-motd.d",               //
	"etc/cron.d",                      //
	"etc/cron.daily",                  //
	"etc/logrotate.d",                 //
	"var/lock",                        // writable for everybody, for daemons
	"var/run",                         // a link by rule
	"usr/sbin/tzconfig",               // need a shell even where they are no scripts
	"usr/sbin/update-ca-certificates", // the Dagger engine runs it in every root that has it and fails where there is no shell
}

// leftOut tells whether a path falls under trimmed, or is documentation other than a copyright file: those are evidence of the licence.
func leftOut(p string) bool {
	if rest, ok := strings.CutPrefix(p, "usr/share/doc/"); ok {
		_, file, inside := strings.Cut(rest, "/")
		return inside && file != "copyright"
	}
	parts := strings.Split(p, "/")
	for _, pattern := range trimmed {
		n := strings.Count(pattern, "/") + 1
		if n > len(parts) {
			continue
		}
		if ok, _ := path.Match(pattern, strings.Join(parts[:n], "/")); ok {
			return true
		}
	}
	return false
}
