package npm

import (
	"context"
	"errors"
	"time"

	"dagger/dockyard/pipeline/stage/fetch"
	"dagger/dockyard/pipeline/stage/provenance/ask"
	"dagger/dockyard/pipeline/stage/provenance/attest"
	"dagger/dockyard/pipeline/stage/provenance/trust"
	"dagger/dockyard/pipeline/stage/provenance/verdict"
)

// Judge judges packages by what their registry says of them.
type Judge struct {
	Registries *Registries // nil is offline
	Verifier   *attest.Verifier
	Keys       trust.Keys
}

// client is npm.
var client = ask.Client{Registry: "the npm registry", Setting: "registry", Credentials: "--npmrc", Files: "an npmrc file"}

// offlineReason stands where nothing was asked.
const offlineReason = "not looked at, because the stage was asked to stay offline"

// Check asks the registry about a package and adds what it says to a verdict: the registry's signature, and the attestations if it announces
// some. A registry can hide both; then the verdict is a lower one, and never a better one than what was proven.
func (j *Judge) Check(ctx context.Context, d *verdict.Draft, a Artifact, e attest.Expectations) {
	if j.Registries == nil {
		d.Unanswered(checkSignature, "OFFLINE", "%s", offlineReason)
		d.Skip(checkPublish, offlineReason)
		d.Skip(checkProvenance, offlineReason)
		return
	}
	registry := j.Registries.of(a.Name)
	v, err := registry.version(ctx, a)
	if errors.Is(err, fetch.ErrNotFound) {
		d.Absent(checkDocument, "")
		d.Note("NOT-FOUND", "the registry does not know this version, so it vouches for nothing: %v", err)
		return
	} else if err != nil {
		client.Report(d, checkDocument, err)
		return
	}
	if !checkVersion(d, a, v) {
		return
	}
	published := j.attestations(ctx, d, registry, a, v, e)
	checkSignatures(d, j.Keys.Signatures, a, v.Signatures, func() (time.Time, error) {
		if !published.IsZero() {
			return published, nil
		}
		p, err := registry.packument(ctx, a)
		if err == nil && p.published.IsZero() || errors.Is(err, fetch.ErrNotFound) {
			err = errTime
		}
		return p.published, err
	})
}

// attestations returns when the log took in the publish attestation, the zero time when nobody proved that.
func (j *Judge) attestations(ctx context.Context, d *verdict.Draft, registry *Registry, a Artifact, v version, e attest.Expectations) time.Time {
	if !v.Attested {
		d.Absent(checkPublish, "")
		d.Absent(checkProvenance, "")
		d.Note("NO-ATTESTATIONS", "the registry announces no attestations")
		return time.Time{}
	}
	raw, err := registry.attestations(ctx, a)
	switch {
	case errors.Is(err, fetch.ErrNotFound):
		d.Absent(checkPublish, "")
		d.Absent(checkProvenance, "")
		d.Note("ATTESTATIONS-MISSING", "the registry announces attestations and does not have them: %v", err)
		return time.Time{}
	case err != nil:
		client.Report(d, checkProvenance, err)
		return time.Time{}
	}
	before := d.Failures()
	published := CheckAttestations(d, j.Verifier, a, raw, e)
	if got := d.Facts().Repository; d.Failures() == before && got != "" && v.Repository != "" && !attest.SameRepository(got, v.Repository) {
		d.Note("CLAIMED-REPOSITORY", "the package names %s as its repository, and was built from %s", v.Repository, got)
	}
	return published
}
