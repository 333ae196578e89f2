// Package distconsts stands in for the module of the same name, which the Dagger release keeps in a nested module that no Go module
// proxy serves. It holds where an engine finds its parts inside its own root; ci/engine lays that root out to match.
package distconsts

const (
	EngineContainerName = "dagger-engine.dev"

	// DefaultEngineSockAddr is the address an engine listens on when its configuration names none.
	DefaultEngineSockAddr = "unix:///run/dagger/engine.sock"

	RuncPath       = "/usr/local/bin/runc"
	DaggerInitPath = "/usr/local/bin/dagger-init"

	EngineDefaultStateDir            = "/var/lib/dagger"
	EngineContainerBuiltinContentDir = "/usr/local/share/dagger/content"
	EngineCustomCACertsDir           = "/usr/local/share/ca-certificates"
)

// Names of the variables that tell the engine which manifest in its built-in content is the image of each SDK.
const (
	GoSDKManifestDigestEnvName         = "DAGGER_GO_SDK_MANIFEST_DIGEST"
	PythonSDKManifestDigestEnvName     = "DAGGER_PYTHON_SDK_MANIFEST_DIGEST"
	TypescriptSDKManifestDigestEnvName = "DAGGER_TYPESCRIPT_SDK_MANIFEST_DIGEST"

	// OCIVersionAnnotation marks the manifests of the built-in content with a version.
	OCIVersionAnnotation = "org.opencontainers.image.version"
)

// Images the engine falls back to for functions this project never calls; they have to exist for it to compile.
const (
	AlpineVersion = "3.22.1"
	AlpineImage   = "alpine:" + AlpineVersion
	GolangVersion = "1.25.5"
	GolangImage   = "golang:" + GolangVersion + "-alpine"
	BusyboxImage  = "busybox:1.37.0"
)
