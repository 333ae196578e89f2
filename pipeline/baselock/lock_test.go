package baselock

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
)

const sum = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// sample is a lock without faults.
func sample() *Lock {
	list := func(arch string) []Package {
		return []Package{
			{Name: "libc6", Version: "2.41-12+deb13u5", Path: "pool/main/g/glibc/libc6_2.41-12+deb13u5_" + arch + ".deb", SHA256: sum, Size: 10},
			{Name: "netbase", Version: "6.5", Path: "pool/main/n/netbase/netbase_6.5_all.deb", SHA256: sum, Size: 20},
		}
	}
	return &Lock{
		SchemaVersion: 1, Suite: "trixie", Date: "2026-11-24", Glibc: "2.41",
		Releases: []Release{{
			Suite: "trixie", Date: "2026-11-21T09:15:44Z", InRelease: "sha256:" + sum, SignedBy: []string{strings.Repeat("AB", 20)},
			Packages: map[string]string{"amd64": "sha256:" + sum},
		}},
		Architectures: map[string][]Package{"amd64": list("amd64"), "arm64": list("arm64")},
	}
}

func TestParseReturnsWhatEncodeWrote(t *testing.T) {
	raw, err := sample().Encode()
	if err != nil {
		t.Fatal(err)
	}
	l, err := Parse("node.lock.json", raw)
	if err != nil {
		t.Fatal(err)
	}
	again, err := l.Encode()
	if err != nil || !bytes.Equal(raw, again) {
		t.Errorf("got %s and %v, want the same bytes\n%s", again, err, raw)
	}
}

// TestLocks parses the locks that the project ships.
func TestLocks(t *testing.T) {
	const name = "../base/node.lock.json"
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	l, err := Parse(name, raw)
	if err != nil {
		t.Fatal(err)
	}
	if l.Glibc == "" || len(l.Releases) == 0 {
		t.Errorf("got glibc %q and %d releases, want both", l.Glibc, len(l.Releases))
	}
}

func TestParseRefuses(t *testing.T) {
	raw, _ := sample().Encode()
	for _, c := range []struct{ name, old, new, want string }{
		{"no JSON", "{", "[", "invalid character"},
		{"an unknown field", `"suite"`, `"suites"`, "unknown field"},
		{"more than one document", "\n  }\n}\n", "\n  }\n}\n{}", "after the lock"},
		{"too much", "{", strings.Repeat(" ", MaxBytes) + "{", "want at most 4194304"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("x.lock.json", []byte(strings.Replace(string(raw), c.old, c.new, 1)))
			if !errors.Is(err, ErrLock) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want ErrLock with %q", err, c.want)
			}
		})
	}
}

func TestCheckFinds(t *testing.T) {
	amd64 := func(l *Lock, i int) *Package { return &l.Architectures["amd64"][i] }
	for _, c := range []struct {
		name   string
		damage func(l *Lock)
		want   string
	}{
		{"schema", func(l *Lock) { l.SchemaVersion = 2 }, "schemaVersion: got 2, want 1"},
		{"suite", func(l *Lock) { l.Suite = "../x" }, `suite: got "../x"`},
		{"date", func(l *Lock) { l.Date = "24.11.2026" }, "date: got"},
		{"glibc", func(l *Lock) { l.Glibc = "2.40" }, `glibc: got "2.40", want "2.41"`},
		{"glibc form", func(l *Lock) { l.Glibc = "new" }, "want a version such as"},
		{"release suite", func(l *Lock) { l.Releases[0].Suite = "" }, "releases[0].suite"},
		{"release date", func(l *Lock) { l.Releases[0].Date = "today" }, "releases[0].date"},
		{"release digest", func(l *Lock) { l.Releases[0].InRelease = sum }, "releases[0].inRelease"},
		{"no signer", func(l *Lock) { l.Releases[0].SignedBy = nil }, "releases[0].signedBy"},
		{"signer", func(l *Lock) { l.Releases[0].SignedBy = []string{"ab"} }, "releases[0].signedBy"},
		{"index digest", func(l *Lock) { l.Releases[0].Packages["amd64"] = "x" }, "releases[0].packages.amd64"},
		{"index architecture", func(l *Lock) { l.Releases[0].Packages["m68k"] = "x" }, "releases[0].packages: got the architecture \"m68k\""},
		{"architecture", func(l *Lock) { l.Architectures["m68k"] = nil }, `architectures: got "m68k"`},
		{"no package", func(l *Lock) { l.Architectures["arm64"] = nil }, "architectures.arm64: got no package"},
		{"too many packages", func(l *Lock) { l.Architectures["arm64"] = make([]Package, MaxPackages+1) }, "want at most 2000"},
		{"package set", func(l *Lock) { l.Architectures["arm64"] = l.Architectures["arm64"][:1] }, `architectures.arm64: "netbase" is missing`},
		{"package set the other way", func(l *Lock) { l.Architectures["amd64"] = l.Architectures["amd64"][:1] }, `architectures.amd64: "netbase" is missing`},
		{"order", func(l *Lock) { a := l.Architectures["amd64"]; a[0], a[1] = a[1], a[0] }, "sorted by name"},
		{"a package twice", func(l *Lock) { a := l.Architectures["amd64"]; a[1] = a[0] }, "each package once"},
		{"name", func(l *Lock) { amd64(l, 0).Name = "Libc6;" }, "architectures.amd64[0].name"},
		{"version", func(l *Lock) { amd64(l, 0).Version = "x y" }, "architectures.amd64[0].version"},
		{"hash", func(l *Lock) { amd64(l, 0).SHA256 = strings.ToUpper(sum) }, "architectures.amd64[0].sha256"},
		{"size zero", func(l *Lock) { amd64(l, 0).Size = 0 }, "architectures.amd64[0].size: got 0"},
		{"size large", func(l *Lock) { amd64(l, 0).Size = MaxDebBytes + 1 }, "want 1 to 536870912 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := sample()
			c.damage(l)
			err := Check("x.lock.json", l).Err(ErrLock)
			if !errors.Is(err, ErrLock) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want ErrLock with %q", err, c.want)
			}
		})
	}
}

func TestValidPath(t *testing.T) {
	for p, want := range map[string]bool{
		"pool/main/g/glibc/libc6_2.41-12+deb13u5_amd64.deb":            true,
		"pool/updates/main/o/openssl/libssl3t64_3.5.1-1_arm64.deb":     true,
		"pool/main/z/zlib/zlib1g_1%3a1.3.dfsg+really1.3.1-1_amd64.deb": true,
		"/pool/main/x.deb":  false,
		"pool/../x.deb":     false,
		"pool/./x.deb":      false,
		"pool//x.deb":       false,
		"pool/main/.x.deb":  false,
		"pool/main/x.rpm":   false,
		"pool/main/x?y.deb": false,
		"dists/x.deb":       false,
		"pool/main/x\n.deb": false,
		"pool/" + strings.Repeat("a", 400) + ".deb": false,
	} {
		if got := ValidPath(p); got != want {
			t.Errorf("ValidPath(%q) = %v, want %v", p, got, want)
		}
	}
}
