package gomod

import (
	"net/url"
	"regexp"
	"strings"
)

// Belonging is what a module's path says about the repository it comes from.
type Belonging int

// Unknown is a path whose repository only its host can name (the go-import tag of a page, Go modules reference, "Finding a repository for a module
// path"). That answer is not signed and can change, so it is not asked for.
const (
	Unknown Belonging = iota
	Belongs
	Contradicts
)

// forges are hosts at which the path is the repository's, with the number of elements behind the host; 0 is a host with folders of repositories,
// where it is as many as the repository has.
var forges = map[string]int{"github.com": 2, "bitbucket.org": 2, "codeberg.org": 2, "gitlab.com": 0}

// gopkgIn is the scheme of gopkg.in: gopkg.in/PKG.vN is github.com/go-pkg/PKG, and gopkg.in/USER/PKG.vN is github.com/USER/PKG.
var gopkgIn = regexp.MustCompile(`^gopkg\.in/(?:([A-Za-z0-9-]+)/)?([A-Za-z0-9_.-]+)\.v[0-9]+(?:-unstable)?(?:/|$)`)

// BelongsTo compares a module's path with the https address of a repository. At forges, owners and names are the same in any case of letters.
func BelongsTo(path, repository string) Belonging {
	u, err := url.Parse(strings.TrimPrefix(repository, "git+"))
	if err != nil || u.Host == "" {
		return Unknown
	}
	want := strings.ToLower(u.Host) + strings.TrimSuffix(strings.TrimRight(u.Path, "/"), ".git")
	if m := gopkgIn.FindStringSubmatch(path); m != nil {
		owner := m[1]
		if owner == "" {
			owner = "go-" + m[2]
		}
		path = "github.com/" + owner + "/" + m[2]
	}
	host, rest, _ := strings.Cut(path, "/")
	n, forge := forges[host]
	switch {
	case within(path, want), forge && within(strings.ToLower(path), strings.ToLower(want)):
		if forge && n > 0 && strings.Count(want, "/") != n {
			return Contradicts
		}
		return Belongs
	case forge:
		return Contradicts
	case host == u.Host && strings.Contains(rest, ".git"):
		// HOST/PATH.git/DIR names its repository (Go modules reference, "VCS").
		return Contradicts
	}
	return Unknown
}

// within tells whether a module's path is that of a repository, or of a folder or a major version in it.
func within(path, repository string) bool {
	rest, ok := strings.CutPrefix(path, repository)
	return ok && (rest == "" || rest[0] == '/' || rest == ".git" || strings.HasPrefix(rest, ".git/"))
}
