package sdist

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"dagger/dockyard/pipeline/report"
	"dagger/dockyard/pipeline/sdist"
)

// readAnswer reads what the driver left. The build ran beside it, so nothing in it is believed but what can do no harm.
func readAnswer(name string) ([]string, error) {
	raw, err := readRegular(name, maxAnswer)
	if err != nil {
		return nil, failure{error: fmt.Errorf("it left no answer: %w", err)}
	}
	var a struct {
		Missing []string `json:"missing"`
	}
	if err := json.Unmarshal(raw, &a); err != nil {
		return nil, failure{error: fmt.Errorf("it left an answer that cannot be read: %w", err)}
	}
	if err := sdist.Requirements(a.Missing); err != nil {
		return nil, failure{error: err}
	}
	return a.Missing, nil
}

func readRegular(name string, limit int64) ([]byte, error) {
	f, err := openRegular(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(raw)) > limit {
		err = fmt.Errorf("%w: %q has more than %d bytes", ErrLimit, filepath.Base(name), limit)
	}
	return raw, err
}

func openRegular(name string) (*os.File, error) {
	info, err := os.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%q is no regular file", filepath.Base(name))
	}
	return os.Open(name)
}

// keep copies the one file that a build may leave.
func (o Options) keep(dir string) (string, error) {
	// It belongs to the build, which may have put a link to a folder of somebody else in its place.
	if info, err := os.Lstat(dir); err != nil || !info.IsDir() {
		return "", failure{error: errors.New("looking for the wheel: it left no folder")}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", failure{error: fmt.Errorf("looking for the wheel: %w", err)}
	}
	if len(entries) != 1 {
		return "", failure{error: fmt.Errorf("its build left %d files, %.300q, want one wheel", len(entries), names(entries[:min(len(entries), 5)]))}
	}
	from, err := openRegular(filepath.Join(dir, entries[0].Name()))
	if err != nil {
		return "", failure{error: err}
	}
	defer from.Close()
	name := filepath.Join(o.Out, WheelsName, entries[0].Name())
	into, err := os.Create(name)
	if err != nil {
		return "", err
	}
	n, err := io.Copy(into, io.LimitReader(from, o.Limits.Unpacked+1))
	if cerr := into.Close(); err == nil {
		err = cerr
	}
	if err == nil && n > o.Limits.Unpacked {
		err = failure{error: fmt.Errorf("%w: its wheel has more than %d bytes (Unpacked)", ErrLimit, o.Limits.Unpacked)}
	}
	return name, err
}

func names(entries []fs.DirEntry) []string {
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

// lastLines is the end of an output, printable.
func lastLines(raw []byte) string {
	text := strings.TrimSpace(strings.ToValidUTF8(string(raw[max(0, len(raw)-shownOutput):]), "\uFFFD"))
	lines := strings.Split(report.Printable(strings.ReplaceAll(text, "\r\n", "\n")), "\n")
	return strings.Join(lines[max(0, len(lines)-shownLines):], "\n")
}
