package wheel

import (
	"fmt"
	"path"
	"strings"

	"dagger/dockyard/pipeline/pylock"
)

// launcher is the program that a console script is, as installers write it.
func (s script) launcher() string {
	top, _, _ := strings.Cut(s.function, ".")
	return fmt.Sprintf("#!%s\nimport sys\nfrom %s import %s\nif __name__ == \"__main__\":\n    sys.exit(%s())\n", interpreter, s.module, top, s.function)
}

// entrypoint decides how the server is started and records what its package says about itself.
func (in *installation) entrypoint() error {
	o := in.options
	for _, a := range in.archives {
		if a.file.name != pylock.Project(o.Package) {
			continue
		}
		if !pylock.SameVersion(a.meta.version, o.Version) {
			return fmt.Errorf("%w: the lock has %s, want version %s", ErrPackage, a.id, o.Version)
		}
		m := a.meta
		in.result.Package = Package{Name: m.name, Version: m.version, License: m.license, Description: m.summary, MCPName: m.mcpName, Repository: m.repository}
		var err error
		in.result.Entrypoint, err = in.command(a)
		return err
	}
	return fmt.Errorf("%w: looking for %s==%s: the lock has no such package", ErrPackage, o.Package, o.Version)
}

// command starts a console script by the interpreter, or the package itself where it has none but can be run as a module. -P keeps the
// working directory, which the server can write to, out of the places that modules come from; for a script it is not among them.
func (in *installation) command(a *archive) ([]string, error) {
	if in.options.Entrypoint == "" && len(a.meta.scripts) == 0 {
		module := strings.ReplaceAll(a.file.name, "-", "_")
		if _, ok := in.tree.Lookup(path.Join(in.sitePackages(), module, "__main__.py")); ok {
			return []string{interpreter, "-P", "-m", module}, nil
		}
		return nil, fmt.Errorf("%w: %s has no console script and no module %s that can be run", ErrEntrypoint, a.id, module)
	}
	s, err := chooseScript(in.options, a)
	if err != nil {
		return nil, err
	}
	return []string{interpreter, "/" + binDir + "/" + s.name}, nil
}

// chooseScript takes the console script that was asked for, else the only one, else the one named like the package.
func chooseScript(o InstallOptions, a *archive) (script, error) {
	var names []string
	for _, s := range a.meta.scripts {
		if s.name == o.Entrypoint || o.Entrypoint == "" && pylock.CanonicalName(s.name) == a.file.name {
			return s, nil
		}
		names = append(names, s.name)
	}
	switch {
	case o.Entrypoint == "" && len(names) == 1:
		return a.meta.scripts[0], nil
	case o.Entrypoint == "":
		return script{}, fmt.Errorf("%w: %s has several console scripts; set spec.entrypoint to one of %s", ErrEntrypoint, a.id, strings.Join(names, ", "))
	case len(names) == 0:
		return script{}, fmt.Errorf("%w: %s has no console script %q; it has none", ErrEntrypoint, a.id, o.Entrypoint)
	}
	return script{}, fmt.Errorf("%w: %s has no console script %q; it has %s", ErrEntrypoint, a.id, o.Entrypoint, strings.Join(names, ", "))
}
