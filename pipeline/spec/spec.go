// Package spec reads servers/NAME/spec.yaml: what a server is, which exact package it is made of, where that package should come from, and
// which scan findings are allowed for it. The Go types are the only definition: field names, requirements, grammars and bounds stand in
// their tags, and both the checks of Parse and the JSON Schema are made from them.
package spec

import (
	"path"
	"strings"
	"time"

	"dagger/dockyard/pipeline/problem"
)

// Spec is one server. Parse is the only way to make one whose fields obey their tags.
//
// Tags: yaml and json name the field; need is "always" or "strict" (missing is an error, with "strict" a warning in lax mode); rule names a
// grammar of rules.go; enum lists the values; min and max bound a text in characters and a list in items; prose marks text for people, which
// is trimmed ("lines" may have several lines); doc and example are for the reader of the schema and of messages.
type Spec struct {
	Metadata   Metadata   `yaml:"metadata" json:"metadata" need:"always" doc:"Who the server is."`
	Package    Package    `yaml:"spec" json:"spec" need:"always" doc:"The package the server is made of and how it is started."`
	Provenance Provenance `yaml:"provenance" json:"provenance,omitzero" doc:"Where the package is expected to come from."`
	Security   Security   `yaml:"security" json:"security,omitzero" doc:"What the MCP scan has to know."`

	file  string
	lines map[string]int
}

// Protocol is the ecosystem of a package, named after the command that usually runs it.
type Protocol string

// The protocols.
const (
	NPX Protocol = "npx" // npm
	UVX Protocol = "uvx" // PyPI
	Go  Protocol = "go"  // Go modules
)

// Metadata names and describes the server.
type Metadata struct {
	// Name is the id of the server. It equals the folder: in lax mode Parse puts the folder's name here.
	Name        string   `yaml:"name" json:"name" need:"always" rule:"server-name" max:"64" example:"context7" doc:"Id of the server, equal to the name of its folder; part of the image name."`
	Description string   `yaml:"description" json:"description,omitempty" need:"strict" prose:"line" max:"500" example:"Up-to-date documentation for libraries" doc:"One line that tells what the server does."`
	Protocol    Protocol `yaml:"protocol" json:"protocol" need:"always" enum:"npx,uvx,go" example:"npx" doc:"Where the package lives: npx (npm), uvx (PyPI) or go (Go modules)."`
	Version     string   `yaml:"version" json:"version,omitempty" max:"128" doc:"Older catalogues repeat spec.version here; nothing reads it. Leave it out."`
}

// Package is the upstream package and the way it is installed and started.
type Package struct {
	Name           string            `yaml:"package" json:"package" need:"always" max:"214" example:"@upstash/context7-mcp" doc:"Name of the package: npm name, PyPI name with optional extras, or Go package path."`
	Version        string            `yaml:"version" json:"version" need:"always" max:"128" example:"1.0.31" doc:"The one exact version that is packaged: no range, no tag such as latest."`
	Args           []string          `yaml:"args" json:"args,omitempty" max:"64" items:"4096" doc:"Arguments the server is started with, one list item each. They never pass through a shell."`
	Env            map[string]string `yaml:"env" json:"env,omitempty" rule:"env-name" max:"64" items:"4096" doc:"Environment of the server, stored in the public image: no secrets."`
	Overrides      []Override        `yaml:"overrides" json:"overrides,omitempty" max:"64" doc:"npx and go: exact versions of dependencies that replace what the package asks for; for go they can only be higher."`
	Constraints    []Constraint      `yaml:"constraints" json:"constraints,omitempty" max:"64" doc:"uvx only: version requirements that hold for dependencies."`
	Yanked         []Yanked          `yaml:"yanked" json:"yanked,omitempty" max:"64" doc:"uvx and go: releases that their publishers withdrew and that are used all the same."`
	SourceDists    []SourceDist      `yaml:"source_distributions" json:"source_distributions,omitempty" max:"16" doc:"uvx only: packages that are built from their source distributions. All others come as wheels or not at all."`
	SystemPackages []string          `yaml:"system_packages" json:"system_packages,omitempty" rule:"debian-name" max:"64" items:"128" doc:"Debian packages the server needs at run time, such as git."`
	Entrypoint     string            `yaml:"entrypoint" json:"entrypoint,omitempty" rule:"bin-name" max:"128" example:"context7-mcp" doc:"Which of the package's executables is the server. Needed only when it has several."`
}

