// Package npmregistry asks npm which registry a package comes from: one for all packages, and others for those of a scope.
package npmregistry

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// maxOutput bounds what npm is believed to print, in bytes.
const maxOutput = 1 << 20

// ErrRegistry is the category of configurations of npm that name no usable registry. Messages never repeat an address, which may hold a password.
var ErrRegistry = errors.New("unusable registry of npm")

// Registries are addresses without credentials. The zero value has none.
type Registries struct {
	Default string            // the setting registry
	Scopes  map[string]string // "@acme" to the address of its setting @acme:registry
}

// Of is the address of the registry that a package comes from (npm documentation, "scope", "Associating a scope with a registry").
func (r Registries) Of(name string) string {
	if address := r.Scopes[Scope(name)]; address != "" {
		return address
	}
	return r.Default
}

// Scope is "@acme" of "@acme/tool", and "" of a package without a scope.
func Scope(name string) string {
	scope, _, ok := strings.Cut(name, "/")
	if !ok || !strings.HasPrefix(scope, "@") {
		return ""
	}
	return scope
}

// Argv are the arguments with which npm prints its whole configuration, which Parse reads. npm writes neither tokens nor passwords there, those in
// addresses included.
func Argv() []string { return []string{"config", "list", "--long"} }

// Parse reads the lines KEY = JSON that npm printed. Those that another source of settings overrides are comments. Errors are in the category ErrRegistry.
func Parse(stdout string) (Registries, error) {
	if len(stdout) > maxOutput {
		return Registries{}, fmt.Errorf("%w: got %d bytes from npm, want at most %d (maxOutput)", ErrRegistry, len(stdout), maxOutput)
	}
	r := Registries{Scopes: map[string]string{}}
	for _, line := range strings.Split(stdout, "\n") {
		key, text, ok := strings.Cut(strings.TrimSpace(line), " = ")
		scope, scoped := strings.CutSuffix(key, ":registry")
		scoped = scoped && strings.HasPrefix(scope, "@")
		if !ok || key != "registry" && key != "scope" && !scoped {
			continue
		}
		var value string
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			return Registries{}, fmt.Errorf("%w: the setting %s is no text", ErrRegistry, key)
		}
		switch {
		case scoped:
			r.Scopes[scope] = value
		case key == "registry":
			r.Default = value
		case value != "":
			return Registries{}, fmt.Errorf("%w: the setting scope sends all packages to the registry of one scope, which is not followed here; name that registry in the setting registry", ErrRegistry)
		}
	}
	return r, r.check()
}

// ParseFlag adds SCOPE=ADDRESS, the form of Args.
func (r *Registries) ParseFlag(s string) error {
	scope, address, ok := strings.Cut(s, "=")
	if !ok || Scope(scope+"/x") != scope || scope == "" || scope == "@" {
		return fmt.Errorf("%w: want @SCOPE=ADDRESS", ErrRegistry)
	}
	if r.Scopes == nil {
		r.Scopes = map[string]string{}
	}
	r.Scopes[scope] = address
	return checkAddress(scope+":registry", address)
}

// Args are the flags of the stage program: --registry=ADDRESS, and --scope-registry=@SCOPE=ADDRESS for each scope that has one.
func (r Registries) Args() []string {
	out := []string{"--registry=" + r.Default}
	for _, s := range slices.Sorted(maps.Keys(r.Scopes)) {
		out = append(out, "--scope-registry="+s+"="+r.Scopes[s])
	}
	return out
}

func (r Registries) check() error {
	if err := checkAddress("registry", r.Default); err != nil {
		return err
	}
	for _, s := range slices.Sorted(maps.Keys(r.Scopes)) {
		if err := checkAddress(s+":registry", r.Scopes[s]); err != nil {
			return err
		}
	}
	return nil
}

func checkAddress(setting, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("%w: want an http or https address, without user, query and fragment, in the setting %s; credentials go into lines //HOST/:_authToken=TOKEN", ErrRegistry, setting)
	}
	return nil
}
