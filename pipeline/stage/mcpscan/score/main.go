// Command score measures the analyzers on labelled tool lists: one JSON line a case on standard output, the table on standard error. ci/score
// runs it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sort"
	"syscall"

	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/stage/mcpscan"
	"dagger/dockyard/pipeline/stage/usage"
	"dagger/dockyard/pipeline/surface"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "score:", err)
		if errors.Is(err, usage.ErrUsage) {
			os.Exit(2)
		}
		os.Exit(1)
	}
}

// Verdict is the line of one case. Flagged means that a gate with the default policy would block.
type Verdict struct {
	ID      string   `json:"id"`
	Flagged bool     `json:"flagged"`
	Codes   []string `json:"codes"`
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f := flag.NewFlagSet("score", flag.ContinueOnError)
	f.SetOutput(stderr)
	cisco := f.String("cisco", "", "program mcp-scanner of cisco-ai-mcp-scanner, to show its YARA analyzer beside ours")
	explain := f.Bool("explain", false, "print the findings of wrong verdicts on standard error")
	block := f.String("block", string(finding.High), "lowest severity that counts as flagged")
	part := f.String("half", "", "a: only the half of the cases that the rules were developed on; b: only the half held out; split by a hash of the id")
	if err := f.Parse(args); err != nil {
		return fmt.Errorf("%w: %w", usage.ErrUsage, err)
	}
	if *part != "" && *part != "a" && *part != "b" {
		return fmt.Errorf("%w: got --half=%q, want a or b", usage.ErrUsage, *part)
	}
	if f.NArg() == 0 {
		return fmt.Errorf("%w: got no folder; usage: ci/score [--cisco=PROGRAM] [--explain] [--half=a|b] DIR…", usage.ErrUsage)
	}
	cases, err := load(f.Args())
	if err != nil {
		return err
	}
	cases = half(cases, *part)
	ours := map[string]bool{}
	lines := json.NewEncoder(stdout)
	for _, c := range cases {
		findings := scan(ctx, c)
		v := Verdict{ID: c.ID, Codes: codes(findings)}
		for _, x := range findings {
			v.Flagged = v.Flagged || x.Severity.AtLeast(finding.Severity(*block))
		}
		ours[c.ID] = v.Flagged
		if err := lines.Encode(v); err != nil {
			return err
		}
		if *explain && v.Flagged != (c.Label == "malicious") {
			explainCase(stderr, c, findings)
		}
	}
	columns := []column{{"dockyard", ours}}
	if *cisco != "" {
		theirs, err := runCisco(ctx, *cisco, cases)
		if err != nil {
			return err
		}
		columns = append(columns, column{"cisco yara", theirs})
	}
	table(stderr, cases, columns)
	return nil
}

// scan judges every server of a case beside the others.
func scan(ctx context.Context, c Case) []finding.Finding {
	var out []finding.Finding
	for i, s := range c.Servers {
		in := mcpscan.Input{Server: s.Name, Surface: s.surface()}
		for j, o := range c.Servers {
			if j != i {
				in.Others = append(in.Others, mcpscan.Named{Name: o.Name, Surface: o.surface()})
			}
		}
		if c.Previous != nil {
			in.Previous = &surface.Surface{Server: surface.Implementation{Name: s.Name}} // a server that was not there before
			for _, p := range c.Previous {
				if p.Name == s.Name || len(c.Previous) == 1 && len(c.Servers) == 1 {
					in.Previous = p.surface()
				}
			}
		}
		r := mcpscan.Analyze(ctx, in)
		out = append(out, r.Findings...)
		if !r.Complete() {
			out = append(out, finding.Finding{Rule: "incomplete", Code: "incomplete", Severity: finding.High, Server: s.Name, Message: fmt.Sprint(r.Analyzers)})
		}
	}
	return finding.Sort(out)
}

// codes lists the distinct codes of the findings that count at least as MEDIUM, with the AITech codes behind them.
func codes(list []finding.Finding) []string {
	seen := map[string]bool{}
	for _, f := range list {
		if f.Severity.AtLeast(finding.Medium) {
			for _, c := range []string{f.Code, f.Rule, f.AITech} {
				if c != "" {
					seen[c] = true
				}
			}
		}
	}
	out := make([]string, 0, len(seen))
	for c := range seen {
		out = append(out, c)
	}
	sort.Strings(out)
	return out
}

func explainCase(w io.Writer, c Case, list []finding.Finding) {
	fmt.Fprintf(w, "%s (%s, %s)\n", c.ID, c.Label, c.Category)
	for _, f := range list {
		fmt.Fprintf(w, "    %-8s %-26s %q %s: %q\n", f.Severity, f.Rule, f.Item, f.Field, f.Evidence)
	}
}
