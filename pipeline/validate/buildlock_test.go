package validate

import (
	"strings"
	"testing"
	"testing/fstest"
)

const (
	sdistSpec = `metadata: {name: b, description: A server, protocol: uvx}
spec: {package: left, version: "1.0", source_distributions: [{package: right, reason: a test of a package without a wheel}]}
provenance: {repository_uri: "https://example.com/b/b"}
`
	hashA     = " --hash=sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
	sdistLock = `# dockyard: {"before":"2026-11-17T00:00:00Z","python":"3.13","uv":"1","requirement":"left==1.0","sdists":["right==2.0"]}
left==1.0` + hashA + "right==2.0" + hashA
	buildLock = `# dockyard: {"before":"2026-11-17T00:00:00Z","python":"3.13","uv":"1","builds":["right==2.0 sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"],"requires":["setuptools"]}
setuptools==80.0` + hashA
)

// TestBuildLock: a spec with source distributions has two locks, which fit each other; one without them has one.
func TestBuildLock(t *testing.T) {
	for name, c := range map[string]struct{ spec, lock, tools, want string }{
		"good":        {sdistSpec, sdistLock, buildLock, ""},
		"missing":     {sdistSpec, sdistLock, "", "servers/b/build-requirements.lock: there is no lock; run: dagger call lock --server=b"},
		"not a lock":  {sdistSpec, sdistLock, "setuptools==80.0\n", "servers/b/build-requirements.lock:1: got \"setuptools==80.0\", want NAME==VERSION with --hash"},
		"stale":       {sdistSpec, sdistLock, strings.Replace(buildLock, "right==2.0", "right==1.0", 1), "servers/b/build-requirements.lock: the lock is stale"},
		"no longer":   {strings.Replace(sdistSpec, "source_distributions: [{package: right, reason: a test of a package without a wheel}]", "args: []", 1), sdistLock, buildLock, "servers/b/build-requirements.lock: nothing is built from source"},
		"not allowed": {strings.Replace(sdistSpec, "{package: right,", "{package: other,", 1), sdistLock, buildLock, "right==2.0 is a source distribution, and the spec does not allow to build it"},
	} {
		tree := fstest.MapFS{"b/spec.yaml": {Data: []byte(c.spec)}, "b/requirements.lock": {Data: []byte(c.lock)}}
		if c.tools != "" {
			tree["b/build-requirements.lock"] = &fstest.MapFile{Data: []byte(c.tools)}
		}
		cat, problems := Catalogue(tree, "servers")
		got := ""
		for _, p := range append(problems.Blocking(), cat.Servers[0].Found.Blocking()...) {
			got += p.String() + "\n"
		}
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: got\n%s\nwant %q", name, got, c.want)
		}
	}
}
