package jinja_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestConfined holds that of the library the parser is linked, and neither its
// evaluator nor its filters, of which one reads files.
func TestConfined(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("needs the go command")
	}
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for pkg := range strings.Lines(string(out)) {
		if part, ok := strings.CutPrefix(strings.TrimSpace(pkg), "github.com/nikolalohinski/gonja/v2/"); ok {
			got = append(got, part)
		}
	}
	slices.Sort(got)
	if want := []string{"config", "loaders", "logging", "nodes", "parser", "tokens", "utils"}; !slices.Equal(got, want) {
		t.Errorf("linked are %q, want %q", got, want)
	}
}
