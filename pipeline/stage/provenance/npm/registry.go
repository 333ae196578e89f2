package npm

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/npmregistry"
	"dagger/dockyard/pipeline/stage/fetch"
	"dagger/dockyard/pipeline/stage/provenance/ask"
)

// Registry asks an npm registry. It may be used by many goroutines.
type Registry struct {
	address string // ends in "/"
	http    *ask.Registry
	large   chan struct{} // holds the few packuments that may be in memory at the same time
}

// maxPackuments bounds the packuments of all registries that may be in memory at the same time.
const maxPackuments = 4

// Registries asks the registry that a package comes from. It may be used by many goroutines.
type Registries struct {
	addresses npmregistry.Registries
	asked     map[string]*Registry // by address
}

// NewRegistries takes the registries' addresses as npm's configuration has them. Fields of o that are zero get values for small answers.
func NewRegistries(addresses npmregistry.Registries, o fetch.Options) (*Registries, error) {
	r := &Registries{addresses: addresses, asked: map[string]*Registry{}}
	large := make(chan struct{}, maxPackuments)
	for _, address := range append(slices.Collect(maps.Values(addresses.Scopes)), addresses.Default) {
		u, err := client.Address(address)
		if err != nil {
			return nil, err
		}
		if r.asked[address] == nil {
			r.asked[address] = &Registry{address: strings.TrimSuffix(u.String(), "/") + "/", http: ask.New(o), large: large}
		}
	}
	return r, nil
}

// of is the registry of a package.
func (r *Registries) of(name string) *Registry { return r.asked[r.addresses.Of(name)] }

// escape writes a package's name into a path, as npm does: the slash of a scope is no separator.
func escape(name string) string { return strings.ReplaceAll(name, "/", "%2f") }

// version asks for the document of one version. It has all that is needed in some kilobytes, where the packument of the package would be
// hundreds of times as large; registries that do not know such documents are asked for the packument.
func (r *Registry) version(ctx context.Context, a Artifact) (version, error) {
	raw, err := r.get(ctx, escape(a.Name)+"/"+url.PathEscape(a.Version), MaxVersion)
	if errors.Is(err, fetch.ErrNotFound) {
		p, err := r.packument(ctx, a)
		if err == nil && !p.known {
			err = fmt.Errorf("%w: the registry does not list version %s", fetch.ErrNotFound, a.Version)
		}
		return p.version, err
	}
	if err != nil {
		return version{}, err
	}
	v, err := parseVersion(raw)
	if err != nil {
		return version{}, ask.Malformed(err)
	}
	return v, nil
}

// packument asks for the full description of a package.
func (r *Registry) packument(ctx context.Context, a Artifact) (packument, error) {
	select {
	case r.large <- struct{}{}:
		defer func() { <-r.large }()
	case <-ctx.Done():
		return packument{}, ctx.Err()
	}
	raw, err := r.get(ctx, escape(a.Name), MaxPackument)
	if err != nil {
		return packument{}, err
	}
	p, err := parsePackument(raw, a.Version)
	if err != nil {
		return packument{}, ask.Malformed(err)
	}
	return p, nil
}

// attestations asks for the attestations of a version. The path is made anew from name and version: the address in the registry's answer could
// lead anywhere.
func (r *Registry) attestations(ctx context.Context, a Artifact) ([]byte, error) {
	return r.get(ctx, "-/npm/v1/attestations/"+escape(a.Name)+"@"+url.PathEscape(a.Version), MaxAttestations)
}

func (r *Registry) get(ctx context.Context, path string, limit int64) ([]byte, error) {
	return r.http.Get(ctx, r.address+path, limit, "application/json")
}
