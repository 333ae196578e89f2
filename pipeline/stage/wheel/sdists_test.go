package wheel

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dagger/dockyard/pipeline/pylock"
	"dagger/dockyard/pipeline/sdist"
)

// fromSource is prepared with one more package, which was built from a source distribution whose content is "source".
func fromSource(t testing.TB, m made, wheels ...made) (InstallOptions, sdist.Result) {
	t.Helper()
	o := prepared(t, wheels...)
	o.Built = filepath.Join(filepath.Dir(o.LockFile), "built")
	raw := m.bytes(t)
	write(t, filepath.Join(o.Built, "wheels", m.filename()), raw)
	sum, source := sha256.Sum256(raw), sha256.Sum256([]byte("source"))
	lock, err := os.ReadFile(o.LockFile)
	if err != nil {
		t.Fatal(err)
	}
	facts := fmt.Sprintf("# dockyard: {\"before\":\"2026-11-17T00:00:00Z\",\"python\":\"3.13\",\"uv\":\"1\",\"requirement\":\"x==1.0\",\"sdists\":[\"%s==1.0\"]}\n", m.project)
	write(t, o.LockFile, []byte(facts+string(lock)+fmt.Sprintf("%s==1.0 --hash=sha256:%s\n", m.project, hex.EncodeToString(source[:]))))
	r := sdist.Result{SchemaVersion: 1, Built: []sdist.Built{{
		ID: m.project + "==1.0", Sdist: "x-1.0.tar.gz", SdistSHA256: hex.EncodeToString(source[:]), Wheel: m.filename(), WheelSHA256: hex.EncodeToString(sum[:]),
	}}}
	return o, r
}

func record(t testing.TB, o InstallOptions, r sdist.Result) {
	t.Helper()
	raw, err := sdist.Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(o.Built, "build.json"), raw)
}

func TestInstallBuilt(t *testing.T) {
	o, r := fromSource(t, made{project: "dep", members: []member{{name: "dep.py", text: "x = 1\n"}}}, server())
	record(t, o, r)
	got, err := Install(o)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Built) != 1 || !strings.Contains(strings.Join(got.Warnings, " "), "dep==1.0 was built here from its source distribution x-1.0.tar.gz; the wheel has SHA-256 "+r.Built[0].WheelSHA256) {
		t.Errorf("got %+v", got)
	}
	if all := listing(t, o.Out); all["app/lib/python3.13/site-packages/dep.py"] != "644 x = 1\n" {
		t.Errorf("got %v", all)
	}
	if err := Sources(o); err != nil {
		t.Error(err)
	}
}

// TestInstallBuiltRefuses: a wheel that was built is looked at like one that was downloaded, and must come from the file of the lock.
func TestInstallBuiltRefuses(t *testing.T) {
	dep := func(members ...member) made { return made{project: "dep", members: members} }
	for name, c := range map[string]struct {
		wheel    made
		change   func(o *InstallOptions, r *sdist.Result)
		category error
		want     string
	}{
		"not built":          {dep(), func(o *InstallOptions, _ *sdist.Result) { o.Built = "" }, ErrPackage, "dep==1.0 is a source distribution, and it was not built"},
		"no wheel":           {dep(), func(_ *InstallOptions, r *sdist.Result) { r.Built = nil }, ErrPackage, "dep==1.0: wheel does not fit its lock: it was not built"},
		"failed":             {dep(), func(_ *InstallOptions, r *sdist.Result) { r.Failed = []sdist.Failure{{ID: "dep==1.0", Reason: "no"}} }, sdist.ErrBuild, "dep==1.0: no"},
		"of another file":    {dep(), func(_ *InstallOptions, r *sdist.Result) { r.Built[0].SdistSHA256 = strings.Repeat("0", 64) }, ErrPackage, "SHA-256 0000"},
		"changed since":      {dep(), func(_ *InstallOptions, r *sdist.Result) { r.Built[0].WheelSHA256 = strings.Repeat("0", 64) }, ErrPackage, "as it was built"},
		"file of another":    {dep(member{name: "demo_server/cli.py", text: "def main(): bad()\n"}), nil, ErrConflict, "demo_server/cli.py"},
		"leaves its prefix":  {dep(member{name: "dep-1.0.data/data/../../x", text: "x"}), nil, ErrWheel, "not a clean one"},
		"another's name":     {made{project: "dep", meta: "Metadata-Version: 2.1\nName: other\nVersion: 1.0\n"}, nil, ErrPackage, "other==1.0"},
		"platform":           {made{project: "dep", file: "dep-1.0-cp313-cp313-linux_x86_64.whl"}, nil, ErrPlatform, "nothing is compiled here"},
		"name of a platform": {made{project: "dep", kind: "Wheel-Version: 1.0\nRoot-Is-Purelib: false\n"}, nil, ErrPlatform, "Root-Is-Purelib"},
	} {
		o, r := fromSource(t, c.wheel, server())
		if c.change != nil {
			c.change(&o, &r)
		}
		if o.Built != "" {
			record(t, o, r)
		}
		if _, err := Install(o); !errors.Is(err, c.category) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %v: %q", name, err, c.category, c.want)
		}
	}
	o, _ := fromSource(t, dep(), server())
	write(t, filepath.Join(o.Built, "build.json"), []byte(`{"schemaVersion":9}`))
	if _, err := Install(o); err == nil || !strings.Contains(err.Error(), "schemaVersion") {
		t.Errorf("got %v", err)
	}
}

// TestEnvironment installs wheels of which none is a server.
func TestEnvironment(t *testing.T) {
	o := prepared(t, made{project: "tool", members: []member{{name: "tool.py", text: "x"}}})
	o.Package = ""
	if r, err := Install(o); err != nil || r.Entrypoint != nil {
		t.Errorf("got %+v, %v", r, err)
	}
}

// TestLockSdists: the lock has the hash of the one source distribution that was fetched, whatever else the release has.
func TestLockSdists(t *testing.T) {
	dir := t.TempDir()
	sum := sha256.Sum256([]byte("source"))
	hash := hex.EncodeToString(sum[:])
	write(t, filepath.Join(dir, "resolved"), []byte("dep==1.0 --hash=sha256:"+strings.Repeat("0", 64)+" --hash=sha256:"+hash+"\n"))
	write(t, filepath.Join(dir, "sdists/dep-1.0.tar.gz"), []byte("source"))
	write(t, filepath.Join(dir, "wheels/.keep"), nil)
	o := LockOptions{
		Resolved: map[string]string{"linux/amd64": filepath.Join(dir, "resolved")}, Wheels: map[string]string{"linux/amd64": filepath.Join(dir, "wheels")}, Sdists: filepath.Join(dir, "sdists"),
		Glibc: "2.41", Out: filepath.Join(dir, "lock"), Facts: pylock.Facts{Before: time.Unix(1, 0), Python: "3.13", Requirement: "dep==1.0", Sdists: []string{"dep==1.0"}},
	}
	if err := Lock(o); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(o.Out)
	if err != nil || !strings.Contains(string(raw), `"sdists":["dep==1.0"]`) || !strings.HasSuffix(string(raw), "dep==1.0 \\\n    --hash=sha256:"+hash+"\n") {
		t.Errorf("got %s (%v)", raw, err)
	}
	o.Sdists = o.Wheels["linux/amd64"]
	if err := Lock(o); !errors.Is(err, ErrPackage) || !strings.Contains(err.Error(), "dep==1.0: wheel does not fit its lock: got 0 source distributions of it") {
		t.Errorf("got %v", err)
	}
}
