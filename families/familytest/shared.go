package familytest

import (
	"testing"

	"natgrad/families/internal/reference"
)

// Shared returns the path of a file of reference values and data that are kept
// outside the project, and skips the test where they are absent. They are
// looked for in the folder named by the environment variable NATGRAD_SHARED,
// else in ../shared beside the module's root.
func Shared(t testing.TB, name string) string {
	t.Helper()
	return reference.Path(t, name)
}
