package wheel

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/textproto"
	"regexp"
	"strings"

	"dagger/dockyard/pipeline/pylock"
)

// metadata is the part of .dist-info that matters here.
type metadata struct {
	name, version, license, summary, repository, homepage, mcpName string
	scripts                                                        []script // console scripts in the order of the file
}

// script is an entry point of the group console_scripts (PyPA "Entry points specification"): a command that calls a function of a module.
type script struct{ name, module, function string }

// registered is the line by which a PyPI package names its server for the MCP registry, in its description.
var registered = regexp.MustCompile(`mcp-name:\s*([A-Za-z0-9.-]+/[A-Za-z0-9._-]+)`)

func (a *archive) readMetadata(p pylock.Package) error {
	kind, _, err := a.headers("WHEEL")
	if err != nil {
		return err
	}
	if v := kind.Get("Wheel-Version"); !strings.HasPrefix(v, "1.") {
		return fmt.Errorf("%w: got Wheel-Version %q, want 1.x", ErrWheel, v)
	}
	h, body, err := a.headers("METADATA")
	if err != nil {
		return err
	}
	m, err := readCore("METADATA", h, body, p)
	if err != nil {
		return err
	}
	points, err := a.text("entry_points.txt")
	if err != nil {
		return err
	}
	if m.scripts, err = consoleScripts(points); err != nil {
		return err
	}
	a.meta = m
	return nil
}

// readCore reads the core metadata of a package (PyPA "Core metadata specifications") from the file that holds them.
func readCore(file string, h textproto.MIMEHeader, body []byte, p pylock.Package) (metadata, error) {
	m := metadata{name: h.Get("Name"), version: h.Get("Version"), summary: h.Get("Summary")}
	if pylock.CanonicalName(m.name) != p.Name || !pylock.SameVersion(m.version, p.Version) {
		return m, fmt.Errorf("%w: its %s is of %s==%s, want %s", ErrPackage, file, m.name, m.version, p.ID())
	}
	if m.license = h.Get("License-Expression"); m.license == "" {
		// The older field often holds a whole licence text, whose lines no label needs.
		if l := h.Get("License"); len(l) <= 100 && !strings.ContainsAny(l, "\r\n") {
			m.license = l
		}
	}
	m.homepage = h.Get("Home-Page")
	for _, u := range h.Values("Project-Url") {
		label, address, _ := strings.Cut(u, ",")
		switch strings.ToLower(strings.TrimSpace(label)) {
		case "repository", "source", "source code", "github":
			m.repository = strings.TrimSpace(address)
		case "homepage", "home":
			m.homepage = strings.TrimSpace(address)
		}
	}
	if found := registered.FindSubmatch(body); found != nil {
		m.mcpName = string(found[1])
	}
	return m, nil
}

// headers reads a file of headers and what follows them.
func (a *archive) headers(name string) (textproto.MIMEHeader, []byte, error) {
	raw, err := a.text(name)
	if err != nil {
		return nil, nil, err
	}
	if raw == nil {
		return nil, nil, fmt.Errorf("%w: it has no %s", ErrWheel, name)
	}
	return parseHeaders(name, raw)
}

func parseHeaders(name string, raw []byte) (textproto.MIMEHeader, []byte, error) {
	raw = bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
	head, body, _ := bytes.Cut(raw, []byte("\n\n"))
	h, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(append(head, "\n\n"...)))).ReadMIMEHeader()
	if err != nil && err != io.EOF {
		return nil, nil, fmt.Errorf("%w: %s: %v", ErrWheel, name, err)
	}
	return h, body, nil
}

var (
	scriptName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)
	identifier = `[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*`
	// reference is MODULE:FUNCTION; extras behind it are obsolete and mean nothing to launchers.
	reference = regexp.MustCompile(`^(` + identifier + `)\s*:\s*(` + identifier + `)\s*(?:\[[^\]]*\])?$`)
)

// consoleScripts reads the group console_scripts. Its names become files and its references code, so both are held to strict grammars.
func consoleScripts(raw []byte) ([]script, error) {
	var out []script
	group := ""
	for _, line := range strings.Split(string(raw), "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#' || line[0] == ';':
			continue
		case line[0] == '[' && strings.HasSuffix(line, "]"):
			group = strings.TrimSpace(line[1 : len(line)-1])
			continue
		case group != "console_scripts":
			continue
		}
		name, ref, ok := strings.Cut(line, "=")
		name = strings.TrimSpace(name)
		m := reference.FindStringSubmatch(strings.TrimSpace(ref))
		if !ok || !scriptName.MatchString(name) || m == nil {
			return nil, fmt.Errorf("%w: entry_points.txt: got %.120q, want NAME = MODULE:FUNCTION", ErrWheel, line)
		}
		out = append(out, script{name, m[1], m[2]})
	}
	return out, nil
}
