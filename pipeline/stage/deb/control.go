package deb

import (
	"fmt"
	"strings"
)

// ParseControl reads a control file of one paragraph (Debian policy §5.1). Field names are kept as written.
func ParseControl(stanza []byte) (map[string]string, error) {
	fields := map[string]string{}
	last, ended := "", false
	for n, line := range strings.Split(string(stanza), "\n") {
		if strings.TrimSpace(line) == "" {
			ended = len(fields) > 0
			continue
		}
		if line[0] == '#' {
			continue
		}
		if ended {
			return nil, fmt.Errorf("%w: control, line %d: got a second paragraph, want one", ErrFormat, n+1)
		}
		if line[0] == ' ' || line[0] == '\t' {
			if last == "" {
				return nil, fmt.Errorf("%w: control, line %d: got a continuation line before any field", ErrFormat, n+1)
			}
			fields[last] += "\n" + line
			continue
		}
		key, value, ok := strings.Cut(line, ":")
		if _, twice := fields[key]; !ok || key == "" || twice {
			return nil, fmt.Errorf("%w: control, line %d: got %.80q, want each \"Field: value\" once", ErrFormat, n+1, line)
		}
		last = key
		fields[key] = strings.TrimSpace(value)
	}
	return fields, nil
}
