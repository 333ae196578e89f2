package capture

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/surface"
)

func file(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "input.json")
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestReadImage(t *testing.T) {
	i, err := ReadImage(file(t, `{"config":{"User":"65532:65533","Env":["A=b"],"Entrypoint":["/x"],"Cmd":["y"],"WorkingDir":"/home"}}`))
	if err != nil || fmt.Sprint(i) != "{[/x y] [A=b] /home 65532 65533}" {
		t.Errorf("got %v, %v", i, err)
	}
	for _, text := range []string{
		`{`, `{"config":{"User":"65532:65532"}}`, `{"config":{"User":"0:0","Entrypoint":["/x"]}}`, `{"config":{"User":"1:0","Entrypoint":["/x"]}}`,
		`{"config":{"User":"nonroot","Entrypoint":["/x"]}}`, `{"config":{"Entrypoint":["/x"]}}`, strings.Repeat(" ", maxConfigBytes+1),
	} {
		if i, err := ReadImage(file(t, text)); !errors.Is(err, ErrInput) {
			t.Errorf("%.60s: got %v, %v", text, i, err)
		}
	}
	if _, err := ReadImage("/nowhere"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: got %v", err)
	}
}

func TestReadMock(t *testing.T) {
	env, err := ReadMock(file(t, `{"schemaVersion":1,"env":{"A_KEY":"x"}}`))
	if err != nil || env["A_KEY"] != "x" {
		t.Errorf("got %v, %v", env, err)
	}
	for _, text := range []string{`{"env":{}}`, `{"schemaVersion":1,"env":{"A=B":"x"}}`, `{"schemaVersion":1,"env":{"A":"\u0000"}}`} {
		if _, err := ReadMock(file(t, text)); !errors.Is(err, ErrInput) {
			t.Errorf("%s: got %v", text, err)
		}
	}
}

func TestInventCredentials(t *testing.T) {
	r := &run{o: Options{Image: Image{Env: []string{"KNOWN_TOKEN=x"}}, Mock: map[string]string{"MOCK_KEY": "y"}}, extra: map[string]string{}}
	said := "Error [ERR_INVALID_KEY]: set KNOWN_TOKEN, MOCK_KEY, ACME_API_KEY or ACME_URL (see ACME_VERBOSE, NODE_AUTH_TOKEN, a_key, KEY)"
	if !r.inventCredentials(said) {
		t.Error("got nothing, want two variables")
	}
	if got := fmt.Sprint(r.out.Credentials); got != "[{ACME_API_KEY mock-key} {ACME_URL https://mock.example.invalid}]" {
		t.Errorf("got %s", got)
	}
	if got := strings.Join(r.environment(), " "); got != "ACME_API_KEY=mock-key ACME_URL=https://mock.example.invalid KNOWN_TOKEN=x MOCK_KEY=y" {
		t.Errorf("environment: got %s", got)
	}
	if r.inventCredentials(said) {
		t.Error("the same words a second time: got more variables")
	}
	var many strings.Builder
	for i := range 100 {
		fmt.Fprintf(&many, "X%d_KEY ", i)
	}
	if r.inventCredentials(many.String()); len(r.out.Credentials) != maxCredentials {
		t.Errorf("got %d variables, want at most %d", len(r.out.Credentials), maxCredentials)
	}
}

func TestConclude(t *testing.T) {
	items := func(names ...string) listing {
		l := listing{items: map[string][]json.RawMessage{}, pages: map[string]int{"tools": 1}}
		for _, n := range names {
			l.items["tools"] = append(l.items["tools"], json.RawMessage(`{"name":"`+n+`"}`))
		}
		return l
	}
	r := &run{}
	if f := reasonOf(r.conclude(reading{listing: items()})); f == nil || f.reason != surface.ReasonEmpty {
		t.Errorf("nothing offered: got %v", f)
	}
	if err := r.conclude(reading{listing: items("b", "a")}); err != nil || r.out.Status != surface.Captured {
		t.Fatalf("got %s, %v", r.out.Status, err)
	}
	if got := fmt.Sprintf("%s", r.out.Surface.Tools); got != `[{"name":"a"} {"name":"b"}]` {
		t.Errorf("tools: got %s, want them sorted", got)
	}
	r.out.Differences = []surface.Difference{{}}
	if err := r.conclude(reading{listing: items("a")}); err != nil || r.out.Status != surface.Changing {
		t.Errorf("differences: got %s, %v", r.out.Status, err)
	}
}
