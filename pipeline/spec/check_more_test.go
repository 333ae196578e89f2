package spec

import (
	"fmt"
	"strings"
	"testing"
)

// more puts lines at the end of the spec section.
func more(base, lines string) string {
	return with(base, "version", "  version: "+map[bool]string{true: "v1.2.3", false: "1.2.3"}[base == goBase]+"\n"+lines)
}

func TestRun(t *testing.T) {
	override := func(name, version, why string) string {
		return fmt.Sprintf("    - {package: %q, version: %q, reason: %q}\n", name, version, why)
	}
	for _, n := range []negative{
		{"args with anything visible", more(npxBase, `  args: ["", "a b; $(c) 'd' \"e\"", "日本"]`), nil},
		{"arg with line break", more(npxBase, `  args: ["a\nb"]`), []string{"8 spec.args[0]: U+000A"}},
		{"arg with NUL", more(npxBase, "  args:\n    - a\n    - \"a\\0b\""), []string{"10 spec.args[1]: U+0000"}},
		{"arg as number", more(npxBase, "  args: [8080]"), []string{`8 spec.args[0]: got the number 8080, want text; quote it`}},
		{"arg without value", more(npxBase, "  args: [~]"), []string{"8 spec.args[0]: has no value"}},
		{"arg too long", more(npxBase, "  args: ["+strings.Repeat("a", 4097)+"]"), []string{"8 spec.args[0]: has 4097 characters, want at most 4096"}},

		{"env", more(npxBase, "  env: {A_1: '', B: \"x y; z\"}"), nil},
		{"env lowercase", more(npxBase, "  env: {path: x}"), []string{"8 spec.env.path: want capitals"}},
		{"env with space", more(npxBase, "  env: {\"A B\": x}"), []string{`8 spec.env["A B"]: characters that could reach a shell`}},
		{"env reserved", more(npxBase, "  env:\n    PATH: x"), []string{"9 spec.env.PATH: (reserved: PATH); remove it"}},
		{"env reserved prefix", more(npxBase, "  env: {LD_AUDIT: x}"), []string{"8 spec.env.LD_AUDIT: (reserved: LD_*)"}},
		{"env control character", more(npxBase, `  env: {A: "x\ty"}`), []string{"8 spec.env.A: U+0009"}},
		{"env null", more(npxBase, "  env: {A: }"), []string{"8 spec.env.A: has no value"}},
		{"env twice", more(npxBase, "  env:\n    A: x\n    A: y"), []string{"10 spec.env.A: is given twice, first on line 9"}},
		{"env as list", more(npxBase, "  env: [A=x]"), []string{"8 spec.env: got a list, want a mapping"}},
		{"env with credential", more(npxBase, "  env: {DEMO_API_KEY: x}"), []string{"warning 8 spec.env.DEMO_API_KEY: looks like a credential"}},

		{"override of an old name", more(npxBase, "  overrides:\n"+override("JSONStream", "1.3.5", reason)), nil},
		{"override empty", more(npxBase, "  overrides: [{}]"), []string{"8 spec.overrides[0].package: is missing", "8 spec.overrides[0].reason: is missing", "8 spec.overrides[0].version: is missing"}},
		{"override range", more(npxBase, "  overrides:\n"+override("a", "^1.0.0", reason)), []string{"9 spec.overrides[0].version: not a range"}},
		{"override name", more(npxBase, "  overrides:\n"+override("a b", "1.0.0", reason)), []string{"9 spec.overrides[0].package: want an npm package name"}},
		{"override reason", more(npxBase, "  overrides:\n"+override("a", "1.0.0", strings.Repeat("x", 30))), []string{"9 spec.overrides[0].reason: want a sentence"}},
		{"override twice", more(npxBase, "  overrides:\n"+override("a", "1.0.0", reason)+override("a", "2.0.0", reason)), []string{"10 spec.overrides[1]: says the same as spec.overrides[0]"}},
		{"override for uvx", more(uvxBase, "  overrides:\n"+override("a", "1.0.0", reason)), []string{"5 spec.overrides: is for npx and go, this server is uvx; bound dependencies with spec.constraints"}},

		{"constraints", more(uvxBase, "  constraints:\n    - {spec: \"chromadb[a,b] >= 1.0, != 1.3.*, <2\", reason: "+reason+"}"), nil},
		{"constraint without version", more(uvxBase, "  constraints:\n    - {spec: mcp, reason: "+reason+"}"), []string{"6 spec.constraints[0].spec: want NAME and version specifiers"}},
		{"constraint with marker", more(uvxBase, "  constraints:\n    - {spec: \"mcp<2; python_version<'4'\", reason: "+reason+"}"), []string{"6 spec.constraints[0].spec: without markers"}},
		{"constraint with address", more(uvxBase, "  constraints:\n    - {spec: \"mcp @ https://example.com/x\", reason: "+reason+"}"), []string{"6 spec.constraints[0].spec: or addresses"}},
		{"constraint without reason", more(uvxBase, "  constraints: [{spec: mcp<2}]"), []string{"5 spec.constraints[0].reason: is missing; add reason: tell the next reviewer"}},
		{"constraint for npx", more(npxBase, "  constraints: [{spec: mcp<2, reason: "+reason+"}]"), []string{"8 spec.constraints: is for uvx, this server is npx"}},
		{"override for go", more(goBase, "  overrides:\n"+override("golang.org/x/net", "v0.50.0", reason)+override("go", "1.26.9", reason)), nil},
		{"override for go without v", more(goBase, "  overrides:\n"+override("golang.org/x/net", "0.50.0", reason)), []string{`6 spec.overrides[0].version: write "v0.50.0"`}},
		{"override of Go with v", more(goBase, "  overrides:\n"+override("go", "v1.26.9", reason)), []string{"6 spec.overrides[0].version: want one exact release of Go"}},
		{"override for go by an npm name", more(goBase, "  overrides:\n"+override("undici", "v1.0.0", reason)), []string{"6 spec.overrides[0].package: want the path of a Go module"}},
		{"constraint for go", more(goBase, "  constraints: [{spec: mcp<2, reason: "+reason+"}]"), []string{"5 spec.constraints: raise dependencies with spec.overrides"}},

		{"system packages", more(npxBase, "  system_packages: [git, libstdc++6, g++, fonts-noto]"), nil},
		{"system package with version", more(npxBase, "  system_packages: [git=1]"), []string{"8 spec.system_packages[0]: without version"}},
		{"system package with capitals", more(npxBase, "  system_packages: [Git]"), []string{"8 spec.system_packages[0]: want a Debian package name"}},
		{"system package option", more(npxBase, "  system_packages: [-y]"), []string{"8 spec.system_packages[0]: want a Debian package name"}},
		{"system package twice", more(npxBase, "  system_packages: [git, git]"), []string{"8 spec.system_packages[1]: says the same"}},
		{"entry point path", more(npxBase, "  entrypoint: dist/index.js"), []string{"8 spec.entrypoint: without a path"}},
		{"entry point option", more(npxBase, "  entrypoint: -e"), []string{"8 spec.entrypoint: want the name of an executable"}},
		{"entry point empty", more(npxBase, "  entrypoint: ''"), []string{"8 spec.entrypoint: is empty; give it a value or leave the key out"}},
	} {
		n.run(t, Options{})
	}
}

