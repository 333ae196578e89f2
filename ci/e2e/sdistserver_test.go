package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dagger/dockyard/ci/e2e/registry"
)

const whySource = "one module of pure Python, read line by line; it never had a wheel"

// TestSourceServer is a package of PyPI that has no wheel, as a server of its own: it is added with a person's reason and not without, and taken from one
// source distribution to the next.
func TestSourceServer(t *testing.T) {
	if !*full {
		t.Skip("takes long; TestPrivateSourceServers stands for it. Run with -full, or ci/test --full")
	}
	t.Parallel()
	c := here(t).catalogue(t)
	removeAll(t, filepath.Join(c.dir, "servers"))
	add := []string{"add", "--package=pypi:docopt@0.6.1", "--before=" + privateCutoff}
	c.refused(t, add, `adding "docopt": got no wheel that can be used, want one`, `add --package=pypi:docopt@0.6.1 --source-distribution="WHY"`)
	c.refused(t, append(add, "--source-distribution=fine"), "spec.source_distributions[0].reason", "at least 20")
	c.refused(t, []string{"add", "--package=pypi:mcp-server-time", "--before=" + privateCutoff, "--source-distribution=" + whySource}, "has a wheel that can be used", "leave --source-distribution out")
	c.refused(t, []string{"add", "--package=npm:docopt", "--source-distribution=" + whySource}, "--source-distribution is for packages of PyPI")

	c.call(t, append([]string{"--auto-apply"}, append(add, "--source-distribution="+whySource)...)...)
	spec, lock, tools := "servers/docopt/spec.yaml", "servers/docopt/requirements.lock", "servers/docopt/build-requirements.lock"
	c.holds(t, spec, "version: 0.6.1\n", "- package: docopt\n      reason: "+whySource+"\n", "description: Pythonic argument parser")
	c.holds(t, lock, `"sdists":["docopt==0.6.1"]`)
	c.holds(t, tools, `"builds":["docopt==0.6.1 sha256:`)
	c.call(t, "validate", "assert")

	updates := c.call(t, "updates", "--before="+privateCutoff, "summary")
	for _, want := range []string{"0.6.1 to 0.6.2", "it is built from its source distribution, by code of its own", "update: PASSED: 1 passed"} {
		if !strings.Contains(updates, want) {
			t.Errorf("updates: got\n%s\nwant %q in it", updates, want)
		}
	}
	c.call(t, "--auto-apply", "update", "--before="+privateCutoff)
	c.holds(t, spec, "version: 0.6.2\n", whySource)
	c.holds(t, lock, `"sdists":["docopt==0.6.2"]`)
	c.holds(t, tools, `"builds":["docopt==0.6.2 sha256:`)
	c.call(t, "validate", "assert")
	if updates = c.call(t, "updates", "--before="+privateCutoff, "summary"); !strings.Contains(updates, "update: PASSED: 1 passed") || strings.Contains(updates, " to ") {
		t.Errorf("updates of the newest: got\n%s", updates)
	}
}

// TestAddNeedsReasons: the packages that a new server requires and that have no wheel are named, with the spec that wants their reasons.
func TestAddNeedsReasons(t *testing.T) {
	t.Parallel()
	c := here(t).catalogue(t)
	c.refused(t, []string{"add", "--package=pypi:feedparser@6.0.11", "--name=feeds", "--before=" + privateCutoff},
		`adding "feeds": write servers/feeds/spec.yaml with this`, "package: feedparser\n  version: 6.0.11\n", "- {package: sgmllib3k, reason: WHY}", "lock --server=feeds")
}

// holds expects texts in a file of the checkout.
func (c checkout) holds(t testing.TB, name string, want ...string) {
	t.Helper()
	text := c.read(t, name)
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("%s: got\n%s\nwant %q in it", name, text, w)
		}
	}
}

// forms are releases of projects of the private registry, all of which are in use at 1.0.0, and what an update has to say. A version is a source
// distribution, a wheel, or both.
var forms = map[string]struct {
	allowed bool // to be built from source
	gone    bool // 1.0.0 was withdrawn
	wheels  string
	sources string
	version string // after update --keep-going
	want    []string
}{
	"source":     {true, true, "", "1.0.0 1.1.0", "1.1.0", []string{"1.0.0 to 1.1.0", "it is built from its source distribution"}},
	"wheel-too":  {true, false, "1.1.0", "1.0.0 1.1.0", "1.1.0", []string{"version 1.1.0 has a wheel that can be used: that spec.source_distributions allows to build the package is no longer needed"}},
	"wheel-only": {true, false, "1.1.0", "1.0.0", "1.0.0", []string{"version 1.1.0 is not taken: it has a wheel and no source distribution"}},
	"lost":       {false, false, "1.0.0", "1.0.0 1.1.0", "1.0.0", []string{"version 1.1.0 is not taken: it has no wheel that can be used", "{package: lost-mcp, reason: WHY}"}},
	"lost-later": {false, true, "1.0.0 1.1.0", "1.0.0 1.1.0 1.2.0", "1.1.0", []string{"1.0.0 to 1.1.0", "version 1.2.0 is not taken: it has no wheel that can be used"}},
}

