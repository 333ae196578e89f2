package language

import (
	"strings"
	"unicode"
)

// parts classifies one run of characters without spaces. Compounds with hyphens and slashes come back as several tokens.
func parts(raw string, start int) []Token {
	whole := Token{Word: foldWord(raw), Start: start, End: start + len(raw)}
	if e, ok := words[whole.Word]; ok {
		whole.Class, whole.Form = e.class, e.form
		return []Token{whole}
	}
	switch {
	case sensitivePath(whole.Word):
		whole.Class = Path
	case strings.Contains(raw, "://") || strings.HasPrefix(whole.Word, "mailto:") || mailAddress(whole.Word):
		whole.Class = URL
	case isIdent(raw):
		whole.Class = Ident
		if e, ok := words[lastPart(whole.Word)]; ok && e.class&(Cred|Convo) != 0 {
			whole.Class |= e.class & (Cred | Convo)
		}
	default:
		if cut := strings.IndexAny(raw, "-/"); cut > 0 && cut < len(raw)-1 {
			return append(parts(raw[:cut], start), parts(raw[cut+1:], start+cut+1)...)
		}
		e := lookUp(whole.Word)
		whole.Class, whole.Form = e.class, e.form
	}
	return []Token{whole}
}

func lastPart(w string) string { return w[strings.LastIndexByte(w, '_')+1:] }

// lookUp finds a word by itself, without a possessive, or by its stem.
func lookUp(w string) entry {
	w = strings.Trim(w, "'-.")
	if e, ok := words[w]; ok {
		return e
	}
	if i := strings.IndexByte(w, '\''); i >= 0 {
		if i <= 2 && i < len(w)-1 { // l'utilisateur, d'abord
			return lookUp(w[i+1:])
		}
		if e, ok := words[w[:i]]; ok {
			return e
		}
	}
	for n := min(len(w), maxStem); n >= minStem; n-- {
		if e, ok := stems[w[:n]]; ok {
			return e
		}
	}
	return entry{}
}

// phrases gives the first token of each known phrase the class of the phrase, and sums up the classes.
func (s *Sentence) phrases() {
	t := s.Tokens
	for i := range t {
		if starts[t[i].Word] && i+1 < len(t) {
			two := t[i].Word + " " + t[i+1].Word
			if e, ok := phrases[two]; ok {
				t[i].Class |= e.class
				t[i].Form = max(t[i].Form, e.form)
			}
			if i+2 < len(t) {
				if e, ok := phrases[two+" "+t[i+2].Word]; ok {
					t[i].Class |= e.class
				}
			}
		}
		s.Mask |= t[i].Class
	}
}

// isIdent tells names of program things: snake_case, camelCase, dotted.path().
func isIdent(w string) bool {
	if strings.ContainsAny(w, "/~\\") {
		return false
	}
	under := strings.Contains(strings.Trim(w, "_"), "_")
	var prev rune
	for _, r := range w {
		if unicode.IsLower(prev) && unicode.IsUpper(r) {
			return true
		}
		prev = r
	}
	return under
}

// mailAddress tells name@host.domain.
func mailAddress(w string) bool {
	at := strings.IndexByte(w, '@')
	return at > 0 && strings.Contains(w[at:], ".") && !strings.Contains(w, "/")
}

// Paths whose content is secret, as they end or as they contain.
var (
	secretParts = []string{".ssh", "id_rsa", "id_ed25519", "id_ecdsa", ".aws/credentials", ".aws/config", "/etc/passwd", "/etc/shadow", ".netrc", ".npmrc", ".pypirc", ".git-credentials",
		".kube/config", ".docker/config.json", ".gnupg", "mcp.json", "claude_desktop_config", ".bash_history", ".zsh_history", "wallet.dat", "authorized_keys",
		".config/gcloud", "login data", "cookies.sqlite", "logins.json", "key4.db", ".vault-token", ".pgpass", "/proc/self/environ", "secrets.json", "secrets.yaml", "secrets.yml",
		"credentials.json", ".azure/", ".config/gh", ".cursor/", ".codeium/", ".claude/", "/etc/sudoers", "ntds.dit", "service-account.json", ".terraform.d", "application_default_credentials",
		"keychain-db", ".password-store", "appdata/roaming", ".history", "/run/secrets", "169.254.169.254", ".metamask", "keystore", ".my.cnf", "sam.hive", "config/sam"}
	secretEnds = []string{".env", ".env.local", ".env.production", ".pem", ".key", ".p12", ".pfx", ".kdbx", ".keychain", ".ppk"}
)

// dataNames are what programs call data: their .key is a member, not a file.
var dataNames = map[string]bool{"response": true, "request": true, "result": true, "item": true, "entry": true, "object": true, "event": true, "record": true, "row": true,
	"example.response": true, "example.request": true, "event.target": true, "this": true}

func sensitivePath(w string) bool {
	if !strings.ContainsAny(w, "./_~") {
		return false
	}
	w = strings.ReplaceAll(w, "\\", "/")
	for _, p := range secretParts {
		if strings.Contains(w, p) {
			return true
		}
	}
	if dot := strings.LastIndexByte(w, '.'); dot > 0 && w[dot:] == ".key" && dataNames[w[:dot]] {
		return false
	}
	for _, p := range secretEnds {
		if strings.HasSuffix(w, p) && !strings.Contains(w, "process.env") {
			return true
		}
	}
	return false
}

// SensitivePath tells whether w, in lower case, names a file that holds secrets.
func SensitivePath(w string) bool { return sensitivePath(w) }
