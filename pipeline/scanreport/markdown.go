package scanreport

import (
	"fmt"
	"strings"

	"dagger/dockyard/pipeline/gate"
	"dagger/dockyard/pipeline/report"
	"dagger/dockyard/pipeline/spec"
)

// MaxMarkdown bounds the Markdown form in bytes. GitHub takes comments of up to 65,536 characters; the rest is for a line or two of the caller.
const MaxMarkdown = 64_000

// reserve is kept for the lines that tell what was left out: one for the report and one for each server with something shown.
const (
	reserve       = 1000
	reserveServer = 160
)

// Levels of the parts of a report, in the order in which they get their place.
const (
	levelHead = iota
	levelBlocking
	levelNote
	levelDetail
	levelWarning
	levelAllowed
	levelCoverage
	levels
)

// chunk is a part of a report that is shown as a whole or left out.
type chunk struct {
	level int
	text  string
	kept  bool
}

// Markdown is the report for a pull request: the servers, worst first. Where the bound does not hold everything, what matters less is left out, and
// the report says so.
func (r Report) Markdown() string {
	head := fmt.Sprintf("## MCP Security Scan Results\n\n- **Status**: %s\n- **Servers**: %d\n", r.Status(), len(r.verdicts))
	sections := make([][]*chunk, len(r.verdicts))
	for i, v := range r.verdicts {
		sections[i] = section(v)
	}
	choose(sections, MaxMarkdown-len(head)-reserve)
	var b strings.Builder
	b.WriteString(head)
	servers, parts := 0, 0
	for i, chunks := range sections {
		if !chunks[0].kept {
			servers++
			continue
		}
		n := 0
		for _, c := range chunks {
			if c.kept {
				b.WriteString(c.text)
			} else {
				n++
			}
		}
		if parts += n; n > 0 {
			fmt.Fprintf(&b, "\n*%d parts of this section are left out.* All: `dagger call scan --server=%s json`\n", n, serverName(r.verdicts[i].Server))
		}
	}
	if servers+parts > 0 {
		fmt.Fprintf(&b, "\n---\n\n**Left out, because a comment has a bound:** %d servers and %d findings or other parts, the least severe. Everything is in the `json` form.\n", servers, parts)
	}
	return b.String()
}

// choose keeps the chunks that fit, level by level. What stands below a head that was left out is left out too.
func choose(sections [][]*chunk, room int) {
	for level := range levels {
		full := false
		for _, chunks := range sections {
			for _, c := range chunks {
				if c.level != level || full || level != levelHead && !chunks[0].kept {
					continue
				}
				need := len(c.text)
				if level == levelHead {
					need += reserveServer
				}
				if need > room {
					full = level != levelDetail // details differ in size: a smaller one may fit
					continue
				}
				room -= need
				c.kept = true
			}
		}
	}
}

// section is the parts of one server in the order they are shown, its head first.
func section(v gate.Verdict) (out []*chunk) {
	add := func(level int, text string) { out = append(out, &chunk{level: level, text: text}) }
	found, tools := fmt.Sprint(len(v.Blocking)), fmt.Sprint(v.Tools)
	if v.Status == gate.NotScanned {
		if v.Tools > 0 {
			tools += " (not by every analyzer)"
		}
		found += " (NOT SCANNED: nothing is known of what was not looked at)"
	}
	add(levelHead, fmt.Sprintf("\n### %s\n\n- **Status**: %s\n- **Tools scanned**: %s\n- **Vulnerabilities found**: %s\n", title(v.Server), report.Prose(v.Status), tools, found))
	for i, n := range v.Notes {
		label := "Note"
		if n.Blocks {
			label = "Blocks"
		}
		text := fmt.Sprintf("- **%s %s**: %s", label, n.Code, report.Prose(report.Line(n.Message, maxMessage)))
		if n.Fix != "" {
			text += "; " + advice(n.Fix)
		}
		add(levelNote, lead(i, "")+text+"\n")
	}
	for i, f := range v.Blocking {
		add(levelBlocking, lead(i, "**Security issues detected:**")+bullet(f))
		if d := details(f); d != "" {
			add(levelDetail, d)
		}
	}
	for i, f := range v.Warnings {
		add(levelWarning, lead(i, "**Warnings (they do not block):**")+bullet(f)+details(f))
	}
	for i, f := range v.Allowed {
		add(levelAllowed, lead(i, "**Allowed by the spec:**")+bullet(f))
	}
	add(levelCoverage, "\n**Coverage:** "+report.Prose(report.Line(coverage(v), 2*maxMessage))+
		fmt.Sprintf(". %d prompts, %d resources and %d resource templates.\n", v.Prompts, v.Resources, v.ResourceTemplates))
	if lines := stderr(v); lines != "" {
		add(levelCoverage, "\nThe server's standard error ends with:\n\n"+report.Fenced(lines, "text", ""))
	}
	return out
}

func lead(i int, heading string) string {
	switch {
	case i > 0:
		return ""
	case heading == "":
		return "\n"
	}
	return "\n" + heading + "\n\n"
}

// title is the name of a server in a heading. Names of a catalogue are harmless; others become code.
func title(name string) string {
	if spec.ValidName(name) {
		return name
	}
	return report.Code(report.Line(name, maxName))
}

func serverName(name string) string {
	if spec.ValidName(name) {
		return name
	}
	return "NAME"
}
