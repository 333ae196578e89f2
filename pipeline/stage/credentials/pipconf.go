package credentials

import (
	"fmt"
	"net/url"
	"strings"
)

// parsePipConfig takes the credentials out of the addresses in a pip.conf (pip documentation, "Configuration" and "Authentication"): whatever
// setting they belong to, they are for their host only.
func parsePipConfig(text string) ([]entry, error) {
	var out []entry
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
			continue
		}
		if key, value, ok := strings.Cut(line, "="); ok && !strings.Contains(key, "://") {
			line = value
		}
		for _, word := range strings.Fields(line) {
			if !strings.Contains(word, "://") || !strings.Contains(word, "@") {
				continue
			}
			u, err := url.Parse(word)
			if err != nil {
				return nil, fmt.Errorf("%w: an address in it cannot be read; write what is special in a password as %%XX", ErrCredentials)
			}
			if u.User == nil || u.Host == "" {
				continue
			}
			password, _ := u.User.Password()
			out = append(out, entry{host: u.Host, path: "/", auth: basic(u.User.Username(), password)})
		}
	}
	return out, nil
}
