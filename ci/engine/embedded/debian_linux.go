package embedded

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sort"
	"strings"

	"dagger/dockyard/pipeline/aptsource"
)

// suite is the Debian release that the engine's root and the Go SDK image are made of, on any host.
const suite = "trixie"

// enginePackages are the programs the engine calls (runc, network plugins, DNS, firewall, git, pigz) and slirp4netns, which gives its network
// namespace a way out. sdkPackages make the image Go modules run in.
var (
	enginePackages = []string{"ca-certificates", "containernetworking-plugins", "dnsmasq-base", "git", "iproute2", "iptables", "pigz", "runc", "slirp4netns"}
	sdkPackages    = []string{"ca-certificates", "git"}
)

// keyring is where Debian's debian-archive-keyring, an essential part of its apt, puts the keys.
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"

func rootKey() string { return key(append(enginePackages, suite, runtime.GOARCH, "root-2")...) }

// buildDebian makes a Debian root of the packages in out: a folder, or a tar file when the name ends in .tar. Nothing is installed on the
// host: mmdebstrap is unpacked from its package, and apt works in folders of the cache.
func (e *Engine) buildDebian(ctx context.Context, out string, packages []string) error {
	if _, err := exec.LookPath("perl"); err != nil {
		return fmt.Errorf("%w: mmdebstrap needs perl; run: apt-get install perl", ErrUnsupported)
	}
	sources, err := aptSources(ctx)
	if err != nil {
		return err
	}
	tool, err := e.mmdebstrap(ctx, sources)
	if err != nil {
		return err
	}
	args := []string{tool, "--mode=root", "--variant=apt", "--include=" + strings.Join(packages, ","),
		suite, out}
	cmd := exec.CommandContext(ctx, "perl", append(args, sources...)...)
	cmd.Env = append(os.Environ(), "SOURCE_DATE_EPOCH=0", "TMPDIR="+filepath.Dir(out))
	inMountNamespace(cmd)
	_, err = e.output(cmd)
	return err
}

// mmdebstrap returns the path of the script in its unpacked package, fetched and verified by the host's apt with a private state.
func (e *Engine) mmdebstrap(ctx context.Context, sources []string) (string, error) {
	dir := filepath.Join(e.cache, "apt")
	script := filepath.Join(dir, "mmdebstrap", "usr", "bin", "mmdebstrap")
	if _, err := os.Stat(script); err == nil {
		return script, nil
	}
	for _, d := range []string{"state/lists/partial", "cache/archives/partial", "etc"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			return "", err
		}
	}
	list := filepath.Join(dir, "etc", "sources.list")
	if err := os.WriteFile(list, []byte(strings.Join(sources, "\n")+"\n"), 0o644); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, "state", "status"), nil, 0o644); err != nil {
		return "", err
	}
	private := []string{
		"-o", "Dir::State=" + filepath.Join(dir, "state"), "-o", "Dir::State::status=" + filepath.Join(dir, "state", "status"),
		"-o", "Dir::Cache=" + filepath.Join(dir, "cache"), "-o", "Dir::Etc::sourcelist=" + list, "-o", "Dir::Etc::sourceparts=/dev/null",
		"-o", "Dir::Etc::preferencesparts=/dev/null", "-o", "APT::Sandbox::User=root", "-o", "Acquire::Languages=none",
	}
	for _, args := range [][]string{append(private, "update"), append(private, "download", "mmdebstrap")} {
		cmd := exec.CommandContext(ctx, "apt-get", args...)
		cmd.Dir = dir
		if _, err := e.output(cmd); err != nil {
			return "", err
		}
	}
	debs, _ := filepath.Glob(filepath.Join(dir, "mmdebstrap_*.deb"))
	if len(debs) == 0 {
		return "", fmt.Errorf("fetching mmdebstrap: apt left no package in %q", dir)
	}
	sort.Strings(debs)
	tmp := filepath.Join(dir, "mmdebstrap.partial")
	if err := os.RemoveAll(tmp); err != nil {
		return "", err
	}
	if _, err := e.output(exec.CommandContext(ctx, "dpkg-deb", "-x", debs[len(debs)-1], tmp)); err != nil {
		return "", err
	}
	return script, os.Rename(tmp, filepath.Join(dir, "mmdebstrap"))
}

// aptSources returns sources.list lines for the suite, with the mirror that the host's own apt uses; DOCKYARD_DEBIAN_MIRROR names another.
func aptSources(ctx context.Context) ([]string, error) {
	line := func(uri, suite string) string {
		return fmt.Sprintf("deb [signed-by=%s] %s %s main", keyring, uri, suite)
	}
	if uri := os.Getenv("DOCKYARD_DEBIAN_MIRROR"); uri != "" {
		return []string{line(uri, suite)}, nil
	}
	ask := aptsource.Command()
	out, err := exec.CommandContext(ctx, ask[0], ask[1:]...).Output()
	if err != nil {
		return nil, fmt.Errorf("asking apt for its mirror: %w; set DOCKYARD_DEBIAN_MIRROR to the address of a Debian mirror", err)
	}
	main, security := aptsource.Mirrors(string(out), hostCodename())
	if main == "" {
		return nil, fmt.Errorf("asking apt for its mirror: no source of Debian's component main; set DOCKYARD_DEBIAN_MIRROR to the address of a Debian mirror")
	}
	sources := []string{line(main, suite), line(main, suite+"-updates")}
	if security != "" {
		sources = append(sources, line(security, suite+"-security"))
	}
	return sources, nil
}

func hostCodename() string {
	raw, _ := os.ReadFile("/etc/os-release")
	for _, l := range strings.Split(string(raw), "\n") {
		if v, ok := strings.CutPrefix(l, "VERSION_CODENAME="); ok {
			return strings.Trim(v, `"`)
		}
	}
	return ""
}
