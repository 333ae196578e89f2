package attest

import (
	"encoding/json"
	"fmt"
	"strings"

	"dagger/dockyard/pipeline/provenance"
	"dagger/dockyard/pipeline/stage/provenance/verdict"
)

// Predicate types of SLSA provenance.
const (
	SLSA1  = "https://slsa.dev/provenance/v1"
	SLSA02 = "https://slsa.dev/provenance/v0.2"
)

// slsa is the part of a provenance predicate that repeats what the certificate knows better.
type slsa struct {
	builder, repository, ref, commit, workflow string
}

// CheckProvenance compares what a provenance predicate says of the build with the certificate that signed it, and notes the builder. The
// predicate is written by the workflow itself, so it proves nothing beyond the certificate; one that contradicts it is a MISMATCH.
func CheckProvenance(d *verdict.Draft, check string, s *Signed, id Identity) {
	p, err := readSLSA(s.Statement.GetPredicateType(), s.Payload)
	if err != nil {
		d.Fail(provenance.Invalid, check, "MALFORMED", "reading the provenance: %v", err)
		return
	}
	differs := func(code, what, got, want string) {
		d.Fail(provenance.Mismatch, check, code, "the provenance names %s %q, and its certificate %q", what, got, want)
	}
	if !SameRepository(p.repository, id.Repository) {
		differs("REPOSITORY", "the repository", p.repository, id.Repository)
	}
	for _, c := range []struct{ code, what, got, want string }{
		{"REF", "the ref", p.ref, id.Ref}, {"COMMIT", "the commit", p.commit, id.Commit}, {"WORKFLOW", "the workflow", p.workflow, id.Workflow},
	} {
		if c.got != "" && c.want != "" && c.got != c.want {
			differs(c.code, c.what, c.got, c.want)
		}
	}
	// Builders name either the kind of runner, or the workflow that held the identity.
	if runner, ok := strings.CutPrefix(p.builder, "https://github.com/actions/runner/"); ok && id.Runner != "" && runner != id.Runner {
		differs("BUILDER", "the runner", runner, id.Runner)
	}
	if strings.Contains(p.builder, "/.github/workflows/") && p.builder != id.Signer {
		differs("BUILDER", "the builder", p.builder, id.Signer)
	}
	d.Facts().Builder = p.builder
}

func readSLSA(predicateType string, payload []byte) (slsa, error) {
	switch predicateType {
	case SLSA1:
		return readSLSA1(payload)
	case SLSA02:
		return readSLSA02(payload)
	}
	return slsa{}, fmt.Errorf("got the predicate type %.200q, want SLSA provenance v1 or v0.2", predicateType)
}

func readSLSA1(payload []byte) (slsa, error) {
	var doc struct {
		Predicate struct {
			BuildDefinition struct {
				ExternalParameters struct {
					Workflow struct{ Ref, Repository, Path string }
				}
				ResolvedDependencies []struct {
					URI    string
					Digest map[string]string
				}
			}
			RunDetails struct {
				Builder struct{ ID string }
			}
		}
	}
	if err := json.Unmarshal(payload, &doc); err != nil {
		return slsa{}, err
	}
	b, w := doc.Predicate.BuildDefinition, doc.Predicate.BuildDefinition.ExternalParameters.Workflow
	out := slsa{builder: doc.Predicate.RunDetails.Builder.ID, repository: w.Repository, ref: w.Ref, workflow: w.Path}
	if len(b.ResolvedDependencies) > 0 {
		source := b.ResolvedDependencies[0]
		out.commit = source.Digest["gitCommit"]
		repository, _ := splitSource(source.URI)
		if out.repository == "" {
			out.repository = repository
		} else if repository != "" && !SameRepository(repository, out.repository) {
			return slsa{}, fmt.Errorf("it names two repositories, %.200q and %.200q", out.repository, repository)
		}
	}
	return out, nil
}

func readSLSA02(payload []byte) (slsa, error) {
	var doc struct {
		Predicate struct {
			Builder    struct{ ID string }
			Invocation struct {
				ConfigSource struct {
					URI    string
					Digest map[string]string
				}
			}
		}
	}
	if err := json.Unmarshal(payload, &doc); err != nil {
		return slsa{}, err
	}
	source := doc.Predicate.Invocation.ConfigSource
	out := slsa{builder: doc.Predicate.Builder.ID, commit: source.Digest["sha1"]}
	out.repository, out.ref = splitSource(source.URI)
	return out, nil
}

// splitSource takes git+REPOSITORY@REF apart. A ref may have an "@", owners and names at a forge have none.
func splitSource(uri string) (repository, ref string) {
	repository, ref, _ = strings.Cut(strings.TrimPrefix(uri, "git+"), "@")
	return repository, ref
}
