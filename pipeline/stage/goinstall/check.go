package goinstall

import (
	"debug/buildinfo"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path"
	"runtime/debug"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/golock"
	"dagger/dockyard/pipeline/stage/elfcheck"
	"dagger/dockyard/pipeline/stage/layer"
)

// settings are what the linker must have recorded, by the keys of debug.BuildSetting. "" stands for absent.
func settings(platform string) map[string]string {
	return map[string]string{
		"GOOS": "linux", "GOARCH": path.Base(platform), "CGO_ENABLED": "0", "-buildmode": "exe", "-compiler": "gc", "-trimpath": "true",
		"-race": "", "-tags": "", "vcs": "",
	}
}

// checkBuild compares the build information in the program (Go documentation, "go version -m") with the lock: that very main package, each
// module in the version and with the hash of the lock, nothing replaced, the lock's toolchain.
func checkBuild(lock *golock.Lock, o Options) (*debug.BuildInfo, error) {
	info, err := buildinfo.ReadFile(o.Program)
	if err != nil {
		return nil, fmt.Errorf("%w: %w; want a program of the go command", ErrProgram, err)
	}
	var errs []error
	differ := func(what, got, want string) {
		if got != want {
			errs = append(errs, fmt.Errorf("%w: %s: got %q, want %q as in the lock", ErrProgram, what, got, want))
		}
	}
	differ("main package", info.Path, lock.Tool)
	differ("toolchain", info.GoVersion, "go"+lock.Toolchain)
	server, _ := lock.Server()
	differ("module of the main package", info.Main.Path, server.Path)
	locked := map[string]string{}
	for _, r := range lock.Requires {
		locked[r.Path] = r.Version
	}
	for _, m := range append([]*debug.Module{&info.Main}, info.Deps...) {
		differ("version of "+m.Path, m.Version, locked[m.Path])
		differ("hash of "+m.Path, m.Sum, lock.Sum(m.Path, m.Version))
		if m.Replace != nil {
			errs = append(errs, fmt.Errorf("%w: %s was replaced by %s, want no replacement", ErrProgram, m.Path, m.Replace.Path))
		}
	}
	got := map[string]string{}
	for _, s := range info.Settings {
		got[s.Key] = s.Value
	}
	for key, want := range settings(o.Platform) {
		if got[key] != want {
			errs = append(errs, fmt.Errorf("%w: build setting %s: got %q, want %q", ErrProgram, key, got[key], want))
		}
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return info, errors.Join(errs...)
}

func modules(info *debug.BuildInfo) []Module {
	out := []Module{{Path: info.Main.Path, Version: info.Main.Version, Sum: info.Main.Sum}}
	for _, d := range info.Deps {
		out = append(out, Module{Path: d.Path, Version: d.Version, Sum: d.Sum})
	}
	return out
}

// checkStatic refuses a program for another machine and one that asks for a loader or a library: the base has neither.
func checkStatic(t *layer.Tree, name string, o Options) (elfcheck.Result, error) {
	r, err := elfcheck.Check(t, elfcheck.Options{Platform: o.Platform, MaxBytes: maxProgram})
	if err != nil {
		return r, err
	}
	if !r.Native[name] {
		return r, fmt.Errorf("%w: %q is no program for %s", ErrProgram, name, o.Platform)
	}
	f, err := os.Open(o.Program)
	if err != nil {
		return r, err
	}
	defer f.Close()
	e, err := elf.NewFile(f)
	if err != nil {
		return r, fmt.Errorf("%w: %w", ErrProgram, err)
	}
	for _, p := range e.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			return r, fmt.Errorf("%w: %q is linked dynamically (%v), want a static program: the base has no C library", ErrProgram, name, p.Type)
		}
	}
	return r, nil
}
