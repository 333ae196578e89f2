// Package e2e tests the whole: it runs ./ci/dagger as a user would, on the real engine, and looks at what comes out with other programs than
// the ones that made it. The tests need root, like the embedded engine, and the package registries.
package e2e
