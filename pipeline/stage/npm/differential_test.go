//go:build network

// The test in this file compares this package with npm itself, on locks of real packages. It needs npm on the PATH and the registry npm is
// configured for:
//
//	go test -tags network -timeout 30m -run TestDifferential ./npm

package npm

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"dagger/dockyard/pipeline/npmlock"
	"dagger/dockyard/pipeline/npmregistry"
	"dagger/dockyard/pipeline/stage/layer"
)

// differential are packages that between them have most of what npm knows: scopes, nested versions, platform packages, bundles, executables in
// conflict, optional packages of other platforms with dependencies of their own.
var differential = []string{
	"@upstash/context7-mcp@4.1.1",
	"@modelcontextprotocol/server-sequential-thinking@2026.8.31",
	"@modelcontextprotocol/inspector@latest",
	"sharp@latest",
	"esbuild@latest",
	"lightningcss@latest",
	"@tailwindcss/oxide@latest",
	"rolldown@latest",
	"npm@11",
	"@npmcli/arborist@9",
	"@playwright/mcp@latest",
	"concurrently@7",
	"webpack-cli@latest",
	"eslint@8",
	"shelljs@0.3.0",
}

// TestDifferential compares the tree of Install with the one that npm itself makes from the same lock, for both platforms: paths, content,
// executable bits, links.
func TestDifferential(t *testing.T) {
	registry := strings.TrimSpace(npm(t, t.TempDir(), "config", "get", "registry"))
	for _, p := range differential {
		t.Run(strings.ReplaceAll(p, "/", "_"), func(t *testing.T) {
			dir := t.TempDir()
			name, version := makeLock(t, dir, p)
			start := time.Now()
			lockFile := filepath.Join(dir, "package-lock.json")
			platforms := []string{"linux/amd64", "linux/arm64"}
			err := Fetch(context.Background(), FetchOptions{LockFile: lockFile, Registries: npmregistry.Registries{Default: registry}, Platforms: platforms, Out: filepath.Join(dir, "tarballs")})
			if err != nil {
				t.Fatal(err)
			}
			fetched := time.Since(start)
			for platform, cpu := range map[string]string{"linux/amd64": "x64", "linux/arm64": "arm64"} {
				start = time.Now()
				got := installed(t, dir, platform, name, version)
				ours := time.Since(start)
				start = time.Now()
				npm(t, dir, "ci", "--ignore-scripts", "--omit=dev", "--os=linux", "--cpu="+cpu, "--libc=glibc", "--no-audit", "--no-fund", "--no-update-notifier")
				theirs := time.Since(start)
				want := onDisk(t, filepath.Join(dir, "node_modules"))
				differences := compare(got, want)
				t.Logf("%s: %d entries, %d differences; fetch for both platforms %v, npm-install %v, npm ci %v", platform, len(want), len(differences),
					fetched.Round(time.Millisecond), ours.Round(time.Millisecond), theirs.Round(time.Millisecond))
				for _, d := range differences[:min(len(differences), 20)] {
					t.Errorf("%s: %s", platform, d)
				}
			}
		})
	}
}

func npm(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("npm", args...)
	cmd.Dir = dir
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("npm %s: %v\n%s", strings.Join(args, " "), err, problems.String())
	}
	return string(out)
}

