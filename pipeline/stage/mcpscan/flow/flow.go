// Package flow finds toxic flows: sets of tools, each harmless, that together let a stranger's text reach private data and carry it out (TF001),
// or reach a destructive action (TF002).
package flow

import (
	"fmt"
	"sort"
	"strings"

	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/stage/mcpscan/fields"
	"dagger/dockyard/pipeline/stage/mcpscan/prose"
)

// Name of this analyzer.
const Name = "flow"

// Set is one server with its items.
type Set struct {
	Server string
	Items  []prose.Item
}

type kind struct {
	rule, code, aitech, aisubtech, message string
	roles                                  []Role
}

var kinds = []kind{
	{"flow.leak", "TF001", "AITech-8.2", "AISubtech-8.2.3", "untrusted content can reach private data and a public sink", []Role{Untrusted, Private, Sink}},
	{"flow.destructive", "TF002", "AITech-9.1", "AISubtech-9.1.2", "untrusted content can reach a destructive action", []Role{Untrusted, Destructive}},
}

// Analyze judges the server itself and, with others given, the set. A server whose own roles complete a flow is a warning, because that is
// what a mail client or a browser is for; it is HIGH when its tools belong to unrelated products. A flow that only the set completes, and
// in which the server takes part, is HIGH.
func Analyze(own Set, others []Set) []finding.Finding {
	mine := classifyAll(own)
	var out []finding.Finding
	all := append([]tool{}, mine...)
	var sets [][]tool
	for _, o := range others {
		list := classifyAll(o)
		sets = append(sets, list)
		all = append(all, list...)
	}
	for _, k := range kinds {
		if path := cover(mine, k.roles); path != nil {
			out = append(out, within(own, k, mine, path))
			continue
		}
		if len(others) == 0 || alone(sets, k.roles) {
			continue
		}
		if path := cover(all, k.roles); path != nil && takesPart(path, mine, k.roles) {
			path = preferOwn(mine, path, k.roles)
			out = append(out, report(own.Server, k, finding.High, path, "servers of this set together: "+k.message))
		}
	}
	return out
}

func classifyAll(s Set) []tool {
	var out []tool
	for _, it := range s.Items {
		if it.Kind == fields.Tool {
			out = append(out, classify(s.Server, it))
		}
	}
	return out
}

// cover picks a tool for every role, the first of each in the order of the list; nil when a role has none.
func cover(list []tool, roles []Role) []tool {
	var path []tool
	for _, r := range roles {
		i := first(list, r)
		if i < 0 {
			return nil
		}
		path = append(path, list[i])
	}
	return path
}

func first(list []tool, r Role) int {
	best := -1
	for i, t := range list {
		if t.roles&r == 0 {
			continue
		}
		if best < 0 || ones(t.roles) < ones(list[best].roles) { // the tool that plays this role only says it most clearly
			best = i
		}
	}
	return best
}

func ones(r Role) int {
	n := 0
	for ; r != 0; r &= r - 1 {
		n++
	}
	return n
}

// alone tells whether another server completes the flow without help: then the set adds nothing to what that server is for.
func alone(sets [][]tool, roles []Role) bool {
	for _, s := range sets {
		if cover(s, roles) != nil {
			return true
		}
	}
	return false
}

func takesPart(path, mine []tool, roles []Role) bool {
	for _, r := range roles {
		if first(mine, r) >= 0 {
			return true
		}
	}
	return false
}

// preferOwn shows the server's own tool wherever it has the role.
func preferOwn(mine, path []tool, roles []Role) []tool {
	out := append([]tool{}, path...)
	for i, r := range roles {
		if j := first(mine, r); j >= 0 {
			out[i] = mine[j]
		}
	}
	return out
}

// within reports a flow inside one server.
func within(own Set, k kind, mine, path []tool) finding.Finding {
	if a := unrelated(own, mine, k.roles); len(a) > 1 {
		return report(own.Server, k, finding.High, path, fmt.Sprintf("one server bundles tools of unrelated products (%s): %s", strings.Join(a, ", "), k.message))
	}
	return report(own.Server, k, finding.Medium, path, "what this server is for includes a flow: "+k.message)
}

