package registry

import (
	"encoding/json"
	"strings"
	"time"
	"unicode"
)

// GoModule is one version of a Go module. Files has go.mod among them.
type GoModule struct {
	Path, Version string
	Files         map[string]string
	Published     time.Time
}

// PutGo publishes the versions of one module below a path, which is what clients name as their proxy: "/go/" (Go modules reference, "GOPROXY
// protocol").
func (s *Server) PutGo(root string, versions ...GoModule) error {
	var list []string
	for _, m := range versions {
		at := root + escaped(m.Path) + "/@v/"
		info, err := json.Marshal(map[string]any{"Version": m.Version, "Time": m.Published.UTC().Format(time.RFC3339)})
		if err != nil {
			return err
		}
		files := map[string]string{}
		for path, text := range m.Files {
			files[m.Path+"@"+m.Version+"/"+path] = text
		}
		zip, err := archive(files)
		if err != nil {
			return err
		}
		s.Put(at+m.Version+".info", File{Type: "application/json", Body: info})
		s.Put(at+m.Version+".mod", File{Type: "text/plain", Body: []byte(m.Files["go.mod"])})
		s.Put(at+m.Version+".zip", File{Type: "application/zip", Body: zip})
		s.Put(root+escaped(m.Path)+"/@latest", File{Type: "application/json", Body: info})
		list = append(list, m.Version)
	}
	s.Put(root+escaped(versions[0].Path)+"/@v/list", File{Type: "text/plain", Body: []byte(lines(list))})
	return nil
}

// escaped is a module path with capitals as "!" and the small letter (golang.org/x/mod/module, EscapePath).
func escaped(path string) string {
	var b strings.Builder
	for _, r := range path {
		if unicode.IsUpper(r) {
			b.WriteByte('!')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
