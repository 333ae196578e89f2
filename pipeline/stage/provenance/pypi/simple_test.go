package pypi

import (
	"net/url"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/stage/fetch"
)

var good = strings.Repeat("ab", 32)

func TestParseIndexRefuses(t *testing.T) {
	for name, c := range map[string]struct{ raw, want string }{
		"nothing":      {"", "neither JSON nor HTML"},
		"text":         {"not found", "neither JSON nor HTML"},
		"cut":          {`{"meta":`, "unexpected end"},
		"version":      {`{"meta":{"api-version":"2.0"},"files":[]}`, "want 1.x"},
		"no version":   {`{"files":[]}`, "want 1.x"},
		"no files":     {`{"meta":{"api-version":"1.0"}}`, "list of files"},
		"hash":         {`{"meta":{"api-version":"1.0"},"files":[{"filename":"a","hashes":{"sha256":"zz"}}]}`, "64 hexadecimal"},
		"name":         {`{"meta":{"api-version":"1.0"},"files":[{"hashes":{}}]}`, `file ""`},
		"yanked":       {`{"meta":{"api-version":"1.0"},"files":[{"filename":"a","yanked":3}]}`, "want true, false or a reason"},
		"provenance":   {`{"meta":{"api-version":"1.0"},"files":[{"filename":"a","provenance":{}}]}`, "provenance"},
		"twice":        {`{"meta":{"api-version":"1.0"},"files":[{"filename":"a"},{"filename":"a","hashes":{"sha256":"` + good + `"}}]}`, "twice"},
		"HTML version": {`<meta name="pypi:repository-version" content="2.0"><a href="x">x</a>`, "want 1.x"},
		"HTML hash":    {`<a href="x#sha256=12">x</a>`, "64 hexadecimal"},
		"HTML twice":   {`<a href="x">x</a><a href="x#sha256=` + good + `">x</a>`, "twice"},
		"long tag":     {`<a href="` + strings.Repeat("x", 2<<20) + `">x</a>`, "buffer"},
		"long":         {strings.Repeat(" ", MaxIndex+1), "MaxIndex"},
		"many":         {`{"meta":{"api-version":"1.0"},"files":[` + strings.Repeat(`{"filename":"a"},`, MaxFiles) + `{"filename":"a"}]}`, "MaxFiles"},
		"many in HTML": {strings.Repeat(`<a>a</a>`, MaxFiles+1), "MaxFiles"},
	} {
		if list, err := ParseIndex([]byte(c.raw)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %d files, %v, want an error with %q", name, len(list), err, c.want)
		}
	}
}

func TestParseIndexHTML(t *testing.T) {
	list, err := ParseIndex([]byte(`<!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.3"/></head><body>
<a href="/f/a-1.whl#sha256=` + strings.ToUpper(good) + `" data-yanked="" data-provenance="https://x.test/p?a=1&amp;b=2"> a-1.whl </a><br/><a href="b">b<i>c</i></a></body></html>`))
	if err != nil || len(list) != 2 {
		t.Fatalf("got %+v, %v", list, err)
	}
	if a := list[0]; a.Name != "a-1.whl" || a.SHA256 != good || a.Yanked == nil || *a.Yanked != "" || a.Provenance != "https://x.test/p?a=1&b=2" || a.Silent {
		t.Errorf("got %+v", a)
	}
	if b := list[1]; b.Name != "bc" || b.SHA256 != "" || b.Yanked != nil || !b.Silent {
		t.Errorf("got %+v", b)
	}
}

// TestIntegrityStaysOnTheHost: whatever an index announces, nobody else is asked.
func TestIntegrityStaysOnTheHost(t *testing.T) {
	x, err := NewIndex("https://mirror.test/py/simple", fetch.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a := Artifact{Project: "A_b", Version: "1", File: "a_b-1-py3-none-any.whl"}
	for announced, want := range map[string]string{
		"":                               "https://mirror.test/py/integrity/a-b/1/a_b-1-py3-none-any.whl/provenance",
		"https://me:pw@other.test/p?q=1": "https://mirror.test/p?q=1",
		"//other.test/p":                 "https://mirror.test/p",
		"../../p":                        "https://mirror.test/py/p",
		"/p":                             "https://mirror.test/p",
		"file:///etc/passwd":             "",
		"javascript:x":                   "",
		"http://[":                       "",
	} {
		got, err := x.integrity(a, Listed{Provenance: announced, Silent: announced == ""})
		if (err != nil) != (want == "") || err == nil && got[0] != want {
			t.Errorf("%q: got %q, %v, want %q", announced, got, err, want)
		}
	}
}

func TestNewIndexRefuses(t *testing.T) {
	for _, s := range []string{"", "ftp://x.test/", "https://me:pw@x.test/simple", "https://x.test/simple?a", "https:///simple", "file:///simple"} {
		if _, err := NewIndex(s, fetch.Options{}); err == nil || strings.Contains(err.Error(), "pw") {
			t.Errorf("%q: got %v, want an error without the address", s, err)
		}
	}
}

func FuzzParseIndex(f *testing.F) {
	f.Add([]byte(`{"meta":{"api-version":"1.3"},"files":[{"filename":"a-1-py3-none-any.whl","hashes":{"sha256":"` + good + `"},"yanked":"x","provenance":"https://x.test/p"}]}`))
	f.Add([]byte(`<html><a href="x#sha256=` + good + `" data-yanked data-provenance="//x.test/p">x</a></html>`))
	x, err := NewIndex("https://mirror.test/simple", fetch.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		list, err := ParseIndex(raw)
		if err != nil {
			return
		}
		for _, l := range list {
			if l.Name == "" || l.SHA256 != "" && !sha256Hex.MatchString(l.SHA256) {
				t.Errorf("got %+v", l)
			}
			addresses, _ := x.integrity(Artifact{Project: "p", Version: "1", File: l.Name}, l)
			for _, a := range addresses {
				if u, err := url.Parse(a); err != nil || u.Host != "mirror.test" || u.User != nil {
					t.Errorf("%+v leads to %q", l, a)
				}
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"version":1,"attestation_bundles":[{"publisher":{"kind":"GitHub"},"attestations":[{"version":1,"verification_material":{"certificate":"AA==","transparency_entries":[{}]},"envelope":{"statement":"AA==","signature":"AA=="}}]}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		bundles, err := parse(raw)
		if err != nil {
			return
		}
		for _, b := range bundles {
			for _, a := range b.Attestations {
				_, _ = a.bundle()
			}
		}
	})
}
