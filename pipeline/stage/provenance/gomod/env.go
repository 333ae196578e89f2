package gomod

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/note"
)

// ErrEnv is the category of environments of the go command that cannot be used. Messages never repeat values, which may hold passwords.
var ErrEnv = errors.New("unusable environment of the go command")

// Bounds of what `go env -json` prints.
const (
	maxEnv     = 1 << 20 // bytes
	maxProxies = 64
)

// Env is what decides where the go command asks for hashes, and for which modules (Go documentation, "Environment variables").
type Env struct {
	Proxy   string // GOPROXY
	SumDB   string // GOSUMDB
	NoSumDB string // GONOSUMDB; "" is Private
	Private string // GOPRIVATE
}

// ParseEnv reads what `go env -json` prints. GONOPROXY is not in Env: it is about modules' files, and what a proxy says of the checksum database
// holds for all modules.
func ParseEnv(raw []byte) (Env, error) {
	if len(raw) > maxEnv {
		return Env{}, fmt.Errorf("%w: got %d bytes, want at most %d (maxEnv)", ErrEnv, len(raw), maxEnv)
	}
	var doc struct {
		GOPROXY, GOSUMDB     *string
		GONOSUMDB, GOPRIVATE string
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return Env{}, fmt.Errorf("%w: want the output of `go env -json`", ErrEnv)
	}
	if doc.GOPROXY == nil || doc.GOSUMDB == nil {
		return Env{}, fmt.Errorf("%w: want GOPROXY and GOSUMDB in the output of `go env -json`", ErrEnv)
	}
	e := Env{Proxy: *doc.GOPROXY, SumDB: *doc.GOSUMDB, NoSumDB: doc.GONOSUMDB, Private: doc.GOPRIVATE}
	if e.NoSumDB == "" {
		e.NoSumDB = e.Private
	}
	return e, nil
}

// skips tells that the user does not want the database to be asked for a module, and by which variable.
func (e Env) skips(path string) (variable string, ok bool) {
	switch {
	case !module.MatchPrefixPatterns(e.NoSumDB, path):
		return "", false
	case module.MatchPrefixPatterns(e.Private, path):
		return "GOPRIVATE", true
	}
	return "GONOSUMDB", true
}

// defaultKey is the key of the database that the go command uses unless it is told another (Go source, cmd/go/internal/modfetch/key.go), without
// the name: its first part is a hash of name and key together, so that it fits one name only.
const defaultKey = "033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"

// database is a checksum database.
type database struct {
	name   string
	key    string // of its signature, in the form of golang.org/x/mod/sumdb/note
	direct string // address by its name
	base   string // address that GOSUMDB gives, at which it is asked and no proxy is; "" is none
}

// errOff is the user's wish not to ask any database.
var errOff = errors.New("the checksum database is switched off by GOSUMDB=off")

// database reads GOSUMDB: a name whose key is known, or a key; perhaps with an address behind it.
func (e Env) database() (*database, error) {
	fields := strings.Fields(e.SumDB)
	if len(fields) == 1 && fields[0] == "off" {
		return nil, errOff
	}
	if len(fields) == 0 || len(fields) > 2 {
		return nil, fmt.Errorf("%w: GOSUMDB has %d words, want the name or key of a checksum database, and perhaps its address", ErrEnv, len(fields))
	}
	key := fields[0]
	if !strings.Contains(key, "+") {
		key += "+" + defaultKey
	}
	verifier, err := note.NewVerifier(key)
	if alias, ok := strings.CutSuffix(fields[0], ".google.cn"); err != nil && ok && len(fields) == 1 {
		// The one alias that the go command knows: the same database under another name.
		key = alias + ".org+" + defaultKey
		fields = append(fields, "https://"+fields[0])
		verifier, err = note.NewVerifier(key)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: GOSUMDB: want the name of the go command's own database, or a key NAME+HASH+KEY", ErrEnv)
	}
	d := &database{name: verifier.Name(), key: key, direct: "https://" + verifier.Name()}
	u, err := url.Parse(d.direct)
	if err != nil || u.Host == "" || strings.HasSuffix(d.name, "/") || u.User != nil || u.RawPath != "" || u.String() != "https://"+u.Host+u.Path {
		return nil, fmt.Errorf("%w: GOSUMDB: the name of a database is HOST or HOST/PATH", ErrEnv)
	}
	if len(fields) == 2 {
		d.base = strings.TrimSuffix(fields[1], "/")
	}
	return d, nil
}

// proxy is one entry of GOPROXY.
type proxy struct {
	address  string
	fallBack bool // "|" follows: any failure leads to the next, and not only that it has nothing
}

// proxies reads GOPROXY up to "direct" or "off", and tells whether it was "direct".
func (e Env) proxies() (out []proxy, direct bool, err error) {
	for rest := e.Proxy; rest != ""; {
		word, fallBack := rest, false
		if i := strings.IndexAny(rest, ",|"); i >= 0 {
			word, fallBack, rest = rest[:i], rest[i] == '|', rest[i+1:]
		} else {
			rest = ""
		}
		word = strings.TrimSpace(word)
		if word == "direct" || word == "off" {
			return out, word == "direct", nil
		}
		if word == "" {
			continue
		}
		if strings.ContainsAny(word, ".:/") && !strings.Contains(word, ":/") && !strings.HasPrefix(word, "/") {
			word = "https://" + word
		}
		u, err := url.Parse(word)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" && u.Scheme != "file" {
			return nil, false, fmt.Errorf("%w: GOPROXY: entry %d is no https, http or file address", ErrEnv, len(out)+1)
		}
		out = append(out, proxy{strings.TrimSuffix(word, "/"), fallBack})
		if len(out) > maxProxies {
			return nil, false, fmt.Errorf("%w: GOPROXY: got more than %d proxies, want at most that (maxProxies)", ErrEnv, maxProxies)
		}
	}
	return out, false, nil
}