// unrelated lists the product families of the tools that play the roles when none of them completes the flow alone and the server is no
// product of its own. Tools of an unknown family belong to every one.
func unrelated(own Set, mine []tool, roles []Role) []string {
	var mask Role
	for _, r := range roles {
		mask |= r
	}
	families := map[string][]tool{}
	var unknown []tool
	product := false
	for _, t := range merged(mine) {
		switch {
		case t.roles&mask == 0:
		case t.domain == "":
			unknown = append(unknown, t)
		default:
			families[t.domain] = append(families[t.domain], t)
			product = product || isProduct(t.domain)
		}
	}
	if len(families) < 2 || !product && len(mine) > manyTools || branded(own) {
		return nil
	}
	var list []string
	for f, tools := range families {
		if cover(append(append([]tool{}, tools...), unknown...), roles) != nil {
			return nil
		}
		list = append(list, f)
	}
	sort.Strings(list)
	return list
}

// manyTools is the size from which kinds of data alone, without a product's name, say too little about a server.
const manyTools = 8

// merged gives tools that name a kind of data the family of the one product whose kind that is.
func merged(list []tool) []tool {
	owner := map[string]string{}
	for _, t := range list {
		for _, kind := range productKinds[t.domain] {
			if old, in := owner[kind]; in && old != t.domain {
				owner[kind] = kind // several products handle it
			} else if !in {
				owner[kind] = t.domain
			}
		}
	}
	out := append([]tool{}, list...)
	for i := range out {
		if f, in := owner[out[i].domain]; in {
			out[i].domain = f
		}
	}
	return out
}

// branded tells whether the server's name is a product that its tools speak of, so that they belong together.
func branded(own Set) bool {
	words := map[string]bool{}
	for _, w := range prose.Words(own.Server) {
		if len(w) > 2 && !generic[w] {
			words[w] = true
		}
	}
	if isProduct(domain(words)) {
		return true
	}
	tools, shared := 0, 0
	prefixes := map[string]int{}
	for _, it := range own.Items {
		if it.Kind != fields.Tool {
			continue
		}
		tools++
		name := prose.Words(it.PlainName())
		if len(name) > 1 && verbKinds[name[0]] == 0 {
			prefixes[name[0]]++
		}
		for _, w := range append(name, prose.Words(summary(it.PlainDescription()))...) {
			if words[w] {
				shared++
				break
			}
		}
	}
	for _, n := range prefixes {
		if n*2 > tools {
			return true
		}
	}
	return tools > 0 && shared*2 >= tools
}

var generic = map[string]bool{"mcp": true, "server": true, "tools": true, "tool": true, "assistant": true, "helper": true, "utils": true, "toolkit": true, "toolbox": true, "small": true, "demo": true, "agent": true,
	"the": true, "api": true, "remote": true, "local": true, "client": true, "suite": true, "hub": true, "service": true, "all": true, "one": true, "office": true, "ops": true, "dev": true}

func report(server string, k kind, sev finding.Severity, path []tool, message string) finding.Finding {
	f := finding.Finding{Rule: k.rule, Code: k.code, Severity: sev, Category: finding.ToxicFlow, AITech: k.aitech, AISubtech: k.aisubtech, Analyzer: Name,
		Server: server, Kind: fields.Server, Message: message}
	var parts []string
	for i, t := range path {
		f.Path = append(f.Path, finding.Step{Role: roleNames[k.roles[i]], Server: t.server, Tool: t.name})
		parts = append(parts, fmt.Sprintf("%s: %s/%s", roleNames[k.roles[i]], t.server, t.name))
	}
	f.Evidence = prose.Line(strings.Join(parts, " → "))
	f.Fingerprint = finding.Fingerprint(k.rule, strings.Join(parts, "\n"))
	return f
}
