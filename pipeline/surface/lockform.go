package surface

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
)

// first are the keys that begin an item, in this order.
var first = []string{"name", "uri", "uriTemplate", "title", "description"}

// ordered is the items in canonical form, by name and then by their bytes.
func ordered(items []json.RawMessage) ([][]byte, error) {
	type named struct {
		key string
		raw []byte
	}
	list := make([]named, 0, len(items))
	for i, item := range items {
		key, raw, err := keyed(item)
		if err != nil {
			return nil, fmt.Errorf("item %d: %w", i+1, err)
		}
		list = append(list, named{key, raw})
	}
	slices.SortFunc(list, func(a, b named) int {
		if c := strings.Compare(a.key, b.key); c != 0 {
			return c
		}
		return bytes.Compare(a.raw, b.raw)
	})
	out := make([][]byte, len(list))
	for i, n := range list {
		out[i] = n.raw
	}
	return out, nil
}

// keyed is one item with the keys of first first, and its name or address.
func keyed(item []byte) (string, []byte, error) {
	canonical, err := Canonical(item)
	if err != nil {
		return "", nil, err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(canonical, &members); err != nil || members == nil {
		return "", nil, fmt.Errorf("got %.40q, want an object", canonical)
	}
	keys := make([]string, 0, len(members))
	for k := range members {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int {
		if c := place(a) - place(b); c != 0 {
			return c
		}
		return strings.Compare(a, b)
	})
	var b bytes.Buffer
	key := ""
	for i, k := range keys {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(quote(k) + ":")
		b.Write(members[k])
		if text := ""; key == "" && place(k) < 3 && json.Unmarshal(members[k], &text) == nil {
			key = text
		}
	}
	if key == "" {
		return "", nil, errors.New("got no name, uri or uriTemplate, want one")
	}
	return key, []byte("{" + b.String() + "}"), nil
}

func place(key string) int {
	if i := slices.Index(first, key); i >= 0 {
		return i
	}
	return len(first)
}

// quote is a text in JSON, without the escapes for HTML.
func quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err) // a text always marshals
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// legible escapes what a reader would not see: it can only stand in strings, because the rest of JSON is ASCII.
func legible(raw []byte) []byte {
	var b bytes.Buffer
	for _, r := range string(raw) {
		switch {
		case r == '\n' || unicode.IsPrint(r) && !blank(r):
			b.WriteRune(r)
		case r > 0xFFFF:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.Bytes()
}

// blank tells characters that count as letters or marks and show nothing (Unicode, Default_Ignorable_Code_Point), and the empty Braille cell.
func blank(r rune) bool {
	switch r {
	case 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0:
		return true
	}
	return r >= 0x180B && r <= 0x180F || r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0000 && r <= 0xE0FFF
}
