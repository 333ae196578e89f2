package sigstoretest

import (
	"encoding/json"
	"testing"
)

// Subject is what a statement is about.
type Subject struct {
	Name   string            `json:"name"`
	Digest map[string]string `json:"digest"`
}

// Statement is an in-toto statement v1 about one artefact. predicate may be nil, which becomes null.
func Statement(t testing.TB, predicateType string, predicate any, subjects ...Subject) []byte {
	t.Helper()
	raw, err := json.Marshal(map[string]any{
		"_type": "https://in-toto.io/Statement/v1", "predicateType": predicateType, "subject": subjects, "predicate": predicate,
	})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// SLSA1 is the predicate of a SLSA provenance v1 that agrees with an identity (npm CLI, "libnpmpublish/lib/provenance").
func SLSA1(id Identity) map[string]any {
	runner := id.Runner
	if runner == "" {
		runner = "github-hosted"
	}
	return map[string]any{
		"buildDefinition": map[string]any{
			"buildType": "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1",
			"externalParameters": map[string]any{"workflow": map[string]any{
				"ref": id.Ref, "repository": id.Repository, "path": id.Workflow,
			}},
			"resolvedDependencies": []any{map[string]any{
				"uri": "git+" + id.Repository + "@" + id.Ref, "digest": map[string]any{"gitCommit": id.Commit},
			}},
		},
		"runDetails": map[string]any{"builder": map[string]any{"id": "https://github.com/actions/runner/" + runner}},
	}
}

// SLSA02 is the predicate of a SLSA provenance v0.2 that agrees with an identity.
func SLSA02(id Identity) map[string]any {
	return map[string]any{
		"buildType": "https://github.com/npm/cli/gha/v2",
		"builder":   map[string]any{"id": "https://github.com/actions/runner"},
		"invocation": map[string]any{"configSource": map[string]any{
			"uri": "git+" + id.Repository + "@" + id.Ref, "digest": map[string]any{"sha1": id.Commit}, "entryPoint": id.Workflow,
		}},
	}
}
