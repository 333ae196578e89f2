package credentials

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// parseNPMRC reads the credentials of an .npmrc (npm documentation, "npmrc", "Auth related configuration"): lines
// //HOST/PATH/:_authToken=TOKEN, :_auth=BASE64, or :username= with :_password=BASE64. Other settings are left alone. ${NAME} is not replaced:
// a file that holds one for a credential is refused, because the text as it stands would be sent.
func parseNPMRC(text string) ([]entry, error) {
	type set struct{ token, auth, user, password string }
	found := map[string]*set{}
	var order []string
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		key, value, ok := strings.Cut(line, "=")
		key, value = strings.TrimSpace(key), unquote(strings.TrimSpace(value))
		at := strings.LastIndex(key, ":")
		if !ok || !strings.HasPrefix(key, "//") || at < 0 {
			continue
		}
		where, what := key[2:at], key[at+1:]
		s := found[where]
		if s == nil {
			s = &set{}
		}
		switch what {
		case "_authToken":
			s.token = value
		case "_auth":
			s.auth = value
		case "username":
			s.user = value
		case "_password":
			s.password = value
		default:
			continue
		}
		if strings.Contains(value, "${") {
			return nil, fmt.Errorf("%w: line %d: %s is taken from the environment; write the value itself", ErrCredentials, i+1, what)
		}
		if found[where] == nil {
			found[where] = s
			order = append(order, where)
		}
	}
	var out []entry
	for _, where := range order {
		s := found[where]
		auth := ""
		switch {
		case s.token != "":
			auth = "Bearer " + s.token
		case s.auth != "":
			auth = "Basic " + s.auth
		case s.user != "" && s.password != "":
			raw, err := base64.StdEncoding.DecodeString(s.password)
			if err != nil {
				return nil, fmt.Errorf("%w: the _password of %q is not base64", ErrCredentials, where)
			}
			auth = basic(s.user, string(raw))
		default:
			continue
		}
		if err := header(auth); err != nil {
			return nil, fmt.Errorf("%w: %q: %w", ErrCredentials, where, err)
		}
		host, path, _ := strings.Cut(where, "/")
		out = append(out, entry{host: host, path: folder(path), auth: auth})
	}
	return out, nil
}

// folder gives a path a "/" on both ends.
func folder(path string) string {
	path = strings.Trim(path, "/")
	if path == "" {
		return "/"
	}
	return "/" + path + "/"
}

func unquote(s string) string {
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}
