package spec

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const (
	npxBase = `metadata:
  name: demo
  description: A server for tests
  protocol: npx
spec:
  package: demo-mcp
  version: "1.2.3"
provenance:
  repository_uri: https://example.com/owner/demo
`
	uvxBase = `metadata: {name: demo, description: A server for tests, protocol: uvx}
spec:
  package: demo-mcp
  version: "1.2.3"
provenance: {repository_uri: "https://example.com/owner/demo"}
`
	goBase = `metadata: {name: demo, description: A server for tests, protocol: go}
spec:
  package: example.com/owner/demo/cmd/server
  version: v1.2.3
provenance: {repository_uri: "https://example.com/owner/demo"}
`
	reason = "A long enough reason for a test."
)

// with replaces one line of a base, named by its beginning.
func with(base, line, by string) string {
	lines := strings.Split(base, "\n")
	at := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(strings.TrimSpace(l), line) })
	if at < 0 {
		panic("no line " + line)
	}
	lines[at] = by
	return strings.Join(lines, "\n")
}

// want is "LINE FIELD: part of message and fix" for each problem, "warning " before those that do not block.
type negative struct {
	name, file string
	want       []string
}

func (n negative) run(t *testing.T, o Options) {
	t.Helper()
	t.Run(n.name, func(t *testing.T) {
		t.Helper()
		_, problems := Parse("f", []byte(n.file), o)
		ok := len(problems) == len(n.want)
		for i := 0; ok && i < len(problems); i++ {
			p, want := problems[i], n.want[i]
			want, warning := strings.CutPrefix(want, "warning ")
			place, text, _ := strings.Cut(want, ": ")
			ok = p.Warning == warning && fmt.Sprintf("%d %s", p.Line, p.Field) == place && strings.Contains(p.Message+"; "+p.Fix, text)
		}
		if !ok {
			t.Errorf("got\n%swant\n%s\nin\n%s", render(problems), strings.Join(n.want, "\n"), n.file)
		}
	})
}

func TestDocument(t *testing.T) {
	for _, n := range []negative{
		{"empty", "", []string{"0 : the file is empty"}},
		{"comment only", "# nothing\n", []string{"0 : the file is empty"}},
		{"no mapping", "- a\n", []string{"1 : the document is no mapping"}},
		{"not YAML", "metadata:\n  name: \"x\n", []string{"2 : not YAML: found unexpected end of stream"}},
		{"not YAML in the first line", "a: ]\n", []string{"1 : not YAML: did not find expected node content"}},
		{"not UTF-8", "a: b\nmetadata: \xff\n", []string{"2 : the line is not UTF-8"}},
		{"hidden in comments", "# \u202e\r\n# \x00\n", []string{"1 : has the character U+202E", "2 : has the character U+0000"}},
		{"byte order mark and CRLF", "\ufeff" + strings.ReplaceAll(npxBase, "\n", "\r\n"), nil},
		{"two documents", npxBase + "---\na: b\n", []string{"10 : a second YAML document starts here"}},
		{"second document broken", npxBase + "---\na: [\n", []string{"12 : not YAML"}},
		{"too big", "#" + strings.Repeat("x", MaxBytes), []string{"0 : has 262145 bytes, want at most 262144"}},
		{"anchor and alias", npxBase + "security:\n  mock_env: &a []\n  allowed_issues: *a\n", []string{"11 : anchor \"&a\"", "12 : alias \"*a\""}},
		{"merge key", npxBase + "security:\n  <<: {}\n", []string{"11 : merge key"}},
		{"tag", with(npxBase, "version", `  version: !!str 1.2.3`), []string{"7 : tag \"!!str\""}},
		{"duplicate section", npxBase + "spec: {}\n", []string{"10 spec: is given twice, first on line 5; keep one"}},
		{"duplicate key", with(npxBase, "version", "  version: 1.2.3\n  version: 1.2.4"), []string{"8 spec.version: is given twice"}},
		{"list as key", with(npxBase, "version", "  version: 1.2.3\n  [a]: b"), []string{"8 spec: got a list as a key"}},
		{"unknown key", with(npxBase, "version", "  version: 1.2.3\n  colour: red"), []string{"8 spec.colour: unknown field; this section knows package, version"}},
		{"mistyped key", with(npxBase, "version", "  vresion: 1.2.3"), []string{`7 spec.vresion: unknown field; did you mean "version"?`}},
		{"key of another section", npxBase + "args: [a]\n", []string{"10 args: unknown field; it belongs under spec"}},
		{"hostile key", npxBase + "\"\\e[31mred\": 1\n", []string{`10 ["\x1b[31mred"]: unknown field`}},
		{"missing section", strings.Split(npxBase, "spec:")[0], []string{"warning 0 provenance.repository_uri: is missing", "0 spec: is missing; add the section spec"}},
		{"section without value", npxBase + "security:\n", []string{"10 security: has no value"}},
		{"section as text", npxBase + "security: none\n", []string{`10 security: got the text "none", want a mapping`}},
		{"text as mapping", with(npxBase, "package", "  package: {a: b}"), []string{"6 spec.package: got a mapping, want text"}},
		{"text as list", with(npxBase, "package", "  package: [a]"), []string{"6 spec.package: got a list, want text"}},
		{"text as number", with(npxBase, "version", "  version: 1.10"), []string{`7 spec.version: got the number 1.10, want text; quote it: version: "1.10"`, "7 spec.version: got \"1.10\", want one exact version"}},
		{"text as bool", with(npxBase, "description", "  description: true"), []string{"3 metadata.description: got true, want text"}},
		{"null item", npxBase + "security: {mock_env: [~]}\n", []string{"10 security.mock_env[0]: has no value"}},
		{"too many items", with(npxBase, "version", "  version: 1.2.3\n  args: ["+strings.Repeat("a,", 65)+"]"), []string{"8 spec.args: has 65 items, want at most 64"}},
		{"too long", with(npxBase, "description", "  description: "+strings.Repeat("é", 501)), []string{"3 metadata.description: has 501 characters, want at most 500"}},
	} {
		n.run(t, Options{})
	}
}

