package e2e

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"dagger/dockyard/ci/e2e/registry"
)

// rssSpec is a server that needs sgmllib3k, which is published as source alone, with the constraints that make it do so.
const rssSpec = `metadata: {name: rss, description: "Reads RSS and Atom feeds", protocol: uvx}
spec:
  package: mcp-server-rss
  version: 0.1.0
  constraints:
    - {spec: feedparser==6.0.11, reason: the last release that needs sgmllib3k as it is}
    - {spec: fastmcp<3, reason: the server was written for this series}
    - {spec: mcp<2, reason: the server was written for this series}
`

const rssSource = `  source_distributions:
    - {package: sgmllib3k, %sreason: it is pure Python and has no wheel}
`

func (c checkout) newSpec(t testing.TB, name, text string) {
	t.Helper()
	dir := filepath.Join(c.dir, "servers", name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "spec.yaml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestSourceDistribution has a package of PyPI that has no wheel refused, and built when the spec allows it with a reason. It is built again in
// another environment, with the same result.
func TestSourceDistribution(t *testing.T) {
	t.Parallel()
	needRoot(t)
	c := here(t).catalogue(t)
	lock := []string{"lock", "--server=rss", "--before=" + privateCutoff}
	c.newSpec(t, "rss", rssSpec)
	c.refused(t, lock, "sgmllib3k: no wheel can be used", "source_distributions:", "- {package: sgmllib3k, reason: WHY}")

	c.newSpec(t, "rss", rssSpec+fmt.Sprintf(rssSource, ""))
	c.call(t, append([]string{"--auto-apply"}, lock...)...)
	names := []string{"servers/rss/requirements.lock", "servers/rss/build-requirements.lock"}
	var before []string
	for i, want := range []string{`"sdists":["sgmllib3k==1.0.0"]`, `"builds":["sgmllib3k==1.0.0 sha256:7868fb1c8bfa764c1ac563d3cf369c381d1325d36124933a726f29fcdaa812e9"],"requires":["setuptools","wheel"]`} {
		text := c.read(t, names[i])
		before = append(before, text)
		if !strings.Contains(text, want) || strings.Contains(text, "://") {
			t.Errorf("%s: got\n%s\nwant %s and no address", names[i], text, want)
		}
	}
	digest, idx := exported(t, c, "rss")
	for _, arch := range []string{"amd64", "arm64"} {
		root := unpack(t, platform(t, idx, arch))
		if _, err := fs.Stat(os.DirFS(root), "app/lib/python3.13/site-packages/sgmllib.py"); err != nil {
			t.Errorf("%s: %v", arch, err)
		}
		if arch == "amd64" {
			checkRoot(t, root)
			if tools := answers(t, root, platform(t, idx, arch), nil); !slices.Contains(tools, "feed") {
				t.Errorf("got the tools %q", tools)
			}
		}
	}
	said := c.call(t, "build", "--server=rss", "summary")
	for _, want := range []string{"sgmllib3k==1.0.0 is built here from its source distribution, by code of its own: it is pure Python and has no wheel", "the wheel has SHA-256 "} {
		if !strings.Contains(said, want) {
			t.Errorf("summary: got\n%s\nwant %q", said, want)
		}
	}

	c.newSpec(t, "rss", rssSpec+fmt.Sprintf(rssSource, "build_requires: [packaging], "))
	c.refused(t, []string{"validate", "assert"}, names[1], "made without the requirement packaging")
	c.call(t, append([]string{"--auto-apply"}, lock...)...)
	if c.read(t, names[0]) != before[0] || c.read(t, names[1]) == before[1] {
		t.Error("another requirement of the build: want another lock of these and the same of the server")
	}
	if again := c.call(t, "build", "--server=rss", "digest"); again != digest {
		t.Errorf("a build in another environment: got %s, want %s", again, digest)
	}

	c.newSpec(t, "rss", rssSpec)
	c.refused(t, []string{"build", "--server=rss", "digest"}, "sgmllib3k==1.0.0 is a source distribution, and the spec does not allow to build it")
}

// Source distributions of the private registry. Their backends lie in their trees, and import a wheel of the registry.
const (
	sourceProject = "[build-system]\nrequires = ['build-tool']\nbuild-backend = 'hooks'\nbackend-path = ['.']\n"
	buildTool     = `import base64, hashlib, os, zipfile


def wheel(out, name, version, tag="py3-none-any", requires=(), code="NAME = 'private'\n", points=""):
    info = f"{name}-{version}.dist-info/"
    files = {
        name + ".py": code,
        info + "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n" + "".join(f"Requires-Dist: {r}\n" for r in requires),
        info + "WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    if points:
        files[info + "entry_points.txt"] = points
    record = ""
    for path, text in files.items():
        record += f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip('=')},{len(text)}\n"
    files[info + "RECORD"] = record + info + "RECORD,,\n"
    file = f"{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(os.path.join(out, file), "w") as z:
        for path, text in files.items():
            z.writestr(path, text)
    return file
`
)

// hostileSources are builds that must not succeed, by the project, with what is said of them.
var hostileSources = map[string]struct{ hooks, want string }{
	"bad_fails":    {"def build_wheel(out, *more): print('\\x1b[31mlast words'); raise SystemExit(3)", `\u001b[31mlast words`},
	"bad_network":  {"def build_wheel(out, *more):\n    import urllib.request\n    urllib.request.urlopen('https://%s/simple/')", "urlopen error"},
	"bad_two":      {"import build_tool\ndef build_wheel(out, *more):\n    build_tool.wheel(out, 'other', '1.0')\n    return build_tool.wheel(out, 'bad_two', '1.0')", "left 2 files"},
	"bad_name":     {"import build_tool\ndef build_wheel(out, *more): return build_tool.wheel(out, 'other', '1.0')", "it is other==1.0, want bad-name==1.0"},
	"bad_version":  {"import build_tool\ndef build_wheel(out, *more): return build_tool.wheel(out, 'bad_version', '2.0')", "it is bad-version==2.0, want bad-version==1.0"},
	"bad_platform": {"import build_tool\ndef build_wheel(out, *more): return build_tool.wheel(out, 'bad_platform', '1.0', 'cp313-cp313-linux_x86_64')", "nothing is compiled here"},
	"bad_missing":  {"import a_build_requirement", "No module named 'a_build_requirement'"},
	"bad_user":     {"import os\ndef build_wheel(out, *more): raise SystemExit(f'uid {os.getuid()}')", "uid 65532"},
	"bad_place":    {"import build_tool, os\ndef build_wheel(out, *more): return build_tool.wheel(out, 'bad_place', '1.0', requires=['six; extra == \"' + str(abs(hash(os.getcwd()))) + '\"'])", "two builds of it differ"},
}

// TestPrivateSourceDistributions is source distributions from an index that wants credentials, good ones and hostile ones.
func TestPrivateSourceDistributions(t *testing.T) {
	p := startClosed(t)
	p.write(t, "pip.conf", fmt.Sprintf(legacy+"index-url = https://pip-user:%s@%s/simple/\nextra-index-url = %s\n", p.secrets["pip"], p.Host(), publicIndex(t)))
	flags := []string{"--uv-config=" + p.file("uv.toml"), "--netrc=" + p.file("netrc"), "--pip-config=" + p.file("pip.conf")}
	wheel := func(name, version, requires string, files map[string]string) {
		file, raw, err := registry.Wheel(name, version, files, strings.Split(requires, "\n"), []string{name + " = " + name + ":main"})
		p.publish(t, name, version, file, raw, err)
	}
	sdist := func(name string, files map[string]string) {
		file, raw, err := registry.Sdist(name, "1.0", files)
		p.publish(t, name, "1.0", file, raw, err)
	}
	wheel("build_tool", "1.0", "Summary: A build tool", map[string]string{"build_tool.py": buildTool})
	wheel("private_mcp", "1.0.0", "Requires-Dist: private-dependency", map[string]string{"private_mcp.py": pythonServer})
	sdist("private_dependency", map[string]string{"pyproject.toml": sourceProject, "hooks.py": "import build_tool\ndef build_wheel(out, *more): return build_tool.wheel(out, 'private_dependency', '1.0')\n"})

	p.spec(t, "private", "uvx", "private-mcp", "1.0.0", allowed("Private.Dependency"))
	lock := []string{"lock", "--server=private", "--before=" + privateCutoff}
	if _, err := p.ask(t, flags[:1], lock...); err == nil {
		t.Error("lock without credentials: got success")
	}
	if _, err := p.ask(t, flags, lock...); err != nil {
		t.Fatal(err)
	}
	if tools := p.read(t, "servers/private/build-requirements.lock"); !strings.Contains(tools, "\nbuild-tool==1.0 ") || strings.Contains(tools, bridge) {
		t.Errorf("got\n%s", tools)
	}
	out := filepath.Join(t.TempDir(), "layout")
	if _, err := p.ask(t, flags, "build", "--server=private", "layout", "export", "--path="+out); err != nil {
		t.Fatal(err)
	}
	p.nowhere(t, out, filepath.Join(p.dir, "servers"))
	p.wrongHash(t, flags)
	p.hostile(t, flags, wheel, sdist)
}

// allowed is the part of a spec that has packages built from source.
func allowed(names ...string) string {
	out := "  source_distributions:\n"
	for _, n := range names {
		out += "    - {package: " + n + ", reason: a test of source distributions}\n"
	}
	return out
}

func (p *closed) publish(t *testing.T, name, version, file string, raw []byte, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.PutPyPI("/simple/", strings.ReplaceAll(name, "_", "-"), registry.Distribution{Version: version, Name: file, Body: raw, Published: published}); err != nil {
		t.Fatal(err)
	}
}

// wrongHash has the lock want another source distribution than the index has.
func (p *closed) wrongHash(t *testing.T, flags []string) {
	t.Helper()
	const file = "servers/private/requirements.lock"
	sum := regexp.MustCompile(`private-dependency==1.0 \\\n    --hash=sha256:([0-9a-f]{64})`).FindStringSubmatch(p.read(t, file))
	if sum == nil {
		t.Fatalf("got\n%s", p.read(t, file))
	}
	for _, name := range []string{file, "servers/private/build-requirements.lock"} {
		p.edit(t, name, sum[1], strings.Repeat("0", 64))
	}
	if _, err := p.ask(t, flags, "build", "--server=private", "digest"); err == nil || !strings.Contains(err.Error(), "private_dependency-1.0.tar.gz has SHA-256 "+sum[1]+"; want "+strings.Repeat("0", 64)) {
		t.Errorf("wrong hash: got %v", err)
	}
}

// hostile has every hostile source distribution refused by name, all of them together, and nothing written.
func (p *closed) hostile(t *testing.T, flags []string, wheel func(name, version, requires string, files map[string]string), sdist func(string, map[string]string)) {
	t.Helper()
	var requires, names []string
	for name, h := range hostileSources {
		hooks := h.hooks
		if name == "bad_network" {
			hooks = fmt.Sprintf(hooks, p.Host())
		}
		sdist(name, map[string]string{"pyproject.toml": sourceProject, "hooks.py": hooks + "\n"})
		requires, names = append(requires, "Requires-Dist: "+strings.ReplaceAll(name, "_", "-")), append(names, name)
	}
	wheel("hostile_mcp", "1.0.0", strings.Join(requires, "\n"), map[string]string{"hostile_mcp.py": pythonServer})
	p.spec(t, "hostile", "uvx", "hostile-mcp", "1.0.0", allowed(names...))
	asked := len(p.Requests())
	_, err := p.ask(t, flags, "lock", "--server=hostile", "--before="+privateCutoff)
	if err == nil {
		t.Fatal("hostile builds: got success")
	}
	for name, h := range hostileSources {
		if id := strings.ReplaceAll(name, "_", "-") + "==1.0"; !strings.Contains(err.Error(), id) || !strings.Contains(err.Error(), h.want) {
			t.Errorf("%s: got %v, want %q", name, err, h.want)
		}
	}
	for _, r := range p.Requests()[asked:] {
		if r.Path == "/simple/" {
			t.Error("a build reached the network")
		}
	}
	sdist("bad_archive", map[string]string{"pyproject.toml": sourceProject, "../../escaped": "x"})
	wheel("escaping_mcp", "1.0.0", "Requires-Dist: bad-archive", map[string]string{"escaping_mcp.py": pythonServer})
	p.spec(t, "escaping", "uvx", "escaping-mcp", "1.0.0", allowed("bad-archive"))
	if _, err := p.ask(t, flags, "lock", "--server=escaping", "--before="+privateCutoff); err == nil || !strings.Contains(err.Error(), "bad-archive==1.0: unsafe source distribution") {
		t.Errorf("an archive that escapes: got %v", err)
	}
	for _, name := range []string{"hostile", "escaping"} {
		if left, _ := filepath.Glob(filepath.Join(p.dir, "servers", name, "*.lock")); len(left) > 0 {
			t.Errorf("got %q", left)
		}
	}
}