// Override pins one dependency, wherever it is in the tree. For Go the package "go" stands for the toolchain.
type Override struct {
	Package string `yaml:"package" json:"package" need:"always" max:"214" example:"undici" doc:"npm name of the dependency; for go the path of its module, or go for the Go toolchain."`
	Version string `yaml:"version" json:"version" need:"always" max:"128" example:"7.16.0" doc:"Its exact version."`
	Reason  string `yaml:"reason" json:"reason" need:"strict" rule:"reason" prose:"lines" min:"20" max:"4000" doc:"Why the package's own choice is not used."`
}

// Constraint bounds the version of one Python dependency.
type Constraint struct {
	Spec   string `yaml:"spec" json:"spec" need:"always" rule:"pypi-requirement" max:"256" example:"mcp>=1.10,<2" doc:"Requirement: name, optional extras, version specifiers. No markers, no addresses."`
	Reason string `yaml:"reason" json:"reason" need:"strict" rule:"reason" prose:"lines" min:"20" max:"4000" doc:"Why the package's own choice is not used."`
}

// Yanked is a release that its publisher withdrew (PEP 592; for Go the directive retract), and that is wanted all the same.
type Yanked struct {
	Package string `yaml:"package" json:"package" need:"always" max:"214" example:"attrs" doc:"PyPI name of the project, which may be the server itself; for go the path of the server's module."`
	Version string `yaml:"version" json:"version" need:"always" max:"128" example:"21.1.0" doc:"Its exact version."`
	Reason  string `yaml:"reason" json:"reason" need:"strict" rule:"reason" prose:"lines" min:"20" max:"4000" doc:"Why it was withdrawn, and why that does not matter here."`
}

// SourceDist is a PyPI package that is published without a wheel and is built here, offline, from its source distribution.
type SourceDist struct {
	Package       string   `yaml:"package" json:"package" need:"always" max:"214" example:"docopt" doc:"PyPI name of the project, which may be the server itself."`
	BuildRequires []string `yaml:"build_requires" json:"build_requires,omitempty" rule:"pypi-build-requirement" max:"16" items:"256" doc:"Requirements of its build besides those it declares, or bounds on them, such as setuptools<58."`
	Reason        string   `yaml:"reason" json:"reason" need:"strict" rule:"reason" prose:"lines" min:"20" max:"4000" doc:"Why code of the package may run when it is built."`
}

// Provenance is what the package's attestations are compared with.
type Provenance struct {
	RepositoryURI string        `yaml:"repository_uri" json:"repository_uri,omitempty" rule:"https-uri" max:"512" example:"https://github.com/upstash/context7" doc:"Source repository, https."`
	RepositoryRef string        `yaml:"repository_ref" json:"repository_ref,omitempty" rule:"git-ref" max:"256" example:"refs/tags/v1.0.31" doc:"Tag, branch or commit that the version was made from."`
	Attestations  *Attestations `yaml:"attestations" json:"attestations,omitempty" doc:"The package's signed provenance, as far as it has one."`
}

// Attestations tells which signed provenance must be there. Absent means: none is expected, and one that is found is verified all the same.
type Attestations struct {
	Available bool       `yaml:"available" json:"available" doc:"The registry has attestations for the version. From then on their absence blocks."`
	Verified  bool       `yaml:"verified" json:"verified" doc:"Verification succeeded when the version was reviewed. From then on its failure blocks."`
	Publisher *Publisher `yaml:"publisher" json:"publisher,omitempty" doc:"Identity that must have signed."`
}

// Publisher is the identity of a trusted publisher (PEP 740, npm trusted publishing).
type Publisher struct {
	Kind       string `yaml:"kind" json:"kind" need:"strict" enum:"GitHub,GitLab,Google,ActiveState" example:"GitHub" doc:"Service that ran the publishing workflow."`
	Repository string `yaml:"repository" json:"repository" need:"strict" rule:"repository" max:"256" example:"upstash/context7" doc:"Repository of the workflow: OWNER/NAME."`
	Workflow   string `yaml:"workflow" json:"workflow,omitempty" need:"strict" rule:"workflow" max:"256" example:".github/workflows/release.yml" doc:"File of the workflow; for GitHub its folder may be left out."`
}

