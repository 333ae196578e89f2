package main

import (
	"context"
	"fmt"
	"strings"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/catalogue"
	"dagger/dockyard/pipeline/golock"
	"dagger/dockyard/pipeline/oci"
)

// goModules is the folder of the module cache in containers that run the go command. It is part of the container, not a cache volume: what a
// build reads is then only what its own lock names.
const goModules = "/go-modules"

// golang is how Go modules become images: one static program, built from the modules of the lock, on a base without a C library.
func (m *Dockyard) golang(ctx context.Context, t *tools, s *server) (recipe, error) {
	lock, err := s.goLock()
	if err != nil {
		return recipe{}, err
	}
	fetched, err := t.goFetch(s, lock).Sync(ctx)
	if err != nil {
		return recipe{}, err
	}
	return recipe{origin: m.goOrigin(t, s, lock, fetched), layers: func(platform string, _ *baseLayers) []namedLayer {
		return []namedLayer{{"app", t.goInstall(s, fetched, goBuild(fetched, lock, platform), platform)}}
	}}, nil
}

// goOrigin holds the modules to the checksum database's log, asked for where the go command that fetched them would ask, and has that command tell
// which of them were retracted.
func (m *Dockyard) goOrigin(t *tools, s *server, lock *golock.Lock, fetched *dagger.Container) origin {
	environment := fetched.WithExec([]string{"go", "env", "-json"}, dagger.ContainerWithExecOpts{RedirectStdout: "/goenv.json"}).File("/goenv.json")
	args := []string{"go-provenance", "--mod=/go.mod", "--sum=/go.sum", "--modules=/modules", "--goenv=/goenv.json"}
	if !m.Offline {
		args = append(args, "--retracted=/retracted.json")
	}
	return m.originStage(t, s, func(c *dagger.Container) *dagger.Container {
		if !m.Offline {
			c = c.WithMountedFile("/retracted.json", t.goCommand().WithWorkdir("/empty").
				WithExec(golock.RetractedArgv(lock.Requires), dagger.ContainerWithExecOpts{RedirectStdout: "/retracted.json"}).File("/retracted.json"))
		}
		return c.WithMountedFile("/go.mod", s.file(catalogue.GoMod)).WithMountedFile("/go.sum", s.file(catalogue.GoSum)).
			WithMountedFile("/goenv.json", environment).WithMountedDirectory("/modules", fetched.Directory(goModules))
	}, args...)
}

// goCommand is the engine's own Go image with a known environment: nothing of its configuration but where modules come from and how they are
// verified (GOPROXY, GOSUMDB, GOPRIVATE and the like, which are the user's to choose) reaches a build.
func (t *tools) goCommand() *dagger.Container {
	c := t.seed.
		WithEnvVariable("GOMODCACHE", goModules).
		WithEnvVariable("GOTOOLCHAIN", "local").
		WithEnvVariable("CGO_ENABLED", "0").
		WithEnvVariable("GOOS", "linux").
		WithEnvVariable("GOAMD64", "v1").
		WithEnvVariable("GOARM64", "v8.0")
	for _, name := range []string{"GOENV", "GOWORK", "GOTELEMETRY"} {
		c = c.WithEnvVariable(name, "off")
	}
	for _, name := range []string{"GOFLAGS", "GODEBUG", "GOEXPERIMENT", "GO111MODULE"} {
		c = c.WithEnvVariable(name, "")
	}
	return t.goNetwork(c)
}

// goToolchain is the go command of one version, fetched as a module whose hash is in sums. That is all the fetching depends on, so servers with
// one toolchain share it. A module named plain "toolchain" is refused from Go 1.26 on.
func (t *tools) goToolchain(version string, sums []byte) *dagger.Container {
	return t.goCommand().
		WithNewFile("/toolchain/go.mod", "module dagger/dockyard/toolchain\n").
		WithNewFile("/toolchain/go.sum", string(sums)).
		WithWorkdir("/toolchain").
		WithExec([]string{"go", "mod", "download", golock.ToolchainID(version, t.native)}).
		WithEnvVariable("GOTOOLCHAIN", "go"+version).
		WithExec([]string{"go", "version"}) // makes the toolchain's programs executable
}

// goFetch downloads the modules of the lock, for all platforms at once. The go command refuses one whose hash is not that of go.sum.
func (t *tools) goFetch(s *server, lock *golock.Lock) *dagger.Container {
	return t.goToolchain(lock.Toolchain, lock.ToolchainSums()).
		WithFile("/lock/go.mod", s.file(catalogue.GoMod)).
		WithFile("/lock/go.sum", s.file(catalogue.GoSum)).
		WithWorkdir("/lock").
		WithEnvVariable("GOFLAGS", "-mod=readonly").
		WithExec([]string{"go", "mod", "download"})
}

// goBuild builds the program for a platform, whatever the engine's own is. The engine cannot cut the network from a plain exec, and need not
// here: with cgo off the go command runs nothing of what it builds, and with the proxy off and the lock read-only it fetches nothing. Its
// build cache is keyed on the content of what goes into a step, so sharing it between servers cannot change a program.
func goBuild(fetched *dagger.Container, lock *golock.Lock, platform string) *dagger.File {
	return goCompile(fetched.WithoutMount(netrcFile).WithEnvVariable("GOPROXY", "off").WithEnvVariable("GOARCH", oci.Architecture(platform)), lock.Tool).File("/out/program")
}

func goCompile(c *dagger.Container, program string) *dagger.Container {
	return c.
		WithEnvVariable("GOCACHE", "/go-build").
		WithMountedCache("/go-build", dag.CacheVolume("dockyard-go-build")).
		WithExec([]string{"go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", "/out/program", program})
}

// goInstall holds the program to the lock and makes its layer.
func (t *tools) goInstall(s *server, fetched *dagger.Container, program *dagger.File, platform string) *dagger.Directory {
	args := []string{"go-install", "--mod=/go.mod", "--sum=/go.sum", "--program=/program", "--modules=/modules", "--platform=" + platform,
		"--package=" + s.spec.Package.Name, "--version=" + s.spec.Package.Version, "--out=/out"}
	if e := s.spec.Package.Entrypoint; e != "" {
		args = append(args, "--entrypoint="+e)
	}
	return t.offline(func(c *dagger.Container) *dagger.Container {
		return c.WithMountedFile("/go.mod", s.file(catalogue.GoMod)).WithMountedFile("/go.sum", s.file(catalogue.GoSum)).
			WithMountedFile("/program", program).WithMountedDirectory("/modules", fetched.Directory(goModules))
	}, args...).Directory("/out")
}

// goSaid is a failed go command's error with advice, where the reason is one that the package's author alone can change.
func goSaid(err error, stderr string) error {
	if strings.Contains(stderr, "build constraints exclude all Go files") {
		return fmt.Errorf("%w\nthe server seems to need cgo, which static programs for images are built without; ask its authors for a build without cgo", err)
	}
	return err
}
