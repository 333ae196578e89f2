package gomod

import (
	"errors"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/golock"
	"dagger/dockyard/pipeline/provenance"
	"dagger/dockyard/pipeline/stage/provenance/verdict"
)

// Names of the checks in a verdict.
const (
	checkHash       = "hash"
	checkMod        = "go.mod"
	checkLog        = "checksum-database"
	checkRepository = "repository"
)

// toolchainModule is what the go command fetches toolchains as. It asks the database about them whatever GONOSUMDB says.
var toolchainModule, _, _ = strings.Cut(golock.ToolchainID("1", "amd64"), "@")

// target is one module version of a lock.
type target struct {
	path, version string
	sum, mod      string // hashes in go.sum: of its files, and of its go.mod, "" where the go command wants none
}

// judge reaches the verdict on a module. Where repository is not "", the module must belong to it.
func (c *checker) judge(t target, repository string) provenance.Verdict {
	d := verdict.New("go", t.path, t.version)
	c.repository(d, t, repository)
	c.retraction(d, t)
	if !c.hashes(d, t) {
		return d.Verdict()
	}
	if c.offline {
		d.Fail(provenance.Unreachable, checkLog, "OFFLINE", "the checksum database was not asked, because the check is offline")
		return d.Verdict()
	}
	variable, skipped := c.env.skips(t.path)
	switch {
	case c.log == nil:
		d.Skip(checkLog, errOff.Error())
		d.Note("SUMDB-OFF", "%s", errOff.Error())
	case skipped && t.path != toolchainModule:
		d.Skip(checkLog, "the module matches "+variable)
		d.Note("PRIVATE", "the checksum database was not asked, because the module matches %s", variable)
	default:
		c.transparency(d, t)
	}
	return d.Verdict()
}

// hashes compares what was fetched with the lock.
func (c *checker) hashes(d *verdict.Draft, t target) bool {
	files, err := inCache(c.modules, t.path, t.version)
	if err != nil {
		d.Fail(provenance.Mismatch, checkHash, "HASH", "%v", err)
		return false
	}
	d.File(t.path+"@"+t.version+".zip", t.sum)
	ok := compare(d, checkHash, t.sum, files.hash)
	if t.mod != "" {
		ok = compare(d, checkMod, t.mod, files.hashMod) && ok
	}
	return ok
}

func compare(d *verdict.Draft, check, want string, compute func() (string, error)) bool {
	got, err := compute()
	switch {
	case errors.Is(err, errNotFetched):
		d.Fail(provenance.Unreachable, check, "NOT-FETCHED", "%v", err)
	case err != nil:
		d.Fail(provenance.Mismatch, check, "HASH", "%v", err)
	case got != want:
		d.Fail(provenance.Mismatch, check, "HASH", "got %s, want %s as in go.sum", got, want)
	default:
		d.Pass(check, got)
		return true
	}
	return false
}

// transparency compares the lock with the log of the checksum database.
func (c *checker) transparency(d *verdict.Draft, t target) {
	r, err := c.log.lookup(t.path, t.version)
	switch {
	case errors.Is(err, errAbsent):
		d.Absent(checkLog, err.Error())
		d.Note("NOT-LOGGED", "%s does not have the module: %v", c.log.where(), err)
		return
	case errors.Is(err, errUnreachable):
		d.Fail(provenance.Unreachable, checkLog, "UNREACHABLE", "asking %s: %v", c.log.where(), err)
		return
	case err != nil:
		d.Fail(provenance.Invalid, checkLog, "PROOF", "%s: %v", c.log.where(), err)
		return
	}
	index := r.index
	d.Facts().LogIndex = &index
	before := d.Failures()
	for _, one := range []struct{ version, want string }{{t.version, t.sum}, {t.version + "/go.mod", t.mod}} {
		switch logged := r.sums[one.version]; {
		case one.want == "" || slices.Contains(logged, one.want):
		case len(logged) == 0:
			d.Fail(provenance.Invalid, checkLog, "PROOF", "record %d of %s has no hash of %s", index, c.log.where(), one.version)
		default:
			d.Fail(provenance.Mismatch, checkLog, "LOG", "%s has %s for %s, and go.sum has %s", c.log.where(), strings.Join(logged, " and "), one.version, one.want)
		}
	}
	if d.Failures() == before {
		d.Pass(checkLog, "the hashes are in the log of "+c.log.db.name)
		d.Attain(provenance.Signed)
	}
}

// repository holds the module's path to the repository that the spec names.
func (c *checker) repository(d *verdict.Draft, t target, repository string) {
	if repository == "" {
		return
	}
	switch BelongsTo(t.path, repository) {
	case Belongs:
		d.Pass(checkRepository, "the module's path is that of "+repository)
	case Contradicts:
		d.Fail(provenance.Mismatch, checkRepository, "REPOSITORY", "the module %s does not belong to the repository %q", t.path, repository)
	default:
		d.Skip(checkRepository, "the module's path does not tell its repository")
		d.Note("REPOSITORY", "whether %s comes from %q is not known: its path does not tell, and what its host says of it is not signed", t.path, repository)
	}
}
