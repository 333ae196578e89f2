package base

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// cleanName turns "./usr/bin/x" into "usr/bin/x". Names that are absolute or hold ".." are errors even where they would stay inside.
func cleanName(name string) (string, error) {
	if path.IsAbs(name) || slices.Contains(strings.Split(name, "/"), "..") {
		return "", fmt.Errorf("%w: got the path %q, want one inside the root without \"..\"", ErrPackage, name)
	}
	return path.Clean(name), nil
}

// mergedDirs are the directories that are links into usr/ on Debian (Debian policy §10.1, merged /usr).
var mergedDirs = []string{"bin", "lib", "lib32", "lib64", "libx32", "sbin"}

// merged gives the real path of a package's path: "lib/x" is "usr/lib/x", while "lib" is the link that base-files brings.
func merged(name string) string {
	first, rest, ok := strings.Cut(name, "/")
	if ok && slices.Contains(mergedDirs, first) {
		return "usr/" + first + "/" + rest
	}
	return name
}

// leavesRoot follows a link's target by its text and tells whether it climbs above the root.
func leavesRoot(from, target string) bool {
	depth := strings.Count(from, "/")
	if path.IsAbs(target) {
		depth = 0
	}
	for _, part := range strings.Split(target, "/") {
		switch part {
		case "", ".":
		case "..":
			if depth--; depth < 0 {
				return true
			}
		default:
			depth++
		}
	}
	return false
}
