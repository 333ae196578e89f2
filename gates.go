package main

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"dagger/dockyard/pipeline/provenance"
	"dagger/dockyard/pipeline/scanreport"
)

// shownWarnings is how many warnings about provenance an image's summary lists.
const shownWarnings = 5

// errBlocked is the category of builds that a gate stopped.
var errBlocked = errors.New("blocked")

// ready finds a server while the containers for its stages are prepared.
func (m *Dockyard) ready(ctx context.Context, name string) (t *tools, s *server, err error) {
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		t, err = m.tools(ctx) // which outlives this group and keeps its context
		return err
	})
	g.Go(func() (err error) {
		s, err = m.find(gctx, name)
		return err
	})
	return t, s, g.Wait()
}

// passed is the image of a server that came through all gates: where its packages come from is verified before anything is made of them, and
// what the finished image offers is scanned before it is handed out.
func (m *Dockyard) passed(ctx context.Context, t *tools, s *server) (*Image, error) {
	img, origin, err := m.verified(ctx, t, s)
	if err != nil {
		return nil, err
	}
	c, verdict, err := m.scan(ctx, t, s, img, nil)
	if err != nil {
		return nil, err
	}
	if err := scanreport.Err(verdict); err != nil {
		return nil, err
	}
	img.Captured = c.file
	img.Facts = []string{"provenance  " + provenance.Line(origin), "mcp scan    " + scanreport.Line(verdict)}
	for _, n := range verdict.Notes {
		note := n.Code + ": " + n.Message
		if n.Fix != "" {
			note += "; " + n.Fix
		}
		img.Notes = append(img.Notes, note)
	}
	return img, nil
}

// verified is the image of a server whose packages come from where they should.
func (m *Dockyard) verified(ctx context.Context, t *tools, s *server) (*Image, provenance.Result, error) {
	go t.scanner() // it takes a while and depends on nothing of the server
	var r recipe
	var b *baseLayers
	var origin provenance.Result
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		b, err = m.base(gctx, t, s, baseLock(s.spec.Metadata.Protocol)) // no package of the server is in it
		return err
	})
	g.Go(func() (err error) {
		if r, err = m.recipe(gctx, t, s); err == nil {
			origin, err = m.provenance(gctx, r.origin)
		}
		return err
	})
	if err := g.Wait(); err != nil {
		return nil, origin, err
	}
	blocking, warnings := m.judgeOrigin(s, origin)
	if err := blocking.Err(errBlocked); err != nil {
		return nil, origin, fmt.Errorf("provenance: %w", err)
	}
	img, err := m.image(ctx, t, s, r, b)
	if err != nil {
		return nil, origin, err
	}
	for i, w := range warnings {
		if i == shownWarnings {
			img.Notes = append(img.Notes, fmt.Sprintf("%d more; all of them: dagger call provenance --server=%s summary", len(warnings)-i, s.id))
			break
		}
		img.Notes = append(img.Notes, w.String())
	}
	return img, origin, nil
}

// unscanned is the image of a server before the scan, for functions that report what the scan finds.
func (m *Dockyard) unscanned(ctx context.Context, t *tools, s *server) (*Image, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	img, _, err := m.verified(ctx, t, s)
	return img, err
}
