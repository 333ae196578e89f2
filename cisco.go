package main

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"dagger/dockyard/internal/dagger"
	"dagger/dockyard/pipeline/base"
	"dagger/dockyard/pipeline/cisco"
	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/pylock"
	"dagger/dockyard/pipeline/sandbox"
)

// ciscoResult is the file that the cisco stage leaves (pipeline/stage/cisco).
const ciscoResult = "cisco.json"

// ciscoKeys open the analyzers of Cisco's scanner that need a service. The zero value leaves them out.
type ciscoKeys struct {
	LLM                   *dagger.Secret // of a language model's provider
	LLMModel, LLMEndpoint string         // in the terms of LiteLLM; "" is the scanner's own choice
	API                   *dagger.Secret // of Cisco AI Defense
	APIEndpoint           string         // "" is the scanner's own choice
}

func (k ciscoKeys) online() bool { return k.LLM != nil || k.API != nil }

// cisco runs Cisco's scanner over a surface and returns its result. server is the name in the findings. What the scanner fails at is in the result; a
// failed one that the engine kept is tried once more, for a busy machine or service may have been the reason. The analyzers that need keys run in
// a container of their own, so that nothing about them touches what the others say.
func (m *Dockyard) cisco(ctx context.Context, t *tools, server string, surface *dagger.File, keys ciscoKeys) (finding.Result, error) {
	layers, err := t.scanner()
	if err != nil {
		return finding.Result{}, fmt.Errorf("preparing Cisco's scanner: %w", err)
	}
	run := ciscoRun{layers: layers, stage: t.stage(), server: server, surface: surface, keys: keys}
	offline, err := again(ctx, run.offline, forever)
	if err != nil || !keys.online() {
		return offline, err
	}
	online, err := again(ctx, run.online, soonest)
	return offline.Join(online), err
}

// ciscoLayers are the layers of the scanner's root, for the platform that containers run on: Debian with CPython, its compiled library, and the
// packages of the lock. They depend on nothing of a server.
func (m *Dockyard) ciscoLayers(ctx context.Context, t *tools) ([]*dagger.Directory, error) {
	lock, version, err := cisco.Read()
	if err != nil {
		return nil, err
	}
	python, err := base.PythonMinor()
	if err != nil {
		return nil, err
	}
	platform := "linux/" + t.native
	packages, err := lock.Select(platform)
	if err != nil {
		return nil, err
	}
	below, glibc, err := m.pythonBase(ctx, t)
	if err != nil {
		return nil, err
	}
	fetched, err := t.pipDownload(pylock.Requirements(packages), platform, python, glibc)
	if err != nil {
		return nil, err
	}
	root := t.root(below)
	app := pyPackage{
		lock: dag.Directory().WithNewFile("requirements.lock", string(cisco.Lock)).File("requirements.lock"),
		name: cisco.Package, version: version, entrypoint: cisco.Script,
	}
	return synced(ctx, below, t.pyLibrary(root, root, python), t.pyInstall(root, app, fetched.Directory("/wheels"), platform, python, glibc))
}

// ciscoRun is what one run of the scanner needs.
type ciscoRun struct {
	layers  []*dagger.Directory
	stage   *dagger.File
	server  string
	surface *dagger.File
	keys    ciscoKeys
}

// A failure that the engine kept is worth another run. What comes back sooner than soonest is kept: the scanner with its client for models takes
// longer to start. A service that has just refused is not asked again at once, for the scanner itself has tried several times.
const (
	soonest = 3 * time.Second
	forever = time.Duration(math.MaxInt64)
)

// again runs the scanner once more if it failed within a time.
func again(ctx context.Context, run func(nonce string) *dagger.Directory, within time.Duration) (finding.Result, error) {
	begun := time.Now()
	result, err := readResult(ctx, run("").File(ciscoResult))
	if err != nil || result.Complete() || time.Since(begun) > within {
		return result, err
	}
	return readResult(ctx, run(strconv.FormatInt(time.Now().UnixNano(), 36)).File(ciscoResult))
}

