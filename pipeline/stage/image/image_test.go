package image

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	ocilayout "github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"dagger/dockyard/pipeline/stage/layer"
)

var update = flag.Bool("update", false, "write the golden files anew")

// writeLayer makes the folder of a layer with one file. It stores instead of compressing, so that the golden files do not depend on a
// compressor.
func writeLayer(t *testing.T, dir, file, body string) {
	t.Helper()
	var plain, packed bytes.Buffer
	tw := tar.NewWriter(&plain)
	if err := tw.WriteHeader(&tar.Header{Name: file, Mode: 0o644, Size: int64(len(body)), Typeflag: tar.TypeReg}); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(tw, body)
	_ = tw.Close()
	zw, _ := gzip.NewWriterLevel(&packed, gzip.NoCompression)
	_, _ = zw.Write(plain.Bytes())
	_ = zw.Close()
	d := layer.Descriptor{MediaType: layer.MediaType, Digest: digest(packed.Bytes()), Size: int64(packed.Len()), DiffID: digest(plain.Bytes()), Unpacked: int64(len(body)), Entries: 1}
	write(t, filepath.Join(dir, layer.BlobName), packed.Bytes())
	writeJSON(t, filepath.Join(dir, layer.DescriptorName), d)
}

func digest(raw []byte) string {
	sum := sha256.Sum256(raw)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func write(t *testing.T, file string, raw []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, raw, 0o644); err != nil {
		t.Fatal(err)
	}
}

func writeJSON(t *testing.T, file string, v any) {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, raw)
}

const installed = `{"schemaVersion":1,"platform":"linux/%s","package":{"name":"@x/server","version":"1.2.3","license":"MIT","description":"Finds <things> & more",
"mcpName":"io.github.x/server","repository":""},"entrypoint":["/usr/local/bin/node","/app/node_modules/@x/server/index.js"],"packages":3,"skippedScripts":[],"warnings":["script of y@1 was not run"]}`

// sample writes the layers of a server for two platforms and returns the configuration. Base layers differ, the server's are equal.
func sample(t *testing.T) *Config {
	t.Helper()
	dir := t.TempDir()
	c := &Config{
		SchemaVersion: 1, Name: "example.test/npx/server", Tag: "1.2.3", Args: []string{"--transport", "stdio"},
		Env:    map[string]string{"Z_LAST": "1", "NODE_ENV": "production"},
		Labels: map[string]string{"org.opencontainers.image.title": "server", "org.opencontainers.image.licenses": "MIT AND Zlib"},
	}
	for _, arch := range []string{"arm64", "amd64"} {
		base, app := filepath.Join(dir, "base-"+arch), filepath.Join(dir, "app-"+arch)
		writeLayer(t, base, "etc/arch", arch)
		writeLayer(t, app, "app/index.js", "1")
		write(t, filepath.Join(app, installName), fmt.Appendf(nil, installed, arch))
		c.Platforms = append(c.Platforms, PlatformLayers{"linux/" + arch, []string{base, app}})
	}
	return c
}

func build(t *testing.T, c *Config) (Result, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "layout")
	r, err := Build(c, dir)
	if err != nil {
		t.Fatal(err)
	}
	return r, dir
}

// golden compares bytes with a file of testdata.
func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	file = filepath.Join("testdata", file)
	if *update {
		write(t, file, got)
		return
	}
	want, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s (%v): got\n%s\nwant\n%s\nrun the test with -update if that is meant", file, err, got, want)
	}
}

func TestBuildWritesTheseBytes(t *testing.T) {
	r, dir := build(t, sample(t))
	read := func(digest string) []byte {
		raw, err := os.ReadFile((&layout{dir}).path(digest))
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	golden(t, "index.json", read(r.Digest))
	for _, p := range r.Platforms {
		arch := strings.TrimPrefix(p.Platform, "linux/")
		raw := read(p.Digest)
		var m manifest
		if err := json.Unmarshal(raw, &m); err != nil {
			t.Fatal(err)
		}
		golden(t, "manifest-"+arch+".json", raw)
		golden(t, "config-"+arch+".json", read(m.Config.Digest))
	}
	top, _ := os.ReadFile(filepath.Join(dir, "index.json"))
	golden(t, "layout-index.json", top)
	result, _ := json.MarshalIndent(r, "", "  ")
	golden(t, "result.json", append(result, '\n'))
}

func TestBuildPassesAnIndependentCheck(t *testing.T) {
	r, dir := build(t, sample(t))
	top, err := ocilayout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(top); err != nil {
		t.Error(err)
	}
	m, err := top.IndexManifest()
	if err != nil || len(m.Manifests) != 1 || m.Manifests[0].Digest.String() != r.Digest || m.Manifests[0].Size != r.Size {
		t.Errorf("got %+v and %v, want the one index %s", m, err, r.Digest)
	}
}

func TestBuildSharesLayersAndLeavesNothingElse(t *testing.T) {
	_, dir := build(t, sample(t))
	var files []string
	_ = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if !d.IsDir() {
			files = append(files, p)
		}
		return err
	})
	// Two base layers, one shared server layer, two configurations, two manifests, one index, and the layout's two files.
	if len(files) != 3+2+2+1+2 {
		t.Errorf("got the files %q, want 10", files)
	}
}

