package image

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/problem"
)

// ErrConfig is the category of configurations that cannot become an image.
var ErrConfig = errors.New("invalid image configuration")

// Bounds of a configuration.
const (
	maxConfigBytes = 4 << 20
	maxPlatforms   = 16
	maxLayers      = 100 // per platform; the overlay file systems of container engines stop at 128
)

// Config says what goes into an image. It is the file given by --config.
type Config struct {
	SchemaVersion int               `json:"schemaVersion"`
	Name          string            `json:"name"` // repository without tag: "ghcr.io/x/npx/context7"
	Tag           string            `json:"tag"`  // "1.0.0"
	Platforms     []PlatformLayers  `json:"platforms"`
	Args          []string          `json:"args"`   // arguments after the entry point; nil: none
	Env           map[string]string `json:"env"`    // variables besides PATH, HOME and SSL_CERT_FILE, which it may override; nil: none
	Labels        map[string]string `json:"labels"` // of the configuration, and annotations of manifests and index; nil: none
}

// PlatformLayers names the layers of one platform, lowest first. Each is a folder with a layer and its descriptor; the last one also
// holds install.json.
type PlatformLayers struct {
	Platform string   `json:"platform"` // "linux/amd64"
	Layers   []string `json:"layers"`
}

// Grammars of repository, tag (OCI distribution specification, "Pulling manifests"), platform and environment names.
var (
	nameGrammar     = regexp.MustCompile(`^([a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?/)?[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$`)
	tagGrammar      = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$`)
	platformGrammar = regexp.MustCompile(`^linux/(amd64|arm64)$`)
	variableGrammar = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// ReadConfig reads a configuration strictly and reports everything that is wrong with it together.
func ReadConfig(name string) (*Config, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("reading image configuration: %w", err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxConfigBytes+1))
	if err != nil {
		return nil, fmt.Errorf("reading image configuration: %w", err)
	}
	if len(raw) > maxConfigBytes {
		return nil, fmt.Errorf("%w: reading %q: got more than %d bytes", ErrConfig, name, maxConfigBytes)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	var c Config
	if err := dec.Decode(&c); err != nil {
		return nil, fmt.Errorf("%w: reading %q: %v", ErrConfig, name, err)
	}
	if err := c.check(path.Base(name)).Err(ErrConfig); err != nil {
		return nil, err
	}
	return &c, nil
}

func (c *Config) check(file string) (found problem.List) {
	add := func(field, format string, args ...any) {
		found = append(found, problem.Problem{File: file, Field: field, Message: fmt.Sprintf(format, args...)})
	}
	if c.SchemaVersion != 1 {
		add("schemaVersion", "got %d, want 1", c.SchemaVersion)
	}
	if !nameGrammar.MatchString(c.Name) || len(c.Name) > 255 {
		add("name", "got %q, want an image repository in lower case without tag, at most 255 bytes", c.Name)
	}
	if !tagGrammar.MatchString(c.Tag) {
		add("tag", "got %q, want letters, digits, \"_\", \".\" and \"-\", at most 128", c.Tag)
	}
	if n := len(c.Platforms); n == 0 || n > maxPlatforms {
		add("platforms", "got %d, want 1 to %d", n, maxPlatforms)
	}
	for i, p := range c.Platforms {
		field := fmt.Sprintf("platforms[%d]", i)
		if !platformGrammar.MatchString(p.Platform) {
			add(field+".platform", "got %q, want linux/amd64 or linux/arm64", p.Platform)
		}
		if slices.ContainsFunc(c.Platforms[:i], func(q PlatformLayers) bool { return q.Platform == p.Platform }) {
			add(field+".platform", "got %q twice, want each once", p.Platform)
		}
		if n := len(p.Layers); n == 0 || n > maxLayers {
			add(field+".layers", "got %d, want 1 to %d", n, maxLayers)
		}
	}
	for _, k := range sortedKeys(c.Env) {
		if !variableGrammar.MatchString(k) || strings.ContainsRune(c.Env[k], 0) {
			add("env."+k, "got %q=%q, want a name of letters, digits and \"_\" and a value without NUL", k, c.Env[k])
		}
	}
	for i, a := range c.Args {
		if strings.ContainsRune(a, 0) {
			add(fmt.Sprintf("args[%d]", i), "got %q, want no NUL", a)
		}
	}
	if _, ok := c.Labels[""]; ok {
		add("labels", "got an empty key, want a name")
	}
	found.Sort()
	return found
}
