package image

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"dagger/dockyard/pipeline/names"
)

// installName is the file of facts that the stage which installed the server leaves beside its layer.
const installName = "install.json"

// install is the part of install.json that goes into an image.
type install struct {
	SchemaVersion int      `json:"schemaVersion"`
	Platform      string   `json:"platform"`
	Entrypoint    []string `json:"entrypoint"`
	Package       struct {
		Name        string `json:"name"`
		Version     string `json:"version"`
		License     string `json:"license"`
		Description string `json:"description"`
		MCPName     string `json:"mcpName"`
	} `json:"package"`
	Warnings []string `json:"warnings"`
}

// maxInstallBytes bounds install.json.
const maxInstallBytes = 16 << 20

func readInstall(dir, platform string) (*install, error) {
	name := filepath.Join(dir, installName)
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("reading what was installed: %w", err)
	}
	defer f.Close()
	var in install
	if err := json.NewDecoder(io.LimitReader(f, maxInstallBytes)).Decode(&in); err != nil {
		return nil, fmt.Errorf("%w: reading %q: %v", ErrConfig, name, err)
	}
	if in.SchemaVersion != 1 {
		return nil, fmt.Errorf("%w: %q: got schemaVersion %d, want 1", ErrConfig, name, in.SchemaVersion)
	}
	if in.Platform != "" && in.Platform != platform {
		return nil, fmt.Errorf("%w: %q: got the platform %q, want %q", ErrConfig, name, in.Platform, platform)
	}
	if len(in.Entrypoint) == 0 || slices.Contains(in.Entrypoint, "") {
		return nil, fmt.Errorf("%w: %q: got the entry point %q, want a program and its arguments", ErrConfig, name, in.Entrypoint)
	}
	return &in, nil
}

// labels puts together the labels of an image: what the package says about itself, below what the configuration says.
func labels(c *Config, in *install) map[string]string {
	out := map[string]string{}
	for key, value := range map[string]string{
		"org.opencontainers.image.version":     in.Package.Version,
		"org.opencontainers.image.licenses":    in.Package.License,
		"org.opencontainers.image.description": in.Package.Description,
		names.ServerLabel:                      in.Package.MCPName,
	} {
		if value != "" {
			out[key] = value
		}
	}
	for key, value := range c.Labels {
		out[key] = value
	}
	return out
}
