package catalogue

import (
	"fmt"
	"regexp"
	"strings"

	"dagger/dockyard/pipeline/spec"
)

// tableHead is what stands above the table.
const tableHead = `# Catalogue

Generated from the specs below servers/; after a change run ` + "`go test ./pipeline/catalogue -update`" + `.

The repository is where the package is expected to come from; who must have attested it stands beside it where that is known. Credentials are the
variables that a server wants for its work; images hold none.

`

// Markdown is the catalogue as a document with one table, a row for each server in the order of their ids. Texts of specs are escaped, so that
// they cannot become markup (CommonMark 0.31, section 2.4). A server whose spec has blocking problems says so instead.
func (c *Catalogue) Markdown() string {
	var b strings.Builder
	b.WriteString(tableHead)
	b.WriteString("| name | protocol | package | version | description | provenance expected | system packages | credentials |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|\n")
	shared := c.sharedIDs()
	for _, s := range c.Servers {
		b.WriteString("| " + strings.Join(s.cells(shared[s.ID]), " | ") + " |\n")
	}
	fmt.Fprintf(&b, "\n%d servers: %s.\n", len(c.Servers), strings.Join(c.counts(), ", "))
	return b.String()
}

// cells is the row of a server.
func (s Server) cells(shared bool) []string {
	row := s.row(shared)
	for i, text := range row {
		row[i] = markdown(text)
	}
	if s.Spec == nil {
		return append(row, "-", "-", "-")
	}
	var credentials []string
	for _, m := range s.Spec.Security.MockEnv {
		credentials = append(credentials, m.Name)
	}
	return append(row, provenance(s.Spec.Provenance), listOf(s.Spec.Package.SystemPackages), listOf(credentials))
}

// provenance tells the repository and who must have attested the package.
func provenance(p spec.Provenance) string {
	out := "-"
	if p.RepositoryURI != "" {
		out = link(p.RepositoryURI)
	}
	a := p.Attestations
	switch {
	case a == nil || !a.Available:
		return out
	case a.Publisher == nil:
		return out + ", attested"
	}
	return out + ", attested by " + markdown(strings.Join([]string{a.Publisher.Kind, a.Publisher.Repository, a.Publisher.WorkflowPath()}, " "))
}

// plainAddress is an address without a character that means something in Markdown.
var plainAddress = regexp.MustCompile(`^https://([A-Za-z0-9./_~-]+)$`)

func link(address string) string {
	m := plainAddress.FindStringSubmatch(address)
	if m == nil {
		return markdown(address)
	}
	return "[" + markdown(m[1]) + "](" + address + ")"
}

func listOf(names []string) string {
	if len(names) == 0 {
		return "-"
	}
	return markdown(strings.Join(names, ", "))
}

// counts are how many servers each protocol has, of those that can be read.
func (c *Catalogue) counts() []string {
	n := map[spec.Protocol]int{}
	for _, s := range c.Servers {
		if s.Spec != nil {
			n[s.Spec.Metadata.Protocol]++
		}
	}
	var out []string
	for _, p := range []spec.Protocol{spec.NPX, spec.UVX, spec.Go} {
		out = append(out, fmt.Sprintf("%d %s", n[p], p))
	}
	return out
}

// markup are the characters that can begin something in the cell of a table.
var markup = regexp.MustCompile("[\\\\`*_{}\\[\\]<>#|~&!:@]")

// markdown makes a text plain in a table's cell. An @ or a colon would make some readers see a mention or an address.
func markdown(s string) string {
	return markup.ReplaceAllString(escape(s), `\$0`)
}
