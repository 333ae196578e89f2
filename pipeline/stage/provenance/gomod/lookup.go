package gomod

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb"
	"golang.org/x/mod/sumdb/tlog"

	"dagger/dockyard/pipeline/stage/fetch"
)

// Categories of what comes of asking a checksum database.
var (
	errAbsent      = errors.New("not in the log")
	errUnreachable = errors.New("no answer")
	errInvalid     = errors.New("the proof does not hold")
)

// record is what the log proves about a module version.
type record struct {
	index int64
	sums  map[string][]string // by "VERSION" and "VERSION/go.mod": "h1:BASE64"
}

// lookup asks for a module version, with proofs: the record is included in a tree whose head the database signed, and that tree is consistent
// with those of all lookups before.
func (r *remote) lookup(path, version string) (record, error) {
	ops := &operations{remote: r, failed: map[string]error{}}
	client := sumdb.NewClient(ops)
	lines, err := client.Lookup(path, version)
	if err == nil {
		var more []string
		if more, err = client.Lookup(path, version+"/go.mod"); err == nil {
			return ops.result(path, version, append(lines, more...))
		}
	}
	ops.mu.Lock()
	defer ops.mu.Unlock()
	switch {
	case ops.forked:
		return record{}, fmt.Errorf("%w: the database shows different logs to different askers: %w", errInvalid, err)
	case errors.Is(ops.asked, fetch.ErrNotFound):
		return record{}, fmt.Errorf("%w: %w", errAbsent, ops.asked)
	case errors.Is(ops.asked, fetch.ErrLimit):
		return record{}, fmt.Errorf("%w: %w", errInvalid, ops.asked)
	case ops.asked != nil:
		return record{}, fmt.Errorf("%w: %w", errUnreachable, ops.asked)
	}
	for _, failed := range ops.failed {
		if errors.Is(failed, fetch.ErrLimit) {
			return record{}, fmt.Errorf("%w: %w", errInvalid, failed)
		}
		return record{}, fmt.Errorf("%w: %w", errUnreachable, failed)
	}
	return record{}, fmt.Errorf("%w: %w", errInvalid, err)
}

// operations are what sumdb.Client wants, for one lookup: it loses the kind of an error, so that is kept here.
type operations struct {
	*remote

	mu     sync.Mutex
	raw    []byte           // the answer to the lookup
	asked  error            // why there is none
	failed map[string]error // tiles that did not come
	forked bool
}

func (o *operations) ReadRemote(path string) ([]byte, error) {
	data, err := o.get(path)
	o.mu.Lock()
	defer o.mu.Unlock()
	if strings.HasPrefix(path, "/lookup/") {
		o.raw, o.asked = data, err
		return data, err
	}
	// Of a tile that filled up meanwhile only the full one may be there; the client asks for it next.
	tile, _, _ := strings.Cut(path, ".p/")
	if err == nil {
		delete(o.failed, tile)
	} else if o.failed[tile] == nil {
		o.failed[tile] = err
	}
	return data, err
}

func (o *operations) ReadConfig(file string) ([]byte, error) {
	if file == "key" {
		return []byte(o.db.key), nil
	}
	return o.readLatest(), nil
}

func (o *operations) WriteConfig(_ string, old, latest []byte) error {
	return o.writeLatest(old, latest)
}

// ReadCache has nothing: what was fetched is kept by remote.
func (o *operations) ReadCache(string) ([]byte, error) { return nil, os.ErrNotExist }

func (o *operations) WriteCache(string, []byte) {}

func (o *operations) Log(string) {}

func (o *operations) SecurityError(string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.forked = true
}

// result reads the lines that were proven. A record of the log that is about something else proves nothing.
func (o *operations) result(path, version string, lines []string) (record, error) {
	index, _, _, err := tlog.ParseRecord(o.raw)
	if err != nil {
		return record{}, fmt.Errorf("%w: %w", errInvalid, err)
	}
	r := record{index: index, sums: map[string][]string{}}
	for _, line := range lines {
		// PATH VERSION HASH, as sumdb.Client selected it
		if words := strings.Fields(line); len(words) == 3 && strings.HasPrefix(words[2], "h1:") {
			r.sums[words[1]] = append(r.sums[words[1]], words[2])
		}
	}
	if len(r.sums[version]) == 0 {
		id := module.Version{Path: path, Version: version}
		return record{}, fmt.Errorf("%w: the database answers with record %d, which has no hash of %s", errInvalid, index, id)
	}
	return r, nil
}
