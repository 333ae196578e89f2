package crossorigin

import (
	"strings"

	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/stage/mcpscan/fields"
	"dagger/dockyard/pipeline/stage/mcpscan/prose"
)

// wellKnown are names of servers that many clients use, as users know them.
var wellKnown = []string{"filesystem", "github", "gitlab", "slack", "postgres", "playwright", "puppeteer", "context7", "sequential-thinking", "brave-search", "notion", "atlassian", "kubernetes", "terraform",
	"grafana", "sentry", "stripe", "supabase", "mongodb", "elasticsearch", "firecrawl", "google-drive", "cloudflare", "figma", "zapier", "hubspot", "salesforce", "snowflake", "markitdown", "desktop-commander"}

// lookalikes finds a server whose name is one letter, or a look-alike letter, away from a well-known one or one of the set or catalogue.
func (a *analysis) lookalikes(others []Set) {
	own := bare(a.own.Server)
	if len(own) < 5 {
		return
	}
	names := append([]string{}, wellKnown...)
	for _, o := range others {
		names = append(names, o.Server)
	}
	for _, n := range names {
		if bare(n) == own {
			return // it is that server, or says so openly
		}
	}
	for _, n := range names {
		other := bare(n)
		if len(other) < 5 || distance(own, other) != 1 && skeleton(own) != skeleton(other) {
			continue
		}
		a.out = append(a.out, finding.Finding{Rule: "crossorigin.lookalike", Code: "E002", Severity: finding.Medium, Category: finding.CrossOrigin, AITech: "AITech-12.1", AISubtech: "AISubtech-12.1.5",
			Analyzer: Name, Server: a.own.Server, Kind: fields.Server, Field: "serverInfo.name", Message: "the server's name looks like " + n, Evidence: prose.Line(a.own.Server),
			Fingerprint: finding.Fingerprint("crossorigin.lookalike", a.own.Server+"\n"+n)})
		return
	}
}

// bare is a server's name in lower case without the words that many names share.
func bare(s string) string {
	s = strings.ToLower(s)
	for _, w := range []string{"mcp-server-", "server-", "-mcp-server", "-server", "-mcp", "mcp-"} {
		if strings.HasPrefix(w, "-") {
			s = strings.TrimSuffix(s, w)
		} else {
			s = strings.TrimPrefix(s, w)
		}
	}
	return s
}
