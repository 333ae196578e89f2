package provenance

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"

	"dagger/dockyard/pipeline/stage/provenance/attest"
	"dagger/dockyard/pipeline/stage/provenance/trust"
	"dagger/dockyard/pipeline/stage/usage"
)

// Command runs "stage provenance" with the arguments after that name and prints the verdict. It fails only when there is none.
func Command(args []string, stdout, stderr io.Writer) error {
	var o AuditOptions
	var digest string
	f := usage.New("provenance", stderr)
	f.StringVar(&o.Ecosystem, "ecosystem", "", "npm or pypi")
	f.StringVar(&o.Package, "package", "", "name of the package")
	f.StringVar(&o.Version, "version", "", "its exact version")
	f.StringVar(&o.File, "file", "", "name of the artefact, such as NAME-VERSION.tgz")
	f.StringVar(&digest, "digest", "", "hash of the artefact: sha512:HEX for npm, sha256:HEX for pypi")
	f.StringVar(&o.Attestations, "attestations", "", "file with the registry's answer: npm's attestations, or a PEP 740 provenance or attestation object")
	expectFlags(f, &o.Expect)
	trustFlags(f, &o.Trust)
	if err := usage.Parse(f, args, "ecosystem", "package", "version", "file", "digest", "attestations"); err != nil {
		return err
	}
	o.Digest = ParseDigest(digest)
	v, err := Audit(o)
	if errors.Is(err, ErrOptions) {
		return fmt.Errorf("%w: %w", usage.ErrUsage, err)
	} else if err != nil {
		return err
	}
	return printJSON(stdout, v)
}

func expectFlags(f *flag.FlagSet, e *attest.Expectations) {
	f.StringVar(&e.Repository, "repository", "", "expected source repository: https address, or OWNER/NAME; not compared when empty")
	f.StringVar(&e.Workflow, "workflow", "", "expected file of the workflow: .github/workflows/release.yml; not compared when empty")
	f.StringVar(&e.Ref, "ref", "", "expected tag, branch or commit; not compared when empty")
	f.StringVar(&e.Kind, "publisher-kind", "", "expected publisher: GitHub, GitLab or Google; not compared when empty")
	f.StringVar(&e.Publisher, "publisher", "", "expected repository of the publisher, OWNER/NAME, or for Google its e-mail address; not compared when empty")
}

func trustFlags(f *flag.FlagSet, t *trust.Files) {
	f.StringVar(&t.TrustedRoot, "trusted-root", "", "Sigstore trusted root; the public-good one when empty")
	f.StringVar(&t.NPMKeys, "npm-keys", "", "keys of the npm registry; those of the public one when empty")
}

// printJSON writes v in two-space indentation, with a line feed at the end.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
