package base

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/stage/deb/debtest"
	"dagger/dockyard/pipeline/stage/layer"
)

func TestRunMakesABase(t *testing.T) {
	m := newMirror(t)
	m.addBase()
	m.add("hello",
		debtest.File("./lib/hello.so", "library"), debtest.Dir("./lib/x/"), debtest.Symlink("./usr/lib/hello.so.1", "hello.so"),
		debtest.Entry{Name: "./usr/lib/hello.link", Type: tar.TypeLink, Link: "./lib/hello.so"},
		debtest.Entry{Name: "./usr/bin/tool", Body: "#!/bin/sh\n", Mode: 0o755}, debtest.Symlink("./usr/bin/alias", "/bin/tool"), debtest.Symlink("./usr/bin/second", "alias"),
		debtest.Entry{Name: "./usr/bin/awkward", Body: "#!/usr/bin/env -S gawk -f\n", Mode: 0o755}, debtest.File("./usr/lib/data", "#!/bin/sh is only text"),
		debtest.File("./usr/share/doc/hello/copyright", "licence"), debtest.File("./usr/share/doc/hello/changelog.gz", "12345"), debtest.Symlink("./usr/share/doc/hi", "hello"),
		debtest.File("./usr/share/man/man1/hello.1", "x"), debtest.File("./usr/lib/x86_64-linux-gnu/gconv/A.so", "x"), debtest.Entry{Name: "./etc/shadowy", Body: "s", Mode: 0o660},
	)
	o := m.options(t)
	r, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	got := contents(t, o.Out)
	bundle := strings.Repeat(certificate, 2)
	for p, want := range map[string]string{
		"lib": "777 0 usr/lib", "usr/lib/hello.so": "644 0 library", "usr/lib/x/": "755 0 ", "usr/lib/hello.so.1": "777 0 hello.so", "usr/lib/hello.link": "644 0 library",
		"usr/lib/data": "644 0 #!/bin/sh is only text", "usr/share/doc/hello/copyright": "644 0 licence", "usr/share/doc/hi": "777 0 hello",
		"etc/ssl/certs/ca-certificates.crt": "644 0 " + bundle, "home/nonroot/": "700 65532 ", "tmp/": "1777 0 ", "var/tmp/": "1777 0 ", "root/": "700 0 ", "var/local/": "755 0 ",
		"etc/passwd": "644 0 " + passwd, "etc/group": "644 0 " + group, "etc/nsswitch.conf": "644 0 " + nsswitch, "etc/os-release": "777 0 ../usr/lib/os-release", "var/run": "777 0 /run",
		"etc/shadowy": "640 0 s", "var/lib/dpkg/status.d/hello": "644 0 " + debtest.Stanza("hello", "1.0", "amd64"),
		"var/lib/dpkg/status.d/hello.md5sums": "644 0 d41d8cd98f00b204e9800998ecf8427e  x\n",
	} {
		if got[p] != want {
			t.Errorf("%s: got %q, want %q", p, got[p], want)
		}
	}
	for _, p := range []string{"usr/bin/tool", "usr/bin/alias", "usr/bin/second", "usr/bin/awkward", "usr/share/doc/hello/changelog.gz", "usr/share/man/man1/hello.1", "usr/share/man/",
		"usr/lib/x86_64-linux-gnu/gconv/A.so", "usr/sbin/update-ca-certificates", "lib/hello.so", "lib/", "var/lib/dpkg/status", "var/lock/"} {
		if content, ok := got[p]; ok {
			t.Errorf("%s: got %q, want it left out", p, content)
		}
	}
	if want := []string{"usr/bin/alias", "usr/bin/awkward", "usr/bin/second", "usr/bin/tool"}; !reflect.DeepEqual(r.LeftOut.Scripts, want) || r.LeftOut.Files != 4 || r.LeftOut.Bytes != 5+1+1+10 {
		t.Errorf("got %+v left out, want the scripts %q and 4 files of 17 bytes", r.LeftOut, want)
	}
	if r.Status != OK || len(r.Packages) != 3 || r.Layer == nil {
		t.Errorf("got %+v", r)
	}
	var stored Result
	raw, _ := os.ReadFile(filepath.Join(o.Out, ResultName))
	if err := json.Unmarshal(raw, &stored); err != nil || !reflect.DeepEqual(stored, r) {
		t.Errorf("got %s and %v, want %+v", raw, err, r)
	}
}

