package gomod

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"

	"golang.org/x/mod/sumdb"

	"dagger/dockyard/pipeline/stage/fetch"
)

// maxAnswer bounds an answer of the database, in bytes. A whole tile has 8 KB, a record less than 1 KB.
const maxAnswer = 1 << 20

// remote asks a database. What it said is kept as it came, for as long as the process lives; each lookup verifies all it uses by itself. The
// latest signed tree is common to all lookups, so that each must be consistent with those before it.
type remote struct {
	ctx   context.Context
	fetch fetch.Options
	db    *database
	env   Env

	start   sync.Once
	base    string
	baseErr error

	mu     sync.Mutex
	kept   map[string]*answer
	latest []byte // signed tree head
}

type answer struct {
	once sync.Once
	data []byte
	err  error
}

func newRemote(ctx context.Context, e Env, db *database, o fetch.Options) *remote {
	return &remote{ctx: ctx, env: e, db: db, fetch: o, kept: map[string]*answer{}}
}

// get asks once for each path.
func (r *remote) get(path string) ([]byte, error) {
	r.start.Do(r.findBase)
	if r.baseErr != nil {
		return nil, r.baseErr
	}
	r.mu.Lock()
	a := r.kept[path]
	if a == nil {
		a = &answer{}
		r.kept[path] = a
	}
	r.mu.Unlock()
	a.once.Do(func() { a.data, a.err = fetch.Bytes(r.ctx, r.base+path, maxAnswer, r.fetch) })
	return a.data, a.err
}

// findBase chooses the address of the database as the go command does: the first proxy that says it can be asked for it. One that says no (404
// or 410) leads to the next; any other failure too, where "|" follows, and ends the search otherwise. The database itself is asked at "direct",
// and where all proxies said no (Go proposal 25530, "Proxying a Checksum Database"; Go source, cmd/go/internal/modfetch, TryProxies).
func (r *remote) findBase() {
	if r.base = r.db.base; r.base != "" {
		return
	}
	list, direct, err := r.env.proxies()
	if err != nil {
		r.baseErr = err
		return
	}
	var failed error
	for _, p := range list {
		base := p.address + "/sumdb/" + r.db.name
		_, err := fetch.Bytes(r.ctx, base+"/supported", maxAnswer, r.fetch)
		if err == nil {
			r.base = base
			return
		}
		if errors.Is(err, fetch.ErrNotFound) {
			continue
		}
		failed = err
		if !p.fallBack {
			r.baseErr = err
			return
		}
	}
	if failed != nil && !direct {
		r.baseErr = failed
		return
	}
	r.base = r.db.direct
}

func (r *remote) readLatest() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.latest
}

func (r *remote) writeLatest(old, latest []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !bytes.Equal(r.latest, old) {
		return sumdb.ErrWriteConflict
	}
	r.latest = bytes.Clone(latest)
	return nil
}

// where is the address of the database for messages, without what may be secret.
func (r *remote) where() string {
	u, err := url.Parse(r.base)
	if err != nil || r.base == "" {
		return fmt.Sprintf("the checksum database %s", r.db.name)
	}
	return fmt.Sprintf("the checksum database %s at %s", r.db.name, u.Host)
}