func TestProvenance(t *testing.T) {
	prov := func(lines string) string { return strings.Split(npxBase, "provenance:")[0] + "provenance:\n" + lines }
	const uri = "  repository_uri: https://example.com/o/n\n"
	att := func(lines string) string { return prov(uri + "  attestations:\n    available: true\n" + lines) }
	golang := func(attestations string) string {
		return with(goBase, "provenance:", "provenance:\n"+uri+"  attestations: "+attestations)
	}
	pub := func(kind, repository, workflow string) string {
		return att(fmt.Sprintf("    publisher: {kind: %q, repository: %q, workflow: %q}\n", kind, repository, workflow))
	}
	for _, n := range []negative{
		{"absent", strings.Split(npxBase, "provenance:")[0], []string{"warning 0 provenance.repository_uri: is missing"}},
		{"http", prov("  repository_uri: http://example.com/o/n"), []string{"9 provenance.repository_uri: want an https address"}},
		{"user", prov("  repository_uri: https://a:b@example.com/o/n"), []string{"9 provenance.repository_uri: without user"}},
		{"query", prov("  repository_uri: https://example.com/o/n?x=1"), []string{"9 provenance.repository_uri: without user, query"}},
		{"host only", prov("  repository_uri: https://example.com"), []string{"9 provenance.repository_uri: want an https address"}},
		{"tag of the version", prov(uri + "  repository_ref: refs/tags/@scope/demo@1.2.3"), nil},
		{"commit", prov(uri + "  repository_ref: 0123456789abcdef0123456789abcdef01234567"), nil},
		{"branch", prov(uri + "  repository_ref: refs/heads/release-1.x"), nil},
		{"bare branch", prov(uri + "  repository_ref: main"), []string{"10 provenance.repository_ref: want refs/tags/NAME"}},
		{"dots in ref", prov(uri + "  repository_ref: refs/tags/a..b"), []string{"10 provenance.repository_ref: want refs/tags/NAME"}},
		{"tag of another version", prov(uri + "  repository_ref: refs/tags/v1.0.17"), []string{`warning 10 provenance.repository_ref: tag "v1.0.17" does not name version "1.2.3"`}},
		{"legacy key", prov(uri + "  sigstore_url: https://example.com"), []string{"10 provenance.sigstore_url: is a key of older catalogues"}},
		{"verified but not available", prov(uri + "  attestations: {verified: true}"), []string{"10 provenance.attestations.verified: but available is not"}},
		{"available as text", prov(uri + "  attestations: {available: 'yes'}"), []string{`10 provenance.attestations.available: got the text "yes", want true or false`}},
		{"nobody expected", prov("  attestations: {available: true}"), []string{"warning 8 provenance.repository_uri: is missing", "9 provenance.attestations: nothing says whose"}},
		{"Go, available", golang("{available: true}"), []string{"7 provenance.attestations: the checksum database; remove attestations; repository_uri is compared"}},
		{"Go, verified", golang("{verified: true}"), []string{"7 provenance.attestations: Go modules have none"}},
		{"Go, with a publisher", golang("{available: true, verified: true, publisher: {kind: GitHub, repository: o/n, workflow: ci/x.yml}}"), []string{"7 provenance.attestations: Go modules have none"}},
		{"Go, none expected", golang("{available: false}"), nil},
		{"workflow with folder", pub("GitHub", "o/n", ".github/workflows/x.yaml"), nil},
		{"GitLab", pub("GitLab", "group/sub/n", ".gitlab-ci.yml"), nil},
		{"kind", pub("Jenkins", "o/n", "x.yml"), []string{"12 provenance.attestations.publisher.kind: want one of GitHub, GitLab"}},
		{"repository without owner", pub("GitHub", "n", "x.yml"), []string{"12 provenance.attestations.publisher.repository: want OWNER/NAME"}},
		{"repository too deep", pub("GitHub", "o/n/x", "x.yml"), []string{"12 provenance.attestations.publisher.repository: want OWNER/NAME"}},
		{"workflow elsewhere", pub("GitHub", "o/n", "ci/x.yml"), []string{"12 provenance.attestations.publisher.workflow: want a file in .github/workflows"}},
		{"workflow leaves", pub("GitHub", "o/n", ".github/workflows/../x.yml"), []string{"12 provenance.attestations.publisher.workflow: want a workflow file"}},
		{"workflow no YAML", pub("GitHub", "o/n", "x.sh"), []string{"12 provenance.attestations.publisher.workflow: want a workflow file"}},
		{"publisher without workflow", att("    publisher: {kind: GitHub, repository: o/n}"), []string{"12 provenance.attestations.publisher.workflow: is missing"}},
	} {
		n.run(t, Options{})
	}
}

