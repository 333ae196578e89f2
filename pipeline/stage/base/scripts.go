package base

import (
	"bufio"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/stage/layer"
)

// shells are the interpreters that no base has, whatever its lock says.
var shells = []string{"sh", "ash", "bash", "dash", "ksh", "mksh", "zsh", "csh", "tcsh", "busybox"}

// maxInterpreterLine is what the kernel reads of a script's first line (BINPRM_BUF_SIZE).
const maxInterpreterLine = 256

// dropScripts removes what could not run: shell scripts anywhere, programs whose interpreter is not in the tree, and the links to them.
func (u *unpacker) dropScripts() {
	var gone []string
	for _, e := range u.tree.Entries() {
		interpreter := interpreterOf(e)
		if interpreter == "" || !u.unusable(e.Path, interpreter) {
			continue
		}
		gone = append(gone, e.Path)
		u.tree.Remove(e.Path)
	}
	u.left.Scripts = append(u.left.Scripts, gone...)
	u.dropLinksTo(gone)
}

func (u *unpacker) unusable(p, interpreter string) bool {
	if slices.Contains(shells, path.Base(interpreter)) {
		return true
	}
	if !strings.HasSuffix(path.Dir(p), "bin") {
		return false
	}
	candidates := []string{merged(strings.TrimPrefix(interpreter, "/"))}
	if !strings.Contains(interpreter, "/") {
		candidates = []string{"usr/bin/" + interpreter, "usr/local/bin/" + interpreter}
	}
	return !slices.ContainsFunc(candidates, func(c string) bool { _, ok := u.tree.Lookup(c); return ok })
}

// dropLinksTo removes symbolic links to paths that are gone, and links to those links.
func (u *unpacker) dropLinksTo(gone []string) {
	for len(gone) > 0 {
		var next []string
		for _, e := range u.tree.Entries() {
			if e.Mode.Type() == fs.ModeSymlink && slices.Contains(gone, destination(e)) {
				next = append(next, e.Path)
				u.tree.Remove(e.Path)
			}
		}
		u.left.Scripts = append(u.left.Scripts, next...)
		gone = next
	}
}

// destination gives the path a symbolic link points to, by its text.
func destination(e layer.Entry) string {
	if path.IsAbs(e.Link) {
		return merged(path.Clean(e.Link)[1:])
	}
	return merged(path.Join(path.Dir(e.Path), e.Link))
}

// interpreterOf returns what runs a script: "/bin/sh", or "python3" for "#!/usr/bin/env python3". It is empty for other files, and for
// data files that begin like a script but lie outside the program directories and may not be executed.
func interpreterOf(e layer.Entry) string {
	if !e.Mode.IsRegular() || e.Data == nil || e.Mode&0o111 == 0 && !strings.HasSuffix(path.Dir(e.Path), "bin") {
		return ""
	}
	r, err := e.Data.Open()
	if err != nil {
		return ""
	}
	defer r.Close()
	line, _ := bufio.NewReaderSize(io.LimitReader(r, maxInterpreterLine), maxInterpreterLine).ReadString('\n')
	rest, ok := strings.CutPrefix(line, "#!")
	if !ok {
		return ""
	}
	words := strings.Fields(rest)
	if len(words) > 1 && path.Base(words[0]) == "env" {
		words = words[1:]
		for len(words) > 1 && (strings.HasPrefix(words[0], "-") || strings.Contains(words[0], "=")) {
			words = words[1:]
		}
	}
	if len(words) == 0 {
		return "sh"
	}
	return words[0]
}