func TestRunPackagesOnlyKeepsScripts(t *testing.T) {
	m := newMirror(t)
	m.add("tool", debtest.Dir("./lib/"), debtest.File("./lib/tool.so", "x"), debtest.Entry{Name: "./usr/bin/tool", Body: "#!/bin/sh\n", Mode: 0o755})
	o := m.options(t)
	o.PackagesOnly = true
	if _, err := Run(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	got := contents(t, o.Out)
	for _, p := range []string{"usr/bin/tool", "usr/lib/tool.so", "var/lib/dpkg/status.d/tool"} {
		if _, ok := got[p]; !ok {
			t.Errorf("%s is missing", p)
		}
	}
	for _, p := range []string{"lib/", "lib", "etc/passwd", "tmp/", "home/nonroot/"} {
		if _, ok := got[p]; ok {
			t.Errorf("%s is there, want packages only", p)
		}
	}
}

func TestRunIsDeterministic(t *testing.T) {
	m := newMirror(t)
	m.addBase()
	var seen []layer.Descriptor
	for range 2 {
		r, err := Run(context.Background(), m.options(t))
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, *r.Layer)
	}
	if seen[0] != seen[1] {
		t.Errorf("got %+v, want %+v", seen[1], seen[0])
	}
}

func TestRunReportsDrift(t *testing.T) {
	m := newMirror(t)
	m.addBase()
	m.add("gone")
	m.add("lost")
	delete(m.files, "pool/main/x/gone_1.0_amd64.deb")
	delete(m.files, "pool/main/x/lost_1.0_amd64.deb")
	o := m.options(t)
	r, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	want := []Missing{{"gone", "1.0", "pool/main/x/gone_1.0_amd64.deb"}, {"lost", "1.0", "pool/main/x/lost_1.0_amd64.deb"}}
	if r.Status != Drifted || !reflect.DeepEqual(r.Missing, want) || r.Layer != nil {
		t.Errorf("got %+v, want %v missing", r, want)
	}
	if _, err := os.Stat(filepath.Join(o.Out, layer.BlobName)); err == nil {
		t.Error("got a layer, want none")
	}
	if _, err := os.Stat(filepath.Join(o.Out, ResultName)); err != nil {
		t.Error(err)
	}
}

func TestRunLooksInAllMirrorsAndPlaces(t *testing.T) {
	empty, m := newMirror(t), newMirror(t)
	m.addBase()
	m.packages[1].Path = strings.Replace(m.packages[1].Path, "pool/", "pool/updates/", 1)
	o := m.options(t)
	o.Mirrors = append([]string{empty.URL + "/debian/"}, o.Mirrors...)
	if r, err := Run(context.Background(), o); err != nil || r.Status != OK {
		t.Errorf("got %+v and %v, want %s", r, err, OK)
	}
}

func TestLeftOut(t *testing.T) {
	for p, want := range map[string]bool{
		"usr/share/doc": false, "usr/share/doc/x": false, "usr/share/doc/x/copyright": false, "usr/share/doc/x/README": true, "usr/share/doc/x/examples/copyright": true,
		"usr/share/man": true, "usr/share/man/man1/x.1": true, "usr/share/manual": false, "usr/lib/x86_64-linux-gnu/gconv/UTF-16.so": true,
		"usr/lib/x86_64-linux-gnu/libx.a": true, "usr/lib/x86_64-linux-gnu/libx.so": false, "usr/share/zoneinfo/Europe/Berlin": false, "usr/share/zoneinfo/right/UTC": true,
	} {
		if got := leftOut(p); got != want {
			t.Errorf("leftOut(%q) = %v, want %v", p, got, want)
		}
	}
}

func TestInterpreterOf(t *testing.T) {
	for line, want := range map[string]string{
		"#!/bin/sh\n": "/bin/sh", "#! /bin/bash -e": "/bin/bash", "#!/usr/bin/env python3\n": "python3", "#!/usr/bin/env -S A=b gawk -f\n": "gawk", "#!\n": "sh", "text": "", "": "",
	} {
		if got := interpreterOf(layer.Entry{Path: "usr/bin/x", Mode: 0o755, Data: layer.Bytes(line)}); got != want {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	}
}

func TestCommand(t *testing.T) {
	m := newMirror(t)
	m.addBase()
	o := m.options(t)
	args := []string{"--lock=" + o.LockFile, "--mirror=" + o.Mirrors[0], "--arch=amd64", "--out=" + o.Out}
	var stderr bytes.Buffer
	if err := Command(args, &stderr); err != nil || stderr.Len() > 0 {
		t.Errorf("got %v and %q", err, stderr.String())
	}
	delete(m.files, m.packages[0].Path)
	if err := Command(args, &stderr); err != nil || !strings.Contains(stderr.String(), "base-files 1.0 is gone") {
		t.Errorf("got %v and %q, want a line on base-files", err, stderr.String())
	}
	if err := Command(args[:2], io.Discard); err == nil || !strings.Contains(err.Error(), "--arch, --out") {
		t.Errorf("got %v, want both flags named", err)
	}
}
