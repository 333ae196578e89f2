package pypi

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"dagger/dockyard/pipeline/pylock"
	"dagger/dockyard/pipeline/stage/fetch"
	"dagger/dockyard/pipeline/stage/provenance/ask"
)

// What is asked for (PEP 691, "Content types"; PyPI documentation, "Integrity API").
const (
	acceptIndex     = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
	acceptIntegrity = "application/vnd.pypi.integrity.v1+json"
)

// errNone is the category of what an index does not have.
var errNone = errors.New("the index has none")

// client is pip.
var client = ask.Client{Registry: "the Python index", Setting: "index-url", Credentials: "--netrc or --pip-config", Files: "pip.conf or a netrc file"}

// Index asks a simple index and the integrity API beside it. It may be used by many goroutines.
type Index struct {
	address *url.URL // ends in "/"
	http    *ask.Registry
}

// NewIndex takes the address of a simple index as pip's setting index-url has it, without credentials. Fields of o that are zero get values for
// small answers.
func NewIndex(address string, o fetch.Options) (*Index, error) {
	u, err := client.Address(address)
	if err != nil {
		return nil, err
	}
	u.Path = strings.TrimRight(u.Path, "/") + "/"
	u.RawPath = ""
	return &Index{address: u, http: ask.New(o)}, nil
}

// Project returns the files of a project, with errNone when the index does not have it.
func (x *Index) Project(ctx context.Context, name string) ([]Listed, error) {
	raw, err := x.http.Get(ctx, x.page(name).String(), MaxIndex, acceptIndex)
	if errors.Is(err, fetch.ErrNotFound) {
		return nil, fmt.Errorf("%w: %w", errNone, err)
	}
	if err != nil {
		return nil, err
	}
	list, err := ParseIndex(raw)
	if err != nil {
		return nil, ask.Malformed(fmt.Errorf("the page of %s: %w", name, err))
	}
	return list, nil
}

func (x *Index) page(name string) *url.URL {
	return x.address.JoinPath(pylock.CanonicalName(name) + "/")
}

// Provenance returns the provenance object of a file. errNone is an index that has none; one that announces an object and does not serve it has
// not answered.
func (x *Index) Provenance(ctx context.Context, a Artifact, l Listed) ([]byte, error) {
	if l.Provenance == "" && !l.Silent {
		return nil, fmt.Errorf("%w for %s", errNone, a.File)
	}
	addresses, err := x.integrity(a, l)
	if err != nil {
		return nil, err
	}
	for _, address := range addresses {
		var raw []byte
		if raw, err = x.http.Get(ctx, address, MaxProvenance, acceptIntegrity); err == nil {
			return raw, nil
		}
		if !errors.Is(err, fetch.ErrNotFound) {
			break
		}
	}
	var status fetch.StatusError
	if l.Provenance == "" && (len(addresses) == 0 || errors.As(err, &status) && (status == 403 || status == 404 || status == 406 || status == 410)) {
		return nil, fmt.Errorf("%w: it says nothing of attestations, and serves no integrity API for %s", errNone, a.File)
	}
	return nil, fmt.Errorf("the attestations of %s: %w", a.File, err)
}

// integrity lists where the object may be: always on the index's own host, whatever host the index announces, because what is asked there is what
// the user trusts. First the announced path, then that of the integrity API beside an index that is called "simple".
func (x *Index) integrity(a Artifact, l Listed) ([]string, error) {
	var out []string
	if l.Provenance != "" {
		u, err := x.page(a.Project).Parse(l.Provenance)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" {
			return nil, ask.Malformed(fmt.Errorf("the provenance of %s is at %.200q, want an http or https address", a.File, l.Provenance))
		}
		own := *x.address
		own.Path, own.RawPath, own.RawQuery = u.Path, u.RawPath, u.RawQuery
		out = append(out, own.String())
	}
	if base, ok := strings.CutSuffix(x.address.Path, "/simple/"); ok {
		own := *x.address
		own.Path = base + "/"
		address := own.JoinPath("integrity", pylock.CanonicalName(a.Project), a.Version, a.File, "provenance").String()
		if len(out) == 0 || out[0] != address {
			out = append(out, address)
		}
	}
	return out, nil
}
