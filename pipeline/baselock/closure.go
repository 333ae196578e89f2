package baselock

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// installTimeOnly are packages that others depend on because their maintainer scripts need them. Bases are unpacked without running any
// script, so a closure leaves them out unless they are wanted by name:
//   - the package managers and what configures packages: apt, dpkg, debconf, ucf and their like;
//   - shells and the scripting tools that scripts call: a base holds no shell on purpose;
//   - accounts and services, which a base gets by rule or not at all.
var installTimeOnly = []string{
	"adduser", "apt", "base-passwd", "bash", "cdebconf", "coreutils", "dash", "debconf", "debianutils", "diffutils", "dpkg", "findutils",
	"gawk", "grep", "init-system-helpers", "install-info", "libc-bin", "login", "mawk", "original-awk", "passwd", "perl", "perl-base",
	"sed", "sensible-utils", "systemd", "sysvinit-utils", "ucf", "util-linux",
}

// resolver follows dependencies through one architecture's index.
type resolver struct {
	arch  string
	ix    *index
	stop  func(name string) bool   // packages not to take and not to follow
	base  func(name string) string // version of a package that the base has, "" for others; those are not taken either
	taken map[string]bool
	notes []string
}

// take adds a package and, when follow is set, everything it depends on.
func (r *resolver) take(name string, follow bool) error {
	if r.taken[name] {
		return nil
	}
	s, ok := r.ix.newest[name]
	if !ok {
		return fmt.Errorf("looking for package %q on %s: got none, want it in a Packages file; check the name and the suites", name, r.arch)
	}
	r.taken[name] = true
	if !follow {
		return nil
	}
	for _, group := range s.depends {
		dep, ok := r.choose(group)
		if !ok {
			return fmt.Errorf("resolving %q of package %q on %s: got no such package, want one of the alternatives", group, name, r.arch)
		}
		if r.stop(dep) {
			if version := r.base(dep); version != "" {
				if err := fits(group, dep, version); err != nil {
					return fmt.Errorf("resolving %q of package %q on %s: %w", group, name, r.arch, err)
				}
			} else {
				r.notes = append(r.notes, fmt.Sprintf("%s: left out %s, which %s depends on", r.arch, dep, name))
			}
			continue
		}
		if err := r.take(dep, true); err != nil {
			return err
		}
	}
	return nil
}

// choose returns the package that satisfies a group of alternatives: one that is taken already or is not to be taken, else the first
// that exists, else the first provider of the first virtual package by name. Versions are not compared here: within one suite the
// archive's own checks keep them satisfiable.
func (r *resolver) choose(group string) (string, bool) {
	alternatives := names(group)
	for _, name := range alternatives {
		if r.taken[name] || r.stop(name) {
			return name, true
		}
		if i := slices.IndexFunc(r.ix.provides[name], func(p string) bool { return r.taken[p] || r.stop(p) }); i >= 0 {
			return r.ix.provides[name][i], true
		}
	}
	for _, name := range alternatives {
		if _, ok := r.ix.newest[name]; ok {
			return name, true
		}
		if list := r.ix.provides[name]; len(list) > 0 {
			return list[0], true
		}
	}
	return "", false
}

// relation takes one alternative apart: "libc6:any (>= 2.38)" (Debian policy §7.1).
var relation = regexp.MustCompile(`^([a-z0-9.+-]+)(?::[a-z0-9]+)?\s*(?:\((<<|<=|=|>=|>>)\s*([^ )]+)\s*\))?`)

// fits checks what a group asks of a package of the base, whose lock may be older than the index in hand.
func fits(group, name, have string) error {
	for _, alternative := range strings.Split(group, "|") {
		m := relation.FindStringSubmatch(strings.TrimSpace(alternative))
		if m == nil || m[1] != name || m[2] == "" {
			continue
		}
		c := CompareVersions(have, m[3])
		if ok := map[string]bool{"<<": c < 0, "<=": c <= 0, "=": c == 0, ">=": c >= 0, ">>": c > 0}[m[2]]; !ok {
			return fmt.Errorf("got version %q of %q in the base, want %s %s; make the base lock again first", have, name, m[2], m[3])
		}
	}
	return nil
}

// uniqueLines sorts lines and drops those that repeat.
func uniqueLines(lines []string) []string {
	slices.SortFunc(lines, strings.Compare)
	return slices.Compact(lines)
}
