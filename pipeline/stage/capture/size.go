package capture

import (
	"encoding/json"

	"dagger/dockyard/pipeline/surface"
)

// tooLarge tells whether a surface takes more as a file than what reads it takes. Deep arrays of short values grow a hundredfold by their
// indentation, so the size is known before the file is made.
func tooLarge(s *surface.Surface) bool {
	var total int64
	for _, list := range [][]json.RawMessage{s.Tools, s.Prompts, s.Resources, s.ResourceTemplates} {
		for _, item := range list {
			total += indented(item)
		}
	}
	return total > surface.MaxImport
}

// indented is about the size of a canonical item in a file of surface.Encode.
func indented(item []byte) (size int64) {
	const indent = 2
	depth, text := int64(indent), false // it is in a list in an object
	for i := 0; i < len(item); i++ {
		size++
		switch c := item[i]; {
		case text && c == '\\':
			i++
			size++
		case c == '"':
			text = !text
		case text:
		case c == '{' || c == '[':
			depth++
			size += 1 + indent*depth
		case c == '}' || c == ']':
			depth--
			size += 1 + indent*depth
		case c == ',':
			size += 1 + indent*depth
		case c == ':':
			size++
		}
	}
	return size
}
