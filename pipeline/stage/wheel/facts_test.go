package wheel

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func TestFacts(t *testing.T) {
	dir := t.TempDir()
	m := made{project: "demo", points: "[console_scripts]\nzz = demo:main\naa = demo:main\n", members: []member{{name: "demo.py", text: "x = 1\n"}}}
	if err := os.WriteFile(filepath.Join(dir, m.filename()), m.bytes(t), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "facts.json")
	if err := WriteFacts(FactsOptions{Wheels: dir, Package: "Demo[cli]", Version: "1.0", Out: out}); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var got Facts
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	want := Facts{SchemaVersion: 1, Name: "demo", Version: "1.0", Description: "a server", License: "MIT", Repository: "https://git.test/x", Scripts: []string{"aa", "zz"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if err := WriteFacts(FactsOptions{Wheels: dir, Package: "demo", Version: "1.1", Out: out}); !errors.Is(err, ErrPackage) {
		t.Errorf("another version: got %v, want ErrPackage", err)
	}
}