// root is a build context with the scanner's layers, and the instructions that unpack them.
func (r ciscoRun) root() (*dagger.Directory, string) {
	files := dag.Directory()
	var names []string
	for i, l := range r.layers {
		name := fmt.Sprintf("layer%d.tar.gz", i)
		files, names = files.WithFile(name, l.File("layer.tar.gz")), append(names, name)
	}
	return files, sandbox.Root(names)
}

func (r ciscoRun) argv(surface string) []string {
	return []string{"cisco", "--server=" + r.server, "--surface=" + surface, "--out=" + sandbox.Out}
}

// offline runs the analyzers that need nothing but their rules, without network.
func (r ciscoRun) offline(nonce string) *dagger.Directory {
	files, dockerfile := r.root()
	argv := append([]string{sandbox.In + "/stage"}, r.argv(sandbox.In+"/surface.json")...)
	return files.
		WithNewDirectory("in", dagger.DirectoryWithNewDirectoryOpts{Permissions: 0o700}).
		WithFile("in/stage", r.stage).
		WithFile("in/surface.json", r.surface).
		WithNewFile("Dockerfile", dockerfile+sandbox.Run("in", sandbox.Step{Nonce: nonce, Argv: argv})).
		DockerBuild().Directory(sandbox.Out)
}

// online runs the analyzers that there are keys for, with network. The keys are the only secrets in the container, and the scanner gets them as
// variables; the stage program runs as root and starts it without privileges, as it does offline.
func (r ciscoRun) online(nonce string) *dagger.Directory {
	files, dockerfile := r.root()
	args := append([]string{"/usr/local/bin/stage"}, r.argv("/surface.json")...)
	args = append(args, "--nonce="+nonce)
	c := files.WithNewFile("Dockerfile", dockerfile).DockerBuild().
		WithMountedFile("/usr/local/bin/stage", r.stage).
		WithMountedFile("/surface.json", r.surface).
		WithMountedTemp("/tmp").WithMountedTemp(sandbox.Home).
		WithNewFile("/.dockyard/.keep", "", dagger.ContainerWithNewFileOpts{Permissions: 0o600})
	if k := r.keys; k.LLM != nil {
		args = append(args, "--analyzer=llm")
		c = c.WithSecretVariable("MCP_SCANNER_LLM_API_KEY", k.LLM)
		c = withVariable(withVariable(c, "MCP_SCANNER_LLM_MODEL", k.LLMModel), "MCP_SCANNER_LLM_BASE_URL", k.LLMEndpoint)
	}
	if k := r.keys; k.API != nil {
		args = append(args, "--analyzer=api")
		c = withVariable(c.WithSecretVariable("MCP_SCANNER_API_KEY", k.API), "MCP_SCANNER_ENDPOINT", k.APIEndpoint)
	}
	return c.WithExec(args).Directory(sandbox.Out)
}

func withVariable(c *dagger.Container, name, value string) *dagger.Container {
	if value == "" {
		return c
	}
	return c.WithEnvVariable(name, value)
}

// lockScanner resolves the newest scanner that the cut-off allows.
func (m *Dockyard) lockScanner(ctx context.Context, cutoff time.Time) (*dagger.Changeset, error) {
	t, err := m.tools(ctx)
	if err != nil {
		return nil, err
	}
	want, err := cisco.Want()
	if err != nil {
		return nil, err
	}
	lock, err := t.uvLock(ctx, want, cutoff)
	if err != nil {
		return nil, err
	}
	// Reading it makes the engine do the work here, where an error can say what it was for.
	if _, err := lock.Contents(ctx); err != nil {
		return nil, err
	}
	before := dag.Directory().WithNewFile(cisco.LockFile, string(cisco.Lock))
	return before.WithFile(cisco.LockFile, lock).Changes(before), nil
}