// Security tunes the MCP scan of this server.
type Security struct {
	AllowedIssues  []AllowedIssue  `yaml:"allowed_issues" json:"allowed_issues,omitempty" max:"256" doc:"Findings that were looked at and do not block."`
	MockEnv        []MockEnv       `yaml:"mock_env" json:"mock_env,omitempty" max:"64" doc:"Environment for the scan only, so that a server that wants credentials starts."`
	InsecureIgnore *InsecureIgnore `yaml:"insecure_ignore" json:"insecure_ignore,omitempty" doc:"Publish although the server cannot be started and scanned. Needs the reason: as text, or as a mapping with the key reason."`
}

// AllowedIssue lets a finding pass. Tool and Fingerprint narrow it; empty means any.
type AllowedIssue struct {
	Code        string `yaml:"code" json:"code" need:"always" rule:"issue-code" max:"64" example:"AITech-8.2" doc:"Code of the finding."`
	Reason      string `yaml:"reason" json:"reason" need:"strict" rule:"reason" prose:"lines" min:"20" max:"4000" doc:"Why it does not matter here, for the next reviewer."`
	Tool        string `yaml:"tool" json:"tool,omitempty" max:"128" doc:"Holds for this tool only."`
	Expires     string `yaml:"expires" json:"expires,omitempty" rule:"date" max:"10" example:"2027-03-31" doc:"Last day (UTC) on which it holds."`
	Fingerprint string `yaml:"fingerprint" json:"fingerprint,omitempty" rule:"fingerprint" max:"128" doc:"Holds only while the finding has this fingerprint."`
}

// MockEnv is one variable that the server gets while its surface is captured, and never in the image.
type MockEnv struct {
	Name        string `yaml:"name" json:"name" need:"always" rule:"env-name" max:"128" example:"CONTEXT7_API_KEY" doc:"Name of the variable."`
	Value       string `yaml:"value" json:"value" need:"strict" max:"4096" example:"mock-key-for-scanning" doc:"A made-up value, never a real credential."`
	Description string `yaml:"description" json:"description,omitempty" prose:"lines" max:"500" doc:"What the real variable is for."`
}

// InsecureIgnore lets a server pass whose scan could not run. Reason is empty only where a spec read in lax mode says a bare "true".
type InsecureIgnore struct {
	Reason string `yaml:"reason" json:"reason" need:"strict" rule:"reason" prose:"lines" min:"20" max:"4000" doc:"Why the server cannot be scanned."`
}

// Ref names the exact upstream package, "npm:@upstash/context7-mcp@1.0.31"; the prefixes are npm, pypi and go.
func (s *Spec) Ref() string {
	return ecosystems[s.Metadata.Protocol].prefix + ":" + s.Package.Name + "@" + s.Package.Version
}

// ImageName is PREFIX/PROTOCOL/NAME without a tag. prefix is registry and path: "ghcr.io/owner/catalogue".
func (s *Spec) ImageName(prefix string) string {
	return strings.TrimRight(prefix, "/") + "/" + string(s.Metadata.Protocol) + "/" + s.Metadata.Name
}

// Problem makes a problem of a later check point at a field of this spec: "spec.version". A field that the file does not have points at what
// would hold it.
func (s *Spec) Problem(field, message, fix string) problem.Problem {
	return problem.Problem{File: s.file, Line: lineOf(s.lines, field), Field: field, Message: message, Fix: fix}
}

// WorkflowPath is the workflow's path in its repository: for GitHub with the folder that the spec may leave out.
func (p Publisher) WorkflowPath() string {
	if p.Kind == "GitHub" && p.Workflow != "" && !strings.Contains(p.Workflow, "/") {
		return path.Join(".github/workflows", p.Workflow)
	}
	return p.Workflow
}

// Expired tells whether the allowance no longer holds at a time. It holds through the whole of its last day, UTC; without one it never ends.
func (a AllowedIssue) Expired(at time.Time) bool {
	return a.Expires != "" && at.UTC().Format(time.DateOnly) > a.Expires
}
