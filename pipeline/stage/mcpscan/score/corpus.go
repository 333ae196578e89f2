package main

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"

	"dagger/dockyard/pipeline/surface"
)

// Case is one labelled tool list of a corpus folder. Fields that the score does not use are left out.
type Case struct {
	ID       string   `json:"id"`
	Label    string   `json:"label"` // malicious or benign
	Category string   `json:"category"`
	Servers  []Server `json:"servers"`
	Previous []Server `json:"previous"`
	Twin     string   `json:"twin"` // id of the benign case that differs only in the attack
}

// Server is one server of a case.
type Server struct {
	Name         string            `json:"name"`
	Instructions string            `json:"instructions"`
	Tools        []json.RawMessage `json:"tools"`
	Prompts      []json.RawMessage `json:"prompts"`
	Resources    []json.RawMessage `json:"resources"`
}

func (s Server) surface() *surface.Surface {
	return &surface.Surface{SchemaVersion: surface.SchemaVersion, Server: surface.Implementation{Name: s.Name}, Instructions: s.Instructions, Tools: s.Tools,
		Prompts: s.Prompts, Resources: s.Resources, Source: surface.SourceStatic}
}

var errCorpus = errors.New("wrong corpus")

// load reads every .json file of the folders, in the order of their names.
func load(dirs []string) ([]Case, error) {
	var out []Case
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join(dir, "*.json"))
		if err != nil {
			return nil, err
		}
		if len(files) == 0 {
			return nil, fmt.Errorf("%w: got no .json file in %q", errCorpus, dir)
		}
		sort.Strings(files)
		for _, f := range files {
			list, err := loadFile(f)
			if err != nil {
				return nil, err
			}
			out = append(out, list...)
		}
	}
	return out, nil
}

// half keeps one half of the cases, all of them when part is empty. Twins stay together.
func half(cases []Case, part string) []Case {
	if part == "" {
		return cases
	}
	var out []Case
	for _, c := range cases {
		key := c.ID
		if c.Twin != "" {
			key = c.Twin
		}
		if sum := sha256.Sum256([]byte(key)); (sum[0]&1 == 0) == (part == "a") {
			out = append(out, c)
		}
	}
	return out
}

func loadFile(name string) ([]Case, error) {
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var list []Case
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, fmt.Errorf("%w: reading %q: %w", errCorpus, name, err)
	}
	for i, c := range list {
		if c.ID == "" || c.Label != "malicious" && c.Label != "benign" || len(c.Servers) == 0 {
			return nil, fmt.Errorf("%w: case %d of %q: got id %q, label %q and %d servers, want an id, malicious or benign, and a server", errCorpus, i+1, name, c.ID, c.Label, len(c.Servers))
		}
	}
	return list, nil
}
