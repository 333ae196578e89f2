package attest

import (
	"strings"

	"dagger/dockyard/pipeline/provenance"
	"dagger/dockyard/pipeline/stage/provenance/verdict"
)

// Expectations are what the identity of a package's builder is compared with. Empty fields expect nothing.
type Expectations struct {
	Repository string // https address, or OWNER/NAME at the forge of the identity
	Ref        string // "refs/tags/v1", "refs/heads/main", a commit, or a bare name of a tag or branch
	Workflow   string // file in the repository; at GitHub ".github/workflows/" may be left out
	Kind       string // GitHub, GitLab or Google
	Publisher  string // repository of the publisher, OWNER/NAME; for Google the e-mail address
}

// Any tells whether anything is expected.
func (e Expectations) Any() bool { return e != Expectations{} }

// Check compares an identity and adds what differs to a verdict, each as a MISMATCH.
func (e Expectations) Check(d *verdict.Draft, check string, id Identity) {
	differs := func(code, what, got, want string) {
		d.Fail(provenance.Mismatch, check, code, "the certificate names %s %q, want %q", what, got, want)
	}
	if e.Kind != "" && !strings.EqualFold(e.Kind, id.Kind) {
		differs("PUBLISHER", "the issuer", id.Issuer, e.Kind)
	}
	if e.Repository != "" && !SameRepository(id.Repository, id.address(e.Repository)) {
		differs("REPOSITORY", "the repository", id.Repository, id.address(e.Repository))
	}
	if e.Publisher != "" {
		if got := id.Email; id.Kind == "Google" && got != e.Publisher {
			differs("PUBLISHER", "the publisher", got, e.Publisher)
		} else if id.Kind != "Google" && !SameRepository(id.Repository, id.address(e.Publisher)) {
			differs("PUBLISHER", "the publisher's repository", id.Repository, id.address(e.Publisher))
		}
	}
	if e.Workflow != "" && id.Workflow != id.file(e.Workflow) {
		differs("WORKFLOW", "the workflow", id.Workflow, id.file(e.Workflow))
	}
	e.checkRef(d, id, differs)
}

// checkRef: a commit must be that commit, and a tag or branch must not be another tag or branch. A build of a branch whose commit is also
// tagged is no contradiction, so refs of two kinds are only noted.
func (e Expectations) checkRef(d *verdict.Draft, id Identity, differs func(code, what, got, want string)) {
	kind := func(ref string) string {
		parts := strings.SplitN(ref, "/", 3)
		if len(parts) == 3 && parts[0] == "refs" {
			return parts[1]
		}
		return ""
	}
	switch {
	case e.Ref == "" || e.Ref == id.Ref || strings.EqualFold(e.Ref, id.Commit):
	case isCommit(e.Ref):
		differs("COMMIT", "the commit", id.Commit, e.Ref)
	case kind(e.Ref) == "" && strings.HasSuffix(id.Ref, "/"+e.Ref):
	case kind(e.Ref) == kind(id.Ref):
		differs("REF", "the ref", id.Ref, e.Ref)
	default:
		d.Note("REF", "it was built from %s, and the spec names %s: whether both are one commit is not known here", id.Ref, e.Ref)
	}
}

func isCommit(s string) bool {
	return (len(s) == 40 || len(s) == 64) && strings.Trim(strings.ToLower(s), "0123456789abcdef") == ""
}

// address completes OWNER/NAME to the address at the identity's forge.
func (id Identity) address(repository string) string {
	if strings.Contains(repository, "://") {
		return repository
	}
	if id.Kind == "GitLab" {
		return GitLab + "/" + repository
	}
	return "https://github.com/" + repository
}

// file completes the name of a GitHub workflow by its folder.
func (id Identity) file(workflow string) string {
	if id.Kind != "GitLab" && !strings.Contains(workflow, "/") {
		return ".github/workflows/" + workflow
	}
	return workflow
}
