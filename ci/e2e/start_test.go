package e2e

import (
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"dagger/dockyard/ci/e2e/mcp"
	"dagger/dockyard/ci/e2e/sandbox"
	"dagger/dockyard/pipeline/spec"
)

// answers starts an image's entry point from its unpacked root, without network, with mock in place of credentials, and returns the names of its
// tools.
func answers(t *testing.T, root string, img v1.Image, mock []spec.MockEnv) []string {
	t.Helper()
	f, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	config := f.Config
	config.Env = withMock(config.Env, mock)
	cmd, err := sandbox.Command(root, config)
	if err != nil {
		t.Fatal(err)
	}
	h, err := mcp.Tools(cmd)
	if err != nil {
		t.Fatalf("starting the image: %v", err)
	}
	var names []string
	for _, tool := range h.Tools {
		names = append(names, tool.Name)
	}
	t.Logf("%s %s answered with %d tools in %v: %s", h.Server.Name, h.Server.Version, len(names), h.Took, strings.Join(names, ", "))
	return names
}

// mocked are the stand-ins for credentials that a server's spec names.
func mocked(t *testing.T, c checkout, server string) []spec.MockEnv {
	t.Helper()
	file := "servers/" + server + "/spec.yaml"
	s, problems := spec.Parse(file, []byte(c.read(t, file)), spec.Options{Folder: server})
	if s == nil {
		t.Fatal(problems)
	}
	return s.Security.MockEnv
}

// withMock is an environment in which mock variables replace those of the same name.
func withMock(env []string, mock []spec.MockEnv) []string {
	out := slices.Clone(env)
	for _, m := range mock {
		out = slices.DeleteFunc(out, func(kv string) bool { return strings.HasPrefix(kv, m.Name+"=") })
		out = append(out, m.Name+"="+m.Value)
	}
	return out
}

func TestWithMock(t *testing.T) {
	got := withMock([]string{"PATH=/bin", "KEY=image", "KEY_2=kept"}, []spec.MockEnv{{Name: "KEY", Value: "a=b"}, {Name: "NEW", Value: ""}})
	if want := []string{"PATH=/bin", "KEY_2=kept", "KEY=a=b", "NEW="}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
