package capture

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/surface"
)

// variableName is a variable as error messages name it: capitals with at least one underscore between.
var variableName = regexp.MustCompile(`\b[A-Z][A-Z0-9]{0,40}(?:_[A-Z0-9]{1,40}){1,8}\b`)

// wanted are the last words of variables that hold credentials, and of those that go with them, with the value each gets. No value names a place
// that exists, and none could be taken for a real credential.
var wanted = map[string]string{
	"KEY": "mock-key", "TOKEN": "mock-token", "SECRET": "mock-secret", "PASSWORD": "mock-password", "PASS": "mock-password", "PAT": "mock-token",
	"AUTH": "mock-token", "CREDENTIAL": "mock-credential", "CREDENTIALS": "mock-credential", "COOKIE": "mock-cookie", "SIGNATURE": "mock-signature",
	"USER": "mock-user", "USERNAME": "mock-user", "LOGIN": "mock-user", "EMAIL": "mock@example.invalid", "ID": "mock-id", "ACCOUNT": "mock-account",
	"NAME": "mock-name", "ORG": "mock-org", "ORGANIZATION": "mock-org", "WORKSPACE": "mock-workspace", "PROJECT": "mock-project", "TENANT": "mock-tenant",
	"TEAM": "mock-team", "DATABASE": "mock", "DB": "mock", "REGION": "us-east-1", "DOMAIN": "mock.example.invalid", "HOST": "mock.example.invalid",
	"HOSTNAME": "mock.example.invalid", "SITE": "mock.example.invalid", "SERVER": "https://mock.example.invalid", "PORT": "9",
	"URL": "https://mock.example.invalid", "URI": "https://mock.example.invalid", "ENDPOINT": "https://mock.example.invalid",
	"INSTANCE": "https://mock.example.invalid", "DSN": "https://mock@mock.example.invalid/1",
}

// notWanted are beginnings of names that runtimes print and that are no settings of the server, or would change how it runs.
var notWanted = []string{"ERR_", "NODE_", "NPM_", "PYTHON", "LD_", "SSL_", "UV_", "GIT_", "MCP_TRANSPORT"}

// inventCredentials gives values to the variables that a server's last words name and that it does not have. It is false when there are none.
func (r *run) inventCredentials(said string) bool {
	known := map[string]bool{}
	for _, kv := range r.environment() {
		name, _, _ := strings.Cut(kv, "=")
		known[name] = true
	}
	found := false
	for _, name := range variableName.FindAllString(said, -1) {
		value := wanted[name[strings.LastIndexByte(name, '_')+1:]]
		hasPrefix := func(p string) bool { return strings.HasPrefix(name, p) }
		if value == "" || known[name] || len(r.extra) == maxCredentials || slices.ContainsFunc(notWanted, hasPrefix) {
			continue
		}
		known[name], found, r.extra[name] = true, true, value
		r.out.Credentials = append(r.out.Credentials, surface.Credential{Name: name, Value: value})
	}
	slices.SortFunc(r.out.Credentials, func(a, b surface.Credential) int { return cmp.Compare(a.Name, b.Name) })
	return found
}
