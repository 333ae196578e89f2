package spec

import (
	"fmt"
	"regexp"
)

// rule is the grammar of a kind of text. The pattern is anchored and common to RE2 and ECMA-262, so that the JSON Schema can carry it.
type rule struct {
	pattern *regexp.Regexp
	want    string // what the pattern accepts, in words
	fix     string // what to do, unless hint knows better
	lax     bool   // a violation is a warning in lax mode
	phrase  bool   // shell characters are nothing special in it
}

// Parts of the patterns. Versions: Semantic Versioning 2.0.0, which npm and Go modules use.
const (
	num       = `(0|[1-9][0-9]*)`
	preIdents = `(-(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)(\.(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*)?`
	semver    = num + `\.` + num + `\.` + num + preIdents
	pypiName  = `[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?`
	extras    = `(\[` + pypiName + `(,` + pypiName + `)*\])?`
	specifier = `(===|~=|==|!=|<=|>=|<|>) *[A-Za-z0-9.!+*_-]+`
	goElement = `[A-Za-z0-9_~+-]([A-Za-z0-9._~+-]*[A-Za-z0-9_~+-])?`
	refPart   = `[A-Za-z0-9@_+-]+`
)

// rules are the grammars by the names that tags use. Nothing changes them after start.
var rules = map[string]rule{
	"server-name": {pattern: anchored(`[a-z0-9]+(-[a-z0-9]+)*`), want: NameGrammar},

	// npm: the name rules of package.json. New packages are lowercase; dependencies may be old ones with capitals.
	"npm-name":       {pattern: anchored(`(@[a-z0-9][a-z0-9._~-]*/)?[a-z0-9][a-z0-9._~-]*`), want: "an npm package name: NAME or @SCOPE/NAME in lowercase"},
	"npm-dependency": {pattern: anchored(`(@[a-z0-9][a-z0-9._~-]*/)?[A-Za-z0-9][A-Za-z0-9._~-]*`), want: "an npm package name: NAME or @SCOPE/NAME"},
	"npm-version": {pattern: anchored(semver + `(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?`), want: "one exact version (semver)",
		fix: `write one exact version such as "1.2.3"`},

	// PyPI: PEP 508 names and extras; PEP 440, appendix B, for the normal form of public versions.
	"pypi-name":    {pattern: anchored(pypiName + extras), want: "a PyPI project name, with extras as NAME[EXTRA,EXTRA]"},
	"pypi-project": {pattern: anchored(pypiName), want: "a PyPI project name, without extras"},
	"pypi-version": {pattern: anchored(`([1-9][0-9]*!)?` + num + `(\.` + num + `)*((a|b|rc)` + num + `)?(\.post` + num + `)?(\.dev` + num + `)?`),
		want: "one exact version in the normal form of PEP 440", fix: `write one exact version such as "1.2.3", without leading zeros`},
	"pypi-requirement": {pattern: anchored(pypiName + extras + ` *` + specifier + `( *, *` + specifier + `)*`), phrase: true,
		want: "NAME and version specifiers (PEP 508) without markers or addresses", fix: `write it like "mcp>=1.10,<2"`},

	"pypi-build-requirement": {pattern: anchored(pypiName + extras + `( *` + specifier + `( *, *` + specifier + `)*)?`), phrase: true,
		want: "NAME, with version specifiers or without (PEP 508), and no markers or addresses", fix: `write it like "setuptools<58"`},

	// Go: import paths and versions as in the Go modules reference; pseudo-versions are pre-releases.
	"go-name": {pattern: anchored(`[a-z0-9][a-z0-9-]*(\.[a-z0-9-]+)+(/` + goElement + `)+`), want: "a Go package path: HOST/PATH"},
	"go-version": {pattern: anchored(`v` + semver + `(\+incompatible)?`), want: "one exact version (vX.Y.Z or a pseudo-version)",
		fix: `write one exact version such as "v1.2.3"`},

	"go-dependency": {pattern: anchored(`(go|[a-z0-9][a-z0-9-]*(\.[a-z0-9-]+)+(/` + goElement + `)*)`), want: "the path of a Go module, or go"},
	"go-release": {pattern: anchored(`1\.` + num + `(\.` + num + `)?`), want: "one exact release of Go",
		fix: `write one exact release such as "1.25.4"`},
	"go-override": {pattern: anchored(`(v` + semver + `(\+incompatible)?|1\.` + num + `(\.` + num + `)?)`), want: "one exact version of a module or of Go"},

	"any-name":    {pattern: anchored(`[A-Za-z0-9@][A-Za-z0-9@/._~,\[\]+-]*`), want: "the name of a package"},
	"any-version": {pattern: anchored(`v?[0-9][0-9A-Za-z.!+-]*`), want: "one exact version"},

	"env-name": {pattern: anchored(`[A-Z][A-Z0-9_]*`), want: "capitals, digits and underscores, a capital first"},
	// Debian Policy Manual, section 5.6.1.
	"debian-name": {pattern: anchored(`[a-z0-9][a-z0-9+.-]+`), want: "a Debian package name without version or architecture"},
	"bin-name":    {pattern: anchored(`[A-Za-z0-9_][A-Za-z0-9._-]*`), want: "the name of an executable of the package, without a path"},

	"https-uri": {pattern: anchored(`https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[A-Za-z0-9._~+-]+)+/?`),
		want: "an https address of a repository", fix: `write it like "https://HOST/OWNER/NAME", without user, query and fragment`},
	"git-ref": {pattern: anchored(`(refs/(heads|tags)/` + refPart + `([./]` + refPart + `)*|[0-9a-f]{40}|[0-9a-f]{64})`),
		want: "refs/tags/NAME, refs/heads/NAME or a full commit id"},
	"repository": {pattern: anchored(`[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+`), want: "OWNER/NAME"},
	"workflow": {pattern: anchored(`(\.?[A-Za-z0-9_-][A-Za-z0-9._-]*/)*\.?[A-Za-z0-9_-][A-Za-z0-9._-]*\.ya?ml`),
		want: "a workflow file such as .github/workflows/release.yml"},

	"issue-code": {pattern: anchored(`[A-Za-z][A-Za-z0-9]*([._-][A-Za-z0-9]+)*`), want: "the code of a finding such as AITech-8.2"},
	"reason": {pattern: regexp.MustCompile(`[^ \t\n]+[ \t\n]+[^ \t\n]+[ \t\n]+[^ \t\n]+`), want: "a sentence", lax: true, phrase: true,
		fix: "tell the next reviewer why this is acceptable for this server"},
	"date":        {pattern: anchored(`[0-9]{4}-[0-9]{2}-[0-9]{2}`), want: "a date as YYYY-MM-DD"},
	"fingerprint": {pattern: anchored(`(sha256:[0-9a-f]{64}|[0-9a-f]{16,128})`), want: "sha256:HEX or 16 to 128 lowercase hexadecimal digits"},
}

