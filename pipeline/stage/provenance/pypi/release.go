package pypi

import (
	"context"
	"errors"

	"dagger/dockyard/pipeline/provenance"
	"dagger/dockyard/pipeline/stage/provenance/attest"
	"dagger/dockyard/pipeline/stage/provenance/verdict"
)

// Judge judges the files of releases. Without Indexes it asks nobody.
type Judge struct {
	Verifier *attest.Verifier
	Indexes  Indexes
}

// Release reaches the verdict on a release by the files of it that are used, whose bytes have the given hashes: VERIFIED when every one is, and
// else what the worst of them is.
func (j *Judge) Release(ctx context.Context, d *verdict.Draft, files []Artifact, e attest.Expectations) {
	for _, a := range files {
		d.File(a.File, "sha256:"+a.SHA256)
	}
	if len(j.Indexes) == 0 {
		d.Fail(provenance.Unreachable, checkIndex, "OFFLINE", "the index was not asked, because the check is offline")
		return
	}
	pages := j.Indexes.pages(files[0].Project)
	verified := true
	for _, a := range files {
		from, listed, err := pages.find(ctx, a)
		switch {
		case errors.Is(err, errNone):
			d.Absent(checkIndex, a.File)
			d.Note("NOT-LISTED", "%v", err)
			verified = false
			continue
		case err != nil:
			client.Report(d, checkIndex, err)
			return
		}
		verified = j.file(ctx, d, a, from, listed, e) && verified
	}
	if verified {
		d.Attain(provenance.Verified)
	}
}

// file tells whether one file is proven to come from its publisher. Only the index that it comes from is asked for that.
func (j *Judge) file(ctx context.Context, d *verdict.Draft, a Artifact, from *Index, l Listed, e attest.Expectations) bool {
	if l.Yanked != nil {
		d.Facts().Yanked = l.Yanked
		d.Note("YANKED", "%s was withdrawn (yanked) by its publisher: %.500q", a.File, *l.Yanked)
	}
	switch {
	case l.SHA256 == "":
		d.Absent(checkIndex, "the index gives no SHA-256 of "+a.File)
	case l.SHA256 != a.SHA256:
		d.Fail(provenance.Mismatch, checkIndex, "DIGEST", "%s: the index has SHA-256 %s, want %s as in the lock", a.File, l.SHA256, a.SHA256)
		return false
	default:
		d.Pass(checkIndex, a.File)
	}
	raw, err := from.Provenance(ctx, a, l)
	switch {
	case errors.Is(err, errNone):
		d.Absent(checkOther, err.Error())
		d.Note("NO-ATTESTATIONS", "%v", err)
		return false
	case err != nil:
		client.Report(d, checkOther, err)
		return false
	}
	return j.attestations(d, a, raw, e)
}

// attestations also holds the files of one release to each other: they come from one repository and commit.
func (j *Judge) attestations(d *verdict.Draft, a Artifact, raw []byte, e attest.Expectations) bool {
	f := d.Facts()
	repository, commit := f.Repository, f.Commit
	ok := CheckProvenance(d, j.Verifier, a, raw, e)
	if repository != "" && f.Repository != "" && !attest.SameRepository(repository, f.Repository) {
		d.Fail(provenance.Mismatch, checkOther, "FILES", "%s comes from %q, and another file of the release from %q", a.File, f.Repository, repository)
		return false
	}
	if commit != "" && f.Commit != "" && commit != f.Commit {
		d.Note("FILES", "%s was built from commit %s, and another file of the release from %s", a.File, f.Commit, commit)
	}
	return ok
}
