package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/catalogue"
	"dagger/dockyard/pipeline/golock"
	"dagger/dockyard/pipeline/problem"
	"dagger/dockyard/pipeline/spec"
)

// goModule is what `go list -m -json` and `go mod download -json` tell of a module version.
type goModule struct {
	Path, Version, GoMod, Sum string
	Time                      time.Time
	Versions                  []string
	Error                     json.RawMessage // an object or a text, by the command
}

// goLockFiles resolves with the go command. The cut-off holds for the server's version and for the toolchain. Dependencies need none: Go takes
// the lowest versions that the modules ask for by name (minimal version selection), and all of those were named before the server's version
// was published.
func (t *tools) goLockFiles(ctx context.Context, s *server, cutoff time.Time) (*dagger.Directory, error) {
	server, line, err := t.goServer(ctx, s, cutoff)
	if err != nil {
		return nil, err
	}
	version, sums, err := t.goChooseToolchain(ctx, s, line, cutoff)
	if err != nil {
		return nil, err
	}
	want := goWant(s.id, s.spec)
	r := golock.Resolution{Toolchain: version, Toolchains: sums, Facts: golock.Facts{Before: cutoff, Package: want.Package, Overrides: want.Overrides}}
	if r.Mod, r.Sum, err = t.goResolve(ctx, s, server, line, version); err != nil {
		return nil, err
	}
	lock, err := r.Lock(want)
	if err != nil {
		return nil, err
	}
	mod, err := lock.EncodeMod()
	return dag.Directory().WithNewFile(catalogue.GoMod, string(mod)).WithNewFile(catalogue.GoSum, string(lock.EncodeSum())), err
}

// goServer finds the module of the spec's package in the spec's version, and the go line of the lock. The longest path is the module.
func (t *tools) goServer(ctx context.Context, s *server, cutoff time.Time) (goModule, string, error) {
	args := []string{"go", "list", "-m", "-e", "-json"}
	for _, c := range golock.Candidates(s.spec.Package.Name) {
		args = append(args, c+"@"+s.spec.Package.Version)
	}
	c := t.goCommand().WithWorkdir("/empty").WithExec(args)
	found, err := goModulesOf(ctx, c)
	if err != nil {
		return goModule{}, "", err
	}
	var own goModule
	var refused []string
	for _, m := range found {
		if m.Error != nil || m.Version != s.spec.Package.Version {
			refused = append(refused, fmt.Sprintf("%s: %s", m.Path, m.Error))
			continue
		}
		own = m
		break
	}
	switch {
	case own.Path == "":
		return own, "", fmt.Errorf("looking for the module of %s: none of its paths has that version:\n  %s", s.spec.Ref(), strings.Join(refused, "\n  "))
	case own.Time.IsZero():
		return own, "", fmt.Errorf("looking at %s@%s: the module proxy does not tell when it was published, which the cut-off needs", own.Path, own.Version)
	case own.Time.After(cutoff):
		return own, "", fmt.Errorf("%s@%s was published at %s, after the cut-off %s; take an older version, or a later cut-off with --before",
			own.Path, own.Version, own.Time.UTC().Format(time.RFC3339), cutoff.Format(time.RFC3339))
	}
	raw, err := c.WithExec([]string{"go", "mod", "edit", "-json", own.GoMod}).Stdout(ctx)
	if err != nil {
		return own, "", fmt.Errorf("reading the go.mod of %s@%s: %w", own.Path, own.Version, err)
	}
	line, err := golock.ServerLine([]byte(raw))
	if err != nil {
		return own, "", fmt.Errorf("reading the go.mod of %s@%s: %w", own.Path, own.Version, err)
	}
	return own, line, nil
}

