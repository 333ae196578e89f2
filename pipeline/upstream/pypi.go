package upstream

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"dagger/dockyard/pipeline/pylock"
)

// PyPI reads what the stage py-facts tells of a wheel.
func PyPI(raw []byte) (Release, error) {
	var f struct {
		SchemaVersion                                             int
		Name, Version, Description, License, Repository, Homepage string
		Scripts                                                   []string
	}
	if err := json.Unmarshal(raw, &f); err != nil || f.SchemaVersion != 1 || f.Name == "" || f.Version == "" {
		return Release{}, fmt.Errorf("reading a wheel's facts: got schemaVersion %d for %q (%v), want 1 for a package", f.SchemaVersion, f.Name, err)
	}
	r := Release{
		Name: f.Name, Version: f.Version, Description: line(f.Description), License: line(f.License), Executables: f.Scripts,
		Repository: RepositoryURI(f.Repository),
	}
	if r.Repository == "" && knownHost.MatchString(f.Homepage) {
		r.Repository = RepositoryURI(f.Homepage)
	}
	return r, nil
}

// Announced adds to a release what the stage pypi-announced tells of its attestations.
func (r *Release) Announced(raw []byte) error {
	var a struct {
		SchemaVersion           int
		Files, Attested, Silent int
	}
	if err := json.Unmarshal(raw, &a); err != nil || a.SchemaVersion != 1 || a.Attested < 0 || a.Silent < 0 || a.Attested+a.Silent > a.Files {
		return fmt.Errorf("reading what an index says of attestations: got %.200q (%v), want schemaVersion 1 with counts of files", raw, err)
	}
	r.Attested = a.Files > 0 && a.Attested == a.Files
	r.HalfAttested = a.Attested > 0 && !r.Attested
	r.Unsaid = a.Silent > 0
	return nil
}

// knownHost tells homepages that are repositories.
var knownHost = regexp.MustCompile(`^https?://(www\.)?(github\.com|gitlab\.com|bitbucket\.org|codeberg\.org)/`)

// ResolvedPyPI finds a package in the requirements file that a resolver wrote. The package may have extras.
func ResolvedPyPI(requirements, pkg string) (pylock.Package, error) {
	lock, problems := pylock.Read("the resolver's answer", strings.NewReader(requirements))
	if err := problems.Err(ErrPackage); err != nil {
		return pylock.Package{}, err
	}
	for _, p := range lock.Packages {
		if p.Name == pylock.Project(pkg) {
			return p, nil
		}
	}
	return pylock.Package{}, fmt.Errorf("%w: the resolver's answer does not name %s: %.200q", ErrPackage, pkg, strings.TrimSpace(requirements))
}
