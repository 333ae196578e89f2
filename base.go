package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/base"
	"dagger/dockyard/pipeline/oci"
)

// baseLayers are the Debian layers of an image.
type baseLayers struct {
	layers map[string]*dagger.Directory // by platform
	system map[string]*dagger.Directory // by platform; nil when the spec names no system packages
	digest string                       // of the base lock
	glibc  string
	notes  []string
}

// baseResult is what the base stage reports (pipeline/stage/base, Result).
type baseResult struct {
	Status  string `json:"status"`
	Glibc   string `json:"glibc"`
	Missing []struct {
		Name, Version string
	} `json:"missing"`
}

// base makes the Debian layers of a server from a committed lock. When packages of the lock are gone from the archive, the versions that it signs
// today take their place, and the summary says so.
func (m *Dockyard) base(ctx context.Context, t *tools, s *server, raw []byte) (*baseLayers, error) {
	wanted := m.Platforms
	// CPython of the base helps to make the layers above it, so it is wanted for the engine's own platform too.
	if own := "linux/" + t.native; bytes.Equal(raw, base.PythonLock) && !slices.Contains(wanted, own) {
		wanted = append(slices.Clone(wanted), own)
	}
	from, err := t.mirrors()
	if err != nil {
		return nil, err
	}
	mirrors := []string{from.main, from.security}
	b := &baseLayers{digest: "sha256:" + hexSum(raw)}
	lock := dag.Directory().WithNewFile("base.lock.json", string(raw)).File("base.lock.json")
	drifted, err := b.debian(ctx, t, &b.layers, lock, mirrors, wanted, false)
	if err == nil && len(drifted) > 0 {
		lock, b.digest, err = m.currentBase(ctx, t, raw)
		if err != nil {
			return nil, err
		}
		b.notes = append(b.notes, "DRIFTED: the archive no longer has "+strings.Join(drifted, ", ")+"; the base was built from the versions it signs today; run `dagger call lock-base`")
		drifted, err = b.debian(ctx, t, &b.layers, lock, mirrors, wanted, false)
	}
	if err == nil && len(drifted) == 0 && s.has(systemLockName) {
		drifted, err = b.debian(ctx, t, &b.system, s.file(systemLockName), mirrors, m.Platforms, true)
	}
	if err == nil && len(drifted) > 0 {
		err = fmt.Errorf("fetching Debian packages: the archive no longer has %s; run `dagger call lock --server=%s`", strings.Join(drifted, ", "), s.id)
	}
	return b, err
}

// debian makes one Debian layer for each platform and returns the packages that the mirrors no longer have.
func (b *baseLayers) debian(ctx context.Context, t *tools, into *map[string]*dagger.Directory, lock *dagger.File, mirrors, platforms []string, add bool) ([]string, error) {
	args := []string{"base", "--lock=/base.lock.json", "--out=/out"}
	for _, mirror := range mirrors {
		if mirror != "" {
			args = append(args, "--mirror="+mirror)
		}
	}
	if add {
		args = append(args, "--packages-only")
	}
	results := make([]baseResult, len(platforms))
	done := make([]*dagger.Directory, len(platforms))
	g, gctx := errgroup.WithContext(ctx)
	for i, platform := range platforms {
		out := t.online(func(c *dagger.Container) *dagger.Container {
			return t.withNetrc(c.WithMountedFile("/base.lock.json", lock))
		}, slices.Concat(args, t.netrcArgs(), []string{"--arch=" + oci.Architecture(platform)})...).Directory("/out")
		g.Go(func() error {
			raw, err := out.File("base.json").Contents(gctx)
			if err != nil {
				return err
			}
			if done[i], err = out.Sync(gctx); err != nil {
				return err
			}
			return json.Unmarshal([]byte(raw), &results[i])
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	var missing []string
	for i, r := range results {
		if r.Status != "OK" && r.Status != "DRIFTED" {
			return nil, fmt.Errorf("reading the base stage's result for %s: got status %q, want OK or DRIFTED", platforms[i], r.Status)
		}
		for _, p := range r.Missing {
			missing = append(missing, p.Name+" "+p.Version+" ("+oci.Architecture(platforms[i])+")")
		}
		if !add {
			b.glibc = r.Glibc
		}
	}
	*into = map[string]*dagger.Directory{}
	for i, platform := range platforms {
		(*into)[platform] = done[i]
	}
	return missing, nil
}

// pythonBase is the layer of the base with CPython for the platform that containers run on, and the glibc in it.
func (m *Dockyard) pythonBase(ctx context.Context, t *tools) (*dagger.Directory, string, error) {
	own, platform := *m, "linux/"+t.native
	own.Platforms = []string{platform}
	b, err := own.base(ctx, t, &server{}, base.PythonLock)
	if err != nil {
		return nil, "", err
	}
	return b.layers[platform], b.glibc, nil
}
