// Package upstream reads what the clients of the ecosystems say about a published package: the facts that a new spec begins with, and what a newer
// version changes. What they say comes from whoever publishes the package: it is bounded and cleaned here, and trusted nowhere.
package upstream

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"dagger/dockyard/pipeline/spec"
)

// ErrPackage is the category of packages that nothing can be made of: unknown, withdrawn, or without a version that is old enough.
var ErrPackage = errors.New("no usable package")

// MaxAnswer bounds what one client's answer may have, in bytes. The longest package histories are below 4 MiB.
const MaxAnswer = 32 << 20

// Release is one version of a package.
type Release struct {
	Name         string
	Version      string
	Description  string // one line
	License      string
	Repository   string   // https address, empty when there is none that a spec could name
	Executables  []string // sorted
	Publishers   []string // who may publish new versions, sorted; empty when the registry does not say
	Scripts      []string // install scripts by event, sorted: "postinstall: node setup.js"
	Attested     bool     // the registry lists a provenance attestation, of every file; nothing is verified here
	HalfAttested bool     // it lists some for files of the release, and none for others
	Unsaid       bool     // the registry does not say whether some files have one
	Deprecated   string   // notice of the publisher
}

// Ref is what a person asks for: a package of an ecosystem, with a version or without.
type Ref struct {
	Protocol spec.Protocol
	Name     string
	Version  string // empty: the newest that is old enough
}

// ParseRef reads npm:NAME, pypi:NAME or go:PATH, each with @VERSION or without.
func ParseRef(s string) (Ref, error) {
	prefixes := map[string]spec.Protocol{"npm": spec.NPX, "pypi": spec.UVX, "go": spec.Go}
	prefix, rest, _ := strings.Cut(s, ":")
	r := Ref{Protocol: prefixes[prefix], Name: rest}
	if i := strings.LastIndex(rest, "@"); i > 0 {
		r.Name, r.Version = rest[:i], rest[i+1:]
	}
	if r.Protocol == "" || r.Name == "" || strings.HasSuffix(rest, "@") {
		return Ref{}, fmt.Errorf("reading --package: got %q, want npm:NAME, pypi:NAME or go:PATH, with @VERSION for a certain version", s)
	}
	return r, nil
}

var (
	notInNames = regexp.MustCompile(`[^a-z0-9]+`)
	affixes    = regexp.MustCompile(`^(mcp-server-|server-|mcp-)|(-mcp-server|-server-mcp|-mcp|-server)$`)
	major      = regexp.MustCompile(`^v[0-9]+$`)
)

// ServerName proposes the id of a server from its package: "context7" for "@upstash/context7-mcp". Words that every server has are left out;
// where nothing else remains, the scope or the owner is the name.
func ServerName(r Ref) string {
	name := strings.TrimPrefix(r.Name, "@")
	name, _, _ = strings.Cut(name, "[")
	parts := strings.Split(name, "/")
	if r.Protocol == spec.UVX {
		parts = strings.Split(name, ".")
	}
	for i := len(parts) - 1; i >= 0; i-- {
		s := strings.ToLower(parts[i])
		s = strings.Trim(notInNames.ReplaceAllString(s, "-"), "-")
		s = strings.Trim(affixes.ReplaceAllString(s, ""), "-")
		s = strings.Trim(affixes.ReplaceAllString(s, ""), "-")
		if s != "" && s != "mcp" && s != "server" && s != "cmd" && !major.MatchString(s) && len(s) <= spec.MaxName {
			return s
		}
	}
	return ""
}

// sourceHosts are where a spec's repository_uri can point to for packages that give theirs in git's short form.
var sourceHosts = map[string]string{"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}

var (
	shortForm = regexp.MustCompile(`^((github|gitlab|bitbucket):)?([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)$`)
	gitForm   = regexp.MustCompile(`^(git\+)?(https|ssh|git|http)://(git@)?([A-Za-z0-9.-]+)/([A-Za-z0-9._~/-]+)$`)
	scpForm   = regexp.MustCompile(`^git@([A-Za-z0-9.-]+):([A-Za-z0-9._~/-]+)$`)
)

// RepositoryURI turns the ways packages name their repository into the https address of a spec, or "" (npm documentation, package.json,
// "repository"). Pages inside a repository (…/tree/main/x) are cut off where the host is one whose form is known.
func RepositoryURI(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "#")
	host, where := "", ""
	if m := shortForm.FindStringSubmatch(s); m != nil {
		host, where = "github.com", m[3]
		if m[2] != "" {
			host = sourceHosts[m[2]]
		}
	} else if m := gitForm.FindStringSubmatch(s); m != nil {
		host, where = m[4], m[5]
	} else if m := scpForm.FindStringSubmatch(s); m != nil {
		host, where = m[1], m[2]
	}
	host, where = strings.ToLower(host), strings.TrimSuffix(strings.Trim(where, "/"), ".git")
	parts := strings.Split(where, "/")
	if host == "" || len(parts) < 2 {
		return ""
	}
	if host == "github.com" || host == "bitbucket.org" {
		where = strings.TrimSuffix(path.Join(parts[0], parts[1]), ".git")
	}
	where, _, _ = strings.Cut(where, "/-/") // GitLab's pages
	return "https://" + host + "/" + strings.TrimSuffix(where, ".git")
}

// maxLine is the longest description a spec takes, in characters.
const maxLine = 500

// line makes one printable line of a text, cut where a spec's description must end.
func line(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	if utf8.RuneCountInString(s) > maxLine {
		s = string([]rune(s)[:maxLine-1]) + "…"
	}
	return s
}
