package attest

import (
	"fmt"
	"net/url"
	"strings"

	"dagger/dockyard/pipeline/provenance"
)

// OIDC issuers whose identities publish packages, as they stand in certificates.
const (
	GitHub = "https://token.actions.githubusercontent.com"
	GitLab = "https://gitlab.com"
	Google = "https://accounts.google.com"
)

var kinds = map[string]string{GitHub: "GitHub", GitLab: "GitLab", Google: "Google"}

// Identity is who signed, as the certificate says (Fulcio, "OID information").
type Identity struct {
	Kind       string // GitHub, GitLab or Google; "" for any other issuer
	Issuer     string
	Repository string // https address
	Ref        string
	Commit     string
	Workflow   string // file in the repository; "" when the certificate does not tell
	Signer     string // the workflow that held the identity, with repository and ref
	Runner     string
	Run        string
	Email      string // of a person or a service account
}

// Identify reads a certificate. Those from before mid-2023 have the fields .1 to .6 only: repository, ref and commit of GitHub, and the
// workflow in the subject's name.
func Identify(c *Certificate) Identity {
	id := Identity{
		Kind: kinds[c.Issuer], Issuer: c.Issuer, Repository: c.SourceRepositoryURI, Ref: c.SourceRepositoryRef, Commit: c.SourceRepositoryDigest,
		Signer: c.BuildSignerURI, Runner: c.RunnerEnvironment, Run: c.RunInvocationURI,
	}
	config := c.BuildConfigURI
	if id.Kind == "GitHub" && id.Repository == "" && c.GithubWorkflowRepository != "" {
		id.Repository = "https://github.com/" + c.GithubWorkflowRepository
		id.Ref, id.Commit, id.Signer = c.GithubWorkflowRef, c.GithubWorkflowSHA, c.SubjectAlternativeName
		config = c.SubjectAlternativeName
	}
	if id.Kind == "Google" {
		id.Email = c.SubjectAlternativeName
	}
	id.Workflow = workflowFile(config, id)
	return id
}

// workflowFile takes the file out of REPOSITORY/FILE@REF (GitHub) or REPOSITORY//FILE@REF (GitLab), where REF may also be the commit. "" is
// any other form, and a workflow of another repository.
func workflowFile(config string, id Identity) string {
	rest, ok := strings.CutPrefix(config, id.Repository+"/")
	if !ok || id.Repository == "" {
		return ""
	}
	if id.Kind == "GitLab" {
		if rest, ok = strings.CutPrefix(rest, "/"); !ok {
			return ""
		}
	}
	for _, at := range []string{id.Ref, id.Commit} {
		if file, ok := strings.CutSuffix(rest, "@"+at); ok && at != "" {
			return file
		}
	}
	return ""
}

// Fill writes the identity and the signature's place in the log into a verdict's facts.
func (id Identity) Fill(v *provenance.Verdict, s *Signed) {
	v.Repository, v.Ref, v.Commit, v.Workflow = id.Repository, id.Ref, id.Commit, id.Workflow
	v.Issuer, v.Runner, v.Signer, v.Run = id.Issuer, id.Runner, id.Signer, id.Run
	index := s.LogIndex
	v.LogIndex, v.SignedAt = &index, s.At.Format("2006-01-02T15:04:05Z")
}

// SameRepository compares addresses of repositories. Owners and names at GitHub and GitLab are the same in any case of letters; anything else
// must be equal to the letter. "git+", ".git" and a slash at the end do not count.
func SameRepository(a, b string) bool {
	x, y := plainRepository(a), plainRepository(b)
	if strings.HasPrefix(x, "https://github.com/") || strings.HasPrefix(x, "https://gitlab.com/") {
		return strings.EqualFold(x, y)
	}
	return x == y
}

func plainRepository(s string) string {
	s = strings.TrimPrefix(s, "git+")
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return s
	}
	u.Host = strings.ToLower(u.Host)
	u.Path = strings.TrimSuffix(strings.TrimRight(u.Path, "/"), ".git")
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}

// SubjectIs checks that the statement has one subject, with this name.
func (s *Signed) SubjectIs(name string) error {
	if n := len(s.Statement.GetSubject()); n != 1 {
		return fmt.Errorf("the statement has %d subjects, want one", n)
	}
	if got := s.Statement.GetSubject()[0].GetName(); got != name {
		return fmt.Errorf("the statement is for %.200q, want %q", got, name)
	}
	return nil
}
