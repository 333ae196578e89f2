package pypi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// Bounds of a project's page in the simple index. The longest have some 20,000 files.
const (
	MaxIndex = 64 << 20 // bytes
	MaxFiles = 200_000
)

// Listed is one file as the simple index has it.
type Listed struct {
	Name       string
	SHA256     string  // lower-case hexadecimal; "" when the index gives none
	Yanked     *string // why it was withdrawn, perhaps empty; nil when it was not (PEP 592)
	Provenance string  // address of its provenance object (PEP 740); "" is none
	Silent     bool    // the index does not say whether there is one
}

// ParseIndex reads a project's page in either form of the simple repository API: JSON (PEP 691) or HTML (PEP 503).
func ParseIndex(raw []byte) ([]Listed, error) {
	if len(raw) > MaxIndex {
		return nil, fmt.Errorf("got %d bytes, want at most %d (MaxIndex)", len(raw), MaxIndex)
	}
	parse := parseHTML
	if bytes.HasPrefix(bytes.TrimLeft(raw, " \t\r\n"), []byte("{")) {
		parse = parseJSON
	}
	list, err := parse(raw)
	if err == nil && len(list) > MaxFiles {
		err = fmt.Errorf("got %d files, want at most %d (MaxFiles)", len(list), MaxFiles)
	}
	if err != nil {
		return nil, err
	}
	seen := map[string]string{}
	for _, f := range list {
		if old, again := seen[f.Name]; again && old != f.SHA256 {
			return nil, fmt.Errorf("the file %.200q is there twice, with different hashes", f.Name)
		}
		seen[f.Name] = f.SHA256
	}
	return list, nil
}

var sha256Hex = regexp.MustCompile(`^[0-9a-f]{64}$`)

func sum(s string) (string, error) {
	s = strings.ToLower(s)
	if s != "" && !sha256Hex.MatchString(s) {
		return "", fmt.Errorf("got the SHA-256 %.100q, want 64 hexadecimal digits", s)
	}
	return s, nil
}

func parseJSON(raw []byte) ([]Listed, error) {
	var doc struct {
		Meta struct {
			Version string `json:"api-version"`
		} `json:"meta"`
		Files *[]struct {
			Name       string            `json:"filename"`
			Hashes     map[string]string `json:"hashes"`
			Yanked     any               `json:"yanked"` // true, false or the reason
			Provenance json.RawMessage   `json:"provenance"`
		} `json:"files"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, err
	}
	if err := version(doc.Meta.Version); err != nil {
		return nil, err
	}
	if doc.Files == nil {
		return nil, errors.New("want a list of files, got none")
	}
	out := make([]Listed, 0, len(*doc.Files))
	for _, f := range *doc.Files {
		hash, err := sum(f.Hashes["sha256"])
		if err != nil || f.Name == "" {
			return nil, fmt.Errorf("the file %.200q: %w", f.Name, err)
		}
		l := Listed{Name: f.Name, SHA256: hash, Silent: f.Provenance == nil}
		switch y := f.Yanked.(type) {
		case string:
			l.Yanked = &y
		case bool:
			if y {
				l.Yanked = new(string)
			}
		case nil:
		default:
			return nil, fmt.Errorf("the file %.200q: got yanked as %T, want true, false or a reason", f.Name, y)
		}
		if len(f.Provenance) > 0 {
			// null leaves "": there is none
			if err := json.Unmarshal(f.Provenance, &l.Provenance); err != nil {
				return nil, fmt.Errorf("the file %.200q: provenance: %w", f.Name, err)
			}
		}
		out = append(out, l)
	}
	return out, nil
}

// version takes 1.x (PEP 629).
func version(s string) error {
	major, minor, _ := strings.Cut(s, ".")
	if _, err := strconv.Atoi(minor); err != nil || major != "1" {
		return fmt.Errorf("got api-version %.20q, want 1.x", s)
	}
	return nil
}

func parseHTML(raw []byte) ([]Listed, error) {
	z := html.NewTokenizer(bytes.NewReader(raw))
	z.SetMaxBuf(1 << 20)
	var out []Listed
	var open *Listed
	page := false
	for {
		switch z.Next() {
		case html.ErrorToken:
			if err := z.Err(); !errors.Is(err, io.EOF) {
				return nil, err
			}
			if !page {
				return nil, errors.New("want a page of a simple index, got neither JSON nor HTML")
			}
			return out, nil
		case html.StartTagToken:
			token := z.Token()
			page = page || token.Data == "html" || token.Data == "body" || token.Data == "a"
			switch token.Data {
			case "meta":
				if err := metaVersion(token); err != nil {
					return nil, err
				}
			case "a":
				l, err := anchor(token)
				if err != nil {
					return nil, err
				}
				open = &l
			}
		case html.SelfClosingTagToken:
			if err := metaVersion(z.Token()); err != nil {
				return nil, err
			}
		case html.TextToken:
			if open != nil {
				open.Name += string(z.Text())
			}
		case html.EndTagToken:
			if name, _ := z.TagName(); open != nil && string(name) == "a" {
				if open.Name = html.UnescapeString(strings.TrimSpace(open.Name)); open.Name != "" {
					out = append(out, *open)
				}
				if open = nil; len(out) > MaxFiles {
					return out, nil
				}
			}
		}
	}
}

// metaVersion checks <meta name="pypi:repository-version" content="1.x"> (PEP 629).
func metaVersion(t html.Token) error {
	attr := map[string]string{}
	for _, a := range t.Attr {
		attr[a.Key] = a.Val
	}
	if t.Data != "meta" || attr["name"] != "pypi:repository-version" {
		return nil
	}
	return version(attr["content"])
}

// anchor reads the attributes of a file's link: href with the hash as its fragment, data-yanked, data-provenance.
func anchor(t html.Token) (Listed, error) {
	l := Listed{Silent: true}
	for _, a := range t.Attr {
		switch a.Key {
		case "href":
			_, fragment, _ := strings.Cut(a.Val, "#")
			values, err := url.ParseQuery(fragment)
			if err != nil {
				return l, fmt.Errorf("got the link %.200q: %w", a.Val, err)
			}
			if l.SHA256, err = sum(values.Get("sha256")); err != nil {
				return l, fmt.Errorf("got the link %.200q: %w", a.Val, err)
			}
		case "data-yanked":
			why := a.Val
			l.Yanked = &why
		case "data-provenance":
			l.Provenance, l.Silent = a.Val, false
		}
	}
	return l, nil
}
