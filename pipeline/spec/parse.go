package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"dagger/dockyard/pipeline/problem"
)

// MaxBytes bounds a spec file. The longest specs in use are below 8 KiB.
const MaxBytes = 256 << 10

// MaxProblems bounds what is reported of one file, so that a hostile file cannot fill a terminal or a report.
const MaxProblems = 200

// Options tell what a spec is read as. The zero value reads strictly and accepts any name.
type Options struct {
	// Folder is the name the server must have. Empty: not checked.
	Folder string
	// Protocol is the protocol that the server must have. Empty: any.
	Protocol Protocol
	// Lax reads a spec from a PROTOCOL/NAME folder: another name, a missing description or reason, unquoted scalars, legacy keys and a bare
	// insecure_ignore are warnings, and the folder is the server's id. Everything else is as strict as ever.
	Lax bool
}

// Parse reads one spec and reports everything that is wrong with it, sorted by line. file is only used in problems. The spec is nil when a
// problem blocks; next to warnings it is complete.
//
// The file is one YAML document of at most MaxBytes without anchors, aliases, merge keys, tags and duplicate keys: what a reviewer reads is what
// is used.
func Parse(file string, raw []byte, o Options) (*Spec, problem.List) {
	c := &collector{file: file, lax: o.Lax, lines: map[string]int{}}
	s := &Spec{file: file, lines: c.lines}
	if root := c.document(raw); root != nil {
		c.refuseIndirection(root)
		c.read(root, s)
		c.check(s, o)
	}
	problems := c.list()
	if len(problems.Blocking()) > 0 {
		return nil, problems
	}
	return s, problems
}

// document returns the top mapping of the only document in raw, or nil after a problem.
func (c *collector) document(raw []byte) *yaml.Node {
	if len(raw) > MaxBytes {
		c.at(0, "", fmt.Sprintf("the file has %d bytes, want at most %d", len(raw), MaxBytes), "a spec is a page of text: keep data elsewhere")
		return nil
	}
	if c.hidden(raw) {
		return nil
	}
	d := yaml.NewDecoder(bytes.NewReader(raw))
	var doc, next yaml.Node
	if err := d.Decode(&doc); errors.Is(err, io.EOF) {
		c.at(0, "", "the file is empty", "write the sections metadata and spec")
		return nil
	} else if err != nil {
		c.syntax(err)
		return nil
	}
	if err := d.Decode(&next); err == nil {
		c.at(next.Line, "", "a second YAML document starts here, want one document", "keep one server in one file")
	} else if !errors.Is(err, io.EOF) {
		c.syntax(err)
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		c.at(doc.Line, "", "the document is no mapping", "write the sections metadata and spec")
		return nil
	}
	return doc.Content[0]
}

// hidden reports bytes that are no text and characters that a reviewer does not see, a problem for each line that has some. They count in
// comments too.
func (c *collector) hidden(raw []byte) bool {
	found := false
	for i, line := range strings.Split(string(raw), "\n") {
		line = strings.TrimSuffix(line, "\r")
		if i == 0 {
			line = strings.TrimPrefix(line, "\ufeff") // the byte order mark that some editors write
		}
		if !utf8.ValidString(line) {
			c.at(i+1, "", "the line is not UTF-8", "save the file as UTF-8")
			found = true
		} else if bad, ok := unseen(line, true); ok {
			c.at(i+1, "", fmt.Sprintf("has the character %U, which is not visible", bad), "remove it")
			found = true
		}
	}
	return found
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line ([0-9]+): )?`)

// syntax reports an error of the YAML reader, whose texts look like "yaml: line 3: did not find expected key". The reader counts lines from
// 0 in the errors that begin so, and names no line for the first one.
func (c *collector) syntax(err error) {
	text := err.Error()
	line := 0
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = text[len(m[0]):]
	}
	if strings.HasPrefix(text, "did not find expected") {
		line++
	}
	c.at(line, "", "not YAML: "+visible(text), "check indentation and quotes near this line")
}

// refuseIndirection reports anchors, aliases, merge keys and explicit tags anywhere in the document.
func (c *collector) refuseIndirection(n *yaml.Node) {
	const fix = "write the value out where it is used"
	switch {
	case n.Kind == yaml.AliasNode:
		c.at(n.Line, "", fmt.Sprintf("alias %s: aliases are not read", quote("*"+n.Value)), fix)
	case n.Anchor != "":
		c.at(n.Line, "", fmt.Sprintf("anchor %s: anchors are not read", quote("&"+n.Anchor)), fix)
	case n.Kind == yaml.ScalarNode && n.ShortTag() == "!!merge":
		c.at(n.Line, "", "merge key \"<<\": merge keys are not read", fix)
	case n.Style&yaml.TaggedStyle != 0:
		c.at(n.Line, "", fmt.Sprintf("tag %s: tags are not read", quote(n.Tag)), "leave the tag out")
	}
	for _, child := range n.Content {
		c.refuseIndirection(child)
	}
}
