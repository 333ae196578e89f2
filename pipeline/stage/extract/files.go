package extract

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Bounds of what is read of a package.
const (
	maxFiles     = 5000
	maxFileBytes = 8 << 20
	maxBytes     = 64 << 20
)

// errFull ends a walk that reached a bound.
var errFull = errors.New("bound reached")

type source struct {
	name   string
	python bool
	text   []byte
}

var extensions = map[string]bool{".js": false, ".mjs": false, ".cjs": false, ".ts": false, ".mts": false, ".py": true}

// sources reads the files of the entry point's own package. Its dependencies are left out: the SDK alone brings dozens of example tools.
func sources(root fs.FS, argv []string) (out []source, warnings []string, err error) {
	dir, single, err := packageDir(root, argv)
	if err != nil {
		return nil, nil, err
	}
	if dir == "" && single == "" {
		return nil, []string{"the entry point starts no package whose source text can be read"}, nil
	}
	if single != "" {
		dir = single
	}
	total := 0
	if _, err := fs.Lstat(root, dir); err != nil {
		return nil, []string{"the entry point starts a package that is not there"}, nil
	}
	err = fs.WalkDir(root, dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != dir && (d.Name() == "node_modules" || d.Name() == "test" || d.Name() == "tests" || d.Name() == "__tests__") {
			return fs.SkipDir
		}
		python, ok := extensions[path.Ext(name)]
		if !ok || !d.Type().IsRegular() { // a link could lead anywhere
			return nil
		}
		if len(out) == maxFiles || total > maxBytes {
			warnings = append(warnings, fmt.Sprintf("source text beyond %d files or %d bytes was not read, from %q on", maxFiles, maxBytes, name))
			return errFull
		}
		text, err := read(root, name)
		if err != nil {
			return err
		}
		if len(text) > maxFileBytes {
			warnings = append(warnings, fmt.Sprintf("%q is larger than %d bytes and was not read", name, maxFileBytes))
			return nil
		}
		total += len(text)
		out = append(out, source{name: name, python: python, text: text})
		return nil
	})
	if errors.Is(err, errFull) {
		err = nil
	}
	return out, warnings, err
}

func read(root fs.FS, name string) ([]byte, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFileBytes+1))
}

// launcherImport is the line of a console script that names its module (as pipeline/stage/wheel writes it).
var launcherImport = regexp.MustCompile(`(?m)^from ([A-Za-z0-9_]+)[A-Za-z0-9_.]* import `)

// packageDir finds the folder of the package that argv starts, or its only file.
func packageDir(root fs.FS, argv []string) (dir, single string, err error) {
	for i, arg := range argv {
		name := strings.TrimPrefix(arg, "/")
		if _, below, ok := cutLast(name, "node_modules/"); ok {
			parts := strings.Split(below, "/")
			depth := 1
			if strings.HasPrefix(parts[0], "@") {
				depth = 2
			}
			if len(parts) > depth {
				return strings.TrimSuffix(name, below) + strings.Join(parts[:depth], "/"), "", nil
			}
		}
		module := ""
		if i > 0 && argv[i-1] == "-m" {
			module, _, _ = strings.Cut(arg, ".")
		} else if i > 0 && strings.HasPrefix(arg, "/") && isRegular(root, name) {
			text, err := read(root, name)
			if err != nil {
				return "", "", err
			}
			if m := launcherImport.FindSubmatch(text); m != nil {
				module = string(m[1])
			}
		}
		if module != "" {
			return pythonModule(root, module)
		}
	}
	return "", "", nil
}

// isRegular tells whether a file can be read without surprises. An argument may name anything, such as a folder that the server is to work in or
// a pipe that it made there.
func isRegular(root fs.FS, name string) bool {
	info, err := fs.Lstat(root, name)
	return err == nil && info.Mode().IsRegular()
}

func pythonModule(root fs.FS, module string) (dir, single string, err error) {
	places, err := fs.Glob(root, "app/lib/python3*/site-packages")
	if err != nil {
		return "", "", err
	}
	slices.Sort(places)
	for _, p := range places {
		if d, err := fs.Stat(root, path.Join(p, module)); err == nil && d.IsDir() {
			return path.Join(p, module), "", nil
		}
		if f, err := fs.Stat(root, path.Join(p, module+".py")); err == nil && f.Mode().IsRegular() {
			return "", path.Join(p, module+".py"), nil
		}
	}
	return "", "", nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