func TestSecurity(t *testing.T) {
	issue := func(fields string) string {
		return npxBase + "security:\n  allowed_issues:\n    - {" + fields + "}\n"
	}
	const code, why = "code: AITech-8.2, ", "reason: " + reason
	mock := func(items string) string { return npxBase + "security:\n  mock_env:\n" + items }
	for _, n := range []negative{
		{"issue without code", issue(why), []string{"12 security.allowed_issues[0].code: is missing"}},
		{"issue code", issue("code: 'a;b', " + why), []string{"12 security.allowed_issues[0].code: want the code of a finding"}},
		{"issue without reason", issue("code: A1"), []string{"12 security.allowed_issues[0].reason: is missing; add reason: tell the next reviewer"}},
		{"issue with trivial reason", issue(code + "reason: false positive"), []string{"12 security.allowed_issues[0].reason: 14 characters, want at least 20"}},
		{"issue with padded reason", issue(code + "reason: 'ok" + strings.Repeat(" ", 30) + "'"), []string{"12 security.allowed_issues[0].reason: 2 characters"}},
		{"issue date", issue(code + why + ", expires: 31.3.2027"), []string{"12 security.allowed_issues[0].expires: want a date as YYYY-MM-DD"}},
		{"issue day", issue(code + why + ", expires: '2027-02-29'"), []string{"12 security.allowed_issues[0].expires: want a day of the calendar"}},
		{"issue fingerprint", issue(code + why + ", fingerprint: 'sha256:12'"), []string{"12 security.allowed_issues[0].fingerprint: want sha256:HEX"}},
		{"issue fingerprint of decimal digits", issue(code + why + ", fingerprint: '1234567890123456'"), nil},
		{"issue unknown key", issue(code + why + ", resaon: x"), []string{`12 security.allowed_issues[0].resaon: did you mean "reason"?`}},
		{"issue twice", issue(code+why) + "    - {" + code + why + "}\n", []string{"13 security.allowed_issues[1]: says the same as security.allowed_issues[0]"}},
		{"issue for two tools", issue(code+why+", tool: a") + "    - {" + code + why + ", tool: b}\n", nil},
		{"mock without name", mock("    - {value: x}\n"), []string{"12 security.mock_env[0].name: is missing"}},
		{"mock name", mock("    - {name: a-b, value: x}\n"), []string{"12 security.mock_env[0].name: want capitals"}},
		{"mock reserved", mock("    - {name: NODE_OPTIONS, value: x}\n"), []string{"12 security.mock_env[0].name: reserved: NODE_OPTIONS"}},
		{"mock without value", mock("    - {name: A}\n"), []string{"12 security.mock_env[0].value: is missing"}},
		{"mock empty value", mock("    - {name: A, value: ''}\n"), []string{"12 security.mock_env[0].value: is empty"}},
		{"mock control character", mock("    - {name: A, value: \"\\r\"}\n"), []string{"12 security.mock_env[0].value: U+000D"}},
		{"mock twice", mock("    - {name: A, value: x}\n    - {name: A, value: y}\n"), []string{"13 security.mock_env[1]: says the same"}},
		{"ignore with text", npxBase + "security: {insecure_ignore: " + reason + "}\n", nil},
		{"ignore with mapping", npxBase + "security: {insecure_ignore: {reason: " + reason + "}}\n", nil},
		{"ignore bare", npxBase + "security:\n  insecure_ignore: true\n", []string{"11 security.insecure_ignore: got true without a reason; write the reason instead"}},
		{"ignore false", npxBase + "security:\n  insecure_ignore: false\n", []string{"11 security.insecure_ignore: leave the key out"}},
		{"ignore number", npxBase + "security: {insecure_ignore: 1}\n", []string{"10 security.insecure_ignore: got the number 1, want the reason"}},
		{"ignore trivial", npxBase + "security: {insecure_ignore: later}\n", []string{"10 security.insecure_ignore: 5 characters, want at least 20"}},
		{"ignore empty mapping", npxBase + "security: {insecure_ignore: {}}\n", []string{"10 security.insecure_ignore.reason: is missing"}},
		{"ignore list", npxBase + "security: {insecure_ignore: []}\n", []string{"10 security.insecure_ignore: got a list, want a mapping"}},
	} {
		n.run(t, Options{})
	}
}