func TestMetadata(t *testing.T) {
	for _, n := range []negative{
		{"name missing", with(npxBase, "name", ""), []string{"1 metadata.name: is missing; add a line such as name: \"context7\""}},
		{"name empty", with(npxBase, "name", `  name: ""`), []string{"2 metadata.name: is empty"}},
		{"name with capitals", with(npxBase, "name", "  name: Demo"), []string{"2 metadata.name: want lowercase", `2 metadata.name: want "demo"`}},
		{"name with underscore", with(npxBase, "name", "  name: demo_x"), []string{"2 metadata.name: want lowercase", `2 metadata.name: want "demo"`}},
		{"name of another folder", with(npxBase, "name", "  name: other"), []string{`2 metadata.name: got "other", want "demo", the name of the folder`}},
		{"description missing", with(npxBase, "description", ""), []string{"1 metadata.description: is missing"}},
		{"description of two lines", with(npxBase, "description", "  description: |\n    a\n    b"), []string{"3 metadata.description: U+000A, which is not visible; write it on one line"}},
		{"description with escape", with(npxBase, "description", `  description: "\e[31m"`), []string{"3 metadata.description: U+001B"}},
		{"description with zero width", with(npxBase, "description", `  description: "a\u200bb"`), []string{"3 metadata.description: U+200B"}},
		{"protocol missing", with(npxBase, "protocol", ""), []string{"1 metadata.protocol: is missing"}},
		{"protocol unknown", with(npxBase, "protocol", "  protocol: pip"), []string{"4 metadata.protocol: got \"pip\", want one of npx, uvx, go"}},
		{"protocol mistyped", with(npxBase, "protocol", "  protocol: npm"), []string{`4 metadata.protocol: did you mean "npx"?`}},
		{"protocol unknown, package checked", with(with(npxBase, "protocol", "  protocol: pip"), "package", "  package: a; b"),
			[]string{"4 metadata.protocol: want one of", "6 spec.package: characters that could reach a shell"}},
		{"stale version", with(npxBase, "protocol", "  protocol: npx\n  version: 1.0.0"), []string{`5 metadata.version: but spec.version is "1.2.3"; remove it`}},
	} {
		n.run(t, Options{Folder: "demo"})
	}
	negative{"protocol of another folder", npxBase, []string{`4 metadata.protocol: got "npx", want "uvx"`}}.run(t, Options{Protocol: UVX})
	negative{"same version again", with(npxBase, "protocol", "  protocol: npx\n  version: 1.2.3"), nil}.run(t, Options{})
}

