package npm

import (
	"encoding/json"
	"fmt"
	"os"

	"dagger/dockyard/pipeline/stage/elfcheck"
)

// ResultName is the file that Install writes last.
const ResultName = "install.json"

// Result is install.json.
type Result struct {
	SchemaVersion  int             `json:"schemaVersion"`
	Platform       string          `json:"platform"`
	Package        Package         `json:"package"`
	Entrypoint     []string        `json:"entrypoint"`
	Packages       int             `json:"packages"`
	SkippedScripts []SkippedScript `json:"skippedScripts"`
	ELF            elfcheck.Result `json:"elf"`
	Warnings       []string        `json:"warnings"`
}

// Package is what the server's package says about itself.
type Package struct {
	Name        string `json:"name"`
	Version     string `json:"version"`
	License     string `json:"license,omitempty"`
	Description string `json:"description,omitempty"`
	MCPName     string `json:"mcpName,omitempty"`
	Repository  string `json:"repository,omitempty"`
}

// SkippedScript is a package whose install scripts were not run, and why it is there all the same.
type SkippedScript struct {
	Package string   `json:"package"`
	Scripts []string `json:"scripts"`
	Reason  string   `json:"reason"`
}

// writeResult gives the file its name only when it is complete.
func writeResult(name string, r Result) error {
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(name+".partial", append(raw, '\n'), 0o644); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return os.Rename(name+".partial", name)
}
