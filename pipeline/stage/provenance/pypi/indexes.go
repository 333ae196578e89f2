package pypi

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"dagger/dockyard/pipeline/stage/fetch"
)

// Indexes are those that pip takes packages from: that of index-url, and after it those of extra-index-url.
type Indexes []*Index

// NewIndexes takes addresses without credentials; the first is index-url.
func NewIndexes(addresses []string, o fetch.Options) (Indexes, error) {
	var out Indexes
	for _, address := range addresses {
		x, err := NewIndex(address, o)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// pages are those of one project, each asked for once and only when it is needed. They are for one goroutine.
type pages struct {
	project string
	indexes Indexes
	listed  [][]Listed
	errs    []error
}

func (s Indexes) pages(project string) *pages { return &pages{project: project, indexes: s} }

// page is what one index has of the project; errNone is nothing.
func (p *pages) page(ctx context.Context, i int) ([]Listed, error) {
	for k := len(p.errs); k <= i; k++ {
		listed, err := p.indexes[k].Project(ctx, p.project)
		p.listed, p.errs = append(p.listed, listed), append(p.errs, err)
	}
	return p.listed[i], p.errs[i]
}

// find binds a file to the index that it comes from. pip treats all indexes alike and takes whichever has the locked bytes, without telling which
// (pip documentation, "--extra-index-url"), so it is the first that lists the file, by name or by hash. An index that does not answer might have
// been that one: nothing is said of the file then. The category errNone is a file that none of them has.
func (p *pages) find(ctx context.Context, a Artifact) (*Index, Listed, error) {
	known := false
	for i, x := range p.indexes {
		listed, err := p.page(ctx, i)
		if errors.Is(err, errNone) {
			continue
		} else if err != nil {
			return nil, Listed{}, err
		}
		known = true
		at := slices.IndexFunc(listed, func(l Listed) bool { return l.Name == a.File })
		if at < 0 {
			at = slices.IndexFunc(listed, func(l Listed) bool { return l.SHA256 == a.SHA256 })
		}
		if at >= 0 {
			return x, listed[at], nil
		}
	}
	if !known {
		return nil, Listed{}, fmt.Errorf("%w of the files of %s", errNone, p.project)
	}
	return nil, Listed{}, fmt.Errorf("%w: the file %s is not there any more", errNone, a.File)
}
