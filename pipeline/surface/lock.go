package surface

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// MaxLockBytes bounds a surface lock. The largest of real servers have 300 KB.
const MaxLockBytes = 64 << 20

// ErrLock is the category of surface locks that cannot be read or written.
var ErrLock = errors.New("invalid surface lock")

// Pinned is the part of a surface that a person approves: what a model gets to read. Versions of the server and of the protocol, and
// capabilities, come with every release and steer no model, so they are left out.
func Pinned(s *Surface) *Surface {
	return &Surface{
		SchemaVersion: SchemaVersion, Server: Implementation{Name: s.Server.Name, Title: s.Server.Title}, Instructions: s.Instructions, Source: s.Source,
		Tools: s.Tools, Prompts: s.Prompts, Resources: s.Resources, ResourceTemplates: s.ResourceTemplates,
	}
}

// Items is the number of all that a surface lists.
func (s *Surface) Items() int {
	return len(s.Tools) + len(s.Prompts) + len(s.Resources) + len(s.ResourceTemplates)
}

// EncodeLock writes the pinned part of a surface for people who read differences: an item's name, title and description first, other keys sorted, a
// value a line, items in order of their names, and everything that a reader would not see as an escape. The same surface makes the same bytes,
// whatever the order and the white space the server sent it in. It is a Surface in JSON, which everything that reads a surface can read. Errors are in the category ErrLock.
func EncodeLock(s *Surface) ([]byte, error) {
	p := Pinned(s)
	if p.Items() == 0 {
		return nil, fmt.Errorf("writing the surface lock: %w: the surface lists no tool, prompt or resource", ErrLock)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"schemaVersion":%d,"source":%s,"server":`, p.SchemaVersion, quote(p.Source))
	b.WriteString(`{"name":` + quote(p.Server.Name))
	if p.Server.Title != "" {
		b.WriteString(`,"title":` + quote(p.Server.Title))
	}
	b.WriteString("}")
	if p.Instructions != "" {
		b.WriteString(`,"instructions":` + quote(p.Instructions))
	}
	for _, list := range []struct {
		name  string
		items []json.RawMessage
	}{{"tools", p.Tools}, {"prompts", p.Prompts}, {"resources", p.Resources}, {"resourceTemplates", p.ResourceTemplates}} {
		if len(list.items) == 0 && list.name != "tools" {
			continue
		}
		items, err := ordered(list.items)
		if err != nil {
			return nil, fmt.Errorf("writing the surface lock: %w: %s: %w", ErrLock, list.name, err)
		}
		fmt.Fprintf(&b, `,%s:[`, quote(list.name))
		b.Write(bytes.Join(items, []byte(",")))
		b.WriteByte(']')
	}
	b.WriteByte('}')
	var out bytes.Buffer
	if err := json.Indent(&out, b.Bytes(), "", "  "); err != nil {
		return nil, fmt.Errorf("writing the surface lock: %w: %w", ErrLock, err)
	}
	out.WriteByte('\n')
	text := legible(out.Bytes())
	if _, err := ReadLock(bytes.NewReader(text)); err != nil { // such as an item so deep that it fits in no list
		return nil, fmt.Errorf("writing the surface lock: what was written cannot be read: %w", err)
	}
	return text, nil
}

// LockDigest is the SHA-256 of the lock of a surface: "sha256:HEX". Surfaces that pin the same have the same.
func LockDigest(s *Surface) (string, error) {
	raw, err := EncodeLock(s)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(raw)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}

// ReadLock reads a surface lock, which people may have edited: an unknown key, a repeated key, nesting deeper than MaxDepth, an item that is no
// object or has no name, and no item at all are errors, in the category ErrLock.
func ReadLock(r io.Reader) (*Surface, error) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxLockBytes+1))
	if err != nil {
		return nil, fmt.Errorf("reading the surface lock: %w", err)
	}
	if len(raw) > MaxLockBytes {
		return nil, fmt.Errorf("reading the surface lock: %w: got more than %d bytes (MaxLockBytes)", ErrLock, MaxLockBytes)
	}
	s, err := parseLock(raw)
	if err != nil {
		return nil, fmt.Errorf("reading the surface lock: %w: %w", ErrLock, err)
	}
	return s, nil
}

func parseLock(raw []byte) (*Surface, error) {
	canonical, err := Canonical(raw)
	if err != nil {
		return nil, err
	}
	var s Surface
	d := json.NewDecoder(bytes.NewReader(canonical))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return nil, err
	}
	if s.SchemaVersion != SchemaVersion {
		return nil, fmt.Errorf("got schemaVersion %d, want %d", s.SchemaVersion, SchemaVersion)
	}
	if s.Source != SourceRunning && s.Source != SourceStatic {
		return nil, fmt.Errorf("got source %.40q, want %q or %q", s.Source, SourceRunning, SourceStatic)
	}
	if s.Items() == 0 {
		return nil, errors.New("it lists no tool, prompt or resource, want at least one")
	}
	for _, list := range [][]json.RawMessage{s.Tools, s.Prompts, s.Resources, s.ResourceTemplates} {
		if _, err := ordered(list); err != nil {
			return nil, err
		}
	}
	if s.Tools == nil {
		s.Tools = []json.RawMessage{}
	}
	return Pinned(&s), nil
}
