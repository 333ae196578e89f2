package npm

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"dagger/dockyard/pipeline/upstream"
)

// Bounds of a registry's answers, in bytes. The document of one version has some kilobytes, that of a package with thousands of versions tens
// of megabytes.
const (
	MaxVersion   = 4 << 20
	MaxPackument = 64 << 20
	maxSigs      = 16
)

// signature is one of dist.signatures.
type signature struct {
	KeyID string `json:"keyid"`
	Sig   string `json:"sig"` // base64 of a DER signature
}

// version is what a registry says of one version. All of it is the registry's word, and the repository the publisher's.
type version struct {
	Name, Version string
	Integrity     string
	Signatures    []signature
	Attested      bool   // the registry announces attestations
	Repository    string // https address that the package claims; "" when it claims none that can be read
}

// versionDocument is the JSON form of a version in /NAME/VERSION and in a packument.
type versionDocument struct {
	Name       string          `json:"name"`
	Version    string          `json:"version"`
	Repository json.RawMessage `json:"repository"`
	Dist       struct {
		Integrity    string          `json:"integrity"`
		Signatures   []signature     `json:"signatures"`
		Attestations json.RawMessage `json:"attestations"`
	} `json:"dist"`
}

// parseVersion reads the answer of /NAME/VERSION.
func parseVersion(raw []byte) (version, error) {
	if len(raw) > MaxVersion {
		return version{}, fmt.Errorf("got %d bytes, want at most %d (MaxVersion)", len(raw), MaxVersion)
	}
	var doc versionDocument
	if err := json.Unmarshal(raw, &doc); err != nil {
		return version{}, err
	}
	return doc.read()
}

func (doc versionDocument) read() (version, error) {
	if doc.Name == "" || doc.Version == "" {
		return version{}, errors.New("got no name and version")
	}
	if n := len(doc.Dist.Signatures); n > maxSigs {
		return version{}, fmt.Errorf("got %d signatures, want at most %d", n, maxSigs)
	}
	return version{
		Name: doc.Name, Version: doc.Version, Integrity: doc.Dist.Integrity, Signatures: doc.Dist.Signatures,
		Attested: announced(doc.Dist.Attestations), Repository: upstream.RepositoryURI(repositoryText(doc.Repository)),
	}, nil
}

// announced: anything that is not plainly nothing counts, so that an odd form leads to a question and not to silence.
func announced(raw json.RawMessage) bool {
	switch string(raw) {
	case "", "null", "false":
		return false
	}
	return true
}

// repositoryText is the field repository, a text or an object with url (npm documentation, package.json).
func repositoryText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var o struct {
		URL string `json:"url"`
	}
	if json.Unmarshal(raw, &o) != nil {
		return ""
	}
	return o.URL
}

// packument is what a registry says of a package, as far as it is about one version.
type packument struct {
	known     bool // the version is there
	version   version
	published time.Time // zero when the registry does not say
}

// parsePackument reads the answer of /NAME in its full form, for one version.
func parsePackument(raw []byte, wanted string) (packument, error) {
	if len(raw) > MaxPackument {
		return packument{}, fmt.Errorf("got %d bytes, want at most %d (MaxPackument)", len(raw), MaxPackument)
	}
	var doc struct {
		Time     map[string]json.RawMessage `json:"time"`
		Versions map[string]json.RawMessage `json:"versions"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return packument{}, err
	}
	var p packument
	var text string
	if json.Unmarshal(doc.Time[wanted], &text) == nil {
		if at, err := time.Parse(time.RFC3339, text); err == nil {
			p.published = at.UTC()
		}
	}
	one, ok := doc.Versions[wanted]
	if !ok {
		return p, nil
	}
	var v versionDocument
	if err := json.Unmarshal(one, &v); err != nil {
		return packument{}, err
	}
	var err error
	p.known = true
	p.version, err = v.read()
	return p, err
}
