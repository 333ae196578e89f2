package registry

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Distribution is one file of a release.
type Distribution struct {
	Version   string
	Name      string // of the file: private_server-1.0-py3-none-any.whl
	Body      []byte
	Published time.Time
	Yanked    string // reason; "" is not withdrawn

	Provenance []byte // object of the integrity API (PEP 740); nil is none
}

// PutPyPI publishes the files of one project, named in its normal form, below a path, which is what clients name as their index: "/simple/".
// The index is in the JSON form of PEP 691 with the times of PEP 700, and says of each file whether it has a provenance object, which the integrity
// API beside an index called "simple" serves.
func (s *Server) PutPyPI(root, project string, list ...Distribution) error {
	var files []any
	var versions []string
	for _, d := range list {
		path := root + "files/" + d.Name
		s.Put(path, File{Type: "application/octet-stream", Body: d.Body})
		f := map[string]any{
			"filename": d.Name, "url": s.URL(path), "hashes": map[string]string{"sha256": hex.EncodeToString(sum256(d.Body))}, "size": len(d.Body),
			"upload-time": d.Published.UTC().Format("2006-01-02T15:04:05.000000Z"), "yanked": false, "provenance": nil,
		}
		if d.Provenance != nil {
			at := strings.TrimSuffix(root, "simple/") + "integrity/" + project + "/" + d.Version + "/" + d.Name + "/provenance"
			s.Put(at, File{Type: "application/vnd.pypi.integrity.v1+json", Body: d.Provenance})
			f["provenance"] = s.URL(at)
		}
		if d.Yanked != "" {
			f["yanked"] = d.Yanked
		}
		files = append(files, f)
		if !slices.Contains(versions, d.Version) {
			versions = append(versions, d.Version)
		}
	}
	raw, err := json.Marshal(map[string]any{"meta": map[string]string{"api-version": "1.3"}, "name": project, "files": files, "versions": versions})
	s.Put(root+project+"/", File{Type: "application/vnd.pypi.simple.v1+json", Body: raw})
	return err
}

// Wheel makes a wheel of pure Python (PEP 427). name is as in its file name; metadata are more lines of METADATA, scripts those of the entry
// points' section console_scripts.
func Wheel(name, version string, files map[string]string, metadata, scripts []string) (file string, raw []byte, err error) {
	info := name + "-" + version + ".dist-info/"
	all := maps.Clone(files)
	all[info+"METADATA"] = "Metadata-Version: 2.1\nName: " + strings.ReplaceAll(name, "_", "-") + "\nVersion: " + version + "\n" + lines(metadata)
	all[info+"WHEEL"] = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
	if len(scripts) > 0 {
		all[info+"entry_points.txt"] = "[console_scripts]\n" + lines(scripts)
	}
	var record strings.Builder
	for _, path := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&record, "%s,sha256=%s,%d\n", path, base64.RawURLEncoding.EncodeToString(sum256([]byte(all[path]))), len(all[path]))
	}
	record.WriteString(info + "RECORD,,\n")
	all[info+"RECORD"] = record.String()
	raw, err = archive(all)
	return name + "-" + version + "-py3-none-any.whl", raw, err
}

// Sdist makes a source distribution (PyPA "Source distribution format"). name is as in its file name; files are below its folder.
func Sdist(name, version string, files map[string]string) (file string, raw []byte, err error) {
	all := map[string]string{}
	for path, text := range files {
		all[name+"-"+version+"/"+path] = text
	}
	raw, err = tarball(all)
	return name + "-" + version + ".tar.gz", raw, err
}

func lines(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return strings.Join(list, "\n") + "\n"
}

// archive is a zip archive with fixed times.
func archive(files map[string]string) ([]byte, error) {
	var out bytes.Buffer
	zw := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := zw.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
		if err != nil {
			return nil, err
		}
		if _, err := w.Write([]byte(files[name])); err != nil {
			return nil, err
		}
	}
	err := zw.Close()
	return out.Bytes(), err
}