// TestLaxStillBlocks: what lax mode does not forgive.
func TestLaxStillBlocks(t *testing.T) {
	for _, n := range []negative{
		{"version latest", with(npxBase, "version", "  version: latest"), []string{"7 spec.version: want one exact version"}},
		{"version null", with(npxBase, "version", "  version:"), []string{"7 spec.version: has no value"}},
		{"package shell", with(npxBase, "package", "  package: a;b"), []string{"6 spec.package: characters that could reach a shell"}},
		{"name missing", with(npxBase, "name", ""), []string{"1 metadata.name: is missing"}},
		{"unknown key", npxBase + "args: []\n", []string{"10 args: unknown field"}},
		{"null argument", more(npxBase, "  args: [~]"), []string{"8 spec.args[0]: has no value"}},
		{"reserved", more(npxBase, "  env: {PATH: x}"), []string{"8 spec.env.PATH: reserved"}},
	} {
		n.run(t, Options{Folder: "demo", Lax: true})
	}
}

func TestManyProblemsAreBounded(t *testing.T) {
	s, problems := Parse("f", []byte(npxBase+strings.Repeat("x: 1\n", 5000)), Options{})
	if s != nil || len(problems) != MaxProblems+1 {
		t.Fatalf("got %d problems, want %d", len(problems), MaxProblems+1)
	}
	if last := problems[MaxProblems]; last.Warning || !strings.Contains(last.Message, "more than 200 problems") {
		t.Errorf("got %v last, want a blocking problem about the bound", last)
	}
}
