package registry

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
)

// NPMPackage is one version of an npm package. Manifest is package.json without name and version.
type NPMPackage struct {
	Name, Version string
	Manifest      map[string]any
	Files         map[string]string // path in the package to content; executable where the manifest's bin names it
	Published     time.Time
	Dist          map[string]any // more of the version's dist: signatures, attestations
	Attestations  []byte         // answer of the attestations address; nil is none
}

// manifest is package.json.
func (p NPMPackage) manifest() map[string]any {
	m := map[string]any{"name": p.Name, "version": p.Version}
	maps.Copy(m, p.Manifest)
	return m
}

// Tarball is the package as it is published: the same files give the same bytes.
func (p NPMPackage) Tarball() ([]byte, error) {
	raw, err := json.Marshal(p.manifest())
	if err != nil {
		return nil, err
	}
	files := map[string]string{"package/package.json": string(raw)}
	for path, text := range p.Files {
		files["package/"+path] = text
	}
	return tarball(files)
}

// PutNPM publishes the versions of one package below a path, which is what clients name as their registry: "/npm/". The last version is latest.
// It returns the tarballs.
func (s *Server) PutNPM(root string, versions ...NPMPackage) ([][]byte, error) {
	var tarballs [][]byte
	name := versions[0].Name
	listed, times := map[string]any{}, map[string]string{}
	for _, p := range versions {
		tgz, err := p.Tarball()
		if err != nil {
			return nil, err
		}
		manifest := p.manifest()
		sum := sha512.Sum512(tgz)
		path := root + p.Name + "/-/" + p.Name[strings.LastIndex(p.Name, "/")+1:] + "-" + p.Version + ".tgz"
		dist := map[string]any{"tarball": s.URL(path), "integrity": "sha512-" + base64sum(sum[:])}
		maps.Copy(dist, p.Dist)
		manifest["dist"] = dist
		listed[p.Version], times[p.Version] = manifest, p.Published.UTC().Format(time.RFC3339)
		document, err := json.Marshal(manifest)
		if err != nil {
			return nil, err
		}
		s.Put(root+p.Name+"/"+p.Version, File{Type: "application/json", Body: document})
		s.Put(path, File{Type: "application/octet-stream", Body: tgz})
		if p.Attestations != nil {
			s.Put(root+"-/npm/v1/attestations/"+p.Name+"@"+p.Version, File{Type: "application/json", Body: p.Attestations})
		}
		tarballs = append(tarballs, tgz)
	}
	packument, err := json.Marshal(map[string]any{
		"name": name, "versions": listed, "time": times, "dist-tags": map[string]string{"latest": versions[len(versions)-1].Version},
	})
	s.Put(root+name, File{Type: "application/json", Body: packument})
	return tarballs, err
}

// tarball is a gzip-compressed archive of files with fixed times and owners.
func tarball(files map[string]string) ([]byte, error) {
	var out bytes.Buffer
	gz := gzip.NewWriter(&out)
	tw := tar.NewWriter(gz)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := tw.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(files[name])), Format: tar.FormatPAX}); err != nil {
			return nil, err
		}
		if _, err := tw.Write([]byte(files[name])); err != nil {
			return nil, err
		}
	}
	if err := tw.Close(); err != nil {
		return nil, err
	}
	err := gz.Close()
	return out.Bytes(), err
}
