package credentials

import (
	"fmt"
	"strings"
)

// parseNetrc reads a .netrc (GNU inetutils manual, "The .netrc file"): machine HOST login USER password PASSWORD. "default" is not followed,
// because it would send a password to whoever is asked; macros are skipped up to the next empty line.
func parseNetrc(text string) ([]entry, error) {
	var out []entry
	var host, user, password string
	add := func() error {
		if host == "" || user == "" && password == "" {
			return nil
		}
		auth := basic(user, password)
		if strings.ContainsAny(user, ":") {
			return fmt.Errorf("%w: the login of %q has a colon", ErrCredentials, host)
		}
		out = append(out, entry{host: host, path: "/", auth: auth, anyPort: !strings.Contains(host, ":")})
		return nil
	}
	words := netrcWords(text)
	for i := 0; i < len(words); i++ {
		value := ""
		if i+1 < len(words) {
			value = words[i+1]
		}
		switch words[i] {
		case "machine":
			if err := add(); err != nil {
				return nil, err
			}
			host, user, password = value, "", ""
			i++
		case "default":
			if err := add(); err != nil {
				return nil, err
			}
			host, user, password = "", "", ""
		case "login":
			user = value
			i++
		case "password":
			password = value
			i++
		case "account":
			i++
		default:
			return nil, fmt.Errorf("%w: word %d is none of machine, login, password, account, macdef and default", ErrCredentials, i+1)
		}
	}
	return out, add()
}

// netrcWords splits the file into words, without comments and macros.
func netrcWords(text string) []string {
	var words []string
	macro := false
	for _, line := range strings.Split(text, "\n") {
		fields := strings.Fields(line)
		if macro {
			macro = len(fields) > 0
			continue
		}
		for _, w := range fields {
			if strings.HasPrefix(w, "#") && (len(words) == 0 || words[len(words)-1] != "password" && words[len(words)-1] != "login") {
				break
			}
			if w == "macdef" {
				macro = true
				break
			}
			words = append(words, w)
		}
	}
	return words
}
