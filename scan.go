package main

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/catalogue"
	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/gate"
)

// scan captures what the image offers, has our analyzers and Cisco's scanner look at it, and decides. with are surfaces of servers that are used
// together with it. What is wrong with the server is in the verdict; an error means that none was reached.
func (m *Dockyard) scan(ctx context.Context, t *tools, s *server, i *Image, with map[string]*dagger.File) (captured, gate.Verdict, error) {
	c, err := m.capture(ctx, t, s, i)
	if err != nil {
		return c, gate.Verdict{}, err
	}
	in := gate.Input{
		Server: s.dir, Capture: c.Capture, Allowed: s.spec.Security.AllowedIssues, Ignore: s.spec.Security.InsecureIgnore,
		Require: m.analyzers(), With: slices.Sorted(maps.Keys(with)),
		Block: finding.Severity(m.Block), At: time.Now(), Pinned: s.has(catalogue.SurfaceLock),
	}
	if c.file != nil {
		look := inspection{server: s.dir, surface: c.file, with: with}
		if in.Pinned {
			look.previous = s.file(catalogue.SurfaceLock)
		}
		if in.Results, err = m.inspect(ctx, t, look); err != nil {
			return c, gate.Verdict{}, err
		}
	}
	return c, gate.Judge(in), nil
}

// analyzers are those that every scan must have completed. Those that need a key must have when there is one.
func (m *Dockyard) analyzers() []string {
	out := append(gate.Native(), "cisco-yara", "cisco-schema")
	if m.LlmKey != nil {
		out = append(out, "cisco-llm")
	}
	if m.CiscoKey != nil {
		out = append(out, "cisco-api")
	}
	return out
}

// inspection is what the analyzers are given.
type inspection struct {
	server   string
	surface  *dagger.File
	previous *dagger.File            // surface that a person approved; nil compares with none
	with     map[string]*dagger.File // surfaces of servers used together with it, by name
}

// inspect runs all analyzers side by side and returns their results.
func (m *Dockyard) inspect(ctx context.Context, t *tools, look inspection) ([]finding.Result, error) {
	results := make([]finding.Result, 2)
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		f, err := m.analyze(gctx, t, look)
		if err == nil {
			results[0], err = readResult(gctx, f)
		}
		return err
	})
	g.Go(func() error {
		keys := ciscoKeys{LLM: m.LlmKey, LLMModel: m.LlmModel, LLMEndpoint: m.LlmEndpoint, API: m.CiscoKey, APIEndpoint: m.CiscoEndpoint}
		var err error
		results[1], err = m.cisco(gctx, t, look.server, look.surface, keys)
		return err
	})
	return results, g.Wait()
}

func readResult(ctx context.Context, f *dagger.File) (finding.Result, error) {
	raw, err := f.Contents(ctx)
	if err != nil {
		return finding.Result{}, fmt.Errorf("running a scanner: %w", err)
	}
	return finding.Read([]byte(raw))
}

// analyze has our own analyzers judge a surface, beside those of the servers used with it and what is pinned of all others in the catalogue.
func (m *Dockyard) analyze(ctx context.Context, t *tools, look inspection) (*dagger.File, error) {
	pinned, err := m.Catalogue.Glob(ctx, "**/"+catalogue.SurfaceLock)
	if err != nil {
		return nil, fmt.Errorf("looking for pinned surfaces in the catalogue: %w", err)
	}
	args := []string{"mcp-scan", "--server=" + look.server, "--surface=/in/surface.json", "--out=/out/mcp-scan.json"}
	for _, file := range pinned {
		name := path.Dir(file)
		if _, given := look.with[name]; !given && name != look.server {
			args = append(args, "--known="+name+"=/known/"+file)
		}
	}
	in := dag.Directory().WithFile("surface.json", look.surface)
	if look.previous != nil {
		in = in.WithFile("previous.json", look.previous)
		args = append(args, "--previous=/in/previous.json")
	}
	for n, name := range slices.Sorted(maps.Keys(look.with)) {
		file := "with-" + strconv.Itoa(n) + ".json"
		in = in.WithFile(file, look.with[name])
		args = append(args, "--with="+name+"=/in/"+file)
	}
	for n, rules := range m.Rules {
		file, err := ruleFile(ctx, n, rules)
		if err != nil {
			return nil, err
		}
		in = in.WithFile(file, rules)
		args = append(args, "--rules=/in/"+file)
	}
	known := m.Catalogue.Filter(dagger.DirectoryFilterOpts{Include: []string{"**/" + catalogue.SurfaceLock}})
	return t.offline(func(c *dagger.Container) *dagger.Container {
		return c.WithMountedDirectory("/in", in).WithMountedDirectory("/known", known).WithNewFile("/out/.keep", "")
	}, args...).File("/out/mcp-scan.json"), nil
}

// ruleFile is the name of a file of rules inside the container: messages about it shall name it as the user does.
func ruleFile(ctx context.Context, n int, f *dagger.File) (string, error) {
	name, err := f.Name(ctx)
	if err != nil {
		return "", fmt.Errorf("looking at the rules: %w", err)
	}
	return "rules-" + strconv.Itoa(n) + "/" + path.Base(name), nil
}

// scanWith are the surfaces of other servers of the catalogue, captured from their own images.
func (m *Dockyard) scanWith(ctx context.Context, t *tools, names []string) (map[string]*dagger.File, error) {
	out := map[string]*dagger.File{}
	for _, name := range names {
		s, err := m.find(ctx, name)
		if err != nil {
			return nil, err
		}
		img, err := m.unscanned(ctx, t, s)
		if err != nil {
			return nil, err
		}
		c, err := m.capture(ctx, t, s, img)
		if err != nil {
			return nil, err
		}
		if c.file == nil {
			return nil, fmt.Errorf("scanning with %q: its surface is not known: %s; leave it out of --with, or mend it first", name, c.Because())
		}
		out[s.dir] = c.file
	}
	return out, nil
}

// scanServer is the verdict on one server of the catalogue.
func (m *Dockyard) scanServer(ctx context.Context, t *tools, s *server, with map[string]*dagger.File) (gate.Verdict, error) {
	img, err := m.unscanned(ctx, t, s)
	if err != nil {
		return gate.Verdict{}, err
	}
	_, v, err := m.scan(ctx, t, s, img, with)
	return v, err
}