// goChooseToolchain takes the newest patch release of the go line's series by the cut-off, or the one that an override names, and has the go
// command verify it (by the checksum database, unless the user's environment says otherwise) for each architecture that may build.
func (t *tools) goChooseToolchain(ctx context.Context, s *server, line string, cutoff time.Time) (version string, sums map[string]string, err error) {
	// Another cut-off is another look at the list.
	c := t.goCommand().WithWorkdir("/empty").WithEnvVariable("DOCKYARD_CUTOFF", cutoff.Format(time.RFC3339))
	version = s.overrides()[golock.GoOverride]
	if version == "" {
		if version, err = goNewest(ctx, c, t.native, line, cutoff); err != nil {
			return "", nil, err
		}
	}
	sums = map[string]string{}
	for _, arch := range golock.ToolchainArchitectures {
		// The engine's own must be there. A proxy that lacks the other one leaves it to the checksum database to vouch for that.
		id, expect := golock.ToolchainID(version, arch), dagger.ReturnTypeAny
		if arch == t.native {
			expect = dagger.ReturnTypeSuccess
		}
		args := []string{"go", "mod", "download", "-json", id}
		fetched, err := goModulesOf(ctx, t.goCommand().WithWorkdir("/empty").WithExec(args, dagger.ContainerWithExecOpts{Expect: expect}))
		if err != nil {
			return "", nil, fmt.Errorf("fetching %s: %w", id, err)
		}
		for _, m := range fetched {
			if m.Sum != "" {
				sums[arch] = m.Sum
			}
		}
	}
	return version, sums, nil
}

// goNewest asks for the releases of a go line's series and for when each was published.
func goNewest(ctx context.Context, c *dagger.Container, arch, line string, cutoff time.Time) (string, error) {
	listed, err := goModulesOf(ctx, c.WithExec([]string{"go", "list", "-m", "-json", "-versions", "go"}))
	if err != nil || len(listed) != 1 {
		return "", fmt.Errorf("asking for the releases of Go: %w", err)
	}
	args := []string{"go", "list", "-m", "-e", "-json"}
	series := golock.InSeries(listed[0].Versions, golock.ToolchainLine(line))
	for _, v := range series {
		args = append(args, golock.ToolchainID(v, arch))
	}
	if len(series) == 0 {
		return "", fmt.Errorf("choosing a Go toolchain: there is no release of Go %s", golock.ToolchainLine(line))
	}
	dated, err := goModulesOf(ctx, c.WithExec(args))
	if err != nil {
		return "", fmt.Errorf("asking when the releases of Go were published: %w", err)
	}
	var releases []golock.Release
	for _, v := range series {
		for _, m := range dated {
			if m.Version == golock.ToolchainVersion(v, arch) {
				releases = append(releases, golock.Release{Version: v, Time: m.Time})
			}
		}
	}
	return golock.PickToolchain(releases, line, cutoff)
}

// goResolve has the go command complete a go.mod that requires the server's module and the overrides, for the packages that the program is
// made of on each platform, and returns it with its go.sum.
func (t *tools) goResolve(ctx context.Context, s *server, own goModule, line, version string) (mod, sum string, err error) {
	text := fmt.Sprintf("module dagger/dockyard/servers/%s\n\ngo %s\n\nrequire %s %s\n", s.id, line, own.Path, own.Version)
	overrides := s.overrides()
	for _, name := range slices.Sorted(maps.Keys(overrides)) {
		if name != golock.GoOverride {
			text += fmt.Sprintf("\nrequire %s %s\n", name, overrides[name])
		}
	}
	c := t.goCommand().WithEnvVariable("GOTOOLCHAIN", "go"+version).WithEnvVariable("GOFLAGS", "-mod=mod").WithWorkdir("/lock")
	listed := c.WithNewFile("/lock/go.mod", text).
		WithExec([]string{"go", "list", "-find", "-e", "-f", `{{if eq .Name "main"}}{{.ImportPath}}{{end}}`, own.Path + "/..."})
	said, err := listed.Stdout(ctx)
	if err != nil {
		return "", "", fmt.Errorf("listing the main packages of %s: %w", own.Path, err)
	}
	program, err := golock.PickProgram(strings.Fields(said), s.spec.Package.Name, s.spec.Package.Entrypoint)
	if err != nil {
		return "", "", err
	}
	c = c.WithNewFile("/lock/go.mod", text+"\ntool "+program+"\n")
	for _, arch := range golock.ToolchainArchitectures {
		c = c.WithEnvVariable("GOARCH", arch).WithExec([]string{"go", "list", "-deps", program})
	}
	if mod, err = c.File("/lock/go.mod").Contents(ctx); err != nil {
		var exec *dagger.ExecError
		if errors.As(err, &exec) {
			err = goSaid(err, exec.Stderr)
		}
		return "", "", fmt.Errorf("resolving %s: %w", s.spec.Ref(), err)
	}
	if sum, err = c.File("/lock/go.sum").Contents(ctx); err != nil {
		return "", "", err
	}
	return mod, sum, goWithoutCgo(ctx, c, program)
}

