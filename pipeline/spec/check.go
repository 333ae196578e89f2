package spec

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// check looks at what a field's tags cannot say: what depends on other fields, on the folder, or on items of the same list. Fields that are
// empty here were reported when they were read.
func (c *collector) check(s *Spec, o Options) {
	c.checkMetadata(s, o)
	c.checkPackage(s)
	c.checkDependencies(s)
	c.checkEnv(s)
	c.checkProvenance(s)
	c.checkSecurity(s)
}

func (c *collector) checkMetadata(s *Spec, o Options) {
	m := &s.Metadata
	if o.Folder != "" && m.Name != "" && m.Name != o.Folder {
		c.strict("metadata.name", fmt.Sprintf("got %s, want %q, the name of the folder", quote(m.Name), o.Folder),
			"rename one of them; the folder is the server's id")
	}
	if o.Lax && o.Folder != "" {
		m.Name = o.Folder
	}
	if o.Protocol != "" && m.Protocol != "" && m.Protocol != o.Protocol {
		c.fail("metadata.protocol", fmt.Sprintf("got %s, want %q, the folder above", quote(string(m.Protocol)), o.Protocol),
			"move the folder or correct the protocol")
	}
	switch {
	case m.Version == "" || c.reported("metadata.version"):
	case c.lax:
		c.warn("metadata.version", "nothing reads it; spec.version is the version", "remove it")
	case m.Version != s.Package.Version:
		c.fail("metadata.version", fmt.Sprintf("got %s, but spec.version is %s", quote(m.Version), quote(s.Package.Version)), "remove it: spec.version is enough")
	}
}

// checkDependencies checks the lists that belong to one protocol, and that no list names a thing twice.
func (c *collector) checkDependencies(s *Spec) {
	p, protocol := s.Package, s.Metadata.Protocol
	_, known := ecosystems[protocol]
	if ecosystemOf(protocol).dependency == "" && len(p.Overrides) > 0 {
		c.fail("spec.overrides", fmt.Sprintf("is for npx and go, this server is %s", protocol), otherWay[protocol])
	} else {
		c.checkOverrides(s)
	}
	if known && protocol != UVX && len(p.Constraints) > 0 {
		c.fail("spec.constraints", fmt.Sprintf("is for uvx, this server is %s", protocol), otherWay[protocol])
	}
	if known && protocol == NPX && len(p.Yanked) > 0 {
		c.fail("spec.yanked", "is for uvx and go, this server is npx", "remove it: npm has no withdrawn releases, only deprecated ones, of which update warns")
	}
	c.checkYanked(s)
	if known && protocol != UVX && len(p.SourceDists) > 0 {
		c.fail("spec.source_distributions", fmt.Sprintf("is for uvx, this server is %s", protocol), "remove it")
	}
	c.checkSourceDists(s)
	once(c, "spec.overrides", p.Overrides, func(o Override) string { return o.Package })
	once(c, "spec.constraints", p.Constraints, func(o Constraint) string { return o.Spec })
	once(c, "spec.yanked", p.Yanked, func(y Yanked) string { return y.Package + "@" + y.Version })
	once(c, "spec.source_distributions", p.SourceDists, func(d SourceDist) string { return projectName(d.Package) })
	once(c, "spec.system_packages", p.SystemPackages, func(name string) string { return name })
}

var otherWay = map[Protocol]string{
	NPX: "pin dependencies with spec.overrides",
	UVX: "bound dependencies with spec.constraints",
	Go:  "raise dependencies with spec.overrides",
}

// once reports items of a list whose key an earlier item has. Empty keys were reported before.
func once[T any](c *collector, path string, items []T, key func(T) string) {
	first := map[string]int{}
	for i, item := range items {
		k := key(item)
		if k == "" {
			continue
		}
		if j, again := first[k]; again {
			c.strict(fmt.Sprintf("%s[%d]", path, i), fmt.Sprintf("says the same as %s[%d]", path, j), "keep one of them")
			continue
		}
		first[k] = i
	}
}

// reserved variables decide which program or library runs, or which peer is trusted. A trailing "*" stands for any ending.
var reserved = []string{"PATH", "HOME", "USER", "SHELL", "PWD", "IFS", "ENV", "BASH_ENV", "LD_*", "DYLD_*", "GCONV_PATH", "NODE_OPTIONS", "NODE_PATH",
	"NODE_TLS_REJECT_UNAUTHORIZED", "NODE_EXTRA_CA_CERTS", "NPM_CONFIG_*", "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "UV_*", "PIP_*", "GODEBUG",
	"SSL_CERT_FILE", "SSL_CERT_DIR"}

// secretEndings are how names of variables end that hold credentials.
var secretEndings = []string{"TOKEN", "SECRET", "PASSWORD", "PASSWD", "API_KEY", "APIKEY", "PRIVATE_KEY", "ACCESS_KEY", "CREDENTIALS"}

func (c *collector) checkEnv(s *Spec) {
	for _, name := range slices.Sorted(maps.Keys(s.Package.Env)) {
		value, path := s.Package.Env[name], join("spec.env", name)
		c.checkReserved(path, name)
		if value != "" && slices.ContainsFunc(secretEndings, func(end string) bool { return strings.HasSuffix(name, end) }) {
			c.warn(path, "looks like a credential, and spec.env becomes part of the public image", "use security.mock_env for values that only the scan needs")
		}
	}
	for i, mock := range s.Security.MockEnv {
		c.checkReserved(fmt.Sprintf("security.mock_env[%d].name", i), mock.Name)
	}
	once(c, "security.mock_env", s.Security.MockEnv, func(m MockEnv) string { return m.Name })
}

func (c *collector) checkReserved(path, name string) {
	for _, r := range reserved {
		prefix, open := strings.CutSuffix(r, "*")
		if name == r || open && strings.HasPrefix(name, prefix) {
			c.fail(path, fmt.Sprintf("got %s, which decides what runs or what is trusted (reserved: %s)", quote(name), r), "remove it")
		}
	}
}
