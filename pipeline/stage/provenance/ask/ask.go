// Package ask puts small questions to a registry: each bounded in size and time and tried again, and none any more once several in a row got no
// answer.
package ask

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"dagger/dockyard/pipeline/stage/fetch"
)

// maxLost bounds the questions in a row that get no answer. A registry that is down costs the time of a few questions, not that of a thousand.
const maxLost = 4

// ErrGone is the category of questions that were not asked, because the registry did not answer those before.
var ErrGone = errors.New("the registry did not answer before")

// Registry asks one registry. It may be used by many goroutines.
type Registry struct {
	http fetch.Options

	mu    sync.Mutex
	lost  int   // answers in a row that did not come
	cause error // of the last of them
}

// New fills fields of o that are zero with values for small answers: 4 tries, each of a minute at most, two minutes for all.
func New(o fetch.Options) *Registry {
	if o.Attempts == 0 {
		o.Attempts = 4
	}
	if o.AttemptTimeout == 0 {
		o.AttemptTimeout = time.Minute
	}
	if o.Deadline == 0 {
		o.Deadline = 2 * time.Minute
	}
	return &Registry{http: o}
}

// Get asks for an address. The answer has at most limit bytes; accept is the value of the header Accept. Errors are in the categories of package
// fetch, or ErrGone.
func (r *Registry) Get(ctx context.Context, address string, limit int64, accept string) ([]byte, error) {
	if err := r.gone(); err != nil {
		return nil, err
	}
	o := r.http
	o.Accept = accept
	raw, err := fetch.Bytes(ctx, address, limit, o)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case errors.Is(err, fetch.ErrUnavailable):
		r.lost++
		r.cause = err
	case r.lost < maxLost: // what was asked before it was given up does not bring it back
		r.lost = 0
	}
	return raw, err
}

func (r *Registry) gone() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.lost >= maxLost {
		return fmt.Errorf("%w: %w", ErrGone, r.cause)
	}
	return nil
}
