// Package mcpscan judges the surface of an MCP server, offline and without a model: prompt injection, tool poisoning, toxic flows, cross-origin
// escalation and rug pulls. It reports; whether a finding blocks is for the policy to say.
package mcpscan

import (
	"context"
	"errors"
	"fmt"

	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/stage/mcpscan/crossorigin"
	"dagger/dockyard/pipeline/stage/mcpscan/drift"
	"dagger/dockyard/pipeline/stage/mcpscan/fields"
	"dagger/dockyard/pipeline/stage/mcpscan/flow"
	"dagger/dockyard/pipeline/stage/mcpscan/hidden"
	"dagger/dockyard/pipeline/stage/mcpscan/injection"
	"dagger/dockyard/pipeline/stage/mcpscan/offensive"
	"dagger/dockyard/pipeline/stage/mcpscan/prose"
	"dagger/dockyard/pipeline/stage/mcpscan/yara"
	"dagger/dockyard/pipeline/surface"
)

// Named is the surface of another server.
type Named struct {
	Name    string
	Surface *surface.Surface
}

// Input is what Analyze judges. Surface is required.
type Input struct {
	Server   string           // name for the findings; empty: what the server calls itself
	Surface  *surface.Surface // the server to judge
	Others   []Named          // servers that a client uses together with it: flows and steering across them count
	Known    []Named          // other servers of the catalogue: imitation of them and orders about them count, flows do not
	Previous *surface.Surface // the approved surface; nil: drift is skipped
	Rules    []*yara.Rules    // rules of the user; none: that analyzer is skipped
}

// Analyze runs every analyzer. The findings are those of in.Server. An item that cannot be read fails the analyzers of texts, and the others go
// on. ctx ends the work between items; the result is then incomplete and says so.
func Analyze(ctx context.Context, in Input) finding.Result {
	if in.Server == "" {
		in.Server = in.Surface.Server.Name
	}
	s := in.Surface
	r := finding.Result{SchemaVersion: finding.SchemaVersion, Server: in.Server, Tools: len(s.Tools), Prompts: len(s.Prompts), Resources: len(s.Resources),
		ResourceTemplates: len(s.ResourceTemplates)}
	items, err := read(ctx, s)
	var findings []finding.Finding
	for _, a := range []struct {
		name string
		run  func(string, prose.Item) []finding.Finding
	}{{injection.Name, injection.Analyze}, {hidden.Name, hidden.Analyze}, {offensive.Name, offensive.Analyze}} {
		for _, it := range items {
			findings = append(findings, a.run(in.Server, it)...)
		}
		r.Analyzers = append(r.Analyzers, status(a.name, err))
	}
	set, setStatus := across(ctx, in, items, err)
	findings = append(findings, set...)
	r.Analyzers = append(r.Analyzers, setStatus...)
	drifted, driftStatus := drifts(in)
	findings = append(findings, drifted...)
	ruled, ruleStatus := rules(in, items, err)
	r.Analyzers = append(r.Analyzers, driftStatus, ruleStatus)
	r.Findings = finding.Sort(append(findings, ruled...))
	if r.Findings == nil {
		r.Findings = []finding.Finding{}
	}
	return r
}

func read(ctx context.Context, s *surface.Surface) ([]prose.Item, error) {
	list, err := fields.Walk(s)
	items := make([]prose.Item, 0, len(list))
	for _, it := range list {
		if ctx.Err() != nil {
			return items, errors.Join(err, ctx.Err())
		}
		items = append(items, prose.New(it))
	}
	return items, err
}

func status(name string, err error) finding.AnalyzerStatus {
	if err != nil {
		return finding.AnalyzerStatus{Name: name, Status: finding.StatusFailed, Reason: err.Error()}
	}
	return finding.AnalyzerStatus{Name: name, Status: finding.StatusCompleted}
}

// across runs the analyzers that look at several servers.
func across(ctx context.Context, in Input, items []prose.Item, err error) ([]finding.Finding, []finding.AnalyzerStatus) {
	own := flow.Set{Server: in.Server, Items: items}
	var together []flow.Set
	var all []crossorigin.Set
	for _, list := range []struct {
		named []Named
		known bool
	}{{in.Others, false}, {in.Known, true}} {
		for _, n := range list.named {
			other, e := read(ctx, n.Surface)
			if e != nil {
				err = errors.Join(err, fmt.Errorf("reading the surface of %s: %w", n.Name, e))
			}
			if !list.known {
				together = append(together, flow.Set{Server: n.Name, Items: other})
			}
			all = append(all, crossorigin.Set{Server: n.Name, Items: other, Wellknown: list.known})
		}
	}
	out := append(flow.Analyze(own, together), crossorigin.Analyze(crossorigin.Set{Server: in.Server, Items: items}, all)...)
	return out, []finding.AnalyzerStatus{status(flow.Name, err), status(crossorigin.Name, err)}
}

func drifts(in Input) ([]finding.Finding, finding.AnalyzerStatus) {
	if in.Previous == nil {
		return nil, finding.AnalyzerStatus{Name: drift.Name, Status: finding.StatusSkipped, Reason: "no approved surface to compare with"}
	}
	out, err := drift.Analyze(in.Server, in.Previous, in.Surface)
	return out, status(drift.Name, err)
}

func rules(in Input, items []prose.Item, err error) ([]finding.Finding, finding.AnalyzerStatus) {
	if len(in.Rules) == 0 {
		return nil, finding.AnalyzerStatus{Name: yara.Name, Status: finding.StatusSkipped, Reason: "no rules of the user"}
	}
	var out []finding.Finding
	for _, it := range items {
		out = append(out, yara.Analyze(in.Server, it, in.Rules)...)
	}
	return out, status(yara.Name, err)
}
