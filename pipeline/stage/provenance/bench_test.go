package provenance_test

import (
	"fmt"
	"testing"

	"dagger/dockyard/pipeline/npmregistry"
	"dagger/dockyard/pipeline/provenance"
	stage "dagger/dockyard/pipeline/stage/provenance"
	"dagger/dockyard/pipeline/stage/provenance/attest"
	"dagger/dockyard/pipeline/stage/provenance/npm/npmtest"
	"dagger/dockyard/pipeline/stage/provenance/sigstoretest"
	"dagger/dockyard/pipeline/stage/provenance/trust"
)

// BenchmarkNPM100 judges a lock with 100 dependencies, each with a registry signature and two attestations. Bounds: 3 s for all.
func BenchmarkNPM100(b *testing.B) {
	r := npmtest.New(b, sigstoretest.New(b))
	subject := r.Add(b, npmtest.Release{Name: name, Version: "1.1.1", Identity: widgets})
	for i := range 100 {
		r.Add(b, npmtest.Release{Name: fmt.Sprintf("dep-%d", i), Version: "1.0.0", Identity: widgets})
	}
	o := stage.NPMOptions{
		LockFile: r.Lock(b, subject), Tarballs: r.Tarballs(b), Registries: npmregistry.Registries{Default: r.URL}, Platforms: []string{"linux/amd64", "linux/arm64"}, Package: subject.Name,
		Version: subject.Version, Trust: trust.Files{TrustedRoot: r.Sigstore.TrustedRootFile(b), NPMKeys: r.KeysFile(b)}, Expect: attest.Expectations{Repository: widgets.Repository},
	}
	for b.Loop() {
		got, err := stage.NPM(b.Context(), o)
		if err != nil || got.Counts[provenance.Verified] != 101 {
			b.Fatalf("got %v, %v", got.Counts, err)
		}
	}
}

// BenchmarkBundle verifies one bundle with a certificate, its timestamp, log entry and statement. Bound: 5 ms.
func BenchmarkBundle(b *testing.B) {
	s := sigstoretest.New(b)
	root, err := trust.Load(trust.Files{TrustedRoot: s.TrustedRootFile(b)})
	if err != nil {
		b.Fatal(err)
	}
	v, err := attest.NewVerifier(root)
	if err != nil {
		b.Fatal(err)
	}
	sum := npmtest.Release{}.SHA512()
	raw := s.Attest(b, widgets, sigstoretest.Statement(b, npmtest.SLSA1, sigstoretest.SLSA1(widgets), sigstoretest.Subject{Name: "x", Digest: map[string]string{"sha512": sum}}), sigstoretest.Making{})
	for b.Loop() {
		if _, err := v.Bundle(raw, "sha512", sum); err != nil {
			b.Fatal(err)
		}
	}
}
