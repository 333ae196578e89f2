// Package aptsource finds out which Debian mirror an apt is configured for, so that no address has to be written down anywhere else.
package aptsource

import (
	"regexp"
	"strings"
)

// Command makes apt print what it would fetch, which names each source by its InRelease file, whether or not it was ever fetched. Unlike
// `apt-get indextargets` it works where there are no lists yet.
func Command() []string { return []string{"apt-get", "update", "--print-uris"} }

var releaseFile = regexp.MustCompile(`(?m)^'([^']+/)dists/([^'/]+)/InRelease'`)

// Mirrors picks from the output of Command the address of a release's archive and that of its security updates, each ending in "/", empty where
// there is none. codename is the release whose archive to take; "" takes the first source that is no update of another one.
func Mirrors(printed, codename string) (archive, security string) {
	for _, m := range releaseFile.FindAllStringSubmatch(printed, -1) {
		switch address, release := m[1], m[2]; {
		case strings.HasSuffix(release, "-security"):
			if security == "" {
				security = address
			}
		case archive == "" && matches(release, codename):
			archive = address
		}
	}
	return archive, security
}

// matches tells whether a source's release is the one asked for, by its name or by a name that moves with releases.
func matches(release, codename string) bool {
	switch release {
	case codename, "stable", "testing", "unstable":
		return true
	}
	return codename == "" && !strings.Contains(release, "-")
}
