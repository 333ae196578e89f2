package e2e

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/validate"

	"dagger/dockyard/pipeline/catalogue"
	"dagger/dockyard/pipeline/oci"
)

var full = flag.Bool("full", false, "run what takes long too: build and start every server of the catalogue, not only those of TestBuild")

// TestCatalogue builds every server of the catalogue for both architectures and starts each one from what would be shipped. A server that
// cannot be built or started does not keep the others from being tried.
func TestCatalogue(t *testing.T) {
	if !*full {
		t.Skip("takes long; TestBuild stands for it. Run with -full, or ci/test --full")
	}
	needRoot(t)
	c := here(t)
	servers, problems := catalogue.Load(os.DirFS(filepath.Join(c.dir, "servers")), catalogue.Options{Label: "servers"})
	if blocking := problems.Blocking(); len(blocking) > 0 {
		t.Fatalf("the catalogue is not in order: %v", blocking)
	}
	for _, s := range servers.Servers {
		t.Run(s.ID, func(t *testing.T) { shipped(t, c, s) })
	}
}

// shipped expects of one server what every image of the catalogue promises.
func shipped(t *testing.T, c checkout, s catalogue.Server) {
	_, idx := exported(t, c, s.ID)
	if err := validate.Index(idx); err != nil {
		t.Errorf("the layout is not valid: %v", err)
	}
	for _, p := range oci.All() {
		arch := oci.Architecture(p)
		img := platform(t, idx, arch)
		f, err := img.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		checkImage(t, img, arch, f.Config.Labels[nameLabel])
	}
	img := platform(t, idx, "amd64")
	root := unpack(t, img)
	checkRoot(t, root)
	if tools := answers(t, root, img, s.Spec.Security.MockEnv); len(tools) == 0 {
		t.Error("tools/list: got no tool")
	}
}
