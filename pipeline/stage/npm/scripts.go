package npm

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/npmlock"
	"dagger/dockyard/pipeline/stage/elfcheck"
)

// builds matches install scripts that compile or fetch a binary the package cannot do without: tools with names of their own wherever they
// stand, words that may also stand in a message only where a command begins.
var builds = regexp.MustCompile(`\b(node-gyp|node-gyp-build|prebuild-install|node-pre-gyp|prebuildify|cmake-js|cargo-cp-artifact|napi-postinstall)\b` +
	`|(?:^|[;&|])\s*(?:npx\s+)?(?:napi|neon|make|cmake|cargo|gcc|g\+\+|cc|curl|wget)\s` +
	`|\b(?:node|run|tsx?|bash|sh)\s+[^\s;&|]*(?:download|fetch)`)

// checkScripts refuses packages that do not work without their install script, all of them together. That a package has one says little: many
// print a message, or check for a binary that came as a package of its own. Those that compile are told by the script, and do without it when
// a binary for the platform is there.
func (in *installation) checkScripts(elf elfcheck.Result) error {
	var errs []error
	for _, e := range in.entries {
		m := in.manifests[e.Path]
		scripts, compiles := in.installScripts(e, m)
		if len(scripts) == 0 {
			continue
		}
		s := SkippedScript{Package: e.ID(), Scripts: scripts}
		switch {
		case !compiles:
			s.Reason = "it neither compiles nor downloads"
		case in.hasBinary(e, m, elf):
			s.Reason = "a binary for " + in.options.Platform + " came with a package"
		case e.Optional:
			s.Reason = "it is optional; what wants it does without"
			in.warn("%s is optional and would have to be compiled (%s); the image has it without a binary", e.ID(), strings.Join(scripts, ", "))
		default:
			errs = append(errs, fmt.Errorf("%w: %s compiles or fetches a binary when it is installed (%s), and no binary for %s came with it; choose a version or an override that ships one",
				ErrScript, e.ID(), strings.Join(scripts, ", "), in.options.Platform))
			continue
		}
		in.result.SkippedScripts = append(in.result.SkippedScripts, s)
	}
	return errors.Join(errs...)
}

// installScripts are the scripts npm would run, "NAME: COMMAND", and whether one compiles. A binding.gyp stands for `node-gyp rebuild` where
// there is no install script (npm documentation, "scripts", npm install; arborist, rebuild.js).
func (in *installation) installScripts(e npmlock.Entry, m manifest) (scripts []string, compiles bool) {
	own := map[string]bool{}
	for _, name := range []string{"preinstall", "install", "postinstall"} {
		if c, _ := m.Scripts[name].(string); c != "" {
			own[name] = true
			scripts = append(scripts, name+": "+shorten(c))
			compiles = compiles || builds.MatchString(c)
		}
	}
	gyp, ok := in.tree.Lookup(path.Join(appDir, e.Path, "binding.gyp"))
	if !ok || !gyp.Mode.IsRegular() || !m.Gyp {
		return scripts, compiles
	}
	if !own["preinstall"] && !own["install"] {
		scripts = append(scripts, "install: node-gyp rebuild (binding.gyp)")
	}
	return scripts, true
}

// shorten keeps messages and results readable whatever a package puts into a script.
func shorten(s string) string {
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "") + "..."
	}
	return s
}

// hasBinary looks for a binary of the platform in the package and in the installed packages that it names as optional dependencies, which is
// how most native packages ship theirs.
func (in *installation) hasBinary(e npmlock.Entry, m manifest, elf elfcheck.Result) bool {
	folders := []string{path.Join(appDir, e.Path)}
	for name := range m.OptionalDependencies {
		if other, ok := in.lock.Resolve(e, name); ok {
			folders = append(folders, path.Join(appDir, other.Path))
		}
	}
	for file := range elf.Native {
		if slices.ContainsFunc(folders, func(dir string) bool { return strings.HasPrefix(file, dir+"/") }) {
			return true
		}
	}
	return false
}
