// Package registry is a package registry in memory that wants credentials: what it serves is put in by the test, and a request without the right
// Authorization header gets nothing. It speaks TLS with a certificate of its own authority.
package registry

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Options configure a Server. The zero value serves nothing to anybody.
type Options struct {
	Tokens map[string]bool   // accepted in Authorization: Bearer TOKEN (RFC 6750)
	Users  map[string]string // name to password, accepted in Authorization: Basic (RFC 7617)
	Open   bool              // true: no credentials are asked for
}

// File is what a path answers with.
type File struct {
	Type string // Content-Type; "" leaves it to net/http
	Body []byte
}

// Request is one that was answered.
type Request struct {
	Path   string // as sent, escapes included
	Status int
}

// Server is a running registry. Its methods may be called by many goroutines.
type Server struct {
	options   Options
	address   string
	authority []byte
	server    *http.Server

	mu       sync.Mutex
	files    map[string]File
	handlers map[string]http.Handler // by prefix
	seen     []Request
}

// Start serves on a listener until Close. host is the address or name that clients dial the listener by; the certificate holds for it.
func Start(l net.Listener, host string, o Options) (*Server, error) {
	authority, certificate, err := issue(host)
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return nil, err
	}
	s := &Server{options: o, address: net.JoinHostPort(host, port), authority: authority, files: map[string]File{}, handlers: map[string]http.Handler{}}
	s.server = &http.Server{Handler: s}
	go s.server.Serve(tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"http/1.1"}}))
	return s, nil
}

// Close ends the server.
func (s *Server) Close() error { return s.server.Close() }

// Host is host and port, as in an .npmrc and in a .netrc whose machine has a port.
func (s *Server) Host() string { return s.address }

// URL is the address of a path, which begins with "/".
func (s *Server) URL(path string) string { return "https://" + s.address + path }

// Authority is the certificate that clients must trust, in PEM.
func (s *Server) Authority() []byte { return s.authority }

// Put makes a path answer with a file. The path is compared with the decoded path of requests.
func (s *Server) Put(path string, f File) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[path] = f
}

// Handle has a handler answer what lies below a prefix and was not Put. It sees requests without their credentials, and with the prefix cut off.
func (s *Server) Handle(prefix string, h http.Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handlers[prefix] = http.StripPrefix(strings.TrimSuffix(prefix, "/"), h)
}

// Requests are those that were answered since the server was started, in their order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen)
}

// ServeHTTP answers 401 to whoever is not known, and 404 for what is not there.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	watched := &status{ResponseWriter: w, code: http.StatusOK}
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.seen = append(s.seen, Request{r.URL.EscapedPath(), watched.code})
	}()
	if !s.known(r) {
		w.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
		http.Error(watched, "credentials are wanted", http.StatusUnauthorized)
		return
	}
	r.Header.Del("Authorization")
	s.mu.Lock()
	f, ok := s.files[r.URL.Path]
	var h http.Handler
	for prefix, candidate := range s.handlers {
		if strings.HasPrefix(r.URL.Path, prefix) {
			h = candidate
		}
	}
	s.mu.Unlock()
	switch {
	case ok:
		if f.Type != "" {
			w.Header().Set("Content-Type", f.Type)
		}
		watched.Write(f.Body)
	case h != nil:
		h.ServeHTTP(watched, r)
	default:
		http.NotFound(watched, r)
	}
}

func (s *Server) known(r *http.Request) bool {
	if s.options.Open {
		return true
	}
	if name, password, ok := r.BasicAuth(); ok {
		want, there := s.options.Users[name]
		return there && want == password
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return ok && s.options.Tokens[token]
}

// status remembers what a handler answered.
type status struct {
	http.ResponseWriter
	code int
}

func (s *status) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

// Client is an HTTP client that trusts the server.
func (s *Server) Client() *http.Client {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(s.authority)
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
}

func sum256(raw []byte) []byte {
	sum := sha256.Sum256(raw)
	return sum[:]
}

func base64sum(raw []byte) string { return base64.StdEncoding.EncodeToString(raw) }
