package spec

import (
	"fmt"
	"strings"
	"time"
)

// checkProvenance looks for expectations that contradict each other or bind nothing.
func (c *collector) checkProvenance(s *Spec) {
	p := s.Provenance
	if _, given := c.lines["provenance.repository_uri"]; !given {
		c.warn("provenance.repository_uri", "is missing: nothing says which repository the package should come from", "add it, unless the source is not public")
	}
	c.checkTag(p.RepositoryRef, s.Package.Version)
	a := p.Attestations
	if a == nil {
		return
	}
	const field = "provenance.attestations"
	if s.Metadata.Protocol == Go && (a.Available || a.Verified) {
		c.fail(field, "expects attestations, and Go modules have none, so no build could meet it: what vouches for them is the log of the checksum database",
			"remove attestations; repository_uri is compared with the path of the module")
		return
	}
	if a.Verified && !a.Available && !c.reported(field+".available") {
		c.strict(field+".verified", "got true, but available is not", "set available: true, or verified: false")
	}
	if a.Available && a.Publisher == nil && p.RepositoryURI == "" {
		c.strict(field, "attestations are expected, but nothing says whose", "add publisher or provenance.repository_uri")
	}
	if a.Publisher != nil && strings.EqualFold(a.Publisher.Kind, "GitHub") {
		c.checkGitHub(field+".publisher", *a.Publisher)
	}
}

// checkTag warns about a tag of another version. Which tags a project makes is its own affair, so this never blocks.
func (c *collector) checkTag(ref, version string) {
	tag, ok := strings.CutPrefix(ref, "refs/tags/")
	bare := strings.TrimPrefix(version, "v")
	if ok && bare != "" && !c.reported("provenance.repository_ref") && !strings.Contains(tag, bare) {
		c.warn("provenance.repository_ref", fmt.Sprintf("tag %s does not name version %s", quote(tag), quote(version)), "set it to the tag of this version")
	}
}

// checkGitHub: repositories there have one owner, and workflows live in one folder.
func (c *collector) checkGitHub(field string, p Publisher) {
	if strings.Count(p.Repository, "/") > 1 {
		c.fail(field+".repository", fmt.Sprintf("got %s, want OWNER/NAME", quote(p.Repository)), "")
	}
	w := p.WorkflowPath()
	rest, inside := strings.CutPrefix(w, ".github/workflows/")
	if w != "" && !c.reported(field+".workflow") && (!inside || strings.Contains(rest, "/")) {
		c.fail(field+".workflow", fmt.Sprintf("got %s, want a file in .github/workflows", quote(p.Workflow)), "")
	}
}

func (c *collector) checkSecurity(s *Spec) {
	const field = "security.allowed_issues"
	for i, a := range s.Security.AllowedIssues {
		path := fmt.Sprintf("%s[%d]", field, i)
		if a.Tool != "" && c.lax {
			c.warn(path+".tool", fmt.Sprintf("older catalogues did not read it; here the allowance holds for %s only", quote(a.Tool)),
				"leave it out to allow the code for every tool")
		}
		if rules["date"].pattern.MatchString(a.Expires) {
			if _, err := time.Parse(time.DateOnly, a.Expires); err != nil {
				c.fail(path+".expires", fmt.Sprintf("got %s, want a day of the calendar", quote(a.Expires)), "")
			}
		}
	}
	once(c, field, s.Security.AllowedIssues, func(a AllowedIssue) string {
		if a.Code == "" {
			return ""
		}
		return a.Code + "\x00" + a.Tool + "\x00" + a.Fingerprint
	})
}
