package upstream

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"time"
)

// NPMFields are the arguments of `npm view NAME@VERSION --json` whose answer NPM reads.
var NPMFields = []string{"name", "version", "description", "repository", "bin", "license", "deprecated", "dist", "maintainers", "scripts"}

// npmView is the answer to NPMFields. Fields that old packages write in another form are raw.
type npmView struct {
	Name        string          `json:"name"`
	Version     string          `json:"version"`
	Description string          `json:"description"`
	Repository  json.RawMessage `json:"repository"`
	Bin         json.RawMessage `json:"bin"`
	License     json.RawMessage `json:"license"`
	Deprecated  json.RawMessage `json:"deprecated"`
	Dist        struct {
		Attestations *struct {
			Provenance json.RawMessage `json:"provenance"`
		} `json:"attestations"`
	} `json:"dist"`
	Maintainers json.RawMessage   `json:"maintainers"`
	Scripts     map[string]string `json:"scripts"`
}

// installEvents are the scripts that npm runs when a package is installed (npm documentation, "scripts", life cycle of npm ci).
var installEvents = []string{"preinstall", "install", "postinstall"}

// NPM reads the answer to `npm view NAME@VERSION --json` with NPMFields. A package that is not there, or an answer for several versions, is an
// error in the category ErrPackage.
func NPM(raw []byte) (Release, error) {
	if len(raw) > MaxAnswer {
		return Release{}, fmt.Errorf("reading npm's answer: got %d bytes, want at most %d", len(raw), MaxAnswer)
	}
	var v npmView
	if err := json.Unmarshal(raw, &v); err != nil {
		return Release{}, fmt.Errorf("%w: reading npm's answer: %v", ErrPackage, err)
	}
	if v.Name == "" || v.Version == "" {
		return Release{}, fmt.Errorf("%w: npm's answer names no package and version", ErrPackage)
	}
	r := Release{Name: v.Name, Version: v.Version, Description: line(v.Description), License: line(word(v.License, "type")), Deprecated: line(word(v.Deprecated, ""))}
	r.Repository = RepositoryURI(word(v.Repository, "url"))
	r.Attested = v.Dist.Attestations != nil && len(v.Dist.Attestations.Provenance) > 0 && string(v.Dist.Attestations.Provenance) != "null"
	r.Executables = executables(v)
	r.Publishers = people(v.Maintainers)
	for _, event := range installEvents {
		if command := v.Scripts[event]; command != "" {
			r.Scripts = append(r.Scripts, event+": "+line(command))
		}
	}
	return r, nil
}

// word is a text, or that under a key of an object.
func word(raw json.RawMessage, key string) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var o map[string]json.RawMessage
	if key == "" || json.Unmarshal(raw, &o) != nil || json.Unmarshal(o[key], &s) != nil {
		return ""
	}
	return s
}

func executables(v npmView) []string {
	var one string
	if json.Unmarshal(v.Bin, &one) == nil && one != "" {
		return []string{path.Base(v.Name)}
	}
	var named map[string]string
	if json.Unmarshal(v.Bin, &named) != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(named))
}

// people are the names of maintainers: `npm view` prints "NAME <ADDRESS>" or objects. Addresses are left out.
func people(raw json.RawMessage) []string {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		list = []json.RawMessage{raw}
	}
	var out []string
	for _, item := range list {
		name := word(item, "name")
		for i, r := range name {
			if r == '<' && i > 0 {
				name = name[:i]
				break
			}
		}
		if name = line(name); name != "" {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// npmHistory is the answer to `npm view NAME --json time dist-tags`.
type npmHistory struct {
	Time map[string]string `json:"time"`
	Tags map[string]string `json:"dist-tags"`
}

// NewestNPM chooses from the answer to `npm view NAME --json time dist-tags`: what the tag latest names when it was published before the cut-off,
// else the highest release below it that was. Pre-releases are never chosen; neither is what the registry gives no time for. current is the
// version in use, or empty: nothing lower is chosen.
func NewestNPM(raw []byte, cutoff time.Time, current string) (string, error) {
	if len(raw) > MaxAnswer {
		return "", fmt.Errorf("reading npm's answer: got %d bytes, want at most %d", len(raw), MaxAnswer)
	}
	var h npmHistory
	if err := json.Unmarshal(raw, &h); err != nil {
		return "", fmt.Errorf("%w: reading npm's answer: %v", ErrPackage, err)
	}
	latest, ok := parseSemver(h.Tags["latest"])
	if !ok {
		return "", fmt.Errorf("%w: the registry's tag latest names %q, want a version", ErrPackage, h.Tags["latest"])
	}
	best, found := semver{}, false
	if c, ok := parseSemver(current); ok {
		best, found = c, true
	}
	for text, published := range h.Time {
		v, ok := parseSemver(text)
		at, err := time.Parse(time.RFC3339, published)
		if !ok || err != nil || v.pre != "" && v.text != latest.text || at.After(cutoff) || v.compare(latest) > 0 {
			continue
		}
		if !found || v.compare(best) > 0 {
			best, found = v, true
		}
	}
	if !found {
		return "", fmt.Errorf("%w: no release was published before %s; ask for a version by name, or with a later --before", ErrPackage, cutoff.Format(time.RFC3339))
	}
	return best.text, nil
}
