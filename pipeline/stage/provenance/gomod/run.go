// Package gomod verifies the modules of a Go lock: that what was fetched has the hashes of go.sum, and that these stand in the transparency log of
// the checksum database. The log proves that everybody gets the same bytes for a version, and not who published them: there is no build
// provenance for Go modules, so the best outcome is SIGNED.
package gomod

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"dagger/dockyard/pipeline/golock"
	"dagger/dockyard/pipeline/provenance"
	"dagger/dockyard/pipeline/stage/credentials"
	"dagger/dockyard/pipeline/stage/fetch"
	"dagger/dockyard/pipeline/stage/provenance/verdict"
)

// parallel bounds the modules that are looked at at once.
const parallel = 12

// Options say what to verify.
type Options struct {
	Mod, Sum   string // the lock: go.mod and go.sum
	Modules    string // the module cache (GOMODCACHE) that the build uses
	GoEnv      string // output of `go env -json` where the modules were fetched
	Package    string // spec.package
	Version    string
	Repository string // provenance.repository_uri of the spec: https address, or OWNER/NAME at GitHub; "" compares nothing
	Netrc      string // file with credentials for GOPROXY and the database; "" is none
	Retracted  string // what the go command of golock.RetractedArgv printed; "" was not asked
	Offline    bool   // compare hashes and ask nobody
	Fetch      fetch.Options
}

type checker struct {
	modules string
	offline bool
	env     Env
	log     *remote // nil when GOSUMDB is off

	asked     bool                         // for retractions
	retracted map[string]golock.Retraction // by PATH@VERSION: those that are not in order
}

// Run reaches a verdict for each module of a lock, and for each toolchain of it that was fetched. An error means that there is no result.
func Run(ctx context.Context, o Options) (provenance.Result, error) {
	lock, err := o.lock()
	if err != nil {
		return provenance.Result{}, err
	}
	c, err := newChecker(ctx, o)
	if err != nil {
		return provenance.Result{}, err
	}
	if err := c.retractions(o.Retracted, lock); err != nil {
		return provenance.Result{}, err
	}
	own, _ := lock.Server()
	targets := []target{{own.Path, own.Version, lock.Sum(own.Path, own.Version), lock.Sum(own.Path, own.Version+"/go.mod")}}
	for _, r := range lock.Requires {
		if r.Path != own.Path {
			targets = append(targets, target{r.Path, r.Version, lock.Sum(r.Path, r.Version), lock.Sum(r.Path, r.Version+"/go.mod")})
		}
	}
	targets = append(targets, c.toolchains(lock)...)
	verdicts := verdict.Each(len(targets), parallel, func(i int) provenance.Verdict {
		if i == 0 {
			return c.judge(targets[i], address(o.Repository))
		}
		return c.judge(targets[i], "")
	})
	trust := ""
	if c.log != nil {
		sum := sha256.Sum256([]byte(c.log.db.key))
		trust = "sha256:" + hex.EncodeToString(sum[:])
	}
	return provenance.NewResult("go", verdicts[0], verdicts[1:], trust), nil
}

func newChecker(ctx context.Context, o Options) (*checker, error) {
	raw, err := readAtMost(o.GoEnv, maxEnv+1)
	if err != nil {
		return nil, err
	}
	c := &checker{modules: o.Modules, offline: o.Offline}
	if c.env, err = ParseEnv(raw); err != nil {
		return nil, fmt.Errorf("reading %q: %w", o.GoEnv, err)
	}
	db, err := c.env.database()
	switch {
	case errors.Is(err, errOff):
		return c, nil
	case err != nil:
		return nil, fmt.Errorf("reading %q: %w", o.GoEnv, err)
	}
	secrets, err := credentials.Load(credentials.Files{Netrc: o.Netrc})
	if err != nil {
		return nil, err
	}
	o.Fetch.Authorize = secrets.Authorization
	if o.Fetch.AttemptTimeout == 0 {
		o.Fetch.AttemptTimeout = time.Minute
	}
	if o.Fetch.Deadline == 0 {
		o.Fetch.Deadline = 3 * time.Minute
	}
	c.log = newRemote(ctx, c.env, db, o.Fetch)
	return c, nil
}

// toolchains are those that were fetched. A lock has hashes for all machines a build may run on, and one build fetches one of them. Where none was
// fetched, all are asked about, so that this does not go unnoticed.
func (c *checker) toolchains(lock *golock.Lock) []target {
	var all, fetched []target
	for _, arch := range golock.ToolchainArchitectures {
		v := golock.ToolchainVersion(lock.Toolchain, arch)
		sum := lock.Sum(toolchainModule, v)
		if sum == "" {
			continue
		}
		t := target{path: toolchainModule, version: v, sum: sum}
		all = append(all, t)
		if f, err := inCache(c.modules, t.path, t.version); err == nil {
			if _, err := os.Lstat(f.zip); err == nil {
				fetched = append(fetched, t)
			}
		}
	}
	if len(fetched) > 0 {
		return fetched
	}
	return all
}

// lock reads the lock and holds it to what the spec says. Overrides are the lock's own: the spec was compared with them before.
func (o Options) lock() (*golock.Lock, error) {
	mod, err := os.Open(o.Mod)
	if err != nil {
		return nil, fmt.Errorf("reading the lock: %w", err)
	}
	defer mod.Close()
	sum, err := os.Open(o.Sum)
	if err != nil {
		return nil, fmt.Errorf("reading the lock: %w", err)
	}
	defer sum.Close()
	f := golock.Files{ModName: "go.mod", SumName: "go.sum", Mod: mod, Sum: sum}
	lock, found := golock.Read(f)
	if lock == nil {
		return nil, found.Err(golock.ErrLock)
	}
	want := golock.Want{Package: o.Package, Version: o.Version}
	if lock.Facts != nil {
		want.Overrides, want.Retracted = lock.Facts.Overrides, lock.Facts.Retracted
	}
	return lock, golock.Check(f, lock, want).Err(golock.ErrLock)
}

// address completes OWNER/NAME to the address at GitHub.
func address(repository string) string {
	if repository == "" || strings.Contains(repository, "://") {
		return repository
	}
	return "https://github.com/" + repository
}

// readAtMost reads the first limit bytes of a file; too long a one is its parser's to refuse.
func readAtMost(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
}
