package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/base"
	"dagger/dockyard/pipeline/oci"
	"dagger/dockyard/pipeline/pylock"
	"dagger/dockyard/pipeline/sdist"
)

// uvPlatform is the newest platform uv knows that the glibc of the base, 2.41, can stand for.
const uvPlatform = "manylinux_2_40"

// uvRequest is what uv is to resolve for a server: its package, or what its source distributions are built with.
type uvRequest struct {
	want  pylock.Want
	known sdist.Known // what is known of the packages that want has built from source
	tools []string    // requirements of builds, in place of want's own
	alone bool        // the package without what it requires
}

// unsolved is uv's answer that nothing fits what it was asked for.
type unsolved struct {
	wheels []string // packages that it did not take because they have no wheel
	err    error
}

func (u *unsolved) Error() string { return pylock.AllowSource(u.wheels) + u.err.Error() }

func (u *unsolved) Unwrap() error { return u.err }

// resolution is what uv chose.
type resolution struct {
	request  uvRequest
	resolved map[string]string // platform to the requirements file, with the hashes of every file of each release
	yanked   []string          // releases among them that were withdrawn, sorted
}

// uvLock has uv resolve want with the cut-off, fetches what it chose, and returns the lock in its committed form.
func (t *tools) uvLock(ctx context.Context, want pylock.Want, cutoff time.Time) (*dagger.File, error) {
	r, err := t.resolve(ctx, uvRequest{want: want}, cutoff)
	if err != nil {
		return nil, err
	}
	return t.lockOf(r, cutoff, nil)
}

// resolve runs uv's resolver for each platform.
func (t *tools) resolve(ctx context.Context, q uvRequest, cutoff time.Time) (resolution, error) {
	uv, err := base.Uv()
	if err != nil {
		return resolution{}, err
	}
	r := resolution{request: q, resolved: map[string]string{}}
	for _, platform := range oci.All() {
		resolved, withdrawn, err := t.uvResolve(ctx, uv, q, platform, cutoff)
		if err != nil {
			return r, fmt.Errorf("resolving %s for %s with nothing newer than %s: %w", q.name(), platform, cutoff.Format(time.RFC3339), err)
		}
		r.resolved[platform] = resolved
		r.yanked = sdist.Sorted(r.yanked, withdrawn)
	}
	return r, nil
}

func (q uvRequest) name() string {
	if q.tools != nil {
		return "the build requirements " + strings.Join(q.tools, ", ")
	}
	return q.want.Requirement()
}

// lockOf fetches what was chosen and makes the lock of it. sources are the source distributions among it, nil for none.
func (t *tools) lockOf(r resolution, cutoff time.Time, sources *fetchedSources) (*dagger.File, error) {
	uv, err := base.Uv()
	if err != nil {
		return nil, err
	}
	glibc, err := pythonGlibc()
	if err != nil {
		return nil, err
	}
	want := r.request.want
	args := []string{"py-lock", "--before=" + cutoff.Format(time.RFC3339), "--python=" + want.Python, "--uv=" + uv.Version, "--glibc=" + glibc, "--out=/requirements.lock"}
	inputs := dag.Directory()
	args = append(args, r.facts(sources)...)
	if sources != nil && r.request.tools == nil {
		inputs, args = inputs.WithDirectory("sdists", sources.files), append(args, "--sdists=/in/sdists")
	}
	for _, platform := range oci.All() {
		wheels, err := t.wheelsOf(r, platform, glibc)
		if err != nil {
			return nil, err
		}
		inputs = inputs.WithNewFile(platform+"/resolved.txt", r.resolved[platform]).WithDirectory(platform+"/wheels", wheels)
		args = append(args, "--resolved="+platform+"=/in/"+platform+"/resolved.txt", "--wheels="+platform+"=/in/"+platform+"/wheels")
	}
	return t.offline(func(c *dagger.Container) *dagger.Container { return c.WithMountedDirectory("/in", inputs) }, args...).File("/requirements.lock"), nil
}

// facts are the arguments that have the lock record what it was made from.
func (r resolution) facts(sources *fetchedSources) []string {
	var args []string
	switch q := r.request; {
	case q.tools != nil:
		for _, b := range sources.builds() {
			args = append(args, "--build="+b)
		}
		for _, requirement := range q.tools {
			args = append(args, "--require="+requirement)
		}
	default:
		args = append(args, "--requirement="+q.want.Requirement())
		for _, c := range q.want.Constraints {
			args = append(args, "--constraint="+c)
		}
		if sources != nil {
			for _, i := range sources.plan.Sdists {
				args = append(args, "--sdist="+i.ID())
			}
		}
	}
	for _, id := range r.yanked {
		args = append(args, "--yanked="+id)
	}
	return args
}

