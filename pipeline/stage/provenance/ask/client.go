package ask

import (
	"errors"
	"fmt"
	"net/url"

	"dagger/dockyard/pipeline/provenance"
	"dagger/dockyard/pipeline/stage/fetch"
	"dagger/dockyard/pipeline/stage/provenance/verdict"
)

// Client is the words for what is asked, as the client of an ecosystem has them.
type Client struct {
	Registry    string // "the npm registry"
	Setting     string // that has its address: "registry"
	Credentials string // options that give some: "--npmrc"
	Files       string // where they stand: "an npmrc file"
}

// Address reads the address of a registry as the client's setting has it. Credentials do not belong into it, and errors do not repeat it.
func (c Client) Address(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("asking %s: want an address, http or https, such as the setting `%s` has", c.Registry, c.Setting)
	}
	if u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, fmt.Errorf("asking %s: its address has a user, a query or a fragment; credentials belong into %s", c.Registry, c.Files)
	}
	return u, nil
}

// malformed is an answer that came and cannot be read.
type malformed struct{ error }

func (m malformed) Unwrap() error { return m.error }

// Malformed marks what is wrong with an answer that came.
func Malformed(err error) error { return malformed{err} }

// Report puts a failed question into a verdict. No answer is UNREACHABLE; an answer that is too large or cannot be read is INVALID, because one did
// come. What was not found is for the caller.
func (c Client) Report(d *verdict.Draft, check string, err error) {
	var m malformed
	switch {
	case errors.As(err, &m):
		d.Fail(provenance.Invalid, check, "MALFORMED", "reading the registry's answer: %v", err)
	case errors.Is(err, fetch.ErrLimit):
		d.Fail(provenance.Invalid, check, "LIMIT", "the registry's answer is not taken: %v", err)
	case errors.Is(err, fetch.ErrRefused):
		d.Unanswered(check, "REFUSED", "the registry refuses to answer: %v; give credentials by %s if it wants some", err, c.Credentials)
	default:
		d.Unanswered(check, "UNREACHABLE", "%v", err)
	}
}
