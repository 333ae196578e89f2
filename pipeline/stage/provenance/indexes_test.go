package provenance_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/provenance"
)

// TestPyPIExtraIndex binds each file to the first index that lists it: the attestations of that one count, and no other's.
func TestPyPIExtraIndex(t *testing.T) {
	const page = "/py/simple/widgets-mcp/"
	code := func(n int) http.HandlerFunc { return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(n) } }
	for _, c := range []struct {
		name   string
		change func(main, extra *index, f *wheelFile) // nothing is in the main index before it; f is in the extra one, with its attestation
		want   provenance.Status
		code   string
		asked  bool // the extra index was asked for attestations
	}{
		{"the extra one alone has it", func(_, _ *index, _ *wheelFile) {}, provenance.Verified, "", true},
		{"the main one has the project without the file", func(main, _ *index, _ *wheelFile) {
			main.files["widgets-mcp"] = []*wheelFile{{name: "widgets_mcp-1.0-py3-none-any.whl", sum: strings.Repeat("ab", 32)}}
		}, provenance.Verified, "", true},
		{"both have it, the main one without attestations", func(main, _ *index, f *wheelFile) { main.files["widgets-mcp"] = []*wheelFile{f} }, provenance.HashOnly, "NO-ATTESTATIONS", false},
		{"both have it, the main one in another form", func(main, _ *index, f *wheelFile) {
			main.files["widgets-mcp"] = []*wheelFile{{name: f.name, sum: strings.Repeat("ab", 32)}}
		}, provenance.Mismatch, "DIGEST", false},
		{"the main one is down", func(main, _ *index, _ *wheelFile) { main.replace[page] = code(503) }, provenance.Unreachable, "UNREACHABLE", false},
		{"the main one wants credentials", func(main, _ *index, _ *wheelFile) { main.user = "me:secret" }, provenance.Unreachable, "REFUSED", false},
		{"the main one cannot be read", func(main, _ *index, _ *wheelFile) {
			main.replace[page] = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{")) }
		}, provenance.Invalid, "MALFORMED", false},
		{"the extra one is down", func(_, extra *index, _ *wheelFile) { extra.replace[page] = code(503) }, provenance.Unreachable, "UNREACHABLE", false},
		{"none has it", func(_, extra *index, _ *wheelFile) { extra.replace[page] = code(404) }, provenance.HashOnly, "NOT-LISTED", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			main, extra := newIndex(t), newIndex(t)
			f := extra.add(t, "widgets-mcp", "1.1.1", wheelName)[0]
			extra.objects[f.name] = object(github, extra.attest(t, f, made{}))
			c.change(main, extra, f)
			args := append([]string{"--index=" + main.URL}, extra.args(t, "1.1.1")...)
			v := judgePyPI(t, append(args, expected...)...).Subject
			if v.Status != c.want || c.code != "" && !has(v, c.code, "") {
				t.Errorf("got %s %+v, want %s %s", v.Status, v.Reasons, c.want, c.code)
			}
			if asked := strings.Contains(strings.Join(extra.asked, " "), "/integrity/"); asked != c.asked {
				t.Errorf("the extra index was asked for %q, want attestations among it: %v", extra.asked, c.asked)
			}
		})
	}
}

// TestPyPIExtraIndexCredentials: each index gets the credentials that its own address has, and the other one's are of no use to it.
func TestPyPIExtraIndexCredentials(t *testing.T) {
	for name, c := range map[string]struct {
		conf string // MAIN and EXTRA stand for the hosts
		want provenance.Status
	}{
		"each its own":   {"index-url = http://a:main@MAIN/py/simple\nextra-index-url = http://b:extra@EXTRA/py/simple\n", provenance.Verified},
		"the main one's": {"index-url = http://a:main@MAIN/py/simple\nextra-index-url = http://EXTRA/py/simple\n", provenance.Unreachable},
		"swapped":        {"index-url = http://b:extra@MAIN/py/simple\nextra-index-url = http://a:main@EXTRA/py/simple\n", provenance.Unreachable},
	} {
		t.Run(name, func(t *testing.T) {
			main, extra := newIndex(t), newIndex(t)
			main.user, extra.user = "a:main", "b:extra"
			f := extra.add(t, "widgets-mcp", "1.1.1", wheelName)[0]
			extra.objects[f.name] = object(github, extra.attest(t, f, made{}))
			host := func(x *index) string { return strings.TrimSuffix(strings.TrimPrefix(x.URL, "http://"), "/py/simple") }
			conf := filepath.Join(t.TempDir(), "pip.conf")
			text := "[global]\n" + strings.NewReplacer("MAIN", host(main), "EXTRA", host(extra)).Replace(c.conf)
			if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			args := append([]string{"--index=" + main.URL, "--pip-config=" + conf}, extra.args(t, "1.1.1")...)
			if v := judgePyPI(t, args...).Subject; v.Status != c.want || c.want == provenance.Unreachable && !has(v, "REFUSED", "401") {
				t.Errorf("got %s %+v, want %s", v.Status, v.Reasons, c.want)
			}
		})
	}
}
