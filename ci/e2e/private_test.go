package e2e

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dagger/dockyard/ci/e2e/registry"
	"dagger/dockyard/pipeline/aptsource"
)

// bridge is the address of the embedded engine by which containers reach it. It exists in the engine's network namespace alone.
const bridge = "10.87.0.1"

// published is before any cut-off of these tests, and cutoff is the one of the catalogue's own locks, so that toolchains are those that are there.
var published = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)

const privateCutoff = "2026-11-17"

// legacy begins a pip configuration: with its usual way to check certificates, pip cannot speak TLS to a host that is an address and no name.
const legacy = "[global]\nuse-deprecated = legacy-certs\n"

// closed is a registry that wants credentials, a checkout whose catalogue comes from it, and what nobody else may see.
type closed struct {
	checkout
	*registry.Server
	begun   time.Time
	secrets map[string]string // what it is for, to the secret
	files   string            // folder with the clients' configurations
}

// startClosed starts the registry in the network of the embedded engine. On another engine there is no such network, and the test is skipped.
func startClosed(t *testing.T) *closed {
	t.Helper()
	needRoot(t)
	c := here(t).catalogue(t)
	c.call(t, "servers") // the engine and its bridge come to be
	dir, err := c.project().Instance()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "supervisor.pid")); err != nil {
		t.Skip("the engine is not the embedded one, whose network a registry could be put in")
	}
	l, err := registry.Listen(c.enginePid(t), bridge+":0")
	if err != nil {
		t.Fatal(err)
	}
	secrets := map[string]string{"npm": secret(), "pip": secret(), "netrc": secret()}
	s, err := registry.Start(l, bridge, registry.Options{
		Tokens: map[string]bool{secrets["npm"]: true}, Users: map[string]string{"pip-user": secrets["pip"], "netrc-user": secrets["netrc"]},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	removeAll(t, filepath.Join(c.dir, "servers"))
	p := &closed{checkout: c, Server: s, begun: time.Now(), secrets: secrets, files: t.TempDir()}
	p.write(t, "ca.pem", string(s.Authority()))
	p.write(t, "npmrc", fmt.Sprintf("registry=%s\n//%s/npm/:_authToken=%s\n", s.URL("/npm/"), s.Host(), secrets["npm"]))
	p.write(t, "uv.toml", fmt.Sprintf("[[index]]\nurl = %q\ndefault = true\n", s.URL("/simple/")))
	// The go command and apt compare the port too.
	p.write(t, "netrc", fmt.Sprintf("machine %s login netrc-user password %[2]s\nmachine %[3]s login netrc-user password %[2]s\n", s.Host(), secrets["netrc"], bridge))
	return p
}

func secret() string { return "Geheim" + rand.Text() }

func (p *closed) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(p.files, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// spec writes the spec of a server.
func (p *closed) spec(t *testing.T, name, protocol, pkg, version, more string) {
	t.Helper()
	dir := filepath.Join(p.dir, "servers", name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("metadata:\n  name: %s\n  description: A server of a private registry\n  protocol: %s\nspec:\n  package: %q\n  version: %s\n%s", name, protocol, pkg, version, more)
	if err := os.WriteFile(filepath.Join(dir, "spec.yaml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// ask runs `dagger call` with flags of the constructor before its arguments, and expects no secret in what it says.
func (p *closed) ask(t *testing.T, flags []string, args ...string) (string, error) {
	t.Helper()
	all := append([]string{"--progress=plain", "--auto-apply", "call", "--ca-certificates=" + filepath.Join(p.files, "ca.pem")}, flags...)
	r := p.run(t, "", "ci/dagger", append(all, args...)...)
	for what, s := range p.spellings() {
		if strings.Contains(r.stdout+r.stderr, s) {
			t.Errorf("%s: the output tells the secret for %s", strings.Join(args, " "), what)
		}
	}
	if r.err != nil {
		return "", fmt.Errorf("dagger call %s: %w\n%s", strings.Join(args, " "), r.err, last(r.stderr, 300))
	}
	return strings.TrimSpace(r.stdout), nil
}

// spellings are the secrets as they are and as they are sent.
func (p *closed) spellings() map[string]string {
	out := map[string]string{}
	for what, s := range p.secrets {
		out[what] = s
		out[what+", encoded"] = base64.StdEncoding.EncodeToString([]byte(what + "-user:" + s))
	}
	return out
}

func (p *closed) file(name string) string { return "file://" + filepath.Join(p.files, name) }

// exercise runs every function that fetches for one server: without its credentials it is refused, with them it is locked, built and updated, and
// built again without asking the registry. No secret is left anywhere.
func (p *closed) exercise(t *testing.T, server, ref string, with, without []string) {
	t.Helper()
	must := func(flags []string, args ...string) string {
		t.Helper()
		out, err := p.ask(t, flags, args...)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	lock := []string{"lock", "--server=" + server, "--before=" + privateCutoff}
	if _, err := p.ask(t, without, lock...); err == nil {
		t.Error("lock without credentials: got success")
	} else if !strings.Contains(err.Error(), "401") && !strings.Contains(err.Error(), "E401") {
		t.Errorf("lock without credentials: got %v, want the registry's answer 401", err)
	}
	must(with, lock...)
	if _, err := p.ask(t, without, "build", "--server="+server, "digest"); err == nil {
		t.Error("build without credentials: got success")
	}
	out := filepath.Join(t.TempDir(), "layout")
	must(with, "build", "--server="+server, "layout", "export", "--path="+out)
	before := len(p.Requests())
	must(with, "build", "--server="+server, "digest")
	if more := p.Requests()[before:]; len(more) > 0 {
		t.Errorf("a second build asked the registry: %v", more)
	}
	if told := must(with, "updates", "--server="+server, "--before="+privateCutoff, "summary"); !strings.Contains(told, "1.0.0 to ") {
		t.Errorf("updates: got\n%s\nwant a newer version", told)
	}
	must(with, "add", "--package="+ref, "--name=added", "--before="+privateCutoff)
	remove(t, filepath.Join(p.dir, "servers/added"))
	p.nowhere(t, out, filepath.Join(p.dir, "servers"))
}

// debianProxy passes on what the Debian mirror of this machine has, below /debian/. It returns the flags that name it.
func (p *closed) debianProxy(t *testing.T) []string {
	t.Helper()
	argv := aptsource.Command()
	out, err := exec.Command(argv[0], argv[1:]...).Output()
	if err != nil {
		t.Skipf("this machine has no apt that would tell a Debian mirror: %v", err)
	}
	archive, _ := aptsource.Mirrors(string(out), "")
	to, err := url.Parse(archive)
	if err != nil || to.Host == "" {
		t.Skip("this machine has no Debian mirror")
	}
	p.Handle("/debian/", &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Host = to.Host }})
	return []string{"--debian-mirror=" + p.URL("/debian/"), "--netrc=" + p.file("netrc")}
}

// TestPrivateNPM is npm and Debian packages from registries that want credentials.
func TestPrivateNPM(t *testing.T) {
	p := startClosed(t)
	server := func(version string) registry.NPMPackage {
		return registry.NPMPackage{
			Name: "@private/mcp-server", Version: version, Published: published, Files: map[string]string{"server.js": nodeServer},
			Manifest: map[string]any{"bin": map[string]string{"private-mcp": "server.js"}, "dependencies": map[string]string{"private-dependency": "^1.0.0"}, "license": "MIT"},
		}
	}
	if _, err := p.PutNPM("/npm/", server("1.0.0"), server("1.1.0")); err != nil {
		t.Fatal(err)
	}
	if _, err := p.PutNPM("/npm/", registry.NPMPackage{
		Name: "private-dependency", Version: "1.0.0", Published: published, Files: map[string]string{"index.js": "exports.name = 'private'\n"}, Manifest: map[string]any{"main": "index.js"},
	}); err != nil {
		t.Fatal(err)
	}
	p.spec(t, "private", "npx", "@private/mcp-server", "1.0.0", "  system_packages: [tini]\n")
	debian := p.debianProxy(t)
	p.write(t, "bare-npmrc", "registry="+p.URL("/npm/")+"\n")
	p.exercise(t, "private", "npm:@private/mcp-server", append(debian, "--npmrc="+p.file("npmrc")), append(debian, "--npmrc="+p.file("bare-npmrc")))
	if lock := p.read(t, "servers/private/package-lock.json"); strings.Contains(lock, bridge) {
		t.Errorf("the lock holds an address:\n%s", lock)
	}
	if _, err := p.ask(t, debian[:1], "build", "--server=private", "digest"); err == nil {
		t.Error("a base from the mirror without credentials: got success")
	}
	p.write(t, "npmrc-with-password", "registry=https://somebody:"+p.secrets["npm"]+"@"+p.Host()+"/npm/\n")
	if _, err := p.ask(t, append(debian, "--npmrc="+p.file("npmrc-with-password")), "build", "--server=private", "digest"); err == nil || !strings.Contains(err.Error(), "_authToken") {
		t.Errorf("a registry's address with a password: got %v, want advice", err)
	}
	p.lockBase(t, debian) // last: other base locks are another stage program
}

// lockBase makes the base locks from a mirror that wants credentials, the last of the flags.
func (p *closed) lockBase(t *testing.T, flags []string) {
	t.Helper()
	names := []string{"node.lock.json", "python.lock.json"}
	for _, name := range names { // what stays as it is is not written
		name = filepath.Join("pipeline", "base", name)
		if err := copyFile(filepath.Join(p.module, name), filepath.Join(p.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.ask(t, flags[:len(flags)-1], "lock-base"); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("lock-base without credentials: got %v, want the mirror's answer 401", err)
	}
	if _, err := p.ask(t, flags, "lock-base"); err != nil {
		t.Error(err)
	}
	locks := filepath.Join(p.dir, "pipeline", "base")
	p.nowhere(t, locks)
	for _, name := range names {
		if lock := p.read(t, filepath.Join("pipeline", "base", name)); strings.Contains(lock, bridge) {
			t.Errorf("%s holds an address", name)
		}
	}
}

// TestPrivatePyPI is wheels from an index that wants credentials, which pip has in its own configuration and uv in a .netrc.
func TestPrivatePyPI(t *testing.T) {
	p := startClosed(t)
	p.write(t, "pip.conf", fmt.Sprintf(legacy+"index-url = https://pip-user:%s@%s/simple/\nextra-index-url = %s\n", p.secrets["pip"], p.Host(), publicIndex(t)))
	put := func(name, version string, files map[string]string, metadata, scripts []string) registry.Distribution {
		file, raw, err := registry.Wheel(name, version, files, metadata, scripts)
		if err != nil {
			t.Fatal(err)
		}
		return registry.Distribution{Version: version, Name: file, Body: raw, Published: published}
	}
	server := func(version string) registry.Distribution {
		return put("private_mcp", version, map[string]string{"private_mcp.py": pythonServer}, []string{"Summary: A private server", "Requires-Dist: private-dependency"}, []string{"private-mcp = private_mcp:main"})
	}
	dependency := put("private_dependency", "1.0", map[string]string{"private_dependency.py": "NAME = 'private'\n"}, nil, nil)
	for project, list := range map[string][]registry.Distribution{"private-mcp": {server("1.0.0"), server("1.1.0")}, "private-dependency": {dependency}} {
		if err := p.PutPyPI("/simple/", project, list...); err != nil {
			t.Fatal(err)
		}
	}
	p.spec(t, "private", "uvx", "private-mcp", "1.0.0", "")
	p.write(t, "bare-pip.conf", legacy+"index-url = "+p.URL("/simple/")+"\n")
	uv := "--uv-config=" + p.file("uv.toml")
	p.exercise(t, "private", "pypi:private-mcp", []string{uv, "--netrc=" + p.file("netrc"), "--pip-config=" + p.file("pip.conf")}, []string{uv, "--pip-config=" + p.file("bare-pip.conf")})
	p.withdrawn(t, []string{uv, "--netrc=" + p.file("netrc"), "--pip-config=" + p.file("pip.conf")}, put("withdrawn_mcp", "1.0.0", map[string]string{"withdrawn_mcp.py": pythonServer}, []string{"Requires-Dist: private-dependency"}, []string{"withdrawn-mcp = withdrawn_mcp:main"}))
	if lock := p.read(t, "servers/private/requirements.lock"); strings.Contains(lock, bridge) {
		t.Errorf("the lock holds an address:\n%s", lock)
	}
}

// withdrawn expects a release that its publisher withdrew to be refused by name, and to be locked when the spec allows it with a reason, as long as it
// does.
func (p *closed) withdrawn(t *testing.T, flags []string, d registry.Distribution) {
	t.Helper()
	d.Yanked = "it deletes files"
	if err := p.PutPyPI("/simple/", "withdrawn-mcp", d); err != nil {
		t.Fatal(err)
	}
	p.spec(t, "withdrawn", "uvx", "withdrawn-mcp", d.Version, "")
	lock := []string{"lock", "--server=withdrawn", "--before=" + privateCutoff}
	if _, err := p.ask(t, flags, lock...); err == nil || !strings.Contains(err.Error(), "`withdrawn-mcp==1.0.0` is yanked") || !strings.Contains(err.Error(), d.Yanked) {
		t.Errorf("lock: got %v, want the withdrawn release and its publisher's reason", err)
	}
	p.spec(t, "withdrawn", "uvx", "withdrawn-mcp", d.Version, "  yanked:\n    - {package: withdrawn-mcp, version: 1.0.0, reason: a test of releases that were withdrawn}\n")
	if _, err := p.ask(t, flags, lock...); err != nil {
		t.Errorf("lock of an allowed release: %v", err)
	}
	p.spec(t, "withdrawn", "uvx", "withdrawn-mcp", d.Version, "")
	p.refused(t, []string{"validate", "assert"}, "withdrawn-mcp==1.0.0 was withdrawn", "spec.yanked")
}

// publicIndex asks this machine's pip for the index that it uses, where uv and the scanner that builds run come from.
func publicIndex(t *testing.T) string {
	t.Helper()
	if out, err := exec.Command("python3", "-m", "pip", "config", "get", "global.index-url").Output(); err == nil {
		return strings.TrimSpace(string(out))
	}
	out, err := exec.Command("python3", "-c", "from pip._internal.models.index import PyPI; print(PyPI.simple_url)").Output()
	if err != nil {
		t.Skipf("this machine has no pip that would tell its index: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// TestPrivateGo is modules from a proxy that wants credentials. What it does not have, the toolchain among it, comes from the next proxy in the list.
func TestPrivateGo(t *testing.T) {
	p := startClosed(t)
	const module = "registry.test/private/mcp-server"
	server := func(version string) registry.GoModule {
		return registry.GoModule{Path: module, Version: version, Published: published, Files: map[string]string{
			"go.mod": "module " + module + "\n\ngo 1.23.2\n\nrequire registry.test/private/dependency v1.0.0\n", "main.go": goServer, "LICENSE": "MIT\n",
		}}
	}
	for _, err := range []error{
		p.PutGo("/go/", server("v1.0.0"), server("v1.1.0")),
		p.PutGo("/go/", registry.GoModule{Path: "registry.test/private/dependency", Version: "v1.0.0", Published: published, Files: map[string]string{
			"go.mod": "module registry.test/private/dependency\n\ngo 1.23.2\n", "dependency.go": "package dependency\n\nconst Name = \"private\"\n",
		}}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	p.spec(t, "private", "go", module, "v1.0.0", "")
	public, err := exec.Command("go", "env", "GOPROXY").Output()
	if err != nil {
		t.Fatal(err)
	}
	flags := []string{"--gonosumdb=registry.test", "--goproxy=" + p.URL("/go") + "," + strings.TrimSpace(string(public))}
	p.exercise(t, "private", "go:"+module, append(flags, "--netrc="+p.file("netrc")), flags)
	if mod := p.read(t, "servers/private/go.mod"); strings.Contains(mod, bridge) {
		t.Errorf("the lock holds an address:\n%s", mod)
	}
	p.retracted(t, append(flags, "--netrc="+p.file("netrc")))
	p.refused(t, []string{"--goproxy=https://netrc-user:" + p.secrets["netrc"] + "@" + p.Host() + "/go", "servers"}, "--goproxy", "--netrc")
}

// retracted expects a version that its authors retracted to be refused with their reason, and to be locked when the spec allows it.
func (p *closed) retracted(t *testing.T, flags []string) {
	t.Helper()
	const module = "registry.test/private/retracted"
	version := func(v, more string) registry.GoModule {
		return registry.GoModule{Path: module, Version: v, Published: published, Files: map[string]string{
			"go.mod": "module " + module + "\n\ngo 1.23.2\n" + more, "main.go": "package main\n\nfunc main() {}\n", "LICENSE": "MIT\n",
		}}
	}
	if err := p.PutGo("/go/", version("v1.0.0", ""), version("v1.1.0", "\nretract v1.0.0 // it deletes files\n")); err != nil {
		t.Fatal(err)
	}
	lock := []string{"lock", "--server=retracted", "--before=" + privateCutoff}
	p.spec(t, "retracted", "go", module, "v1.0.0", "")
	if _, err := p.ask(t, flags, lock...); err == nil || !strings.Contains(err.Error(), module+"@v1.0.0 was retracted by its authors (it deletes files)") {
		t.Errorf("lock: got %v, want the retracted version and its authors' reason", err)
	}
	p.spec(t, "retracted", "go", module, "v1.0.0", "  yanked:\n    - {package: "+module+", version: v1.0.0, reason: a test of versions that were retracted}\n")
	if _, err := p.ask(t, flags, lock...); err != nil {
		t.Errorf("lock of an allowed version: %v", err)
	}
	p.retractedDependency(t, flags)
}

// retractedDependency is the same for a module that the server needs, whose retraction the lock records.
func (p *closed) retractedDependency(t *testing.T, flags []string) {
	t.Helper()
	const module, library = "registry.test/private/user", "registry.test/private/library"
	version := func(v, more string) registry.GoModule {
		return registry.GoModule{Path: library, Version: v, Published: published, Files: map[string]string{
			"go.mod": "module " + library + "\n\ngo 1.23.2\n" + more, "library.go": "package library\n",
		}}
	}
	for _, err := range []error{
		p.PutGo("/go/", version("v1.0.0", ""), version("v1.1.0", "\nretract v1.0.0 // it deletes files\n")),
		p.PutGo("/go/", registry.GoModule{Path: module, Version: "v1.0.0", Published: published, Files: map[string]string{
			"go.mod": "module " + module + "\n\ngo 1.23.2\n\nrequire " + library + " v1.0.0\n", "main.go": "package main\n\nimport _ \"" + library + "\"\n\nfunc main() {}\n", "LICENSE": "MIT\n",
		}}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	lock := []string{"lock", "--server=user", "--before=" + privateCutoff}
	p.spec(t, "user", "go", module, "v1.0.0", "")
	if _, err := p.ask(t, flags, lock...); err == nil || !strings.Contains(err.Error(), "the dependency "+library+"@v1.0.0 was retracted by its authors (it deletes files)") {
		t.Errorf("lock: got %v, want the retracted dependency and its authors' reason", err)
	}
	p.spec(t, "user", "go", module, "v1.0.0", "  yanked:\n    - {package: "+library+", version: v1.0.0, reason: a test of versions that were retracted}\n")
	if _, err := p.ask(t, flags, lock...); err != nil {
		t.Errorf("lock of an allowed dependency: %v", err)
		return
	}
	p.spec(t, "user", "go", module, "v1.0.0", "")
	p.refused(t, []string{"validate", "assert"}, library+"@v1.0.0 was retracted by its authors", "spec.yanked")
}