// TestPrivateSourceServers is updates of servers by the form that their releases have, at a registry that wants credentials.
func TestPrivateSourceServers(t *testing.T) {
	p := startClosed(t)
	p.write(t, "pip.conf", fmt.Sprintf(legacy+"index-url = https://pip-user:%s@%s/simple/\nextra-index-url = %s\n", p.secrets["pip"], p.Host(), publicIndex(t)))
	flags := []string{"--uv-config=" + p.file("uv.toml"), "--netrc=" + p.file("netrc"), "--pip-config=" + p.file("pip.conf")}
	file, raw, err := registry.Wheel("build_tool", "1.0", map[string]string{"build_tool.py": buildTool}, []string{"Summary: A build tool"}, nil)
	p.publish(t, "build_tool", "1.0", file, raw, err)
	for name, f := range forms {
		p.release(t, strings.ReplaceAll(name, "-", "_")+"_mcp", f.gone, strings.Fields(f.wheels), strings.Fields(f.sources))
		more := ""
		if f.allowed {
			more = allowed(name + "-mcp")
		}
		p.spec(t, name, "uvx", name+"-mcp", "1.0.0", more)
	}
	told, err := p.ask(t, flags, "updates", "--before="+privateCutoff, "summary")
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range forms {
		for _, want := range f.want {
			if !strings.Contains(told, want) {
				t.Errorf("%s: want %q in what updates tells", name, want)
			}
		}
	}
	if !strings.Contains(told, "update: FAILED") || strings.Contains(told, "9.0.0") {
		t.Errorf("updates: want it failed, and nothing of what is too young")
	}
	if t.Failed() {
		t.Logf("updates: got\n%s", told)
	}
	if _, err := p.ask(t, flags, "update", "--server=lost", "--before="+privateCutoff); err == nil || !strings.Contains(err.Error(), "version 1.1.0 is not taken") {
		t.Errorf("update of what lost its wheel: got %v", err)
	}
	if _, err := p.ask(t, flags, "update", "--keep-going", "--before="+privateCutoff); err != nil {
		t.Fatal(err)
	}
	for name, f := range forms {
		p.holds(t, "servers/"+name+"/spec.yaml", "version: "+f.version+"\n")
	}
	p.holds(t, "servers/source/requirements.lock", `"sdists":["source-mcp==1.1.0"]`)
	p.holds(t, "servers/source/build-requirements.lock", `"builds":["source-mcp==1.1.0 sha256:`, "\nbuild-tool==1.0 ")
	if said, err := p.ask(t, flags, "build", "--server=source", "summary"); err != nil || !strings.Contains(said, "source-mcp==1.1.0 is built here from its source distribution, by code of its own") {
		t.Errorf("build of what was updated: got %v\n%s", err, said)
	}
	p.nowhere(t, filepath.Join(p.dir, "servers"))

	add := []string{"add", "--package=pypi:source-mcp", "--name=added", "--before=" + privateCutoff, "--source-distribution=" + whySource}
	if _, err := p.ask(t, flags, add...); err != nil {
		t.Error(err)
	} else {
		p.holds(t, "servers/added/spec.yaml", "version: 1.1.0\n", whySource, "description: A private server\n")
	}
}

// release publishes wheels and source distributions of a project, and a source distribution and a wheel that are too young for any cut-off here.
func (p *closed) release(t *testing.T, name string, gone bool, wheels, sources []string) {
	t.Helper()
	var list []registry.Distribution
	add := func(version, file string, raw []byte, err error) {
		if err != nil {
			t.Fatal(err)
		}
		d := registry.Distribution{Version: version, Name: file, Body: raw, Published: published}
		switch {
		case version == "1.0.0" && gone:
			d.Yanked = "it deletes files"
		case version == "9.0.0":
			d.Published = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
		}
		list = append(list, d)
	}
	for _, v := range append(wheels, "9.0.0") {
		file, raw, err := registry.Wheel(name, v, map[string]string{name + ".py": pythonServer}, []string{"Summary: A private server"}, []string{name + " = " + name + ":main"})
		add(v, file, raw, err)
	}
	for _, v := range append(sources, "9.0.0") {
		info := "Metadata-Version: 2.1\nName: " + name + "\nVersion: " + v + "\nSummary: A private server\n"
		hooks := fmt.Sprintf("import build_tool\ndef build_wheel(out, *more): return build_tool.wheel(out, %[1]q, %[2]q, code=open('server.py').read(), points='[console_scripts]\\n%[1]s = %[1]s:main\\n')\n", name, v)
		server := strings.Replace(pythonServer, "from private_dependency import NAME", "NAME = 'private'", 1)
		file, raw, err := registry.Sdist(name, v, map[string]string{"PKG-INFO": info, "pyproject.toml": sourceProject, "hooks.py": hooks, "server.py": server})
		add(v, file, raw, err)
	}
	if err := p.PutPyPI("/simple/", strings.ReplaceAll(name, "_", "-"), list...); err != nil {
		t.Fatal(err)
	}
}
