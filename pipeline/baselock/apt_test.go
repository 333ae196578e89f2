package baselock

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// paragraph writes one package of an index. extra holds further lines.
func paragraph(name, version, arch string, extra ...string) string {
	return fmt.Sprintf("Package: %s\nVersion: %s\nArchitecture: %s\nFilename: pool/main/x/%s_%s_%s.deb\nSize: 10\nSHA256: %s\nDescription: x\n more\n%s\n",
		name, version, arch, name, version, arch, sum, strings.Join(append(extra, ""), "\n"))
}

// archive is the index of a small archive for one architecture.
func archive(arch string) []byte {
	return []byte(paragraph("app", "1.0", arch, "Depends: libapp (>= 1), libc6, debconf (>= 0.5) | debconf-2.0, mta", "Pre-Depends: pre:any") +
		paragraph("libapp", "1.0", arch) +
		paragraph("libapp", "1.0+security", arch, "Depends: app, perl-base | perl5") +
		paragraph("libc6", "2.41-12", arch) + paragraph("pre", "2", "all") + paragraph("debconf", "1", "all") + paragraph("perl-base", "5", arch) +
		paragraph("zmail", "1", arch, "Provides: mta (= 1), other") + paragraph("amail", "1", arch, "Provides: mta"))
}

func request() Request {
	return Request{
		Suite: "trixie", Date: "2026-11-24", Want: []string{"app"}, Closure: true,
		Packages: map[string][]byte{"amd64": archive("amd64"), "arm64": archive("arm64")},
	}
}

func TestFromApt(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(q *Request)
		want   []string
		notes  []string // of amd64
	}{
		{"a closure leaves out what scripts need", func(*Request) {}, []string{"amail", "app", "libapp", "libc6", "pre"},
			[]string{"amd64: left out debconf, which app depends on", "amd64: left out perl-base, which libapp depends on"}},
		{"names alone", func(q *Request) { q.Closure = false }, []string{"app"}, nil},
		{"install-time packages by name", func(q *Request) { q.Want = []string{"debconf", "libc6"} }, []string{"debconf", "libc6"}, nil},
		{"a provider that is wanted comes before the first", func(q *Request) { q.Want = []string{"zmail", "app"} }, []string{"app", "libapp", "libc6", "pre", "zmail"},
			[]string{"amd64: left out debconf, which app depends on", "amd64: left out perl-base, which libapp depends on"}},
		{"without", func(q *Request) { q.Without = []string{"libapp", "mta"} }, []string{"app", "libc6", "pre"},
			[]string{"amd64: left out debconf, which app depends on", "amd64: left out libapp, which app depends on", "amd64: left out mta, which app depends on"}},
		{"what a base has", func(q *Request) { q.Base, q.Want = sample(), []string{"app", "netbase"} }, []string{"amail", "app", "libapp", "pre"},
			[]string{"amd64: left out debconf, which app depends on", "amd64: left out netbase, which the base has", "amd64: left out perl-base, which libapp depends on"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := request()
			c.change(&q)
			l, notes, err := FromApt(q)
			if err != nil {
				t.Fatal(err)
			}
			for _, arch := range Architectures {
				if got := l.Names(arch); !reflect.DeepEqual(got, c.want) {
					t.Errorf("%s: got %q, want %q", arch, got, c.want)
				}
			}
			var ofAMD64 []string
			for _, n := range notes {
				if strings.HasPrefix(n, "amd64: ") {
					ofAMD64 = append(ofAMD64, n)
				}
			}
			if !reflect.DeepEqual(ofAMD64, c.notes) {
				t.Errorf("got the notes %q, want %q", ofAMD64, c.notes)
			}
		})
	}
}

func TestFromAptTakesTheNewestVersion(t *testing.T) {
	l, _, err := FromApt(request())
	if err != nil {
		t.Fatal(err)
	}
	p := l.Architectures["arm64"][2]
	if p.Version != "1.0+security" || p.Path != "pool/main/x/libapp_1.0+security_arm64.deb" || l.Glibc != "2.41" {
		t.Errorf("got %+v and glibc %q, want libapp 1.0+security and 2.41", p, l.Glibc)
	}
}

