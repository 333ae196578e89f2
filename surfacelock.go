package main

import (
	"context"
	"fmt"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/catalogue"
	"dagger/dockyard/pipeline/surface"
)

// lockSurfaces builds the images of servers and pins what each of them offers, as one change. tree is the folder that holds the catalogue.
func (m *Dockyard) lockSurfaces(ctx context.Context, servers []catalogue.Server, tree string) (*dagger.Changeset, error) {
	t, err := m.tools(ctx)
	if err != nil {
		return nil, err
	}
	return m.lockEach(servers, func(s catalogue.Server) locked { return m.lockSurface(ctx, t, m.server(s, tree)) })
}

// lockSurface pins what one server offers. A list that is not always the same cannot be pinned.
func (m *Dockyard) lockSurface(ctx context.Context, t *tools, s *server) locked {
	r := locked{name: s.dir, dir: s.dir}
	img, err := m.unscanned(ctx, t, s)
	if err != nil {
		r.err = err
		return r
	}
	c, err := m.capture(ctx, t, s, img)
	switch {
	case err != nil:
		r.err = err
	case c.Status != surface.Captured:
		r.err = fmt.Errorf("capturing what it offers: got %s, want %s: %s; run: dagger call scan --server=%s summary", c.Status, surface.Captured, c.Because(), s.id)
	default:
		var raw []byte
		if raw, r.err = surface.EncodeLock(c.Surface); r.err == nil {
			r.locks = dag.Directory().WithNewFile(catalogue.SurfaceLock, string(raw))
		}
	}
	return r
}
