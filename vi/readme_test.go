package vi_test

import (
	"os"
	"strings"
	"testing"
)

// The custom model of the README is the code of ExampleFit_declared, to the
// letter.
func TestReadmeShowsTheExample(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, body, ok := strings.Cut(string(source), "func ExampleFit_declared() {\n")
	if !ok {
		t.Fatal("no ExampleFit_declared")
	}
	body, _, _ = strings.Cut(body, "\t// Output:")
	var lines []string
	for _, line := range strings.Split(strings.TrimRight(body, "\n"), "\n") {
		lines = append(lines, strings.TrimPrefix(line, "\t"))
	}
	if code := strings.Join(lines, "\n"); !strings.Contains(string(readme), code) {
		t.Errorf("README.md does not show\n%s", code)
	}
}
