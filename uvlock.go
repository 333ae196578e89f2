package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/base"
	"dagger/dockyard/pipeline/oci"
	"dagger/dockyard/pipeline/pylock"
)

// uvPlatform is the newest platform uv knows that the glibc of the base, 2.41, can stand for.
const uvPlatform = "manylinux_2_40"

// uvLock runs uv's resolver with the cut-off for each platform, fetches what it chose, and returns the lock in its committed form.
func (t *tools) uvLock(ctx context.Context, s *server, cutoff time.Time) (*dagger.File, error) {
	uv, err := base.Uv()
	if err != nil {
		return nil, err
	}
	glibc, err := pythonGlibc()
	if err != nil {
		return nil, err
	}
	want, err := s.pythonWant()
	if err != nil {
		return nil, err
	}
	args := []string{"py-lock", "--before=" + cutoff.Format(time.RFC3339), "--python=" + want.Python, "--uv=" + uv.Version, "--glibc=" + glibc,
		"--requirement=" + want.Requirement(), "--out=/requirements.lock"}
	for _, c := range want.Constraints {
		args = append(args, "--constraint="+c)
	}
	inputs := dag.Directory()
	for _, platform := range oci.All() {
		resolved, err := t.uvResolve(ctx, uv, want, platform, cutoff)
		if err != nil {
			return nil, fmt.Errorf("resolving %s for %s with nothing newer than %s: %w", s.spec.Ref(), platform, cutoff.Format(time.RFC3339), err)
		}
		fetched, err := t.pipDownload(resolved, platform, want.Python, glibc)
		if err != nil {
			return nil, err
		}
		inputs = inputs.WithNewFile(platform+"/resolved.txt", resolved).WithDirectory(platform+"/wheels", fetched.Directory("/wheels"))
		args = append(args, "--resolved="+platform+"=/in/"+platform+"/resolved.txt", "--wheels="+platform+"=/in/"+platform+"/wheels")
	}
	return t.offline(func(c *dagger.Container) *dagger.Container { return c.WithMountedDirectory("/in", inputs) }, args...).File("/requirements.lock"), nil
}

// uvResolve returns the requirements that uv chose for a platform. A withdrawn release, which uv takes where it is asked for by its exact
// version, is refused here.
func (t *tools) uvResolve(ctx context.Context, uv base.Wheels, want pylock.Want, platform string, cutoff time.Time) (string, error) {
	c := t.pip().
		WithMountedFile("/wheels/"+uv.Wheels[t.native].File, t.wheel(uv, t.native)).
		WithExec([]string{"python3", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-index",
											"--target", "/opt/uv", "/wheels/" + uv.Wheels[t.native].File}).
		WithEnvVariable("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt") // where the engine adds its certificates; uv has its own
	if t.uvConfig != nil {
		c = c.WithMountedSecret("/etc/uv/uv.toml", t.uvConfig)
	}
	args := []string{"/opt/uv/bin/uv", "pip", "compile", "--generate-hashes", "--only-binary=:all:", "--no-header", "--no-annotate", "--no-python-downloads",
		"--python-version=" + want.Python, "--python-platform=" + pylock.Machines[platform] + "-" + uvPlatform, "--exclude-newer=" + cutoff.Format(time.RFC3339),
		"--output-file=/lock/resolved.txt", "--no-progress", "--color=never"}
	c = c.WithWorkdir("/lock").WithNewFile("/lock/requirements.in", want.Requirement()+"\n")
	if len(want.Constraints) > 0 {
		c = c.WithNewFile("/lock/constraints.txt", strings.Join(want.Constraints, "\n")+"\n")
		args = append(args, "--constraints=/lock/constraints.txt")
	}
	resolved := c.WithExec(append(args, "/lock/requirements.in"))
	said, err := resolved.Stderr(ctx)
	if err != nil {
		return "", err
	}
	if withdrawn := yankedByUv.FindAllString(said, -1); len(withdrawn) > 0 {
		return "", fmt.Errorf("%s; want a release that was not withdrawn", strings.Join(withdrawn, ", "))
	}
	return resolved.File("/lock/resolved.txt").Contents(ctx)
}

var (
	yankedByUv  = regexp.MustCompile("`[^`\n]+` is yanked(?: \\([^\n]*\\))?")
	yankedByPip = regexp.MustCompile(`yanked version: '([^']+)' candidate \(version (\S+)`)
)

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
