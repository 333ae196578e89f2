package main

import (
	"context"
	"fmt"
	"strings"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/aptsource"
	"dagger/dockyard/pipeline/base"
	"dagger/dockyard/pipeline/oci"
)

const (
	// stageGo is the Go toolchain the stage program is built with; the go command fetches it as a module.
	stageGo = "go1.26.8"

	// fallbackImage is the Debian image used where the engine's own Go image is no Debian. It only runs clients (apt, pip, npm, go) whose
	// results are checked against hashes or signatures, so it is not pinned; the toolbox argument replaces it.
	fallbackImage = "debian:trixie-slim"
)

// tools are the containers that stages run in. They are lazy: nothing runs before a stage's result is asked for.
type tools struct {
	debian *dagger.Container // Debian with apt and the engine's CA certificates
	stage  *dagger.File      // the stage program
	seed   *dagger.Container // the engine's own Go image
	npmrc  *dagger.Secret
	native string // architecture the containers run on

	pipConfig, uvConfig *dagger.Secret
	goproxy             string
}

// tools prepares the containers. The engine's own Go image comes without pulling anything, as the runtime of an empty module; it does not
// change when this project's code does, so everything made in it stays cached.
func (m *Dockyard) tools(ctx context.Context) (*tools, error) {
	seed := dag.Directory().
		WithNewFile("dagger.json", `{"name":"seed","engineVersion":"v0.19.10","sdk":{"source":"go"}}`).
		AsModule().Runtime()
	own, err := dag.DefaultPlatform(ctx)
	if err != nil {
		return nil, err
	}
	t := &tools{
		debian: m.Toolbox, npmrc: m.Npmrc, pipConfig: m.PipConfig, uvConfig: m.UvConfig, native: oci.Architecture(string(own)), stage: stageProgram(seed),
		seed: seed, goproxy: m.Goproxy,
	}
	if t.debian == nil {
		release, err := seed.File("/etc/os-release").Contents(ctx)
		if err != nil {
			return nil, fmt.Errorf("looking at the engine's Go image: %w", err)
		}
		t.debian = seed
		if !strings.Contains("\n"+release, "\nID=debian\n") {
			t.debian = dag.Container().From(fallbackImage)
		}
	}
	return t, nil
}

// stageProgram builds pipeline/stage. Only pipeline/ and go.mod go in: a change of the public API does not rebuild it.
func stageProgram(golang *dagger.Container) *dagger.File {
	source := dag.CurrentModule().Source()
	return golang.
		WithMountedDirectory("/src/pipeline", source.Directory("pipeline")).
		WithMountedFile("/src/go.mod", source.File("go.mod")).
		WithMountedCache("/go/pkg/mod", dag.CacheVolume("dockyard-stage-mod")).
		WithMountedCache("/root/.cache/go-build", dag.CacheVolume("dockyard-stage-build")).
		WithEnvVariable("GOTOOLCHAIN", stageGo).
		WithEnvVariable("GOMODCACHE", "/go/pkg/mod").
		WithEnvVariable("GOCACHE", "/root/.cache/go-build").
		WithEnvVariable("CGO_ENABLED", "0").
		WithWorkdir("/src/pipeline/stage").
		WithExec([]string{"go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", "/usr/local/bin/stage", "."}).
		File("/usr/local/bin/stage")
}

// online is a container that runs one subcommand of the stage program with the CA certificates that downloads need; mounts add its inputs.
func (t *tools) online(mounts dagger.WithContainerFunc, args ...string) *dagger.Container {
	return runStage(t.debian, t.stage, mounts, args)
}

// offline is the same in an empty container, for subcommands that only turn files into files: the program is static. It also starts sooner, for
// the engine installs its CA certificates in a Debian root before each exec.
func (t *tools) offline(mounts dagger.WithContainerFunc, args ...string) *dagger.Container {
	return runStage(dag.Container().WithNewFile("/tmp/.keep", ""), t.stage, mounts, args)
}

func runStage(c *dagger.Container, stage *dagger.File, mounts dagger.WithContainerFunc, args []string) *dagger.Container {
	return c.WithMountedFile("/usr/local/bin/stage", stage).WithWorkdir("/").With(mounts).
		WithExec(append([]string{"/usr/local/bin/stage"}, args...))
}

// pip is Debian with pip: the client that knows where PyPI is.
func (t *tools) pip() *dagger.Container {
	// One exec for both: an index cached by the engine weeks ago would name packages that are gone.
	c := t.debian.
		WithEnvVariable("DEBIAN_FRONTEND", "noninteractive").
		WithExec([]string{"sh", "-ec", "apt-get update && apt-get install --yes --no-install-recommends python3-pip"})
	if t.pipConfig != nil {
		c = c.WithMountedSecret("/etc/pip.conf", t.pipConfig)
	}
	return c
}

// wheel fetches a pinned wheel for an architecture. pip refuses anything that is not the pinned bytes.
func (t *tools) wheel(w base.Wheels, arch string) *dagger.File {
	pin := w.Wheels[arch]
	return t.pip().
		WithNewFile("/requirements.txt", fmt.Sprintf("%s==%s --hash=sha256:%s\n", w.Package, w.Version, pin.SHA256)).
		WithExec([]string{"python3", "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:",
			"--require-hashes", "--platform", pin.Platform, "--dest", "/wheels", "--requirement", "/requirements.txt"}).
		File("/wheels/" + pin.File)
}

// debianMirrors asks the toolbox's apt for the addresses of the archive and of its security updates.
func (t *tools) debianMirrors(ctx context.Context, override string) (main, security string, err error) {
	if override != "" {
		return override, "", nil
	}
	out, err := t.debian.WithExec(aptsource.Command()).Stdout(ctx)
	if err != nil {
		return "", "", fmt.Errorf("asking apt for its mirror: %w", err)
	}
	main, security = aptsource.Mirrors(out, suite)
	if main == "" {
		return "", "", fmt.Errorf("asking apt for its mirror: the toolbox has no Debian source; name one with --debian-mirror")
	}
	return main, security, nil
}
