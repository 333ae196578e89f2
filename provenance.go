package main

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"time"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/catalogue"
	"dagger/dockyard/pipeline/problem"
	"dagger/dockyard/pipeline/provenance"
	"dagger/dockyard/pipeline/report"
	"dagger/dockyard/pipeline/spec"
)

// origin is the result of a provenance stage for the very files that the install stage is given. With another nonce the registries are asked again.
type origin func(nonce string) *dagger.File

// provenance asks where the server's packages come from, before anything is made of them. What was signed and logged does not change, so the engine
// may keep a result; one that a registry's silence is part of is not kept but asked for again.
func (m *Dockyard) provenance(ctx context.Context, ask origin) (provenance.Result, error) {
	r, err := readOrigin(ctx, ask(""))
	if err == nil && !m.Offline && r.Counts[provenance.Unreachable] > 0 {
		return readOrigin(ctx, ask(strconv.FormatInt(time.Now().UnixNano(), 36)))
	}
	return r, err
}

func readOrigin(ctx context.Context, f *dagger.File) (provenance.Result, error) {
	raw, err := f.Contents(ctx)
	if err != nil {
		return provenance.Result{}, fmt.Errorf("verifying provenance: %w", err)
	}
	return provenance.Read([]byte(raw))
}

// originStage runs a provenance stage: in a container that knows CA certificates, with the credentials and trust files of the user, held to what
// the spec expects.
func (m *Dockyard) originStage(t *tools, s *server, mounts dagger.WithContainerFunc, args ...string) origin {
	args = append(args, "--package="+s.spec.Package.Name, "--version="+s.spec.Package.Version, "--out=/out/provenance.json")
	args = append(args, expected(s.spec)...)
	if m.Offline {
		args = append(args, "--offline")
	}
	protocol := s.spec.Metadata.Protocol
	// Files and secrets of the user, by the flag that names them.
	given := map[string]*dagger.File{}
	if protocol != spec.Go {
		given["trusted-root"] = m.TrustedRoot
	}
	secrets := map[string]*dagger.Secret{"netrc": m.Netrc}
	switch protocol {
	case spec.NPX:
		given["npm-keys"] = m.NpmKeys
		secrets = map[string]*dagger.Secret{"npmrc": m.Npmrc}
	case spec.UVX:
		secrets["pip-config"] = m.PipConfig
	}
	maps.DeleteFunc(given, func(_ string, f *dagger.File) bool { return f == nil })
	maps.DeleteFunc(secrets, func(_ string, s *dagger.Secret) bool { return s == nil })
	for _, flag := range slices.Sorted(maps.Keys(given)) {
		args = append(args, "--"+flag+"=/trust/"+flag+".json")
	}
	for _, flag := range slices.Sorted(maps.Keys(secrets)) {
		args = append(args, "--"+flag+"=/run/dockyard/"+flag)
	}
	return func(nonce string) *dagger.File {
		return t.online(func(c *dagger.Container) *dagger.Container {
			c = c.WithNewFile("/out/.keep", "").With(mounts)
			if nonce != "" {
				c = c.WithEnvVariable("DOCKYARD_ASKED_AT", nonce)
			}
			for _, flag := range slices.Sorted(maps.Keys(given)) {
				c = c.WithMountedFile("/trust/"+flag+".json", given[flag])
			}
			for _, flag := range slices.Sorted(maps.Keys(secrets)) {
				c = c.WithMountedSecret("/run/dockyard/"+flag, secrets[flag])
			}
			return c
		}, args...).File("/out/provenance.json")
	}
}

// expected are the arguments that hold the server's own package to its spec. For Go there is the repository only: nobody signs Go modules.
func expected(s *spec.Spec) []string {
	var out []string
	add := func(flag, value string) {
		if value != "" {
			out = append(out, "--"+flag+"="+value)
		}
	}
	p := s.Provenance
	add("repository", p.RepositoryURI)
	if s.Metadata.Protocol == spec.Go {
		return out
	}
	add("ref", p.RepositoryRef)
	if a := p.Attestations; a != nil && a.Publisher != nil {
		add("publisher-kind", a.Publisher.Kind)
		add("publisher", a.Publisher.Repository)
		add("workflow", a.Publisher.WorkflowPath())
	}
	return out
}

// judgeOrigin divides what was found out into what blocks and what does not.
func (m *Dockyard) judgeOrigin(s *server, r provenance.Result) (blocking, warnings problem.List) {
	a := s.spec.Provenance.Attestations
	blocking, warnings = provenance.Policy(r, provenance.Expectations{
		File: path.Join(label, s.dir, catalogue.SpecFile), Available: a != nil && (a.Available || a.Verified), Offline: m.Offline,
	})
	return blocking, append(s.sourceNotes(), warnings...)
}

// originReport is the report of one server's provenance.
func (m *Dockyard) originReport(ctx context.Context, s *server) (report.Report, error) {
	if err := s.check(); err != nil {
		return report.Report{}, err
	}
	t, err := m.tools(ctx)
	if err != nil {
		return report.Report{}, err
	}
	from, err := m.recipe(ctx, t, s)
	if err != nil {
		return report.Report{}, err
	}
	r, err := m.provenance(ctx, from.origin)
	if err != nil {
		return report.Report{}, err
	}
	blocking, warnings := m.judgeOrigin(s, r)
	return report.New("provenance", []report.Subject{{
		Name: s.dir, Facts: provenance.Facts(r), Problems: append(blocking, warnings...), Data: r,
	}}), nil
}
