package text

import (
	"encoding/base64"
	"encoding/hex"
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of decoding.
const (
	maxDepth    = 3         // encodings inside encodings
	maxPayload  = 64 * 1024 // bytes of one encoded span that are decoded
	maxPayloads = 64        // spans of one text that are decoded
	shortest    = 6         // bytes of decoded text worth reading
)

// Decoded is a payload that was written in an encoding.
type Decoded struct {
	Encoding string // base64, hex, percent, html, escape, spaced; joined by "+" where nested
	Source   string // the encoded span, bounded
	Text     string
}

// Spans of encoded text. Each alternative is one character class, so that matching is linear.
var (
	base64Span = regexp.MustCompile(`[A-Za-z0-9+/_-]{16,}={0,2}`)
	hexSpan    = regexp.MustCompile(`\b(?:0x)?(?:[0-9a-fA-F]{2}[ :]?){8,}`)
	percent    = regexp.MustCompile(`(?:%[0-9a-fA-F]{2}[A-Za-z0-9_.+~-]{0,3}){4,}`)
	entity     = regexp.MustCompile(`(?:&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});[A-Za-z0-9 ]{0,3}){4,}`)
	escape     = regexp.MustCompile(`(?:\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}){4,}`)
	spaced     = regexp.MustCompile(`(?:\b[A-Za-z][ .*_-]{1,2}){7,}[A-Za-z]\b`)
)

// decode finds the payloads of s and, up to depth, those inside them.
func decode(s string, depth int) []Decoded {
	if depth == 0 || len(s) < 8 {
		return nil
	}
	var out []Decoded
	for _, d := range direct(s) {
		out = append(out, d)
		inner := plain(d.Text).Plain
		for _, n := range decode(inner, depth-1) {
			n.Encoding, n.Source = d.Encoding+"+"+n.Encoding, d.Source
			out = append(out, n)
		}
		if len(out) > maxPayloads {
			return out[:maxPayloads]
		}
	}
	return out
}

// direct decodes what is encoded once.
func direct(s string) []Decoded {
	var out []Decoded
	add := func(encoding string, span *regexp.Regexp, f func(string) string) {
		for _, m := range span.FindAllString(s, maxPayloads) {
			if len(m) > maxPayload {
				m = m[:maxPayload]
			}
			if t := f(m); readable(t) && t != m {
				out = append(out, Decoded{encoding, bound(m), t})
			}
		}
	}
	long := longestRun(s) >= 16
	if long {
		add("base64", base64Span, unbase64)
	}
	if long || strings.ContainsAny(s, ":") || longHexGroups(s) {
		add("hex", hexSpan, unhex)
	}
	if strings.Contains(s, "%") {
		add("percent", percent, func(m string) string { t, _ := url.QueryUnescape(m); return t })
	}
	if strings.Contains(s, "&") {
		add("html", entity, html.UnescapeString)
	}
	if strings.Contains(s, `\`) {
		add("escape", escape, unescape)
	}
	if singles(s) {
		add("spaced", spaced, unspace)
	}
	return out
}

// longestRun measures the longest run of the base64 alphabet; most texts have none worth a regular expression.
func longestRun(s string) int {
	best, run := 0, 0
	for i := 0; i < len(s); i++ {
		b := s[i]
		if b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '+' || b == '/' || b == '_' || b == '-' {
			if run++; run > best {
				best = run
			}
			continue
		}
		run = 0
	}
	return best
}

// longHexGroups tells whether s may hold bytes in hexadecimal, a space between them.
func longHexGroups(s string) bool {
	pairs := 0
	for _, w := range strings.Fields(s) {
		if _, err := hex.DecodeString(w); err == nil && len(w) == 2 {
			if pairs++; pairs >= 8 {
				return true
			}
			continue
		}
		pairs = 0
	}
	return false
}

// singles tells whether s has many letters that stand alone.
func singles(s string) bool {
	n := 0
	for i := 2; i < len(s); i++ {
		if isASCIILetter(s[i]) && !isASCIILetter(s[i-1]) && isASCIILetter(s[i-2]) {
			n++
		}
	}
	return n >= 7
}

func isASCIILetter(b byte) bool { return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' }

func unbase64(m string) string {
	m = strings.TrimRight(m, "=")
	m = strings.NewReplacer("-", "+", "_", "/").Replace(m)
	if len(m)%4 == 1 {
		m = m[:len(m)-1]
	}
	raw, err := base64.RawStdEncoding.DecodeString(m)
	if err != nil {
		return ""
	}
	return string(raw)
}

func unhex(m string) string {
	m = strings.TrimPrefix(strings.NewReplacer(" ", "", ":", "").Replace(m), "0x")
	raw, err := hex.DecodeString(m[:len(m)&^1])
	if err != nil {
		return ""
	}
	return string(raw)
}

func unescape(m string) string {
	var b strings.Builder
	for i := 0; i+3 < len(m); {
		n := 4
		if m[i+1] == 'u' {
			n = 6
		}
		if i+n > len(m) {
			break
		}
		v, err := strconv.ParseUint(m[i+2:i+n], 16, 32)
		if err != nil {
			break
		}
		b.WriteRune(rune(v))
		i += n
	}
	return b.String()
}

// unspace joins letters that are set apart; two separators stand for the end of a word.
func unspace(m string) string {
	var b strings.Builder
	gap := 0
	for i := 0; i < len(m); i++ {
		if isASCIILetter(m[i]) {
			if gap > 1 {
				b.WriteByte(' ')
			}
			b.WriteByte(m[i])
			gap = 0
			continue
		}
		gap++
	}
	return b.String()
}

// readable tells whether decoded bytes are text: valid UTF-8, nearly all printable, with a few letters.
func readable(s string) bool {
	if len(s) < shortest || !utf8.ValidString(s) {
		return false
	}
	good, letters, n := 0, 0, 0
	for _, r := range s {
		n++
		if unicode.IsPrint(r) || r == '\n' || r == '\t' || r == '\r' {
			good++
		}
		if unicode.IsLetter(r) {
			letters++
		}
	}
	return good*100 >= n*95 && letters*5 >= n
}
