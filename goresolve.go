package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/golock"
)

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
