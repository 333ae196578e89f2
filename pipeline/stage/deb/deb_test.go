package deb

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/stage/deb/debtest"
)

var stanza = debtest.Stanza("hello", "1.0-1", "amd64")

// read returns "name=content" of each entry.
func read(raw []byte, limits Limits) (Control, []string, error) {
	var seen []string
	c, err := Read(bytes.NewReader(raw), limits, func(h *tar.Header, r io.Reader) error {
		body, err := io.ReadAll(r)
		seen = append(seen, h.Name+"="+string(body))
		return err
	})
	return c, seen, err
}

func TestReadTakesEveryCompression(t *testing.T) {
	for _, suffix := range []string{"", ".gz", ".xz", ".zst"} {
		t.Run("data.tar"+suffix, func(t *testing.T) {
			raw := debtest.Package(suffix, stanza, debtest.Dir("./usr/"), debtest.File("./usr/x", "content"))
			c, seen, err := read(raw, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if want := []string{"./usr/=", "./usr/x=content"}; !reflect.DeepEqual(seen, want) {
				t.Errorf("got %q, want %q", seen, want)
			}
			if string(c.Stanza) != stanza || c.Fields["Version"] != "1.0-1" || c.Fields["Description"] != "short\n long text" || !strings.HasSuffix(string(c.MD5Sums), "  x\n") {
				t.Errorf("got %q, %q and %q", c.Stanza, c.Fields, c.MD5Sums)
			}
		})
	}
}

func TestReadPassesOverWhatDeb5Allows(t *testing.T) {
	control, data := debtest.Tar(debtest.File("control", stanza)), debtest.Tar(debtest.File("x", "1"))
	raw := debtest.Ar(debtest.Member{Name: "debian-binary", Body: []byte("2.1\nmore\n")}, debtest.Member{Name: "_signature", Body: []byte("odd")},
		debtest.Member{Name: "control.tar/", Body: control}, debtest.Member{Name: "data.tar", Body: data}, debtest.Member{Name: "extra", Body: []byte("x")})
	if _, seen, err := read(raw, Limits{}); err != nil || len(seen) != 1 {
		t.Errorf("got %q and %v, want one entry", seen, err)
	}
}

func TestReadRefuses(t *testing.T) {
	version := debtest.Member{Name: "debian-binary", Body: []byte("2.0\n")}
	control := debtest.Member{Name: "control.tar", Body: debtest.Tar(debtest.File("./control", stanza))}
	data := debtest.Member{Name: "data.tar", Body: debtest.Tar(debtest.File("x", "1"))}
	many := make([]debtest.Member, maxMembers+1)
	for i := range many {
		many[i] = debtest.Member{Name: "_x"}
	}
	good := debtest.Ar(version, control, data)
	for _, c := range []struct {
		name string
		raw  []byte
		is   error
		want string
	}{
		{"nothing", nil, ErrFormat, "!<arch>"},
		{"another format", []byte("PK\x03\x04aaaaaaaa"), ErrFormat, "!<arch>"},
		{"no member", debtest.Ar(), ErrFormat, "ends here"},
		{"another first member", debtest.Ar(control, version, data), ErrFormat, `first member "control.tar"`},
		{"another version", debtest.Ar(debtest.Member{Name: "debian-binary", Body: []byte("3.0\n")}, control, data), ErrFormat, "version 2"},
		{"data before control", debtest.Ar(version, data, control), ErrFormat, `got member "data.tar", want "control.tar"`},
		{"no data", debtest.Ar(version, control), ErrFormat, `looking for member "data.tar"`},
		{"too many members", debtest.Ar(append([]debtest.Member{version}, many...)...), ErrLimit, "16 members"},
		{"a cut header", good[:len(good)-len(data.Body)-30], ErrFormat, "member header"},
		{"a cut member", good[:90], ErrFormat, ""},
		{"a bad header end", bytes.Replace(good, []byte("`\n"), []byte("!\n"), 1), ErrFormat, "member header"},
		{"a bad size", bytes.Replace(good, []byte("4         `"), []byte("-4        `"), 1), ErrFormat, "want a number"},
		{"an unknown compression", debtest.Ar(version, debtest.Member{Name: "control.tar.bz2"}, data), ErrFormat, ".bz2"},
		{"a broken compression", debtest.Ar(version, debtest.Member{Name: "control.tar.xz", Body: []byte("no xz")}, data), ErrFormat, "control.tar.xz"},
		{"no control file", debtest.Ar(version, debtest.Member{Name: "control.tar", Body: debtest.Tar()}, data), ErrFormat, `no file "control"`},
		{"two paragraphs", debtest.Package("", stanza+"\nPackage: y\n"), ErrFormat, "second paragraph"},
		{"a field twice", debtest.Package("", stanza+"Package: y\n"), ErrFormat, "once"},
		{"a line without a field", debtest.Package("", stanza+"nonsense\n"), ErrFormat, "nonsense"},
		{"a continuation first", debtest.Package("", " x\n"+stanza), ErrFormat, "continuation"},
		{"a broken tar", debtest.Ar(version, control, debtest.Member{Name: "data.tar", Body: bytes.Repeat([]byte("x"), 1024)}), ErrFormat, "data.tar"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, _, err := read(c.raw, Limits{}); !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %v with %q", err, c.is, c.want)
			}
		})
	}
}

