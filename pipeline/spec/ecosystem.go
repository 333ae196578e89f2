package spec

import (
	"fmt"
	"regexp"
	"strings"
)

// ecosystem is what differs between the protocols in a spec.
type ecosystem struct {
	prefix  string // of Spec.Ref
	name    string // rule of spec.package
	version string // rule of spec.version

	// Rules of spec.overrides[].package and version; empty where there are no overrides.
	dependency, override string
}

var ecosystems = map[Protocol]ecosystem{
	NPX: {"npm", "npm-name", "npm-version", "npm-dependency", "npm-version"},
	UVX: {prefix: "pypi", name: "pypi-name", version: "pypi-version"},
	Go:  {"go", "go-name", "go-version", "go-dependency", "go-override"},
}

// ecosystemOf returns the rules of a protocol; for an unknown protocol, those that all have in common.
func ecosystemOf(p Protocol) ecosystem {
	if e, ok := ecosystems[p]; ok {
		return e
	}
	return ecosystem{name: "any-name", version: "any-version", dependency: "any-name", override: "any-version"}
}

// checkPackage checks name and version by the rules of the protocol.
func (c *collector) checkPackage(s *Spec) {
	e := ecosystemOf(s.Metadata.Protocol)
	p := s.Package
	if p.Name != "" {
		c.obeys(p.Name, "spec.package", e.name)
	}
	if p.Version != "" {
		c.obeys(p.Version, "spec.version", e.version)
	}
	switch s.Metadata.Protocol {
	case NPX:
		// validate-npm-package-name refuses both as names that a folder of packages cannot hold.
		if p.Name == "node_modules" || p.Name == "favicon.ico" {
			c.fail("spec.package", fmt.Sprintf("got %q, which npm does not accept as a name", p.Name), "")
		}
	case Go:
		c.checkGoMajor(p)
	}
}

var goMajor = regexp.MustCompile(`^v([0-9]+)\.[^+]*$`)

// checkGoMajor: from v2 on the path of a module ends in its major version, unless the version is marked +incompatible (Go modules
// reference, "Major version suffixes"). The module is some prefix of the package path, so the suffix may stand anywhere in it.
func (c *collector) checkGoMajor(p Package) {
	m := goMajor.FindStringSubmatch(p.Version)
	if m == nil || m[1] == "0" || m[1] == "1" || !rules["go-version"].pattern.MatchString(p.Version) {
		return
	}
	if strings.Contains(p.Name+"/", "/v"+m[1]+"/") || strings.Contains(p.Name+"/", ".v"+m[1]+"/") {
		return
	}
	c.fail("spec.package", fmt.Sprintf("got %s without /v%s, which version %s asks for", quote(p.Name), m[1], quote(p.Version)),
		fmt.Sprintf("add /v%s behind the module's name or mark the version +incompatible", m[1]))
}

// goToolchain is the override that chooses the Go toolchain.
const goToolchain = "go"

// checkOverrides checks names and versions by the rules of the protocol.
func (c *collector) checkOverrides(s *Spec) {
	e := ecosystemOf(s.Metadata.Protocol)
	for i, o := range s.Package.Overrides {
		path, version := fmt.Sprintf("spec.overrides[%d]", i), e.override
		if s.Metadata.Protocol == Go && o.Package == goToolchain {
			version = "go-release"
		} else if s.Metadata.Protocol == Go {
			version = "go-version"
		}
		if o.Package != "" {
			c.obeys(o.Package, path+".package", e.dependency)
		}
		if o.Version != "" {
			c.obeys(o.Version, path+".version", version)
		}
	}
}

// checkSourceDists checks the names of packages that are built from source, and that no requirement of a build stands there twice.
func (c *collector) checkSourceDists(s *Spec) {
	for i, d := range s.Package.SourceDists {
		path := fmt.Sprintf("spec.source_distributions[%d]", i)
		if d.Package != "" {
			c.obeys(d.Package, path+".package", "pypi-project")
		}
		once(c, path+".build_requires", d.BuildRequires, func(r string) string { return r })
	}
}

var pypiSeparators = regexp.MustCompile(`[-_.]+`)

// projectName is the form in which two names of one PyPI project are equal (PEP 503, "Normalized Names").
func projectName(name string) string {
	return strings.ToLower(pypiSeparators.ReplaceAllString(name, "-"))
}

// checkYanked checks names and versions of withdrawn releases by the rules of the protocol.
func (c *collector) checkYanked(s *Spec) {
	name, version := "any-name", "any-version"
	switch s.Metadata.Protocol {
	case UVX:
		name, version = "pypi-project", "pypi-version"
	case Go:
		name, version = "go-dependency", "go-version"
	}
	for i, y := range s.Package.Yanked {
		path := fmt.Sprintf("spec.yanked[%d]", i)
		if y.Package != "" {
			c.obeys(y.Package, path+".package", name)
		}
		if y.Version != "" {
			c.obeys(y.Version, path+".version", version)
		}
	}
}
