package wheel

import (
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"dagger/dockyard/pipeline/stage/usage"
)

// InstallCommand runs "stage py-install" with the arguments after that name.
func InstallCommand(args []string, stderr io.Writer) error {
	var o InstallOptions
	f := usage.New("py-install", stderr)
	o.flags(f)
	f.StringVar(&o.Package, "package", "", "PyPI name of the server")
	f.StringVar(&o.Version, "version", "", "its exact version")
	f.StringVar(&o.Entrypoint, "entrypoint", "", "name of the console script that is the server; chosen when empty")
	f.StringVar(&o.Compiled, "compiled", "", "folder with the compiled form of what py-sources wrote; none when empty")
	f.StringVar(&o.Out, "out", "", "folder for layer.tar.gz, layer.json and install.json")
	if err := usage.Parse(f, args, "lock", "wheels", "platform", "python", "glibc", "package", "version", "out"); err != nil {
		return err
	}
	r, err := Install(o)
	for _, w := range r.Warnings {
		fmt.Fprintln(stderr, "py-install: warning: "+w)
	}
	return err
}

// EnvironmentCommand runs "stage py-environment" with the arguments after that name.
func EnvironmentCommand(args []string, stderr io.Writer) error {
	var o InstallOptions
	f := usage.New("py-environment", stderr)
	o.flags(f)
	f.StringVar(&o.Out, "out", "", "folder for layer.tar.gz, layer.json and install.json")
	if err := usage.Parse(f, args, "lock", "wheels", "platform", "python", "glibc", "out"); err != nil {
		return err
	}
	_, err := Install(o)
	return err
}

// SourcesCommand runs "stage py-sources" with the arguments after that name.
func SourcesCommand(args []string, stderr io.Writer) error {
	var o InstallOptions
	f := usage.New("py-sources", stderr)
	o.flags(f)
	f.StringVar(&o.Out, "out", "", "folder that stands for /, for the Python files")
	if err := usage.Parse(f, args, "lock", "wheels", "platform", "python", "glibc", "out"); err != nil {
		return err
	}
	return Sources(o)
}

func (o *InstallOptions) flags(f *flag.FlagSet) {
	f.StringVar(&o.LockFile, "lock", "", "requirements.lock")
	f.StringVar(&o.Wheels, "wheels", "", "folder with the wheels of the platform")
	f.StringVar(&o.Built, "built", "", "folder that sdist-build left; none when empty")
	f.StringVar(&o.Platform, "platform", "", "platform to install for: linux/amd64")
	f.StringVar(&o.Python, "python", "", "minor version of CPython in the base: 3.13")
	f.StringVar(&o.Glibc, "glibc", "", "newest glibc version the base offers: 2.41")
}

// LibraryCommand runs "stage py-library" with the arguments after that name.
func LibraryCommand(args []string, stderr io.Writer) error {
	var o LibraryOptions
	f := usage.New("py-library", stderr)
	f.StringVar(&o.Root, "root", "", "folder that stands for / and holds the base")
	f.StringVar(&o.Compiled, "compiled", "", "folder that stands for / and holds the compiled library")
	f.StringVar(&o.Python, "python", "", "minor version of CPython in the base: 3.13")
	f.StringVar(&o.Out, "out", "", "folder for layer.tar.gz and layer.json")
	if err := usage.Parse(f, args, "root", "compiled", "python", "out"); err != nil {
		return err
	}
	return Library(o)
}

// LockCommand runs "stage py-lock" with the arguments after that name.
func LockCommand(args []string, stderr io.Writer) error {
	o := LockOptions{Resolved: map[string]string{}, Wheels: map[string]string{}}
	f := usage.New("py-lock", stderr)
	perPlatform(f, o.Resolved, "resolved", "PLATFORM=FILE: what uv resolved; repeat it")
	perPlatform(f, o.Wheels, "wheels", "PLATFORM=DIR: the wheels that were fetched by it; repeat it")
	f.Func("before", "cut-off, RFC 3339", func(s string) (err error) {
		o.Facts.Before, err = time.Parse(time.RFC3339, s)
		return err
	})
	f.StringVar(&o.Facts.Python, "python", "", "minor version of CPython in the base: 3.13")
	f.StringVar(&o.Facts.UV, "uv", "", "version of uv")
	f.StringVar(&o.Facts.Requirement, "requirement", "", "what was resolved: NAME==VERSION; none for a lock of build requirements")
	usage.Strings(f, &o.Facts.Constraints, "constraint", "constraint that was resolved with; repeat it")
	usage.Strings(f, &o.Facts.Yanked, "yanked", "NAME==VERSION of a withdrawn release that the spec allows; repeat it")
	usage.Strings(f, &o.Facts.Sdists, "sdist", "NAME==VERSION of a package that is a source distribution; repeat it")
	f.StringVar(&o.Sdists, "sdists", "", "folder with the source distributions; none when empty")
	usage.Strings(f, &o.Facts.Builds, "build", "NAME==VERSION sha256:HEX of a source distribution that the lock is for; repeat it")
	usage.Strings(f, &o.Facts.Requires, "require", "requirement of such a build; repeat it")
	f.StringVar(&o.Glibc, "glibc", "", "newest glibc version the base offers: 2.41")
	f.StringVar(&o.Out, "out", "", "file for the lock")
	if err := usage.Parse(f, args, "resolved", "wheels", "before", "python", "uv", "glibc", "out"); err != nil {
		return err
	}
	if (o.Facts.Requirement == "") == (len(o.Facts.Builds) == 0) {
		return fmt.Errorf("%w: py-lock: want either --requirement or --build", usage.ErrUsage)
	}
	return Lock(o)
}

// FactsCommand runs "stage py-facts" with the arguments after that name.
func FactsCommand(args []string, stderr io.Writer) error {
	var o FactsOptions
	f := usage.New("py-facts", stderr)
	f.StringVar(&o.Wheels, "wheels", "", "folder with the wheel")
	f.StringVar(&o.Package, "package", "", "PyPI name, with extras or without")
	f.StringVar(&o.Version, "version", "", "its exact version")
	f.StringVar(&o.Out, "out", "", "file for the facts, as JSON")
	if err := usage.Parse(f, args, "wheels", "package", "version", "out"); err != nil {
		return err
	}
	return WriteFacts(o)
}

func perPlatform(f *flag.FlagSet, into map[string]string, name, help string) {
	f.Func(name, help, func(s string) error {
		platform, file, ok := strings.Cut(s, "=")
		if !ok || platform == "" || file == "" {
			return fmt.Errorf("want PLATFORM=PATH, such as linux/amd64=resolved.txt")
		}
		into[platform] = file
		return nil
	})
}