// MaxName bounds the id of a server in bytes, NameGrammar tells in words what ValidName accepts.
const (
	MaxName     = 64
	NameGrammar = "lowercase letters, digits and single hyphens"
)

// ValidName tells whether a folder's name can be the id of a server.
func ValidName(name string) bool {
	return len(name) <= MaxName && rules["server-name"].pattern.MatchString(name)
}

// ValidCode tells whether a text can be the code of an allowance.
func ValidCode(code string) bool {
	return len(code) <= 64 && rules["issue-code"].pattern.MatchString(code)
}

func anchored(pattern string) *regexp.Regexp {
	return regexp.MustCompile(`^` + pattern + `$`)
}

// obeys reports a text that is outside a grammar. No name is no grammar.
func (c *collector) obeys(s, path, name string) {
	r, ok := rules[name]
	if !ok || r.pattern.MatchString(s) {
		return
	}
	message := "got " + quote(s)
	if part := shellPart(s); part != "" && !r.phrase {
		message += fmt.Sprintf(" with characters that could reach a shell (%s)", part)
	}
	fix := r.fix
	if h := hint(name, s); h != "" {
		fix = h
	}
	message = fmt.Sprintf("%s, want %s", message, r.want)
	if r.lax {
		c.strict(path, message, fix)
		return
	}
	c.fail(path, message, fix)
}
