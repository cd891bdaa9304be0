// Package reference finds reference values and data that are kept outside the
// project. It imports nothing of ours, so that a package's own tests can use it
// where they cannot import a conformance kit that imports the package.
package reference

import (
	"os"
	"path/filepath"
	"testing"
)

// Path returns the path of a reference file, and skips the test where it is
// absent. Files are looked for in the folder named by the environment variable
// NATGRAD_SHARED, else in ../shared beside the module's root.
func Path(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("NATGRAD_SHARED")
	if dir == "" {
		root, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for {
			if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
				break
			}
			if root == filepath.Dir(root) {
				t.Fatal("no go.mod above the working directory")
			}
			root = filepath.Dir(root)
		}
		dir = filepath.Join(root, "..", "shared")
	}
	path := filepath.Join(dir, filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("reference file %s is not here (set NATGRAD_SHARED to the folder that holds it)", name)
	}
	return path
}
