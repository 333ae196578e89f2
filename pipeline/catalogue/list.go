package catalogue

import (
	"fmt"
	"strings"

	"dagger/dockyard/pipeline/problem"
)

// DefaultWidth is the width of a list, in columns of a terminal, when none is asked for.
const DefaultWidth = 120

// minDescription is how many columns a description keeps on a narrow terminal.
const minDescription = 20

// List renders the catalogue for a terminal: a heading and a line for each server with its id, protocol, package, version and description.
// Descriptions are cut so that lines fit into width columns; 0 is DefaultWidth. A server whose spec has blocking problems says so instead.
func (c *Catalogue) List(width int) string {
	if width <= 0 {
		width = DefaultWidth
	}
	rows := [][]string{{"NAME", "PROTOCOL", "PACKAGE", "VERSION", "DESCRIPTION"}}
	shared := c.sharedIDs()
	for _, s := range c.Servers {
		rows = append(rows, s.row(shared[s.ID]))
	}
	last := len(rows[0]) - 1
	columns, used := make([]int, last), 0
	for i := range columns {
		for _, row := range rows {
			columns[i] = max(columns[i], displayWidth(row[i]))
		}
		used += columns[i] + len(gap)
	}
	var b strings.Builder
	for _, row := range rows {
		var line strings.Builder
		for i, size := range columns {
			line.WriteString(row[i] + strings.Repeat(" ", size-displayWidth(row[i])) + gap)
		}
		line.WriteString(cut(row[last], max(width-used, minDescription)))
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}

const gap = "  "

// row is what the list shows of a server. A shared id is shown as the path, which is what Find takes then.
func (s Server) row(shared bool) []string {
	name := s.ID
	if shared {
		name = s.Dir
	}
	if s.Spec == nil {
		return []string{escape(name), "-", "-", "-", problems(s.Found)}
	}
	m, p := s.Spec.Metadata, s.Spec.Package
	return []string{escape(name), escape(string(m.Protocol)), escape(p.Name), escape(p.Version), escape(m.Description)}
}

func problems(l problem.List) string {
	n := len(l.Blocking())
	if n == 1 {
		return "(1 problem, see: dagger call validate)"
	}
	return fmt.Sprintf("(%d problems, see: dagger call validate)", n)
}

func (c *Catalogue) sharedIDs() map[string]bool {
	seen, shared := map[string]bool{}, map[string]bool{}
	for _, s := range c.Servers {
		shared[s.ID] = seen[s.ID]
		seen[s.ID] = true
	}
	return shared
}