func TestFromAptTakesTheUnionOfArchitectures(t *testing.T) {
	q := request()
	q.Want = []string{"app"}
	q.Packages["arm64"] = append(q.Packages["arm64"], paragraph("libapp", "2.0", "arm64", "Depends: atomic")+paragraph("atomic", "1", "arm64")...)
	if _, _, err := FromApt(q); err == nil || !strings.Contains(err.Error(), `"atomic" on amd64`) {
		t.Errorf("got %v, want an error: amd64 has no atomic", err)
	}
	q.Packages["amd64"] = append(q.Packages["amd64"], paragraph("atomic", "1", "amd64")...)
	l, _, err := FromApt(q)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(l.Names("amd64"), " "); got != "amail app atomic libapp libc6 pre" {
		t.Errorf("got %s, want atomic on amd64 too", got)
	}
}

func TestFromAptDoesNotDependOnOrder(t *testing.T) {
	a, b := request(), request()
	parts := strings.SplitAfter(strings.TrimSuffix(string(b.Packages["amd64"]), "\n"), "\n\n")
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	b.Packages["amd64"] = []byte(strings.Join(parts, "\n"))
	la, _, err := FromApt(a)
	if err != nil {
		t.Fatal(err)
	}
	lb, _, err := FromApt(b)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(la, lb) {
		t.Errorf("got %+v, want %+v", lb, la)
	}
}

func TestFromAptRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(q *Request)
		want   []string
	}{
		{"no names", func(q *Request) { q.Want = nil }, []string{"got no package names"}},
		{"unknown packages, all of them", func(q *Request) { q.Want = []string{"nope", "nada"} }, []string{`"nope" on amd64`, `"nada" on arm64`}},
		{"a dependency that does not exist", func(q *Request) {
			q.Packages["amd64"] = append(q.Packages["amd64"], paragraph("app", "3", "amd64", "Depends: gone | lost")...)
		}, []string{`resolving "gone | lost" of package "app" on amd64`}},
		{"an index of another architecture", func(q *Request) { q.Packages["amd64"] = archive("arm64") }, []string{`got architecture "arm64"`}},
		{"no index", func(q *Request) { delete(q.Packages, "arm64") }, []string{"on arm64"}},
		{"a line without a field", func(q *Request) { q.Packages["amd64"] = []byte("Package: x\nnonsense\n") }, []string{"line 2", "nonsense"}},
		{"a field twice", func(q *Request) { q.Packages["amd64"] = []byte("Package: x\nPackage: y\n") }, []string{`"Package" twice`}},
		{"a size that is no number", func(q *Request) { q.Packages["amd64"] = []byte("Package: x\nSize: big\n") }, []string{`size "big"`}},
		{"a paragraph without a hash", func(q *Request) {
			q.Packages["amd64"] = []byte(strings.ReplaceAll(paragraph("x", "1", "amd64"), "SHA256:", "SHA1:"))
		}, []string{"want the fields"}},
		{"a line over the bound", func(q *Request) { q.Packages["amd64"] = []byte("Package: " + strings.Repeat("x", maxLine+1)) }, []string{"1048576 bytes"}},
		{"a path that leaves the pool", func(q *Request) {
			q.Packages["amd64"] = []byte(strings.ReplaceAll(string(q.Packages["amd64"]), "pool/main/x/app", "../app"))
		}, []string{"architectures.amd64[1].path"}},
		{"a base that is too old", func(q *Request) {
			q.Base = sample()
			q.Packages["amd64"] = append(q.Packages["amd64"], paragraph("app", "3", "amd64", "Depends: libc6 (>= 2.42)")...)
		}, []string{`got version "2.41-12+deb13u5" of "libc6" in the base, want >= 2.42`}},
		{"a bad date", func(q *Request) { q.Date = "" }, []string{"date: got"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := request()
			c.change(&q)
			l, _, err := FromApt(q)
			if l != nil || !errors.Is(err, ErrLock) {
				t.Fatalf("got %v and %v, want ErrLock", l, err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q in it", err, want)
				}
			}
		})
	}
}

