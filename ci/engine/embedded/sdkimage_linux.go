package embedded

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

func sdkKey() string {
	in := append(pinned("sdk/go.mod", "sdk/go.sum", "sdk/warm.go"), sdkPackages...)
	return key(append(in, binariesKey(), suite, runtime.GOARCH, "sdk-1")...)
}

// buildSDK makes the engine's built-in content: the image its Go modules are built and run in. It is what the official one holds (git, CA
// bundle, Go, codegen) plus the SDK's dependencies, downloaded and compiled, because the engine fills its caches from this image. The name
// of the manifest's digest is left in the file "digest".
func (e *Engine) buildSDK(ctx context.Context, dir string) error {
	root := filepath.Join(dir, "root")
	if err := e.buildDebian(ctx, root, sdkPackages); err != nil {
		return err
	}
	goroot, err := e.goroot(ctx)
	if err != nil {
		return err
	}
	if err := copyTree(goroot, filepath.Join(root, "usr/local/go")); err != nil {
		return err
	}
	if err := copyFile(e.binary("codegen"), filepath.Join(root, "usr/local/bin/codegen")); err != nil {
		return err
	}
	for _, d := range []string{"go/pkg/mod", "root/.cache/go-build"} {
		if err := os.MkdirAll(filepath.Join(root, d), 0o755); err != nil {
			return err
		}
	}
	if err := e.warm(ctx, root); err != nil {
		return err
	}
	if err := e.writeContent(root, filepath.Join(dir, "content")); err != nil {
		return err
	}
	return os.RemoveAll(root)
}

// warm compiles the SDK's dependencies inside the root itself: compiled packages are found again only under the same paths. Loading a module
// begins with `go mod tidy`, which wants more than a build does, so that is done as well.
func (e *Engine) warm(ctx context.Context, root string) error {
	src, err := sourceDir()
	if err != nil {
		return err
	}
	work := filepath.Join(root, "tmp", "warm")
	if err := copyTree(filepath.Join(src, "sdk"), work); err != nil {
		return err
	}
	// Downloads go through the cache folder on the host, where the user's own proxy settings hold; the root takes them from there.
	if _, err := e.goTool(ctx, work, "mod", "tidy"); err != nil {
		return err
	}
	for _, args := range [][]string{{"mod", "tidy"}, {"build", "-ldflags", "-s -w", "-o", "/dev/null", "."}} {
		cmd := exec.CommandContext(ctx, "/usr/local/go/bin/go", args...)
		cmd.Env = []string{"PATH=/usr/local/go/bin:/usr/sbin:/usr/bin", "HOME=/root", "GOPATH=/go", "GOTOOLCHAIN=local", "GOFLAGS=-modcacherw",
			"GOPROXY=file:///mnt", "GOSUMDB=off", "GOWORK=off"}
		enterRoot(cmd, rootOptions{Root: root, Dir: "/tmp/warm", Binds: map[string]string{filepath.Join(e.modCache(), "cache/download"): "/mnt"}})
		if _, err := e.output(cmd); err != nil {
			return err
		}
	}
	return os.RemoveAll(work)
}
