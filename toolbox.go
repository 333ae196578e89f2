package main

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

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
//
// What several stages are given is asked for by itself, by its method Sync, and given to them as its result. A value that was not is a description of
// how to make it, and each of its uses, and of the uses of what is made with it, asks the engine for everything in that description again.
type tools struct {
	debian *dagger.Container // Debian with apt and the engine's CA certificates
	seed   *dagger.Container // the engine's own Go image
	native string            // architecture the containers run on

	// What several steps ask for and is the same for all of them; the first to ask does the work.
	stage   func() *dagger.File // the stage program
	mirrors func() (debianMirrors, error)
	scanner func() ([]*dagger.Directory, error) // layers of Cisco's scanner

	clients
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
		debian: m.Toolbox, native: oci.Architecture(string(own)), seed: seed,
		clients: clients{
			npmrc: m.Npmrc, pipConfig: m.PipConfig, uvConfig: m.UvConfig, netrc: m.Netrc, goproxy: m.Goproxy, gonosumdb: m.Gonosumdb, debianMirror: m.DebianMirror,
		},
	}
	if t.debian == nil {
		release, err := seed.File("/etc/os-release").Contents(ctx)
		if err != nil {
			return nil, fmt.Errorf("looking at the engine's Go image: %w", err)
		}
		t.debian = seed
		if !strings.Contains("\n"+release, "\nID=debian\n") {
			// That image has no certificates of its own.
			t.debian = dag.Container().From(fallbackImage).WithFile(caBundle, seed.File(caBundle))
		}
		t.ownSources = m.DebianMirror != ""
	}
	if m.CaCertificates != nil {
		if t.debian, err = trusting(ctx, t.debian, m.CaCertificates); err != nil {
			return nil, err
		}
		if t.seed, err = trusting(ctx, t.seed, m.CaCertificates); err != nil {
			return nil, err
		}
	}
	t.stage = sync.OnceValue(func() *dagger.File {
		program := t.stageProgram()
		if done, err := program.Sync(ctx); err == nil {
			return done
		}
		return program // what it failed at shows where it is used
	})
	t.mirrors = sync.OnceValues(func() (debianMirrors, error) { return t.debianMirrors(ctx, m.DebianMirror) })
	t.scanner = sync.OnceValues(func() ([]*dagger.Directory, error) { return m.ciscoLayers(ctx, t) })
	return t, nil
}

// stageProgram builds pipeline/stage from pipeline/ and go.mod. A change of another file of the module compiles nothing, for the compiler has its own
// cache, and yet makes everything after it new to the engine, which knows what is mounted by where it comes from and not by its bytes.
func (t *tools) stageProgram() *dagger.File {
	source := dag.CurrentModule().Source()
	return t.goNetwork(t.seed).
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
	return runStage(t.debian, t.stage(), mounts, args)
}

// offline is the same in an empty container, for subcommands that only turn files into files: the program is static. It also starts sooner, for
// the engine installs its CA certificates in a Debian root before each exec.
func (t *tools) offline(mounts dagger.WithContainerFunc, args ...string) *dagger.Container {
	return runStage(dag.Container().WithNewFile("/tmp/.keep", ""), t.stage(), mounts, args)
}

func runStage(c *dagger.Container, stage *dagger.File, mounts dagger.WithContainerFunc, args []string) *dagger.Container {
	return c.WithMountedFile("/usr/local/bin/stage", stage).WithWorkdir("/").With(mounts).
		WithExec(append([]string{"/usr/local/bin/stage"}, args...))
}

// pip is Debian with pip: the client that knows where PyPI is.
func (t *tools) pip() *dagger.Container {
	// One exec for both: an index cached by the engine weeks ago would name packages that are gone.
	script, c := "apt-get update && apt-get install --yes --no-install-recommends python3-pip", t.debian.WithEnvVariable("DEBIAN_FRONTEND", "noninteractive")
	if t.ownSources {
		c = t.aptSources(c)
		script = "apt-get update $DOCKYARD_APT && apt-get install --yes --no-install-recommends $DOCKYARD_APT python3-pip"
		c = c.WithEnvVariable("DOCKYARD_APT", strings.Join(aptArgs, " "))
	}
	c = t.withoutApt(c.WithExec([]string{"sh", "-ec", script}))
	if t.pipConfig != nil {
		c = c.WithMountedSecret("/etc/pip.conf", t.pipConfig)
	}
	return t.withNetrc(c)
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

// debianMirrors are the addresses of the archive and of its security updates; the latter may be empty.
type debianMirrors struct{ main, security string }

// debianMirrors asks the toolbox's apt for them.
func (t *tools) debianMirrors(ctx context.Context, override string) (debianMirrors, error) {
	if override != "" {
		return debianMirrors{main: override}, nil
	}
	out, err := t.debian.WithExec(aptsource.Command()).Stdout(ctx)
	if err != nil {
		return debianMirrors{}, fmt.Errorf("asking apt for its mirror: %w", err)
	}
	var found debianMirrors
	if found.main, found.security = aptsource.Mirrors(out, suite); found.main == "" {
		return found, fmt.Errorf("asking apt for its mirror: the toolbox has no Debian source; name one with --debian-mirror")
	}
	return found, nil
}

// synced makes the engine do what directories need, side by side, and returns them as results.
func synced(ctx context.Context, dirs ...*dagger.Directory) ([]*dagger.Directory, error) {
	g, gctx := errgroup.WithContext(ctx)
	for i, d := range dirs {
		g.Go(func() (err error) {
			dirs[i], err = d.Sync(gctx)
			return err
		})
	}
	return dirs, g.Wait()
}
