package scanreport

import (
	"io"
	"io/fs"
	"path"
	"strings"

	"dagger/dockyard/pipeline/catalogue"
	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/gate"
	"dagger/dockyard/pipeline/surface"
)

// place is where a reader finds the text of a finding: in the surface lock, when it is there, so that GitHub shows the finding beside it.
func (s *sarif) place(v gate.Verdict, f finding.Finding) (file string, line int) {
	if v.Coverage.Pinned {
		if line := surface.LockLine(s.locks(v.Server), f.Kind, f.Item, f.Field); line > 0 {
			return catalogue.SurfaceLock, line
		}
		if strings.HasPrefix(f.Rule, "drift.") {
			return catalogue.SurfaceLock, 1
		}
	}
	return catalogue.SpecFile, 1
}

// locks reads each lock once. One that cannot be read was refused before anything was scanned.
func locks(tree fs.FS) func(server string) []byte {
	read := map[string][]byte{}
	return func(server string) []byte {
		raw, ok := read[server]
		if !ok && tree != nil {
			if f, err := tree.Open(path.Join(server, catalogue.SurfaceLock)); err == nil {
				raw, _ = io.ReadAll(io.LimitReader(f, surface.MaxLockBytes))
				f.Close()
			}
			read[server] = raw
		}
		return raw
	}
}