func TestPackage(t *testing.T) {
	const exact = "spec.version: want one exact version"
	pkg := func(base, name string) string { return with(base, "package", "  package: "+name) }
	version := func(base, v string) string { return with(base, "version", "  version: "+v) }
	for _, n := range []negative{
		{"npm scoped", pkg(npxBase, `"@scope/some.name_x"`), nil},
		{"npm shell", pkg(npxBase, `"left-pad; echo PWNED"`), []string{`6 spec.package: with characters that could reach a shell (" ", ";")`}},
		{"npm capitals", pkg(npxBase, "Demo"), []string{`6 spec.package: want an npm package name: NAME or @SCOPE/NAME in lowercase; write "demo"`}},
		{"npm with version", pkg(npxBase, "demo@1.0.0"), []string{"6 spec.package: put the version into its own field"}},
		{"npm option", pkg(npxBase, "--registry=x"), []string{"6 spec.package: want an npm package name"}},
		{"npm dot", pkg(npxBase, ".demo"), []string{"6 spec.package: want an npm package name"}},
		{"npm path", pkg(npxBase, "../demo"), []string{"6 spec.package: want an npm package name"}},
		{"npm address", pkg(npxBase, "git+https://example.com/x"), []string{"6 spec.package: want an npm package name"}},
		{"npm reserved", pkg(npxBase, "node_modules"), []string{"6 spec.package: which npm does not accept"}},
		{"npm long", pkg(npxBase, strings.Repeat("a", 215)), []string{"6 spec.package: has 215 characters, want at most 214"}},
		{"package missing", with(npxBase, "package", ""), []string{"5 spec.package: is missing"}},

		{"npm pre-release and build", version(npxBase, "1.2.3-rc.1+build.5"), nil},
		{"version missing", with(npxBase, "version", ""), []string{"5 spec.version: is missing; add a line such as version: \"1.0.31\""}},
		{"version latest", version(npxBase, "latest"), []string{"7 " + exact + " (semver); write the version that this tag stands for"}},
		{"version caret", version(npxBase, "^1.2.3"), []string{"7 " + exact + " (semver); write the one exact version that is packaged, not a range"}},
		{"version comparison", version(npxBase, `">=1.2.3"`), []string{"7 spec.version: not a range"}},
		{"version wildcard", version(npxBase, "1.x"), []string{"7 spec.version: not a range"}},
		{"version with v", version(npxBase, "v1.2.3"), []string{`7 spec.version: write "1.2.3"`}},
		{"version short", version(npxBase, `"1.2"`), []string{`7 spec.version: write one exact version such as "1.2.3"`}},
		{"version leading zero", version(npxBase, "1.02.3"), []string{"7 " + exact}},
		{"version shell", version(npxBase, "1.2.3$(id)"), []string{`7 spec.version: characters that could reach a shell ("$", "(", ")")`}},

		{"PyPI extras", pkg(uvxBase, `"Demo.mcp[cli,redis]"`), nil},
		{"PyPI extras spaced", pkg(uvxBase, `"demo [cli]"`), []string{`3 spec.package: write "demo[cli]"`}},
		{"PyPI with version", pkg(uvxBase, "demo==1.0"), []string{"3 spec.package: put the version into spec.version"}},
		{"PyPI ends in hyphen", pkg(uvxBase, "demo-"), []string{"3 spec.package: want a PyPI project name"}},
		{"PyPI address", pkg(uvxBase, `"demo @ https://example.com/x.whl"`), []string{"3 spec.package: want a PyPI project name"}},
		{"PyPI release forms", version(uvxBase, "1!2025.8.1rc1.post2.dev3"), nil},
		{"PyPI two parts", version(uvxBase, `"1.0"`), nil},
		{"PyPI leading zero", version(uvxBase, "2025.08.01"), []string{"4 " + exact + " in the normal form of PEP 440"}},
		{"PyPI equals", version(uvxBase, "==1.0"), []string{`4 spec.version: write "1.0"`}},
		{"PyPI compatible", version(uvxBase, `"~=1.0"`), []string{"4 spec.version: not a range"}},
		{"PyPI local", version(uvxBase, "1.0+cpu"), []string{"4 " + exact}},

		{"Go pseudo-version", version(goBase, "v0.0.0-20260101120000-0123456789ab"), nil},
		{"Go without v", version(goBase, "1.2.3"), []string{`4 spec.version: write "v1.2.3"`}},
		{"Go latest", version(goBase, "latest"), []string{"4 " + exact}},
		{"Go build metadata", version(goBase, "v1.2.3+meta"), []string{"4 " + exact}},
		{"Go incompatible", version(goBase, "v2.0.0+incompatible"), nil},
		{"Go major", with(version(goBase, "v2.0.0"), "package", "  package: example.com/owner/demo/v2/cmd"), nil},
		{"Go dotted major", with(version(goBase, "v3.0.1"), "package", "  package: example.com/demo.v3"), nil},
		{"Go major missing", version(goBase, "v2.0.0"), []string{"3 spec.package: without /v2, which version \"v2.0.0\" asks for; add /v2"}},
		{"Go scheme", pkg(goBase, "https://example.com/x"), []string{"3 spec.package: leave the scheme out"}},
		{"Go with version", pkg(goBase, "example.com/x@v1.0.0"), []string{"3 spec.package: put the version into spec.version"}},
		{"Go without host", pkg(goBase, "demo/cmd"), []string{"3 spec.package: want a Go package path"}},
		{"Go dots", pkg(goBase, "example.com/../x"), []string{"3 spec.package: want a Go package path"}},
	} {
		n.run(t, Options{})
	}
}
