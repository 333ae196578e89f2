package gomod

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dagger/dockyard/pipeline/provenance"
)

// TestRetracted: what was retracted is told of the module, and what is not known is a skipped check; neither changes the status.
func TestRetracted(t *testing.T) {
	p := newPeer(t, 3)
	type answer map[string]any
	file := filepath.Join(t.TempDir(), "retracted.json")
	write := func(list ...answer) {
		var b strings.Builder
		for _, a := range list {
			raw, err := json.Marshal(a)
			must(t, err)
			b.Write(raw)
		}
		must(t, os.WriteFile(file, []byte(b.String()), 0o600))
	}
	write(answer{"Path": server, "Version": "v1.0.0", "Versions": []string{"v1.0.0"}},
		answer{"Path": "example.test/Dep000", "Version": "v1.0.0", "Versions": []string{"v1.0.0"}, "Retracted": []string{"it deletes files"}},
		answer{"Path": "example.test/Dep001", "Version": "v1.0.0", "Error": map[string]string{"Err": "403 Forbidden"}})
	r := p.run(func(o *Options) { o.Retracted = file })
	if r.Counts[provenance.Signed] != 5 {
		t.Errorf("got %v, want all SIGNED", r.Counts)
	}
	for suffix, c := range map[string]struct{ outcome, code, yanked string }{
		server: {provenance.Passed, "", ""}, "Dep000": {"", "RETRACTED", "it deletes files"}, "Dep001": {provenance.Skipped, "RETRACTION-UNKNOWN", ""}, "Dep002": {provenance.Skipped, "RETRACTION-UNKNOWN", ""},
		"toolchain": {"", "", ""},
	} {
		v := find(t, r, suffix)
		outcome, code, yanked := "", "", ""
		for _, k := range v.Checks {
			if k.Name == provenance.CheckRetracted {
				outcome = k.Outcome
			}
		}
		for _, reason := range v.Reasons {
			code = reason.Code
		}
		if v.Yanked != nil {
			yanked = *v.Yanked
		}
		if outcome != c.outcome || code != c.code || yanked != c.yanked {
			t.Errorf("%s: got %q %q %q, want %+v", suffix, outcome, code, yanked, c)
		}
	}
	write(answer{"Path": 1})
	o := p.options()
	o.Retracted = file
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "retract") {
		t.Errorf("an answer that cannot be read: got %v", err)
	}
}