func TestBuildIsDeterministic(t *testing.T) {
	c := sample(t)
	one, _ := build(t, c)
	c.Platforms[0], c.Platforms[1] = c.Platforms[1], c.Platforms[0]
	c.Name, c.Tag = "example.test/other", "latest"
	two, _ := build(t, c)
	if !reflect.DeepEqual(one, two) {
		t.Errorf("got %+v, want %+v", two, one)
	}
}

func TestBuildRefuses(t *testing.T) {
	last := func(c *Config) string { return c.Platforms[0].Layers[1] }
	descriptor := func(change func(d *layer.Descriptor)) func(*testing.T, *Config) {
		return func(t *testing.T, c *Config) {
			d, err := layer.Read(last(c))
			if err != nil {
				t.Fatal(err)
			}
			change(&d)
			writeJSON(t, filepath.Join(last(c), layer.DescriptorName), d)
		}
	}
	install := func(old, new string) func(*testing.T, *Config) {
		return func(t *testing.T, c *Config) {
			write(t, filepath.Join(last(c), installName), []byte(strings.Replace(fmt.Sprintf(installed, "arm64"), old, new, 1)))
		}
	}
	for _, c := range []struct {
		name   string
		change func(*testing.T, *Config)
		is     error
		want   string
	}{
		{"a layer with another digest", descriptor(func(d *layer.Descriptor) { d.Digest = digest(nil) }), ErrBlob, "app-arm64"},
		{"a layer with another size", descriptor(func(d *layer.Descriptor) { d.Size++ }), ErrBlob, "app-arm64"},
		{"a blob that was changed", func(t *testing.T, c *Config) {
			file := filepath.Join(c.Platforms[0].Layers[0], layer.BlobName)
			raw, _ := os.ReadFile(file)
			raw[len(raw)-1] ^= 1
			write(t, file, raw)
		}, ErrBlob, "base-arm64"},
		{"a layer of another type", descriptor(func(d *layer.Descriptor) { d.MediaType = "text/plain" }), ErrBlob, "text/plain"},
		{"a digest that is a path", descriptor(func(d *layer.Descriptor) { d.Digest = "sha256:../../x" }), ErrBlob, "two sha256 digests"},
		{"no diffID", descriptor(func(d *layer.Descriptor) { d.DiffID = "" }), ErrBlob, "two sha256 digests"},
		{"no layer", func(t *testing.T, c *Config) { os.Remove(filepath.Join(c.Platforms[0].Layers[0], layer.BlobName)) }, fs.ErrNotExist, "layer.tar.gz"},
		{"no descriptor", func(t *testing.T, c *Config) { os.Remove(filepath.Join(last(c), layer.DescriptorName)) }, fs.ErrNotExist, "layer.json"},
		{"no install.json", func(t *testing.T, c *Config) { os.Remove(filepath.Join(last(c), installName)) }, fs.ErrNotExist, "install.json"},
		{"a broken install.json", install("{", "["), ErrConfig, "install.json"},
		{"another schema", install(`"schemaVersion":1`, `"schemaVersion":2`), ErrConfig, "schemaVersion 2"},
		{"another platform", install("arm64", "amd64"), ErrConfig, `want "linux/arm64"`},
		{"no entry point", install(`["/usr/local/bin/node","/app/node_modules/@x/server/index.js"]`, `[]`), ErrConfig, "entry point"},
		{"entry points that differ", install("index.js", "main.js"), ErrConfig, "as on the other platforms"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conf := sample(t)
			c.change(t, conf)
			dir := filepath.Join(t.TempDir(), "layout")
			if _, err := Build(conf, dir); !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %v with %q", err, c.is, c.want)
			}
			if _, err := os.Stat(filepath.Join(dir, "index.json")); err == nil {
				t.Error("got an index.json, want no finished layout")
			}
		})
	}
}