// goWithoutCgo refuses a program with packages that are nothing without cgo. Many that use it have a second form without; only compiling tells.
func goWithoutCgo(ctx context.Context, c *dagger.Container, program string) error {
	list := []string{"go", "list", "-deps", "-f", "{{if and .CgoFiles (not .Standard)}}{{.ImportPath}}{{end}}", program}
	said, err := c.WithEnvVariable("CGO_ENABLED", "1").WithExec(list).Stdout(ctx)
	if err != nil {
		return fmt.Errorf("looking for cgo in %s: %w", program, err)
	}
	using := strings.Fields(said)
	if len(using) == 0 {
		return nil
	}
	if _, err := goCompile(c, program).Sync(ctx); err != nil {
		return fmt.Errorf("%s cannot be built without cgo, which images of Go servers are; these packages use it: %s: %w", program, strings.Join(using, ", "), err)
	}
	return nil
}

// goModulesOf reads the JSON documents that a go command printed.
func goModulesOf(ctx context.Context, c *dagger.Container) ([]goModule, error) {
	said, err := c.Stdout(ctx)
	if err != nil {
		return nil, err
	}
	var out []goModule
	for dec := json.NewDecoder(strings.NewReader(said)); ; {
		var m goModule
		if err := dec.Decode(&m); errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return nil, fmt.Errorf("reading what the go command said: %w", err)
		}
		out = append(out, m)
	}
}

// goWant is what the spec asks of its lock.
func goWant(id string, s *spec.Spec) golock.Want {
	return golock.Want{Server: id, Package: s.Package.Name, Version: s.Package.Version, Entrypoint: s.Package.Entrypoint, Overrides: overrides(s)}
}

// goLock reads the server's lock, which check has found to be in order.
func (s *server) goLock() (*golock.Lock, error) {
	lock, problems := readGoLock(s.tree, s.Server)
	return lock, problems.Err(problem.ErrInvalid)
}

// checkGoLock compares a server's lock with its spec.
func checkGoLock(tree string, s catalogue.Server) problem.List {
	_, problems := readGoLock(tree, s)
	return problems
}

func readGoLock(tree string, s catalogue.Server) (*golock.Lock, problem.List) {
	f := golock.Files{ModName: path.Join(label, s.Path(catalogue.GoMod)), SumName: path.Join(label, s.Path(catalogue.GoSum))}
	for name, into := range map[string]*io.Reader{catalogue.GoMod: &f.Mod, catalogue.GoSum: &f.Sum} {
		file, err := os.Open(filepath.Join(tree, filepath.FromSlash(s.Path(name))))
		if err != nil {
			return nil, problem.List{{File: path.Join(label, s.Path(name)), Message: err.Error()}}
		}
		defer file.Close()
		*into = file
	}
	lock, found := golock.Read(f)
	if lock == nil {
		return nil, found
	}
	return lock, append(found, golock.Check(f, lock, goWant(s.ID, s.Spec))...)
}
