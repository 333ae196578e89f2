package capture

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// ErrInput is the category of inputs of the capture itself that it cannot work with.
var ErrInput = errors.New("cannot be captured")

// Image is how an image starts its server.
type Image struct {
	Argv     []string // entry point and arguments
	Env      []string // NAME=VALUE
	Dir      string   // working directory
	UID, GID int
}

// ReadImage reads an image configuration (OCI image specification, "Image Configuration"). The user must be numeric and not root.
func ReadImage(name string) (Image, error) {
	var file struct {
		Config struct {
			User       string
			Env        []string
			Entrypoint []string
			Cmd        []string
			WorkingDir string
		} `json:"config"`
	}
	if err := readJSON(name, &file); err != nil {
		return Image{}, err
	}
	c := file.Config
	i := Image{Argv: append(append([]string{}, c.Entrypoint...), c.Cmd...), Env: c.Env, Dir: or(c.WorkingDir, "/")}
	if len(i.Argv) == 0 {
		return i, fmt.Errorf("reading %q: %w: got no entry point", name, ErrInput)
	}
	user, group, _ := strings.Cut(c.User, ":")
	var errs [2]error
	i.UID, errs[0] = strconv.Atoi(user)
	i.GID, errs[1] = strconv.Atoi(or(group, user))
	if errors.Join(errs[:]...) != nil || i.UID <= 0 || i.GID <= 0 {
		return i, fmt.Errorf("reading %q: %w: got the user %q, want UID:GID in digits and not root", name, ErrInput, c.User)
	}
	return i, nil
}

var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// ReadMock reads the variables of a mock environment: {"schemaVersion": 1, "env": {"NAME": "VALUE"}}.
func ReadMock(name string) (map[string]string, error) {
	var file struct {
		SchemaVersion int               `json:"schemaVersion"`
		Env           map[string]string `json:"env"`
	}
	if err := readJSON(name, &file); err != nil {
		return nil, err
	}
	if file.SchemaVersion != 1 {
		return nil, fmt.Errorf("reading %q: %w: got schemaVersion %d, want 1", name, ErrInput, file.SchemaVersion)
	}
	for k, v := range file.Env {
		if !variable.MatchString(k) || strings.ContainsRune(v, 0) {
			return nil, fmt.Errorf("reading %q: %w: got the variable %q=%q, want a name of letters, digits and \"_\" and a value without NUL", name, ErrInput, k, v)
		}
	}
	return file.Env, nil
}

func readJSON(name string, into any) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxConfigBytes+1))
	if err != nil {
		return err
	}
	if len(raw) > maxConfigBytes {
		return fmt.Errorf("reading %q: %w: got more than %d bytes", name, ErrInput, maxConfigBytes)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("reading %q: %w: %v", name, ErrInput, err)
	}
	return nil
}