// makeLock resolves NAME@VERSION into a committed lock in dir.
func makeLock(t *testing.T, dir, pkg string) (name, version string) {
	t.Helper()
	i := strings.LastIndex(pkg, "@")
	name, version = pkg[:i], pkg[i+1:]
	var versions []string
	raw := strings.TrimSpace(npm(t, dir, "view", "--json", pkg, "version"))
	if json.Unmarshal([]byte(raw), &version) != nil {
		if err := json.Unmarshal([]byte(raw), &versions); err != nil || len(versions) == 0 {
			t.Fatalf("versions of %s: %s", pkg, raw)
		}
		version = versions[len(versions)-1]
	}
	manifest, _ := json.Marshal(map[string]any{"name": "differential", "private": true, "dependencies": map[string]string{name: version}})
	write(t, filepath.Join(dir, "package.json"), manifest)
	npm(t, dir, "install", "--package-lock-only", "--omit-lockfile-registry-resolved", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")
	lockFile := filepath.Join(dir, "package-lock.json")
	lock, err := os.ReadFile(lockFile)
	if err != nil {
		t.Fatal(err)
	}
	lock, err = npmlock.Normalize(lock, npmlock.Facts{Before: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	write(t, lockFile, lock)
	return name, version
}

func write(t *testing.T, name string, raw []byte) {
	t.Helper()
	if err := os.WriteFile(name, raw, 0o644); err != nil {
		t.Fatal(err)
	}
}

// installed runs Install, which may refuse what npm does not look at, and returns the layer's entries.
func installed(t *testing.T, dir, platform, name, version string) map[string]string {
	t.Helper()
	out := t.TempDir()
	r, err := Install(InstallOptions{LockFile: filepath.Join(dir, "package-lock.json"), Tarballs: filepath.Join(dir, "tarballs"), Platform: platform,
		Package: name, Version: version, Glibc: "2.41", Out: out, Entrypoint: os.Getenv("DOCKYARD_NPM_ENTRYPOINT")})
	if errors.Is(err, ErrEntrypoint) {
		t.Logf("%s: %v", platform, err)
		return placed(t, dir, platform, name, version)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: entry point %v, %d packages, glibc %q, %d ELF files of them foreign %v, skipped scripts %v, warnings %q",
		platform, r.Entrypoint, r.Packages, r.ELF.Glibc, r.ELF.Checked, r.ELF.Foreign, r.SkippedScripts, r.Warnings)
	f, err := os.Open(filepath.Join(out, layer.BlobName))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zr, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	entries := map[string]string{}
	for tr := tar.NewReader(zr); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return entries
		}
		if err != nil {
			t.Fatal(err)
		}
		if rel, ok := strings.CutPrefix(strings.TrimSuffix(h.Name, "/"), appDir+"/node_modules/"); ok {
			entries[rel] = describe(t, h.FileInfo().Mode(), h.Linkname, tr)
		}
	}
}

// placed is the tree of a package that is no server.
func placed(t *testing.T, dir, platform, name, version string) map[string]string {
	t.Helper()
	l, err := ReadLock(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	entries, err := l.Select(platform)
	if err != nil {
		t.Fatal(err)
	}
	in := &installation{options: InstallOptions{Tarballs: filepath.Join(dir, "tarballs"), Platform: platform}, lock: l, entries: entries, manifests: map[string]manifest{}}
	spools, err := newSpools(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(in.place(spools), in.linkBins()); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, e := range in.tree.Entries() {
		if rel, ok := strings.CutPrefix(e.Path, appDir+"/node_modules/"); ok {
			var r io.ReadCloser = io.NopCloser(strings.NewReader(""))
			if e.Mode.IsRegular() {
				if r, err = e.Data.Open(); err != nil {
					t.Fatal(err)
				}
			}
			out[rel] = describe(t, e.Mode, e.Link, r)
		}
	}
	return out
}

func describe(t *testing.T, mode fs.FileMode, link string, r io.Reader) string {
	t.Helper()
	switch {
	case mode.IsDir():
		return "folder"
	case mode&fs.ModeSymlink != 0:
		return "link to " + link
	}
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("file, executable %v, %x", mode&0o111 != 0, h.Sum(nil)[:8])
}

func onDisk(t *testing.T, root string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == root {
			return err
		}
		rel, _ := filepath.Rel(root, name)
		if rel == ".package-lock.json" {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		link := ""
		var r io.Reader
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			link, err = os.Readlink(name)
		case info.Mode().IsRegular():
			var f *os.File
			if f, err = os.Open(name); err == nil {
				defer f.Close()
			}
			r = f
		}
		if err != nil {
			return err
		}
		out[rel] = describe(t, info.Mode(), link, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func compare(got, want map[string]string) []string {
	var out []string
	for name, w := range want {
		if g, ok := got[name]; !ok {
			out = append(out, fmt.Sprintf("%s: got nothing, want %s", name, w))
		} else if g != w {
			out = append(out, fmt.Sprintf("%s: got %s, want %s", name, g, w))
		}
	}
	for name, g := range got {
		if _, ok := want[name]; !ok {
			out = append(out, fmt.Sprintf("%s: got %s, want nothing", name, g))
		}
	}
	slices.Sort(out)
	return out
}
