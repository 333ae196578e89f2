package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"dagger/dockyard/internal/dagger"
)

// clients is what the user said of where the clients of the ecosystems fetch from, and with which credentials. Secrets are mounted as files, only
// in containers that fetch, so that neither a layer nor the environment nor a command line holds them.
type clients struct {
	npmrc, pipConfig, uvConfig *dagger.Secret
	netrc                      *dagger.Secret
	goproxy, gonosumdb         string
	debianMirror               string
	ownSources                 bool // the toolbox's apt uses debianMirror too
}

const (
	netrcFile     = "/run/dockyard/netrc"
	npmrcFile     = "/run/dockyard/npmrc"
	pipConfigFile = "/run/dockyard/pip-config"
	aptAuth       = "/etc/apt/auth.conf.d/dockyard.conf"
	caBundle      = "/etc/ssl/certs/ca-certificates.crt"
	caFolder      = "/usr/local/share/ca-certificates"
)

// withNetrc mounts the user's .netrc where pip (requests), uv and go are told to look for it.
func (c *clients) withNetrc(to *dagger.Container) *dagger.Container {
	if c.netrc == nil {
		return to
	}
	return to.WithMountedSecret(netrcFile, c.netrc).WithEnvVariable("NETRC", netrcFile)
}

// withNpmrc mounts the user's .npmrc for the stage program's own downloads; npmrcArgs name it. npm reads no .netrc, so what fetches its packages
// here does not either.
func (c *clients) withNpmrc(to *dagger.Container) *dagger.Container {
	if c.npmrc == nil {
		return to
	}
	return to.WithMountedSecret(npmrcFile, c.npmrc)
}

func (c *clients) npmrcArgs() []string {
	if c.npmrc == nil {
		return nil
	}
	return []string{"--npmrc=" + npmrcFile}
}

func (c *clients) netrcArgs() []string {
	if c.netrc == nil {
		return nil
	}
	return []string{"--netrc=" + netrcFile}
}

// goNetwork tells the go command where modules come from. It sends the credentials over https alone.
func (c *clients) goNetwork(to *dagger.Container) *dagger.Container {
	if c.goproxy != "" {
		to = to.WithEnvVariable("GOPROXY", c.goproxy)
	}
	if c.gonosumdb != "" {
		to = to.WithEnvVariable("GONOSUMDB", c.gonosumdb)
	}
	return c.withNetrc(to)
}

// aptArgs make apt read the sources that aptSources writes, and no others.
var aptArgs = []string{"-o", "Dir::Etc::sourcelist=/apt/sources.list", "-o", "Dir::Etc::sourceparts=/dev/null"}

// aptSources is a container whose apt fetches from the Debian mirror that the user named, with the credentials for it.
func (c *clients) aptSources(to *dagger.Container) *dagger.Container {
	to = to.WithNewFile("/apt/sources.list", fmt.Sprintf("deb [signed-by=%s] %s %s main\n", archiveKeys, c.debianMirror, suite))
	if c.netrc != nil {
		to = to.WithMountedSecret(aptAuth, c.netrc)
	}
	return to
}

// withoutApt takes away what only apt needed.
func (c *clients) withoutApt(from *dagger.Container) *dagger.Container {
	if c.netrc == nil || !c.ownSources {
		return from
	}
	return from.WithoutMount(aptAuth)
}

// trusting adds certificate authorities to those that a container trusts. They are put where Debian and Alpine keep local ones as well, because
// installing a package makes the bundle again.
func trusting(ctx context.Context, c *dagger.Container, authorities *dagger.File) (*dagger.Container, error) {
	more, err := authorities.Contents(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading --ca-certificates: %w", err)
	}
	if !strings.Contains(more, "-----BEGIN CERTIFICATE-----") {
		return nil, fmt.Errorf("reading --ca-certificates: got no certificate, want at least one in PEM, beginning -----BEGIN CERTIFICATE-----")
	}
	known, err := c.File(caBundle).Contents(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the certificates that a container trusts, to add --ca-certificates: %w", err)
	}
	return c.WithNewFile(caBundle, strings.TrimSpace(known)+"\n"+more).WithNewFile(caFolder+"/dockyard.crt", more), nil
}

// withoutCredentials refuses addresses, separated as in GOPROXY, that hold a user or password: they are no secrets and show in logs.
func withoutCredentials(what, addresses string) error {
	for _, a := range strings.FieldsFunc(addresses, func(r rune) bool { return r == ',' || r == '|' }) {
		if u, err := url.Parse(strings.TrimSpace(a)); err != nil || u.User != nil {
			return errWithCredentials(what)
		}
	}
	return nil
}

func errWithCredentials(what string) error {
	return fmt.Errorf("reading %s: an address cannot be read or holds a user name or password; give it without, and the credentials in --netrc, "+
		"or, for npm, as lines //HOST/:_authToken=TOKEN of --npmrc", what)
}
