package capture

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// failure is why a server's surface stays unknown: data, not an error of this program.
type failure struct{ reason, detail string }

func (f *failure) Error() string { return f.reason + ": " + f.detail }

func failed(reason, format string, args ...any) *failure {
	return &failure{reason, fmt.Sprintf(format, args...)}
}

// reasonOf returns the failure in an error, or nil when it is this program's own.
func reasonOf(err error) *failure {
	var f *failure
	if errors.As(err, &f) {
		return f
	}
	return nil
}

// printable is text of the server as it may be shown: every character that is not printable, the line feed too, as an escape, and at most n
// bytes of the text.
func printable(text []byte, n int) string {
	cut := len(text) > n
	if cut {
		text = text[:n]
	}
	var b strings.Builder
	escapeInto(&b, text, false)
	if cut {
		b.WriteString("…")
	}
	return b.String()
}

// printableLines is the same for text with lines, which stay lines.
func printableLines(text []byte) string {
	var b strings.Builder
	escapeInto(&b, text, true)
	return b.String()
}

func escapeInto(b *strings.Builder, text []byte, lines bool) {
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(b, `\x%02x`, text[0])
		case r == '\n' && lines || unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(b, `\u%04x`, r)
		}
		text = text[n:]
	}
}