func TestReadStopsAtItsBounds(t *testing.T) {
	bomb := strings.Repeat("\x00", 1<<20)
	raw := debtest.Package(".xz", stanza, debtest.File("a", bomb), debtest.File("b", bomb))
	for name, c := range map[string]struct {
		limits Limits
		want   string
	}{
		"entries":       {Limits{Entries: 1}, "control.tar.xz has more than 1 entries"},
		"file":          {Limits{FileBytes: 1<<20 - 1}, `"a" has 1048576 bytes, want at most 1048575`},
		"data":          {Limits{DataBytes: 1 << 20}, "unpacks to more than 1048576 bytes"},
		"control bytes": {Limits{ControlBytes: 600}, "unpacks to more than 600 bytes"},
	} {
		if _, _, err := read(raw, c.limits); !errors.Is(err, ErrLimit) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want ErrLimit with %q", name, err, c.want)
		}
	}
	three := debtest.Package("", stanza, debtest.File("a", ""), debtest.File("b", ""), debtest.File("c", ""), debtest.File("d", ""))
	if _, _, err := read(three, Limits{Entries: 3}); !errors.Is(err, ErrLimit) || !strings.Contains(err.Error(), "data.tar has more than 3 entries") {
		t.Errorf("got %v, want ErrLimit", err)
	}
}

// TestReadRefusesALargeDictionary patches the dictionary size of an xz block header: 40 stands for 4 GiB.
func TestReadRefusesALargeDictionary(t *testing.T) {
	packed := debtest.Compress(".xz", debtest.Tar(debtest.File("./control", stanza)))
	size, ok := dictionary(packed)
	if !ok || size != 8<<20 {
		t.Fatalf("got the dictionary %d %v, want 8 MiB", size, ok)
	}
	i := bytes.Index(packed[12:], []byte{0x21, 1})
	packed[12+i+2] = 40
	raw := debtest.Ar(debtest.Member{Name: "debian-binary", Body: []byte("2.0\n")}, debtest.Member{Name: "control.tar.xz", Body: packed})
	if _, _, err := read(raw, Limits{}); !errors.Is(err, ErrLimit) || !strings.Contains(err.Error(), "dictionary has 4294967295 bytes") {
		t.Errorf("got %v, want ErrLimit", err)
	}
}

func TestReadPassesTheVisitorsErrorOn(t *testing.T) {
	want := errors.New("enough")
	_, err := Read(bytes.NewReader(debtest.Package("", stanza, debtest.File("x", "1"))), Limits{}, func(*tar.Header, io.Reader) error { return want })
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

// FuzzRead looks for packages that break the reader or go past its bounds.
func FuzzRead(f *testing.F) {
	for _, suffix := range []string{"", ".gz", ".xz", ".zst"} {
		f.Add(debtest.Package(suffix, stanza, debtest.Dir("./usr/"), debtest.File("./usr/x", "content")))
	}
	limits := Limits{Entries: 10, FileBytes: 1 << 16, DataBytes: 1 << 18, ControlBytes: 1 << 16}
	f.Fuzz(func(t *testing.T, raw []byte) {
		total := int64(0)
		_, err := Read(bytes.NewReader(raw), limits, func(h *tar.Header, r io.Reader) error {
			n, err := io.Copy(io.Discard, r)
			total += n
			return err
		})
		if total > limits.DataBytes {
			t.Errorf("got %d bytes of data and %v, want at most %d", total, err, limits.DataBytes)
		}
	})
}

func FuzzParseControl(f *testing.F) {
	f.Add([]byte(stanza))
	f.Fuzz(func(t *testing.T, raw []byte) {
		fields, err := ParseControl(raw)
		for name := range fields {
			if err == nil && (name == "" || strings.ContainsAny(name, ":\n")) {
				t.Errorf("got the field name %q", name)
			}
		}
	})
}

func FuzzArchive(f *testing.F) {
	f.Add(debtest.Ar(debtest.Member{Name: "odd", Body: []byte("x")}, debtest.Member{Name: "even", Body: []byte("xx")}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, err := openArchive(bytes.NewReader(raw))
		for err == nil {
			var m *member
			if m, err = a.next(); err == nil && m.size < 0 {
				t.Error(fmt.Sprint("got the size ", m.size))
			}
		}
	})
}
