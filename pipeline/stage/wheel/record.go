package wheel

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// checkRecord holds every file of the wheel against RECORD (PyPA "Recording installed projects"): each is listed with its SHA-256, and nothing is
// listed that is not there. All differences are reported together.
func (a *archive) checkRecord() error {
	raw, err := a.text("RECORD")
	if err != nil {
		return err
	}
	if raw == nil {
		return fmt.Errorf("%w: it has no RECORD", ErrWheel)
	}
	r := csv.NewReader(bytes.NewReader(raw))
	r.FieldsPerRecord = 3
	var errs []error
	listed := map[string]bool{}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%w: RECORD: %v", ErrWheel, err)
		}
		name := path.Clean(row[0])
		if strings.HasSuffix(row[0], "/") || a.unrecorded(name) {
			continue
		}
		if listed[name] {
			errs = append(errs, fmt.Errorf("%w: RECORD lists %q twice", ErrWheel, name))
			continue
		}
		listed[name] = true
		if err := a.checkRow(name, row[1]); err != nil {
			errs = append(errs, err)
		}
	}
	for name := range a.members {
		if !listed[name] && !a.unrecorded(name) {
			errs = append(errs, fmt.Errorf("%w: %q is not in RECORD", ErrWheel, name))
		}
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(errs...)
}

// unrecorded tells of files that RECORD cannot have a hash of: itself and its signatures.
func (a *archive) unrecorded(name string) bool {
	return slices.Contains([]string{a.info + "/RECORD", a.info + "/RECORD.jws", a.info + "/RECORD.p7s"}, name)
}

func (a *archive) checkRow(name, hash string) error {
	f, ok := a.members[name]
	if !ok {
		return fmt.Errorf("%w: RECORD lists %q, which the wheel does not hold", ErrWheel, name)
	}
	want, ok := strings.CutPrefix(hash, "sha256=")
	if !ok {
		return fmt.Errorf("%w: RECORD has the hash %q of %q, want a sha256 one", ErrWheel, hash, name)
	}
	r, err := f.Open()
	if err != nil {
		return fmt.Errorf("%w: %q: %v", ErrWheel, name, err)
	}
	defer r.Close()
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return fmt.Errorf("%w: %q: %v", ErrWheel, name, err)
	}
	if got := base64.RawURLEncoding.EncodeToString(h.Sum(nil)); got != strings.TrimRight(want, "=") {
		return fmt.Errorf("%w: %q has the SHA-256 %s, want %s as RECORD says", ErrWheel, name, got, want)
	}
	return nil
}