// release writes the body of an InRelease file that lists Packages texts.
func release(codename, arch string, texts ...[]byte) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "Origin: Debian\nCodename: %s\nDate: Sat, 21 Nov 2026 09:15:44 UTC\nValid-Until: Sat, 28 Nov 2026 09:15:44 UTC\nMD5Sum:\n x 1 y\nSHA256:\n", codename)
	for _, text := range texts {
		s := sha256.Sum256(text)
		fmt.Fprintf(&b, " %s %d main/binary-%s/Packages\n", hex.EncodeToString(s[:]), len(text), arch)
	}
	return []byte(b.String())
}

func TestLink(t *testing.T) {
	one, two := []byte(paragraph("a1", "1", "amd64")), []byte(paragraph("b1", "1", "amd64"))
	var files []*ReleaseFile
	for _, body := range [][]byte{release("trixie", "amd64", one), release("trixie-security", "amd64", two), release("trixie-updates", "arm64", one)} {
		f, err := ParseRelease(body)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	if files[0].Codename != "trixie" || files[0].Date.Unix() != 1795252544 || files[0].Until.Sub(files[0].Date).Hours() != 7*24 {
		t.Errorf("got %+v", files[0])
	}
	for _, c := range []struct {
		name string
		text []byte
		want int // digests found; -1: an error
	}{
		{"one file", one, 1},
		{"two files in either order", append(append([]byte{}, two...), one...), 2},
		{"nothing", nil, 0},
		{"a file twice", append(append([]byte{}, one...), one...), -1},
		{"a changed byte", append(append([]byte{}, one[:20]...), append([]byte("X"), one[21:]...)...), -1},
		{"something after it", append(append([]byte{}, one...), "Package: evil\n"...), -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			found, err := Link("amd64", c.text, files)
			if c.want < 0 && err == nil || c.want >= 0 && (err != nil || len(found) != c.want) {
				t.Errorf("got %v and %v, want %d digests", found, err, c.want)
			}
		})
	}
}

func TestParseReleaseRefuses(t *testing.T) {
	good := string(release("trixie", "amd64", []byte("x")))
	for name, body := range map[string]string{
		"no name":   strings.Replace(good, "Codename", "Suite", 1),
		"no date":   strings.Replace(good, "Date: Sat", "Dated: Sat", 1),
		"bad date":  strings.Replace(good, "Sat, 21 Nov", "21 Nov", 1),
		"no hashes": strings.Replace(good, "SHA256:", "SHA1:", 1),
		"bad hash":  strings.Replace(good, " main/", " x main/", 1),
		"bad size":  strings.Replace(good, " 1 main/", " -1 main/", 1),
		"too large": strings.Repeat("x", maxReleaseBytes+1),
	} {
		if f, err := ParseRelease([]byte(body)); err == nil {
			t.Errorf("%s: got %+v, want an error", name, f)
		}
	}
}

// FuzzReadIndex looks for texts that break the parser, and for packages without the fields that the rest relies on.
func FuzzReadIndex(f *testing.F) {
	f.Add(archive("amd64"))
	f.Add([]byte("Package: x\n\n\nVersion:"))
	f.Fuzz(func(t *testing.T, text []byte) {
		ix, err := readIndex("amd64", text)
		if err != nil {
			return
		}
		for name, s := range ix.newest {
			if name == "" || s.Name != name || s.Path == "" || s.SHA256 == "" {
				t.Errorf("got the package %+v under %q", s, name)
			}
		}
	})
}

func FuzzParseRelease(f *testing.F) {
	f.Add(release("trixie", "amd64", []byte("x")))
	f.Fuzz(func(t *testing.T, body []byte) {
		if r, err := ParseRelease(body); err == nil && (r.Codename == "" || len(r.files) == 0) {
			t.Errorf("got %+v without an error", r)
		}
	})
}
