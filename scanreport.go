package main

import (
	"context"
	"errors"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/catalogue"
	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/gate"
	"dagger/dockyard/pipeline/scanreport"
	"dagger/dockyard/pipeline/surface"
)

// scanParallelism is how many servers are scanned at a time: each has two scanners, which take a core each.
const scanParallelism = 2

// scanReport is the report on one server, or on all when the name is empty. With several, one that cannot be built is not scanned, and the others go
// on; with one, the reason is an error.
func (m *Dockyard) scanReport(ctx context.Context, name string, with []string) (*Report, error) {
	begun := time.Now()
	var t *tools
	var servers []catalogue.Server
	var tree string
	ready, rctx := errgroup.WithContext(ctx)
	ready.Go(func() (err error) {
		if t, err = m.tools(ctx); err == nil {
			go t.scanner() // it takes a while and depends on nothing of the servers
		}
		return err
	})
	ready.Go(func() (err error) {
		servers, tree, err = m.toLock(rctx, name)
		return err
	})
	if err := ready.Wait(); err != nil {
		return nil, err
	}
	others, err := m.scanWith(ctx, t, with)
	if err != nil {
		return nil, err
	}
	verdicts, err := m.verdicts(ctx, t, servers, tree, others)
	if err != nil {
		return nil, err
	}
	r := scanreport.New(verdicts, scanreport.Options{Label: label, Catalogue: os.DirFS(tree)})
	out := newScanReport(r)
	if !r.Holds(begun, time.Now().Add(reportKept+time.Minute)) {
		out.Transient = transient()
	}
	return out, nil
}

// reportKept is how long the engine gives the report of Scan again: what the function's cache pragma says.
const reportKept = 10 * time.Minute

// transient is what a report holds that the engine must not keep past the call. There is no other way to say so of one answer of a function: those
// that hold a secret made in it are not kept (core/modfunc.go).
func transient() *dagger.Secret { return dag.SetSecret("transient", "holds nothing") }

// verdicts scans servers of the catalogue that was read into tree.
func (m *Dockyard) verdicts(ctx context.Context, t *tools, servers []catalogue.Server, tree string, with map[string]*dagger.File) ([]gate.Verdict, error) {
	verdicts := make([]gate.Verdict, len(servers))
	var g errgroup.Group // without a context: a failing server does not end the others
	g.SetLimit(scanParallelism)
	for i, s := range servers {
		g.Go(func() error {
			var err error
			if verdicts[i], err = m.scanServer(ctx, t, m.server(s, tree), with); err == nil || len(servers) == 1 {
				return err
			}
			why := surface.Capture{Status: surface.NotScanned, Reason: surface.ReasonNotBuilt, Detail: boundary(err).Error()}
			verdicts[i] = gate.Judge(gate.Input{Server: s.Dir, Capture: why, Block: finding.Severity(m.Block)})
			return nil
		})
	}
	return verdicts, g.Wait()
}

// surfaceReport is the report on captured JSON of any server.
func (m *Dockyard) surfaceReport(ctx context.Context, file *dagger.File, name string, previous *dagger.File) (*Report, error) {
	t, err := m.tools(ctx)
	if err != nil {
		return nil, err
	}
	look := inspection{server: name, surface: t.imported(file)}
	raw, err := look.surface.Contents(ctx)
	if err != nil {
		return nil, err
	}
	s, err := surface.Import([]byte(raw))
	if err != nil {
		return nil, err
	}
	if look.server == "" {
		look.server = s.Server.Name
	}
	if look.server == "" {
		return nil, errors.New("naming the server: the captured JSON does not say what the server calls itself; give a name with --name")
	}
	if previous != nil {
		look.previous = t.imported(previous)
	}
	in := gate.Input{
		Server: look.server, Capture: surface.Capture{Status: surface.Captured, Surface: s}, Pinned: previous != nil,
		Require: m.analyzers(), Block: finding.Severity(m.Block),
	}
	if in.Results, err = m.inspect(ctx, t, look); err != nil {
		return nil, err
	}
	return newScanReport(scanreport.New([]gate.Verdict{gate.Judge(in)}, scanreport.Options{Label: label})), nil
}

// imported is captured JSON of any known shape in the form of a surface.json.
func (t *tools) imported(file *dagger.File) *dagger.File {
	return t.offline(func(c *dagger.Container) *dagger.Container {
		return c.WithMountedFile("/captured.json", file).WithNewFile("/out/.keep", "")
	}, "surface-import", "--file=/captured.json", "--out=/out/surface.json").File("/out/surface.json")
}

func newScanReport(r scanreport.Report) *Report {
	return &Report{Status: r.Status(), Summary: r.Summary(), Markdown: r.Markdown(), Json: r.JSON(), Sarif: r.SARIF()}
}