func TestBuildRefusesAFolderInUse(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "x"), nil)
	if _, err := Build(sample(t), dir); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("got %v, want an error on the folder", err)
	}
}

func TestReadConfigReportsAllProblems(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.json")
	writeJSON(t, file, Config{
		Name: "Upper/x:tag", Tag: "-x", Env: map[string]string{"A=B": "1"}, Args: []string{"a\x00"}, Labels: map[string]string{"": "x"},
		Platforms: []PlatformLayers{{"linux/amd64", []string{"a"}}, {"linux/amd64", []string{"a"}}, {"windows/amd64", nil}},
	})
	_, err := ReadConfig(file)
	if !errors.Is(err, ErrConfig) {
		t.Fatalf("got %v, want ErrConfig", err)
	}
	for _, want := range []string{"schemaVersion:", "name:", "tag:", "env.A=B:", "args[0]:", "labels:", `platforms[1].platform: got "linux/amd64" twice`, "platforms[2].platform:", "platforms[2].layers:"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
	for name, raw := range map[string]string{"an unknown field": `{"schemaVersion":1,"names":"x"}`, "too much": strings.Repeat(" ", maxConfigBytes+1), "no JSON": "x"} {
		write(t, file, []byte(raw))
		if _, err := ReadConfig(file); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: got %v, want ErrConfig", name, err)
		}
	}
}

func TestCommandsAndTarball(t *testing.T) {
	c, dir := sample(t), t.TempDir()
	config, out, result := filepath.Join(dir, "config.json"), filepath.Join(dir, "layout"), filepath.Join(dir, "result.json")
	writeJSON(t, config, c)
	if err := Command([]string{"--config=" + config, "--out=" + out, "--result=" + result}, io.Discard); err != nil {
		t.Fatal(err)
	}
	var r Result
	raw, _ := os.ReadFile(result)
	if err := json.Unmarshal(raw, &r); err != nil || len(r.Platforms) != 2 {
		t.Fatalf("got %s and %v, want two platforms", raw, err)
	}
	const reference = "example.test/npx/server:1.2.3"
	var seen [][]byte
	for i := range 2 {
		file := filepath.Join(dir, fmt.Sprint("image-", i, ".tar"))
		if err := TarballCommand([]string{"--layout=" + out, "--platform=linux/arm64", "--reference=" + reference, "--out=" + file}, io.Discard); err != nil {
			t.Fatal(err)
		}
		tag, _ := name.NewTag(reference)
		img, err := tarball.ImageFromPath(file, &tag)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate.Image(img); err != nil {
			t.Error(err)
		}
		if conf, err := img.ConfigFile(); err != nil || conf.Architecture != "arm64" || conf.Config.User != user {
			t.Errorf("got %+v and %v, want the image for arm64", conf, err)
		}
		raw, _ := os.ReadFile(file)
		seen = append(seen, raw)
	}
	if !bytes.Equal(seen[0], seen[1]) {
		t.Error("got two different archives of one layout")
	}
}

func TestTarballRefuses(t *testing.T) {
	r, dir := build(t, sample(t))
	out := filepath.Join(t.TempDir(), "x.tar")
	if err := Tarball(dir, "linux/s390x", "example.test/x:1", out); !errors.Is(err, ErrPlatform) || !strings.Contains(err.Error(), "got linux/amd64, linux/arm64") {
		t.Errorf("got %v, want ErrPlatform and the platforms there are", err)
	}
	if err := Tarball(dir, "linux/amd64", "x", out); !errors.Is(err, ErrConfig) {
		t.Errorf("got %v, want ErrConfig: the reference has no tag", err)
	}
	if err := Tarball(t.TempDir(), "linux/amd64", "example.test/x:1", out); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want fs.ErrNotExist", err)
	}
	blob := (&layout{dir}).path(r.Platforms[0].Layers[0].Digest)
	raw, _ := os.ReadFile(blob)
	raw[len(raw)-1] ^= 1
	write(t, blob, raw)
	if err := Tarball(dir, "linux/amd64", "example.test/x:1", out); !errors.Is(err, ErrBlob) {
		t.Errorf("got %v, want ErrBlob", err)
	}
	if left, _ := filepath.Glob(out + "*"); len(left) > 0 {
		t.Errorf("got %q, want no archive", left)
	}
}