// wheelsOf fetches what was chosen for a platform, but for what is built from source.
func (t *tools) wheelsOf(r resolution, platform, glibc string) (*dagger.Directory, error) {
	requirements := r.resolved[platform]
	if q := r.request; q.tools == nil && len(q.want.Sdists) > 0 {
		packages, err := r.packages(platform)
		if err != nil {
			return nil, err
		}
		packages = slices.DeleteFunc(packages, func(p pylock.Package) bool { return q.want.FromSource(p.Name) })
		if len(packages) == 0 {
			return dag.Directory(), nil
		}
		requirements = pylock.Requirements(packages)
	}
	fetched, err := t.pipDownload(requirements, platform, r.request.want.Python, glibc)
	if err != nil {
		return nil, err
	}
	return fetched.Directory("/wheels"), nil
}

// packages are those that were chosen for a platform.
func (r resolution) packages(platform string) ([]pylock.Package, error) {
	lock, problems := pylock.Read("the resolver's answer", strings.NewReader(r.resolved[platform]))
	if err := problems.Err(pylock.ErrLock); err != nil {
		return nil, err
	}
	return lock.Packages, nil
}

// uvResolve returns the requirements that uv chose for a platform, and those of the releases that were withdrawn. uv takes such a release where it
// is asked for by its exact version; one that the spec does not allow is refused here.
func (t *tools) uvResolve(ctx context.Context, uv base.Wheels, q uvRequest, platform string, cutoff time.Time) (requirements string, withdrawn []string, err error) {
	c := t.pip().
		WithMountedFile("/wheels/"+uv.Wheels[t.native].File, t.wheel(uv, t.native)).
		WithExec([]string{"python3", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-index",
											"--target", "/opt/uv", "/wheels/" + uv.Wheels[t.native].File}).
		WithEnvVariable("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt") // where the engine adds its certificates; uv has its own
	if t.uvConfig != nil {
		c = c.WithMountedSecret("/etc/uv/uv.toml", t.uvConfig)
	}
	args := []string{"/opt/uv/bin/uv", "pip", "compile", "--no-cache", "--generate-hashes", "--only-binary=:all:", "--no-header", "--no-annotate", "--no-python-downloads",
		"--python-version=" + q.want.Python, "--python-platform=" + pylock.Machines[platform] + "-" + uvPlatform, "--exclude-newer=" + cutoff.Format(time.RFC3339),
		"--output-file=/lock/resolved.txt", "--no-progress", "--color=never"}
	c = c.WithWorkdir("/lock")
	if q.tools != nil {
		c = c.WithNewFile("/lock/requirements.in", strings.Join(q.tools, "\n")+"\n")
	} else {
		c, args = q.inputs(c, args)
	}
	resolved := c.WithExec(append(args, "/lock/requirements.in"))
	said, err := resolved.Stderr(ctx)
	if exec := (*dagger.ExecError)(nil); errors.As(err, &exec) && q.tools == nil && strings.Contains(exec.Stderr, "No solution found") {
		return "", nil, &unsolved{pylock.SourceOnly(exec.Stderr), err}
	}
	if err != nil {
		return "", nil, err
	}
	withdrawn, err = pylock.Withdrawn(said, q.want)
	if err != nil {
		return "", nil, err
	}
	requirements, err = resolved.File("/lock/resolved.txt").Contents(ctx)
	return requirements, withdrawn, err
}

// inputs are the files and arguments for the package of a server.
func (q uvRequest) inputs(c *dagger.Container, args []string) (*dagger.Container, []string) {
	c = c.WithNewFile("/lock/requirements.in", q.want.Requirement()+"\n")
	if q.alone {
		args = append(args, "--no-deps")
	}
	if len(q.want.Constraints) > 0 {
		c = c.WithNewFile("/lock/constraints.txt", strings.Join(q.want.Constraints, "\n")+"\n")
		args = append(args, "--constraints=/lock/constraints.txt")
	}
	if len(q.want.Sdists) > 0 {
		// Without it uv would build them here, with the network and the credentials, to learn what they require.
		c = c.WithNewFile("/lock/uv.toml", q.known.Config(q.want.Sdists))
	}
	for _, name := range q.want.Sdists {
		args = append(args, "--no-binary="+pylock.CanonicalName(name))
	}
	return c, args
}

var yankedByPip = regexp.MustCompile(`yanked version: '([^']+)' candidate \(version (\S+)`)

// yankedSince finds the releases that were withdrawn after the lock was made. Their bytes are still those of the lock, so a build says it and
// goes on.
func yankedSince(said string) []string {
	var out []string
	for _, m := range yankedByPip.FindAllStringSubmatch(said, -1) {
		out = append(out, fmt.Sprintf("YANKED: %s==%s was withdrawn from the index after the lock was made; run `dagger call lock`", m[1], m[2]))
	}
	return out
}

func unique(list []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, s := range list {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}
